package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"latchkey/store"
	"latchkey/store/storetest"
	"latchkey/store/storetest/pgtest"
)

// engine is where the tests of this package find a database.
type engine struct {
	name string
	// fresh is the URL of a new database; empty has no tables yet.
	fresh, empty func(t testing.TB) string
	// driver is the name under which database/sql knows it, for tests that
	// look behind the store's back.
	driver string
}

func sqliteEngine() engine {
	file := func(t testing.TB) string { return filepath.Join(t.TempDir(), "latchkey.db") }
	return engine{name: "SQLite", fresh: file, empty: file, driver: "sqlite"}
}

// cluster is the PostgreSQL of this run, or why there is none. TestMain sets it.
type postgres struct {
	cluster *pgtest.Cluster
	err     error
}

var cluster postgres

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	if url := os.Getenv(openVariable); url != "" {
		if err := openAndClose(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	if file := os.Getenv(fullVariable); file != "" {
		return fillDisk(file)
	}
	cluster.cluster, cluster.err = pgtest.Start(context.Background(), func(ctx context.Context, url string) error {
		s, err := store.Open(ctx, store.Config{URL: url, Now: present})
		if err != nil {
			return err
		}
		return s.Close()
	})
	if cluster.err != nil && !errors.Is(cluster.err, pgtest.ErrNoServer) {
		fmt.Fprintln(os.Stderr, cluster.err)
		return 1
	}
	if cluster.cluster != nil {
		defer func() {
			if err := cluster.cluster.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}()
	}
	return m.Run()
}

// onEachEngine runs a test on SQLite, and on PostgreSQL if there is one.
func onEachEngine(t *testing.T, test func(t *testing.T, e engine)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, sqliteEngine())
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		if cluster.err != nil {
			t.Skip(cluster.err)
		}
		t.Parallel()
		test(t, engine{name: "PostgreSQL", fresh: cluster.cluster.Database, empty: cluster.cluster.Empty, driver: "pgx"})
	})
}

func present() time.Time { return storetest.Start }

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: url, Now: present})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		storetest.Run(t, func(t testing.TB) storetest.Open {
			url := e.fresh(t)
			return func(t testing.TB) storetest.Store { return open(t, url) }
		})
	})
}
