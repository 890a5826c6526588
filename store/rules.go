package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"latchkey/access"
)

// ruleColumns are what scanRule reads, of rulesWithScopes.
const ruleColumns = `r.id, r.subject_type, r.subject_id, r.subject_name, r.role_id, r.created_by,
	r.created_at, r.updated_at, r.deleted_at, ` + scopeColumns

// rulesWithScopes joins each rule with its scope and the names above it.
const rulesWithScopes = `rules r JOIN scopes s ON s.id = r.scope_id` + scopeAncestors

func scanRule(r row) (access.Rule, error) {
	var rule access.Rule
	var names ancestorNames
	fields := []any{&rule.ID, &rule.Subject.Type, &rule.Subject.ID, &rule.Subject.Name, &rule.RoleID, &rule.CreatedBy,
		stamp{&rule.CreatedAt}, stamp{&rule.UpdatedAt}, stamp{&rule.DeletedAt}}
	if err := r.Scan(append(fields, scopeFields(&rule.Scope, &names)...)...); err != nil {
		return access.Rule{}, err
	}
	rule.Scope.Names = names.path(rule.Scope.Name)
	rule.RoleName = roleName(rule.RoleID)
	return rule, nil
}

// roleName is the name of a predefined role; the ids of others are all we know.
func roleName(id int32) string {
	role, _ := access.RoleByID(id)
	return role.Name
}

// Rule finds a living rule.
func (r reader) Rule(ctx context.Context, id int32) (access.Rule, error) {
	return one(ctx, r, scanRule, `SELECT `+ruleColumns+` FROM `+rulesWithScopes+` WHERE r.id = $1 AND r.deleted_at = 0`, id)
}

func (r reader) RulesOf(ctx context.Context, subject access.Subject) ([]access.Rule, error) {
	return all(ctx, r, scanRule, `SELECT `+ruleColumns+` FROM `+rulesWithScopes+`
		WHERE r.subject_type = $1 AND r.subject_id = $2 AND r.deleted_at = 0 ORDER BY r.id`, string(subject.Type), subject.ID)
}

func (r reader) Grants(ctx context.Context, subject access.Subject) ([]access.Grant, error) {
	return all(ctx, r, scanGrant, `SELECT r.id, r.role_id, s.path FROM rules r JOIN scopes s ON s.id = r.scope_id
		WHERE r.subject_type = $1 AND r.subject_id = $2 AND r.deleted_at = 0 ORDER BY r.id`, string(subject.Type), subject.ID)
}

func scanGrant(r row) (access.Grant, error) {
	var g access.Grant
	err := r.Scan(&g.RuleID, &g.RoleID, &g.Path)
	return g, err
}

func (tx transaction) InsertRule(ctx context.Context, rule access.Rule) (access.Rule, error) {
	// DO NOTHING and no error: after an error a transaction is over.
	ids, err := all(ctx, tx.reader, scanID, `INSERT INTO rules (subject_type, subject_id, subject_name, subject_folded, role_id, scope_id,
			created_by, created_at, updated_at, deleted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)
		ON CONFLICT (subject_type, subject_id, role_id, scope_id) WHERE deleted_at = 0 DO NOTHING RETURNING id`,
		string(rule.Subject.Type), rule.Subject.ID, rule.Subject.Name, access.Fold(rule.Subject.Name), rule.RoleID, rule.Scope.ID,
		rule.CreatedBy, micros(rule.CreatedAt), micros(rule.UpdatedAt))
	if err != nil {
		return access.Rule{}, err
	}
	if len(ids) == 0 {
		return access.Rule{}, fmt.Errorf("the subject has this role in this scope: %w", access.ErrConflict)
	}
	if err := tx.countRules(ctx, rule.Subject); err != nil {
		return access.Rule{}, err
	}
	return tx.Rule(ctx, ids[0])
}

func scanID(r row) (int32, error) {
	var id int32
	err := r.Scan(&id)
	return id, err
}

