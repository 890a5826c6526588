package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

// move hangs a node on another, both by their paths of the beginning.
func (w *world) move(c access.Caller, node, parent string) (access.Scope, error) {
	w.t.Helper()
	return w.MoveScope(w.ctx, c, access.ScopeMove{ID: w.scopes[node].ID, ParentID: w.scopes[parent].ID})
}

func TestRulesReachWhereANodeIsNow(t *testing.T) {
	w := newWorld(t)
	before := w.user("before@example.com", departmentAdmin, "east/a")
	after := w.user("after@example.com", departmentAdmin, "west/a")
	moved, _ := w.app("ci", "east/a/1")
	stays, _ := w.app("stays", "east/a/2")
	sees := func(c access.Caller, id string) bool {
		_, err := w.Application(w.ctx, c, id)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	if !sees(before, moved.ID) || sees(after, moved.ID) {
		t.Fatal("the rules do not reach as they should before the move")
	}
	got, err := w.move(w.admin, "east/a/1", "west/a")
	wantConflict(t, err, "name") // there is a project of that name
	_, err = w.RenameScope(w.ctx, w.admin, w.scopes["east/a/1"].ID, "one")
	w.must(err)
	got, err = w.move(w.admin, "east/a/1", "west/a")
	if err != nil || got.NamePath() != "My organization / west / a / one" || got.ClusterID() != w.scopes["west"].ID || got.ParentID != w.scopes["west/a"].ID {
		t.Fatalf("got %+v (%v)", got, err)
	}
	e := w.wantEvent("admin@example.com update project Succeeded")
	if e.Metadata["before.scope"] != "My organization / east / a / one" || e.Metadata["after.scope"] != "My organization / west / a / one" || e.EntityID != got.ID {
		t.Errorf("the event says %+v", e)
	}
	if sees(before, moved.ID) || !sees(after, moved.ID) || !sees(before, stays.ID) || sees(after, stays.ID) {
		t.Error("the rules reach as if nothing had moved")
	}
	for _, test := range []struct {
		who  access.Caller
		want bool
	}{{before, false}, {after, true}} {
		_, err := w.Scope(w.ctx, test.who, got.ID)
		if (err == nil) != test.want {
			t.Errorf("%s finds the project: %v", test.who.Name, err)
		}
	}
	// To where it is already is no change.
	told := len(w.events())
	_, err = w.move(w.admin, "east/a/1", "west/a")
	w.must(err)
	if len(w.events()) != told {
		t.Error("a move to where it is was told of")
	}
}

func TestWhatCannotBeMoved(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct{ node, parent, because string }{
		{"east/a", "east/a", "below itself"},
		{"east/a", "east/a/1", "below itself"},
		{"east", "east/a", "below itself"},
		{"east", "west", "directly below the organization"},
		{"east/a/1", "west", "a project hangs below a department, and west is a cluster"},
		{"east/a/1", "", "is the organization"},
		{"east/a/1", "east/a/2", "is a project"},
		{"east/a", "west", "stays in its cluster"},
	} {
		events := len(w.events())
		_, err := w.move(w.admin, test.node, test.parent)
		wantInvalid(t, err, "parentId")
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.because)) {
			t.Errorf("%s to %s: %v, want %q", test.node, test.parent, err, test.because)
		}
		if len(w.events()) != events {
			t.Errorf("%s to %s is told of", test.node, test.parent)
		}
	}
	_, err := w.MoveScope(w.ctx, w.admin, access.ScopeMove{ID: w.scopes["east/a/1"].ID, ParentID: "nothing"})
	wantInvalid(t, err, "parentId")
	_, err = w.MoveScope(w.ctx, w.admin, access.ScopeMove{ID: w.scopes["east/a/1"].ID, ParentID: w.scopes["east/b"].ID, Version: 1})
	wantError(t, err, access.ErrStale)
	_, err = w.MoveScope(w.ctx, w.admin, access.ScopeMove{ID: "nothing", ParentID: w.scopes["east/b"].ID})
	wantError(t, err, access.ErrNotFound)
	_, err = w.MoveScope(w.ctx, w.admin, access.ScopeMove{ID: access.TenantNodeID, ParentID: w.scopes["east"].ID})
	wantError(t, err, access.ErrConflict)
}

