package access_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/token"
)

// kids are the ids of the keys that a process publishes.
func kids(t *testing.T, w *world, s *access.Service) []string {
	t.Helper()
	document, err := s.JWKS(w.ctx)
	w.must(err)
	var set struct{ Keys []struct{ Kid string } }
	w.must(json.Unmarshal(document, &set))
	var ids []string
	for _, key := range set.Keys {
		ids = append(ids, key.Kid)
	}
	return ids
}

// replica is another process over the same database.
func (w *world) replica() *access.Service {
	w.t.Helper()
	s := w.newService(w.open())
	w.must(s.PrepareSigningKeys(w.ctx))
	return s
}

// issue is a token of a process, and the key that signed it.
func (w *world) issue(s *access.Service, clientID string, key token.Key) (raw, kid string) {
	w.t.Helper()
	issued, err := s.IssueToken(w.ctx, origin("203.0.113.9"), clientID, key.Reveal())
	w.must(err)
	decoded, err := base64.RawURLEncoding.DecodeString(strings.Split(issued.AccessToken, ".")[0])
	w.must(err)
	var header struct{ Kid string }
	w.must(json.Unmarshal(decoded, &header))
	return issued.AccessToken, header.Kid
}

// TestKeyRotationTimeline walks a rotation from one end to the other, on two
// processes over one database that never tell each other anything: the next key
// is published at least one max-age before it signs, the retired one verifies
// for the longest lifetime of a token and the skew of clocks (security.md 16).
func TestKeyRotationTimeline(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		first, second := w.Service, w.replica()
		both := map[string]*access.Service{"the one": first, "the other": second}
		app, key := w.app("builder", "")
		// The application lives as long as tokens can.
		lifetime := access.MaxTokenLifetime
		_, err := w.ChangeApplication(w.ctx, w.admin, app.ID, access.ApplicationChange{TokenLifetime: &lifetime})
		w.must(err)
		_, old := w.issue(first, "builder", key)

		next, err := first.RotateSigningKey(w.ctx, w.admin, "EdDSA")
		w.must(err)
		e := w.wantEvent("admin@example.com create signing-key Succeeded")
		if e.EntityID != next.ID || e.Metadata["replaces"] != old || next.State != access.SigningKeyPublished {
			t.Errorf("the rotation is %+v, told as %+v", next, e)
		}
		if lead := next.SignsFrom.Sub(next.CreatedAt); lead < access.KeySetMaxAge {
			t.Errorf("published %v before it signs, less than a max-age", lead)
		}
		wantKids := func(when string, want ...string) {
			t.Helper()
			slices.Sort(want)
			for who, s := range both {
				if got := kids(t, w, s); !slices.Equal(got, want) {
					t.Errorf("%s, %s publishes %v, want %v", when, who, got, want)
				}
			}
		}
		wantSigner := func(when, want string) {
			t.Helper()
			for who, s := range both {
				if _, got := w.issue(s, "builder", key); got != want {
					t.Errorf("%s, %s signs with %s, want %s", when, who, got, want)
				}
			}
		}
		wantKids("at once", old, next.ID)
		wantSigner("at once", old)
		_, err = second.RotateSigningKey(w.ctx, w.admin, "ES256")
		wantConflict(t, err, "")

		w.clock.move(next.SignsFrom.Sub(w.clock.Now()) - time.Second)
		wantSigner("a second before", old)
		last, _ := w.issue(second, "builder", key)
		w.clock.move(2 * time.Second)
		wantSigner("after that", next.ID)

		// A process that starts now agrees with the others.
		both["a third"] = w.replica()
		wantKids("in the overlap", old, next.ID)
		wantSigner("in the overlap", next.ID)

		w.clock.move(access.MaxTokenLifetime - 3*time.Second)
		for who, s := range both {
			if _, err := s.TokenPrincipal(w.ctx, last); err != nil {
				t.Errorf("%s refuses the last token of the retired key in its last second: %v", who, err)
			}
		}
		wantKids("until the last token has expired", old, next.ID)
		w.clock.move(2 * time.Hour)
		wantKids("in the end", next.ID)

		var states []access.SigningKeyState
		facts, err := second.SigningKeys(w.ctx, w.admin)
		w.must(err)
		for _, key := range facts {
			states = append(states, key.State)
		}
		if want := []access.SigningKeyState{access.SigningKeySigns, access.SigningKeyOver}; !slices.Equal(states, want) {
			t.Errorf("the states are %v, want %v", states, want)
		}
		_, err = first.WithdrawSigningKey(w.ctx, w.admin, old)
		wantConflict(t, err, "")
	})
}

