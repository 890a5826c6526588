package storetest

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"time"

	"latchkey/access"
)

var peopleTests = []namedTest{
	{"a user comes back, by e-mail in any case", func(w *world) {
		u := w.user("Bob@Example.com")
		got, err := w.UserByEmail(w.ctx, "bOB@example.COM")
		if err != nil || !reflect.DeepEqual(got, u) {
			w.Errorf("got %+v (%v), want %+v", got, err, u)
		}
		if hash, err := w.PasswordHash(w.ctx, u.ID); err != nil || hash != "argon2 of Bob@Example.com" {
			w.Errorf("password hash %q (%v)", hash, err)
		}
		err = w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			return tx.InsertUser(ctx, access.User{ID: "second", Email: "BOB@example.com"}, "x")
		})
		if !errors.Is(err, access.ErrConflict) {
			w.Errorf("a second one of the e-mail: %v, want ErrConflict", err)
		}
		_, missing := w.User(w.ctx, "nobody")
		_, unknown := w.UserByEmail(w.ctx, "nobody@example.com")
		_, noHash := w.PasswordHash(w.ctx, "nobody")
		for _, err := range []error{missing, unknown, noHash} {
			if !errors.Is(err, access.ErrNotFound) {
				w.Errorf("nobody: %v, want ErrNotFound", err)
			}
		}
	}},
	{"what changes about a user", func(w *world) {
		u := w.user("bob@example.com")
		u.Disabled, u.MustChangePassword, u.LastLogin, u.UpdatedAt = true, true, w.now.Add(time.Hour), w.now.Add(time.Minute)
		w.write(func(ctx context.Context, tx access.Tx) error {
			return errors.Join(tx.UpdateUser(ctx, u), tx.SetPasswordHash(ctx, u.ID, "new hash", u.UpdatedAt))
		})
		got, err := w.User(w.ctx, u.ID)
		w.ok(err)
		if got.Version <= u.Version {
			w.Errorf("version %d after %d", got.Version, u.Version)
		}
		u.Version = got.Version
		if !reflect.DeepEqual(got, u) {
			w.Errorf("got %+v, want %+v", got, u)
		}
		if hash, _ := w.PasswordHash(w.ctx, u.ID); hash != "new hash" {
			w.Errorf("password hash %q", hash)
		}
	}},
	{"preferences", func(w *world) {
		u, other := w.user("bob@example.com"), w.user("eve@example.com")
		set := func(id, name, value string) {
			w.write(func(ctx context.Context, tx access.Tx) error { return tx.SetPreference(ctx, id, name, value) })
		}
		set(u.ID, "theme", "dark")
		set(u.ID, "theme", "light")
		set(u.ID, "density", "compact")
		set(other.ID, "theme", "dark")
		got, err := w.Preferences(w.ctx, u.ID)
		if want := (access.Preferences{"theme": "light", "density": "compact"}); err != nil || !reflect.DeepEqual(got, want) {
			w.Errorf("got %v (%v), want %v", got, err, want)
		}
	}},
	{"administrators are those who can act as such", func(w *world) {
		admin := func(email string, scope access.Scope) access.User {
			u := w.user(email)
			w.ruleOf(access.Subject{Type: access.SubjectUser, ID: u.ID, Name: u.Email}, access.SystemAdministrator, scope)
			return u
		}
		ann := admin("ann@example.com", w.tenant())
		disabled := admin("disabled@example.com", w.tenant())
		disabled.Disabled = true
		gone := admin("gone@example.com", w.tenant())
		gone.DeletedAt = w.now
		admin("elsewhere@example.com", w.scope(w.tenant(), access.ScopeCluster, "eu-1"))
		w.user("nobody@example.com")
		w.write(func(ctx context.Context, tx access.Tx) error {
			return errors.Join(tx.UpdateUser(ctx, disabled), tx.UpdateUser(ctx, gone))
		})
		admins, err := w.Administrators(w.ctx, access.SystemAdministrator)
		if err != nil || len(admins) != 1 || admins[0].ID != ann.ID {
			w.Errorf("got %+v (%v), want ann alone", admins, err)
		}
		users, err := w.Users(w.ctx)
		if err != nil || len(users) != 4 || users[0].Email != "ann@example.com" {
			w.Errorf("users %+v (%v), want the four that live, by e-mail", users, err)
		}
	}},
	{"the last administrator stays, whoever tries at once", func(w *world) {
		var admins []access.User
		for _, email := range []string{"a@example.com", "b@example.com"} {
			u := w.user(email)
			w.ruleOf(access.Subject{Type: access.SubjectUser, ID: u.ID, Name: u.Email}, access.SystemAdministrator, w.tenant())
			admins = append(admins, u)
		}
		stores := []Store{w.Store, w.open(w.T)}
		inParallel(2, func(i int) {
			err := stores[i].Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				left, err := tx.Administrators(ctx, access.SystemAdministrator)
				if err != nil || len(left) == 1 {
					return errors.Join(err, errChangedMind)
				}
				admins[i].Disabled = true
				return tx.UpdateUser(ctx, admins[i])
			})
			if err != nil && !errors.Is(err, errChangedMind) {
				w.Error(err)
			}
		})
		if left, err := w.Administrators(w.ctx, access.SystemAdministrator); err != nil || len(left) != 1 {
			w.Errorf("%d administrators are left (%v), want 1", len(left), err)
		}
	}},
}

