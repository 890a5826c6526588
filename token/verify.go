package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// Why a token is refused. All of them are [ErrInvalidToken]; a client is told no more than that, the log may be.
var (
	ErrInvalidToken = errors.New("access token is not valid")
	// ErrExpiredToken says that everything about the token is right but its time is over.
	ErrExpiredToken = fmt.Errorf("%w: it has expired", ErrInvalidToken)
	// ErrUnknownKey says that the token names a signing key that is not in the set: one that was withdrawn, one that
	// another replica has just made, or one that never was.
	ErrUnknownKey = fmt.Errorf("%w: its signing key is not known", ErrInvalidToken)
)

// Verifier checks access tokens of one issuer for one audience. Both must be set: an empty one matches no token.
type Verifier struct {
	Issuer   string
	Audience string
	Now      func() time.Time // time.Now if nil
	Leeway   time.Duration    // how far the clocks of replicas may differ, for exp and nbf; whole seconds
}

// Verify returns the claims of a token that one of keys has signed, that is meant for this audience and that has not
// expired. Anything else is an [ErrInvalidToken].
//
// The token decides nothing about how it is checked (RFC 8725 sections 3.1 and 3.11): its header may name one of our
// keys, and that key says which algorithm is used. A header with anything beyond typ, alg and kid is refused unread.
func (v *Verifier) Verify(raw string, keys *KeySet) (Claims, error) {
	claims, err := v.VerifyIssued(raw, keys)
	if err != nil {
		return Claims{}, err
	}
	if !slices.Contains(claims.Audience, v.Audience) {
		return Claims{}, fmt.Errorf("%w: it is meant for another audience", ErrInvalidToken)
	}
	return claims, nil
}

// VerifyIssued is Verify for whoever asks about a token rather than obeys it: all that the issuer signed counts,
// whichever audience it is meant for.
func (v *Verifier) VerifyIssued(raw string, keys *KeySet) (Claims, error) {
	p, err := keys.checked.remember(raw, func() (*payload, error) { return open(raw, keys) })
	if err != nil {
		return Claims{}, err
	}
	if err := v.checkClaims(p); err != nil {
		return Claims{}, err
	}
	return p.claims(), nil
}

// open returns what a token says if one of keys has signed it. That depends on nothing but the two, and so holds for as
// long as they do.
func open(raw string, keys *KeySet) (*payload, error) {
	key, err := findKey(raw, keys)
	if err != nil {
		return nil, err
	}
	signed, err := checkSignature(raw, key)
	if err != nil {
		return nil, err
	}
	var p payload
	if err := json.Unmarshal(signed, &p); err != nil {
		return nil, fmt.Errorf("%w: its claims cannot be read", ErrInvalidToken)
	}
	return &p, nil
}

// findKey returns the key that the header names.
func findKey(raw string, keys *KeySet) (*jose.JSONWebKey, error) {
	decoded, err := headerOf(raw)
	if err != nil {
		return nil, err
	}
	header, err := parseHeader(decoded)
	if err != nil {
		return nil, err
	}
	key, found := keys.keys[header.kid]
	if !found {
		return nil, ErrUnknownKey
	}
	if header.alg != key.Algorithm {
		return nil, fmt.Errorf("%w: its algorithm is not that of its key", ErrInvalidToken)
	}
	return key, nil
}

// headerOf returns the header's JSON of a token whose three parts are base64url without padding, line breaks or stray
// bits at the end (RFC 7515 section 2). Decoders are more generous than that, so that one token would have many texts.
func headerOf(raw string) ([]byte, error) {
	if len(raw) > maxTokenLen {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrInvalidToken, maxTokenLen)
	}
	// Counted before anything is split, so that thousands of dots cost no memory (CVE-2025-30204).
	if strings.Count(raw, ".") != 2 {
		return nil, fmt.Errorf("%w: it does not have three parts", ErrInvalidToken)
	}
	var header []byte
	for i, part := range strings.SplitN(raw, ".", 3) {
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") {
			return nil, fmt.Errorf("%w: it is not base64url", ErrInvalidToken)
		}
		if i == 0 {
			header = decoded
		}
	}
	return header, nil
}

type header struct{ alg, kid string }

// parseHeader reads a header of exactly three strings. That alone refuses jwk, jku, x5u, x5c and crit: they would be a
// fourth member.
func parseHeader(decoded []byte) (header, error) {
	var members map[string]string
	if err := json.Unmarshal(decoded, &members); err != nil {
		return header{}, fmt.Errorf("%w: its header cannot be read", ErrInvalidToken)
	}
	if len(members) != 3 || members["alg"] == "" || members["kid"] == "" {
		return header{}, fmt.Errorf("%w: its header is not made of typ, alg and kid", ErrInvalidToken)
	}
	if members["typ"] != headerType {
		return header{}, fmt.Errorf("%w: it is not of type %s", ErrInvalidToken, headerType)
	}
	return header{alg: members["alg"], kid: members["kid"]}, nil
}

// checkSignature returns the signed bytes. The algorithm it allows is the key's, never the token's.
func checkSignature(raw string, key *jose.JSONWebKey) ([]byte, error) {
	allowed := []jose.SignatureAlgorithm{jose.SignatureAlgorithm(key.Algorithm)}
	parsed, err := jose.ParseSignedCompact(raw, allowed)
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be read", ErrInvalidToken)
	}
	signed, err := parsed.Verify(key.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: its signature is wrong", ErrInvalidToken)
	}
	return signed, nil
}

func (v *Verifier) checkClaims(p *payload) error {
	claims := p.claims()
	if name := claims.missing(); name != "" {
		return fmt.Errorf("%w: it has no usable %s", ErrInvalidToken, name)
	}
	if claims.Issuer != v.Issuer {
		return fmt.Errorf("%w: it comes from another issuer", ErrInvalidToken)
	}
	now, leeway := v.now().Unix(), int64(v.Leeway/time.Second)
	if p.NotBefore > now+leeway {
		return fmt.Errorf("%w: it is not valid yet", ErrInvalidToken)
	}
	if claims.ExpiresAt <= now-leeway {
		return ErrExpiredToken
	}
	return nil
}

func (v *Verifier) now() time.Time {
	if v.Now == nil {
		return time.Now()
	}
	return v.Now()
}
