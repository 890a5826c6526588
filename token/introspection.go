package token

import (
	"encoding/json"
	"time"
)

// introspectionType is the media type of a signed introspection answer (RFC 9701 section 5). It keeps such an answer
// from being taken for an access token: see headerType.
const introspectionType = "token-introspection+jwt"

// SignIntrospection signs the JSON of an introspection answer for the one who asked (RFC 9701 section 5). There is no
// sub and no exp beside it, so that it can never pass for a token.
func (s *Signer) SignIntrospection(issuer, askedBy string, at time.Time, answer []byte) (string, error) {
	payload, err := json.Marshal(struct {
		Issuer   string          `json:"iss"`
		Audience string          `json:"aud"`
		IssuedAt int64           `json:"iat"`
		Answer   json.RawMessage `json:"token_introspection"`
	}{issuer, askedBy, at.Unix(), answer})
	if err != nil {
		return "", err
	}
	return s.sign(encodedHeader(s.key, introspectionType), payload)
}
