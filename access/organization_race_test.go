package access_test

import (
	"errors"
	"sync"
	"testing"

	"latchkey/access"
)

// atOnce runs both and answers how each ended.
func (w *world) atOnce(one, other func() error) (first, second error) {
	w.t.Helper()
	var both sync.WaitGroup
	start := make(chan struct{})
	for into, do := range map[*error]func() error{&first: one, &second: other} {
		both.Go(func() {
			<-start
			*into = do()
		})
	}
	close(start)
	both.Wait()
	return first, second
}

// refused: what came second was told so in a way that a person can act on.
func refused(err error) bool {
	return errors.Is(err, access.ErrStale) || errors.Is(err, access.ErrConflict) || errors.Is(err, access.ErrInvalid) || errors.Is(err, access.ErrNotFound)
}

// TestTwoAdministratorsAtOnce: of two changes that exclude each other one
// happens, on either engine, and nothing is left hanging on what is gone.
func TestTwoAdministratorsAtOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		other := w.user("other@example.com", administrator, "")
		oneOf := func(what string, first, second error) {
			t.Helper()
			if (first == nil) == (second == nil) || first != nil && !refused(first) || second != nil && !refused(second) {
				t.Errorf("%s: %v and %v, want one of them", what, first, second)
			}
		}
		node := w.scopes["east/a/1"]
		rename := func(c access.Caller, name string) func() error {
			return func() error { return second(w.RenameScopeVersion(w.ctx, c, node.ID, name, node.Version())) }
		}
		first, last := w.atOnce(rename(w.admin, "mine"), rename(other, "theirs"))
		oneOf("two names", first, last)

		node = w.scopes["east/a/2"]
		toB := access.ScopeMove{ID: node.ID, ParentID: w.scopes["east/b"].ID, Version: node.Version()}
		toWest := access.ScopeMove{ID: node.ID, ParentID: w.scopes["west/a"].ID, Version: node.Version()}
		first, last = w.atOnce(
			func() error { return second(w.MoveScope(w.ctx, w.admin, toB)) },
			func() error { return second(w.MoveScope(w.ctx, other, toWest)) })
		oneOf("two places", first, last)

		for range 5 {
			place, err := w.CreateScope(w.ctx, w.admin, access.NewScope{ParentID: w.scopes["east/b"].ID, Name: "short-lived"})
			w.must(err)
			app, _ := w.app("wanderer", "west")
			first, last = w.atOnce(
				func() error {
					return second(w.ChangeApplication(w.ctx, w.admin, app.ID, access.ApplicationChange{ScopeID: &place.ID, Version: app.Version}))
				},
				func() error { return second(w.DeleteScopeWith(w.ctx, other, access.ScopeDeletion{ID: place.ID})) })
			oneOf("an application that comes and a place that goes", first, last)
			if now, err := w.Application(w.ctx, w.admin, app.ID); err != nil || (now.ScopeID == place.ID) != (first == nil) {
				t.Errorf("it is managed in %s (%v)", now.ScopePath, err)
			}
			_, err = w.DeleteApplication(w.ctx, w.admin, app.ID)
			w.must(err)
			if _, err = w.DeleteScopeWith(w.ctx, w.admin, access.ScopeDeletion{ID: place.ID}); err != nil && !errors.Is(err, access.ErrNotFound) {
				t.Fatal(err)
			}
		}

		in := access.OrganizationImport{File: w.organization("clusters: [{name: east, departments: [b]}, west]"), Remove: true}
		difference, err := w.CompareOrganization(w.ctx, w.admin, in)
		w.must(err)
		in.Digest = difference.Digest
		first, last = w.atOnce(
			func() error { return second(w.ImportOrganization(w.ctx, w.admin, in)) },
			func() error {
				return second(w.CreateScope(w.ctx, other, access.NewScope{ParentID: w.scopes["east/a"].ID, Name: "late"}))
			})
		oneOf("an import and a node that it would take away", first, last)
	})
}
