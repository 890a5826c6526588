package token

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"
)

// ErrIncompleteClaims says that claims lack something that every access token must carry. It is a fault of whoever
// filled them in.
var ErrIncompleteClaims = errors.New("access token claims are incomplete")

// SubjectType says what kind of principal a subject is. Ids of applications and of users are UUIDs alike; this claim is
// the namespace that keeps one from ever being taken for the other (RFC 9068 section 5, RFC 9700 section 4.15).
type SubjectType string

// The kinds of principal that hold access tokens.
const (
	SubjectApplication SubjectType = "app"
	SubjectUser        SubjectType = "user"
)

// Claims is what an access token says (RFC 9068 section 2.2). Times are whole seconds since 1970 in UTC.
type Claims struct {
	Issuer      string      // iss: the public URL of this installation
	Subject     string      // sub: the id of the application or user, unique only together with SubjectType
	SubjectType SubjectType // sub_type
	Audience    []string    // aud
	ExpiresAt   int64       // exp: the token is refused from this second on
	IssuedAt    int64       // iat
	ID          string      // jti: names the token when it is revoked; see [MintTokenID]
	ClientID    string      // client_id: what the principal signed in with
	TenantID    int64       // tenant_id
	Generation  int64       // gen: which of the subject's successive credentials earned this token
	Scope       string      // scope: space-separated, left out when empty
	Session     string      // sid: the sign-in that a user's token lives and dies with, left out when empty
	PublicKey   string      // pkid: the client's public key that earned the token, left out when a secret key did
}

const tokenIDLen = 22 // 62^22 > 2^130

// MintTokenID returns a random id (jti) of 22 letters and digits, 130 bits: no two tokens ever share one.
func MintTokenID(random io.Reader) (string, error) {
	id, err := appendRandom(make([]byte, 0, tokenIDLen), random, tokenIDLen)
	if err != nil {
		return "", fmt.Errorf("mint a token id: %w", err)
	}
	return string(id), nil
}

// missing names the first required claim that is not there, or is empty if all are.
func (c *Claims) missing() string {
	switch {
	case c.Issuer == "":
		return "iss"
	case c.Subject == "":
		return "sub"
	case c.SubjectType != SubjectApplication && c.SubjectType != SubjectUser:
		return "sub_type"
	case len(c.Audience) == 0 || slices.Contains(c.Audience, ""):
		return "aud"
	case c.ExpiresAt <= 0:
		return "exp"
	case c.IssuedAt <= 0:
		return "iat"
	case c.ID == "":
		return "jti"
	case c.ClientID == "":
		return "client_id"
	case c.SubjectType == SubjectUser && c.Session == "":
		return "sid"
	}
	return ""
}

// appendJSON appends the claims as JSON that standard base64 decoders read.
//
// A client in wide use decodes the payload of a token with Python's standard base64 alphabet, which silently drops the
// '-' and '_' of base64url and so corrupts the text. Those two stand for the bit groups 111110 and 111111. In ASCII, where
// the top bit of every byte is 0, only the last group of three bytes can be one of them, and only if the third byte is
// '>', '?', '~' or DEL. So no byte of the payload is one of these four or above 127: appendString escapes them.
func (c *Claims) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"iss":`...)
	dst = appendString(dst, c.Issuer)
	dst = append(dst, `,"sub":`...)
	dst = appendString(dst, c.Subject)
	dst = append(dst, `,"sub_type":`...)
	dst = appendString(dst, string(c.SubjectType))
	dst = append(dst, `,"aud":`...)
	dst = appendAudience(dst, c.Audience)
	dst = append(dst, `,"exp":`...)
	dst = strconv.AppendInt(dst, c.ExpiresAt, 10)
	dst = append(dst, `,"iat":`...)
	dst = strconv.AppendInt(dst, c.IssuedAt, 10)
	dst = append(dst, `,"jti":`...)
	dst = appendString(dst, c.ID)
	dst = append(dst, `,"client_id":`...)
	dst = appendString(dst, c.ClientID)
	dst = append(dst, `,"tenant_id":`...)
	dst = strconv.AppendInt(dst, c.TenantID, 10)
	dst = append(dst, `,"gen":`...)
	dst = strconv.AppendInt(dst, c.Generation, 10)
	if c.Scope != "" {
		dst = append(dst, `,"scope":`...)
		dst = appendString(dst, c.Scope)
	}
	if c.Session != "" {
		dst = append(dst, `,"sid":`...)
		dst = appendString(dst, c.Session)
	}
	if c.PublicKey != "" {
		dst = append(dst, `,"pkid":`...)
		dst = appendString(dst, c.PublicKey)
	}
	return append(dst, '}')
}

// appendAudience writes one audience as a string and several as an array (RFC 7519 section 4.1.3).
func appendAudience(dst []byte, audience []string) []byte {
	if len(audience) == 1 {
		return appendString(dst, audience[0])
	}
	for i, a := range audience {
		if i == 0 {
			dst = append(dst, '[')
		} else {
			dst = append(dst, ',')
		}
		dst = appendString(dst, a)
	}
	return append(dst, ']')
}

// appendString appends s as a JSON string made only of the characters that [Claims.appendJSON] allows. Bytes that are not
// UTF-8 become U+FFFD, as in encoding/json.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		if c := s[i]; isPlain(c) {
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = appendEscaped(dst, r)
		i += size
	}
	return append(dst, '"')
}

func isPlain(c byte) bool {
	switch c {
	case '"', '\\', '?', '>', '~', 0x7f:
		return false
	}
	return 0x20 <= c && c < 0x80
}

// appendEscaped appends \uXXXX, twice (a surrogate pair) for runes beyond the first 65,536.
func appendEscaped(dst []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		dst = appendUnit(dst, 0xd800|r>>10)
		return appendUnit(dst, 0xdc00|r&0x3ff)
	}
	return appendUnit(dst, r)
}

func appendUnit(dst []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}

// payload is the JSON of a token as it is read back. The decoder is go-jose's, which tells "EXP" from "exp" and refuses
// a claim written twice; encoding/json does neither.
type payload struct {
	Issuer      string      `json:"iss"`
	Subject     string      `json:"sub"`
	SubjectType SubjectType `json:"sub_type"`
	Audience    audience    `json:"aud"`
	ExpiresAt   int64       `json:"exp"`
	NotBefore   int64       `json:"nbf"`
	IssuedAt    int64       `json:"iat"`
	ID          string      `json:"jti"`
	ClientID    string      `json:"client_id"`
	TenantID    int64       `json:"tenant_id"`
	Generation  int64       `json:"gen"`
	Scope       string      `json:"scope"`
	Session     string      `json:"sid"`
	PublicKey   string      `json:"pkid"`
}

// claims is a copy of its own: the payload may be shown to others again.
func (p *payload) claims() Claims {
	return Claims{
		Issuer:      p.Issuer,
		Subject:     p.Subject,
		SubjectType: p.SubjectType,
		Audience:    slices.Clone(p.Audience),
		ExpiresAt:   p.ExpiresAt,
		IssuedAt:    p.IssuedAt,
		ID:          p.ID,
		ClientID:    p.ClientID,
		TenantID:    p.TenantID,
		Generation:  p.Generation,
		Scope:       p.Scope,
		Session:     p.Session,
		PublicKey:   p.PublicKey,
	}
}

// audience is one string or an array of them.
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(a))
	}
	*a = make(audience, 1)
	return json.Unmarshal(b, &(*a)[0])
}
