package e2e

import (
	"testing"

	"latchkey/store/storetest/pgtest"
)

// postgres serves all tests of a run that want it.
var postgres pgtest.OnDemand

// onEachEngine runs a test over an installation on SQLite and again over one on
// PostgreSQL: nothing that a user can see may differ.
func onEachEngine(t *testing.T, test func(t *testing.T, i *installation)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newInstallation(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		i := newInstallation(t)
		i.database = postgres.Database(t)
		test(t, i)
	})
}
