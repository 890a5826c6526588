package store

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"latchkey/access"
)

// neverEnds stands for "does not expire" where expiry is compared, so that it
// comes after every date.
const neverEnds = 1<<63 - 1

// keyEnd is when a key stops working; indexed as it stands here.
const keyEnd = `(CASE WHEN a.key_expires_at = 0 THEN 9223372036854775807 ELSE a.key_expires_at END)`

// applicationList is a query for the Applications table in the making: every
// text below is ours, and whatever people typed goes through arguments.
type applicationList struct {
	query      access.ApplicationQuery
	dialect    dialect
	conditions []condition
	key        sortKey
}

// condition is one thing that an application of the list must meet.
type condition struct {
	// where writes it as a condition on applications a. name names a column,
	// in a way that lets the planner use its index or keeps it from doing so.
	where func(args *arguments, name columnNamer) string
	// hits, if not nil, selects by an index the rowKey (as hit) of those that
	// may meet it. They can be too many, living and not living, or twice.
	hits func(args *arguments) string
}

type columnNamer func(column string) string

func asItStands(column string) string { return column }

// compileList checks the names of a query against the tables below. It is the
// second check: access refuses them first, with a friendlier sentence.
func compileList(q access.ApplicationQuery, d dialect, rulesMatch ruleMatch) (*applicationList, error) {
	l := &applicationList{query: q, dialect: d}
	var err error
	if l.key, err = sortKeyOf(q.Sort.Field); err != nil {
		return nil, err
	}
	if q.Search != "" {
		l.conditions = append(l.conditions, l.search(access.Fold(q.Search), rulesMatch))
	}
	for _, f := range q.Filters {
		c, err := l.filter(f)
		if err != nil {
			return nil, err
		}
		l.conditions = append(l.conditions, c)
	}
	if !reachesAll(q.Reach) {
		l.conditions = append(l.conditions, l.reach())
	}
	return l, nil
}

func (l *applicationList) reach() condition {
	return l.indexed(func(args *arguments, name columnNamer) string {
		return within(args, name("a.scope_path"), l.query.Reach)
	})
}

// indexed is a condition whose column has an index to start from.
func (l *applicationList) indexed(where func(*arguments, columnNamer) string) condition {
	return condition{where: where, hits: func(args *arguments) string {
		return `SELECT a.` + l.dialect.rowKey() + ` AS hit FROM applications a WHERE a.deleted_at = 0 AND ` + where(args, asItStands)
	}}
}

// ---- sorting ----

// sortKey is what a list is sorted by, before the id.
type sortKey struct {
	field      string
	expression string
	number     bool
	// unique keys need no id to break ties, among the living.
	unique bool
	value  func(a *access.Application) any
}

// sortKeys is the allowlist of sortBy. Status is not among them: see listByStatus.
var sortKeys = []sortKey{
	{field: "name", expression: "a.name", unique: true, value: func(a *access.Application) any { return a.Name }},
	{field: "clientId", expression: "a.client_id", unique: true, value: func(a *access.Application) any { return a.ClientID }},
	{field: "accessRules", expression: "a.rule_count", number: true, value: func(a *access.Application) any { return int64(a.RuleCount) }},
	{field: "lastLogin", expression: "a.last_login", number: true, value: func(a *access.Application) any { return micros(a.LastLogin) }},
	{field: "createdBy", expression: "a.created_by", value: func(a *access.Application) any { return a.CreatedBy }},
	{field: "createdAt", expression: "a.created_at", number: true, value: func(a *access.Application) any { return micros(a.CreatedAt) }},
	{field: "updatedAt", expression: "a.updated_at", number: true, value: func(a *access.Application) any { return micros(a.UpdatedAt) }},
	{field: "keyExpiresAt", expression: keyEnd, number: true, value: func(a *access.Application) any { return keyEndOf(a) }},
	{field: "keyEndsIn", expression: "a.key_ends_in", value: func(a *access.Application) any { return a.Key.EndsIn }},
	{field: "description", expression: "a.description_key", value: func(a *access.Application) any { return descriptionKey(a.Description) }},
}

