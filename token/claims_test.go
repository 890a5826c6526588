package token_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/token"
)

func TestAccessTokenProfile(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) {
			key := newKey(t, alg)
			header, payload := decode(t, sign(t, key, goodClaims()))
			wantHeader := map[string]any{"typ": "at+jwt", "alg": string(alg), "kid": key.ID}
			if !reflect.DeepEqual(header, wantHeader) {
				t.Errorf("header %v, want %v", header, wantHeader)
			}
			wantPayload := map[string]any{
				"iss": issuer, "sub": goodClaims().Subject, "sub_type": "app", "aud": audience,
				"exp": float64(now.Unix() + 3600), "iat": float64(now.Unix()), "jti": goodClaims().ID,
				"client_id": "ci-pipeline", "tenant_id": float64(1001), "gen": float64(3),
			}
			if !reflect.DeepEqual(payload, wantPayload) {
				t.Errorf("payload %v, want %v", payload, wantPayload)
			}
		})
	}
}

func TestOptionalClaims(t *testing.T) {
	key, c := newKey(t, token.EdDSA), goodClaims()
	c.Scope = "read write"
	c.Session = "0f1e"
	c.Audience = []string{audience, "https://other.example"}
	_, payload := decode(t, sign(t, key, c))
	if payload["scope"] != "read write" {
		t.Errorf("scope is %v", payload["scope"])
	}
	if payload["sid"] != "0f1e" {
		t.Errorf("sid is %v", payload["sid"])
	}
	if want := []any{audience, "https://other.example"}; !reflect.DeepEqual(payload["aud"], want) {
		t.Errorf("aud is %v", payload["aud"])
	}
}

