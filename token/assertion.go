package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// AssertionType is the client_assertion_type of a JWT (RFC 7523 section 2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// The times of assertions. A client makes one for each request, so that a long life serves only those who stole it.
const (
	MaxAssertionLife = 5 * time.Minute
	AssertionLeeway  = 60 * time.Second // how far the client's clock may be from ours
)

// ErrInvalidAssertion says that a client assertion proves nothing. The words after it are for the log.
var ErrInvalidAssertion = errors.New("client assertion is not valid")

// Assertion is a JWT by which a client says who it is (RFC 7523 section 3). Nothing that it says may be believed before
// [Assertion.SignedBy] has found the key, and nothing be done before [Assertion.Check].
type Assertion struct {
	Subject string // the client id
	KeyID   string // the key that it names, or empty
	ID      string // jti

	algorithm Algorithm
	verify    func(publicKey any) ([]byte, error)
	claims    assertionClaims
}

type assertionClaims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	ExpiresAt float64  `json:"exp"` // a NumericDate may have a fraction (RFC 7519 section 2)
	NotBefore float64  `json:"nbf"`
	IssuedAt  float64  `json:"iat"`
	ID        string   `json:"jti"`
}

// ParseAssertion reads an assertion that nobody has verified yet.
func ParseAssertion(raw string) (*Assertion, error) {
	if !isCompact(raw) {
		return nil, invalidAssertion("it is no JWT")
	}
	signed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.EdDSA})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, invalidAssertion("it is no JWT of an algorithm that is accepted")
	}
	header := signed.Signatures[0].Protected
	if !isAssertionType(header.ExtraHeaders[jose.HeaderType]) {
		return nil, invalidAssertion("it is of another type")
	}
	// None is understood here, not even an empty list of them (RFC 7515 section 4.1.11).
	if _, extended := header.ExtraHeaders["crit"]; extended {
		return nil, invalidAssertion("it asks for an extension")
	}
	a := &Assertion{KeyID: header.KeyID, algorithm: Algorithm(header.Algorithm), verify: signed.Verify}
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &a.claims); err != nil {
		return nil, invalidAssertion("its claims cannot be read")
	}
	a.Subject, a.ID = a.claims.Subject, a.claims.ID
	return a, nil
}

// isCompact is stricter than the library, so that an assertion has one text.
func isCompact(raw string) bool {
	parts, err := splitCompact(raw)
	for _, part := range parts {
		if err == nil {
			_, err = decodePart(part)
		}
	}
	return err == nil
}

// isAssertionType accepts the type of RFC 10070 and what libraries wrote before there was one. The prefix
// "application/" may be left out, and case does not matter (RFC 7515 section 4.1.9).
func isAssertionType(typ any) bool {
	if typ == nil {
		return true
	}
	text, ok := typ.(string)
	text = strings.TrimPrefix(strings.ToLower(text), "application/")
	return ok && (text == "jwt" || text == "client-authentication+jwt")
}

// SignedBy finds the key that has signed the assertion, or nil. Which keys count is the caller's to say: the token
// only chooses among them. Where none can have signed it a decoy is tried, so that the time of the answer does not tell
// whether there is such a client.
func (a *Assertion) SignedBy(keys []*ClientKey) *ClientKey {
	tried := false
	for _, key := range keys {
		if key.Algorithm != a.algorithm || a.KeyID != "" && a.KeyID != key.ID && a.KeyID != key.Thumbprint {
			continue
		}
		tried = true
		if _, err := a.verify(key.public.Key); err == nil {
			return key
		}
	}
	if !tried {
		_, _ = a.verify(decoys[a.algorithm])
	}
	return nil
}

// Check reports what is wrong with an assertion whose signature is right: it must be made by the client for this issuer
// alone (RFC 10070: not for the address of an endpoint), be named, and live only now. The error is for the log.
func (a *Assertion) Check(issuer string, now time.Time) error {
	c, at := a.claims, float64(now.Unix())
	leeway := AssertionLeeway.Seconds()
	switch {
	case c.Issuer == "" || c.Issuer != c.Subject:
		return invalidAssertion("its issuer is not its subject")
	case !slices.Equal(c.Audience, audience{issuer}):
		return invalidAssertion("it is meant for another audience")
	case c.ID == "" || len(c.ID) > maxAssertionID:
		return invalidAssertion("it has no usable jti")
	case c.ExpiresAt <= 0:
		return invalidAssertion("it does not expire")
	case c.ExpiresAt <= at-leeway:
		return invalidAssertion("it has expired")
	case c.ExpiresAt > at+leeway+MaxAssertionLife.Seconds():
		return invalidAssertion("it lives too long")
	case c.NotBefore > at+leeway || c.IssuedAt > at+leeway:
		return invalidAssertion("it is not valid yet")
	}
	return nil
}

const maxAssertionID = 255

// UsableUntil is when nobody accepts the assertion any more, so that its jti can be forgotten. Check must have passed.
func (a *Assertion) UsableUntil() time.Time {
	return time.Unix(int64(a.claims.ExpiresAt)+1, 0).Add(AssertionLeeway).UTC()
}

func invalidAssertion(why string) error { return fmt.Errorf("%w: %s", ErrInvalidAssertion, why) }

// decoys are keys, one for each algorithm, to spend time on. What they say is not looked at, so that it does not matter
// that the private half of one is known: the base points of the curves, and a number of the right size.
var decoys = map[Algorithm]crypto.PublicKey{
	ES256: &ecdsa.PublicKey{Curve: elliptic.P256(), X: elliptic.P256().Params().Gx, Y: elliptic.P256().Params().Gy},
	EdDSA: ed25519.PublicKey(append([]byte{0x58}, bytes.Repeat([]byte{0x66}, ed25519.PublicKeySize-1)...)),
	RS256: &rsa.PublicKey{N: new(big.Int).SetBytes(bytes.Repeat([]byte{0xd5}, rsaBits/8)), E: 65537},
}
