package pgtest

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// OnDemand is a server that the first test that wants it starts, for packages
// most of whose tests want none. The zero value is ready.
type OnDemand struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

// Database makes a database for one test and returns its URL. Without a server
// it skips the test.
func (d *OnDemand) Database(t testing.TB) string {
	t.Helper()
	d.once.Do(func() { d.cluster, d.err = Start(context.Background(), nil) })
	if errors.Is(d.err, ErrNoServer) {
		t.Skip(d.err)
	}
	if d.err != nil {
		t.Fatal(d.err)
	}
	return d.cluster.Database(t)
}

// Stop stops what was started; TestMain calls it after all tests.
func (d *OnDemand) Stop() error {
	if d.cluster == nil {
		return nil
	}
	return d.cluster.Stop()
}
