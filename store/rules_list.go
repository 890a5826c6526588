package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"latchkey/access"
)

// ruleTable is the list of all access rules. A subject is known by two names:
// our own id, and the one that people see.
var ruleTable = &table[access.Rule]{
	columns: ruleColumns, from: rulesWithScopes, scan: scanRule,
	id: "r.id", numericID: true, idOf: func(r *access.Rule) string { return strconv.Itoa(int(r.ID)) },
	keys: []sortKey[access.Rule]{
		{field: "subjectId", expression: "r.subject_name", value: func(r *access.Rule) any { return r.Subject.Name }},
		{field: "subjectType", expression: "r.subject_type", value: func(r *access.Rule) any { return string(r.Subject.Type) }},
		{field: "roleId", expression: "r.role_id", number: true, value: func(r *access.Rule) any { return int64(r.RoleID) }},
		{field: "roleName", expression: roleRanks.expression(), number: true, value: func(r *access.Rule) any { return roleRanks.of(r.RoleID) }},
		{field: "scopeId", expression: "s.id", value: func(r *access.Rule) any { return r.Scope.ID }},
		{field: "scopeType", expression: "s.type", value: func(r *access.Rule) any { return string(r.Scope.Type) }},
		{field: "scopeName", expression: "s.name", value: func(r *access.Rule) any { return r.Scope.Name }},
		{field: "createdAt", expression: "r.created_at", number: true, value: func(r *access.Rule) any { return micros(r.CreatedAt) }},
		{field: "updatedAt", expression: "r.updated_at", number: true, value: func(r *access.Rule) any { return micros(r.UpdatedAt) }},
		{field: "deletedAt", expression: "r.deleted_at", number: true, value: func(r *access.Rule) any { return micros(r.DeletedAt) }},
		{field: "createdBy", expression: "r.created_by", value: func(r *access.Rule) any { return r.CreatedBy }},
		{field: "phase", expression: rulePhase, value: func(r *access.Rule) any { return string(r.Phase()) }},
	},
	grammar: grammar{
		texts: map[string]textColumn{
			"subjectId": {exact: "r.subject_name", folded: "r.subject_folded", or: "r.subject_id"},
			"scopeId":   plainText("s.id"),
			"scopeName": {exact: "s.name", folded: "s.name_folded"},
			"createdBy": plainText("r.created_by"),
		},
		times: map[string]timeColumn{
			"createdAt": {"r.created_at", 0},
			"updatedAt": {"r.updated_at", 0},
			"deletedAt": {"r.deleted_at", 0},
		},
		numbers: map[string]string{"roleId": "r.role_id"},
		words: map[string]wordColumn{
			"subjectType": ownWords("r.subject_type", access.SubjectUser, access.SubjectApplication, access.SubjectGroup),
			"scopeType":   ownWords("s.type", access.ScopeTenant, access.ScopeCluster, access.ScopeDepartment, access.ScopeProject),
			"phase":       ownWords(rulePhase, access.RuleReady, access.RuleDeleting),
			"roleName":    {"r.role_id", roleWords()},
		},
		plan: planless{},
	},
	searched: []string{"r.subject_folded", "lower(r.created_by)", "s.name_folded"},
}

// rulePhase is access.Rule.Phase in SQL.
const rulePhase = `(CASE WHEN r.deleted_at = 0 THEN 'Ready' ELSE 'Deleting' END)`

// ownWords are the words of a column that keeps them as they are.
func ownWords[T ~string](expression string, values ...T) wordColumn {
	column := wordColumn{expression: expression}
	for _, value := range values {
		column.words = append(column.words, word{string(value), string(value)})
	}
	return column
}

// roleWords are the names of the predefined roles, for their ids.
func roleWords() []word {
	var words []word
	for _, role := range access.PredefinedRoles() {
		words = append(words, word{role.Name, int64(role.ID)})
	}
	return words
}

// ranks is the place of each predefined role in the order of their names, which
// the database does not know.
type ranks map[int32]int64

var roleRanks = rankRoles()

func rankRoles() ranks {
	roles := access.PredefinedRoles()
	slices.SortFunc(roles, func(a, b access.Role) int { return cmp.Compare(a.Name, b.Name) })
	places := ranks{}
	for i, role := range roles {
		places[role.ID] = int64(i + 1)
	}
	return places
}

func (p ranks) of(roleID int32) int64 { return p[roleID] }

// expression is of in SQL.
func (p ranks) expression() string {
	var text strings.Builder
	text.WriteString(`(CASE r.role_id`)
	for _, role := range access.PredefinedRoles() {
		text.WriteString(` WHEN ` + strconv.Itoa(int(role.ID)) + ` THEN ` + strconv.FormatInt(p[role.ID], 10))
	}
	return text.String() + ` ELSE 0 END)`
}

// rolesNamed are the roles whose name holds the folded text.
func rolesNamed(folded string) []int32 {
	var ids []int32
	for _, role := range access.PredefinedRoles() {
		if strings.Contains(access.Fold(role.Name), folded) {
			ids = append(ids, role.ID)
		}
	}
	return ids
}