// decode reads a token as a stranger would.
func decode(t *testing.T, raw string) (header, payload map[string]any) {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	for i, dst := range []*map[string]any{&header, &payload} {
		decoded, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(decoded, dst); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

// pythonDecode does what base64.b64decode(part + "==") does in Python, as a client in wide use decodes our payload: the
// standard alphabet, every other character dropped.
func pythonDecode(t *testing.T, part string) []byte {
	t.Helper()
	kept := strings.Map(func(r rune) rune {
		if strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", r) {
			return r
		}
		return -1
	}, part)
	decoded, err := base64.RawStdEncoding.DecodeString(kept)
	if err != nil {
		t.Fatalf("standard base64: %v", err)
	}
	return decoded
}

// checkReadable holds the promise of the payload for one set of claims: standard base64 reads it, and it says what was
// meant.
func checkReadable(t *testing.T, key *token.SigningKey, c token.Claims) {
	t.Helper()
	part := strings.Split(sign(t, key, c), ".")[1]
	if strings.ContainsAny(part, "-_") {
		t.Fatalf("the payload of %+v has - or _", c)
	}
	var read struct {
		Sub      string `json:"sub"`
		ClientID string `json:"client_id"`
		Scope    string `json:"scope"`
		Exp      int64  `json:"exp"`
		Gen      int64  `json:"gen"`
	}
	if err := json.Unmarshal(pythonDecode(t, part), &read); err != nil {
		t.Fatalf("the payload of %+v: %v", c, err)
	}
	if read.Sub != asUTF8(c.Subject) || read.ClientID != asUTF8(c.ClientID) || read.Scope != asUTF8(c.Scope) {
		t.Fatalf("%+v reads as %+v", c, read)
	}
	if read.Exp != c.ExpiresAt || read.Gen != c.Generation {
		t.Fatalf("%+v reads as %+v", c, read)
	}
}

// asUTF8 replaces each wrong byte, as encoding/json does.
func asUTF8(s string) string { return string([]rune(s)) }

// Each awkward character is moved through all three positions of a base64 group.
func TestStandardBase64ReadsThePayload(t *testing.T) {
	key := newKey(t, token.EdDSA)
	awkward := []string{"?", ">", "~", "\x7f", "ÿ", "é", "日本", "🔑", "\U0010ffff", `"`, `\`, "\x00", "\n", "\u2028", "\xff", "\xed\xa0\x80", "<&"}
	for b := range 256 {
		awkward = append(awkward, string([]byte{byte(b)}))
	}
	for _, text := range awkward {
		for shift := range 3 {
			c := goodClaims()
			c.ClientID = strings.Repeat("x", shift) + text
			c.Subject = strings.Repeat(text, 5)
			c.Scope = text + strings.Repeat("y", shift) + text
			checkReadable(t, key, c)
		}
	}
}

func FuzzPayloadHasNoURLCharacters(f *testing.F) {
	key := newKey(f, token.EdDSA)
	f.Add("ci", "0193594f", "", int64(1), int64(0))
	f.Add("?>~\x7f", "ÿ🔑", "a b", int64(1<<62), int64(-1))
	f.Fuzz(func(t *testing.T, clientID, subject, scope string, exp, generation int64) {
		if clientID == "" || subject == "" || exp <= 0 || len(clientID)+len(subject)+len(scope) > 800 {
			return // not what a signer is given
		}
		c := goodClaims()
		c.ClientID, c.Subject, c.Scope, c.ExpiresAt, c.Generation = clientID, subject, scope, exp, generation
		checkReadable(t, key, c)
	})
}

func TestSignRefusesIncompleteClaims(t *testing.T) {
	signer := newSigner(t, newKey(t, token.EdDSA))
	for name, spoil := range map[string]func(*token.Claims){
		"iss":       func(c *token.Claims) { c.Issuer = "" },
		"sub":       func(c *token.Claims) { c.Subject = "" },
		"sub_type":  func(c *token.Claims) { c.SubjectType = "" },
		"aud":       func(c *token.Claims) { c.Audience = nil },
		"exp":       func(c *token.Claims) { c.ExpiresAt = 0 },
		"iat":       func(c *token.Claims) { c.IssuedAt = 0 },
		"jti":       func(c *token.Claims) { c.ID = "" },
		"client_id": func(c *token.Claims) { c.ClientID = "" },
	} {
		c := goodClaims()
		spoil(&c)
		raw, err := signer.Sign(c)
		if !errors.Is(err, token.ErrIncompleteClaims) || raw != "" {
			t.Errorf("without %s: %v", name, err)
			continue
		}
		if !strings.HasSuffix(err.Error(), " "+name) {
			t.Errorf("without %s the message is %q", name, err)
		}
	}
	for name, spoil := range map[string]func(*token.Claims){
		"an unknown subject type":  func(c *token.Claims) { c.SubjectType = "group" },
		"an empty second audience": func(c *token.Claims) { c.Audience = []string{audience, ""} },
		"more than fits":           func(c *token.Claims) { c.Scope = strings.Repeat("a", 8<<10) },
	} {
		c := goodClaims()
		spoil(&c)
		if _, err := signer.Sign(c); !errors.Is(err, token.ErrIncompleteClaims) {
			t.Errorf("with %s: %v", name, err)
		}
	}
}

func TestNewSignerNeedsAPrivateKey(t *testing.T) {
	for _, key := range []*token.SigningKey{nil, {}, {ID: "x", Algorithm: token.ES256}} {
		if _, err := token.NewSigner(key); !errors.Is(err, token.ErrWrongSigningKey) {
			t.Errorf("%#v: %v", key, err)
		}
	}
}

// Whatever text goes into a token comes out of Verify, wrong bytes replaced.
func FuzzClaimsSurviveTheirToken(f *testing.F) {
	key := newKey(f, token.EdDSA)
	keys, verifier := token.NewKeySet(key), goodVerifier()
	f.Add("ci", "0193594f", "read")
	f.Add("?>~\x7f\\\"", "ÿ🔑\xff", "\x00")
	f.Fuzz(func(t *testing.T, clientID, subject, scope string) {
		if clientID == "" || subject == "" || len(clientID)+len(subject)+len(scope) > 800 {
			return // not what a signer is given
		}
		want := goodClaims()
		want.ClientID, want.Subject, want.Scope = clientID, subject, scope
		got, err := verifier.Verify(sign(t, key, want), keys)
		if err != nil {
			t.Fatal(err)
		}
		want.ClientID, want.Subject, want.Scope = asUTF8(clientID), asUTF8(subject), asUTF8(scope)
		if !reflect.DeepEqual(got, want) || !utf8.ValidString(got.Subject) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}
