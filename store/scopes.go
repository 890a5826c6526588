package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"latchkey/access"
)

// scopeColumns are what scopeFields take, of scopes s and scopeAncestors. The
// tree is four levels deep, so three ancestors are all there can be.
const (
	scopeColumns    = ownScopeColumns + `, up1.name, up2.name, up3.name`
	ownScopeColumns = `s.id, s.type, s.name, s.parent_id, s.path, s.created_by, s.created_at, s.updated_at, s.deleted_at`
	scopeAncestors  = ` LEFT JOIN scopes up1 ON up1.id = s.parent_id
	LEFT JOIN scopes up2 ON up2.id = up1.parent_id
	LEFT JOIN scopes up3 ON up3.id = up2.parent_id`
)

// ancestorNames are the names above a node, the nearest first.
type ancestorNames [3]sql.NullString

// path is the names from the tenant down to the node.
func (n ancestorNames) path(own string) []string {
	names := make([]string, 0, len(n)+1)
	for i := len(n) - 1; i >= 0; i-- {
		if n[i].Valid {
			names = append(names, n[i].String)
		}
	}
	return append(names, own)
}

func scopeFields(s *access.Scope, names *ancestorNames) []any {
	return append(ownScopeFields(s), &names[0], &names[1], &names[2])
}

// ownScopeFields are what ownScopeColumns fill.
func ownScopeFields(s *access.Scope) []any {
	return []any{&s.ID, &s.Type, &s.Name, &s.ParentID, &s.Path, &s.CreatedBy,
		stamp{&s.CreatedAt}, stamp{&s.UpdatedAt}, stamp{&s.DeletedAt}}
}

const childrenOfScope = `(SELECT count(*) FROM scopes c WHERE c.parent_id = s.id AND c.deleted_at = 0)`

const selectScopes = `SELECT ` + scopeColumns + `, ` + childrenOfScope + ` FROM scopes s` + scopeAncestors + ` WHERE s.deleted_at = 0`

func scanScope(r row) (access.Scope, error) {
	children := 0
	s, err := scanScopeNames(withMore{r, []any{&children}})
	s.Children = children
	return s, err
}

// scanScopeNames reads a node whose children were not counted.
func scanScopeNames(r row) (access.Scope, error) {
	var s access.Scope
	var names ancestorNames
	if err := r.Scan(scopeFields(&s, &names)...); err != nil {
		return access.Scope{}, err
	}
	s.Names = names.path(s.Name)
	return s, nil
}

func (r reader) Scope(ctx context.Context, id string) (access.Scope, error) {
	return one(ctx, r, scanScope, selectScopes+` AND s.id = $1`, id)
}

func (r reader) ScopeByNames(ctx context.Context, names []string) (access.Scope, error) {
	found, err := r.Scope(ctx, access.TenantNodeID)
	for _, name := range names {
		if err != nil {
			return access.Scope{}, err
		}
		found, err = one(ctx, r, scanScope, selectScopes+` AND s.parent_id = $1 AND s.name_folded = $2`, found.ID, access.Fold(name))
	}
	return found, err
}

func (r reader) Scopes(ctx context.Context, q access.ScopeQuery) ([]access.Scope, error) {
	if len(q.Reach) == 0 {
		return nil, nil
	}
	args := &arguments{}
	var text strings.Builder
	text.WriteString(selectScopes)
	if q.ParentID != "" {
		text.WriteString(` AND s.parent_id = ` + args.add(q.ParentID))
	}
	if q.Search != "" {
		text.WriteString(` AND ` + like("s.name_folded", args.add(containing(access.Fold(q.Search)))))
	}
	if q.Type != "" {
		text.WriteString(` AND s.type = ` + args.add(string(q.Type)))
	}
	if q.ParentID == "" && q.Search == "" {
		text.WriteString(` AND s.parent_id = ''`)
	}
	text.WriteString(withinOrAbove(args, q.Reach))
	text.WriteString(` ORDER BY s.name_folded, s.id LIMIT ` + args.add(limitOrAll(q.Limit)) + ` OFFSET ` + args.add(q.Offset))
	return all(ctx, r, scanScope, text.String(), args.values...)
}

// withinOrAbove limits scopes s to the subtrees and the ancestors that lead to
// them.
func withinOrAbove(args *arguments, reach []access.ScopePath) string {
	if reachesAll(reach) {
		return ""
	}
	conditions := []string{within(args, "s.path", reach)}
	var above []string
	for _, path := range reach {
		above = append(above, path.IDs()...)
	}
	conditions = append(conditions, `s.id IN (`+args.list(above)+`)`)
	return ` AND (` + strings.Join(conditions, ` OR `) + `)`
}

// reachesAll reports whether the tenant itself is within reach.
func reachesAll(reach []access.ScopePath) bool {
	for _, path := range reach {
		if path.Contains(access.TenantPath) {
			return true
		}
	}
	return false
}

// within is the condition that a column of paths lies in one of the subtrees.
// Paths end in a slash, and '0' is the character after it: a subtree is a
// range of the index.
func within(args *arguments, column string, reach []access.ScopePath) string {
	if len(reach) == 0 {
		return `1 = 0`
	}
	var ranges []string
	for _, path := range reach {
		end := strings.TrimSuffix(string(path), "/") + "0"
		ranges = append(ranges, `(`+column+` >= `+args.add(string(path))+` AND `+column+` < `+args.add(end)+`)`)
	}
	return `(` + strings.Join(ranges, ` OR `) + `)`
}

// everything is more rows than there are.
const everything = 1 << 30

func limitOrAll(limit int) int {
	if limit <= 0 {
		return everything
	}
	return limit
}

func (tx transaction) InsertScope(ctx context.Context, s access.Scope) error {
	_, err := tx.change(ctx, `INSERT INTO scopes (id, type, name, name_folded, parent_id, path, created_by, created_at, updated_at, deleted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		s.ID, string(s.Type), s.Name, access.Fold(s.Name), s.ParentID, string(s.Path), s.CreatedBy,
		micros(s.CreatedAt), micros(s.UpdatedAt), micros(s.DeletedAt))
	return err
}

func (tx transaction) RenameScope(ctx context.Context, id, name string, at time.Time) error {
	return tx.changeOne(ctx, `UPDATE scopes SET name = $1, name_folded = $2, updated_at = $3 WHERE id = $4 AND deleted_at = 0`,
		name, access.Fold(name), micros(at), id)
}

// MoveScope follows the node with everything that keeps its path: the nodes
// below, the deleted ones too, and the applications, those in the bin too.
// Rules keep the id of their node alone.
func (tx transaction) MoveScope(ctx context.Context, scope, parent access.Scope, at time.Time) error {
	err := tx.changeOne(ctx, `UPDATE scopes SET parent_id = $1, updated_at = $2 WHERE id = $3 AND deleted_at = 0`, parent.ID, micros(at), scope.ID)
	if err != nil {
		return err
	}
	for _, kept := range []struct{ table, column string }{{"scopes", "path"}, {"applications", "scope_path"}} {
		args := &arguments{}
		// The paths are ASCII, so that their length in bytes is the one in characters.
		moved := `CAST(` + args.add(string(parent.Path.Child(scope.ID))) + ` AS TEXT) || substr(` + kept.column + `, ` + args.add(len(scope.Path)+1) + `)`
		statement := `UPDATE ` + kept.table + ` SET ` + kept.column + ` = ` + moved + ` WHERE ` + within(args, kept.column, []access.ScopePath{scope.Path})
		if _, err := tx.change(ctx, statement, args.values...); err != nil {
			return err
		}
	}
	return nil
}
