package token_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/token"
)

// members is a JSON object of a forged token.
type members map[string]any

// with returns a copy with one member set, or left out if value is nil.
func (m members) with(name string, value any) members {
	m = maps.Clone(m)
	m[name] = value
	if value == nil {
		delete(m, name)
	}
	return m
}

func goodHeader(key *token.SigningKey) members {
	return members{"typ": "at+jwt", "alg": string(key.Algorithm), "kid": key.ID}
}

// forge signs whatever it is told to with our own private key, so that nothing but the flaw under test is wrong.
func forge(t testing.TB, private any, header, payload any) string {
	t.Helper()
	input := encode(t, header) + "." + encode(t, payload)
	return input + "." + base64.RawURLEncoding.EncodeToString(signRaw(t, private, input))
}

// encode takes JSON as text or anything that marshals to it.
func encode(t testing.TB, v any) string {
	t.Helper()
	text, isText := v.(string)
	if !isText {
		text = marshal(t, v)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func signRaw(t testing.TB, private any, input string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(input))
	switch private := private.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case *rsa.PrivateKey:
		signature, err := rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return signature
	case ed25519.PrivateKey:
		return ed25519.Sign(private, []byte(input))
	case []byte:
		mac := hmac.New(sha256.New, private)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	case nil:
		return nil
	}
	t.Fatalf("cannot sign with a %T", private)
	return nil
}

