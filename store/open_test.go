package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"latchkey/access"
	"latchkey/store"
)

// openVariable turns this test program into a process that opens a store.
const openVariable = "LATCHKEY_STORE_TEST_OPEN"

func openAndClose(url string) error {
	s, err := store.Open(context.Background(), store.Config{URL: url})
	if err != nil {
		return err
	}
	return s.Close()
}

func TestTenProcessesAtOnceMigrateOnce(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.empty(t)
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				process := exec.CommandContext(t.Context(), program)
				process.Env = append(os.Environ(), openVariable+"="+url)
				if output, err := process.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, output)
				}
			})
		}
		group.Wait()
		var times, distinct int
		row := behind(t, e, url).QueryRowContext(t.Context(), `SELECT count(*), count(DISTINCT version_id) FROM latchkey_schema`)
		if err := row.Scan(&times, &distinct); err != nil || times != distinct || times < 2 {
			t.Errorf("%d migrations of %d versions ran (%v)", times, distinct, err)
		}
		if left, _ := filepath.Glob(url + "-migration*"); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
	})
}

// behind opens the database behind the store's back.
func behind(t testing.TB, e engine, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open(e.driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestEventsAreAppendOnly(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		s := open(t, url)
		err := s.Write(t.Context(), func(ctx context.Context, tx access.Tx) error {
			return tx.AppendEvent(ctx, access.Event{ID: "e1", At: present(), Action: access.EventCreate, Result: access.Succeeded})
		})
		if err != nil {
			t.Fatal(err)
		}
		db := behind(t, e, url)
		forbidden := []string{`UPDATE events SET entity_name = 'x'`, `DELETE FROM events`, `DELETE FROM events WHERE id = 'e1'`}
		if e.driver == "pgx" {
			forbidden = append(forbidden, `TRUNCATE events`)
		}
		for _, statement := range forbidden {
			if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v, want a refusal", statement, err)
			}
		}
	})
}

func TestOpenRefusesWithOneLineThatSaysWhatToDo(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		tests := []struct {
			name    string
			prepare func(t *testing.T) (url string)
			want    []string
		}{
			{"newer than the program", func(t *testing.T) string {
				url := e.fresh(t)
				open(t, url)
				execBehind(t, e, url, `INSERT INTO latchkey_schema (version_id, is_applied) VALUES (99999, true)`)
				return url
			}, []string{"newer Latchkey", "99999", "install that version"}},
			{"of another program", func(t *testing.T) string {
				url := e.empty(t)
				execBehind(t, e, url, `CREATE TABLE wiki_pages (title TEXT)`)
				return url
			}, []string{"another program", "LATCHKEY_DATABASE"}},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) { refuses(t, test.prepare(t), test.want...) })
		}
	})
}

func execBehind(t testing.TB, e engine, url, statement string) {
	t.Helper()
	if _, err := behind(t, e, url).ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// refuses checks that opening fails with one line that has all these words.
func refuses(t testing.TB, url string, words ...string) {
	t.Helper()
	err := openAndClose(url)
	if err == nil {
		t.Errorf("opened %s", url)
		return
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}

func TestOpenSQLiteRefuses(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	refuses(t, filepath.Join(folder, "missing", "latchkey.db"), "does not exist", "mkdir -p")
	refuses(t, folder, "is not a file", filepath.Join(folder, "latchkey.db"))
	refuses(t, filepath.Join(write("plain", "", 0o600), "latchkey.db"), "folder")
	refuses(t, write("text.db", strings.Repeat("no database ", 1000), 0o600), "not a Latchkey database", "LATCHKEY_DATABASE")
	if os.Geteuid() != 0 { // root may write everything
		refuses(t, write("read-only.db", "", 0o400), "cannot be written", "permission")
		locked := filepath.Join(folder, "locked")
		if err := os.Mkdir(locked, 0o500); err != nil {
			t.Fatal(err)
		}
		refuses(t, filepath.Join(locked, "latchkey.db"), "cannot be written", "permission")
	}
}

func TestSQLiteWhileAnotherProgramHoldsIt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "latchkey.db")
	serving := open(t, file)
	holder := behind(t, sqliteEngine(), "file:"+file+"?_txlock=exclusive")
	tx, err := holder.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	both.Go(func() { refuses(t, file, "locked by another program") })
	both.Go(func() {
		if err := serving.SaveSession(t.Context(), access.Session{}); !errors.Is(err, access.ErrUnavailable) {
			t.Errorf("a write while serving: %v, want ErrUnavailable", err)
		}
	})
	if _, err := serving.Users(t.Context()); err != nil {
		t.Errorf("a read while serving: %v", err)
	}
	both.Wait()
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := openAndClose(file); err != nil {
		t.Errorf("opening after the other let go: %v", err)
	}
	if err := serving.SaveSession(t.Context(), access.Session{}); err != nil {
		t.Errorf("a write after the other let go: %v", err)
	}
}

