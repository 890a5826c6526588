package access_test

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
	if err := postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// onEachEngine runs a test on SQLite and again on PostgreSQL, each with a world
// of its own: for what several processes share.
func onEachEngine(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newWorldOver(t, filepath.Join(t.TempDir(), "latchkey.db"))) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newWorldOver(t, postgres.Database(t))) })
}
