package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

// manages has an application managed in another node.
func (w *world) manages(c access.Caller, app access.Application, path string) (access.Application, error) {
	w.t.Helper()
	id := w.scopes[path].ID
	return w.ChangeApplication(w.ctx, c, app.ID, access.ApplicationChange{ScopeID: &id, Version: app.Version})
}

func TestAnApplicationIsManagedSomewhereElse(t *testing.T) {
	w := newWorld(t)
	before := w.user("before@example.com", departmentAdmin, "east/a")
	after := w.user("after@example.com", departmentAdmin, "west")
	app, key := w.app("ci", "east/a/1")
	w.rule(access.SubjectApplication, app.ID, viewer, "east/a")

	moved, err := w.manages(w.admin, app, "west/a")
	w.must(err)
	if moved.ScopeID != w.scopes["west/a"].ID || moved.ScopePath != w.scopes["west/a"].Path || moved.Version != app.Version+1 {
		t.Errorf("got %+v", moved)
	}
	if kept, err := w.Application(w.ctx, after, app.ID); err != nil || kept.ScopePath != moved.ScopePath || kept.RuleCount != 1 {
		t.Errorf("those who manage it now find %+v (%v)", kept, err)
	}
	_, err = w.Application(w.ctx, before, app.ID)
	wantError(t, err, access.ErrNotFound)
	e := w.wantEvent("admin@example.com update application Succeeded")
	if e.EntityName != "ci" || e.Metadata["before.managedIn"] != "My organization / east / a / 1" || e.Metadata["after.managedIn"] != "My organization / west / a" ||
		e.Metadata["before.managedInId"] != app.ScopeID || e.Metadata["after.managedInId"] != moved.ScopeID {
		t.Errorf("the event says %+v", e)
	}
	// The key signs in as before.
	w.token(app.ClientID, key)

	told := len(w.events())
	_, err = w.manages(w.admin, moved, "west/a")
	w.must(err)
	if len(w.events()) != told {
		t.Error("a move to where it is was told of")
	}
	_, err = w.manages(w.admin, app, "east") // of the version before
	wantError(t, err, access.ErrStale)
	for _, id := range []string{"", "nothing"} {
		_, err = w.ChangeApplication(w.ctx, w.admin, app.ID, access.ApplicationChange{ScopeID: &id})
		wantInvalid(t, err, "scopeId")
	}
	if got, _ := w.Application(w.ctx, w.admin, app.ID); got.ScopePath != moved.ScopePath {
		t.Errorf("after the refusals it is managed in %s", got.ScopePath)
	}
}

// TestWhoMovesAnApplicationHoldsWhatTheyHandOut: at the old node all that there
// is to managing it, at the new one the permission to put one there
// (security.md 36 to 39).
func TestWhoMovesAnApplicationHoldsWhatTheyHandOut(t *testing.T) {
	w := newWorld(t)
	here := w.user("here@example.com", cloudOperator, "east/a")
	app, _ := w.app("ci", "east/a")
	_, err := w.manages(here, app, "west/a") // which they do not see
	wantInvalid(t, err, "scopeId")
	w.rule(access.SubjectUser, here.ID, viewer, "west/a")
	_, err = w.manages(w.as(here.ID), app, "west/a")
	var missing *access.PermissionError
	if !errors.As(err, &missing) || missing.Action != access.Create || !strings.Contains(missing.ScopeName, "west / a") {
		t.Errorf("to where they only look: %v", err)
	}
	there := w.user("there@example.com", cloudOperator, "west/a")
	w.rule(access.SubjectUser, there.ID, departmentAdmin, "east/a") // who only reads them
	_, err = w.manages(w.as(there.ID), app, "west/a")
	wantError(t, err, access.ErrForbidden)
	if e := w.lastEvent(); e.Result != access.Failed || e.EntityID != app.ID {
		t.Errorf("the refusal is told as %+v", e)
	}
	stranger := w.user("stranger@example.com", cloudOperator, "west")
	_, err = w.manages(stranger, app, "west/a")
	wantError(t, err, access.ErrNotFound)

	// A stronger application can be handed over: whoever gets it has neither its
	// key nor its power.
	strong, _ := w.app("strong", "east/a")
	w.rule(access.SubjectApplication, strong.ID, administrator, "")
	w.rule(access.SubjectUser, here.ID, cloudOperator, "west/a")
	_, err = w.manages(w.as(here.ID), strong, "west/a")
	w.must(err)
	_, _, err = w.RegenerateKey(w.ctx, w.as(there.ID), strong.ID, 0, "")
	wantError(t, err, access.ErrForbidden)
}