// sortByID has a space, which no name of a column has.
const sortByID = "by id"

func keyEndOf(a *access.Application) int64 {
	if a.Key.ExpiresAt.IsZero() {
		return neverEnds
	}
	return micros(a.Key.ExpiresAt)
}

// byID is the order within one status, and of what has no order. Nobody can
// ask for it: as a name it is on no list.
var byID = sortKey{field: sortByID, expression: "a.id", unique: true, value: func(a *access.Application) any { return a.ID }}

func sortKeyOf(field string) (sortKey, error) {
	if field == sortByID {
		return byID, nil
	}
	i := slices.IndexFunc(sortKeys, func(k sortKey) bool { return k.field == field })
	if i < 0 {
		return sortKey{}, access.Invalid("sortBy", "There is no column %q to sort by.", field)
	}
	return sortKeys[i], nil
}

// position is a row's place in the order of a list.
type position struct {
	key any // int64 or string
	id  string
}

func (l *applicationList) positionOf(a *access.Application) position {
	return position{key: l.key.value(a), id: a.ID}
}

// order is the ORDER BY; backwards reads towards the beginning of the list.
func (l *applicationList) order(backwards bool) string {
	direction := ""
	if l.query.Sort.Descending != backwards {
		direction = " DESC"
	}
	if l.tieless() {
		return ` ORDER BY ` + l.key.expression + direction
	}
	return ` ORDER BY ` + l.key.expression + direction + `, a.id` + direction
}

// tieless: names are unique among the living, and the bin may hold several of one.
func (l *applicationList) tieless() bool { return l.key.unique && !l.query.Deleted }

// beyond is the condition for rows that come after a position, or before it.
func (l *applicationList) beyond(args *arguments, p position, backwards bool) string {
	comparison := " > "
	if l.query.Sort.Descending != backwards {
		comparison = " < "
	}
	if l.tieless() {
		return l.key.expression + comparison + args.add(p.key)
	}
	return `(` + l.key.expression + `, a.id)` + comparison + `(` + args.add(p.key) + `, ` + args.add(p.id) + `)`
}

// ---- cursors ----

// A cursor is the position of a row and the list it is a position in, for a
// cursor of another order would skip and repeat. It is opaque, not secret.
const cursorSeparator = "\x00"

func encodeCursor(sort access.Sort, p position) string {
	key, isText := p.key.(string)
	if !isText {
		key = strconv.FormatInt(p.key.(int64), 10)
	}
	text := strings.Join([]string{sort.Field, strconv.FormatBool(sort.Descending), key, p.id}, cursorSeparator)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func decodeCursor(parameter, cursor string, sort access.Sort, number bool) (position, error) {
	bad := access.Invalid(parameter, "This cursor belongs to another list. Leave it out to start at the first page.")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return position{}, bad
	}
	parts := strings.Split(string(text), cursorSeparator)
	if len(parts) != 4 || parts[0] != sort.Field || parts[1] != strconv.FormatBool(sort.Descending) || !isText(parts[2]) || !isText(parts[3]) {
		return position{}, bad
	}
	if !number {
		return position{key: parts[2], id: parts[3]}, nil
	}
	key, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return position{}, bad
	}
	return position{key: key, id: parts[3]}, nil
}

// ---- search ----

// ruleMatch is which access rules a search finds by the names in them.
type ruleMatch struct {
	roles  []int32
	scopes bool
}

// search finds the text in the application's own words or in the names of the
// roles and scopes of its rules.
func (l *applicationList) search(folded string, rules ruleMatch) condition {
	own := l.contains("a.search_text", folded)
	if len(rules.roles) == 0 && !rules.scopes {
		return own
	}
	named := func(args *arguments) string {
		var either []string
		if len(rules.roles) > 0 {
			either = append(either, `r.role_id IN (`+roleList(args, rules.roles)+`)`)
		}
		if rules.scopes {
			either = append(either, `r.scope_id IN (SELECT s.id FROM scopes s WHERE `+like("s.name_folded", args.add(containing(folded)))+`)`)
		}
		return `(` + strings.Join(either, ` OR `) + `)`
	}
	c := condition{where: func(args *arguments, name columnNamer) string {
		return `(` + own.where(args, name) + ` OR (a.rule_count > 0 AND ` + hasRule(named(args)) + `))`
	}}
	if own.hits != nil {
		c.hits = func(args *arguments) string {
			return own.hits(args) + ` UNION ALL ` + l.subjectsOf(named(args))
		}
	}
	return c
}

