package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteReaders is how many connections read: measured, 8 serve two thirds
// more than 1 on two cores, and more bring nothing.
const sqliteReaders = 8

// sqliteWait is how long a statement waits for another process's lock.
const sqliteWait = 5 * time.Second

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

type sqliteDialect struct{}

func (sqliteDialect) name() string { return "SQLite" }

func (sqliteDialect) migrations() fs.FS {
	files, err := fs.Sub(sqliteMigrations, "migrations/sqlite")
	if err != nil {
		panic(err) // the folder is embedded: this cannot happen
	}
	return files
}

func (sqliteDialect) countTables() string {
	return `SELECT count(*) FILTER (WHERE name = $1), count(*) FROM sqlite_master
		WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`
}

// afterMigration removes the lock file: whoever waits for it finds nothing left
// to migrate, and so does whoever makes a new one.
func (sqliteDialect) afterMigration(file string) error {
	if err := os.Remove(migrationLockFile(file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove the lock of the migration: %w", err)
	}
	return nil
}

// IMMEDIATE takes the write lock at once. A deferred transaction that reads
// first and writes later fails with SQLITE_BUSY when somebody wrote between.
func (sqliteDialect) begin() []string { return []string{"BEGIN IMMEDIATE"} }

func (sqliteDialect) brief() bool { return true }

func (sqliteDialect) classify(err error) errorKind {
	code, ok := sqliteCode(err)
	if !ok {
		return otherError
	}
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return uniqueViolation
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return missingReference
	}
	switch code & 0xff { // the primary code
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PERM:
		return engineTrouble
	}
	return otherError
}

// isFileTrouble: the file is not what it was when it was opened.
func isFileTrouble(err error) bool {
	code, ok := sqliteCode(err)
	return ok && (code&0xff == sqlite3.SQLITE_IOERR || code&0xff == sqlite3.SQLITE_CANTOPEN || code&0xff == sqlite3.SQLITE_READONLY)
}

func sqliteCode(err error) (int, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code(), true
}

// unindexed: a unary plus makes an expression of the column (SQLite's query
// planner, section 5.1).
func (sqliteDialect) unindexed(column string) string { return "+" + column }

// searchHits asks the trigram index for all trigrams at once. The index knows
// which rows have a trigram but not where, so a hit is checked with LIKE later.
func (sqliteDialect) searchHits(a *arguments, folded string) string {
	trigrams := trigramsOf(folded)
	if len(trigrams) == 0 {
		return ""
	}
	return `SELECT s.rowid AS hit FROM application_search s WHERE s.application_search MATCH ` + a.add(strings.Join(trigrams, " AND "))
}

func (sqliteDialect) indexNew() string {
	return `INSERT INTO application_search (rowid, search_text) VALUES ((SELECT sequence FROM applications WHERE id = $1), $2)`
}

// searchByName names the index, since the planner does not see what it saves.
func (sqliteDialect) searchByName() string {
	return `applications a INDEXED BY applications_name_search`
}

func (sqliteDialect) rowKey() string { return "sequence" }

// roughCount: sequences are given out one by one, and this is the end of an index.
func (sqliteDialect) roughCount() string {
	return `SELECT COALESCE(max(sequence), 0) FROM applications`
}

// trigramsOf are the different trigrams of a text as quoted FTS5 strings;
// inside of one nothing but the quote itself has a meaning.
func trigramsOf(text string) []string {
	runes := []rune(text)
	var trigrams []string
	seen := map[string]bool{}
	for i := 0; i+3 <= len(runes); i++ {
		t := string(runes[i : i+3])
		if !seen[t] {
			seen[t] = true
			trigrams = append(trigrams, `"`+strings.ReplaceAll(t, `"`, `""`)+`"`)
		}
	}
	return trigrams
}

// openSQLite opens the writer's and the readers' pool over one file. Every
// error is one line that says what to do.
func openSQLite(ctx context.Context, file string) (writer, readers *sql.DB, err error) {
	file, err = filepath.Abs(file)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot find the database file %s: %w", file, err)
	}
	if err := prepareFile(file); err != nil {
		return nil, nil, err
	}
	writer, err = sql.Open("sqlite", sqliteDSN(file, nil))
	if err != nil {
		return nil, nil, fmt.Errorf("cannot open %s: %w", file, err)
	}
	// One connection: SQLite has one writer anyway. It is kept forever, since
	// the writer keeps its prepared statements on it.
	writer.SetMaxOpenConns(2) // the second is for migrations, whose lock holds the first
	if err := probeSQLite(ctx, writer, file); err != nil {
		return nil, nil, errors.Join(err, writer.Close())
	}
	readers, err = sql.Open("sqlite", sqliteDSN(file, url.Values{"_query_only": {"1"}}))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("cannot open %s: %w", file, err), writer.Close())
	}
	readers.SetMaxOpenConns(sqliteReaders)
	readers.SetMaxIdleConns(sqliteReaders)
	return writer, readers, nil
}

