package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"latchkey/token"
)

func TestSigningKeySurvivesStorage(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) {
			key := newKey(t, alg)
			pkcs8, err := key.MarshalPrivate()
			if err != nil {
				t.Fatal(err)
			}
			again, err := token.ParsePrivate(pkcs8, alg)
			if err != nil {
				t.Fatal(err)
			}
			if again.ID != key.ID || again.Algorithm != alg {
				t.Errorf("%v comes back as %v", key, again)
			}
			// What the stored key signs, the set made of the first one accepts.
			if _, err := goodVerifier().Verify(sign(t, again, goodClaims()), token.NewKeySet(key)); err != nil {
				t.Error(err)
			}
			for _, other := range algorithms {
				if _, err := token.ParsePrivate(pkcs8, other); (err == nil) != (other == alg) {
					t.Errorf("read as %s: %v", other, err)
				}
			}
		})
	}
}

func TestKeyIDIsTheThumbprint(t *testing.T) {
	// The RSA key and its thumbprint of RFC 7638 section 3.1 cannot be used (no private half, 2048 bits), so the input of
	// the hash is written out here for EC as section 3.2 says: required members, sorted, no white space.
	key := newKey(t, token.ES256)
	point, err := key.Public().(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	input := `{"crv":"P-256","kty":"EC","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"}`
	if want := b64(sha256Of(input)); key.ID != want {
		t.Errorf("kid %s, want %s", key.ID, want)
	}
}

func TestParsePrivateRefuses(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		pkcs8 []byte
		alg   token.Algorithm
	}{
		"nothing":           {nil, token.ES256},
		"garbage":           {[]byte("-----BEGIN PRIVATE KEY-----"), token.ES256},
		"RSA with 2048 bit": {pkcs8(t, weak), token.RS256},
		"another curve":     {pkcs8(t, large), token.ES256},
		"no algorithm":      {pkcs8(t, large), ""},
		"HS256":             {pkcs8(t, large), "HS256"},
	} {
		if _, err := token.ParsePrivate(test.pkcs8, test.alg); !errors.Is(err, token.ErrWrongSigningKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func pkcs8(t *testing.T, private any) []byte {
	t.Helper()
	b, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseAlgorithm(t *testing.T) {
	for _, alg := range algorithms {
		if got, err := token.ParseAlgorithm(string(alg)); got != alg || err != nil {
			t.Errorf("%s: %q, %v", alg, got, err)
		}
	}
	for _, name := range []string{"", "none", "HS256", "es256", "ES384", "RS256 "} {
		if got, err := token.ParseAlgorithm(name); got != "" || !errors.Is(err, token.ErrUnknownAlgorithm) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
		if _, err := token.GenerateSigningKey(rand.Reader, token.Algorithm(name)); !errors.Is(err, token.ErrUnknownAlgorithm) {
			t.Errorf("generated a key for %q: %v", name, err)
		}
	}
}

func TestPublicHalves(t *testing.T) {
	if _, ok := newKey(t, token.ES256).Public().(*ecdsa.PublicKey); !ok {
		t.Error("ES256 has no ECDSA key")
	}
	if _, ok := newKey(t, token.EdDSA).Public().(ed25519.PublicKey); !ok {
		t.Error("EdDSA has no Ed25519 key")
	}
	public, ok := newKey(t, token.RS256).Public().(*rsa.PublicKey)
	if !ok || public.N.BitLen() != 3072 {
		t.Error("RS256 has no RSA key of 3072 bits")
	}
}

func TestJWKS(t *testing.T) {
	keys := []*token.SigningKey{newKey(t, token.ES256), newKey(t, token.RS256), newKey(t, token.EdDSA)}
	document := token.NewKeySet(keys...).JWKS()

	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"EC":  {"alg", "crv", "kid", "kty", "use", "x", "y"},
		"RSA": {"alg", "e", "kid", "kty", "n", "use"},
		"OKP": {"alg", "crv", "kid", "kty", "use", "x"},
	}
	seen := map[string]string{}
	for _, key := range set.Keys {
		members := slices.Sorted(maps.Keys(key))
		if !slices.Equal(members, want[key["kty"]]) {
			t.Errorf("the %s key has %v, want the public members %v", key["kty"], members, want[key["kty"]])
		}
		if key["use"] != "sig" {
			t.Errorf("use is %q", key["use"])
		}
		seen[key["kid"]] = key["alg"]
	}
	for _, key := range keys {
		if seen[key.ID] != string(key.Algorithm) {
			t.Errorf("%v is published as %q", key, seen[key.ID])
		}
	}
	if len(set.Keys) != len(keys) {
		t.Errorf("%d keys are published", len(set.Keys))
	}
}

func TestJWKSIsTheSameOnEveryReplica(t *testing.T) {
	a, b := newKey(t, token.ES256), newKey(t, token.EdDSA)
	keys := []*token.SigningKey{a, b}
	for range 6 { // enough for an accidental order to show
		keys = append(keys, newKey(t, token.EdDSA))
	}
	first := token.NewKeySet(keys...).JWKS()
	slices.Reverse(keys)
	if !bytes.Equal(first, token.NewKeySet(append(keys, b)...).JWKS()) {
		t.Error("the order in which keys are loaded shows in the document")
	}
	set := token.NewKeySet(a)
	clear(set.JWKS())
	if !json.Valid(set.JWKS()) {
		t.Error("a caller can change the set")
	}
	if got := string(token.NewKeySet().JWKS()); got != `{"keys":[]}` {
		t.Errorf("the empty set is %s", got)
	}
	if !set.Has(a.ID) || set.Has(b.ID) || set.Has("") {
		t.Error("Has is wrong")
	}
}

// A verifier that has nothing of ours but the published document accepts our tokens.
func TestStrangersCanVerify(t *testing.T) {
	for _, alg := range algorithms {
		key := newKey(t, alg)
		raw := sign(t, key, goodClaims())
		var published jose.JSONWebKeySet
		if err := json.Unmarshal(token.NewKeySet(newKey(t, token.ES256), key).JWKS(), &published); err != nil {
			t.Fatal(err)
		}
		parsed, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parsed.Verify(published); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}
