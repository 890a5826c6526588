package access_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/token"
)

// claimsOf reads the payload the way clients do, with the standard alphabet.
func claimsOf(t *testing.T, raw string) map[string]any {
	t.Helper()
	payload, err := base64.RawStdEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestAccessTokenSaysWhoseItIs(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("builder", "")
	issued, err := w.IssueToken(w.ctx, origin("203.0.113.9"), "builder", key.Reveal())
	w.must(err)
	claims := claimsOf(t, issued.AccessToken)
	want := map[string]any{
		"iss": issuer, "aud": issuer, "sub": app.ID, "sub_type": "app", "client_id": "builder", "tenant_id": 1001.0, "gen": 1.0,
	}
	for name, value := range want {
		if claims[name] != value {
			t.Errorf("%s is %v, want %v", name, claims[name], value)
		}
	}
	if claims["exp"].(float64)-claims["iat"].(float64) != issued.ExpiresIn.Seconds() || issued.ExpiresIn != time.Hour {
		t.Errorf("exp %v, iat %v, expires in %v", claims["exp"], claims["iat"], issued.ExpiresIn)
	}
	again, err := w.IssueToken(w.ctx, origin("203.0.113.9"), "builder", key.Reveal())
	w.must(err)
	if claimsOf(t, again.AccessToken)["jti"] == claims["jti"] {
		t.Error("two tokens have one id")
	}
	// The application's own id works as well as its client id.
	if _, err := w.IssueToken(w.ctx, origin("203.0.113.9"), app.ID, key.Reveal()); err != nil {
		t.Errorf("by id: %v", err)
	}
}

// TestClientAuthOracle checks that no answer tells which part was wrong, and
// that the log does.
func TestClientAuthOracle(t *testing.T) {
	w := newWorld(t)
	_, good := w.app("good", "")
	disabled, disabledKey := w.app("disabled", "")
	deleted, deletedKey := w.app("deleted", "")
	_, expiredKey, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "expired", KeyLifetime: time.Minute})
	w.must(err)
	_, err = w.SetApplicationEnabled(w.ctx, w.admin, disabled.ID, false)
	w.must(err)
	_, err = w.DeleteApplication(w.ctx, w.admin, deleted.ID)
	w.must(err)
	w.clock.move(time.Hour)

	typo := []byte(good.Reveal())
	typo[10] ^= 1
	tests := []struct{ clientID, key, reason string }{
		{"nobody", good.Reveal(), "unknown client id"},
		{"good", deletedKey.Reveal(), "wrong secret key"},
		{"good", string(typo), "malformed secret key"},
		{"good", "", "malformed secret key"},
		{"disabled", disabledKey.Reveal(), "disabled application"},
		{"disabled", good.Reveal(), "wrong secret key"},
		{"deleted", deletedKey.Reveal(), "deleted application"},
		{"expired", expiredKey.Reveal(), "expired secret key"},
		{"", good.Reveal(), "unknown client id"},
		{"Good", good.Reveal(), "unknown client id"},
		{"good\x00", good.Reveal(), "unknown client id"},
		{good.Reveal(), good.Reveal(), "unknown client id"},
		{strings.Repeat("a", 1000), good.Reveal(), "unknown client id"},
	}
	for _, tt := range tests {
		issued, err := w.IssueToken(w.ctx, origin("203.0.113.9"), tt.clientID, tt.key)
		if !errors.Is(err, access.ErrUnauthenticated) || issued != (access.IssuedToken{}) {
			t.Errorf("%q: got %v, want ErrUnauthenticated", tt.clientID, err)
		}
		w.must(w.Flush(w.ctx))
		if e := w.lastEvent(); e.Metadata["reason"] != tt.reason || e.Result != access.Failed || e.Origin.SourceIP != "203.0.113.9" {
			t.Errorf("%q: the event is %+v, want the reason %q", tt.clientID, e, tt.reason)
		}
	}
	for _, e := range w.events() {
		if strings.Contains(fmt.Sprintf("%+v", e), good.Reveal()) {
			t.Errorf("an event holds a secret key: %+v", e)
		}
	}
}

