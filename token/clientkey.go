package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// Why a client's public key is refused.
var (
	// ErrNotPublicKey says that a text is neither a JWK nor a PEM block of a public key.
	ErrNotPublicKey = errors.New("not a public key as JWK or PEM")
	// ErrPrivateKey says that somebody gave away the private half. It must count as known to others from then on.
	ErrPrivateKey = errors.New("a private key, where only the public half belongs")
	// ErrWeakPublicKey says that the key is of a kind or size that is not accepted.
	ErrWeakPublicKey = errors.New("not a key for ES256 (P-256), RS256 (3072 to 8192 bits) or EdDSA (Ed25519)")
)

const (
	maxClientKeyLen = 8 << 10
	maxKeyIDLen     = 128
	maxRSABits      = 8192 // verifying with a longer one would cost us more than it costs its owner
)

// ClientKey is the public half of a key pair that a client signs its assertions with (RFC 7523). It is immutable.
type ClientKey struct {
	// ID is the kid that assertions name: the one in the JWK, or else the thumbprint.
	ID string
	// Thumbprint names the key itself, whatever it is called (RFC 7638).
	Thumbprint string
	Algorithm  Algorithm

	public jose.JSONWebKey
}

// ParseClientKey reads a public key as a JWK (RFC 7517) or in PEM ("PUBLIC KEY", "RSA PUBLIC KEY"). It answers
// [ErrNotPublicKey], [ErrPrivateKey] or [ErrWeakPublicKey], and never repeats what was given.
func ParseClientKey(text []byte) (*ClientKey, error) {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0 || len(text) > maxClientKeyLen:
		return nil, ErrNotPublicKey
	case text[0] == '{':
		return parseJWK(text)
	}
	public, err := parsePEM(text)
	if err != nil {
		return nil, err
	}
	return newClientKey(jose.JSONWebKey{Key: public})
}

func parseJWK(text []byte) (*ClientKey, error) {
	var secret struct {
		Exponent json.RawMessage `json:"d"` // of every private key
		Key      json.RawMessage `json:"k"` // of a symmetric one
	}
	if json.Unmarshal(text, &secret) == nil && (secret.Exponent != nil || secret.Key != nil) {
		return nil, ErrPrivateKey
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal(text, &key); err != nil || !key.Valid() {
		return nil, ErrNotPublicKey
	}
	if key.Use != "" && key.Use != "sig" || !isKeyID(key.KeyID) && key.KeyID != "" {
		return nil, ErrNotPublicKey
	}
	return newClientKey(key)
}

// isKeyID keeps to what can be written into a log and compared byte by byte.
func isKeyID(kid string) bool {
	for i := range len(kid) {
		if kid[i] <= ' ' || kid[i] > '~' {
			return false
		}
	}
	return kid != "" && len(kid) <= maxKeyIDLen
}

func parsePEM(text []byte) (crypto.PublicKey, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil || len(bytes.TrimSpace(rest)) > 0:
		return nil, ErrNotPublicKey
	case bytes.HasSuffix([]byte(block.Type), []byte("PRIVATE KEY")):
		return nil, ErrPrivateKey
	}
	var public crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		err = ErrNotPublicKey
	}
	if err != nil {
		return nil, ErrNotPublicKey
	}
	return public, nil
}

func newClientKey(given jose.JSONWebKey) (*ClientKey, error) {
	alg, ok := algorithmOf(given.Key)
	if !ok || given.Algorithm != "" && given.Algorithm != string(alg) {
		return nil, ErrWeakPublicKey
	}
	// Made anew of the key alone: certificates and the like are not kept.
	public := jose.JSONWebKey{Key: given.Key, KeyID: given.KeyID, Algorithm: string(alg), Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, ErrNotPublicKey
	}
	name := base64.RawURLEncoding.EncodeToString(thumbprint)
	if public.KeyID == "" {
		public.KeyID = name
	}
	return &ClientKey{ID: public.KeyID, Thumbprint: name, Algorithm: alg, public: public}, nil
}

// algorithmOf is the one algorithm that a public key is used with.
func algorithmOf(public crypto.PublicKey) (Algorithm, bool) {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return ES256, k.Curve == elliptic.P256()
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return RS256, bits >= rsaBits && bits <= maxRSABits && k.E >= 3
	case ed25519.PublicKey:
		return EdDSA, len(k) == ed25519.PublicKeySize
	}
	return "", false
}

// JWK returns the key as a JWK with kid, alg and use.
func (k *ClientKey) JWK() []byte {
	text, err := json.Marshal(k.public)
	if err != nil {
		panic(fmt.Sprintf("token: marshal client key %s: %v", k.Thumbprint, err)) // it was written once, for its thumbprint
	}
	return text
}