func TestVerifyAcceptsOurTokens(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) {
			key, want := newKey(t, alg), goodClaims()
			want.Scope = "read write"
			want.Audience = []string{"https://other.example", audience}
			got, err := goodVerifier().Verify(sign(t, key, want), token.NewKeySet(newKey(t, token.ES256), key))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// Security.md 14. Every row is signed with the right key unless that is its flaw, and names the words by which the
// refusal shows that it was this flaw that was noticed.
func TestVerifierRejects(t *testing.T) {
	key, stranger := newKey(t, token.ES256), newKey(t, token.ES256)
	rsaKey, edKey := newKey(t, token.RS256), newKey(t, token.EdDSA)
	keys, verifier := token.NewKeySet(key, rsaKey, edKey), goodVerifier()
	private := parsePKCS8(t, key)
	header, payload := goodHeader(key), members(goodPayload())
	seconds := now.Unix()

	der, err := x509.MarshalPKIXPublicKey(rsaKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	var published struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(token.NewKeySet(stranger).JWKS(), &published); err != nil {
		t.Fatal(err)
	}
	good := forge(t, private, header, payload)
	if _, err := verifier.Verify(good, keys); err != nil {
		t.Fatalf("forged without a flaw, it should be accepted: %v", err)
	}
	parts := strings.Split(good, ".")
	rawSignature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	withSignature := func(b []byte) string {
		return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(b)
	}
	edInput := encode(t, goodHeader(edKey)) + "." + encode(t, payload)
	edTwin := edInput + "." + base64.RawURLEncoding.EncodeToString(addOrder(signRaw(t, parsePKCS8(t, edKey), edInput)))
	withHeader := func(name string, value any) string { return forge(t, private, header.with(name, value), payload) }
	withClaim := func(name string, value any) string { return forge(t, private, header, payload.with(name, value)) }
	const (
		threeParts = "three parts"
		tooLong    = "longer than"
		notOurs    = "header is not one of ours"
		signature  = "signature is wrong"
		claims     = "claims cannot be read"
	)

	for name, test := range map[string]struct{ raw, because string }{
		// The algorithm is not the token's to choose (RFC 8725 sections 2.1 and 3.1). Each header that differs from ours
		// in one byte is refused before anything reads it; these are the ways that have worked elsewhere.
		"alg none":                               {forge(t, nil, header.with("alg", "none"), payload), notOurs},
		"alg None":                               {forge(t, nil, header.with("alg", "None"), payload), notOurs},
		"alg none without kid":                   {forge(t, nil, members{"typ": "at+jwt", "alg": "none"}, payload), notOurs},
		"alg missing":                            {withHeader("alg", nil), notOurs},
		"alg of another key":                     {withHeader("alg", "RS256"), notOurs},
		"alg ES384":                              {withHeader("alg", "ES384"), notOurs},
		"HS256 with the public key as PEM":       {forge(t, publicPEM, goodHeader(rsaKey).with("alg", "HS256"), payload), notOurs},
		"HS256 with the public key as DER":       {forge(t, der, goodHeader(rsaKey).with("alg", "HS256"), payload), notOurs},
		"HS256 with the document":                {forge(t, keys.JWKS(), header.with("alg", "HS256"), payload), notOurs},
		"PS256 with an RS256 key":                {forge(t, parsePKCS8(t, rsaKey), goodHeader(rsaKey).with("alg", "PS256"), payload), notOurs},
		"an HMAC under the right alg":            {forge(t, publicPEM, goodHeader(rsaKey), payload), signature},
		"an Ed25519 signature under an RSA kid":  {forge(t, parsePKCS8(t, edKey), goodHeader(rsaKey), payload), signature},
		"the signature of another token":         {parts[0] + "." + encode(t, payload.with("sub", "root")) + "." + parts[2], signature},
		"no signature":                           {parts[0] + "." + parts[1] + ".", signature},
		"half a signature":                       {good[:len(good)-46], signature},
		"a signature of zeroes (CVE-2022-21449)": {parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86), signature},
		"a longer signature":                     {good + "AAAA", signature},
		"ECDSA in DER":                           {withSignature(derSignature(t, private, parts)), signature},
		"r of zero":                              {withSignature(append(make([]byte, 32), rawSignature[32:]...)), signature},
		"s of zero":                              {withSignature(append(bytes.Clone(rawSignature[:32]), make([]byte, 32)...)), signature},
		"numbers of 33 bytes":                    {withSignature(slices.Concat([]byte{0}, rawSignature[:32], []byte{0}, rawSignature[32:])), signature},
		"PSS padding under RS256":                {forgePSS(t, parsePKCS8(t, rsaKey).(*rsa.PrivateKey), goodHeader(rsaKey), payload), signature},
		"Ed25519 with the order added":           {edTwin, signature},
		"a stranger's key under our kid":         {forge(t, parsePKCS8(t, stranger), header, payload), signature},

		// No key comes from the token (RFC 8725 section 3.8).
		"jwk in the header":                 {forge(t, parsePKCS8(t, stranger), header.with("jwk", published.Keys[0]), payload), notOurs},
		"jwk instead of kid":                {forge(t, parsePKCS8(t, stranger), header.with("kid", nil).with("jwk", published.Keys[0]), payload), notOurs},
		"jku in the header":                 {withHeader("jku", "https://evil.example/jwks.json"), notOurs},
		"x5u in the header":                 {withHeader("x5u", "https://evil.example/cert.pem"), notOurs},
		"x5c in the header":                 {withHeader("x5c", []string{"MIIB"}), notOurs},
		"crit in the header":                {withHeader("crit", []string{"exp"}), notOurs},
		"b64 in the header":                 {withHeader("b64", false), notOurs},
		"zip in the header":                 {withHeader("zip", "DEF"), notOurs},
		"kid of a stranger":                 {forge(t, parsePKCS8(t, stranger), goodHeader(stranger), payload), notOurs},
		"kid that climbs":                   {withHeader("kid", "../../../dev/null"), notOurs},
		"kid for a database":                {withHeader("kid", "' OR 1=1 --"), notOurs},
		"kid for a shell":                   {withHeader("kid", "$(reboot)|reboot"), notOurs},
		"kid with NUL":                      {withHeader("kid", key.ID+"\x00"), notOurs},
		"kid in capitals":                   {withHeader("kid", strings.ToUpper(key.ID)), notOurs},
		"kid is a number":                   {withHeader("kid", 7), notOurs},
		"kid is null":                       {forge(t, private, `{"typ":"at+jwt","alg":"ES256","kid":null}`, payload), notOurs},
		"kid is empty":                      {withHeader("kid", ""), notOurs},
		"kid missing":                       {withHeader("kid", nil), notOurs},
		"kid twice":                         {forge(t, private, `{"typ":"at+jwt","alg":"ES256","kid":"x","kid":"`+key.ID+`"}`, payload), notOurs},
		"member names in other case":        {forge(t, private, `{"TYP":"at+jwt","ALG":"ES256","KID":"`+key.ID+`"}`, payload), notOurs},
		"text after the header":             {forge(t, private, marshal(t, header)+"{}", payload), notOurs},
		"header is an array":                {forge(t, private, `["ES256"]`, payload), notOurs},
		"header is null":                    {forge(t, private, `null`, payload), notOurs},
		"header with a very deep value":     {forge(t, private, `{"kid":`+strings.Repeat("[", 4000)+`}`, payload), notOurs},
		"header in padded base64":           {parts[0] + "=." + parts[1] + "." + parts[2], notOurs},
		"newline in the payload's encoding": {parts[0] + "." + parts[1][:8] + "\r\n" + parts[1][8:] + "." + parts[2], signature},
		"newline after the token":           {good + "\n", "not base64url"},
		"newline in the header's encoding":  {parts[0][:9] + "\n" + parts[0][9:] + "." + parts[1] + "." + parts[2], notOurs},

		// Another kind of JWT (RFC 8725 section 3.11, RFC 9068 section 4).
		"typ JWT":                         {withHeader("typ", "JWT"), notOurs},
		"typ at+JWT":                      {withHeader("typ", "at+JWT"), notOurs},
		"typ with its full media type":    {withHeader("typ", "application/at+jwt"), notOurs},
		"typ of a client assertion":       {withHeader("typ", "client-authentication+jwt"), notOurs},
		"typ of an introspection":         {withHeader("typ", "token-introspection+jwt"), notOurs},
		"typ missing":                     {withHeader("typ", nil), notOurs},
		"typ empty":                       {withHeader("typ", ""), notOurs},
		"typ missing, cty in its place":   {forge(t, private, header.with("typ", nil).with("cty", "at+jwt"), payload), notOurs},
		"JSON serialization, not a JWT":   {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, threeParts},
		"an encrypted token (five parts)": {good + ".a.b", threeParts},

		// Time.
		"exp missing":            {withClaim("exp", nil), "no usable exp"},
		"exp null":               {forge(t, private, header, strings.Replace(marshal(t, payload), `"exp":`, `"exp":null,"was":`, 1)), "no usable exp"},
		"exp zero":               {withClaim("exp", 0), "no usable exp"},
		"exp negative":           {withClaim("exp", -1), "no usable exp"},
		"exp as a string":        {withClaim("exp", "4102444800"), claims},
		"exp true":               {withClaim("exp", true), claims},
		"exp beyond int64":       {withClaim("exp", json.Number("1e30")), claims},
		"exp with a fraction":    {withClaim("exp", json.Number("4102444800.5")), claims},
		"exp an array":           {withClaim("exp", []int64{seconds + 60}), claims},
		"exp in other case":      {forge(t, private, header, strings.Replace(marshal(t, payload), `"exp"`, `"EXP"`, 1)), "no usable exp"},
		"exp twice":              {forge(t, private, header, strings.Replace(marshal(t, payload), `{`, `{"exp":1,`, 1)), claims},
		"exp this very second":   {withClaim("exp", seconds), "expired"},
		"exp a second ago":       {withClaim("exp", seconds-1), "expired"},
		"nbf in the next second": {withClaim("nbf", seconds+1), "not valid yet"},
		"nbf at the end of time": {withClaim("nbf", int64(1<<63-1)), "not valid yet"},
		"nbf as a string":        {withClaim("nbf", "0"), claims},

		// Meant for somebody else.
		"iss missing":                {withClaim("iss", nil), "no usable iss"},
		"iss of another":             {withClaim("iss", "https://evil.example"), "another issuer"},
		"iss with a slash":           {withClaim("iss", issuer+"/"), "another issuer"},
		"iss in capitals":            {withClaim("iss", strings.ToUpper(issuer)), "another issuer"},
		"iss as an array":            {withClaim("iss", []string{issuer}), claims},
		"aud missing":                {withClaim("aud", nil), "no usable aud"},
		"aud empty":                  {withClaim("aud", ""), "no usable aud"},
		"aud an empty array":         {withClaim("aud", []string{}), "no usable aud"},
		"aud null":                   {forge(t, private, header, strings.Replace(marshal(t, payload), `"aud":"latchkey"`, `"aud":null`, 1)), "no usable aud"},
		"aud an array with a hole":   {withClaim("aud", []any{audience, ""}), "no usable aud"},
		"aud of another":             {withClaim("aud", "billing"), "another audience"},
		"aud that contains ours":     {withClaim("aud", audience+"-staging"), "another audience"},
		"aud an array of others":     {withClaim("aud", []string{"billing", "Latchkey"}), "another audience"},
		"aud as an object":           {withClaim("aud", members{"latchkey": true}), claims},
		"sub missing":                {withClaim("sub", nil), "no usable sub"},
		"sub_type missing":           {withClaim("sub_type", nil), "no usable sub_type"},
		"sub_type of a third kind":   {withClaim("sub_type", "group"), "no usable sub_type"},
		"jti missing":                {withClaim("jti", nil), "no usable jti"},
		"iat missing":                {withClaim("iat", nil), "no usable iat"},
		"client_id missing":          {withClaim("client_id", nil), "no usable client_id"},
		"sid of a user missing":      {withClaim("sub_type", "user"), "no usable sid"},
		"gen as a string":            {withClaim("gen", "3"), claims},
		"gen with a fraction":        {withClaim("gen", 3.5), claims},
		"payload not JSON":           {forge(t, private, header, "exp=1"), claims},
		"payload an array":           {forge(t, private, header, "[]"), claims},
		"payload null":               {forge(t, private, header, "null"), "no usable"},
		"payload empty":              {forge(t, private, header, ""), ""},
		"payload with text after it": {forge(t, private, header, marshal(t, payload)+"x"), claims},

		// No token at all.
		"nothing":                   {"", threeParts},
		"one word":                  {"token", threeParts},
		"one of our secret keys":    {mintKey(t).Reveal(), threeParts},
		"two dots":                  {"..", ""},
		"two parts":                 {parts[0] + "." + parts[1], threeParts},
		"four parts":                {good + ".", threeParts},
		"a few dots":                {strings.Repeat(".", 4000), threeParts},
		"a megabyte of dots":        {strings.Repeat(".", 1<<20), tooLong},
		"a megabyte of header":      {strings.Repeat("A", 1<<20) + "." + parts[1] + "." + parts[2], tooLong},
		"one byte over the limit":   {good + strings.Repeat("A", 8<<10+1-len(good)), tooLong},
		"signed but over the limit": {withClaim("scope", strings.Repeat("a", 8<<10)), tooLong},
		"not ASCII":                 {"é.é.é", notOurs},
		"NUL":                       {"\x00.\x00.\x00", notOurs},
		"with its scheme":           {"Bearer " + good, notOurs},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := verifier.Verify(test.raw, keys)
			if !errors.Is(err, token.ErrInvalidToken) {
				t.Fatalf("got %v, want ErrInvalidToken", err)
			}
			if !reflect.DeepEqual(got, token.Claims{}) {
				t.Errorf("claims came with the refusal: %+v", got)
			}
			if !strings.Contains(err.Error(), test.because) {
				t.Errorf("refused because %q, want %q", err, test.because)
			}
			if errors.Is(err, token.ErrExpiredToken) != (test.because == "expired") {
				t.Errorf("%v and ErrExpiredToken", err)
			}
			if errors.Is(err, token.ErrUnknownKey) != (test.because == notOurs) && test.because != "" {
				t.Errorf("%v and ErrUnknownKey", err)
			}
		})
	}
}

