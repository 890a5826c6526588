package store

import (
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
	query   access.ApplicationQuery
	dialect dialect
	grammar
	ordering[access.Application]
	conditions []condition
	paths      map[string]access.ScopePath // see lookedUp
}

// compileList checks the names of a query against the tables below. It is the
// second check: access refuses them first, with a friendlier sentence.
func compileList(q access.ApplicationQuery, d dialect, known lookedUp) (*applicationList, error) {
	key, err := keyOf(sortKeys, q.Sort.Field)
	if err != nil {
		return nil, err
	}
	l := &applicationList{query: q, dialect: d, paths: known.paths}
	l.grammar = grammar{texts: textColumns, times: timeColumns, numbers: numberColumns, plan: l}
	// Names are unique among the living, and the bin may hold several of one.
	l.ordering = ordering[access.Application]{
		list: q.List, key: key, id: "a.id", idOf: idOfApplication, tieless: key.unique && !q.Deleted,
	}
	if q.Search != "" {
		l.conditions = append(l.conditions, l.search(access.Fold(q.Search), known))
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

func (l *applicationList) indexed(where func(*arguments, columnNamer) string) condition {
	return condition{where: where, hits: func(args *arguments) string {
		return `SELECT a.` + l.dialect.rowKey() + ` AS hit FROM applications a WHERE a.deleted_at = 0 AND ` + where(args, asItStands)
	}}
}

// ---- sorting ----

// sortKeys is the allowlist of sortBy. Status is not among them: see listByStatus.
var sortKeys = []sortKey[access.Application]{
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
	// The order within one status.
	{field: sortByID, expression: "a.id", unique: true, value: func(a *access.Application) any { return a.ID }},
}

func keyEndOf(a *access.Application) int64 {
	if a.Key.ExpiresAt.IsZero() {
		return neverEnds
	}
	return micros(a.Key.ExpiresAt)
}

func idOfApplication(a *access.Application) string { return a.ID }

// ---- search ----

// lookedUp is what only the database knows of a query: which access rules its
// search finds by the names in them, and the paths of the nodes that its filters
// name by their ids.
type lookedUp struct {
	roles  []int32
	scopes bool
	paths  map[string]access.ScopePath
}

// search finds the text in the application's own words or in the names of the
// roles and scopes of its rules.
func (l *applicationList) search(folded string, rules lookedUp) condition {
	own := l.contains("a.search_text", folded)
	if len(rules.roles) == 0 && !rules.scopes {
		return own
	}
	named := func(args *arguments) string {
		var either []string
		if len(rules.roles) > 0 {
			either = append(either, among(args, `r.role_id`, rules.roles))
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

// hasRule: the application a has a living rule r of this kind.
func hasRule(kind string) string {
	return `EXISTS (SELECT 1 FROM rules r WHERE r.subject_type = 'app' AND r.subject_id = a.id AND r.deleted_at = 0 AND ` + kind + `)`
}

// subjectsOf selects the applications that have a living rule r of this kind.
func (l *applicationList) subjectsOf(kind string) string {
	return `SELECT a.` + l.dialect.rowKey() + ` AS hit FROM rules r JOIN applications a ON a.id = r.subject_id
		WHERE r.subject_type = 'app' AND r.deleted_at = 0 AND ` + kind
}

// ---- filters ----

var textColumns = map[string]textColumn{
	"name":        {exact: "a.name", folded: "lower(a.name)", indexed: true},
	"clientId":    {exact: "a.client_id", folded: "lower(a.client_id)", indexed: true},
	"createdBy":   {exact: "a.created_by", folded: "a.created_by_folded", indexed: true},
	"keyEndsIn":   {exact: "a.key_ends_in", folded: "lower(a.key_ends_in)", indexed: true},
	"description": {exact: "a.description", folded: "a.description_folded", indexed: false},
}

var timeColumns = map[string]timeColumn{
	"lastLogin":    {"a.last_login", 0},
	"createdAt":    {"a.created_at", 0},
	"updatedAt":    {"a.updated_at", 0},
	"keyExpiresAt": {keyEnd, neverEnds},
}

var numberColumns = map[string]string{"accessRules": "a.rule_count"}

// filter adds to the columns of the table what an application is or has.
func (l *applicationList) filter(f access.Filter) (condition, error) {
	switch f.Field {
	case "status":
		return l.statusFilter(f)
	case "roleName":
		return l.roleFilter(f)
	case "scopeName":
		return l.scopeFilter(f)
	case "managedIn":
		return l.placeNameFilter(f)
	case managedInID, managedWithinID:
		return l.placeFilter(f)
	}
	return l.grammar.filter(f)
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
		return among(args, `r.role_id`, ids)
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

// The filters that name a node by its id.
const (
	managedInID     = "managedInId"
	managedWithinID = "managedWithinId"
)

// placeFilter: where an application is managed is kept as a path, of which there
// is an index; below a node lies a range of it. A node that there never was
// manages nothing.
func (l *applicationList) placeFilter(f access.Filter) (condition, error) {
	path := l.paths[f.Value]
	is := func(args *arguments, name columnNamer) string {
		switch {
		case path == "":
			return `1 = 0`
		case f.Field == managedInID:
			return name("a.scope_path") + ` = ` + args.add(string(path))
		}
		return within(args, name("a.scope_path"), []access.ScopePath{path})
	}
	switch f.Op {
	case access.Equal:
		return l.indexed(is), nil
	case access.NotEqual:
		return where(func(args *arguments) string { return `NOT (` + is(args, asItStands) + `)` }), nil
	}
	return condition{}, unknownOperator(f)
}

// placeNames compares the names of the nodes s.
var placeNames = grammar{texts: map[string]textColumn{"managedIn": {exact: "s.name", folded: "s.name_folded"}}, plan: planless{}}

// placeNameFilter finds the nodes first, which are few.
func (l *applicationList) placeNameFilter(f access.Filter) (condition, error) {
	named, err := placeNames.filter(f)
	if err != nil {
		return condition{}, err
	}
	in := func(args *arguments, name columnNamer) string {
		return name("a.scope_path") + ` IN (SELECT s.path FROM scopes s WHERE ` + named.where(args, asItStands) + `)`
	}
	if _, negated := positively(f); negated {
		return condition{where: in}, nil
	}
	return l.indexed(in), nil
}
