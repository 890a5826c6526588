package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// ErrSealed says that sealed bytes could not be opened: they were changed, were sealed for another context, or under
// another key file. Which of these it was cannot be known.
var ErrSealed = errors.New("sealed data cannot be opened with this key file")

// sealVersion is the first byte of everything sealed, so that another construction can replace this one later.
const sealVersion = 1

// derivedLen is the length of every derived key: enough for AES-256 and for HMAC-SHA-256.
const derivedLen = 32

// Each use of the key file has its own key, derived under its own label: no two of them can be played against each
// other, and none can be turned back into the file. Purposes given to Derive have a label of their own in front.
const (
	sealLabel        = "latchkey seal v1"
	fingerprintLabel = "latchkey key file fingerprint v1"
	purposeLabel     = "latchkey purpose v1: "
)

// Sealer encrypts what must be readable again (signing keys, one-time-code seeds) under the key file, which is kept
// outside the database. It is safe for concurrent use and shows none of its key when printed or logged.
type Sealer struct {
	// A closure, because fmt walks into fields whose methods it cannot call, and a function is all it cannot look into.
	root func() []byte
	aead cipher.AEAD
}

// NewSealer makes a Sealer of the 32 bytes of a key file.
func NewSealer(key [32]byte) *Sealer {
	s := &Sealer{root: func() []byte { return key[:] }}
	s.aead = newAEAD(s.derive(sealLabel))
	return s
}

// newAEAD cannot fail for a key of 32 bytes, the only length it is called with.
func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("token: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("token: " + err.Error())
	}
	return aead
}

// Seal encrypts plaintext with AES-256-GCM. The context (for example "signing key " and its id) is not stored: it binds
// the result to its place, so that a sealed value moved to another row does not open there.
//
// The result is a version byte, a random nonce of 12 bytes, the ciphertext and a tag of 16 bytes. With random nonces one
// key file is good for 2^32 sealings (NIST SP 800-38D section 8.3), far beyond what a console ever stores.
func (s *Sealer) Seal(random io.Reader, plaintext, context []byte) ([]byte, error) {
	header := 1 + s.aead.NonceSize()
	sealed := make([]byte, header, header+len(plaintext)+s.aead.Overhead())
	sealed[0] = sealVersion
	nonce := sealed[1:header]
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("seal: read random bytes: %w", err)
	}
	return s.aead.Seal(sealed, nonce, plaintext, context), nil
}

// Open decrypts what [Sealer.Seal] returned for the same context, or answers [ErrSealed].
func (s *Sealer) Open(sealed, context []byte) ([]byte, error) {
	header := 1 + s.aead.NonceSize()
	if len(sealed) < header || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	plaintext, err := s.aead.Open(nil, sealed[1:header], sealed[header:], context)
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}

// Fingerprint returns 16 hexadecimal digits that name the key file without telling anything about it. The database keeps
// it, so that a server given the wrong key file can say so at its start.
func (s *Sealer) Fingerprint() string {
	return hex.EncodeToString(s.derive(fingerprintLabel)[:8])
}

// Derive returns 32 bytes for a purpose of its own, such as authenticating cookies: the same for the same key file and
// purpose, on every replica and after every restart, and unrelated for any other.
func (s *Sealer) Derive(purpose string) []byte {
	return s.derive(purposeLabel + purpose)
}

// derive is HKDF with SHA-256 (RFC 5869). It needs no salt: the key file is already uniformly random.
func (s *Sealer) derive(label string) []byte {
	key, err := hkdf.Key(sha256.New, s.root(), nil, label, derivedLen)
	if err != nil {
		panic("token: " + err.Error()) // only for lengths over 8160 bytes
	}
	return key
}

// String names the key file by its fingerprint.
func (s *Sealer) String() string { return "key file " + s.Fingerprint() }

// Format prints the fingerprint whatever the verb: %+v would otherwise walk into the key.
func (s *Sealer) Format(f fmt.State, _ rune) { redact(f, s.String()) }

// LogValue returns the fingerprint.
func (s *Sealer) LogValue() slog.Value { return slog.StringValue(s.String()) }
