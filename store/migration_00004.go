package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"

	"latchkey/access"
)

// chainedEvents is migration 4, the one in Go: no SQL of both engines computes
// hashes. It gives each event its place in the chain, those that are there by
// time. It is one transaction, under the lock of all migrations, and nothing can
// be appended meanwhile. A program of before cannot append any more after it.
func chainedEvents(d dialect) *goose.Migration {
	return goose.NewGoMigration(4, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		before, after := d.chainEvents()
		if err := execAll(ctx, tx, before); err != nil {
			return err
		}
		if err := chainOld(ctx, tx); err != nil {
			return err
		}
		return execAll(ctx, tx, after)
	}}, nil)
}

func execAll(ctx context.Context, tx *sql.Tx, statements []string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("chain the events: %w", err)
		}
	}
	return nil
}

// chainOld chains the events that are there, the oldest first.
func chainOld(ctx context.Context, tx *sql.Tx) error {
	var head access.LogHead
	for at, id := int64(-1), ""; ; {
		records, err := recordsAfter(ctx, tx, at, id)
		if err != nil || len(records) == 0 {
			return err
		}
		for i := range records {
			r := &records[i]
			head = r.after(head)
			if _, err := tx.ExecContext(ctx, `UPDATE events SET chain_position = $1, chain_hash = $2 WHERE id = $3`, head.Position, head.Hash[:], r.id); err != nil {
				return fmt.Errorf("chain event %s: %w", r.id, err)
			}
			at, id = r.occurredAt, r.id
		}
	}
}

// recordsAfter are the next ones; not all, since there may be millions.
func recordsAfter(ctx context.Context, tx *sql.Tx, at int64, id string) ([]record, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+eventColumns+` FROM events WHERE (occurred_at, id) > ($1, $2) ORDER BY occurred_at, id LIMIT $3`, at, id, linksAtOnce)
	if err != nil {
		return nil, fmt.Errorf("read the events: %w", err)
	}
	defer rows.Close()
	var records []record
	for rows.Next() {
		var r record
		if err := rows.Scan(r.fields()...); err != nil {
			return nil, fmt.Errorf("read the events: %w", err)
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

func (sqliteDialect) chainEvents() (before, after []string) {
	return []string{
			`DROP TRIGGER events_no_update`,
			`ALTER TABLE events ADD COLUMN chain_position BIGINT`,
			`ALTER TABLE events ADD COLUMN chain_hash BLOB`,
		}, []string{
			`CREATE UNIQUE INDEX events_chain ON events (chain_position)`,
			`CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN
				SELECT RAISE(ABORT, 'events are append-only');
			END`,
			// SQLite cannot make an existing column NOT NULL.
			`CREATE TRIGGER events_chained BEFORE INSERT ON events
			WHEN typeof(NEW.chain_position) <> 'integer' OR typeof(NEW.chain_hash) <> 'blob' BEGIN
				SELECT RAISE(ABORT, 'events are chained');
			END`,
		}
}

func (postgresDialect) chainEvents() (before, after []string) {
	return []string{
			`ALTER TABLE events DISABLE TRIGGER events_no_change`,
			`ALTER TABLE events ADD COLUMN chain_position BIGINT`,
			`ALTER TABLE events ADD COLUMN chain_hash BYTEA`,
		}, []string{
			`ALTER TABLE events ALTER COLUMN chain_position SET NOT NULL, ALTER COLUMN chain_hash SET NOT NULL`,
			`CREATE UNIQUE INDEX events_chain ON events (chain_position)`,
			`ALTER TABLE events ENABLE TRIGGER events_no_change`,
		}
}
