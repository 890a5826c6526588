package store

import (
	"context"
	"errors"
	"strings"

	"latchkey/access"
)

// ListApplications answers one page, by keys and not by number: however deep
// the page, it costs the same, and rows that come meanwhile neither repeat nor
// hide others.
func (r reader) ListApplications(ctx context.Context, q access.ApplicationQuery) (access.ApplicationPage, error) {
	if len(q.Reach) == 0 {
		return access.ApplicationPage{}, nil
	}
	if q.Sort.Field == sortByStatus {
		return r.listByStatus(ctx, q)
	}
	l, err := r.compile(ctx, q)
	if err != nil {
		return access.ApplicationPage{}, err
	}
	from, backwards, err := l.start()
	if err != nil {
		return access.ApplicationPage{}, err
	}
	// One more than the page tells whether there is another page.
	rows, err := r.pick(ctx, l, slice{from: from, backwards: backwards, limit: q.Limit + 1, offset: q.Offset})
	if err != nil {
		return access.ApplicationPage{}, err
	}
	page := cutPage(q.List, rows, backwards, func(row *access.ApplicationRow) string { return l.cursorOf(&row.Application) })
	return page, r.complete(ctx, page.Rows, access.RulesShown, placeNamesKnown{})
}

// complete adds to rows what other tables hold of them: the newest of their
// rules, at most so many each (0: all), and where they are managed.
func (r reader) complete(ctx context.Context, rows []access.ApplicationRow, most int, known placeNamesKnown) error {
	if err := r.addRules(ctx, rows, most); err != nil {
		return err
	}
	return r.addPlaces(ctx, rows, known)
}

// placeNamesKnown are the names along the paths of nodes that were looked up
// before, by the ids of these.
type placeNamesKnown map[string][]string

// addPlaces names where each application is managed. The places are few.
func (r reader) addPlaces(ctx context.Context, rows []access.ApplicationRow, known placeNamesKnown) error {
	var unknown []string
	for _, row := range rows {
		if _, ok := known[row.ScopeID]; !ok {
			known[row.ScopeID] = nil // gone, unless it is found
			unknown = append(unknown, row.ScopeID)
		}
	}
	if len(unknown) > 0 {
		args := &arguments{}
		found, err := all(ctx, r, scanScopeNames, `SELECT `+scopeColumns+` FROM scopes s`+scopeAncestors+`
			WHERE s.deleted_at = 0 AND s.id IN (`+args.list(unknown)+`)`, args.values...)
		if err != nil {
			return err
		}
		for _, scope := range found {
			known[scope.ID] = scope.Names
		}
	}
	for i := range rows {
		rows[i].ManagedIn = known[rows[i].ScopeID]
	}
	return nil
}

// compile looks up what only the database knows, and compiles.
func (r reader) compile(ctx context.Context, q access.ApplicationQuery) (*applicationList, error) {
	known, err := r.lookUp(ctx, q)
	if err != nil {
		return nil, err
	}
	return compileList(q, r.dialect, known)
}

func (r reader) lookUp(ctx context.Context, q access.ApplicationQuery) (lookedUp, error) {
	known := lookedUp{paths: map[string]access.ScopePath{}}
	for _, f := range q.Filters {
		if f.Field != managedInID && f.Field != managedWithinID {
			continue
		}
		path, err := one(ctx, r, scanText, `SELECT s.path FROM scopes s WHERE s.id = $1`, f.Value)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			return known, err
		}
		known.paths[f.Value] = access.ScopePath(path)
	}
	if q.Search == "" {
		return known, nil
	}
	return known, r.lookUpRules(ctx, access.Fold(q.Search), &known)
}

// lookUpRules finds whether any role or scope bears this text in its name.
func (r reader) lookUpRules(ctx context.Context, folded string, known *lookedUp) error {
	n, err := one(ctx, r, scanCount, `SELECT count(*) FROM (SELECT 1 FROM scopes s
		WHERE `+like("s.name_folded", "$1")+` LIMIT 1) found`, containing(folded))
	known.roles, known.scopes = rolesNamed(folded), n > 0
	return err
}

// slice is a run of rows of a list.
type slice struct {
	from          *position // nil: the beginning
	until         *position // nil: the end
	backwards     bool
	limit, offset int
}

// bounds are LIMIT and OFFSET.
func (s slice) bounds(args *arguments) string {
	text := ` LIMIT ` + args.add(s.limit)
	if s.offset > 0 {
		text += ` OFFSET ` + args.add(s.offset)
	}
	return text
}

// slice reads a run of rows, without their rules.
func (r reader) slice(ctx context.Context, l *applicationList, hits hitsOf, s slice) ([]access.ApplicationRow, error) {
	args := &arguments{}
	text := l.from(args, hits, applicationColumns, r.dialect.unindexed)
	if s.from != nil {
		text += ` AND ` + l.beyond(args, *s.from, s.backwards)
	}
	if s.until != nil {
		text += ` AND ` + l.upTo(args, *s.until, s.backwards)
	}
	text += l.by(s.backwards) + s.bounds(args)
	return all(ctx, r, scanApplicationRow, text, args.values...)
}