// derSignature is a good signature in the form that X.509 has and a JWT has not.
func derSignature(t *testing.T, private any, parts []string) []byte {
	t.Helper()
	der, err := ecdsa.SignASN1(rand.Reader, private.(*ecdsa.PrivateKey), sha256Of(parts[0]+"."+parts[1]))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func forgePSS(t *testing.T, private *rsa.PrivateKey, header, payload any) string {
	t.Helper()
	input := encode(t, header) + "." + encode(t, payload)
	signed, err := rsa.SignPSS(rand.Reader, private, crypto.SHA256, sha256Of(input), nil)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signed)
}

func TestEverySingleChangeIsNoticed(t *testing.T) {
	key := newKey(t, token.EdDSA) // not ES256: each of its tokens has a second valid signature
	keys, verifier := token.NewKeySet(key), goodVerifier()
	for padding := range 3 { // how many bits of a part's last character mean nothing depends on its length
		c := goodClaims()
		c.ClientID += strings.Repeat("x", padding)
		raw := sign(t, key, c)
		if _, err := verifier.Verify(raw, keys); err != nil { // so that it is one that the keys remember
			t.Fatal(err)
		}
		for i := range raw {
			for _, other := range "ABQgw.-_= \n~" {
				if rune(raw[i]) == other {
					continue
				}
				replaced, inserted := raw[:i]+string(other)+raw[i+1:], raw[:i]+string(other)+raw[i:]
				for _, changed := range []string{replaced, inserted} {
					if _, err := verifier.Verify(changed, keys); !errors.Is(err, token.ErrInvalidToken) {
						t.Errorf("%q at %d of %d was accepted: %s", other, i, len(raw), changed)
					}
				}
			}
		}
	}
}

