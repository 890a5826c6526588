package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"strings"
)

const (
	keyPrefix      = "lk_"
	keyRandomLen   = 43 // 62^43 > 2^256
	keyChecksumLen = 6  // 62^6 > 2^32
	keyLen         = len(keyPrefix) + keyRandomLen + keyChecksumLen
	keyEndLen      = 4
)

// KeyPattern is the regular expression (RE2) by which leak scanners find a secret key in text. A match whose checksum
// [ParseKey] accepts is a secret key beyond reasonable doubt.
const KeyPattern = `\blk_[0-9A-Za-z]{49}\b`

// ErrMalformedKey says that a text is no secret key: it has the wrong shape, or its checksum does not fit. Nothing needs
// to be looked up to know that it is wrong. The message never contains the text, which may be a good key mistyped.
var ErrMalformedKey = errors.New("this is not a secret key: it should be lk_ followed by 49 letters and digits, copied whole")

// Key is a secret key: what an application proves itself with.
//
// It is opaque so that it cannot leak by being printed, logged or marshalled: every such way shows a redacted form.
// Only [Key.Reveal] yields the text. Compare keys by their [Key.Hash]; the == operator is disabled because it takes a
// different time for different keys.
type Key struct {
	_ [0]func() // makes == a compile error
	// A pointer, because fmt cannot call the methods below on a Key in an unexported field of another struct: it walks
	// into it instead, and prints what it finds, but of a pointer at that depth only the address.
	text *string
}

func newKey(text string) Key { return Key{text: &text} }

// MintKey makes a new secret key: lk_, then 43 random characters that carry 256 bits, then their checksum.
//
// The prefix and the checksum let leak scanners recognise it and let a mistyped key be refused before any query.
func MintKey(random io.Reader) (Key, error) {
	text := make([]byte, 0, keyLen)
	text = append(text, keyPrefix...)
	text, err := appendRandom(text, random, keyRandomLen)
	if err != nil {
		return Key{}, fmt.Errorf("mint a secret key: %w", err)
	}
	text = appendChecksum(text)
	return newKey(string(text)), nil
}

// ParseKey reads a secret key that somebody presented. It answers [ErrMalformedKey] for everything that [MintKey] cannot
// have made; a nil error says nothing about whether the key belongs to anyone.
func ParseKey(s string) (Key, error) {
	if !hasKeyShape(s) || !checksumFits(s) {
		return Key{}, ErrMalformedKey
	}
	return newKey(s), nil
}

func hasKeyShape(s string) bool {
	if len(s) != keyLen || s[:len(keyPrefix)] != keyPrefix {
		return false
	}
	for i := len(keyPrefix); i < len(s); i++ {
		if !isBase62(s[i]) {
			return false
		}
	}
	return true
}

func checksumFits(s string) bool {
	covered := append(make([]byte, 0, keyLen), s[:keyLen-keyChecksumLen]...)
	return string(appendChecksum(covered)) == s
}

// appendChecksum appends the CRC-32 (IEEE) of everything before it.
func appendChecksum(text []byte) []byte {
	return appendNumber(text, crc32.ChecksumIEEE(text), keyChecksumLen)
}

// Reveal returns the text of the key. It is the only way to get it: whoever calls this is about to show it to the one
// person it was made for. The zero Key has none and returns "".
func (k Key) Reveal() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

// EndsIn returns the last four characters, by which people recognise a key that they can no longer read. They are part
// of the checksum and so give away nothing of use to a guesser.
func (k Key) EndsIn() string {
	text := k.Reveal()
	return text[max(0, len(text)-keyEndLen):]
}

// Hash returns the one-way verifier that is stored in place of the key. A fast hash is enough: no table or search
// reaches 256 random bits, and a slow one on the token endpoint would be a lever for denial of service.
func (k Key) Hash() KeyHash { return sha256.Sum256([]byte(k.Reveal())) }

// String returns the key redacted to its last four characters.
func (k Key) String() string { return keyPrefix + "…" + k.EndsIn() }

// GoString returns the same as [Key.String].
func (k Key) GoString() string { return k.String() }

// Format prints the redacted key whatever the verb, so that %x and %q leak no more than %v does.
func (k Key) Format(f fmt.State, _ rune) { redact(f, k.String()) }

// MarshalText returns the redacted key, which is also what XML, gob and flag packages get to see.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalJSON returns the redacted key as a JSON string.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + k.String() + `"`), nil }

// LogValue returns the redacted key.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// KeyHash is the SHA-256 of a secret key's whole text. It is stored, and shown nowhere: printing, logging and
// marshalling it are redacted too. The bytes are h[:].
type KeyHash [sha256.Size]byte

const redactedHash = "(key hash)"

// KeyHashFromBytes reads back a stored hash. It fails if there are not exactly 32 bytes.
func KeyHashFromBytes(b []byte) (KeyHash, error) {
	if len(b) != sha256.Size {
		return KeyHash{}, fmt.Errorf("a stored key hash has %d bytes, not %d", len(b), sha256.Size)
	}
	return KeyHash(b), nil
}

// Equal compares in constant time.
func (h KeyHash) Equal(other KeyHash) bool {
	return subtle.ConstantTimeCompare(h[:], other[:]) == 1
}

// String returns a fixed text.
func (h KeyHash) String() string { return redactedHash }

// Format prints a fixed text whatever the verb.
func (h KeyHash) Format(f fmt.State, _ rune) { redact(f, redactedHash) }

// MarshalText returns a fixed text.
func (h KeyHash) MarshalText() ([]byte, error) { return []byte(redactedHash), nil }

// LogValue returns a fixed text.
func (h KeyHash) LogValue() slog.Value { return slog.StringValue(redactedHash) }

// redact writes what may be seen of a secret. A failed write has nobody to be reported to: fmt ignores it as well.
func redact(f fmt.State, visible string) { _, _ = io.WriteString(f, visible) }

// keyPartLen is how many letters and digits after the prefix nobody writes who does not mean a secret key.
const keyPartLen = 20

// HoldsKey reports whether a text holds what may be a secret key, or a good part of one, whatever stands around it. It is
// for places where no key belongs: those who ask should forget the text, not read it.
func HoldsKey(text string) bool {
	for {
		_, after, found := strings.Cut(text, keyPrefix)
		if !found {
			return false
		}
		n := 0
		for n < len(after) && isBase62(after[n]) {
			n++
		}
		if n >= keyPartLen {
			return true
		}
		text = after
	}
}