// listRules compiles a query.
func listRules(q access.RuleQuery) *tableList[access.Rule] {
	conditions := []condition{seesRules(q)}
	switch {
	case q.Deleted:
		conditions = append(conditions, where(func(*arguments) string { return `r.deleted_at > 0` }))
	case !q.IncludeDeleted:
		conditions = append(conditions, where(livingRules))
	}
	if q.Search != "" {
		conditions = append(conditions, ruleTable.holds(q.Search, func(args *arguments, folded string) string {
			return among(args, `r.role_id`, rolesNamed(folded))
		}))
	}
	return ruleTable.list(q.List, append(conditions, selectsRules(q.RuleSelection)...)...)
}

// livingRules leaves out those of applications in the bin: they come back with
// them, and count for nothing until then.
func livingRules(*arguments) string {
	return `r.deleted_at = 0 AND NOT (r.subject_type = 'app' AND r.subject_id IN (SELECT b.id FROM applications b WHERE b.deleted_at > 0))`
}

// seesRules: by their scope, by the application that they are about, or because
// they are the caller's own.
func seesRules(q access.RuleQuery) condition {
	return where(func(args *arguments) string {
		if reachesAll(q.Reach) {
			return `1 = 1`
		}
		either := []string{within(args, "s.path", q.Reach)}
		if q.Self.ID != "" {
			either = append(either, `(r.subject_type = `+args.add(string(q.Self.Type))+` AND r.subject_id = `+args.add(q.Self.ID)+`)`)
		}
		if len(q.Applications) > 0 {
			either = append(either, `(r.subject_type = 'app' AND EXISTS (SELECT 1 FROM applications v
				WHERE v.id = r.subject_id AND `+within(args, "v.scope_path", q.Applications)+`))`)
		}
		return `(` + strings.Join(either, ` OR `) + `)`
	})
}

// selectsRules are the parameters that are no part of the grammar.
func selectsRules(by access.RuleSelection) []condition {
	var conditions []condition
	add := func(wanted bool, text func(args *arguments) string) {
		if wanted {
			conditions = append(conditions, where(text))
		}
	}
	add(by.SubjectType != "", func(args *arguments) string { return `r.subject_type = ` + args.add(string(by.SubjectType)) })
	add(by.SubjectContains != "", func(args *arguments) string {
		return like("r.subject_folded", args.add(containing(access.Fold(by.SubjectContains))))
	})
	add(len(by.Subjects) > 0, func(args *arguments) string {
		return `(r.subject_name IN (` + args.list(by.Subjects) + `) OR r.subject_id IN (` + args.list(by.Subjects) + `))`
	})
	add(!by.UpdatedSince.IsZero(), func(args *arguments) string { return `r.updated_at >= ` + args.add(micros(by.UpdatedSince)) })
	add(by.ClusterID != "", func(args *arguments) string {
		return within(args, "s.path", []access.ScopePath{access.TenantPath.Child(by.ClusterID)})
	})
	add(by.ScopeType != "", func(args *arguments) string { return `s.type = ` + args.add(string(by.ScopeType)) })
	add(by.ScopeID != "", func(args *arguments) string { return `s.id = ` + args.add(by.ScopeID) })
	add(by.RoleID != 0, func(args *arguments) string { return `r.role_id = ` + wide(args.add(by.RoleID)) })
	return conditions
}

// ListRules is one page of access rules.
func (r reader) ListRules(ctx context.Context, q access.RuleQuery) (access.Page[access.Rule], error) {
	return listRules(q).page(ctx, r)
}

// CountRules stops at limit+1; limit 0 counts them all.
func (r reader) CountRules(ctx context.Context, q access.RuleQuery, limit int) (int, error) {
	return listRules(q).count(ctx, r, limit)
}

// EachRule streams all matches in order.
func (r reader) EachRule(ctx context.Context, q access.RuleQuery, fn func(access.Rule) error) error {
	return listRules(q).each(ctx, r, fn)
}

// EachRuleID gives the ids of all matches, as of one moment and in no order.
func (r reader) EachRuleID(ctx context.Context, q access.RuleQuery, fn func(id string) error) error {
	return listRules(q).eachID(ctx, r, fn)
}

// RoleHolders counts, for each role, the subjects that have it by the rules of
// the query.
func (r reader) RoleHolders(ctx context.Context, q access.RuleQuery) (map[int32]int, error) {
	l := listRules(q)
	if l.refusal != nil {
		return nil, l.refusal
	}
	args := &arguments{}
	held := l.selectFrom(args, `DISTINCT r.role_id, r.subject_type, r.subject_id`)
	type holders struct {
		role int32
		n    int
	}
	counted, err := all(ctx, r, func(r row) (h holders, err error) {
		err = r.Scan(&h.role, &h.n)
		return h, err
	}, `SELECT role_id, count(*) FROM (`+held+`) held GROUP BY role_id`, args.values...)
	byRole := make(map[int32]int, len(counted))
	for _, h := range counted {
		byRole[h.role] = h.n
	}
	return byRole, err
}