// TestWithdrawnSigningKey: what a withdrawn key signed is refused at the very
// next request, to a process that was not told, and another signs there at once
// (security.md 17).
func TestWithdrawnSigningKey(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		second := w.replica()
		app, key := w.app("builder", "")
		session := w.signedIn(w.admin, "laptop", time.Hour)
		byUser, err := w.IssueUserToken(w.ctx, w.admin, session)
		w.must(err)
		raw, kid := w.issue(w.Service, "builder", key)
		if principal, err := second.TokenPrincipal(w.ctx, raw); err != nil || principal.ID != app.ID {
			t.Fatalf("the token does not work: %v", err)
		}

		_, err = w.WithdrawSigningKey(w.ctx, w.user("editor@example.com", editor, ""), kid)
		wantError(t, err, access.ErrForbidden)
		_, err = w.WithdrawSigningKey(w.ctx, w.admin, "no-such-key")
		wantError(t, err, access.ErrNotFound)
		signs, err := w.WithdrawSigningKey(w.ctx, w.admin, kid)
		w.must(err)
		e := w.wantEvent("admin@example.com update signing-key Succeeded")
		if e.EntityID != kid || e.Metadata["after.state"] != "Withdrawn" || e.Metadata["signsNow"] != signs.ID {
			t.Errorf("the event is %+v", e)
		}
		for who, s := range map[string]*access.Service{"the other": second, "the one": w.Service} {
			for whose, refused := range map[string]string{"an application": raw, "a user": byUser.AccessToken} {
				_, err := s.TokenPrincipal(w.ctx, refused)
				if err == nil {
					t.Errorf("%s still trusts the token of %s", who, whose)
				}
				wantError(t, err, access.ErrUnauthenticated)
			}
			if got := kids(t, w, s); !slices.Equal(got, []string{signs.ID}) {
				t.Errorf("%s publishes %v, want %s alone", who, got, signs.ID)
			}
			again, by := w.issue(s, "builder", key)
			if by != signs.ID || by == kid {
				t.Errorf("%s signs with %s, want %s", who, by, signs.ID)
			}
			if _, err := w.TokenPrincipal(w.ctx, again); err != nil {
				t.Errorf("the new token of %s: %v", who, err)
			}
		}
		_, err = second.WithdrawSigningKey(w.ctx, w.admin, kid)
		wantConflict(t, err, "")
	})
}

// TestAProcessThatWasNotToldDoesNotSignWithAWithdrawnKey: the token endpoint
// notices by itself, before anything else makes it look.
func TestAProcessThatWasNotToldDoesNotSignWithAWithdrawnKey(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		second := w.replica()
		_, key := w.app("builder", "")
		_, kid := w.issue(second, "builder", key)
		_, err := w.WithdrawSigningKey(w.ctx, w.admin, kid)
		w.must(err)
		if _, by := w.issue(second, "builder", key); by == kid {
			t.Error("it signs with the withdrawn key")
		}
	})
}

// TestWithdrawingWhileTheNextIsPublished: the published key signs at once if the
// present one goes, and the present one stays if the published one goes.
func TestWithdrawingWhileTheNextIsPublished(t *testing.T) {
	w := newWorld(t)
	_, key := w.app("builder", "")
	_, old := w.issue(w.Service, "builder", key)
	published, err := w.RotateSigningKey(w.ctx, w.admin, "ES256")
	w.must(err)
	signs, err := w.WithdrawSigningKey(w.ctx, w.admin, published.ID)
	w.must(err)
	if signs.ID != old || !signs.RetiredAt.IsZero() {
		t.Errorf("without the published key %+v signs, want %s for good", signs, old)
	}
	w.clock.move(48 * time.Hour)
	if _, by := w.issue(w.Service, "builder", key); by != old {
		t.Errorf("two days later %s signs, want %s", by, old)
	}

	published, err = w.RotateSigningKey(w.ctx, w.admin, "RS256")
	w.must(err)
	signs, err = w.WithdrawSigningKey(w.ctx, w.admin, old)
	w.must(err)
	if signs.ID != published.ID || signs.State != access.SigningKeySigns {
		t.Errorf("without the present key %+v signs, want %s at once", signs, published.ID)
	}
	if raw, by := w.issue(w.Service, "builder", key); by != published.ID {
		t.Errorf("%s signs, want %s", by, published.ID)
	} else if _, err := w.TokenPrincipal(w.ctx, raw); err != nil {
		t.Errorf("its token: %v", err)
	}
}

func TestRotationNeedsItsPermissionAndAnAlgorithm(t *testing.T) {
	w := newWorld(t)
	_, err := w.RotateSigningKey(w.ctx, w.admin, "HS256")
	wantInvalid(t, err, "algorithm")
	nobody := w.user("editor@example.com", editor, "")
	_, err = w.RotateSigningKey(w.ctx, nobody, "ES256")
	wantError(t, err, access.ErrForbidden)
	w.wantEvent("editor@example.com create signing-key Failed")
	_, err = w.SigningKeys(w.ctx, nobody)
	wantError(t, err, access.ErrForbidden)
}
