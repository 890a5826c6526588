package store

import (
	"context"
	"strings"

	"latchkey/access"
)

// ExplainEvents is how the engine goes about the page of a list of events.
func (s *Store) ExplainEvents(ctx context.Context, q access.EventQuery) (string, error) {
	explain, columns := `EXPLAIN QUERY PLAN `, 4
	if _, isPostgres := s.dialect.(postgresDialect); isPostgres {
		explain, columns = `EXPLAIN `, 1
	}
	args := &arguments{}
	text := listEvents(q).chosen(args, slice{limit: q.Limit})
	lines, err := all(ctx, s.reader, func(r row) (line string, err error) {
		fields := make([]any, columns)
		for i := range fields {
			fields[i] = new(any)
		}
		fields[columns-1] = &line
		err = r.Scan(fields...)
		return line, err
	}, explain+text, args.values...)
	return strings.Join(lines, "\n"), err
}
