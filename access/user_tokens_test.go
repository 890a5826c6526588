package access_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"latchkey/access"
)

// signedIn saves a session of the user, as the front door does.
func (w *world) signedIn(c access.Caller, name string, lasts time.Duration) [32]byte {
	w.t.Helper()
	now, id := w.clock.Now(), sha256.Sum256([]byte(name))
	w.must(w.store.SaveSession(w.ctx, access.Session{
		IDHash: id, UserID: c.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(lasts),
	}))
	return id
}

func TestAUsersTokenActsAsTheUser(t *testing.T) {
	w := newWorld(t)
	editor := w.user("editor@example.com", editor, "east")
	session := w.signedIn(editor, "laptop", time.Hour)
	issued, err := w.IssueUserToken(w.ctx, editor, session)
	w.must(err)
	e := w.wantEvent("editor@example.com create access-token Succeeded")

	claims := claimsOf(t, issued.AccessToken)
	for name, want := range map[string]any{
		"sub": editor.ID, "sub_type": "user", "client_id": "0console", "sid": hex.EncodeToString(session[:]), "jti": e.EntityID,
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if claims["exp"].(float64)-claims["iat"].(float64) != issued.ExpiresIn.Seconds() || issued.ExpiresIn != 5*time.Minute {
		t.Errorf("exp %v, iat %v, expires in %v", claims["exp"], claims["iat"], issued.ExpiresIn)
	}

	principal, err := w.TokenPrincipal(w.ctx, issued.AccessToken)
	w.must(err)
	if principal.Subject != editor.Subject || len(principal.Grants) != 1 {
		t.Errorf("the token is %+v, want %+v", principal, editor.Principal)
	}
	// The rules are those of the moment of the request.
	w.rule(access.SubjectUser, editor.ID, viewer, "west")
	if principal, err = w.TokenPrincipal(w.ctx, issued.AccessToken); err != nil || len(principal.Grants) != 2 {
		t.Errorf("with one more rule: %+v (%v)", principal, err)
	}
}

func TestAUsersTokenEndsWithTheSession(t *testing.T) {
	w := newWorld(t)
	end := map[string]func(c access.Caller, session [32]byte) error{
		"sign out": func(_ access.Caller, session [32]byte) error { return w.store.DeleteSession(w.ctx, session) },
		"sign out everywhere": func(c access.Caller, _ [32]byte) error {
			_, err := w.SignOutEverywhere(w.ctx, w.admin, c.ID, [32]byte{})
			return err
		},
		"disable": func(c access.Caller, _ [32]byte) error {
			_, err := w.SetUserDisabled(w.ctx, w.admin, c.ID, true)
			return err
		},
		"disable and enable": func(c access.Caller, _ [32]byte) error {
			if _, err := w.SetUserDisabled(w.ctx, w.admin, c.ID, true); err != nil {
				return err
			}
			_, err := w.SetUserDisabled(w.ctx, w.admin, c.ID, false)
			return err
		},
		"delete": func(c access.Caller, _ [32]byte) error {
			_, err := w.DeleteUser(w.ctx, w.admin, c.ID)
			return err
		},
		"reset the password": func(c access.Caller, _ [32]byte) error {
			_, _, err := w.ResetPassword(w.ctx, w.admin, c.ID, "")
			return err
		},
		"change the password": func(c access.Caller, _ [32]byte) error {
			return w.ChangePassword(w.ctx, c, password, "nine loud geese cross the weir", [32]byte{})
		},
		"wait": func(access.Caller, [32]byte) error { w.clock.move(access.UserTokenLifetime); return nil },
	}
	for name, end := range end {
		t.Run(name, func(t *testing.T) {
			c := w.user(hex.EncodeToString([]byte(name))+"@example.com", viewer, "")
			session := w.signedIn(c, name, time.Hour)
			issued, err := w.IssueUserToken(w.ctx, c, session)
			w.must(err)
			if _, err := w.TokenPrincipal(w.ctx, issued.AccessToken); err != nil {
				t.Fatal(err)
			}
			w.must(end(c, session))
			_, err = w.TokenPrincipal(w.ctx, issued.AccessToken)
			wantError(t, err, access.ErrUnauthenticated)
		})
	}
}

func TestAUsersTokenDoesNotOutliveTheSession(t *testing.T) {
	w := newWorld(t)
	session := w.signedIn(w.admin, "nearly over", time.Minute)
	issued, err := w.IssueUserToken(w.ctx, w.admin, session)
	w.must(err)
	if issued.ExpiresIn > time.Minute {
		t.Errorf("the token is good for %v, the session for a minute", issued.ExpiresIn)
	}
	w.clock.move(time.Minute)
	_, err = w.TokenPrincipal(w.ctx, issued.AccessToken)
	wantError(t, err, access.ErrUnauthenticated)
	_, err = w.IssueUserToken(w.ctx, w.admin, session)
	wantError(t, err, access.ErrUnauthenticated)
}

func TestWhoGetsNoUsersToken(t *testing.T) {
	w := newWorld(t)
	_, key := w.app("builder", "")
	_, err := w.IssueUserToken(w.ctx, w.asApplication("builder", key), w.signedIn(w.admin, "laptop", time.Hour))
	wantError(t, err, access.ErrForbidden)
	_, err = w.IssueUserToken(w.ctx, w.local, [32]byte{})
	wantError(t, err, access.ErrForbidden)

	other := w.user("other@example.com", viewer, "")
	before := len(w.events())
	for name, session := range map[string][32]byte{"no session": {}, "another's": w.signedIn(w.admin, "desk", time.Hour)} {
		_, err := w.IssueUserToken(w.ctx, other, session)
		wantError(t, err, access.ErrUnauthenticated)
		if len(w.events()) != before {
			t.Errorf("%s: an event tells of a token that was not made", name)
		}
	}
}
