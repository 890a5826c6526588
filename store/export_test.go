package store

import (
	"context"
	"strings"

	"latchkey/access"
)

// ExplainEvents is how the engine goes about the page of a list of events.
func (s *Store) ExplainEvents(ctx context.Context, q access.EventQuery) (string, error) {
	args := &arguments{}
	text := listEvents(q).chosen(args, slice{limit: q.Limit})
	return s.explain(ctx, text, args.values...)
}

// ExplainApplicationCount is how the engine goes about counting a list.
func (s *Store) ExplainApplicationCount(ctx context.Context, q access.ApplicationQuery) (string, error) {
	l, err := s.compile(ctx, q)
	if err != nil {
		return "", err
	}
	hits, err := s.narrow(ctx, l, s.plan.fewToCount(everything))
	if err != nil {
		return "", err
	}
	args := &arguments{}
	return s.explain(ctx, l.from(args, hits, "1", asItStands), args.values...)
}

// ExplainScopeUse is how the engine goes about what hangs on a node.
func (s *Store) ExplainScopeUse(ctx context.Context, id string) (string, error) {
	return s.explain(ctx, selectScopeUse(), id)
}

// ExplainKeyLookUps is how the engine goes about the question whose a key is: of
// the applications that live, of those in the bin, and of access keys.
func (s *Store) ExplainKeyLookUps(ctx context.Context, endsIn string, keyHash [32]byte) ([]string, error) {
	var plans []string
	for _, text := range []string{selectLivingByKey, selectBinnedByKey, selectAccessKeyByKey} {
		plan, err := s.explain(ctx, text, endsIn, keyHash[:])
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

func (s *Store) explain(ctx context.Context, text string, values ...any) (string, error) {
	explain, columns := `EXPLAIN QUERY PLAN `, 4
	if _, isPostgres := s.dialect.(postgresDialect); isPostgres {
		explain, columns = `EXPLAIN `, 1
	}
	lines, err := all(ctx, s.reader, func(r row) (line string, err error) {
		fields := make([]any, columns)
		for i := range fields {
			fields[i] = new(any)
		}
		fields[columns-1] = &line
		err = r.Scan(fields...)
		return line, err
	}, explain+text, values...)
	return strings.Join(lines, "\n"), err
}
