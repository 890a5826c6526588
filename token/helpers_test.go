package token_test

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"testing"
	"time"

	"latchkey/token"
)

const (
	issuer   = "https://latchkey.example"
	audience = "latchkey"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func goodClaims() token.Claims {
	return token.Claims{
		Issuer:      issuer,
		Subject:     "0193594f-3c5a-7c3b-9d1e-5f2b8a7c6d01",
		SubjectType: token.SubjectApplication,
		Audience:    []string{audience},
		ExpiresAt:   now.Add(time.Hour).Unix(),
		IssuedAt:    now.Unix(),
		ID:          "4fUx0aZ9QmT2bYc7LrKe1W",
		ClientID:    "ci-pipeline",
		TenantID:    1001,
		Generation:  3,
	}
}

// goodPayload is what goodClaims look like to somebody who reads the token without this package.
func goodPayload() map[string]any {
	c := goodClaims()
	return map[string]any{
		"iss": c.Issuer, "sub": c.Subject, "sub_type": "app", "aud": audience,
		"exp": c.ExpiresAt, "iat": c.IssuedAt, "jti": c.ID,
		"client_id": c.ClientID, "tenant_id": c.TenantID, "gen": c.Generation,
	}
}

func goodVerifier() *token.Verifier {
	return &token.Verifier{Issuer: issuer, Audience: audience, Now: func() time.Time { return now }}
}

func newKey(t testing.TB, alg token.Algorithm) *token.SigningKey {
	t.Helper()
	key, err := token.GenerateSigningKey(rand.Reader, alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newSigner(t testing.TB, key *token.SigningKey) *token.Signer {
	t.Helper()
	signer, err := token.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func sign(t testing.TB, key *token.SigningKey, c token.Claims) string {
	t.Helper()
	raw, err := newSigner(t, key).Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// parsePKCS8 gets at the private key the only way there is.
func parsePKCS8(t testing.TB, key *token.SigningKey) any {
	t.Helper()
	pkcs8, err := key.MarshalPrivate()
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func sha256Of(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