func TestSQLiteFilesAreTheOwnersAlone(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "latch?key#100%.db") // nothing in a name is a parameter
	s := open(t, file)
	backup := filepath.Join(folder, "backup.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + "-wal", file + "-shm", backup} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, mode)
		}
	}
}

func TestBackup(t *testing.T) {
	folder := t.TempDir()
	s := open(t, filepath.Join(folder, "latchkey.db"))
	for i := range 3 {
		if err := s.SaveSession(t.Context(), access.Session{IDHash: [32]byte{byte(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(folder, "backup's.db")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, file).Session(t.Context(), [32]byte{2}); err != nil {
		t.Errorf("reading the backup: %v", err)
	}
	if err := s.Backup(t.Context(), file); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("over an existing file: %v", err)
	}
	missing := filepath.Join(folder, "missing", "backup.db")
	if err := s.Backup(t.Context(), missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("into a missing folder: %v", err)
	}
}

func TestAClosedStoreRefuses(t *testing.T) {
	s, err := store.Open(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "latchkey.db")})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveSession(t.Context(), access.Session{}); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("a write: %v, want ErrUnavailable", err)
	}
	if _, err := s.Users(t.Context()); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("a read: %v, want ErrUnavailable", err)
	}
}

func TestPostgresRefuses(t *testing.T) {
	if cluster.err != nil {
		t.Skip(cluster.err)
	}
	e := engine{driver: "pgx"}
	standby := cluster.cluster.Empty(t)
	execBehind(t, e, standby, fmt.Sprintf(`ALTER DATABASE %s SET default_transaction_read_only = on`, databaseOf(t, standby)))
	refuses(t, standby, "standby", "primary")
	refuses(t, strings.Replace(standby, databaseOf(t, standby), "no_such_database", 1), "no database no_such_database", "createdb")
	refuses(t, "postgres://u:secret@127.0.0.1:1/x", "cannot reach PostgreSQL at 127.0.0.1:1", "LATCHKEY_DATABASE")
	refuses(t, standby+"&pool_max_conns=many", "pool_max_conns")
	for _, bad := range []string{"postgres://u:secret@host:port/x", "postgres://u:secret@host/x?sslmode=perhaps", "postgres://u:sec ret%zz@host/x"} {
		refuses(t, bad, "LATCHKEY_DATABASE")
		if err := openAndClose(bad); strings.Contains(err.Error(), "sec") {
			t.Errorf("the password is in %q", err)
		}
	}
}

func databaseOf(t testing.TB, url string) (name string) {
	t.Helper()
	if err := behind(t, engine{driver: "pgx"}, url).QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

// A server that restarts, or a firewall that cuts idle connections, must not
// need a restart of ours.
func TestLostPostgresConnectionsHeal(t *testing.T) {
	if cluster.err != nil {
		t.Skip(cluster.err)
	}
	t.Parallel()
	url := cluster.cluster.Database(t)
	s := open(t, url)
	session := access.Session{IDHash: [32]byte{1}}
	if err := s.SaveSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	db := behind(t, engine{driver: "pgx"}, url)
	for range 3 {
		if _, err := db.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
		for name, try := range map[string]func() error{
			"write": func() error { return s.SaveSession(t.Context(), session) },
			"read":  func() error { _, err := s.Session(t.Context(), session.IDHash); return err },
		} {
			err := try()
			if err != nil && !errors.Is(err, access.ErrUnavailable) {
				t.Errorf("the first %s after the cut: %v, want nil or ErrUnavailable", name, err)
			}
			if err = try(); err != nil {
				t.Errorf("the second %s after the cut: %v", name, err)
			}
		}
	}
}