// An ECDSA signature (r, s) has a twin (r, n-s). The text of the token differs, so nothing may be remembered by it; its
// id does not (security.md 21).
func TestMalleatedTokenHasTheSameID(t *testing.T) {
	key := newKey(t, token.ES256)
	keys, verifier := token.NewKeySet(key), goodVerifier()
	raw := sign(t, key, goodClaims())
	input, encoded := raw[:strings.LastIndex(raw, ".")], raw[strings.LastIndex(raw, ".")+1:]
	signature, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	s := new(big.Int).SetBytes(signature[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(signature[32:])
	twin := input + "." + base64.RawURLEncoding.EncodeToString(signature)
	if twin == raw {
		t.Fatal("the signature was not changed")
	}
	claims, err := verifier.Verify(twin, keys)
	if err != nil {
		t.Fatalf("the twin is refused, so remembering tokens by their text would do: %v", err)
	}
	if claims.ID != goodClaims().ID || claims.Issuer != issuer {
		t.Errorf("the twin is named %s %s", claims.Issuer, claims.ID)
	}
}

func TestTimeLimits(t *testing.T) {
	key := newKey(t, token.EdDSA)
	keys, private := token.NewKeySet(key), parsePKCS8(t, key)
	raw := forge(t, private, goodHeader(key), members(goodPayload()).with("nbf", now.Unix()))
	end := now.Add(time.Hour)
	for _, test := range []struct {
		name   string
		clock  time.Time
		leeway time.Duration
		want   error
	}{
		{"before nbf", now.Add(-time.Second), 0, token.ErrInvalidToken},
		{"at nbf", now, 0, nil},
		{"before nbf, within leeway", now.Add(-10 * time.Second), 10 * time.Second, nil},
		{"before nbf, beyond leeway", now.Add(-11 * time.Second), 10 * time.Second, token.ErrInvalidToken},
		{"last moment", end.Add(-time.Nanosecond), 0, nil},
		{"at exp", end, 0, token.ErrExpiredToken},
		{"after exp, within leeway", end.Add(9 * time.Second), 10 * time.Second, nil},
		{"after exp, at the end of leeway", end.Add(10 * time.Second), 10 * time.Second, token.ErrExpiredToken},
		{"years after", end.AddDate(30, 0, 0), 10 * time.Second, token.ErrExpiredToken},
	} {
		verifier := goodVerifier()
		verifier.Now, verifier.Leeway = func() time.Time { return test.clock }, test.leeway
		if _, err := verifier.Verify(raw, keys); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

func TestWithdrawnKey(t *testing.T) {
	old, fresh := newKey(t, token.ES256), newKey(t, token.ES256)
	raw, verifier := sign(t, old, goodClaims()), goodVerifier()
	if _, err := verifier.Verify(raw, token.NewKeySet(fresh, old)); err != nil {
		t.Errorf("retired but published: %v", err)
	}
	if _, err := verifier.Verify(raw, token.NewKeySet(fresh)); !errors.Is(err, token.ErrUnknownKey) {
		t.Errorf("withdrawn: %v", err)
	}
	if _, err := verifier.Verify(raw, token.NewKeySet()); !errors.Is(err, token.ErrUnknownKey) {
		t.Errorf("no keys at all: %v", err)
	}
}

func TestUnsetVerifierAcceptsNothing(t *testing.T) {
	key := newKey(t, token.EdDSA)
	keys, private, clock := token.NewKeySet(key), parsePKCS8(t, key), goodVerifier().Now
	nameless := members(goodPayload()).with("iss", "").with("aud", "")
	for _, raw := range []string{sign(t, key, goodClaims()), forge(t, private, goodHeader(key), nameless)} {
		for _, verifier := range []token.Verifier{{Now: clock}, {Issuer: issuer, Now: clock}, {Audience: audience, Now: clock}} {
			if _, err := verifier.Verify(raw, keys); !errors.Is(err, token.ErrInvalidToken) {
				t.Errorf("%+v: %v", verifier, err)
			}
		}
	}
}

func TestVerifierReadsTheSystemClockByDefault(t *testing.T) {
	key := newKey(t, token.EdDSA)
	verifier, c := token.Verifier{Issuer: issuer, Audience: audience}, goodClaims()
	for lifetime, want := range map[time.Duration]error{time.Hour: nil, -time.Hour: token.ErrExpiredToken} {
		c.ExpiresAt = time.Now().Add(lifetime).Unix()
		if _, err := verifier.Verify(sign(t, key, c), token.NewKeySet(key)); !errors.Is(err, want) {
			t.Errorf("lifetime %v: %v", lifetime, err)
		}
	}
}

func TestOneSignerForManyRequests(t *testing.T) {
	for _, alg := range algorithms {
		key := newKey(t, alg)
		signer, keys, verifier := newSigner(t, key), token.NewKeySet(key), goodVerifier()
		var group sync.WaitGroup
		for generation := range int64(8) {
			group.Go(func() {
				want := goodClaims()
				want.Generation = generation
				raw, err := signer.Sign(want)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := verifier.Verify(raw, keys); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		}
		group.Wait()
	}
}

// FuzzVerify holds that no text but the signed one and its twin is accepted, and that every refusal is ErrInvalidToken.
func FuzzVerify(f *testing.F) {
	key := newKey(f, token.EdDSA)
	keys, verifier := token.NewKeySet(key), goodVerifier()
	good := sign(f, key, goodClaims())
	f.Add(good)
	f.Add("")
	f.Add("..")
	f.Add(strings.Replace(good, ".", "..", 1))
	f.Add("eyJhbGciOiJub25lIn0.eyJleHAiOjF9.")
	f.Fuzz(func(t *testing.T, raw string) {
		_, err := verifier.Verify(raw, keys)
		if err != nil && !errors.Is(err, token.ErrInvalidToken) {
			t.Fatalf("refused with %v", err)
		}
		if err == nil && raw != good {
			t.Fatal("a text that was never signed is accepted")
		}
	})
}