// contains is the condition that a folded column holds a folded text. Where
// the column is a part of search_text, the search index knows the candidates.
func (l *applicationList) contains(column, folded string) condition {
	return l.like(column, containing(folded), folded)
}

func (l *applicationList) like(column, pattern, folded string) condition {
	c := condition{where: func(args *arguments, name columnNamer) string {
		return like(column, args.add(pattern))
	}}
	if l.dialect.searchHits(&arguments{}, folded) != "" {
		c.hits = func(args *arguments) string { return l.dialect.searchHits(args, folded) }
	}
	return c
}

// like is a comparison with a pattern of likeEscaper. The CAST keeps SQLite from
// compiling the statement again for each new pattern, in the hope of a prefix.
func like(column, placeholder string) string {
	return column + ` LIKE CAST(` + placeholder + ` AS TEXT) ESCAPE '!'`
}

// likeEscaper makes the wildcards of LIKE plain characters.
var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

func containing(text string) string { return "%" + likeEscaper.Replace(text) + "%" }

// hasRule: the application a has a living rule r of this kind.
func hasRule(kind string) string {
	return `EXISTS (SELECT 1 FROM rules r WHERE r.subject_type = 'app' AND r.subject_id = a.id AND r.deleted_at = 0 AND ` + kind + `)`
}

// subjectsOf selects the applications that have a living rule r of this kind.
func (l *applicationList) subjectsOf(kind string) string {
	return `SELECT a.` + l.dialect.rowKey() + ` AS hit FROM rules r JOIN applications a ON a.id = r.subject_id
		WHERE r.subject_type = 'app' AND r.deleted_at = 0 AND ` + kind
}

func roleList(args *arguments, ids []int32) string {
	placeholders := make([]string, len(ids))
	for i, id := range ids {
		placeholders[i] = args.add(int64(id))
	}
	return strings.Join(placeholders, ", ")
}

// ---- filters ----

// textColumn is a column that is compared as text: as it stands for ==, !=, <=
// and >=, folded for the others.
type textColumn struct {
	exact, folded string
	indexed       bool // exact has an index of its own
}

var textColumns = map[string]textColumn{
	"name":        {"a.name", "lower(a.name)", true},
	"clientId":    {"a.client_id", "lower(a.client_id)", true},
	"createdBy":   {"a.created_by", "a.created_by_folded", true},
	"keyEndsIn":   {"a.key_ends_in", "lower(a.key_ends_in)", true},
	"description": {"a.description", "a.description_folded", false},
}

// timeColumn is a column of times and the value that stands for never.
type timeColumn struct {
	expression string
	never      int64
}

var timeColumns = map[string]timeColumn{
	"lastLogin":    {"a.last_login", 0},
	"createdAt":    {"a.created_at", 0},
	"updatedAt":    {"a.updated_at", 0},
	"keyExpiresAt": {keyEnd, neverEnds},
}

// filter is the allowlist of filterBy.
func (l *applicationList) filter(f access.Filter) (condition, error) {
	if column, ok := textColumns[f.Field]; ok {
		return l.textFilter(column, f)
	}
	if column, ok := timeColumns[f.Field]; ok {
		return l.timeFilter(column, f)
	}
	switch f.Field {
	case "status":
		return l.statusFilter(f)
	case "accessRules":
		return l.numberFilter("a.rule_count", f)
	case "roleName":
		return l.roleFilter(f)
	case "scopeName":
		return l.scopeFilter(f)
	}
	return condition{}, access.Invalid("filterBy", "There is no column %q to filter by.", f.Field)
}

func unknownOperator(f access.Filter) error {
	return access.Invalid("filterBy", "%s cannot be filtered with %q.", f.Field, string(f.Op))
}

