package token

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4/json"
)

// Why a token is refused. All of them are [ErrInvalidToken]; a client is told no more than that, the log may be.
var (
	ErrInvalidToken = errors.New("access token is not valid")
	// ErrExpiredToken says that everything about the token is right but its time is over.
	ErrExpiredToken = fmt.Errorf("%w: it has expired", ErrInvalidToken)
	// ErrUnknownKey says that the token's header is none of those that the keys of the set write: that of a key which was
	// withdrawn, which another replica has just made, or which never was; or that of another kind of token.
	ErrUnknownKey = fmt.Errorf("%w: its header is not one of ours", ErrInvalidToken)
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
// The token decides nothing about how it is checked (RFC 8725 sections 3.1 and 3.11): its header must be, byte for byte,
// the one that a key of ours writes, and that key says which algorithm is used. No header of a stranger is ever parsed.
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
	parts, err := splitCompact(raw)
	if err != nil {
		return nil, err
	}
	key, found := keys.byHeader[parts[0]]
	if !found {
		return nil, ErrUnknownKey
	}
	signature, err := decodePart(parts[2])
	if err != nil {
		return nil, err
	}
	if !verifySignature(key, []byte(raw[:len(raw)-len(parts[2])-1]), signature) {
		return nil, fmt.Errorf("%w: its signature is wrong", ErrInvalidToken)
	}
	return readPayload(parts[1])
}

func readPayload(part string) (*payload, error) {
	decoded, err := decodePart(part)
	if err != nil {
		return nil, err
	}
	var p payload
	if err := json.Unmarshal(decoded, &p); err != nil {
		return nil, fmt.Errorf("%w: its claims cannot be read", ErrInvalidToken)
	}
	return &p, nil
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
