package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

func (w *world) moveProjects(c access.Caller, from, to string, seen int) (int, error) {
	w.t.Helper()
	_, n, err := w.MoveProjects(w.ctx, c, access.ProjectsMove{FromID: w.scopes[from].ID, ToID: w.scopes[to].ID, Seen: seen})
	return n, err
}

func TestADepartmentIsEmptiedIntoAnother(t *testing.T) {
	w := newWorld(t)
	w.addScope("west/b")
	app, _ := w.app("ci", "east/a/1")
	w.rule(access.SubjectGroup, "ops", viewer, "east/a/2")
	told := len(w.events())
	n, err := w.moveProjects(w.admin, "east/a", "west/b", 2)
	if err != nil || n != 2 {
		t.Fatalf("%d moved (%v)", n, err)
	}
	if got, want := w.exported(w.admin, false), strings.Replace(strings.Replace(worldFile,
		"        projects:\n          - \"1\"\n          - \"2\"\n", "", 1),
		"  - name: west\n    departments:\n      - name: a\n        projects:\n          - \"1\"\n",
		"  - name: west\n    departments:\n      - name: a\n        projects:\n          - \"1\"\n      - name: b\n        projects:\n          - \"1\"\n          - \"2\"\n", 1); got != want {
		t.Errorf("the organisation is\n%s", got)
	}
	var told2 []string
	for _, e := range w.events()[:len(w.events())-told] {
		if e.Action == access.EventUpdate {
			told2 = append(told2, e.EntityName+": "+e.Metadata["before.scope"]+" > "+e.Metadata["after.scope"])
		}
	}
	slices.Sort(told2)
	if want := []string{"1: My organization / east / a / 1 > My organization / west / b / 1", "2: My organization / east / a / 2 > My organization / west / b / 2"}; !slices.Equal(told2, want) {
		t.Errorf("told of %q", told2)
	}
	// What is managed there, and the rules, went along.
	if got, _ := w.Application(w.ctx, w.admin, app.ID); !w.scopes["west/b"].Path.Contains(got.ScopePath) {
		t.Errorf("the application is managed in %s", got.ScopePath)
	}
	contents, err := w.ScopeContents(w.ctx, w.admin, w.scopes["west/b"].ID)
	if err != nil || contents.ScopeCount != (access.ScopeCount{Nodes: 2, Rules: 1, Applications: 1}) {
		t.Errorf("there are %+v (%v)", contents.ScopeCount, err)
	}
	// The empty one can be emptied again, into which nothing goes.
	if n, err := w.moveProjects(w.admin, "east/a", "west/b", 0); n != 0 || err != nil {
		t.Errorf("of none %d moved (%v)", n, err)
	}
}

func TestProjectsMoveAllOrNone(t *testing.T) {
	w := newWorld(t)
	before := w.exported(w.admin, true)
	for _, test := range []struct {
		from, to string
		seen     int
		because  string
	}{
		{"east/a", "east/b", 2, "b has a project of the same name: 1. Rename it here or there"},
		{"east/a", "east/a", 2, "hang there already"},
		{"east/a", "west", 2, "west is a cluster. Choose a department"},
		{"east/a", "no such", 2, "no longer exists"},
		{"east", "west/a", 2, "east is a cluster. Only a department"},
	} {
		_, err := w.moveProjects(w.admin, test.from, test.to, test.seen)
		if err == nil || !strings.Contains(err.Error(), test.because) {
			t.Errorf("%s to %s: %v, want %q", test.from, test.to, err, test.because)
		}
	}
	_, err := w.moveProjects(w.admin, "east/a", "west/a", 3)
	wantError(t, err, access.ErrStale)
	_, err = w.moveProjects(w.admin, "no such", "west/a", 3)
	wantError(t, err, access.ErrNotFound)

	// Each rule that would begin to reach them must be held, each permission too.
	w.addScope("west/b")
	here := w.user("here@example.com", departmentAdmin, "east")
	_, err = w.moveProjects(w.as(here.ID), "east/a", "west/b", 2)
	wantInvalid(t, err, "parentId") // which they do not see
	w.rule(access.SubjectUser, here.ID, viewer, "west")
	_, err = w.moveProjects(w.as(here.ID), "east/a", "west/b", 2)
	wantError(t, err, access.ErrForbidden)
	w.rule(access.SubjectUser, here.ID, departmentAdmin, "west/b")
	w.rule(access.SubjectGroup, "ops", administrator, "west")
	_, err = w.moveProjects(w.as(here.ID), "east/a", "west/b", 2)
	var missing *access.PermissionError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "ops is System administrator on My organization / west") {
		t.Errorf("got %v, want a refusal that names the rule", err)
	}
	if e := w.lastEvent(); e.Result != access.Failed || e.EntityID != w.scopes["east/a"].ID {
		t.Errorf("the refusal is told as %+v", e)
	}
	_, err = w.DeleteScopeWith(w.ctx, w.admin, access.ScopeDeletion{ID: w.scopes["west/b"].ID, Rules: true})
	w.must(err)
	if after := w.exported(w.admin, true); after != before {
		t.Errorf("something moved:\n%s", after)
	}
}
