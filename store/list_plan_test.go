package store

import (
	"path/filepath"
	"testing"
	"time"

	"latchkey/store/storetest"
)

// The suite's tables are small, and what is chosen for large ones must answer
// the same: never sort at first, walk a few rows, then take what is left.
func TestListsWithThePlansOfLargeTables(t *testing.T) {
	plans := map[string]planning{
		"walk in short legs, then sort": {walks: []int{2, 5}, walksInIndex: []int{3, 4}},
		"sort at once":                  {mostToSort: everything, alwaysToSort: everything},
		"walk to the end":               {walks: []int{1_000_000}, walksInIndex: []int{1_000_000}},
	}
	for name, plan := range plans {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunLists(t, func(t testing.TB) storetest.Open {
				file := filepath.Join(t.TempDir(), "latchkey.db")
				return func(t testing.TB) storetest.Store {
					s, err := Open(t.Context(), Config{URL: file, Now: func() time.Time { return storetest.Start }})
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { s.Close() })
					s.plan = plan
					return s
				}
			})
		})
	}
}

// A rare word is sorted and a common one walked, whatever the size of the table.
func TestThePlanFollowsTheNumberOfHits(t *testing.T) {
	plan := usualPlanning()
	tests := []struct {
		rows, hits int
		sorts      bool
	}{
		{rows: 100, hits: 100, sorts: true},
		{rows: 10_000, hits: 500, sorts: true},
		{rows: 10_000, hits: 2_000, sorts: false},
		{rows: 1_000_000, hits: 128, sorts: true},
		{rows: 1_000_000, hits: 200_000, sorts: false},
		{rows: -1, hits: 50, sorts: true}, // PostgreSQL before its first ANALYZE
	}
	for _, test := range tests {
		if sorts := test.hits <= plan.fewToSort(test.rows); sorts != test.sorts {
			t.Errorf("%d hits in %d rows: sorted %v", test.hits, test.rows, sorts)
		}
	}
}

var _ storetest.Store = (*Store)(nil)