func TestFailuresThatAreAlikeAreOneEvent(t *testing.T) {
	w := newWorld(t)
	_, key := w.app("good", "")
	before := len(w.events())
	for range 500 {
		_, _ = w.IssueToken(w.ctx, origin("203.0.113.9"), "nobody", key.Reveal())
	}
	for i := range 2000 {
		_, _ = w.IssueToken(w.ctx, origin("203.0.113.9"), fmt.Sprintf("nobody-%d", i), key.Reveal())
	}
	w.must(w.Flush(w.ctx))
	counted, kinds := 0, 0
	for _, e := range w.events()[:len(w.events())-before] {
		var n int
		_, _ = fmt.Sscan(e.Metadata["count"], &n)
		counted += n
		kinds++
	}
	if counted != 2500 || kinds > 1001 {
		t.Errorf("%d failures in %d events, want 2500 in at most 1001", counted, kinds)
	}
}

func TestRegenerateSameSecond(t *testing.T) {
	w := newWorld(t)
	app, oldKey := w.app("builder", "")
	oldToken := w.token("builder", oldKey)
	_, newKey, err := w.RegenerateKey(w.ctx, w.admin, app.ID, 0, "")
	w.must(err)
	newToken := w.token("builder", newKey)

	if claimsOf(t, oldToken)["iat"] != claimsOf(t, newToken)["iat"] {
		t.Fatal("the test was too slow to mean anything")
	}
	_, err = w.TokenPrincipal(w.ctx, oldToken)
	wantError(t, err, access.ErrUnauthenticated)
	_, err = w.TokenPrincipal(w.ctx, newToken)
	w.must(err)
	_, err = w.IssueToken(w.ctx, origin("203.0.113.9"), "builder", oldKey.Reveal())
	wantError(t, err, access.ErrUnauthenticated)
}

func TestTokensDieWithWhatTheyStandFor(t *testing.T) {
	w := newWorld(t)
	ends := map[string]func(app access.Application) error{
		"disable": func(app access.Application) error {
			_, err := w.SetApplicationEnabled(w.ctx, w.admin, app.ID, false)
			return err
		},
		"delete": func(app access.Application) error {
			_, err := w.DeleteApplication(w.ctx, w.admin, app.ID)
			return err
		},
		"delete-and-take-the-name": func(app access.Application) error {
			if _, err := w.DeleteApplication(w.ctx, w.admin, app.ID); err != nil {
				return err
			}
			_, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: app.Name})
			return err
		},
		"restore": func(app access.Application) error {
			if _, err := w.DeleteApplication(w.ctx, w.admin, app.ID); err != nil {
				return err
			}
			_, _, err := w.RestoreApplication(w.ctx, w.admin, app.ID, 0, "")
			return err
		},
		"expire": func(access.Application) error { w.clock.move(time.Hour); return nil },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			app, key := w.app(name+"-me", "")
			raw := w.token(app.ClientID, key)
			if _, err := w.TokenPrincipal(w.ctx, raw); err != nil {
				t.Fatal(err)
			}
			w.must(end(app))
			_, err := w.TokenPrincipal(w.ctx, raw)
			wantError(t, err, access.ErrUnauthenticated)
		})
	}
	for _, raw := range []string{"", "a.b.c", strings.Repeat(".", 1<<20)} {
		_, err := w.TokenPrincipal(w.ctx, raw)
		wantError(t, err, access.ErrUnauthenticated)
	}
}

func TestRemovingARuleTakesEffectAtTheNextRequest(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("builder", "")
	rule := w.rule(access.SubjectApplication, app.ID, editor, "")
	raw := w.token("builder", key)
	list := func() error {
		principal, err := w.TokenPrincipal(w.ctx, raw)
		w.must(err)
		_, err = w.ListApplications(w.ctx, access.Caller{Principal: principal}, access.List{})
		return err
	}
	w.must(list())
	_, err := w.DeleteRule(w.ctx, w.admin, rule.ID)
	w.must(err)
	wantError(t, list(), access.ErrForbidden)
}

