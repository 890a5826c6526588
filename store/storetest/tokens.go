package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"latchkey/access"
)

const issuer = "https://keys.example"

func (w *world) revoke(id, client string, expiresAt time.Time) (fresh bool) {
	w.Helper()
	w.write(func(ctx context.Context, tx access.Tx) (err error) {
		fresh, err = tx.RevokeToken(ctx, access.RevokedToken{TokenID: access.TokenID{Issuer: issuer, ID: id}, ClientID: client, ExpiresAt: expiresAt})
		return err
	})
	return fresh
}

func publicKey(app access.Application, id string, at time.Time) access.PublicKey {
	return access.PublicKey{
		ID: id, ApplicationID: app.ID, Name: "build server", KeyID: "kid-" + id, Thumbprint: "print-" + id, Algorithm: "ES256", JWK: `{"kty":"EC"}`,
		CreatedBy: "ann@example.com", CreatedAt: at,
	}
}

func (w *world) addPublicKey(app access.Application, id string) access.PublicKey {
	w.Helper()
	w.now = w.now.Add(time.Second)
	k := publicKey(app, id, w.now)
	w.write(func(ctx context.Context, tx access.Tx) error { return tx.InsertPublicKey(ctx, k) })
	return k
}

// manyRules gives a subject a dozen living rules and one that is gone.
func (w *world) manyRules(of access.Subject) access.Subject {
	w.Helper()
	cluster := w.scope(w.tenant(), access.ScopeCluster, "cluster of "+of.ID)
	var first access.Rule
	for i, role := range []int32{access.SystemAdministrator, 3, 4, 6, access.Viewer, 9} {
		rule := w.ruleOf(of, role, cluster)
		w.ruleOf(of, role, w.tenant())
		if i == 0 {
			first = rule
		}
	}
	w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeleteRule(ctx, first.ID, w.now) })
	return of
}

// grantsOf are those of a subject, of which there must be some.
func (w *world) grantsOf(subject access.Subject) []access.Grant {
	w.Helper()
	grants, err := w.Grants(w.ctx, subject)
	w.ok(err)
	if len(grants) < 11 {
		w.Fatalf("there are %d grants", len(grants))
	}
	return grants
}

