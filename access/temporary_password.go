package access

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// TemporaryPassword is a password that an administrator hands to a user, on its
// way to the one page that shows it. As a secret key, it is redacted wherever
// it is printed, logged or marshalled.
type TemporaryPassword struct {
	_ [0]func() // makes == a compile error
	// A pointer, since fmt walks into fields whose methods it cannot call.
	text *string
}

const (
	// Letters and digits that nobody mistakes for each other when reading them out.
	temporaryAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"
	temporaryGroups   = 4
	temporaryGroup    = 5
)

// mintTemporaryPassword makes one of 99 random bits, in groups such as
// "k7fqm-2xhtv-...", that can be read out over a telephone.
func mintTemporaryPassword(random io.Reader) (TemporaryPassword, error) {
	groups := make([]string, temporaryGroups)
	for i := range groups {
		var group [temporaryGroup]byte
		for j := range group {
			letter, err := randomLetter(random, temporaryAlphabet)
			if err != nil {
				return TemporaryPassword{}, fmt.Errorf("mint a temporary password: %w", err)
			}
			group[j] = letter
		}
		groups[i] = string(group[:])
	}
	text := strings.Join(groups, "-")
	return TemporaryPassword{text: &text}, nil
}

// randomLetter draws until a byte falls into a whole number of alphabets, so
// that no letter comes more often than another.
func randomLetter(random io.Reader, alphabet string) (byte, error) {
	limit := 256 - 256%len(alphabet)
	var b [1]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, err
		}
		if int(b[0]) < limit {
			return alphabet[int(b[0])%len(alphabet)], nil
		}
	}
}

// Reveal is the only way to get the text; the zero value has none.
func (p TemporaryPassword) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

const redactedPassword = "(temporary password)"

// String tells nothing of the password, and neither do the others.
func (p TemporaryPassword) String() string { return redactedPassword }

// GoString is String.
func (p TemporaryPassword) GoString() string { return redactedPassword }

// Format prints the same whatever the verb.
func (p TemporaryPassword) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedPassword) }

// MarshalText is String.
func (p TemporaryPassword) MarshalText() ([]byte, error) { return []byte(redactedPassword), nil }

// LogValue is String.
func (p TemporaryPassword) LogValue() slog.Value { return slog.StringValue(redactedPassword) }
