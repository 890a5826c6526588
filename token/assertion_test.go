package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/token"
)

// clientOf is the public half of a key as a client would give it to us.
func clientOf(t testing.TB, key *token.SigningKey, kid string) *token.ClientKey {
	t.Helper()
	client, err := token.ParseClientKey([]byte(marshal(t, jose.JSONWebKey{Key: key.Public(), KeyID: kid})))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

const clientID = "ci-pipeline"

func goodAssertion() members {
	return members{"iss": clientID, "sub": clientID, "aud": issuer, "jti": "once", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
}

// judge is everything that happens to an assertion: nil if it proves that the client made it.
func judge(raw string, keys ...*token.ClientKey) error {
	assertion, err := token.ParseAssertion(raw)
	if err != nil {
		return err
	}
	if assertion.SignedBy(keys) == nil {
		return errors.New("no key has signed it")
	}
	return assertion.Check(issuer, now)
}

func TestAssertionsOfEachAlgorithm(t *testing.T) {
	for _, alg := range algorithms {
		key, other := newKey(t, alg), newKey(t, token.ES256)
		private := parsePKCS8(t, key)
		keys := []*token.ClientKey{clientOf(t, other, "other"), clientOf(t, key, "mine")}
		header := members{"alg": string(alg)}
		for name, raw := range map[string]string{
			"as it is":                forge(t, private, header, goodAssertion()),
			"by its kid":              forge(t, private, header.with("kid", "mine"), goodAssertion()),
			"by its thumbprint":       forge(t, private, header.with("kid", keys[1].Thumbprint), goodAssertion()),
			"typ JWT":                 forge(t, private, header.with("typ", "JWT"), goodAssertion()),
			"the type of RFC 10070":   forge(t, private, header.with("typ", "client-authentication+jwt"), goodAssertion()),
			"its whole media type":    forge(t, private, header.with("typ", "application/Client-Authentication+JWT"), goodAssertion()),
			"an audience in an array": forge(t, private, header, goodAssertion().with("aud", []string{issuer})),
			"claims of its own":       forge(t, private, header, goodAssertion().with("build", members{"number": 7})),
			"times with fractions":    forge(t, private, header, goodAssertion().with("exp", float64(now.Unix())+59.5)),
			"no iat":                  forge(t, private, header, goodAssertion().with("iat", nil)),
		} {
			if err := judge(raw, keys...); err != nil {
				t.Errorf("%s, %s: %v", alg, name, err)
			}
		}
	}
}

// Security.md 14 and 21, for what clients sign: each row is signed with the right key unless that is its flaw, and names
// the words by which the refusal shows that it was this flaw that was noticed.
func TestAssertionsRejected(t *testing.T) {
	key, stranger := newKey(t, token.ES256), newKey(t, token.ES256)
	rsaKey, edKey := newKey(t, token.RS256), newKey(t, token.EdDSA)
	clients := []*token.ClientKey{clientOf(t, key, "ec"), clientOf(t, rsaKey, "rsa"), clientOf(t, edKey, "ed")}
	private, rsaPrivate, edPrivate := parsePKCS8(t, key).(*ecdsa.PrivateKey), parsePKCS8(t, rsaKey).(*rsa.PrivateKey), parsePKCS8(t, edKey).(ed25519.PrivateKey)
	header, payload := members{"alg": "ES256", "kid": "ec"}, goodAssertion()
	good := forge(t, private, header, payload)
	if err := judge(good, clients...); err != nil {
		t.Fatalf("forged without a flaw, it should be accepted: %v", err)
	}
	parts, seconds := strings.Split(good, "."), now.Unix()
	withHeader := func(name string, value any) string { return forge(t, private, header.with(name, value), payload) }
	withClaim := func(name string, value any) string { return forge(t, private, header, payload.with(name, value)) }
	signedAs := func(alg, kid string, sign func(input string) []byte) string {
		input := encode(t, members{"alg": alg, "kid": kid}) + "." + encode(t, payload)
		return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
	}
	const (
		noJWT     = "it is no JWT"
		badAlg    = "of an algorithm that is accepted"
		badType   = "of another type"
		extension = "asks for an extension"
		unsigned  = "no key has signed it"
		claims    = "claims cannot be read"
		audience  = "another audience"
	)
	zeroes := make([]byte, 32)
	r, s, err := ecdsa.Sign(rand.Reader, private, sha256Of(parts[0]+"."+parts[1]))
	if err != nil {
		t.Fatal(err)
	}
	der, err := ecdsa.SignASN1(rand.Reader, private, sha256Of(parts[0]+"."+parts[1]))
	if err != nil {
		t.Fatal(err)
	}
	order := private.Curve.Params().N
	number := func(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }
	signature := func(b ...[]byte) string {
		var all []byte
		for _, part := range b {
			all = append(all, part...)
		}
		return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(all)
	}

	for name, test := range map[string]struct{ raw, because string }{
		// The algorithm (RFC 8725 sections 2.1, 3.1 and 3.2).
		"alg none":                      {forge(t, nil, members{"alg": "none"}, payload), badAlg},
		"alg NONE with a kid":           {forge(t, nil, header.with("alg", "NONE"), payload), badAlg},
		"alg missing":                   {withHeader("alg", nil), badAlg},
		"alg a number":                  {withHeader("alg", 256), badAlg},
		"alg empty":                     {withHeader("alg", ""), badAlg},
		"alg in small letters":          {withHeader("alg", "es256"), badAlg},
		"HS256 with the public key":     {forge(t, clients[0].JWK(), members{"alg": "HS256"}, payload), badAlg},
		"HS256 with the RSA key":        {forge(t, clients[1].JWK(), members{"alg": "HS256", "kid": "rsa"}, payload), badAlg},
		"an HMAC under RS256":           {forge(t, clients[1].JWK(), members{"alg": "RS256", "kid": "rsa"}, payload), unsigned},
		"PS256":                         {forge(t, rsaPrivate, members{"alg": "PS256", "kid": "rsa"}, payload), badAlg},
		"RS512":                         {forge(t, rsaPrivate, members{"alg": "RS512", "kid": "rsa"}, payload), badAlg},
		"ES384":                         {withHeader("alg", "ES384"), badAlg},
		"RS256 with the kid of another": {forge(t, rsaPrivate, members{"alg": "RS256", "kid": "ec"}, payload), unsigned},
		"PSS padding under RS256": {signedAs("RS256", "rsa", func(input string) []byte {
			signed, err := rsa.SignPSS(rand.Reader, rsaPrivate, crypto.SHA256, sha256Of(input), nil)
			if err != nil {
				t.Fatal(err)
			}
			return signed
		}), unsigned},
		"SHA-512 under RS256": {signedAs("RS256", "rsa", func(input string) []byte {
			digest := sha512.Sum512([]byte(input))
			signed, err := rsa.SignPKCS1v15(rand.Reader, rsaPrivate, crypto.SHA512, digest[:])
			if err != nil {
				t.Fatal(err)
			}
			return signed
		}), unsigned},
		"an RSA signature of zeroes":   {signedAs("RS256", "rsa", func(string) []byte { return make([]byte, rsaPrivate.Size()) }), unsigned},
		"a short RSA signature":        {signedAs("RS256", "rsa", func(input string) []byte { return signRaw(t, rsaPrivate, input)[1:] }), unsigned},
		"Ed25519 with the order added": {signedAs("EdDSA", "ed", func(input string) []byte { return addOrder(ed25519.Sign(edPrivate, []byte(input))) }), unsigned},
		"Ed25519ph": {signedAs("EdDSA", "ed", func(input string) []byte {
			digest := sha512.Sum512([]byte(input))
			signed, err := edPrivate.Sign(nil, digest[:], crypto.SHA512)
			if err != nil {
				t.Fatal(err)
			}
			return signed
		}), unsigned},

		// The signature.
		"no signature":               {parts[0] + "." + parts[1] + ".", unsigned},
		"ECDSA in DER":               {signature(der), unsigned},
		"r and s of zero":            {signature(zeroes, zeroes), unsigned},
		"r of zero":                  {signature(zeroes, number(s)), unsigned},
		"s of zero":                  {signature(number(r), zeroes), unsigned},
		"r and s of the order":       {signature(number(order), number(order)), unsigned},
		"r with the order added":     {signature(new(big.Int).Add(r, order).Bytes(), number(s)), unsigned},
		"numbers of 33 bytes":        {signature([]byte{0}, number(r), []byte{0}, number(s)), unsigned},
		"half a signature":           {signature(number(r)), unsigned},
		"a longer signature":         {signature(number(r), number(s), []byte{0}), unsigned},
		"the signature of another":   {parts[0] + "." + encode(t, payload.with("sub", "root")) + "." + parts[2], unsigned},
		"a stranger under a kid":     {forge(t, parsePKCS8(t, stranger), header, payload), unsigned},
		"a stranger without a kid":   {forge(t, parsePKCS8(t, stranger), header.with("kid", nil), payload), unsigned},
		"stray bits of the encoding": {good[:len(good)-1] + nextLetter(good[len(good)-1]), noJWT},
		"padding":                    {good + "==", noJWT},
		"a line break":               {good[:60] + "\n" + good[60:], noJWT},
		"a space":                    {good + " ", noJWT},
		"the alphabet of base64":     {strings.ReplaceAll(parts[0], "e", "+") + "." + parts[1] + "." + parts[2], noJWT},

		// No key comes from the assertion, and nothing in it is fetched.
		"jwk":                 {forge(t, parsePKCS8(t, stranger), members{"alg": "ES256", "jwk": jose.JSONWebKey{Key: stranger.Public()}}, payload), unsigned},
		"jku":                 {forge(t, parsePKCS8(t, stranger), header.with("jku", "https://evil.example/jwks.json"), payload), unsigned},
		"x5u":                 {forge(t, parsePKCS8(t, stranger), header.with("x5u", "https://evil.example/cert.pem"), payload), unsigned},
		"x5c":                 {forge(t, parsePKCS8(t, stranger), header.with("x5c", []string{"MIIB"}), payload), badAlg},
		"crit":                {withHeader("crit", []string{"exp"}), extension},
		"crit of b64":         {forge(t, private, `{"alg":"ES256","crit":["b64"],"b64":false}`, payload), extension},
		"crit empty":          {withHeader("crit", []string{}), extension},
		"kid that climbs":     {withHeader("kid", "../../../dev/null"), unsigned},
		"kid for a database":  {withHeader("kid", "' OR 1=1 --"), unsigned},
		"kid of another case": {withHeader("kid", "EC"), unsigned},
		"kid a number":        {withHeader("kid", 7), badAlg},
		"kid with NUL":        {withHeader("kid", "ec\x00"), unsigned},

		// Another kind of JWT (RFC 8725 section 3.11).
		"an access token":       {withHeader("typ", "at+jwt"), badType},
		"an introspection":      {withHeader("typ", "token-introspection+jwt"), badType},
		"typ empty":             {withHeader("typ", ""), badType},
		"typ a number":          {withHeader("typ", 1), badType},
		"typ that begins alike": {withHeader("typ", "jwt;charset=utf-8"), badType},
		"header twice":          {forge(t, private, `{"alg":"none","alg":"ES256"}`, payload), badAlg},
		"text after the header": {forge(t, private, `{"alg":"ES256"}{}`, payload), badAlg},
		"header an array":       {forge(t, private, `["ES256"]`, payload), badAlg},
		"JSON serialization":    {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, noJWT},
		"five parts":            {good + ".a.b", noJWT},
		"a megabyte of dots":    {strings.Repeat(".", 1<<20), noJWT},
		"a huge header":         {withHeader("kid", strings.Repeat("k", 9<<10)), noJWT},
		"a very deep header":    {forge(t, private, `{"alg":"ES256","x":`+strings.Repeat("[", 4000)+`}`, payload), badAlg},
		"nothing":               {"", noJWT},
		"not ASCII":             {"é.é.é", noJWT},

		// Who, for whom.
		"sub of another":             {withClaim("sub", "root"), "its issuer is not its subject"},
		"iss of another":             {withClaim("iss", "root"), "its issuer is not its subject"},
		"iss missing":                {withClaim("iss", nil), "its issuer is not its subject"},
		"both missing":               {forge(t, private, header, payload.with("iss", nil).with("sub", nil)), "its issuer is not its subject"},
		"iss an array":               {withClaim("iss", []string{clientID}), claims},
		"iss in other case":          {forge(t, private, header, `{"ISS":"`+clientID+`","sub":"`+clientID+`"}`), "its issuer is not its subject"},
		"aud missing":                {withClaim("aud", nil), audience},
		"aud empty":                  {withClaim("aud", ""), audience},
		"aud an empty array":         {withClaim("aud", []string{}), audience},
		"aud with a slash":           {withClaim("aud", issuer+"/"), audience},
		"aud in capitals":            {withClaim("aud", strings.ToUpper(issuer)), audience},
		"aud of the endpoint":        {withClaim("aud", issuer+"/api/v2/token"), audience},
		"aud of ours and another":    {withClaim("aud", []string{issuer, "https://other.example"}), audience},
		"aud of ours twice":          {withClaim("aud", []string{issuer, issuer}), audience},
		"aud an object":              {withClaim("aud", members{issuer: true}), claims},
		"aud a number":               {withClaim("aud", 7), claims},
		"jti missing":                {withClaim("jti", nil), "no usable jti"},
		"jti empty":                  {withClaim("jti", ""), "no usable jti"},
		"jti a number":               {withClaim("jti", 7), claims},
		"jti too long":               {withClaim("jti", strings.Repeat("x", 256)), "no usable jti"},
		"payload no JSON":            {forge(t, private, header, "iss=ci"), claims},
		"payload an array":           {forge(t, private, header, "[]"), claims},
		"payload null":               {forge(t, private, header, "null"), "its issuer is not its subject"},
		"payload with text after it": {forge(t, private, header, marshal(t, payload)+"{}"), claims},
		"sub twice":                  {forge(t, private, header, strings.Replace(marshal(t, payload), "{", `{"sub":"root",`, 1)), claims},
		"exp twice":                  {forge(t, private, header, strings.Replace(marshal(t, payload), "{", `{"exp":4102444800,`, 1)), claims},
		"claims in a nested JWT":     {forge(t, private, header, `"`+good+`"`), claims},

		// When.
		"exp missing":         {withClaim("exp", nil), "does not expire"},
		"exp null":            {forge(t, private, header, strings.Replace(marshal(t, payload), `"exp":`, `"exp":null,"was":`, 1)), "does not expire"},
		"exp zero":            {withClaim("exp", 0), "does not expire"},
		"exp negative":        {withClaim("exp", -1), "does not expire"},
		"exp text":            {withClaim("exp", "4102444800"), claims},
		"exp true":            {withClaim("exp", true), claims},
		"exp huge":            {withClaim("exp", json.Number("1e300")), "lives too long"},
		"exp beyond float64":  {withClaim("exp", json.Number("1e999")), claims},
		"expired":             {withClaim("exp", seconds-60), "expired"},
		"a fraction too late": {withClaim("exp", float64(seconds-60)-0.5), "expired"},
		"lives too long":      {withClaim("exp", seconds+361), "lives too long"},
		"nbf to come":         {withClaim("nbf", seconds+61), "not valid yet"},
		"nbf text":            {withClaim("nbf", "0"), claims},
		"iat to come":         {withClaim("iat", seconds+61), "not valid yet"},
		"iat an object":       {withClaim("iat", members{}), claims},
	} {
		t.Run(name, func(t *testing.T) {
			err := judge(test.raw, clients...)
			if err == nil {
				t.Fatal("it is accepted")
			}
			if !strings.Contains(err.Error(), test.because) {
				t.Errorf("refused because %q, want %q", err, test.because)
			}
			if len(test.raw) > 20 && strings.Contains(err.Error(), test.raw[:20]) {
				t.Errorf("the refusal repeats it: %v", err)
			}
		})
	}
}

// nextLetter changes only bits that mean nothing: a signature of 64 bytes leaves four of them in its last letter.
func nextLetter(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

// addOrder makes another text of an Ed25519 signature that older verifiers accept: (R, S+L).
func addOrder(signature []byte) []byte {
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	s := new(big.Int).SetBytes(reversed(signature[32:]))
	return append(append([]byte{}, signature[:32]...), reversed(s.Add(s, l).FillBytes(make([]byte, 32)))...)
}

func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[len(b)-1-i] = b[i]
	}
	return out
}

// TestAssertionTimes are the moments on either side of each limit.
func TestAssertionTimes(t *testing.T) {
	key := newKey(t, token.EdDSA)
	client, private := clientOf(t, key, ""), parsePKCS8(t, key)
	seconds := now.Unix()
	for name, tt := range map[string]struct {
		claim string
		at    float64
		good  bool
	}{
		"as late as can be":       {"exp", float64(seconds) - 59.5, true},
		"too late":                {"exp", float64(seconds) - 60, false},
		"as long as can be":       {"exp", float64(seconds) + 360, true},
		"a moment too long":       {"exp", float64(seconds) + 360.5, false},
		"made in a slow future":   {"iat", float64(seconds) + 60, true},
		"made in the future":      {"iat", float64(seconds) + 60.5, false},
		"valid in a slow future":  {"nbf", float64(seconds) + 60, true},
		"valid from tomorrow":     {"nbf", float64(seconds) + 86400, false},
		"made long ago, still on": {"iat", 1, true},
	} {
		raw := forge(t, private, members{"alg": "EdDSA"}, goodAssertion().with(tt.claim, tt.at))
		if err := judge(raw, client); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
		assertion, err := token.ParseAssertion(raw)
		if err != nil {
			t.Fatal(err)
		}
		// Its jti must not be forgotten while somebody would accept it.
		if until := assertion.UsableUntil(); tt.good && assertion.Check(issuer, until) == nil {
			t.Errorf("%s: it is good at %v, when its jti is forgotten", name, until)
		}
	}
}

// TestNobodyHasSigned: where there is no key to try, a decoy is, and nothing is found. The work is the same as with a key
// that is the wrong one, so that its time does not tell whether there is such a client.
func TestNobodyHasSigned(t *testing.T) {
	for _, alg := range algorithms {
		key := newKey(t, alg)
		raw := forge(t, parsePKCS8(t, key), members{"alg": string(alg), "kid": "mine"}, goodAssertion())
		assertion, err := token.ParseAssertion(raw)
		if err != nil {
			t.Fatal(err)
		}
		looked := 0
		token.WatchVerifying(assertion, func() { looked++ })
		stranger := newKey(t, alg)
		for name, keys := range map[string][]*token.ClientKey{
			"no keys": nil, "another kid": {clientOf(t, key, "other")}, "another key by this kid": {clientOf(t, stranger, "mine")},
			"keys of other kinds": {clientOf(t, otherKind(t, alg), "mine")},
		} {
			looked = 0
			if found := assertion.SignedBy(keys); found != nil {
				t.Errorf("%s, %s: found %s", alg, name, found.ID)
			}
			if looked != 1 {
				t.Errorf("%s, %s: %d signatures were looked at, which tells", alg, name, looked)
			}
		}
		looked = 0
		if assertion.SignedBy([]*token.ClientKey{clientOf(t, key, "mine")}) == nil {
			t.Errorf("%s: its own key is not found", alg)
		}
	}
}

func otherKind(t *testing.T, alg token.Algorithm) *token.SigningKey {
	if alg == token.EdDSA {
		return newKey(t, token.ES256)
	}
	return newKey(t, token.EdDSA)
}

// FuzzAssertion holds that nothing but what was signed is accepted, that every refusal is ErrInvalidAssertion, and that no
// text makes the parser panic.
func FuzzAssertion(f *testing.F) {
	key, stranger := newKey(f, token.EdDSA), newKey(f, token.EdDSA)
	client, private := clientOf(f, key, "mine"), parsePKCS8(f, key)
	good := forge(f, private, members{"alg": "EdDSA", "kid": "mine", "typ": "JWT"}, goodAssertion())
	for _, seed := range []string{
		good, "", "..", strings.Replace(good, ".", "..", 1), "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.",
		forge(f, parsePKCS8(f, stranger), members{"alg": "EdDSA", "jwk": jose.JSONWebKey{Key: stranger.Public()}}, goodAssertion()),
		forge(f, private, members{"alg": "EdDSA"}, `{"exp":1e300,"aud":"x","sub":"a","iss":"a"}`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		assertion, err := token.ParseAssertion(raw)
		if err != nil {
			if !errors.Is(err, token.ErrInvalidAssertion) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		signer := assertion.SignedBy([]*token.ClientKey{client})
		if signer != nil && assertion.Check(issuer, now) == nil && raw != good {
			t.Fatal("a text that was never signed is accepted")
		}
		if raw == good && (signer != client || assertion.Subject != clientID || assertion.ID != "once") {
			t.Fatal("what was signed is not accepted")
		}
	})
}