var signInTests = []namedTest{
	{"sessions", func(w *world) {
		s := access.Session{IDHash: hashOf("one"), UserID: "u1", Data: []byte{0, 1, 0xff}, CreatedAt: w.now, LastSeenAt: w.now, ExpiresAt: w.now.Add(time.Hour),
			SourceIP: "2001:db8::1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)"}
		w.ok(w.SaveSession(w.ctx, s))
		if got, err := w.Session(w.ctx, s.IDHash); err != nil || !reflect.DeepEqual(got, s) {
			w.Errorf("got %+v (%v), want %+v", got, err, s)
		}
		s.UserID, s.Data, s.LastSeenAt = "u2", []byte("more"), w.now.Add(time.Minute)
		elsewhere := s
		elsewhere.SourceIP, elsewhere.UserAgent = "203.0.113.9", "curl/8"
		w.ok(w.SaveSession(w.ctx, elsewhere)) // where it was begun stays
		if got, err := w.Session(w.ctx, s.IDHash); err != nil || !reflect.DeepEqual(got, s) {
			w.Errorf("saved again: %+v (%v), want %+v", got, err, s)
		}
		w.ok(w.DeleteSession(w.ctx, s.IDHash))
		w.ok(w.DeleteSession(w.ctx, s.IDHash))
		if _, err := w.Session(w.ctx, s.IDHash); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("deleted: %v, want ErrNotFound", err)
		}
		empty := access.Session{IDHash: hashOf("empty"), CreatedAt: w.now, LastSeenAt: w.now, ExpiresAt: w.now}
		w.ok(w.SaveSession(w.ctx, empty))
	}},
	{"sessions end by idleness, by age and by hand", func(w *world) {
		save := func(name, user string, seen, end time.Duration) {
			w.ok(w.SaveSession(w.ctx, access.Session{IDHash: hashOf(name), UserID: user, CreatedAt: w.now, LastSeenAt: w.now.Add(seen), ExpiresAt: w.now.Add(end)}))
		}
		save("idle", "u1", -2*time.Hour, time.Hour)
		save("aged", "u1", 0, 0)
		save("fresh", "u1", 0, time.Hour)
		save("this one", "u1", 0, time.Hour)
		save("of another", "u2", 0, time.Hour)
		if of, err := w.SessionsOf(w.ctx, "u1"); err != nil || len(of) != 4 || of[0].UserID != "u1" {
			w.Errorf("u1 has the sessions %+v (%v), want all 4", of, err)
		}
		w.ok(w.DeleteExpiredSessions(w.ctx, w.now.Add(-time.Hour), w.now))
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.EndSessions(ctx, "u1", hashOf("this one")) })
		for name, want := range map[string]bool{"idle": false, "aged": false, "fresh": false, "this one": true, "of another": true} {
			if _, err := w.Session(w.ctx, hashOf(name)); (err == nil) != want {
				w.Errorf("session %q: %v, want kept=%v", name, err, want)
			}
		}
	}},
	{"one session of several is ended", func(w *world) {
		for _, name := range []string{"one", "other"} {
			w.ok(w.SaveSession(w.ctx, access.Session{IDHash: hashOf(name), UserID: "u1", CreatedAt: w.now, LastSeenAt: w.now, ExpiresAt: w.now.Add(time.Hour)}))
		}
		end := func(ctx context.Context, tx access.Tx) error { return tx.EndSession(ctx, hashOf("one")) }
		w.write(end)
		if err := w.Write(w.ctx, end); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("ended twice: %v, want ErrNotFound", err)
		}
		if left, err := w.SessionsOf(w.ctx, "u1"); err != nil || len(left) != 1 || left[0].IDHash != hashOf("other") {
			w.Errorf("left: %+v (%v), want the other one", left, err)
		}
	}},
	{"throttles", func(w *world) {
		if got, err := w.Throttle(w.ctx, "account:x"); err != nil || !reflect.DeepEqual(got, access.Throttle{}) {
			w.Errorf("unknown: %+v (%v), want the zero value", got, err)
		}
		t := access.Throttle{Key: "account:x", Failures: 3, LastFailure: w.now, BlockedUntil: w.now.Add(time.Minute)}
		set := func(t access.Throttle) {
			w.write(func(ctx context.Context, tx access.Tx) error { return tx.SetThrottle(ctx, t) })
		}
		set(access.Throttle{Key: "account:x", Failures: 1})
		set(t)
		set(access.Throttle{Key: "account:y", Failures: 9})
		if got, err := w.Throttle(w.ctx, "account:x"); err != nil || !reflect.DeepEqual(got, t) {
			w.Errorf("got %+v (%v), want %+v", got, err, t)
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.ClearThrottle(ctx, "account:x") })
		if got, err := w.Throttle(w.ctx, "account:x"); err != nil || got.Failures != 0 {
			w.Errorf("cleared: %+v (%v)", got, err)
		}
		set(access.Throttle{Key: "address:old", Failures: 2, LastFailure: w.now.Add(-25 * time.Hour)})
		set(access.Throttle{Key: "address:new", Failures: 2, LastFailure: w.now.Add(-23 * time.Hour)})
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.PurgeThrottles(ctx, w.now.Add(-24*time.Hour)) })
		for key, want := range map[string]int{"address:old": 0, "address:new": 2} {
			if got, err := w.Throttle(w.ctx, key); err != nil || got.Failures != want {
				w.Errorf("after the purge, %s has %d failures (%v), want %d", key, got.Failures, err, want)
			}
		}
	}},
	{"a set-up link is used once, by one", func(w *world) {
		link := access.SetupLink{Hash: hashOf("link"), CreatedAt: w.now, ExpiresAt: w.now.Add(time.Hour)}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.InsertSetupLink(ctx, link) })
		if links, err := w.SetupLinks(w.ctx); err != nil || !reflect.DeepEqual(links, []access.SetupLink{link}) {
			w.Errorf("got %+v (%v), want %+v", links, err, link)
		}
		stores := []Store{w.Store, w.open(w.T)}
		var won atomic.Int64
		inParallel(6, func(i int) {
			err := stores[i%2].Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				return tx.UseSetupLink(ctx, link.Hash, w.now)
			})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, access.ErrConflict) {
				w.Error(err)
			}
		})
		if won.Load() != 1 {
			w.Errorf("%d used it, want 1", won.Load())
		}
		links, err := w.SetupLinks(w.ctx)
		if err != nil || !links[0].UsedAt.Equal(w.now) {
			w.Errorf("the link is used at %v (%v)", links[0].UsedAt, err)
		}
		err = w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.UseSetupLink(ctx, hashOf("other"), w.now) })
		if !errors.Is(err, access.ErrNotFound) {
			w.Errorf("an unknown link: %v, want ErrNotFound", err)
		}
	}},
	{"a form takes effect once", func(w *world) {
		if _, err := w.FormResult(w.ctx, "form"); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("an unknown form: %v, want ErrNotFound", err)
		}
		stores := []Store{w.Store, w.open(w.T)}
		var won atomic.Int64
		inParallel(6, func(i int) {
			err := stores[i%2].Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				err := tx.ClaimForm(ctx, "form", "made-by-one", w.now)
				if errors.Is(err, access.ErrConflict) {
					// Whoever comes late asks, in the same transaction, what the form made.
					if made, err := tx.FormResult(ctx, "form"); err != nil || made != "made-by-one" {
						w.Errorf("the form made %q (%v)", made, err)
					}
				}
				return err
			})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, access.ErrConflict) {
				w.Error(err)
			}
		})
		if won.Load() != 1 {
			w.Errorf("%d claimed it, want 1", won.Load())
		}
		if made, err := w.FormResult(w.ctx, "form"); err != nil || made != "made-by-one" {
			w.Errorf("the form made %q (%v)", made, err)
		}
	}},
	{"settings and signing keys", func(w *world) {
		if value, err := w.Setting(w.ctx, "issuer"); err != nil || value != "" {
			w.Errorf("never set: %q (%v)", value, err)
		}
		k := access.StoredSigningKey{ID: "k1", Algorithm: "ES256", Sealed: []byte{1, 0, 2}, CreatedAt: w.now, ActiveFrom: w.now}
		older := access.StoredSigningKey{ID: "k2", Algorithm: "EdDSA", Sealed: []byte{3}, CreatedAt: w.now.Add(-time.Hour)}
		w.write(func(ctx context.Context, tx access.Tx) error {
			return errors.Join(tx.SetSetting(ctx, "issuer", "a"), tx.SetSetting(ctx, "issuer", "b"), tx.InsertSigningKey(ctx, k), tx.InsertSigningKey(ctx, older))
		})
		if value, err := w.Setting(w.ctx, "issuer"); err != nil || value != "b" {
			w.Errorf("set twice: %q (%v), want b", value, err)
		}
		k.RetiredAt, k.WithdrawnAt = w.now.Add(time.Hour), w.now.Add(2*time.Hour)
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateSigningKey(ctx, k) })
		keys, err := w.SigningKeys(w.ctx)
		if want := []access.StoredSigningKey{older, k}; err != nil || !reflect.DeepEqual(keys, want) {
			w.Errorf("got %+v (%v), want %+v", keys, err, want)
		}
	}},
}