func (tx transaction) DeleteRule(ctx context.Context, id int32, at time.Time) error {
	rule, err := tx.Rule(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.changeOne(ctx, `UPDATE rules SET deleted_at = $1, updated_at = $2 WHERE id = $3 AND deleted_at = 0`,
		micros(at), micros(at), id); err != nil {
		return err
	}
	return tx.countRules(ctx, rule.Subject)
}

// countRules keeps the number that the Applications table shows and sorts by.
func (tx transaction) countRules(ctx context.Context, subject access.Subject) error {
	if subject.Type != access.SubjectApplication {
		return nil
	}
	_, err := tx.change(ctx, `UPDATE applications SET rule_count =
			(SELECT count(*) FROM rules WHERE subject_type = 'app' AND subject_id = $1 AND deleted_at = 0)
		WHERE id = $2`, subject.ID, subject.ID)
	return err
}

// addRules gives each row its rules, at most most of them (0: all).
func (r reader) addRules(ctx context.Context, rows []access.ApplicationRow, most int) error {
	return addRulesTo(ctx, r, access.SubjectApplication, rows, most, func(a *access.ApplicationRow) (string, int, *[]access.Rule) {
		return a.ID, a.RuleCount, &a.Rules
	})
}

// addRulesTo gives each row of subjects its rules, with one statement for all
// rows. of tells of a row its id, how many rules it has, and where they go.
func addRulesTo[T any](ctx context.Context, r reader, kind access.SubjectType, rows []T, most int, of func(*T) (string, int, *[]access.Rule)) error {
	var ids []string
	for i := range rows {
		if id, n, _ := of(&rows[i]); n > 0 {
			ids = append(ids, id)
		}
	}
	rules, err := r.rulesOfMany(ctx, kind, ids, most)
	for i := range rows {
		id, _, into := of(&rows[i])
		*into = rules[id]
	}
	return err
}

// rulesOfMany are the newest rules of each of some subjects of a kind, at most
// most of them (0: all), oldest first.
func (r reader) rulesOfMany(ctx context.Context, kind access.SubjectType, ids []string, most int) (map[string][]access.Rule, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := &arguments{}
	rules, err := all(ctx, r, scanRule, selectRulesOfMany(args, kind, ids, most), args.values...)
	if err != nil {
		return nil, err
	}
	bySubject := map[string][]access.Rule{}
	for _, rule := range rules {
		bySubject[rule.Subject.ID] = append(bySubject[rule.Subject.ID], rule)
	}
	return bySubject, nil
}

func selectRulesOfMany(args *arguments, kind access.SubjectType, ids []string, most int) string {
	among := ` WHERE subject_type = ` + args.add(string(kind)) + ` AND deleted_at = 0 AND subject_id IN (` + args.list(ids) + `)`
	if most == 0 {
		return `SELECT ` + ruleColumns + ` FROM (SELECT * FROM rules` + among + `) r
			JOIN scopes s ON s.id = r.scope_id` + scopeAncestors + ` ORDER BY r.id`
	}
	return `SELECT ` + ruleColumns + ` FROM (SELECT *, row_number() OVER (PARTITION BY subject_id ORDER BY id DESC) AS place FROM rules` + among + `) r
		JOIN scopes s ON s.id = r.scope_id` + scopeAncestors + ` WHERE r.place <= ` + args.add(most) + ` ORDER BY r.id`
}

// arguments are the values of a statement under construction. Nothing but
// their numbers gets into its text.
type arguments struct{ values []any }

// add takes a value and returns its placeholder.
func (a *arguments) add(value any) string {
	a.values = append(a.values, value)
	return fmt.Sprintf("$%d", len(a.values))
}

// list takes the values of an IN. The last is repeated up to a round number,
// so that a few prepared statements serve all lengths.
func (a *arguments) list(values []string) string {
	length := 1
	for length < len(values) {
		length *= 2
	}
	placeholders := make([]string, 0, length)
	for i := range length {
		placeholders = append(placeholders, a.add(values[min(i, len(values)-1)]))
	}
	return strings.Join(placeholders, ", ")
}
