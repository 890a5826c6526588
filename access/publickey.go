package access

import (
	"time"

	"latchkey/token"
)

// PublicKey is the public half of a key pair that an application proves itself
// with, beside its secret key or instead of one (RFC 7523). The private half never comes here.
type PublicKey struct {
	ID            string
	ApplicationID string
	Name          string // what people call it; may be empty
	// KeyID is the kid that the client's assertions name; Thumbprint names the
	// key itself (RFC 7638).
	KeyID      string
	Thumbprint string
	Algorithm  string // ES256, RS256 or EdDSA
	JWK        string // with kid, alg and use
	CreatedBy  string
	CreatedAt  time.Time
	LastUsed   time.Time // zero: never
}

// MaxPublicKeys is how many an application has at most: enough to change one
// while others are in use, and few enough to try them all.
const MaxPublicKeys = 10

// MaxPublicKeyNameLength is in characters.
const MaxPublicKeyNameLength = 64

// NewPublicKey is the input of Service.AddPublicKey. Key is a JWK, a set of one,
// or PEM.
type NewPublicKey struct {
	Name string
	Key  string
}

// TokenID names an access token: never by its text, since a signature can be
// written in more ways than one (security.md 21).
type TokenID struct{ Issuer, ID string }

// TokenState is what verifying a token needs to know of the present, in one row.
type TokenState struct {
	Credential Credential
	// Grants are the access rules of who acts: the application, or the owner of
	// the access key.
	Grants []Grant
	// ScopePath is where the application is managed; empty for an access key.
	ScopePath ScopePath
	// Revoked says that the token was; KeyGone that the public key that earned
	// it was deleted.
	Revoked, KeyGone bool
}

// RevokedToken is a token that is no good any more before its time.
type RevokedToken struct {
	TokenID
	ClientID  string // whose it was: the id of the application or access key
	ExpiresAt time.Time
}

// AssertionType is the client_assertion_type that is understood.
const AssertionType = token.AssertionType

// SigningAlgorithms are those that tokens are signed with, and that applications
// may sign their assertions with.
func SigningAlgorithms() []string {
	return []string{string(token.ES256), string(token.RS256), string(token.EdDSA)}
}
