package access_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"latchkey/access"
	"latchkey/token"
)

// accessKey makes one for a user.
func (w *world) accessKey(c access.Caller, name string) (access.AccessKey, token.Key) {
	w.t.Helper()
	k, secret, err := w.CreateAccessKey(w.ctx, c, access.NewAccessKey{Name: name})
	w.must(err)
	return k, secret
}

func TestAnAccessKeyActsAsItsOwner(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", viewer, "east")
	k, secret := w.accessKey(bob, "laptop")
	w.wantEvent("bob@example.com create access-key Succeeded")
	if k.ClientID == k.Name || k.ClientID == k.ID || !strings.HasPrefix(k.ClientID, access.AccessKeyClientPrefix) {
		t.Errorf("the client id is %q", k.ClientID)
	}
	raw := w.token(k.ClientID, secret)
	principal, err := w.TokenPrincipal(w.ctx, raw)
	w.must(err)
	if principal.Subject != bob.Subject || len(principal.Grants) != 1 {
		t.Errorf("it acts as %+v", principal)
	}
	// With the rules of that moment, not of the token's.
	w.rule(access.SubjectUser, bob.ID, editor, "west")
	principal, err = w.TokenPrincipal(w.ctx, raw)
	if err != nil || len(principal.Grants) != 2 {
		t.Errorf("after a further rule it acts as %+v (%v)", principal, err)
	}
	w.must(w.Flush(w.ctx))
	used, err := w.MyAccessKey(w.ctx, bob, k.ID)
	if err != nil || used.LastLogin.IsZero() {
		t.Errorf("it was last used at %v (%v)", used.LastLogin, err)
	}
}

func TestAnAccessKeyEndsWithItsOwner(t *testing.T) {
	tests := map[string]func(w *world, bob access.Caller, k access.AccessKey) error{
		"disabled": func(w *world, bob access.Caller, _ access.AccessKey) error {
			return second(w.SetUserDisabled(w.ctx, w.admin, bob.ID, true))
		},
		"deleted": func(w *world, bob access.Caller, _ access.AccessKey) error {
			return second(w.DeleteUser(w.ctx, w.admin, bob.ID))
		},
		"key regenerated": func(w *world, bob access.Caller, k access.AccessKey) error {
			return third(w.RegenerateAccessKey(w.ctx, bob, k.ID, ""))
		},
		"key deleted": func(w *world, bob access.Caller, k access.AccessKey) error {
			return w.DeleteMyAccessKey(w.ctx, bob, k.ID)
		},
		"key deleted by an administrator": func(w *world, _ access.Caller, k access.AccessKey) error {
			return w.DeleteAccessKey(w.ctx, w.admin, k.ID)
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.user("bob@example.com", viewer, "east")
			k, secret := w.accessKey(bob, "laptop")
			raw := w.token(k.ClientID, secret)
			w.must(end(w, bob, k))
			_, err := w.TokenPrincipal(w.ctx, raw)
			wantError(t, err, access.ErrUnauthenticated)
			_, err = w.IssueToken(w.ctx, origin("203.0.113.9"), k.ClientID, secret.Reveal())
			wantError(t, err, access.ErrUnauthenticated)
		})
	}
}

func TestARegeneratedAccessKeyWorks(t *testing.T) {
	w := newWorld(t)
	k, _ := w.accessKey(w.admin, "laptop")
	changed, secret, err := w.RegenerateAccessKey(w.ctx, w.admin, k.ID, "form")
	w.must(err)
	w.wantEvent("admin@example.com update access-key-secret Succeeded")
	if changed.EndsIn != secret.EndsIn() || changed.ClientID != k.ClientID {
		t.Errorf("got %+v", changed)
	}
	_, err = w.TokenPrincipal(w.ctx, w.token(k.ClientID, secret))
	w.must(err)
	_, _, err = w.RegenerateAccessKey(w.ctx, w.admin, k.ID, "form")
	wantError(t, err, access.ErrAlreadyDone)
}

func TestAccessKeysAreTheirOwnersOnly(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", viewer, "east")
	mine, _ := w.accessKey(bob, "laptop")
	theirs, _ := w.accessKey(w.admin, "laptop")
	list, err := w.MyAccessKeys(w.ctx, bob)
	if err != nil || len(list) != 1 || list[0].ID != mine.ID {
		t.Errorf("bob has %+v (%v)", list, err)
	}
	for name, err := range map[string]error{
		"get":        second(w.MyAccessKey(w.ctx, bob, theirs.ID)),
		"regenerate": third(w.RegenerateAccessKey(w.ctx, bob, theirs.ID, "")),
		"delete":     w.DeleteMyAccessKey(w.ctx, bob, theirs.ID),
		"administer": w.DeleteAccessKey(w.ctx, bob, theirs.ID),
		"unknown":    w.DeleteMyAccessKey(w.ctx, bob, "nothing"),
	} {
		if !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%s another's: %v, want ErrNotFound", name, err)
		}
	}
	_, err = w.AllAccessKeys(w.ctx, bob, access.AccessKeySelection{})
	wantError(t, err, access.ErrForbidden)
	all, err := w.AllAccessKeys(w.ctx, w.admin, access.AccessKeySelection{CreatedBy: "bob@example.com"})
	if err != nil || len(all) != 1 || all[0].Owner.Name != "bob@example.com" {
		t.Errorf("an administrator finds %+v (%v)", all, err)
	}
	reader := w.user("reader@example.com", editor, "")
	wantError(t, w.DeleteAccessKey(w.ctx, reader, mine.ID), access.ErrForbidden)

	app, key := w.app("ci", "east")
	_, _, err = w.CreateAccessKey(w.ctx, w.asApplication(app.ClientID, key), access.NewAccessKey{Name: "laptop"})
	wantError(t, err, access.ErrForbidden)
}

func TestCreateAccessKeyRefuses(t *testing.T) {
	w := newWorld(t)
	w.accessKey(w.admin, "laptop")
	_, _, err := w.CreateAccessKey(w.ctx, w.admin, access.NewAccessKey{Name: "laptop"})
	wantConflict(t, err, "name")
	_, _, err = w.CreateAccessKey(w.ctx, w.admin, access.NewAccessKey{Name: "Laptop"})
	wantInvalid(t, err, "name")
	for i := range access.MaxAccessKeys - 1 {
		w.accessKey(w.admin, "k"+strings.Repeat("x", i+1))
	}
	_, _, err = w.CreateAccessKey(w.ctx, w.admin, access.NewAccessKey{Name: "one-more"})
	wantError(t, err, access.ErrConflict)
}

func TestNoApplicationCanLookLikeAnAccessKey(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: access.AccessKeyClientPrefix + "x"})
	wantInvalid(t, err, "name")
}

func TestADeletedUsersAccessKeysAreTold(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", 0, "")
	w.accessKey(bob, "laptop")
	_, err := w.DeleteUser(w.ctx, w.admin, bob.ID)
	w.must(err)
	if got := tell(w.events()[1]); got != "admin@example.com delete access-key Succeeded" {
		t.Errorf("the event before the last is %q", got)
	}
}

// Of many at once with one name, one is made.
func TestAccessKeysOfOneNameAtOnce(t *testing.T) {
	w := newWorld(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() { _, _, _ = w.CreateAccessKey(w.ctx, w.admin, access.NewAccessKey{Name: "laptop"}) })
	}
	wait.Wait()
	if keys, err := w.MyAccessKeys(w.ctx, w.admin); err != nil || len(keys) != 1 {
		t.Errorf("there are %d (%v), want 1", len(keys), err)
	}
}