var useTests = []namedTest{
	{"uses move time forward only", func(w *world) {
		a := w.application("ci")
		use := func(at time.Duration, tokens int) access.TokenUse {
			return access.TokenUse{ApplicationID: a.ID, Generation: 1, At: w.now.Add(at), ExpiresAt: w.now.Add(at + time.Hour), Tokens: tokens}
		}
		w.ok(w.RecordUses(w.ctx, []access.TokenUse{use(time.Minute, 2)}, nil))
		w.ok(w.RecordUses(w.ctx, []access.TokenUse{use(0, 1)}, nil)) // a slower process reports late
		got := w.get(a.ID)
		if want := w.now.Add(time.Minute); !got.LastLogin.Equal(want) || !got.Key.LastUsed.Equal(want) {
			w.Errorf("last login %v, last used %v, want %v", got.LastLogin, got.Key.LastUsed, want)
		}
		if got.Version != a.Version || !got.UpdatedAt.Equal(a.UpdatedAt) {
			w.Errorf("a use changed the version or the time of the last update: %+v", got)
		}
		if n, err := w.ActiveTokens(w.ctx, a.ID, w.now); err != nil || n != 3 {
			w.Errorf("%d active tokens (%v), want 3", n, err)
		}
		if n, err := w.ActiveTokens(w.ctx, a.ID, w.now.Add(3*time.Hour)); err != nil || n != 0 {
			w.Errorf("%d active tokens when all have expired (%v), want 0", n, err)
		}
	}},
	{"an older key's uses do not count for the present one", func(w *world) {
		a, c := w.newApplication("ci")
		w.write(func(ctx context.Context, tx access.Tx) error {
			if err := tx.InsertApplication(ctx, a, c); err != nil {
				return err
			}
			c.Generation = 2
			return tx.ReplaceKey(ctx, a, c)
		})
		late := access.TokenUse{ApplicationID: a.ID, Generation: 1, At: w.now, ExpiresAt: w.now.Add(time.Hour), Tokens: 5}
		unknown := access.TokenUse{ApplicationID: "purged", Generation: 1, At: w.now, ExpiresAt: w.now.Add(time.Hour), Tokens: 5}
		failure := access.Event{ID: "f1", At: w.now, Action: access.EventSignIn, Result: access.Failed, EntityType: "application"}
		w.ok(w.RecordUses(w.ctx, []access.TokenUse{late, unknown}, []access.Event{failure}))
		if got := w.get(a.ID); !got.Key.LastUsed.IsZero() || !got.LastLogin.IsZero() {
			w.Errorf("the new key is used at %v, last login %v, want never", got.Key.LastUsed, got.LastLogin)
		}
		if n, err := w.ActiveTokens(w.ctx, a.ID, w.now); err != nil || n != 0 {
			w.Errorf("%d active tokens (%v), want 0", n, err)
		}
		if events, err := w.Events(w.ctx, 5); err != nil || len(events) != 1 || events[0].ID != "f1" {
			w.Errorf("events %+v (%v), want the failure", events, err)
		}
	}},
}
