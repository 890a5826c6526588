package store

import (
	"context"
	"slices"
	"strings"

	"latchkey/access"
)

// sortByStatus is the one order that no index can have, since status depends
// on the time of day. A list in this order is three lists one after the other,
// each of one status and in the order of ids.
const sortByStatus = "status"

// byStatus are the three lists, in the order of the query.
func byStatus(q access.ApplicationQuery) []access.ApplicationQuery {
	parts := make([]access.ApplicationQuery, 0, len(statuses))
	for _, status := range statuses {
		part := q
		part.Filters = append(slices.Clone(q.Filters), access.Filter{Field: sortByStatus, Op: access.Equal, Value: string(status)})
		part.Sort.Field = sortByID
		parts = append(parts, part)
	}
	if q.Sort.Descending {
		slices.Reverse(parts)
	}
	return parts
}

// statusCursor says in which of the three lists a cursor points, and where.
func statusCursor(q access.ApplicationQuery, a *access.Application) string {
	return encodeCursor(q.Sort, position{key: string(a.Status(q.Now)), id: a.ID})
}

// listByStatus fills a page from the three lists.
func (r reader) listByStatus(ctx context.Context, q access.ApplicationQuery) (access.ApplicationPage, error) {
	run, err := statusStart(q)
	if err != nil {
		return access.ApplicationPage{}, err
	}
	var rows []access.ApplicationRow
	for _, part := range run.parts {
		wanted := slice{from: run.from, backwards: run.backwards, limit: q.Limit + 1 - len(rows), offset: run.offset}
		found, skipped, err := r.statusPart(ctx, part, wanted)
		if err != nil {
			return access.ApplicationPage{}, err
		}
		rows = append(rows, found...)
		if len(rows) > q.Limit {
			break
		}
		run.from, run.offset = nil, run.offset-skipped
	}
	page := cutPage(q.List, rows, run.backwards, func(row *access.ApplicationRow) string { return statusCursor(q, &row.Application) })
	return page, r.complete(ctx, page.Rows, access.RulesShown, placeNamesKnown{})
}

// statusPart reads from one of the lists, and tells how many rows of it the
// offset passed over.
func (r reader) statusPart(ctx context.Context, q access.ApplicationQuery, wanted slice) (rows []access.ApplicationRow, skipped int, err error) {
	l, err := r.compile(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	rows, err = r.pick(ctx, l, wanted)
	switch {
	case err != nil || wanted.offset == 0:
		return rows, 0, err
	case len(rows) > 0:
		return rows, wanted.offset, nil
	}
	skipped, err = r.CountApplications(ctx, q, wanted.offset)
	return nil, min(skipped, wanted.offset), err
}

// statusRun is the lists that a page can draw from, and where it starts in the
// first of them.
type statusRun struct {
	parts     []access.ApplicationQuery
	from      *position
	backwards bool
	offset    int
}

func statusStart(q access.ApplicationQuery) (statusRun, error) {
	parameter, cursor, backwards := "after", q.After, false
	if q.Before != "" {
		parameter, cursor, backwards = "before", q.Before, true
	}
	run := statusRun{parts: byStatus(q), backwards: backwards, offset: q.Offset}
	if cursor == "" {
		return run, nil
	}
	at, err := decodeCursor(parameter, cursor, q.Sort, false)
	if err != nil {
		return run, err
	}
	if backwards {
		slices.Reverse(run.parts)
	}
	i := slices.IndexFunc(run.parts, func(part access.ApplicationQuery) bool {
		return strings.EqualFold(part.Filters[len(part.Filters)-1].Value, at.key.(string))
	})
	if i < 0 {
		return run, foreignCursor(parameter)
	}
	run.parts, run.from = run.parts[i:], &position{key: at.id, id: at.id}
	return run, nil
}
