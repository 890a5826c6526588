package token_test

import (
	"errors"
	"fmt"
	"testing"

	"latchkey/token"
)

// TestRememberedTokens: what is remembered is what was said, and nobody who holds it can change that for others.
func TestRememberedTokens(t *testing.T) {
	key := newKey(t, token.ES256)
	keys, verifier, raw := token.NewKeySet(key), goodVerifier(), sign(t, key, goodClaims())
	for range 3 {
		claims, err := verifier.Verify(raw, keys)
		if err != nil || claims.Audience[0] != audience {
			t.Fatalf("%+v: %v", claims, err)
		}
		claims.Audience[0] = "https://elsewhere.example"
	}
	if n := keys.Checked(); n != 1 {
		t.Errorf("%d tokens are remembered, want 1", n)
	}
}

// TestOtherVerifiersJudgeForThemselves: a token that is remembered is still none of theirs.
func TestOtherVerifiersJudgeForThemselves(t *testing.T) {
	key := newKey(t, token.EdDSA)
	keys, raw := token.NewKeySet(key), sign(t, key, goodClaims())
	if _, err := goodVerifier().Verify(raw, keys); err != nil {
		t.Fatal(err)
	}
	elsewhere, stranger := goodVerifier(), goodVerifier()
	elsewhere.Audience, stranger.Issuer = "https://elsewhere.example", "https://elsewhere.example"
	for _, verifier := range []*token.Verifier{elsewhere, stranger} {
		if _, err := verifier.Verify(raw, keys); !errors.Is(err, token.ErrInvalidToken) {
			t.Errorf("%s, %s: %v", verifier.Issuer, verifier.Audience, err)
		}
	}
}

// TestMemoryIsBounded: neither noise nor ever new tokens make it grow without end, and one in use stays.
func TestMemoryIsBounded(t *testing.T) {
	key := newKey(t, token.EdDSA)
	keys, verifier, signer := token.NewKeySet(key), goodVerifier(), newSigner(t, key)
	verify := func(c token.Claims) {
		t.Helper()
		raw, err := signer.Sign(c)
		if err == nil {
			_, err = verifier.Verify(raw, keys)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verifier.Verify(raw+"A", keys); err == nil {
			t.Fatal("noise is accepted")
		}
	}
	for i := range 2*token.MaxChecked + 2 {
		c := goodClaims()
		c.ID = fmt.Sprintf("token-%d", i)
		verify(c)
		if n := keys.Checked(); n > 2*token.MaxChecked {
			t.Fatalf("%d tokens are remembered after %d", n, i)
		}
	}
	if n := keys.Checked(); n <= token.MaxChecked {
		t.Errorf("%d tokens are remembered: the older ones were thrown away with the newer", n)
	}
}