// comparisons are the operators that SQL has as well.
var comparisons = map[access.Operator]string{
	access.Equal: " = ", access.NotEqual: " <> ", access.AtMost: " <= ", access.AtLeast: " >= ",
}

// pattern is the LIKE pattern of an operator on text, and whether it must match.
func pattern(f access.Filter) (pattern string, positive, ok bool) {
	text := likeEscaper.Replace(access.Fold(f.Value))
	switch f.Op {
	case access.Contains:
		return "%" + text + "%", true, true
	case access.NotContains:
		return "%" + text + "%", false, true
	case access.StartsWith:
		return text + "%", true, true
	case access.EndsWith:
		return "%" + text, true, true
	}
	return "", false, false
}

func (l *applicationList) textFilter(column textColumn, f access.Filter) (condition, error) {
	if text, positive, ok := pattern(f); ok {
		if positive {
			return l.like(column.folded, text, access.Fold(f.Value)), nil
		}
		return condition{where: func(args *arguments, _ columnNamer) string {
			return `NOT ` + like(column.folded, args.add(text))
		}}, nil
	}
	comparison, ok := comparisons[f.Op]
	if !ok {
		return condition{}, unknownOperator(f)
	}
	where := func(args *arguments, name columnNamer) string {
		return name(column.exact) + comparison + args.add(f.Value)
	}
	if column.indexed && f.Op != access.NotEqual {
		return l.indexed(where), nil
	}
	return condition{where: where}, nil
}

// timeFilter: see access.Filter.Period for what the operators mean.
func (l *applicationList) timeFilter(column timeColumn, f access.Filter) (condition, error) {
	from, until, never := f.Period()
	if never {
		return l.neverFilter(column, f)
	}
	first, end := micros(from), micros(until)
	happened := func(name columnNamer) string {
		return name(column.expression) + ` <> ` + strconv.FormatInt(column.never, 10)
	}
	switch f.Op {
	case access.Equal:
		return l.indexed(func(args *arguments, name columnNamer) string {
			return name(column.expression) + ` >= ` + args.add(first) + ` AND ` + name(column.expression) + ` < ` + args.add(end)
		}), nil
	case access.NotEqual:
		return condition{where: func(args *arguments, name columnNamer) string {
			return `(` + name(column.expression) + ` < ` + args.add(first) + ` OR ` + name(column.expression) + ` >= ` + args.add(end) + `)`
		}}, nil
	case access.AtMost:
		return l.indexed(func(args *arguments, name columnNamer) string {
			return name(column.expression) + ` < ` + args.add(end) + ` AND ` + happened(name)
		}), nil
	case access.AtLeast:
		return l.indexed(func(args *arguments, name columnNamer) string {
			return name(column.expression) + ` >= ` + args.add(first) + ` AND ` + happened(name)
		}), nil
	}
	return condition{}, unknownOperator(f)
}

func (l *applicationList) neverFilter(column timeColumn, f access.Filter) (condition, error) {
	where := func(args *arguments, name columnNamer) string {
		return name(column.expression) + comparisons[f.Op] + args.add(column.never)
	}
	switch f.Op {
	case access.Equal:
		return l.indexed(where), nil
	case access.NotEqual:
		return condition{where: where}, nil
	}
	return condition{}, unknownOperator(f)
}

func (l *applicationList) numberFilter(column string, f access.Filter) (condition, error) {
	comparison, ok := comparisons[f.Op]
	if !ok {
		return condition{}, unknownOperator(f)
	}
	where := func(args *arguments, name columnNamer) string {
		return name(column) + comparison + args.add(f.Number())
	}
	if f.Op == access.NotEqual {
		return condition{where: where}, nil
	}
	return l.indexed(where), nil
}

