package store

import (
	"context"
	"time"

	"latchkey/access"
)

// The ids of the cluster and the department that a node lies in; see
// access.Scope.ClusterID and DepartmentID.
const (
	clusterOfNode = `(CASE s.type WHEN 'cluster' THEN s.id WHEN 'department' THEN s.parent_id
		WHEN 'project' THEN COALESCE(up1.parent_id, '') ELSE '' END)`
	departmentOfNode = `(CASE s.type WHEN 'project' THEN s.parent_id ELSE '' END)`
	parentOfNode     = `COALESCE(up1.name, '')`
)

// nodeTable is the list of the nodes of the organisation tree.
var nodeTable = &table[access.Scope]{
	columns: scopeColumns + `, ` + childrenOfScope, from: `scopes s` + scopeAncestors, scan: scanScope,
	id: "s.id", idOf: func(s *access.Scope) string { return s.ID },
	keys: []sortKey[access.Scope]{
		{field: "name", expression: "s.name", value: func(s *access.Scope) any { return s.Name }},
		{field: "id", expression: "s.id", value: func(s *access.Scope) any { return s.ID }},
		{field: "clusterId", expression: clusterOfNode, value: func(s *access.Scope) any { return s.ClusterID() }},
		{field: "departmentId", expression: departmentOfNode, value: func(s *access.Scope) any { return s.DepartmentID() }},
		{field: "parentId", expression: "s.parent_id", value: func(s *access.Scope) any { return s.ParentID }},
		{field: "parentName", expression: parentOfNode, value: func(s *access.Scope) any { return s.ParentName() }},
		{field: "phase", expression: "s.id", value: func(s *access.Scope) any { return s.ID }}, // all have the same
		{field: "createdBy", expression: "s.created_by", value: func(s *access.Scope) any { return s.CreatedBy }},
		{field: "createdAt", expression: "s.created_at", number: true, value: func(s *access.Scope) any { return micros(s.CreatedAt) }},
		{field: "updatedAt", expression: "s.updated_at", number: true, value: func(s *access.Scope) any { return micros(s.UpdatedAt) }},
	},
	grammar: grammar{
		texts: map[string]textColumn{
			"name":         {exact: "s.name", folded: "s.name_folded"},
			"id":           plainText("s.id"),
			"clusterId":    plainText(clusterOfNode),
			"departmentId": plainText(departmentOfNode),
			"parentId":     plainText("s.parent_id"),
			"parentName":   {exact: parentOfNode, folded: "COALESCE(up1.name_folded, '')"},
			"createdBy":    plainText("s.created_by"),
		},
		times: map[string]timeColumn{
			"createdAt": {"s.created_at", 0},
			"updatedAt": {"s.updated_at", 0},
		},
		words: map[string]wordColumn{"phase": {`1`, []word{{access.ScopePhase, int64(1)}}}},
		plan:  planless{},
	},
	searched: []string{"s.name_folded", "COALESCE(up1.name_folded, '')"},
}

func listNodes(q access.NodeQuery) *tableList[access.Scope] {
	conditions := []condition{where(func(args *arguments) string {
		if reachesAll(q.Reach) {
			return `s.deleted_at = 0`
		}
		return `s.deleted_at = 0 AND ` + within(args, "s.path", q.Reach)
	})}
	if q.Type != "" {
		conditions = append(conditions, where(func(args *arguments) string { return `s.type = ` + args.add(string(q.Type)) }))
	}
	if q.Search != "" {
		conditions = append(conditions, nodeTable.holds(q.Search))
	}
	return nodeTable.list(q.List, conditions...)
}

// ListNodes is one page of the nodes of a type.
func (r reader) ListNodes(ctx context.Context, q access.NodeQuery) (access.Page[access.Scope], error) {
	return listNodes(q).page(ctx, r)
}

// CountNodes stops at limit+1; limit 0 counts them all.
func (r reader) CountNodes(ctx context.Context, q access.NodeQuery, limit int) (int, error) {
	return listNodes(q).count(ctx, r, limit)
}

// EachNode streams all matches in order.
func (r reader) EachNode(ctx context.Context, q access.NodeQuery, fn func(access.Scope) error) error {
	return listNodes(q).each(ctx, r, fn)
}

// Nodes reads the rows of scopes and nothing else: no name of an ancestor and no
// count of children is looked up for ten thousand.
func (r reader) Nodes(ctx context.Context, reach []access.ScopePath) ([]access.Scope, error) {
	args := &arguments{}
	text := `SELECT ` + ownScopeColumns + ` FROM scopes s WHERE s.deleted_at = 0`
	if !reachesAll(reach) {
		text += ` AND ` + within(args, "s.path", reach)
	}
	return all(ctx, r, func(r row) (access.Scope, error) {
		var s access.Scope
		err := r.Scan(ownScopeFields(&s)...)
		return s, err
	}, text, args.values...)
}

// ScopeUse counts what hangs on a node.
func (r reader) ScopeUse(ctx context.Context, id string) (access.ScopeUse, error) {
	return one(ctx, r, func(r row) (access.ScopeUse, error) {
		var u access.ScopeUse
		err := r.Scan(&u.Children, &u.Rules, &u.Applications)
		return u, err
	}, selectScopeUse(), id)
}

// selectScopeUse finds the applications by the path of the node, of which there
// is an index.
func selectScopeUse() string {
	return `SELECT (SELECT count(*) FROM scopes c WHERE c.parent_id = $1 AND c.deleted_at = 0),
		(SELECT count(*) FROM rules r WHERE r.scope_id = $1 AND ` + livingRules(nil) + `),
		(SELECT count(*) FROM applications a WHERE a.scope_path = (SELECT s.path FROM scopes s WHERE s.id = $1) AND a.deleted_at = 0)`
}

func (tx transaction) DeleteScope(ctx context.Context, id string, at time.Time) error {
	return tx.changeOne(ctx, `UPDATE scopes SET deleted_at = $1, updated_at = $2 WHERE id = $3 AND deleted_at = 0`,
		micros(at), micros(at), id)
}
