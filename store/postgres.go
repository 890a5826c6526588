package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// oldestPostgres is the oldest server that everything was tested with.
const oldestPostgres = 15

// postgresReaders is how many connections read unless the URL says otherwise
// with pool_max_conns.
const postgresReaders = 16

// writeLock is the number of the advisory lock that one writer holds.
const writeLock = 7_106_002

//go:embed migrations/postgres/*.sql
var postgresMigrations embed.FS

type postgresDialect struct{}

func (postgresDialect) name() string { return "PostgreSQL" }

func (postgresDialect) migrations() fs.FS {
	files, err := fs.Sub(postgresMigrations, "migrations/postgres")
	if err != nil {
		panic(err) // the folder is embedded: this cannot happen
	}
	return files
}

func (postgresDialect) countTables() string {
	return `SELECT count(*) FILTER (WHERE table_name = $1), count(*) FROM information_schema.tables
		WHERE table_schema = current_schema()`
}

func (postgresDialect) afterMigration(string) error { return nil }

// The lock is taken in a statement of its own: under READ COMMITTED each later
// statement then sees what the writer before committed. Under a stricter level
// the snapshot would date from before the wait for the lock.
func (postgresDialect) begin() []string {
	return []string{
		"BEGIN ISOLATION LEVEL READ COMMITTED",
		"SELECT pg_advisory_xact_lock(" + strconv.Itoa(writeLock) + ")",
	}
}

// brief: the network lies between.
func (postgresDialect) brief() bool { return false }

// unindexed: PostgreSQL has statistics and may decide for itself.
func (postgresDialect) unindexed(column string) string { return column }

// searchHits is answered by the trigram index, where there is one.
func (postgresDialect) searchHits(args *arguments, folded string) string {
	if !enoughForTrigrams(folded) {
		return ""
	}
	return `SELECT a.id AS hit FROM applications a WHERE a.deleted_at = 0 AND ` + like("a.search_text", args.add(containing(folded)))
}

func (postgresDialect) indexNew() string { return "" }

func (postgresDialect) searchByName() string { return `applications a` }

func (postgresDialect) rowKey() string { return "id" }

// roughCount is what the last ANALYZE found; -1 before the first.
func (postgresDialect) roughCount() string {
	return `SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = CAST('applications' AS regclass)`
}

func (postgresDialect) classify(err error) errorKind {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return classifyConnection(err)
	}
	switch e.Code {
	case "23505":
		return uniqueViolation
	case "23503":
		return missingReference
	case "22021", "22P05": // NUL, or not UTF-8
		return unkeepableText
	case "25006", // read_only_sql_transaction: the primary became a standby
		"40001", "40P01", // serialisation failure, deadlock
		"55P03", "57014": // lock or statement timed out
		return engineTrouble
	}
	switch e.Code[:2] {
	case "08", "57": // connection exceptions, operator intervention
		return connectionLost
	case "53", "58", "XX": // no room or memory, system errors, damage
		return engineTrouble
	}
	return otherError
}

// classifyConnection: without words of the server, it is the connection.
func classifyConnection(err error) errorKind {
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &network),
		errors.As(err, &connect), pgconn.SafeToRetry(err), pgconn.Timeout(err):
		return connectionLost
	}
	return otherError
}

// openPostgres opens the writer's and the readers' pool. Every error is one
// line that says what to do.
func openPostgres(ctx context.Context, address string) (writer, readers *sql.DB, err error) {
	config, most, err := parsePostgres(address)
	if err != nil {
		return nil, nil, err
	}
	setDefault(config.RuntimeParams, "application_name", "latchkey")
	// A process that hangs in the middle must not keep the others from writing.
	forWriter := config.Copy()
	setDefault(forWriter.RuntimeParams, "lock_timeout", "10s")
	setDefault(forWriter.RuntimeParams, "idle_in_transaction_session_timeout", "60s")
	forReaders := config.Copy()
	setDefault(forReaders.RuntimeParams, "statement_timeout", "60s")
	setDefault(forReaders.RuntimeParams, "default_transaction_read_only", "on")

	writer = stdlib.OpenDB(*forWriter)
	writer.SetMaxOpenConns(2) // the second is for migrations, whose lock holds the first
	if err := probePostgres(ctx, writer, config); err != nil {
		return nil, nil, errors.Join(err, writer.Close())
	}
	readers = stdlib.OpenDB(*forReaders)
	readers.SetMaxOpenConns(most)
	readers.SetMaxIdleConns(most)
	return writer, readers, nil
}