// TestAMoveHandsOutNoMoreThanTheMoverHolds: the rules on the new parent begin to
// reach the node, which is as good as making them anew (security.md 38).
func TestAMoveHandsOutNoMoreThanTheMoverHolds(t *testing.T) {
	w := newWorld(t)
	_, err := w.RenameScope(w.ctx, w.admin, w.scopes["east/a/2"].ID, "two")
	w.must(err)
	east := w.user("east@example.com", departmentAdmin, "east")
	everywhere := w.as(east.ID)
	// Somebody in b may do what a department administrator may not.
	rule := w.rule(access.SubjectGroup, "ops", administrator, "east/b")
	_, err = w.move(everywhere, "east/a/2", "east/b")
	var missing *access.PermissionError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "ops is System administrator on My organization / east / b") {
		t.Fatalf("got %v, want a refusal that names the rule", err)
	}
	if e := w.lastEvent(); e.Result != access.Failed || e.EntityID != w.scopes["east/a/2"].ID {
		t.Errorf("the refusal is told as %+v", e)
	}
	_, err = w.DeleteRule(w.ctx, w.admin, rule.ID)
	w.must(err)
	// What reaches it already is no reason to refuse it.
	w.rule(access.SubjectGroup, "ops", administrator, "east")
	got, err := w.move(everywhere, "east/a/2", "east/b")
	if err != nil || got.ParentName() != "b" {
		t.Errorf("got %+v (%v)", got, err)
	}
	// Deleting here and creating there are both needed.
	onlyHere := w.user("here@example.com", departmentAdmin, "east/a")
	w.rule(access.SubjectUser, onlyHere.ID, viewer, "east/b")
	_, err = w.move(w.as(onlyHere.ID), "east/a/1", "east/b")
	wantError(t, err, access.ErrForbidden)
	onlyThere := w.user("there@example.com", departmentAdmin, "east/b")
	w.rule(access.SubjectUser, onlyThere.ID, viewer, "east/a")
	_, err = w.move(w.as(onlyThere.ID), "east/a/1", "east/b")
	wantError(t, err, access.ErrForbidden)
	_, err = w.move(w.user("blind@example.com", viewer, "west"), "east/a/1", "east/b")
	wantError(t, err, access.ErrNotFound)
}

func TestAScopeGoesWithWhatHangsOnItIfAsked(t *testing.T) {
	w := newWorld(t)
	east := w.scopes["east"]
	w.rule(access.SubjectGroup, "ops", viewer, "east/a/1")
	w.rule(access.SubjectGroup, "ops", viewer, "east")
	app, _ := w.app("ci", "east/b")
	refused := func(in access.ScopeDeletion, because string) {
		t.Helper()
		in.ID = east.ID
		told := len(w.events())
		_, err := w.DeleteScopeWith(w.ctx, w.admin, in)
		if !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), because) {
			t.Errorf("got %v, want a refusal because of %s", err, because)
		}
		if len(w.events()) != told {
			t.Error("something happened")
		}
	}
	refused(access.ScopeDeletion{}, "5 places below it and 2 access rules")
	refused(access.ScopeDeletion{Rules: true}, "5 places below it")
	refused(access.ScopeDeletion{Nodes: true}, "2 access rules")
	refused(access.ScopeDeletion{Nodes: true, Rules: true}, "1 application is managed in east or below it. Move it")
	_, err := w.DeleteApplication(w.ctx, w.admin, app.ID)
	w.must(err)

	contents, err := w.ScopeContents(w.ctx, w.admin, east.ID)
	if err != nil || contents.ScopeCount != (access.ScopeCount{Nodes: 5, Rules: 2}) || len(contents.Nodes) != 5 || len(contents.Rules) != 2 {
		t.Fatalf("on east there are %+v (%v)", contents, err)
	}
	all := access.ScopeDeletion{ID: east.ID, Nodes: true, Rules: true, Seen: &contents.ScopeCount, Version: east.Version()}
	w.rule(access.SubjectGroup, "late", viewer, "east/b")
	_, err = w.DeleteScopeWith(w.ctx, w.admin, all)
	wantError(t, err, access.ErrStale)
	all.Seen.Rules = 3
	stale := all
	stale.Version++
	_, err = w.DeleteScopeWith(w.ctx, w.admin, stale)
	wantError(t, err, access.ErrStale)

	// Every node and every rule needs its permission.
	dept := w.user("dept@example.com", departmentAdmin, "east/a")
	all.Seen.Rules++
	_, err = w.DeleteScopeWith(w.ctx, dept, all)
	wantError(t, err, access.ErrForbidden)

	told := len(w.events())
	_, err = w.DeleteScopeWith(w.ctx, w.admin, all)
	w.must(err)
	var events []string
	for _, e := range w.events()[:len(w.events())-told] {
		events = append(events, fmt.Sprintf("%s %s", e.Action, e.EntityType))
	}
	want := []string{"delete cluster", "delete department", "delete department", "delete project", "delete project", "delete project",
		"delete access-rule", "delete access-rule", "delete access-rule", "delete access-rule"}
	if !slices.Equal(events, want) {
		t.Errorf("told of %q, want %q", events, want)
	}
	if got := w.scopeNames(w.admin, access.ScopeProject, access.List{}); !slices.Equal(got, []string{"1"}) {
		t.Errorf("projects left: %q", got)
	}
}

// TestOnesOwnScopeGoesWithTheRule: whoever deletes the place of their own rule
// loses it, but nobody deletes the rule of somebody stronger.
func TestARuleOfSomebodyStrongerHoldsItsScope(t *testing.T) {
	w := newWorld(t)
	manager := w.user("manager@example.com", departmentAdmin, "east/a")
	w.user("strong@example.com", administrator, "east/a/1")
	_, err := w.DeleteScopeWith(w.ctx, manager, access.ScopeDeletion{ID: w.scopes["east/a/1"].ID, Rules: true})
	wantError(t, err, access.ErrForbidden)
	if _, err := w.Scope(w.ctx, w.admin, w.scopes["east/a/1"].ID); err != nil {
		t.Errorf("the project is gone: %v", err)
	}
}
