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
