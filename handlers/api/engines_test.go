package api_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"latchkey/store/storetest/pgtest"
)

// postgres serves all tests of a run that want it.
var postgres pgtest.OnDemand

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		code = checkStatuses()
	}
	if err := postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// onEachEngine runs a test on SQLite and again on PostgreSQL: a client is told
// the same. database makes a new one.
func onEachEngine(t *testing.T, test func(t *testing.T, database func(testing.TB) string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqliteFile) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgres.Database) })
}

func sqliteFile(t testing.TB) string { return filepath.Join(t.TempDir(), "latchkey.db") }