// TestTokenScopeTree checks every pair of nodes: what a token sees in lists,
// counts, searches and by id.
func TestTokenScopeTree(t *testing.T) {
	w := newWorld(t)
	nodes := []string{"", "east", "west", "east/a", "east/b", "west/a", "east/a/1", "east/a/2", "east/b/1", "west/a/1"}
	managed := map[string]access.Application{}
	callers := map[string]access.Caller{}
	for i, node := range nodes {
		app, key := w.app(fmt.Sprintf("at-%d", i), node)
		managed[node] = app
		w.rule(access.SubjectApplication, app.ID, editor, node)
		callers[node] = w.asApplication(app.ClientID, key)
	}
	for _, holder := range nodes {
		seen := 0
		for _, node := range nodes {
			want := holder == "" || node == holder || strings.HasPrefix(node, holder+"/")
			_, err := w.Application(w.ctx, callers[holder], managed[node].ID)
			if got := err == nil; got != want || err != nil && !errors.Is(err, access.ErrNotFound) {
				t.Errorf("a token for %q asks for an application at %q: %v", holder, node, err)
			}
			found, err := w.ListApplications(w.ctx, callers[holder], access.List{Search: managed[node].Name})
			w.must(err)
			if got := len(found.Rows) == 1; got != want {
				t.Errorf("a token for %q searches for one at %q: %d found", holder, node, len(found.Rows))
			}
			if want {
				seen++
			}
		}
		count, err := w.CountApplications(w.ctx, callers[holder], access.List{})
		w.must(err)
		if count.N != seen || !count.Exact {
			t.Errorf("a token for %q counts %+v, want %d", holder, count, seen)
		}
	}
}

func TestLastLoginAppearsWithTheNextFlush(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("builder", "")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				w.token("builder", key)
			}
		})
	}
	group.Wait()
	if a, _ := w.Application(w.ctx, w.admin, app.ID); !a.LastLogin.IsZero() {
		t.Error("the token endpoint wrote")
	}
	w.must(w.Flush(w.ctx))
	a, err := w.Application(w.ctx, w.admin, app.ID)
	w.must(err)
	if a.LastLogin.IsZero() || a.Version != app.Version {
		t.Errorf("last login %v, version %d", a.LastLogin, a.Version)
	}
	if tokens, _ := w.store.ActiveTokens(w.ctx, app.ID, w.clock.Now()); tokens != 80 {
		t.Errorf("%d tokens are active, want 80", tokens)
	}
}

// broken fails to record until it is mended.
type broken struct {
	access.Repository
	mended bool
}

func (b *broken) RecordUses(ctx context.Context, uses []access.TokenUse, failures []access.Event) error {
	if !b.mended {
		return access.ErrUnavailable
	}
	return b.Repository.RecordUses(ctx, uses, failures)
}

func TestUsesOutliveTroubleOfTheStore(t *testing.T) {
	w := newWorld(t)
	repo := &broken{Repository: w.store}
	w.Service = w.newService(repo)
	w.must(w.PrepareSigningKeys(w.ctx))
	app, key := w.app("builder", "")
	w.token("builder", key)
	_, _ = w.IssueToken(w.ctx, origin("203.0.113.9"), "nobody", key.Reveal())
	wantError(t, w.Flush(w.ctx), access.ErrUnavailable)

	w.token("builder", key)
	repo.mended = true
	w.must(w.Flush(w.ctx))
	if tokens, _ := w.store.ActiveTokens(w.ctx, app.ID, w.clock.Now()); tokens != 2 {
		t.Errorf("%d tokens are active, want 2", tokens)
	}
	w.wantEvent("nobody sign-in session Failed")
}

func TestRunFlushesWhenItEnds(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("builder", "")
	w.token("builder", key)
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	w.must(w.Run(ctx))
	if a, _ := w.Application(w.ctx, w.admin, app.ID); a.LastLogin.IsZero() {
		t.Error("the last uses were lost")
	}
}