// connectTimeout is how long to wait for the server, in seconds, unless the
// URL says otherwise with connect_timeout.
const connectTimeout = "5"

// parsePostgres reads the URL: what libpq knows, and pool_max_conns.
func parsePostgres(address string) (config *pgx.ConnConfig, readers int, err error) {
	const form = "write postgres://user:password@host:5432/database"
	u, err := url.Parse(address)
	if err != nil {
		// Not the error itself: it quotes the URL, and with it the password.
		return nil, 0, errors.New("LATCHKEY_DATABASE is not a URL that can be read: " + form)
	}
	query := u.Query()
	readers = postgresReaders
	if text := query.Get("pool_max_conns"); text != "" {
		if readers, err = strconv.Atoi(text); err != nil || readers < 1 {
			return nil, 0, fmt.Errorf("pool_max_conns=%s in LATCHKEY_DATABASE is not a number from 1 up", text)
		}
		query.Del("pool_max_conns")
	}
	if query.Get("connect_timeout") == "" {
		query.Set("connect_timeout", connectTimeout)
	}
	if query.Get("sslmode") == "" && os.Getenv("PGSSLMODE") == "" && overNetwork(cmp.Or(u.Hostname(), query.Get("host"), os.Getenv("PGHOST"))) {
		query.Set("sslmode", verified)
	}
	u.RawQuery = query.Encode()
	config, err = pgx.ParseConfig(u.String())
	if err != nil {
		return nil, 0, fmt.Errorf("LATCHKEY_DATABASE cannot be understood (%w): %s", errors.Unwrap(err), form)
	}
	return config, readers, nil
}

// verified is how a server across a network is spoken to unless the URL says
// otherwise (security.md 58). The default of libpq, prefer, falls back to clear
// text when somebody in between wishes so.
const verified = "verify-full"

// overNetwork is false for sockets and for the machine itself.
func overNetwork(host string) bool {
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return false
	}
	address, err := netip.ParseAddr(host)
	return err != nil || !address.Unmap().IsLoopback()
}

func setDefault(parameters map[string]string, name, value string) {
	if _, set := parameters[name]; !set {
		parameters[name] = value
	}
}

// probePostgres finds out what would make the store fail later.
func probePostgres(ctx context.Context, db *sql.DB, config *pgx.ConnConfig) error {
	var version int
	var encoding string
	var standby, readOnly bool
	err := db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
		pg_is_in_recovery(), current_setting('transaction_read_only')::bool`).Scan(&version, &encoding, &standby, &readOnly)
	switch {
	case err != nil:
		return explainConnection(err, config)
	case version < oldestPostgres*10_000:
		return fmt.Errorf("the server is PostgreSQL %d: Latchkey needs %d or later", version/10_000, oldestPostgres)
	case standby || readOnly:
		return fmt.Errorf("the server at %s only reads (it is a standby): point LATCHKEY_DATABASE at the primary", config.Host)
	case encoding != "UTF8":
		return fmt.Errorf("the database %s is in %s: make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0", config.Database, encoding)
	}
	return nil
}

// explainConnection says what to do when the server cannot be used.
func explainConnection(err error, config *pgx.ConnConfig) error {
	where := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		what := "check that it runs, and the address in LATCHKEY_DATABASE"
		if config.TLSConfig != nil {
			what += "; its certificate must be good for that name (sslrootcert and sslmode in the URL change that)"
		}
		return fmt.Errorf("cannot reach PostgreSQL at %s (%s): %s", where, oneLine(lastCause(err)), what)
	}
	switch e.Code {
	case "28P01", "28000":
		return fmt.Errorf("PostgreSQL at %s does not let user %s in (%s): check the user and the password in LATCHKEY_DATABASE", where, config.User, oneLine(e))
	case "3D000":
		return fmt.Errorf("PostgreSQL at %s has no database %s: make it (createdb %s), or change LATCHKEY_DATABASE", where, config.Database, config.Database)
	case "53300":
		return fmt.Errorf("PostgreSQL at %s has no connection left: raise its max_connections, or lower pool_max_conns in LATCHKEY_DATABASE", where)
	case "57P03":
		return fmt.Errorf("PostgreSQL at %s is starting or stopping: try again in a moment", where)
	}
	return fmt.Errorf("cannot use PostgreSQL at %s: %s", where, oneLine(e))
}

// lastCause is the innermost error: what is around it repeats the address.
func lastCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
