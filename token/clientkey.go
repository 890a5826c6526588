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
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// Why a client's public key is refused.
var (
	// ErrNotPublicKey says that a text is neither a JWK nor a PEM block of a public key.
	ErrNotPublicKey = errors.New("not a public key as JWK or PEM")
	// ErrPrivateKey says that somebody gave away the private half. It must count as known to others from then on.
	ErrPrivateKey = errors.New("a private key, where only the public half belongs")
	// ErrWeakPublicKey says that the key is of a kind or size that is not accepted. What it is, [WeakKeyError] says.
	ErrWeakPublicKey = errors.New("not a key for ES256 (P-256), RS256 (3072 to 8192 bits) or EdDSA (Ed25519)")
	// ErrCertificate says that a public key is wrapped up in a certificate, whose dates and issuer nobody would look at.
	ErrCertificate = errors.New("a certificate, where a public key belongs")
	// ErrSeveralKeys says that a JWK set holds more or less than one key.
	ErrSeveralKeys = errors.New("a JWK set of another number of keys than one")
)

// WeakKeyError is an [ErrWeakPublicKey] that says what was given, such as "an RSA key of 2048 bits".
type WeakKeyError struct{ What string }

func (e *WeakKeyError) Error() string { return e.What + ": " + ErrWeakPublicKey.Error() }
func (e *WeakKeyError) Unwrap() error { return ErrWeakPublicKey }

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

// ParseClientKey reads a public key as a JWK or a set of one (RFC 7517), or in PEM ("PUBLIC KEY", "RSA PUBLIC KEY"). It
// answers one of the errors above, and never repeats what was given.
func ParseClientKey(text []byte) (*ClientKey, error) {
	text = bytes.TrimSpace(text)
	switch {
	case bytes.Contains(text, []byte("PRIVATE KEY-----")):
		return nil, ErrPrivateKey // wherever it stands: behind "EC PARAMETERS", or the other half
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
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	switch err := json.Unmarshal(text, &set); {
	case isPrivate(text) || slices.ContainsFunc(set.Keys, func(key json.RawMessage) bool { return isPrivate(key) }):
		return nil, ErrPrivateKey
	case err != nil:
		return nil, ErrNotPublicKey
	case set.Keys != nil && len(set.Keys) != 1:
		return nil, ErrSeveralKeys
	case set.Keys != nil:
		text = set.Keys[0]
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal(text, &key); err != nil || !key.Valid() {
		return nil, refusedJWK(text)
	}
	if key.Use != "" && key.Use != "sig" || !isKeyID(key.KeyID) && key.KeyID != "" {
		return nil, ErrNotPublicKey
	}
	return newClientKey(key)
}

// isPrivate looks for the members of a JWK that are nobody else's (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1).
func isPrivate(jwk []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(jwk, &members) != nil {
		return false
	}
	return slices.ContainsFunc([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}, func(name string) bool { return members[name] != nil })
}

// refusedJWK tells a curve that nothing here knows, such as secp256k1, from nonsense.
func refusedJWK(text []byte) error {
	var key struct {
		Type  string `json:"kty"`
		Curve string `json:"crv"`
	}
	if json.Unmarshal(text, &key) == nil && (key.Type == "EC" || key.Type == "OKP") && slices.Contains([]string{"secp256k1", "Ed448", "X25519", "X448"}, key.Curve) {
		return &WeakKeyError{"a key on the curve " + key.Curve}
	}
	return ErrNotPublicKey
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
	}
	var public crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		return nil, ErrCertificate
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
	switch {
	case !ok:
		return nil, &WeakKeyError{kindOf(given.Key)}
	case given.Algorithm != "" && given.Algorithm != string(alg):
		return nil, &WeakKeyError{"a key whose alg is not " + string(alg)}
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
		return RS256, bits >= rsaBits && bits <= maxRSABits && k.E >= 3 && k.E%2 == 1 && k.N.Bit(0) == 1
	case ed25519.PublicKey:
		return EdDSA, len(k) == ed25519.PublicKeySize
	}
	return "", false
}

// kindOf says what a public key is, to whoever gave it.
func kindOf(public crypto.PublicKey) string {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return "a key on the curve " + k.Curve.Params().Name
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < rsaBits || bits > maxRSABits {
			return fmt.Sprintf("an RSA key of %d bits", bits)
		}
		return "an RSA key whose numbers cannot be those of one"
	case ed25519.PublicKey:
		return "an Ed25519 key"
	}
	return "a key of another kind"
}

// JWK returns the key as a JWK with kid, alg and use.
func (k *ClientKey) JWK() []byte {
	text, err := json.Marshal(k.public)
	if err != nil {
		panic(fmt.Sprintf("token: marshal client key %s: %v", k.Thumbprint, err)) // it was written once, for its thumbprint
	}
	return text
}
