package store

import (
	"context"

	"latchkey/access"
)

// userRules is how many rules a user has.
const userRules = `(SELECT count(*) FROM rules r WHERE r.subject_type = 'user' AND r.subject_id = u.id AND r.deleted_at = 0)`

// userTable is the list of users, all of whom are local so far.
var userTable = &table[access.UserRow]{
	columns: userColumns + `, ` + userRules, from: `users u`, scan: scanUserRow,
	id: "u.id", idOf: func(u *access.UserRow) string { return u.ID },
	keys: []sortKey[access.UserRow]{
		{field: "username", expression: "u.email", value: func(u *access.UserRow) any { return u.Email }},
		{field: "type", expression: "u.id", value: func(u *access.UserRow) any { return u.ID }},
		{field: "status", expression: userDisabled, number: true, value: func(u *access.UserRow) any { return rankOfUser(u) }},
		{field: "lastLogin", expression: "u.last_login", number: true, value: func(u *access.UserRow) any { return micros(u.LastLogin) }},
		{field: "accessRules", expression: userRules, number: true, value: func(u *access.UserRow) any { return int64(u.RuleCount) }},
		{field: "createdBy", expression: "u.created_by", value: func(u *access.UserRow) any { return u.CreatedBy }},
		{field: "creationTime", expression: "u.created_at", number: true, value: func(u *access.UserRow) any { return micros(u.CreatedAt) }},
		{field: "lastUpdated", expression: "u.updated_at", number: true, value: func(u *access.UserRow) any { return micros(u.UpdatedAt) }},
	},
	grammar: grammar{
		texts: map[string]textColumn{
			"username":  {exact: "u.email", folded: "u.email_folded"},
			"createdBy": plainText("u.created_by"),
		},
		times: map[string]timeColumn{
			"lastLogin":    {"u.last_login", 0},
			"creationTime": {"u.created_at", 0},
			"lastUpdated":  {"u.updated_at", 0},
		},
		numbers: map[string]string{"accessRules": userRules},
		words: map[string]wordColumn{
			"status":  {userDisabled, []word{{string(access.UserActive), int64(0)}, {string(access.UserDisabled), int64(1)}}},
			"isLocal": {`1`, []word{{"true", int64(1)}, {"false", int64(0)}}},
		},
		plan: planless{},
	},
	searched: []string{"u.email_folded", "lower(u.created_by)"},
	complete: addRulesOfUsers,
}

func addRulesOfUsers(ctx context.Context, r reader, rows []access.UserRow, most int) error {
	return addRulesTo(ctx, r, access.SubjectUser, rows, most, func(u *access.UserRow) (string, int, *[]access.Rule) {
		return u.ID, u.RuleCount, &u.Rules
	})
}

const userDisabled = `(CASE WHEN u.disabled THEN 1 ELSE 0 END)`

func rankOfUser(u *access.UserRow) int64 {
	if u.Disabled {
		return 1
	}
	return 0
}

func scanUserRow(r row) (access.UserRow, error) {
	var u access.UserRow
	err := r.Scan(append(userFields(&u.User), &u.RuleCount)...)
	return u, err
}

func listUsers(l access.List) *tableList[access.UserRow] {
	conditions := []condition{where(func(*arguments) string { return `u.deleted_at = 0` })}
	if l.Search != "" {
		conditions = append(conditions, userTable.holds(l.Search))
	}
	return userTable.list(l, conditions...)
}

// ListUsers is one page of the living users.
func (r reader) ListUsers(ctx context.Context, l access.List) (access.Page[access.UserRow], error) {
	return listUsers(l).page(ctx, r)
}

// CountUsers stops at limit+1; limit 0 counts them all.
func (r reader) CountUsers(ctx context.Context, l access.List, limit int) (int, error) {
	return listUsers(l).count(ctx, r, limit)
}

// EachUser streams all matches in order.
func (r reader) EachUser(ctx context.Context, l access.List, fn func(access.UserRow) error) error {
	return listUsers(l).each(ctx, r, fn)
}

// EachUserID gives the ids of all matches, as of one moment and in no order.
func (r reader) EachUserID(ctx context.Context, l access.List, fn func(id string) error) error {
	return listUsers(l).eachID(ctx, r, fn)
}