// sqliteDSN sets everything that belongs to a connection where the driver opens
// one: a pragma run by Exec would hold for one connection of the pool alone.
func sqliteDSN(file string, more url.Values) string {
	parameters := url.Values{
		"_busy_timeout": {strconv.FormatInt(sqliteWait.Milliseconds(), 10)},
		"_foreign_keys": {"1"},
		"_journal_mode": {"WAL"},
		// FULL: what was acknowledged survives a power cut (NORMAL may lose it).
		"_synchronous": {"FULL"},
		"_txlock":      {"immediate"},
		// A misspelt "column" is an error and not a string.
		"_dqs":       {"0"},
		"_defensive": {"1"},
		// What a savepoint could need again stays in memory: the batches are small.
		// The cache is 8 MB for each connection: the inner pages of all indexes of
		// a million applications. What a large change makes of the write-ahead log
		// is given back to the disk.
		"_pragma": {"temp_store(MEMORY)", "cache_size(-8000)", "journal_size_limit(67108864)"},
	}
	for name, values := range more {
		parameters[name] = values
	}
	return fileURL(file, parameters)
}

// migrationLockDSN is patient: a migration of a large database takes minutes.
func migrationLockDSN(file string) string {
	return fileURL(file, url.Values{"_busy_timeout": {"600000"}, "_txlock": {"exclusive"}})
}

// fileURL is a URI, so that no character of a path is taken for a parameter.
func fileURL(file string, parameters url.Values) string {
	slashed := filepath.ToSlash(file)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	u := url.URL{Scheme: "file", Path: slashed, RawQuery: parameters.Encode()}
	return u.String()
}

// prepareFile makes the file if there is none, readable by its owner alone
// (SQLite gives its -wal and -shm the same mode), and finds out what would
// otherwise surface as SQLite's "out of memory (14)".
func prepareFile(file string) error {
	folder := filepath.Dir(file)
	if info, err := os.Stat(folder); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the folder %s does not exist: make it (mkdir -p %s), or set LATCHKEY_DATABASE to a file in a folder that exists", folder, folder)
		}
		return fmt.Errorf("the folder %s cannot be read: %w", folder, reason(err))
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder: set LATCHKEY_DATABASE to a file in a folder", folder)
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file: set LATCHKEY_DATABASE to a file, such as %s", file, filepath.Join(file, "latchkey.db"))
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("the database %s cannot be written (%w): give its owner write permission on the file and its folder, or set LATCHKEY_DATABASE", file, reason(err))
	}
	return f.Close()
}

// reason is the short cause of a file error, without the path that the
// sentence around it names already.
func reason(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// probeSQLite reads and locks the file once, so that trouble shows now.
func probeSQLite(ctx context.Context, db *sql.DB, file string) error {
	// When several processes make a new file, its change to WAL refuses all but
	// one at once, without the usual wait: try again for as long as that.
	patience, cancel := context.WithTimeout(ctx, sqliteWait)
	defer cancel()
	err := lockOnce(ctx, db)
	for isBusy(err) && pause(patience) {
		err = lockOnce(ctx, db)
	}
	if err == nil {
		return nil
	}
	code, known := sqliteCode(err)
	if !known {
		return fmt.Errorf("cannot open %s: %w", file, err)
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%s is locked by another program: close it (an sqlite3 shell, a backup) and start again", file)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s is not a Latchkey database: set LATCHKEY_DATABASE to another file, or move this one away", file)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%s is damaged: restore it from a backup (latchkey backup makes them)", file)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("the database %s cannot be written: give its owner write permission on the file and its folder %s", file, filepath.Dir(file))
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("the disk that holds %s is full: free some space and start again", file)
	}
	return fmt.Errorf("cannot open %s: %w", file, err)
}

func lockOnce(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // BEGIN IMMEDIATE: the write lock
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "SELECT count(*) FROM sqlite_master")
	return errors.Join(err, tx.Rollback())
}

func isBusy(err error) bool {
	code, ok := sqliteCode(err)
	return ok && code&0xff == sqlite3.SQLITE_BUSY
}

// pause waits a moment, unless the context ends first.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(20 * time.Millisecond):
		return true
	}
}

// enoughForTrigrams reports whether the text has a trigram at all.
func enoughForTrigrams(text string) bool { return utf8.RuneCountInString(text) >= 3 }
