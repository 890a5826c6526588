package access_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/token"
)

// pair is a key pair whose public half an application can have.
type pair struct{ private ed25519.PrivateKey }

func newPair(t testing.TB) pair {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pair{private}
}

// jwk is the public half; with the private one it is what nobody should paste.
func (p pair) jwk(withPrivate bool) string {
	text := `{"kty":"OKP","crv":"Ed25519","x":"` + base64.RawURLEncoding.EncodeToString(p.private.Public().(ed25519.PublicKey)) + `"`
	if withPrivate {
		text += `,"d":"` + p.seed() + `"`
	}
	return text + "}"
}

func (p pair) seed() string { return base64.RawURLEncoding.EncodeToString(p.private.Seed()) }

func (p pair) privatePEM(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// assertion proves once that whoever made it is the client.
func (p pair) assertion(w *world, clientID string) access.ClientAuth {
	w.t.Helper()
	at := w.clock.Now().Unix()
	claims, err := json.Marshal(map[string]any{"iss": clientID, "sub": clientID, "aud": issuer, "jti": rand.Text(), "iat": at, "exp": at + 60})
	w.must(err)
	input := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	return access.ClientAuth{Assertion: input + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(p.private, []byte(input)))}
}

// signIn trades an assertion for a token.
func (w *world) signIn(p pair, clientID string) (string, error) {
	issued, err := w.Trade(w.ctx, origin("203.0.113.9"), access.TokenRequest{ClientAuth: p.assertion(w, clientID)})
	return issued.AccessToken, err
}

// signer is an application without a secret key.
func (w *world) signer(name string) (access.Application, pair) {
	w.t.Helper()
	p := newPair(w.t)
	app, key, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: name, PublicKey: &access.NewPublicKey{Name: "first", Key: p.jwk(false)}})
	w.must(err)
	if key.Reveal() != "" || app.HasSecretKey() {
		w.t.Fatalf("%s was given a secret key besides: %v", name, app.Key)
	}
	return app, p
}

func (w *world) isGood(raw string) bool {
	w.t.Helper()
	_, err := w.TokenPrincipal(w.ctx, raw)
	if err != nil && !errors.Is(err, access.ErrUnauthenticated) {
		w.t.Fatal(err)
	}
	return err == nil
}

// TestApplicationWithoutSecretKey: it signs in by what it signs, nothing else
// opens it, and nothing that is no key does either.
func TestApplicationWithoutSecretKey(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		app, p := w.signer("signer")
		e := w.wantEvent("admin@example.com create application Succeeded")
		if e.Metadata["algorithm"] != "EdDSA" || e.Metadata["publicKeyId"] == "" {
			t.Errorf("the event does not tell of the public key: %v", e.Metadata)
		}
		stored, err := w.Application(w.ctx, w.admin, app.ID)
		w.must(err)
		if stored.Key != (access.KeyFacts{}) || stored.HasSecretKey() {
			t.Errorf("kept with the facts of a secret key: %+v", stored.Key)
		}
		raw, err := w.signIn(p, app.ClientID)
		w.must(err)
		if !w.isGood(raw) {
			t.Error("its token is refused")
		}
		_, other := w.app("other", "")
		for _, secret := range []string{"", "lk_", other.Reveal(), strings.Repeat("\x00", 32), string(make([]byte, 52))} {
			if _, err := w.IssueToken(w.ctx, origin("203.0.113.9"), app.ClientID, secret); !errors.Is(err, access.ErrUnauthenticated) {
				t.Errorf("secret %q: %v", secret, err)
			}
		}
		w.must(w.Flush(w.ctx))
		if now, err := w.Application(w.ctx, w.admin, app.ID); err != nil || now.LastLogin.IsZero() || !now.Key.LastUsed.IsZero() {
			t.Errorf("last login %v, secret key last used %v, %v", now.LastLogin, now.Key.LastUsed, err)
		}
	})
}

// TestRefusedPublicKeys: what is wrong is said beside its field, and nothing that
// was given is said again or kept.
func TestRefusedPublicKeys(t *testing.T) {
	w := newWorld(t)
	p := newPair(t)
	for what, tt := range map[string]struct{ key, says string }{
		"a private JWK":           {p.jwk(true), "private key"},
		"a private JWK in a set":  {`{"keys":[` + p.jwk(true) + `]}`, "private key"},
		"a private key in PEM":    {p.privatePEM(t), "private key"},
		"a certificate":           {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "certificate"},
		"a set of two":            {`{"keys":[` + p.jwk(false) + `,` + newPair(t).jwk(false) + `]}`, "set of keys"},
		"a set of none":           {`{"keys":[]}`, "set of keys"},
		"an unsupported curve":    {`{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}`, "secp256k1"},
		"a secret key of ours":    {"lk_0123456789", "no public key"},
		"nothing":                 {" \n", "no public key"},
		"a public key of OpenSSH": {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK", "no public key"},
	} {
		before := len(w.events())
		_, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "Not a name", PublicKey: &access.NewPublicKey{Key: tt.key}})
		var invalid *access.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Fields) != 2 || invalid.Fields[1].Field != "publicKey" || !strings.Contains(invalid.Fields[1].Message, tt.says) {
			t.Errorf("%s: %v", what, err)
		}
		if strings.Contains(fmt.Sprintf("%+v", err), p.seed()) {
			t.Errorf("%s: the refusal repeats the private key", what)
		}
		if len(w.events()) != before {
			t.Errorf("%s was written down", what)
		}
	}
}

