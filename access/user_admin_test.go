package access_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/access"
)

func (w *world) session(userID, name string) [32]byte {
	w.t.Helper()
	s := access.Session{UserID: userID, CreatedAt: w.clock.Now(), LastSeenAt: w.clock.Now(), ExpiresAt: w.clock.Now().Add(1 << 40)}
	copy(s.IDHash[:], name)
	w.must(w.store.SaveSession(w.ctx, s))
	return s.IDHash
}

func (w *world) hasSession(hash [32]byte) bool {
	w.t.Helper()
	_, err := w.store.Session(w.ctx, hash)
	if err != nil && !errors.Is(err, access.ErrNotFound) {
		w.t.Fatal(err)
	}
	return err == nil
}

func TestUsersAreListedToThoseWhoMayReadThem(t *testing.T) {
	w := newWorld(t)
	w.user("bob@example.com", viewer, "east")
	page, err := w.ListUsers(w.ctx, w.admin, access.List{})
	w.must(err)
	if len(page.Rows) != 2 || page.Rows[0].Email != "admin@example.com" || page.Rows[0].RuleCount != 1 {
		t.Errorf("got %+v", page.Rows)
	}
	department := w.user("department@example.com", departmentAdmin, "east/a")
	for name, err := range map[string]error{
		"list":   second(w.ListUsers(w.ctx, department, access.List{})),
		"count":  second(w.CountUsers(w.ctx, department, access.List{})),
		"export": w.ExportUsers(w.ctx, department, access.List{}, func(access.UserRow) error { return nil }),
	} {
		if !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s: %v, want ErrForbidden", name, err)
		}
	}
	_, err = w.User(w.ctx, department, w.admin.ID)
	wantError(t, err, access.ErrNotFound)
	self, err := w.User(w.ctx, department, department.ID)
	if err != nil || self.Email != "department@example.com" {
		t.Errorf("oneself: %+v (%v)", self, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestALocalUserStartsWithATemporaryPassword(t *testing.T) {
	w := newWorld(t)
	user, password, err := w.CreateLocalUser(w.ctx, w.admin, access.NewUser{Email: "New@example.com", RoleID: viewer, FormKey: "form"})
	w.must(err)
	w.wantEvent("admin@example.com create user Succeeded")
	if !user.MustChangePassword || user.Email != "new@example.com" || len(password.Reveal()) < access.MinPasswordLength {
		t.Errorf("made %+v with %d characters", user, len(password.Reveal()))
	}
	signedIn, err := w.SignIn(w.ctx, origin("198.51.100.2"), "new@example.com", password.Reveal())
	if err != nil || !signedIn.MustChangePassword {
		t.Errorf("signed in %+v (%v)", signedIn, err)
	}
	_, _, err = w.CreateLocalUser(w.ctx, w.admin, access.NewUser{Email: "other@example.com", FormKey: "form"})
	var done *access.AlreadyDoneError
	if !errors.As(err, &done) || done.EntityID != user.ID {
		t.Errorf("the same form again: %v, want what it made", err)
	}
	_, _, err = w.CreateLocalUser(w.ctx, w.admin, access.NewUser{Email: "new@example.com"})
	wantConflict(t, err, "email")
	_, _, err = w.CreateLocalUser(w.ctx, w.user("plain@example.com", viewer, ""), access.NewUser{Email: "x@example.com"})
	wantError(t, err, access.ErrForbidden)
}

func TestATemporaryPasswordDoesNotLeak(t *testing.T) {
	w := newWorld(t)
	_, password, err := w.CreateLocalUser(w.ctx, w.admin, access.NewUser{Email: "new@example.com"})
	w.must(err)
	inside := struct{ Password access.TemporaryPassword }{password}
	asJSON, err := json.Marshal(inside)
	w.must(err)
	for _, text := range []string{
		fmt.Sprint(password), fmt.Sprintf("%#v %+v %s %x %q", password, inside, inside, password, password), string(asJSON), password.LogValue().String(),
	} {
		if strings.Contains(text, password.Reveal()) {
			t.Errorf("it shows in %q", text)
		}
	}
}

func TestResetPassword(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", viewer, "east")
	session := w.session(bob.ID, "bob's")
	user, temporary, err := w.ResetPassword(w.ctx, w.admin, bob.ID, "")
	w.must(err)
	w.wantEvent("admin@example.com reset-password user Succeeded")
	if !user.MustChangePassword || w.hasSession(session) {
		t.Errorf("must change: %v, session kept: %v", user.MustChangePassword, w.hasSession(session))
	}
	_, err = w.SignIn(w.ctx, origin("198.51.100.2"), "bob@example.com", password)
	wantError(t, err, access.ErrUnauthenticated)
	_, err = w.SignIn(w.ctx, origin("198.51.100.3"), "bob@example.com", temporary.Reveal())
	w.must(err)

	_, _, err = w.ResetPassword(w.ctx, w.admin, w.admin.ID, "")
	wantError(t, err, access.ErrConflict)
	_, _, err = w.ResetPassword(w.ctx, bob, w.admin.ID, "")
	wantError(t, err, access.ErrNotFound)
	_, _, err = w.ResetPassword(w.ctx, w.admin, "nobody", "")
	wantError(t, err, access.ErrNotFound)
}

// Whoever may only look at users changes none of them.
func TestReadersOfUsersChangeNone(t *testing.T) {
	w := newWorld(t)
	editorUser := w.user("editor@example.com", editor, "")
	for name, err := range map[string]error{
		"reset":    third(w.ResetPassword(w.ctx, editorUser, w.admin.ID, "")),
		"disable":  second(w.SetUserDisabled(w.ctx, editorUser, w.admin.ID, true)),
		"delete":   second(w.DeleteUser(w.ctx, editorUser, w.admin.ID)),
		"sign out": second(w.SignOutEverywhere(w.ctx, editorUser, w.admin.ID, [32]byte{})),
	} {
		if !errors.Is(err, access.ErrForbidden) {
			t.Errorf("an editor tries to %s: %v, want ErrForbidden", name, err)
		}
	}
}

func third[T, U any](_ T, _ U, err error) error { return err }

func TestADisabledUserIsOut(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", viewer, "east")
	session := w.session(bob.ID, "bob's")
	_, err := w.SetUserDisabled(w.ctx, w.admin, bob.ID, true)
	w.must(err)
	e := w.wantEvent("admin@example.com update user Succeeded")
	if e.Metadata["before.disabled"] != "false" || e.Metadata["after.disabled"] != "true" {
		t.Errorf("the event says %v", e.Metadata)
	}
	_, _, err = w.UserPrincipal(w.ctx, bob.ID)
	if !errors.Is(err, access.ErrUnauthenticated) || w.hasSession(session) {
		t.Errorf("the user is %v, session kept: %v", err, w.hasSession(session))
	}
	before := len(w.events())
	_, err = w.SetUserDisabled(w.ctx, w.admin, bob.ID, true)
	w.must(err)
	if len(w.events()) != before {
		t.Error("doing it twice is told twice")
	}
	_, err = w.SetUserDisabled(w.ctx, w.admin, bob.ID, false)
	w.must(err)
	_, _, err = w.UserPrincipal(w.ctx, bob.ID)
	w.must(err)
	_, err = w.SetUserDisabled(w.ctx, w.admin, w.admin.ID, true)
	wantError(t, err, access.ErrConflict)
}

func TestADeletedUserLeavesNothing(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", viewer, "east")
	session := w.session(bob.ID, "bob's")
	_, err := w.DeleteUser(w.ctx, w.admin, bob.ID)
	w.must(err)
	events := w.events()
	if got := []string{tell(events[0]), tell(events[1])}; !slices.Equal(got, []string{
		"admin@example.com delete user Succeeded", "admin@example.com delete access-rule Succeeded",
	}) {
		t.Errorf("the events are %q", got)
	}
	_, err = w.User(w.ctx, w.admin, bob.ID)
	wantError(t, err, access.ErrNotFound)
	if w.hasSession(session) {
		t.Error("the session lives on")
	}
	if got := w.ruleNames(w.admin, access.List{}, access.RuleSelection{Subjects: []string{"bob@example.com"}}); len(got) != 0 {
		t.Errorf("the rules %q live on", got)
	}
	again := w.user("bob@example.com", 0, "")
	if again.ID == bob.ID || len(again.Grants) != 0 {
		t.Errorf("the next of that address inherits %+v", again)
	}
	_, err = w.DeleteUser(w.ctx, w.admin, w.admin.ID)
	wantError(t, err, access.ErrConflict)
}

// Two administrators who remove each other at once: one of them stays.
func TestOneAdministratorStays(t *testing.T) {
	for name, remove := range map[string]func(w *world, c access.Caller, id string) error{
		"delete":  func(w *world, c access.Caller, id string) error { return second(w.DeleteUser(w.ctx, c, id)) },
		"disable": func(w *world, c access.Caller, id string) error { return second(w.SetUserDisabled(w.ctx, c, id, true)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			admins := []access.Caller{w.admin, w.user("other@example.com", administrator, "")}
			var wait sync.WaitGroup
			for i := range admins {
				wait.Go(func() { _ = remove(w, admins[i], admins[1-i].ID) })
			}
			wait.Wait()
			left, err := w.store.Administrators(w.ctx, access.SystemAdministrator)
			if err != nil || len(left) != 1 {
				t.Errorf("%d administrators are left (%v), want 1", len(left), err)
			}
		})
	}
}

func TestSignOutEverywhere(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", viewer, "east")
	here, there := w.session(bob.ID, "here"), w.session(bob.ID, "there")
	_, err := w.SignOutEverywhere(w.ctx, bob, bob.ID, here)
	w.must(err)
	if !w.hasSession(here) || w.hasSession(there) {
		t.Errorf("here: %v, there: %v", w.hasSession(here), w.hasSession(there))
	}
	// For another, no session is kept, whichever is named.
	_, err = w.SignOutEverywhere(w.ctx, w.admin, bob.ID, here)
	w.must(err)
	if w.hasSession(here) {
		t.Error("an administrator's sign-out left a session")
	}
	w.wantEvent("admin@example.com sign-out user Succeeded")
}

func TestBulkUsersOneByOne(t *testing.T) {
	w := newWorld(t)
	bob, other := w.user("bob@example.com", viewer, "east"), w.user("cid@example.com", viewer, "")
	ids := []string{bob.ID, w.admin.ID, bob.ID, "nobody", other.ID}
	report, err := w.Bulk(w.ctx, w.admin, access.Users, access.BulkDisable, access.Selection{IDs: ids})
	w.must(err)
	if want := []string{bob.ID, other.ID}; !slices.Equal(report.Succeeded, want) || len(report.Failed) != 2 {
		t.Fatalf("got %+v, want %v", report, want)
	}
	if self := report.Failed[0]; self.Name != "admin@example.com" || !errors.Is(self.Err, access.ErrConflict) {
		t.Errorf("oneself: %+v", self)
	}
	wantError(t, report.Failed[1].Err, access.ErrNotFound)
	for _, id := range []string{bob.ID, other.ID} {
		if user, err := w.User(w.ctx, w.admin, id); err != nil || !user.Disabled {
			t.Errorf("%+v (%v)", user, err)
		}
	}
	report, err = w.Bulk(w.ctx, w.admin, access.Users, access.BulkDelete, access.Selection{IDs: []string{bob.ID}})
	w.must(err)
	if len(report.Succeeded) != 1 {
		t.Errorf("got %+v", report)
	}
	if rules, err := w.store.RulesOf(w.ctx, access.Subject{Type: access.SubjectUser, ID: bob.ID}); err != nil || len(rules) != 0 {
		t.Errorf("rules that are left: %v (%v)", rules, err)
	}
	for _, nonsense := range []struct {
		action access.BulkAction
		ids    []string
	}{{"explode", []string{bob.ID}}, {access.BulkDelete, nil}, {access.BulkDelete, make([]string, access.MaxAtOnce+1)}} {
		_, err := w.Bulk(w.ctx, w.admin, access.Users, nonsense.action, access.Selection{IDs: distinct(nonsense.ids)})
		wantError(t, err, access.ErrInvalid)
	}
	// Who may not update users is refused each, and told of.
	department := w.user("department@example.com", departmentAdmin, "east/a")
	report, err = w.Bulk(w.ctx, department, access.Users, access.BulkDisable, access.Selection{IDs: []string{other.ID, department.ID}})
	w.must(err)
	wantError(t, report.Failed[0].Err, access.ErrNotFound)
	wantError(t, report.Failed[1].Err, access.ErrForbidden)
}

// distinct numbers what is empty.
func distinct(ids []string) []string {
	for i := range ids {
		if ids[i] == "" {
			ids[i] = fmt.Sprint("id-", i)
		}
	}
	return ids
}

func TestUserImpactCountsWhatEnds(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", viewer, "east")
	w.session(bob.ID, "one")
	w.session(bob.ID, "two")
	_, _, err := w.CreateAccessKey(w.ctx, bob, access.NewAccessKey{Name: "laptop"})
	w.must(err)
	impact, err := w.UserImpact(w.ctx, w.admin, bob.ID)
	w.must(err)
	if impact.User.Email != "bob@example.com" || impact.Rules != 1 || impact.Sessions != 2 || impact.AccessKeys != 1 {
		t.Errorf("got %+v", impact)
	}
	w.clock.move(access.MaxSessionIdle + 1)
	if impact, err = w.UserImpact(w.ctx, w.admin, bob.ID); err != nil || impact.Sessions != 0 {
		t.Errorf("sessions that have idled away: %d (%v)", impact.Sessions, err)
	}
	_, err = w.UserImpact(w.ctx, bob, w.admin.ID)
	wantError(t, err, access.ErrNotFound)
}

func TestAFirstRuleMayBeAnywhere(t *testing.T) {
	w := newWorld(t)
	east := w.scopes["east"]
	user, _, err := w.CreateLocalUser(w.ctx, w.admin, access.NewUser{Email: "bob@example.com", RoleID: viewer, ScopeID: east.ID})
	w.must(err)
	rules, err := w.UserRules(w.ctx, w.admin, user.ID)
	w.must(err)
	if len(rules) != 1 || rules[0].Scope.ID != east.ID || rules[0].RoleID != viewer {
		t.Errorf("got %+v", rules)
	}
	_, _, err = w.CreateLocalUser(w.ctx, w.admin, access.NewUser{Email: "cid@example.com", RoleID: viewer, ScopeID: "gone"})
	var invalid *access.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields[0].Field != "scopeId" {
		t.Errorf("a scope that is gone: %v", err)
	}
	if page, err := w.ListUsers(w.ctx, w.admin, access.List{Search: "cid"}); err != nil || len(page.Rows) != 0 {
		t.Errorf("a refused user was made: %+v (%v)", page.Rows, err)
	}
}
