package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// schemaTable is where goose keeps the numbers of the migrations that ran. Our
// own name for it tells our databases from those of other users of goose.
const schemaTable = "latchkey_schema"

// migrate brings the tables up to date. However many processes start at once,
// one migrates and the others wait for it.
func migrate(ctx context.Context, d dialect, db *sql.DB, cfg Config) error {
	provider, err := newProvider(d, db, cfg)
	if err != nil {
		return fmt.Errorf("cannot read the migrations: %w", err)
	}
	newest := newestOf(provider)
	current, err := schemaVersion(ctx, d, db)
	switch {
	case err != nil:
		return err
	case current > newest:
		return fmt.Errorf("the database was made by a newer Latchkey (its schema is %d, this program knows %d): install that version, or restore a backup made before it", current, newest)
	case current == newest:
		return nil // the usual start: no lock, no write
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("cannot bring the database from schema %d to %d: %w", current, newest, err)
	}
	return d.afterMigration(cfg.URL)
}

func newProvider(d dialect, db *sql.DB, cfg Config) (*goose.Provider, error) {
	options := []goose.ProviderOption{
		goose.WithTableName(schemaTable),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(cfg.Log),
		goose.WithGoMigrations(chainedEvents(d)),
	}
	switch d.(type) {
	case postgresDialect:
		return goose.NewProvider(goose.DialectPostgres, db, d.migrations(), append(options, goose.WithSessionLocker(advisoryLock{}))...)
	default:
		return goose.NewProvider(goose.DialectSQLite3, db, d.migrations(), append(options, goose.WithLocker(&fileLock{file: migrationLockFile(cfg.URL)}))...)
	}
}

func newestOf(p *goose.Provider) int64 {
	var newest int64
	for _, source := range p.ListSources() {
		newest = max(newest, source.Version)
	}
	return newest
}

// schemaVersion is the newest migration that ran; 0 in an empty database. A
// database with somebody else's tables in it is refused.
func schemaVersion(ctx context.Context, d dialect, db *sql.DB) (int64, error) {
	var ours, tables int64
	if err := db.QueryRowContext(ctx, d.countTables(), schemaTable).Scan(&ours, &tables); err != nil {
		return 0, fmt.Errorf("cannot read the database: %w", err)
	}
	if ours == 0 && tables > 0 {
		return 0, errors.New("the database holds tables of another program: set LATCHKEY_DATABASE to a database of its own")
	}
	if ours == 0 {
		return 0, nil
	}
	var version sql.NullInt64 // NULL between the making of the table and its first row
	if err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM "+schemaTable+" WHERE is_applied = $1", true).Scan(&version); err != nil {
		return 0, fmt.Errorf("cannot read which schema the database has: %w", err)
	}
	return version.Int64, nil
}

// fileLock serialises the migrations of one SQLite file among processes. The
// lock is SQLite's own, on an empty file beside the database, so that it works
// wherever SQLite does and ends with the process that holds it.
type fileLock struct {
	file string
	db   *sql.DB
	tx   *sql.Tx
}

var _ lock.Locker = (*fileLock)(nil)

func migrationLockFile(database string) string { return database + "-migration" }

// lockAttempts is how often to try when the file goes away under a waiter:
// each of many processes that start at once removes it at most once.
const lockAttempts = 100

// Lock waits until no other process migrates.
func (l *fileLock) Lock(ctx context.Context, _ *sql.DB) error {
	var err error
	for range lockAttempts {
		if err = l.try(ctx); err == nil || !isFileTrouble(err) {
			return err
		}
	}
	return err
}

func (l *fileLock) try(ctx context.Context) error {
	db, err := sql.Open("sqlite", migrationLockDSN(l.file))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	l.db, l.tx = db, tx
	return nil
}

// Unlock lets the next one in.
func (l *fileLock) Unlock(context.Context, *sql.DB) error {
	return errors.Join(l.tx.Rollback(), l.db.Close())
}

// migrationLock is the number of our advisory lock for migrations.
const migrationLock = 7_106_001

// advisoryLock serialises the migrations of one PostgreSQL database. It
// belongs to the connection and ends with it.
type advisoryLock struct{}

var _ lock.SessionLocker = advisoryLock{}

// SessionLock waits until no other process migrates.
func (advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	// Waiting and migrating may take longer than the writer's time-outs.
	if _, err := conn.ExecContext(ctx, "SET lock_timeout = 0"); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrationLock)
	return err
}

// SessionUnlock lets the next one in.
func (advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", migrationLock); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, "RESET lock_timeout")
	return err
}