// TestRemoveSecretKey: the key and every token go at once, the public keys stay,
// and a new secret key comes back without hurting anybody.
func TestRemoveSecretKey(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		app, key := w.app("ci", "east")
		bySecret := w.token(app.ClientID, key)
		if _, err := w.RemoveSecretKey(w.ctx, w.admin, app.ID, ""); !errors.Is(err, access.ErrConflict) {
			t.Fatalf("without a public key: %v", err)
		}
		p := newPair(t)
		public, err := w.AddPublicKey(w.ctx, w.admin, app.ID, access.NewPublicKey{Key: p.jwk(false)})
		w.must(err)
		if _, err := w.RemoveSecretKey(w.ctx, w.admin, app.ID, "0000"); !errors.Is(err, access.ErrStale) {
			t.Fatalf("another key was meant: %v", err)
		}
		if !w.isGood(bySecret) {
			t.Fatal("refusals took the token away")
		}
		left, err := w.RemoveSecretKey(w.ctx, w.admin, app.ID, key.EndsIn())
		w.must(err)
		e := w.wantEvent("admin@example.com delete application-secret Succeeded")
		if left.HasSecretKey() || e.Metadata["before.keyEndsIn"] != key.EndsIn() || e.EntityName != "ci" {
			t.Errorf("left %+v, told %v", left.Key, e.Metadata)
		}
		if _, err := w.IssueToken(w.ctx, origin("203.0.113.9"), app.ClientID, key.Reveal()); !errors.Is(err, access.ErrUnauthenticated) || w.isGood(bySecret) {
			t.Errorf("the secret key or its token still works: %v", err)
		}
		if again, err := w.RemoveSecretKey(w.ctx, w.admin, app.ID, ""); err != nil || again.Version != left.Version {
			t.Errorf("twice: %v, version %d after %d", err, again.Version, left.Version)
		}
		if err := w.DeletePublicKey(w.ctx, w.admin, app.ID, public.ID); !errors.Is(err, access.ErrConflict) {
			t.Errorf("the last thing to sign in with was deleted: %v", err)
		}
		bySigning, err := w.signIn(p, app.ClientID)
		w.must(err)

		if _, _, err := w.ReplaceKey(w.ctx, w.admin, app.ID, access.Regeneration{EndsIn: key.EndsIn()}); !errors.Is(err, access.ErrStale) {
			t.Errorf("a dialog about the key that is gone: %v", err)
		}
		_, fresh, err := w.ReplaceKey(w.ctx, w.admin, app.ID, access.Regeneration{EndsIn: access.NoSecretKey})
		w.must(err)
		if !w.isGood(bySigning) || !w.isGood(w.token(app.ClientID, fresh)) || w.isGood(bySecret) {
			t.Error("a new secret key must not end what a public key earned, nor revive what the old one did")
		}
		if _, _, err := w.ReplaceKey(w.ctx, w.admin, app.ID, access.Regeneration{EndsIn: access.NoSecretKey}); !errors.Is(err, access.ErrStale) {
			t.Errorf("a second window brought back another one: %v", err)
		}
		w.must(w.DeletePublicKey(w.ctx, w.admin, app.ID, public.ID))
	})
}

// TestRemoveSecretKeyNeedsUpdate: it takes away only, so that holding what the
// application may do is not asked for; changing it there is.
func TestRemoveSecretKeyNeedsUpdate(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("ci", "east")
	w.rule(access.SubjectApplication, app.ClientID, administrator, "")
	p := newPair(t)
	_, err := w.AddPublicKey(w.ctx, w.admin, app.ID, access.NewPublicKey{Key: p.jwk(false)})
	w.must(err)
	reader, elsewhere, here := w.user("reader@example.com", editor, "east"), w.user("west@example.com", cloudOperator, "west"), w.user("east@example.com", cloudOperator, "east")
	for who, tt := range map[string]struct {
		caller access.Caller
		want   error
	}{"a reader": {reader, access.ErrForbidden}, "somebody elsewhere": {elsewhere, access.ErrNotFound}} {
		if _, err := w.RemoveSecretKey(w.ctx, tt.caller, app.ID, ""); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if _, _, err := w.RegenerateKey(w.ctx, here, app.ID, 0, ""); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("whoever makes a key could act as an administrator: %v", err)
	}
	_, err = w.RemoveSecretKey(w.ctx, here, app.ID, "")
	w.must(err)
}

// TestRestoredSigner: what comes out of the bin has a new secret key and none of
// its public keys.
func TestRestoredSigner(t *testing.T) {
	w := newWorld(t)
	app, p := w.signer("signer")
	raw, err := w.signIn(p, app.ClientID)
	w.must(err)
	_, err = w.DeleteApplication(w.ctx, w.admin, app.ID)
	w.must(err)
	_, key, err := w.RestoreApplication(w.ctx, w.admin, app.ID, time.Hour, "")
	w.must(err)
	if w.isGood(raw) {
		t.Error("a token from before it was deleted is good again")
	}
	if _, err := w.signIn(p, app.ClientID); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("a public key from before it was deleted: %v", err)
	}
	if _, err := token.ParseKey(key.Reveal()); err != nil || !w.isGood(w.token(app.ClientID, key)) {
		t.Errorf("its new key: %v", err)
	}
}