var tokenTests = []namedTest{
	{"a token is judged by the credential, the deny-list and the public key, in one row", func(w *world) {
		app := w.application("ci")
		key := w.addPublicKey(app, "one")
		credential, err := w.Credential(w.ctx, app.ClientID)
		w.ok(err)
		ours := access.TokenID{Issuer: issuer, ID: "token-1"}
		want := access.TokenState{Credential: credential, ScopePath: app.ScopePath}
		state := func(id access.TokenID, publicKey string) access.TokenState {
			w.Helper()
			got, err := w.TokenState(w.ctx, app.ClientID, id, publicKey)
			w.ok(err)
			return got
		}
		if got := state(ours, ""); !reflect.DeepEqual(got, want) {
			w.Errorf("without access rules: %+v, want %+v", got, want)
		}
		want.Grants = w.grantsOf(w.manyRules(access.Subject{Type: access.SubjectApplication, ID: app.ID, Name: app.ClientID}))
		for _, publicKey := range []string{"", key.ID} {
			if got := state(ours, publicKey); !reflect.DeepEqual(got, want) {
				w.Errorf("with the public key %q: %+v, want %+v", publicKey, got, want)
			}
		}
		if got := state(ours, "another"); !got.KeyGone {
			w.Errorf("of a key that is gone: %+v", got)
		}
		if !w.revoke("token-1", app.ID, w.now.Add(time.Hour)) || w.revoke("token-1", app.ID, w.now.Add(time.Hour)) {
			w.Error("a token is revoked once")
		}
		if got := state(ours, ""); !got.Revoked || got.KeyGone {
			w.Errorf("revoked: %+v", got)
		}
		if state(access.TokenID{Issuer: "https://other.example", ID: "token-1"}, "").Revoked {
			w.Error("another issuer's token of the same name is revoked too")
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeletePublicKey(ctx, app.ID, key.ID) })
		if got := state(ours, key.ID); !got.KeyGone {
			w.Errorf("of a deleted key: %+v", got)
		}
		if _, err := w.TokenState(w.ctx, "nobody", ours, ""); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("of nobody: %v, want ErrNotFound", err)
		}
		app.DeletedAt = w.now
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, app) })
		if _, err := w.TokenState(w.ctx, app.ClientID, ours, ""); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("of one in the bin: %v, want ErrNotFound", err)
		}
	}},
	{"a token of an access key is judged by its owner", func(w *world) {
		k := w.accessKey(w.user("ann@example.com"), "laptop")
		credential, err := w.Credential(w.ctx, k.ClientID)
		w.ok(err)
		got, err := w.TokenState(w.ctx, k.ClientID, access.TokenID{Issuer: issuer, ID: "token-1"}, "")
		if want := (access.TokenState{Credential: credential}); err != nil || !reflect.DeepEqual(got, want) {
			w.Errorf("got %+v (%v), want %+v", got, err, want)
		}
		w.ruleOf(access.Subject{Type: access.SubjectApplication, ID: k.ID}, access.Viewer, w.tenant()) // nobody's
		want := w.grantsOf(w.manyRules(k.Owner))
		if got, err := w.TokenState(w.ctx, k.ClientID, access.TokenID{}, ""); err != nil || !reflect.DeepEqual(got.Grants, want) {
			w.Errorf("grants %+v (%v), want %+v", got.Grants, err, want)
		}
		w.revoke("token-1", k.ID, w.now.Add(time.Hour))
		if got, err := w.TokenState(w.ctx, k.ClientID, access.TokenID{Issuer: issuer, ID: "token-1"}, ""); err != nil || !got.Revoked {
			w.Errorf("revoked: %+v (%v)", got, err)
		}
		if revoked, err := w.TokenRevoked(w.ctx, access.TokenID{Issuer: issuer, ID: "token-1"}); err != nil || !revoked {
			w.Errorf("revoked: %v (%v)", revoked, err)
		}
	}},
	{"what has expired is forgotten", func(w *world) {
		app := w.application("ci")
		w.revoke("old", app.ID, w.now)
		w.revoke("living", app.ID, w.now.Add(time.Microsecond))
		if n, err := w.CountRevoked(w.ctx, app.ID, w.now); err != nil || n != 1 {
			w.Errorf("%d living tokens were revoked (%v), want 1", n, err)
		}
		w.write(func(ctx context.Context, tx access.Tx) error {
			for name, expiresAt := range map[string]time.Time{"old": w.now, "living": w.now.Add(time.Microsecond)} {
				if err := tx.UseAssertion(ctx, hashOf(name), expiresAt); err != nil {
					return err
				}
			}
			return tx.PurgeTokens(ctx, w.now)
		})
		for id, want := range map[string]bool{"old": false, "living": true} {
			if got, err := w.TokenRevoked(w.ctx, access.TokenID{Issuer: issuer, ID: id}); err != nil || got != want {
				w.Errorf("%s: %v (%v), want %v", id, got, err, want)
			}
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UseAssertion(ctx, hashOf("old"), w.now) })
		again := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.UseAssertion(ctx, hashOf("living"), w.now) })
		if !errors.Is(again, access.ErrConflict) {
			w.Errorf("a living assertion again: %v, want ErrConflict", again)
		}
	}},
	{"of many that show one assertion, one is let in", func(w *world) {
		stores := []Store{w.Store, w.open(w.T)}
		var won atomic.Int64
		inParallel(6, func(i int) {
			err := stores[i%2].Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				return tx.UseAssertion(ctx, hashOf("assertion"), w.now.Add(time.Minute))
			})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, access.ErrConflict) {
				w.Error(err)
			}
		})
		if won.Load() != 1 {
			w.Errorf("%d were let in, want 1", won.Load())
		}
	}},
	{"public keys come back, oldest first, and say when they were used", func(w *world) {
		app, other := w.application("ci"), w.application("other")
		second, first := w.addPublicKey(app, "b"), w.addPublicKey(app, "a")
		w.addPublicKey(other, "c")
		if got, err := w.PublicKeys(w.ctx, app.ID); err != nil || !reflect.DeepEqual(got, []access.PublicKey{second, first}) {
			w.Errorf("got %+v (%v)", got, err)
		}
		use := access.TokenUse{ApplicationID: app.ID, PublicKey: first.ID, Generation: 1, At: w.now.Add(time.Minute), ExpiresAt: w.now.Add(time.Hour), Tokens: 1}
		w.ok(w.RecordUses(w.ctx, []access.TokenUse{use}, nil))
		used, err := w.PublicKeys(w.ctx, app.ID)
		if err != nil || !used[1].LastUsed.Equal(use.At) || !used[0].LastUsed.IsZero() {
			w.Errorf("used: %+v (%v)", used, err)
		}
		if got, err := w.Application(w.ctx, app.ID); err != nil || !got.LastLogin.Equal(use.At) || !got.Key.LastUsed.Equal(app.Key.LastUsed) {
			w.Errorf("the application: %+v (%v)", got, err)
		}
	}},
	{"an application has a public key once, and nobody else's", func(w *world) {
		app, other := w.application("ci"), w.application("other")
		k := w.addPublicKey(app, "one")
		for name, change := range map[string]func(*access.PublicKey){
			"the kid": func(k *access.PublicKey) { k.Thumbprint = "another" },
			"the key": func(k *access.PublicKey) { k.KeyID = "another" },
		} {
			again := k
			again.ID = "two"
			change(&again)
			err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.InsertPublicKey(ctx, again) })
			if !errors.Is(err, access.ErrConflict) {
				w.Errorf("%s again: %v, want ErrConflict", name, err)
			}
		}
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.DeletePublicKey(ctx, other.ID, k.ID) })
		if !errors.Is(err, access.ErrNotFound) {
			w.Errorf("another's key: %v, want ErrNotFound", err)
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeletePublicKeys(ctx, app.ID) })
		if got, err := w.PublicKeys(w.ctx, app.ID); err != nil || len(got) != 0 {
			w.Errorf("after all were deleted: %s", fmt.Sprint(got, err))
		}
	}},
}