func TestANodeIsEmptiedOfItsApplications(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for _, name := range []string{"one", "two", "three"} {
		app, _ := w.app(name, "east/b/1")
		ids = append(ids, app.ID)
	}
	w.app("elsewhere", "east/a")
	held := access.ScopeDeletion{ID: w.scopes["east/b"].ID, Nodes: true, Rules: true}
	_, err := w.DeleteScopeWith(w.ctx, w.admin, held)
	if err == nil || !strings.Contains(err.Error(), "3 applications are managed in b or below it. Move them somewhere else, or delete them, first") {
		t.Errorf("while it manages applications: %v", err)
	}
	names := func(l access.List) []string {
		t.Helper()
		var found []string
		w.must(w.EachApplication(w.ctx, w.admin, l, func(row access.ApplicationRow) error {
			found = append(found, row.Name)
			return nil
		}))
		return found
	}
	within := access.ManagedWithin(w.scopes["east/b"].ID)
	if got := names(within); !slices.Equal(got, []string{"one", "three", "two"}) {
		t.Errorf("within b are %q", got)
	}
	if got := names(access.ManagedIn(w.scopes["east/b"].ID)); got != nil {
		t.Errorf("in b itself are %q", got)
	}
	one, _ := w.Application(w.ctx, w.admin, ids[0])
	for path, because := range map[string]string{"": "Choose where", "no such": "no longer exists"} {
		_, err := w.MoveApplications(w.ctx, w.admin, path, access.Selection{All: &within, Expected: 3})
		if wantInvalid(t, err, "scopeId"); !strings.Contains(err.Error(), because) {
			t.Errorf("to %q: %v", path, err)
		}
	}
	if got, _ := w.Application(w.ctx, w.admin, ids[0]); got.Version != one.Version {
		t.Error("a refused move changed something")
	}
	report, err := w.MoveApplications(w.ctx, w.admin, w.scopes["east"].ID, access.Selection{All: &within, Expected: 3})
	w.must(err)
	if len(report.Succeeded) != 3 || len(report.Failed) != 0 {
		t.Errorf("reported %+v", report)
	}
	if e := w.lastEvent(); tell(e) != "admin@example.com update application Succeeded" || e.Metadata["after.managedIn"] != "My organization / east" {
		t.Errorf("told as %s %v", tell(e), e.Metadata)
	}
	_, err = w.DeleteScopeWith(w.ctx, w.admin, held)
	w.must(err)
}

func TestAMoveOfManyRunsInTheBackground(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"one", "two"} {
		w.app(name, "east/a/1")
	}
	within := access.ManagedWithin(w.scopes["east"].ID)
	_, err := w.StartMove(w.ctx, w.admin, "no such", access.Selection{All: &within, Expected: 2})
	wantInvalid(t, err, "scopeId")
	job, err := w.StartMove(w.ctx, w.admin, w.scopes["west"].ID, access.Selection{All: &within, Expected: 2})
	w.must(err)
	<-job.Ended
	job, err = w.BulkJob(w.admin, job.ID)
	if err != nil || job.Action != access.BulkMove || job.State != access.BulkDone || job.Succeeded != 2 {
		t.Errorf("got %+v (%v)", job, err)
	}
	if n, err := w.CountAllApplications(w.ctx, w.admin, access.ManagedIn(w.scopes["west"].ID)); n != 2 || err != nil {
		t.Errorf("in west are %d (%v)", n, err)
	}
}

// TestOneFromTheBinFindsAPlace: where it was managed may have gone meanwhile.
func TestOneFromTheBinFindsAPlace(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("ci", "east/b/1")
	_, err := w.DeleteApplication(w.ctx, w.admin, app.ID)
	w.must(err)
	_, err = w.DeleteScopeWith(w.ctx, w.admin, access.ScopeDeletion{ID: w.scopes["east/b"].ID, Nodes: true})
	w.must(err)
	restored, _, err := w.RestoreApplication(w.ctx, w.admin, app.ID, 0, "")
	if err != nil || restored.ScopeID != w.scopes["east"].ID || restored.ScopePath != w.scopes["east"].Path {
		t.Errorf("got %+v (%v)", restored, err)
	}
}
