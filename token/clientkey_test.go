package token_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"latchkey/token"
)

func jwkOf(t testing.TB, key any, kid string) string {
	t.Helper()
	return marshal(t, jose.JSONWebKey{Key: key, KeyID: kid})
}

func pemOf(t testing.TB, kind string, key any) string {
	t.Helper()
	var der []byte
	var err error
	switch kind {
	case "PUBLIC KEY":
		der, err = x509.MarshalPKIXPublicKey(key)
	case "RSA PUBLIC KEY":
		der = x509.MarshalPKCS1PublicKey(key.(*rsa.PublicKey))
	case "PRIVATE KEY":
		der, err = x509.MarshalPKCS8PrivateKey(key)
	case "EC PRIVATE KEY":
		der, err = x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
	case "CERTIFICATE":
		der, err = []byte("a certificate"), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// TestClientKeys: whichever way a public key is written, it is the same key, and what is kept of it holds nothing else.
func TestClientKeys(t *testing.T) {
	for _, alg := range algorithms {
		public := newKey(t, alg).Public()
		ways := map[string]string{
			"JWK": jwkOf(t, public, ""), "JWK with blanks": "\n " + jwkOf(t, public, "") + " \n",
			"a set of one": `{"keys":[` + jwkOf(t, public, "") + `]}`, "PEM": pemOf(t, "PUBLIC KEY", public),
		}
		if alg == token.RS256 {
			ways["PKCS #1"] = pemOf(t, "RSA PUBLIC KEY", public)
		}
		want := ""
		for name, text := range ways {
			key, err := token.ParseClientKey([]byte(text))
			if err != nil {
				t.Fatalf("%s, %s: %v", alg, name, err)
			}
			if key.Algorithm != alg || key.ID != key.Thumbprint || len(key.Thumbprint) != 43 {
				t.Errorf("%s, %s: %s %s %s", alg, name, key.Algorithm, key.ID, key.Thumbprint)
			}
			if kept := string(key.JWK()); want == "" {
				want = kept
			} else if kept != want {
				t.Errorf("%s, %s: kept as %s, want %s", alg, name, kept, want)
			}
			again, err := token.ParseClientKey(key.JWK())
			if err != nil || again.Thumbprint != key.Thumbprint || again.ID != key.ID {
				t.Errorf("%s, %s: what is kept reads as %v, %v", alg, name, again, err)
			}
		}
		named, err := token.ParseClientKey([]byte(jwkOf(t, public, "build-1")))
		if err != nil || named.ID != "build-1" || named.Thumbprint == named.ID {
			t.Errorf("%s with a kid: %v, %v", alg, named, err)
		}
	}
}

func TestClientKeyKeepsNothingElse(t *testing.T) {
	const text = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a","x5u":"https://evil.example","x-note":"hello"}`
	key, err := token.ParseClientKey([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if kept := string(key.JWK()); strings.Contains(kept, "evil") || strings.Contains(kept, "hello") {
		t.Errorf("kept %s", kept)
	}
}

// TestClientKeysRefused: each for its own reason, and never with the key in the words.
func TestClientKeysRefused(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	short, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	good := newKey(t, token.RS256).Public().(*rsa.PublicKey)
	huge := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 8200, 1), E: 65537}
	ed := newKey(t, token.EdDSA).Public()
	edPrivate := parsePKCS8(t, newKey(t, token.EdDSA))
	edJWK := jwkOf(t, ed, "")
	with := func(member string) string { return strings.TrimSuffix(edJWK, "}") + "," + member + "}" }
	for name, tt := range map[string]struct {
		text string
		want error
		says string
	}{
		"a private JWK":               {jwkOf(t, ec, ""), token.ErrPrivateKey, ""},
		"a private JWK in a set":      {`{"keys":[` + edJWK + "," + jwkOf(t, ec, "") + `]}`, token.ErrPrivateKey, ""},
		"a symmetric key":             {`{"kty":"oct","k":"c2VjcmV0"}`, token.ErrPrivateKey, ""},
		"an RSA key with its primes":  {strings.TrimSuffix(jwkOf(t, good, ""), "}") + `,"p":"AA","q":"AA"}`, token.ErrPrivateKey, ""},
		"a private key in PEM":        {pemOf(t, "PRIVATE KEY", edPrivate), token.ErrPrivateKey, ""},
		"an EC key as openssl prints": {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + pemOf(t, "EC PRIVATE KEY", ec), token.ErrPrivateKey, ""},
		"both halves":                 {pemOf(t, "PUBLIC KEY", ec.Public()) + pemOf(t, "PRIVATE KEY", ec), token.ErrPrivateKey, ""},
		"a private key, cut off":      {pemOf(t, "PRIVATE KEY", edPrivate)[:60], token.ErrPrivateKey, ""},
		"one of OpenSSH":              {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----", token.ErrPrivateKey, ""},
		"a key of a long text":        {strings.Repeat(" ", 9<<10) + "x" + strings.Repeat("y", 9<<10) + pemOf(t, "PRIVATE KEY", edPrivate), token.ErrPrivateKey, ""},

		"P-384":                     {jwkOf(t, p384.Public(), ""), token.ErrWeakPublicKey, "the curve P-384"},
		"P-384 in PEM":              {pemOf(t, "PUBLIC KEY", p384.Public()), token.ErrWeakPublicKey, "the curve P-384"},
		"secp256k1":                 {`{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}`, token.ErrWeakPublicKey, "secp256k1"},
		"X25519":                    {`{"kty":"OKP","crv":"X25519","x":"AA"}`, token.ErrWeakPublicKey, "X25519"},
		"RSA of 2048 bits":          {pemOf(t, "PUBLIC KEY", short.Public()), token.ErrWeakPublicKey, "an RSA key of 2048 bits"},
		"RSA of 8201 bits":          {pemOf(t, "PUBLIC KEY", huge), token.ErrWeakPublicKey, "an RSA key of 8201 bits"},
		"RSA with the exponent 1":   {jwkOf(t, &rsa.PublicKey{N: good.N, E: 1}, ""), token.ErrNotPublicKey, ""},
		"RSA with an even exponent": {jwkOf(t, &rsa.PublicKey{N: good.N, E: 4}, ""), token.ErrWeakPublicKey, ""},
		"RSA with an even modulus":  {jwkOf(t, &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 3071), E: 65537}, ""), token.ErrWeakPublicKey, ""},
		"PS256":                     {strings.TrimSuffix(jwkOf(t, good, ""), "}") + `,"alg":"PS256"}`, token.ErrWeakPublicKey, "alg is not RS256"},

		"a point off the curve":        {`{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"}`, token.ErrNotPublicKey, ""},
		"a certificate":                {pemOf(t, "CERTIFICATE", nil), token.ErrCertificate, ""},
		"a set of two":                 {`{"keys":[` + edJWK + "," + jwkOf(t, ec.Public(), "") + `]}`, token.ErrSeveralKeys, ""},
		"a set of none":                {`{"keys":[]}`, token.ErrSeveralKeys, ""},
		"a key for encryption":         {with(`"use":"enc"`), token.ErrNotPublicKey, ""},
		"a kid that ends the log line": {with(`"kid":"a\nb"`), token.ErrNotPublicKey, ""},
		"a kid too long":               {with(`"kid":"` + strings.Repeat("k", 129) + `"`), token.ErrNotPublicKey, ""},
		"a key type twice":             {with(`"kty":"EC"`), token.ErrNotPublicKey, ""},
		"two in PEM":                   {pemOf(t, "PUBLIC KEY", ed) + pemOf(t, "PUBLIC KEY", ed), token.ErrNotPublicKey, ""},
		"text after PEM":               {pemOf(t, "PUBLIC KEY", ed) + "x", token.ErrNotPublicKey, ""},
		"not the bytes of a key":       {strings.Replace(pemOf(t, "CERTIFICATE", nil), "CERTIFICATE", "PUBLIC KEY", 2), token.ErrNotPublicKey, ""},
		"a number":                     {"7", token.ErrNotPublicKey, ""},
		"an array":                     {"[]", token.ErrNotPublicKey, ""},
		"half an object":               {`{"kty":`, token.ErrNotPublicKey, ""},
		"a set that is none":           {`{"keys":7}`, token.ErrNotPublicKey, ""},
		"nothing":                      {"", token.ErrNotPublicKey, ""},
		"too long":                     {strings.Repeat("x", 8<<10+1), token.ErrNotPublicKey, ""},
	} {
		key, err := token.ParseClientKey([]byte(tt.text))
		if key != nil || !errors.Is(err, tt.want) || !strings.Contains(fmt.Sprint(err), tt.says) {
			t.Errorf("%s: %v, %v, want %v", name, key, err, tt.want)
		}
		if n := min(len(tt.text), 24); n > 8 && strings.Contains(fmt.Sprint(err), tt.text[:n]) {
			t.Errorf("%s: the refusal repeats it", name)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzClientKey holds that what is accepted is one public key, without its private half, of a kind that is promised; that
// it is read again as the same; and that every refusal is one of those that people are told of.
func FuzzClientKey(f *testing.F) {
	ed, ec := newKey(f, token.EdDSA), newKey(f, token.ES256)
	for _, seed := range []string{
		jwkOf(f, ed.Public(), "one"), jwkOf(f, ec.Public(), ""), pemOf(f, "PUBLIC KEY", ec.Public()), `{"keys":[` + jwkOf(f, ed.Public(), "") + `]}`,
		pemOf(f, "PRIVATE KEY", parsePKCS8(f, ed)), jwkOf(f, parsePKCS8(f, ec), ""), `{"kty":"RSA","e":"AQAB","n":"xVVV"}`, "", "{}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := token.ParseClientKey([]byte(text))
		if err != nil {
			for _, known := range []error{token.ErrNotPublicKey, token.ErrPrivateKey, token.ErrWeakPublicKey, token.ErrCertificate, token.ErrSeveralKeys} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("refused with %v", err)
		}
		var kept map[string]any
		must(t, json.Unmarshal(key.JWK(), &kept))
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if kept[private] != nil {
				t.Fatalf("kept with %s: %s", private, key.JWK())
			}
		}
		if kept["kid"] != key.ID || kept["alg"] != string(key.Algorithm) || kept["use"] != "sig" {
			t.Fatalf("kept as %s", key.JWK())
		}
		again, err := token.ParseClientKey(key.JWK())
		if err != nil || again.Thumbprint != key.Thumbprint || again.ID != key.ID || again.Algorithm != key.Algorithm {
			t.Fatalf("%s reads as %v, %v", key.JWK(), again, err)
		}
	})
}
