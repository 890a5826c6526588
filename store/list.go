package store

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"latchkey/access"
)

// A search for a common word and one for a rare word want opposite plans: walk
// the index of the order, where hits come often, or sort the few hits. Of n
// rows with h hits, walking to a page costs about a page * n/h rows and sorting
// h, so that the two are equal at h = sqrt(page * n). Probing for that many
// hits comes on top, hence the upper bound.
const (
	usualPage    = 64
	mostToSort   = 4000
	alwaysToSort = 100
)

func fewToSort(rows int) int {
	return min(max(int(math.Sqrt(float64(usualPage*max(rows, 0)))), alwaysToSort), mostToSort)
}

// fewToCount: a count looks at each hit once and sorts nothing, so that starting
// from the hits is worth while up to a good part of the table; but there is no
// point in probing for far more than will be counted.
func fewToCount(most int) func(rows int) int {
	return func(rows int) int { return max(min(rows/4, 3*most), alwaysToSort) }
}

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
	hits, err := r.narrow(ctx, l, fewToSort)
	if err != nil {
		return access.ApplicationPage{}, err
	}
	// One more than the page tells whether there is another page.
	rows, err := r.slice(ctx, l, hits, slice{from: from, backwards: backwards, limit: q.Limit + 1, offset: q.Offset})
	if err != nil {
		return access.ApplicationPage{}, err
	}
	page := l.page(rows, backwards)
	return page, r.addRules(ctx, page.Rows, access.RulesShown)
}

// page cuts the extra row off and makes the cursors of the neighbours.
func (l *applicationList) page(rows []access.ApplicationRow, backwards bool) access.ApplicationPage {
	more := len(rows) > l.query.Limit
	rows = rows[:min(len(rows), l.query.Limit)]
	if backwards {
		slices.Reverse(rows)
	}
	page := access.ApplicationPage{Rows: rows}
	if len(rows) == 0 {
		return page
	}
	if more || backwards {
		page.Next = encodeCursor(l.query.Sort, l.positionOf(&rows[len(rows)-1].Application))
	}
	if more && backwards || l.query.After != "" || l.query.Offset > 0 {
		page.Previous = encodeCursor(l.query.Sort, l.positionOf(&rows[0].Application))
	}
	return page
}

// start is where the page begins, if not at the beginning.
func (l *applicationList) start() (from *position, backwards bool, err error) {
	parameter, cursor := "after", l.query.After
	if l.query.Before != "" {
		parameter, cursor, backwards = "before", l.query.Before, true
	}
	if cursor == "" {
		return nil, false, nil
	}
	p, err := decodeCursor(parameter, cursor, l.query.Sort, l.key.number)
	return &p, backwards, err
}

// compile looks up what only the database knows, and compiles.
func (r reader) compile(ctx context.Context, q access.ApplicationQuery) (*applicationList, error) {
	var rules ruleMatch
	if q.Search != "" {
		var err error
		if rules, err = r.rulesNamed(ctx, access.Fold(q.Search)); err != nil {
			return nil, err
		}
	}
	return compileList(q, r.dialect, rules)
}

// rulesNamed finds whether any role or scope bears this text in its name.
func (r reader) rulesNamed(ctx context.Context, folded string) (ruleMatch, error) {
	var match ruleMatch
	for _, role := range access.PredefinedRoles() {
		if strings.Contains(access.Fold(role.Name), folded) {
			match.roles = append(match.roles, role.ID)
		}
	}
	n, err := one(ctx, r, scanCount, `SELECT count(*) FROM (SELECT 1 FROM scopes s
		WHERE `+like("s.name_folded", "$1")+` LIMIT 1) found`, containing(folded))
	match.scopes = n > 0
	return match, err
}

// narrow finds a condition that few applications meet; nil if there is none.
// few says of a number of rows how many are few.
func (r reader) narrow(ctx context.Context, l *applicationList, few func(rows int) int) (hits func(*arguments) string, err error) {
	if l.query.Deleted {
		return nil, nil // the bin is small
	}
	for _, c := range l.conditions {
		if c.hits == nil {
			continue
		}
		narrows, err := r.fewHits(ctx, c, few)
		if err != nil {
			return nil, err
		}
		if narrows {
			return c.hits, nil
		}
	}
	return nil, nil
}

// fewHits probes whether a condition has so few hits that starting from them is
// the better plan.
func (r reader) fewHits(ctx context.Context, c condition, few func(rows int) int) (bool, error) {
	rows, err := one(ctx, r, scanCount, r.dialect.roughCount())
	if err != nil {
		return false, err
	}
	most := few(rows)
	args := &arguments{}
	probe := `SELECT count(*) FROM (SELECT hit FROM (` + c.hits(args) + `) hits LIMIT ` + args.add(most+1) + `) probe`
	n, err := one(ctx, r, scanCount, probe, args.values...)
	return n <= most, err
}

// slice is a run of rows of a list.
type slice struct {
	from          *position
	backwards     bool
	limit, offset int
}

// slice reads a run of rows, without their rules.
func (r reader) slice(ctx context.Context, l *applicationList, hits func(*arguments) string, s slice) ([]access.ApplicationRow, error) {
	args := &arguments{}
	name := r.dialect.unindexed
	text := l.from(args, hits, applicationColumns, name)
	if s.from != nil {
		text += ` AND ` + l.beyond(args, *s.from, s.backwards)
	}
	text += l.order(s.backwards) + ` LIMIT ` + args.add(s.limit)
	if s.offset > 0 {
		text += ` OFFSET ` + args.add(s.offset)
	}
	return all(ctx, r, scanApplicationRow, text, args.values...)
}

// from is the SELECT up to and including its conditions.
func (l *applicationList) from(args *arguments, hits func(*arguments) string, columns string, name columnNamer) string {
	var text strings.Builder
	if hits != nil {
		// MATERIALIZED and CROSS JOIN: begin with the hits, whatever the planner thinks.
		text.WriteString(`WITH hits AS MATERIALIZED (SELECT DISTINCT hit FROM (` + hits(args) + `) candidates)
			SELECT ` + columns + ` FROM hits CROSS JOIN applications a WHERE a.` + l.dialect.rowKey() + ` = hits.hit AND `)
	} else {
		text.WriteString(`SELECT ` + columns + ` FROM ` + l.table() + ` WHERE `)
	}
	if l.query.Deleted {
		text.WriteString(`a.deleted_at > 0`)
	} else {
		text.WriteString(`a.deleted_at = 0`)
	}
	for _, c := range l.conditions {
		text.WriteString(` AND ` + c.where(args, name))
	}
	return text.String()
}

func (l *applicationList) table() string {
	if l.query.Search != "" && l.key.field == "name" && !l.query.Deleted {
		return l.dialect.searchByName()
	}
	return `applications a`
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
	hits, err := r.narrow(ctx, l, fewToCount(most))
	if err != nil {
		return 0, err
	}
	args := &arguments{}
	text := `SELECT count(*) FROM (` + l.from(args, hits, "1", asItStands) + ` LIMIT ` + args.add(most) + `) counted`
	return one(ctx, r, scanCount, text, args.values...)
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
	hits, err := r.narrow(ctx, l, fewToSort)
	if err != nil {
		return err
	}
	var from *position
	for {
		rows, err := r.slice(ctx, l, hits, slice{from: from, limit: chunkSize})
		if err != nil {
			return err
		}
		if err := r.addRules(ctx, rows, 0); err != nil {
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

// isText: what came out of a cursor may be anything, and PostgreSQL takes
// neither NUL nor broken UTF-8.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