// statusFilter asks Go which statuses match, and the columns for those.
func (l *applicationList) statusFilter(f access.Filter) (condition, error) {
	var matching []access.Status
	for _, status := range statuses {
		matches, ok := matchesText(f, string(status))
		if !ok {
			return condition{}, unknownOperator(f)
		}
		if matches {
			matching = append(matching, status)
		}
	}
	if len(matching) == 1 {
		return l.withStatus(matching[0]), nil
	}
	return condition{where: func(args *arguments, name columnNamer) string {
		either := []string{`1 = 0`}
		for _, status := range matching {
			either = append(either, l.withStatus(status).where(args, name))
		}
		return `(` + strings.Join(either, ` OR `) + `)`
	}}, nil
}

// statuses in the order in which a list sorts them.
var statuses = []access.Status{access.StatusActive, access.StatusDisabled, access.StatusKeyExpired}

// withStatus is access.Application.Status in SQL.
func (l *applicationList) withStatus(status access.Status) condition {
	now := micros(l.query.Now)
	switch status {
	case access.StatusDisabled:
		return l.indexed(func(args *arguments, name columnNamer) string {
			return name("a.enabled") + ` = ` + args.add(false)
		})
	case access.StatusKeyExpired:
		return l.indexed(func(args *arguments, name columnNamer) string {
			return `(a.enabled AND ` + name(keyEnd) + ` <= ` + args.add(now) + `)`
		})
	default:
		return condition{where: func(args *arguments, name columnNamer) string {
			return `(a.enabled AND ` + name(keyEnd) + ` > ` + args.add(now) + `)`
		}}
	}
}

// matchesText applies an operator to a name that Go knows and SQL does not.
func matchesText(f access.Filter, text string) (matches, ok bool) {
	folded, value := access.Fold(text), access.Fold(f.Value)
	switch f.Op {
	case access.Equal:
		return text == f.Value, true
	case access.NotEqual:
		return text != f.Value, true
	case access.AtMost:
		return text <= f.Value, true
	case access.AtLeast:
		return text >= f.Value, true
	case access.Contains:
		return strings.Contains(folded, value), true
	case access.NotContains:
		return !strings.Contains(folded, value), true
	case access.StartsWith:
		return strings.HasPrefix(folded, value), true
	case access.EndsWith:
		return strings.HasSuffix(folded, value), true
	}
	return false, false
}

// positively turns "is not" into "is": an application meets a negative filter
// on its rules if none of them meets the positive one.
func positively(f access.Filter) (positive access.Filter, negated bool) {
	switch f.Op {
	case access.NotEqual:
		f.Op = access.Equal
		return f, true
	case access.NotContains:
		f.Op = access.Contains
		return f, true
	}
	return f, false
}

func (l *applicationList) roleFilter(f access.Filter) (condition, error) {
	positive, negated := positively(f)
	var ids []int32
	for _, role := range access.PredefinedRoles() {
		matches, ok := matchesText(positive, role.Name)
		if !ok {
			return condition{}, unknownOperator(f)
		}
		if matches {
			ids = append(ids, role.ID)
		}
	}
	return l.ruleFilter(negated, func(args *arguments) string {
		if len(ids) == 0 {
			return `1 = 0`
		}
		return `r.role_id IN (` + roleList(args, ids) + `)`
	}), nil
}

func (l *applicationList) scopeFilter(f access.Filter) (condition, error) {
	positive, negated := positively(f)
	text, _, isPattern := pattern(positive)
	comparison, isComparison := comparisons[positive.Op]
	if !isPattern && !isComparison {
		return condition{}, unknownOperator(f)
	}
	return l.ruleFilter(negated, func(args *arguments) string {
		if isPattern {
			return `r.scope_id IN (SELECT s.id FROM scopes s WHERE ` + like("s.name_folded", args.add(text)) + `)`
		}
		return `r.scope_id IN (SELECT s.id FROM scopes s WHERE s.name` + comparison + args.add(f.Value) + `)`
	}), nil
}

func (l *applicationList) ruleFilter(negated bool, kind func(*arguments) string) condition {
	if negated {
		return condition{where: func(args *arguments, _ columnNamer) string { return `NOT ` + hasRule(kind(args)) }}
	}
	return condition{
		where: func(args *arguments, _ columnNamer) string { return hasRule(kind(args)) },
		hits:  func(args *arguments) string { return l.subjectsOf(kind(args)) },
	}
}
