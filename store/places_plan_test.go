package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
	"latchkey/store"
)

// scattered are clusters, each with its share of n applications.
func scattered(t testing.TB, s *store.Store, clusters, n int) []access.Scope {
	t.Helper()
	places := make([]access.Scope, clusters)
	must(t, s.Write(t.Context(), func(ctx context.Context, tx access.Tx) error {
		for i := range places {
			id := fmt.Sprintf("cluster-%02d", i)
			places[i] = access.Scope{ID: id, Type: access.ScopeCluster, Name: id, ParentID: access.TenantNodeID, Path: access.TenantPath.Child(id)}
			if err := tx.InsertScope(ctx, places[i]); err != nil {
				return err
			}
		}
		for i := range n {
			place, name := places[i%clusters], fmt.Sprintf("app-%05d", i)
			app := access.Application{ID: name, Name: name, ClientID: name, ScopeID: place.ID, ScopePath: place.Path, Enabled: true}
			if err := tx.InsertApplication(ctx, app, access.Credential{Generation: 1}); err != nil {
				return err
			}
		}
		return nil
	}))
	return places
}

// What is managed in a node is found by the index of paths, and not by looking
// at every application.
func TestPlacesAreFoundByTheirIndex(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		s := open(t, url)
		place := scattered(t, s, 50, 5_000)[7]
		execBehind(t, e, url, `ANALYZE applications`)
		asked := map[string]access.List{
			"in":     access.ManagedIn(place.ID),
			"within": access.ManagedWithin(place.ID),
			"named":  {Filters: []access.Filter{{Field: "managedIn", Op: access.Equal, Value: place.Name}}},
		}
		for what, list := range asked {
			q := everything(list)
			plan, err := s.ExplainApplicationCount(t.Context(), q)
			must(t, err)
			byTheIndex(t, what, plan)
			if n, err := s.CountApplications(t.Context(), q, 0); err != nil || n != 100 {
				t.Errorf("%s: %d (%v), want 100", what, n, err)
			}
		}
		plan, err := s.ExplainScopeUse(t.Context(), place.ID)
		must(t, err)
		byTheIndex(t, "what hangs on it", plan)
	})
}

func byTheIndex(t *testing.T, what, plan string) {
	t.Helper()
	if !strings.Contains(plan, "applications_scope") {
		t.Errorf("%s leaves the index of paths out:\n%s", what, plan)
	}
	for _, wrong := range []string{"SCAN a", "Seq Scan on applications"} {
		if strings.Contains(plan, wrong) {
			t.Errorf("%s has %s in it:\n%s", what, wrong, plan)
		}
	}
}