func TestTheLifetimeOfTokens(t *testing.T) {
	w := newWorld(t)
	_, key, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "builder", KeyLifetime: 48 * time.Hour})
	w.must(err)
	lifetime := func(setting string) time.Duration {
		w.must(w.store.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			return tx.SetSetting(ctx, access.TokenLifetimeSetting, setting)
		}))
		w.must(w.PrepareSigningKeys(w.ctx))
		issued, err := w.IssueToken(w.ctx, origin("203.0.113.9"), "builder", key.Reveal())
		w.must(err)
		return issued.ExpiresIn
	}
	for setting, want := range map[string]time.Duration{
		"": time.Hour, "30m": 30 * time.Minute, "1s": 5 * time.Minute, "1000h": 24 * time.Hour, "soon": time.Hour,
	} {
		if got := lifetime(setting); got != want {
			t.Errorf("%q: %v, want %v", setting, got, want)
		}
	}
	// No token outlives its key.
	w.clock.move(48*time.Hour - 10*time.Minute)
	if got := lifetime("30m"); got > 10*time.Minute || got < 9*time.Minute {
		t.Errorf("a token of a key that ends in ten minutes lives %v", got)
	}
}

func TestNothingIsSignedWhileTheClockIsWrong(t *testing.T) {
	w := newWorld(t)
	_, key := w.app("builder", "")
	w.clock.move(-20 * 365 * 24 * time.Hour)
	_, err := w.IssueToken(w.ctx, origin("203.0.113.9"), "builder", key.Reveal())
	wantError(t, err, access.ErrUnavailable)
}

func TestProcessesShareTheirSigningKey(t *testing.T) {
	w := newWorld(t)
	_, key := w.app("builder", "")
	raw := w.token("builder", key)

	second := w.newService(w.open())
	w.must(second.PrepareSigningKeys(w.ctx))
	if _, err := second.TokenPrincipal(w.ctx, raw); err != nil {
		t.Errorf("the other process refuses the token: %v", err)
	}
	first, _ := w.JWKS(w.ctx)
	other, _ := second.JWKS(w.ctx)
	if string(first) != string(other) || !strings.Contains(string(first), `"kty":"EC"`) || strings.Contains(string(first), `"d"`) {
		t.Errorf("the key sets are\n%s\n%s", first, other)
	}

	stranger := access.NewService(w.store, access.Config{Issuer: issuer, Sealer: token.NewSealer([32]byte{2}), Now: w.clock.Now})
	wantError(t, stranger.PrepareSigningKeys(w.ctx), access.ErrWrongKeyFile)
}

func TestManyProcessesMakeOneSigningKey(t *testing.T) {
	w := newWorld(t)
	w.file += ".fresh"
	repo := w.open()
	results := make([]error, 8)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { results[i] = w.newService(repo).PrepareSigningKeys(w.ctx) })
	}
	group.Wait()
	w.must(errors.Join(results...))
	keys, err := repo.SigningKeys(w.ctx)
	w.must(err)
	if len(keys) != 1 {
		t.Errorf("%d signing keys, want 1", len(keys))
	}
	if bytesOf := string(keys[0].Sealed); strings.Contains(bytesOf, "PRIVATE") {
		t.Error("the private key is not sealed")
	}
}

func TestANewKeyOfAnotherProcessIsFound(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("builder", "")
	other := w.newService(w.store)
	w.must(other.PrepareSigningKeys(w.ctx))

	// Another process rotates: a newer key signs from now on.
	fresh, err := token.GenerateSigningKey(nil, token.ES256)
	w.must(err)
	private, err := fresh.MarshalPrivate()
	w.must(err)
	sealed, err := token.NewSealer([32]byte{1}).Seal(zeroes{}, private, []byte(fresh.ID))
	w.must(err)
	w.clock.move(time.Minute)
	at := w.clock.Now().Truncate(time.Microsecond)
	w.must(w.store.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
		return tx.InsertSigningKey(ctx, access.StoredSigningKey{ID: fresh.ID, Algorithm: "ES256", Sealed: sealed, CreatedAt: at, ActiveFrom: at})
	}))
	w.must(other.PrepareSigningKeys(w.ctx))
	issued, err := other.IssueToken(w.ctx, origin("203.0.113.9"), "builder", key.Reveal())
	w.must(err)
	principal, err := w.TokenPrincipal(w.ctx, issued.AccessToken)
	w.must(err)
	if principal.ID != app.ID {
		t.Errorf("the token is %s's", principal.Name)
	}
}

// zeroes is a nonce good enough for one sealing.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }
