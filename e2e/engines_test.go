package e2e

import (
	"context"
	"errors"
	"sync"
	"testing"

	"latchkey/store/storetest/pgtest"
)

// One PostgreSQL server serves all tests of a run; each test gets a database of
// its own.
var postgres struct {
	sync.Once
	cluster *pgtest.Cluster
	err     error
}

// onEachEngine runs a test over an installation on SQLite and again over one on
// PostgreSQL: nothing that a user can see may differ.
func onEachEngine(t *testing.T, test func(t *testing.T, i *installation)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newInstallation(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		i := newInstallation(t)
		i.database = postgresDatabase(t)
		test(t, i)
	})
}

func postgresDatabase(t *testing.T) string {
	t.Helper()
	postgres.Do(func() { postgres.cluster, postgres.err = pgtest.Start(context.Background(), nil) })
	if errors.Is(postgres.err, pgtest.ErrNoServer) {
		t.Skip(postgres.err)
	}
	if postgres.err != nil {
		t.Fatal(postgres.err)
	}
	return postgres.cluster.Database(t)
}

func stopPostgres() {
	if postgres.cluster != nil {
		postgres.cluster.Stop()
	}
}
