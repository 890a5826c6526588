package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"latchkey/access"
)

// table is how things of one kind are listed. Applications, of which there may
// be a million, have a plan of their own for each search (list_plan.go).
type table[T any] struct {
	columns   string // what scan reads
	from      string // after FROM
	scan      func(row) (T, error)
	id        string
	numericID bool
	idOf      func(*T) string
	keys      []sortKey[T]
	grammar   grammar
	// searched are the columns, folded, that a search looks through.
	searched []string
	// complete adds to rows what other tables hold of them, at most so many of
	// each kind (0: all); nil if there is nothing.
	complete func(ctx context.Context, r reader, rows []T, most int) error
}

func (t *table[T]) completed(ctx context.Context, r reader, rows []T, most int) error {
	if t.complete == nil {
		return nil
	}
	return t.complete(ctx, r, rows, most)
}

// tableList is a query for one table in the making.
type tableList[T any] struct {
	*table[T]
	ordering[T]
	conditions []condition
	// refusal is what is wrong with the query; nothing is read then.
	refusal error
}

// list compiles a list with what else its rows must meet.
func (t *table[T]) list(l access.List, conditions ...condition) *tableList[T] {
	made := &tableList[T]{table: t, conditions: conditions}
	key, err := keyOf(t.keys, l.Sort.Field)
	if err != nil {
		made.refusal = err
		return made
	}
	made.ordering = ordering[T]{list: l, key: key, id: t.id, numericID: t.numericID, idOf: t.idOf}
	for _, f := range l.Filters {
		c, err := t.grammar.filter(f)
		if err != nil {
			made.refusal = err
			return made
		}
		made.conditions = append(made.conditions, c)
	}
	return made
}

// holds is the condition that one of the searched columns, or what else is
// given, holds a text.
func (t *table[T]) holds(text string, more ...func(args *arguments, folded string) string) condition {
	folded := access.Fold(text)
	return where(func(args *arguments) string {
		var either []string
		for _, column := range t.searched {
			either = append(either, like(column, args.add(containing(folded))))
		}
		for _, other := range more {
			either = append(either, other(args, folded))
		}
		return `(` + strings.Join(either, ` OR `) + `)`
	})
}

// selectFrom is the SELECT up to and including its conditions.
func (l *tableList[T]) selectFrom(args *arguments, columns string) string {
	var text strings.Builder
	text.WriteString(`SELECT ` + columns + ` FROM ` + l.table.from + ` WHERE 1 = 1`)
	for _, c := range l.conditions {
		text.WriteString(` AND ` + c.where(args, asItStands))
	}
	return text.String()
}

// rows reads a run of rows. They are chosen by their ids first, so that a sort
// moves nothing but keys, and the names of ancestors are looked up for those
// alone that are shown.
func (l *tableList[T]) rows(ctx context.Context, r reader, s slice) ([]T, error) {
	if l.refusal != nil {
		return nil, l.refusal
	}
	args := &arguments{}
	chosen := l.chosen(args, s)
	text := `SELECT ` + l.columns + ` FROM ` + l.table.from + ` WHERE ` + l.table.id + ` IN (` + chosen + `)` + l.by(s.backwards)
	return all(ctx, r, l.scan, text, args.values...)
}

// chosen selects the ids of a run of rows.
func (l *tableList[T]) chosen(args *arguments, s slice) string {
	for i, c := range l.conditions {
		if c.each != nil {
			return l.chosenFromEach(args, i, s)
		}
	}
	return l.run(args, l.table.id, s)
}

// run selects a run of rows in their order.
func (l *tableList[T]) run(args *arguments, columns string, s slice) string {
	text := l.selectFrom(args, columns)
	if s.from != nil {
		text += ` AND ` + l.beyond(args, *s.from, s.backwards)
	}
	return text + l.by(s.backwards) + s.bounds(args)
}

// chosenFromEach walks the index of each alternative of a condition in order,
// and merges the beginnings: with OR, the engines collect all that meet any of
// them, however many there are, and sort those.
func (l *tableList[T]) chosenFromEach(args *arguments, several int, s slice) string {
	beginning := slice{from: s.from, backwards: s.backwards, limit: s.offset + s.limit}
	var runs []string
	for _, alternative := range l.conditions[several].each {
		one := *l
		one.conditions = slices.Clone(l.conditions)
		one.conditions[several] = where(alternative)
		run := one.run(args, l.table.id+` AS id, `+l.key.expression+` AS sorted_by`, beginning)
		runs = append(runs, `SELECT * FROM (`+run+`) run`+strconv.Itoa(len(runs)))
	}
	merged := ordering[T]{list: l.ordering.list, key: sortKey[T]{expression: `sorted_by`}, id: `id`}
	return `SELECT id FROM (` + strings.Join(runs, ` UNION `) + `) merged` + merged.by(s.backwards) + s.bounds(args)
}

// page reads the page that the list asks for.
func (l *tableList[T]) page(ctx context.Context, r reader) (access.Page[T], error) {
	from, backwards, err := l.start()
	if err != nil {
		return access.Page[T]{}, err
	}
	rows, err := l.rows(ctx, r, slice{from: from, backwards: backwards, limit: l.ordering.list.Limit + 1, offset: l.ordering.list.Offset})
	if err != nil {
		return access.Page[T]{}, err
	}
	page := cutPage(l.ordering.list, rows, backwards, l.cursorOf)
	return page, l.completed(ctx, r, page.Rows, access.RulesShown)
}

// beside reads the rows before and after one in the order of the list, or nil at
// its ends.
func (l *tableList[T]) beside(ctx context.Context, r reader, item *T) (before, after *T, err error) {
	if l.refusal != nil {
		return nil, nil, l.refusal
	}
	at := l.positionOf(item)
	neighbour := func(backwards bool) (*T, error) {
		rows, err := l.rows(ctx, r, slice{from: &at, backwards: backwards, limit: 1})
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		return &rows[0], nil
	}
	if before, err = neighbour(true); err != nil {
		return nil, nil, err
	}
	after, err = neighbour(false)
	return before, after, err
}

// count counts the matches, up to limit+1; limit 0 counts them all.
func (l *tableList[T]) count(ctx context.Context, r reader, limit int) (int, error) {
	if l.refusal != nil {
		return 0, l.refusal
	}
	most := everything
	if limit > 0 {
		most = limit + 1
	}
	args := &arguments{}
	text := `SELECT count(*) FROM (` + l.selectFrom(args, "1") + ` LIMIT ` + args.add(most) + `) counted`
	return one(ctx, r, scanCount, text, args.values...)
}

// each streams all matches, in chunks for the reason that EachApplication gives.
func (l *tableList[T]) each(ctx context.Context, r reader, fn func(T) error) error {
	var from *position
	for {
		rows, err := l.rows(ctx, r, slice{from: from, limit: chunkSize})
		if err != nil {
			return err
		}
		if err := l.completed(ctx, r, rows, 0); err != nil {
			return err
		}
		for _, item := range rows {
			if err := fn(item); err != nil {
				return err
			}
		}
		if len(rows) < chunkSize {
			return nil
		}
		last := l.positionOf(&rows[len(rows)-1])
		from = &last
	}
}

// eachID gives the ids of all matches, as EachApplicationID does.
func (l *tableList[T]) eachID(ctx context.Context, r reader, fn func(id string) error) error {
	if l.refusal != nil {
		return l.refusal
	}
	args := &arguments{}
	return r.eachID(ctx, l.selectFrom(args, l.table.id), args, fn)
}
