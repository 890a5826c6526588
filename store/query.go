package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/access"
)

// querier runs statements: on the readers outside of a transaction, on the
// writer's connection inside.
type querier interface {
	query(ctx context.Context, statement string, args ...any) (*sql.Rows, error)
	// note hears of an error that came up while reading the rows.
	note(err error) error
}

// reader answers every question of access.Reader over a querier.
type reader struct {
	on      querier
	dialect dialect
	plan    planning
}

// through is the same reader over another querier.
func (r reader) through(q querier) reader {
	r.on = q
	return r
}

// transaction is every question and every change, on the writer's connection.
type transaction struct {
	reader
	session *session
}

var _ access.Tx = transaction{}

// row is what both *sql.Row and *sql.Rows can do.
type row interface{ Scan(dest ...any) error }

// one reads the one row of a statement with scan; none is access.ErrNotFound.
func one[T any](ctx context.Context, r reader, scan func(row) (T, error), statement string, args ...any) (T, error) {
	var nothing T
	rows, err := r.on.query(ctx, statement, args...)
	if err != nil {
		return nothing, r.wrap(err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nothing, r.wrap(err)
		}
		return nothing, access.ErrNotFound
	}
	found, err := scan(rows)
	if err != nil {
		return nothing, r.wrap(err)
	}
	return found, nil
}

// all reads every row of a statement with scan.
func all[T any](ctx context.Context, r reader, scan func(row) (T, error), statement string, args ...any) ([]T, error) {
	rows, err := r.on.query(ctx, statement, args...)
	if err != nil {
		return nil, r.wrap(err)
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, r.wrap(err)
		}
		found = append(found, item)
	}
	return found, r.wrap(rows.Err())
}

// change runs a statement and tells how many rows it changed.
func (tx transaction) change(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := tx.session.exec(ctx, statement, args...)
	if err != nil {
		return 0, tx.wrap(err)
	}
	n, err := result.RowsAffected()
	return n, tx.wrap(err)
}

// changeOne is change for a thing that must be there: ErrNotFound if it is not.
func (tx transaction) changeOne(ctx context.Context, statement string, args ...any) error {
	n, err := tx.change(ctx, statement, args...)
	if err == nil && n == 0 {
		return access.ErrNotFound
	}
	return err
}

// wrap puts the sentinel of access before an error of the engine. The engine's
// own words stay in the chain, for the log.
func (r reader) wrap(err error) error { return wrap(r.dialect, r.on.note(err)) }

func wrap(d dialect, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch d.classify(err) {
	case uniqueViolation:
		return fmt.Errorf("%w: %w", access.ErrConflict, err)
	case missingReference:
		return fmt.Errorf("refers to what is not there: %w: %w", access.ErrNotFound, err)
	case unkeepableText:
		return fmt.Errorf("%w: %w", access.Invalid("", "The text holds a character that cannot be kept."), err)
	case engineTrouble, connectionLost:
		return fmt.Errorf("%w: %w", access.ErrUnavailable, err)
	}
	return err
}

// micros and moment convert between time.Time and its column; zero is never.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// stamp scans a column of microseconds into a time.Time.
type stamp struct{ into *time.Time }

func (s stamp) Scan(value any) error {
	us, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a time is kept as %T, want int64", value)
	}
	*s.into = moment(us)
	return nil
}

// hash scans a column of 32 bytes.
type hash struct{ into *[32]byte }

func (h hash) Scan(value any) error {
	b, ok := value.([]byte)
	if !ok || len(b) != len(h.into) {
		return errors.New("a hash is not kept as 32 bytes")
	}
	copy(h.into[:], b)
	return nil
}
