package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Algorithm is how access tokens are signed, by its name in JOSE (RFC 7518 section 3.1, RFC 8037).
type Algorithm string

// The algorithms that are signed with and accepted. Nothing else is, whatever a token's header asks for.
const (
	ES256 Algorithm = "ES256" // ECDSA on P-256: the default, small and fast
	RS256 Algorithm = "RS256" // RSA with 3072 bits: what RFC 9068 wants offered; over ten times the cost of ES256
	EdDSA Algorithm = "EdDSA" // Ed25519
)

const rsaBits = 3072

var (
	// ErrUnknownAlgorithm says that a name is none of [ES256], [RS256] and [EdDSA].
	ErrUnknownAlgorithm = errors.New("unknown signing algorithm: choose ES256, RS256 or EdDSA")
	// ErrWrongSigningKey says that a private key does not fit its algorithm, or is no private key at all.
	ErrWrongSigningKey = errors.New("not a signing key of its algorithm")
)

// ParseAlgorithm reads the name of an algorithm, exactly as JOSE spells it.
func ParseAlgorithm(s string) (Algorithm, error) {
	switch a := Algorithm(s); a {
	case ES256, RS256, EdDSA:
		return a, nil
	}
	return "", ErrUnknownAlgorithm
}

// SigningKey is a key pair that signs access tokens. It is immutable, and shows only its id and algorithm when printed,
// logged or marshalled.
type SigningKey struct {
	ID        string // kid: the key's JWK thumbprint (RFC 7638), so the same key has the same id everywhere
	Algorithm Algorithm

	private func() crypto.Signer // a closure for the same reason as in Sealer
	public  jose.JSONWebKey
}

// GenerateSigningKey makes a new key pair. For ES256 and RS256 the Go library draws from the system's secure source
// whatever reader it is given (since Go 1.26); only EdDSA reads from random. The id never begins with a hyphen, so that a
// command line does not take it for an option.
func GenerateSigningKey(random io.Reader, alg Algorithm) (*SigningKey, error) {
	for {
		private, err := generatePrivate(random, alg)
		if err != nil {
			return nil, fmt.Errorf("generate a signing key: %w", err)
		}
		key, err := newSigningKey(private, alg)
		if err != nil || !strings.HasPrefix(key.ID, "-") {
			return key, err
		}
	}
}

func generatePrivate(random io.Reader, alg Algorithm) (crypto.Signer, error) {
	switch alg {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), random)
	case RS256:
		return rsa.GenerateKey(random, rsaBits)
	case EdDSA:
		_, private, err := ed25519.GenerateKey(random)
		return private, err
	}
	return nil, ErrUnknownAlgorithm
}

// ParsePrivate reads back what [SigningKey.MarshalPrivate] returned. It answers [ErrWrongSigningKey] if the bytes hold
// no private key or one of another algorithm, curve or size.
func ParsePrivate(pkcs8 []byte, alg Algorithm) (*SigningKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		// The parser's own words could quote the key.
		return nil, ErrWrongSigningKey
	}
	private, fits := parsed.(crypto.Signer)
	if !fits || !fitsAlgorithm(private, alg) {
		return nil, ErrWrongSigningKey
	}
	return newSigningKey(private, alg)
}

func fitsAlgorithm(private crypto.Signer, alg Algorithm) bool {
	switch k := private.(type) {
	case *ecdsa.PrivateKey:
		return alg == ES256 && k.Curve == elliptic.P256()
	case *rsa.PrivateKey:
		return alg == RS256 && k.N.BitLen() >= rsaBits
	case ed25519.PrivateKey:
		return alg == EdDSA
	}
	return false
}

func newSigningKey(private crypto.Signer, alg Algorithm) (*SigningKey, error) {
	public := jose.JSONWebKey{Key: private.Public(), Algorithm: string(alg), Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrongSigningKey, err)
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return &SigningKey{ID: public.KeyID, Algorithm: alg, private: func() crypto.Signer { return private }, public: public}, nil
}

// MarshalPrivate returns the private key as PKCS #8. It is for sealing and nothing else.
func (k *SigningKey) MarshalPrivate() ([]byte, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k.private())
	if err != nil {
		return nil, fmt.Errorf("marshal signing key %s: %w", k.ID, err)
	}
	return pkcs8, nil
}

// Public returns the public half: *ecdsa.PublicKey, *rsa.PublicKey or ed25519.PublicKey.
func (k *SigningKey) Public() crypto.PublicKey { return k.public.Key }

// sign returns the JWS signature of message (RFC 7518 sections 3.3 and 3.4, RFC 8037 section 3.1).
func (k *SigningKey) sign(message []byte) ([]byte, error) {
	switch private := k.private().(type) {
	case *ecdsa.PrivateKey:
		return signES256(private, message)
	case *rsa.PrivateKey:
		digest := sha256.Sum256(message)
		return rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:])
	case ed25519.PrivateKey:
		return ed25519.Sign(private, message), nil
	}
	return nil, ErrWrongSigningKey
}

// signES256 returns R and S as two 32-byte numbers side by side, which is how JOSE writes an ECDSA signature.
func signES256(private *ecdsa.PrivateKey, message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
	if err != nil {
		return nil, err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signature, nil
}

// verifySignature reports whether a signature of sign is right. The key alone says how it is to be read.
func verifySignature(public crypto.PublicKey, message, signature []byte) bool {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		return verifyES256(key, message, signature)
	case *rsa.PublicKey:
		digest := sha256.Sum256(message)
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	}
	return false
}

func verifyES256(public *ecdsa.PublicKey, message, signature []byte) bool {
	if len(signature) != 64 {
		return false
	}
	digest := sha256.Sum256(message)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(public, digest[:], r, s)
}

// String returns the algorithm and the id.
func (k *SigningKey) String() string { return string(k.Algorithm) + " signing key " + k.ID }

// Format prints the algorithm and the id whatever the verb: %+v would otherwise print the private numbers.
func (k *SigningKey) Format(f fmt.State, _ rune) { redact(f, k.String()) }

// LogValue returns the algorithm and the id.
func (k *SigningKey) LogValue() slog.Value { return slog.StringValue(k.String()) }