// from is the SELECT up to and including its conditions.
func (l *applicationList) from(args *arguments, hits hitsOf, columns string, name columnNamer) string {
	var text strings.Builder
	if hits != nil {
		// MATERIALIZED and CROSS JOIN: begin with the hits, whatever the planner thinks.
		text.WriteString(`WITH hits AS MATERIALIZED (SELECT DISTINCT hit FROM (` + hits(args) + `) candidates)
			SELECT ` + columns + ` FROM hits CROSS JOIN applications a WHERE a.` + l.dialect.rowKey() + ` = hits.hit AND `)
	} else {
		text.WriteString(`SELECT ` + columns + ` FROM ` + l.table() + ` WHERE `)
	}
	text.WriteString(l.living())
	for _, c := range l.conditions {
		text.WriteString(` AND ` + c.where(args, name))
	}
	return text.String()
}

func (l *applicationList) living() string {
	if l.query.Deleted {
		return `a.deleted_at > 0`
	}
	return `a.deleted_at = 0`
}

func (l *applicationList) table() string {
	if l.comparesInIndex() {
		return l.dialect.searchByName()
	}
	return `applications a`
}

// comparesInIndex: the order has an index with the search text in it.
func (l *applicationList) comparesInIndex() bool {
	return l.query.Search != "" && l.key.field == "name" && !l.query.Deleted
}

func scanApplicationRow(r row) (access.ApplicationRow, error) {
	a, err := scanApplication(r)
	return access.ApplicationRow{Application: a}, err
}

func (r reader) CountApplications(ctx context.Context, q access.ApplicationQuery, limit int) (int, error) {
	if len(q.Reach) == 0 {
		return 0, nil
	}
	q.Sort = access.Sort{Field: "name"} // a count has no order, but a search walks the names best
	l, err := r.compile(ctx, q)
	if err != nil {
		return 0, err
	}
	most := everything
	if limit > 0 {
		most = limit + 1
	}
	hits, err := r.narrow(ctx, l, r.plan.fewToCount(most))
	if err != nil {
		return 0, err
	}
	args := &arguments{}
	text := `SELECT count(*) FROM (` + l.from(args, hits, "1", asItStands) + ` LIMIT ` + args.add(most) + `) counted`
	return one(ctx, r, scanCount, text, args.values...)
}

// EachApplicationID reads the ids in one statement, for they are few bytes and
// nobody waits between them: what they are is true of one moment.
func (r reader) EachApplicationID(ctx context.Context, q access.ApplicationQuery, fn func(id string) error) error {
	if len(q.Reach) == 0 {
		return nil
	}
	q.Sort = access.Sort{Field: "name"} // as CountApplications
	l, err := r.compile(ctx, q)
	if err != nil {
		return err
	}
	hits, err := r.narrow(ctx, l, r.plan.fewToCount(everything))
	if err != nil {
		return err
	}
	args := &arguments{}
	return r.eachID(ctx, l.from(args, hits, "a.id", asItStands), args, fn)
}

// eachID gives the only column of a statement, row by row. fn may not ask the
// same transaction anything meanwhile.
func (r reader) eachID(ctx context.Context, text string, args *arguments, fn func(id string) error) error {
	rows, err := r.on.query(ctx, text, args.values...)
	if err != nil {
		return r.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return r.wrap(err)
		}
		if err := fn(id); err != nil {
			return err
		}
	}
	return r.wrap(rows.Err())
}

// chunkSize is how many rows EachApplication reads at a time.
const chunkSize = 500

// EachApplication streams the list in chunks, each a statement of its own: a
// slow reader at the other end then holds no snapshot open, which would keep
// the write-ahead log from being reused. Rows come with all their rules.
func (r reader) EachApplication(ctx context.Context, q access.ApplicationQuery, fn func(access.ApplicationRow) error) error {
	if len(q.Reach) == 0 {
		return nil
	}
	if q.Sort.Field != sortByStatus {
		return r.each(ctx, q, fn)
	}
	for _, part := range byStatus(q) {
		if err := r.each(ctx, part, fn); err != nil {
			return err
		}
	}
	return nil
}

func (r reader) each(ctx context.Context, q access.ApplicationQuery, fn func(access.ApplicationRow) error) error {
	l, err := r.compile(ctx, q)
	if err != nil {
		return err
	}
	hits, err := r.narrow(ctx, l, r.plan.fewToSort)
	if err != nil {
		return err
	}
	var from *position
	known := placeNamesKnown{}
	for {
		rows, err := r.slice(ctx, l, hits, slice{from: from, limit: chunkSize})
		if err != nil {
			return err
		}
		if err := r.complete(ctx, rows, 0, known); err != nil {
			return err
		}
		for _, row := range rows {
			if err := fn(row); err != nil {
				return err
			}
		}
		if len(rows) < chunkSize {
			return nil
		}
		last := l.positionOf(&rows[len(rows)-1].Application)
		from = &last
	}
}
