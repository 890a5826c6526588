package access

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of passwords, in characters (NIST SP 800-63B-4: 15 where a password
// is the only factor).
const (
	MinPasswordLength = 15
	MaxPasswordLength = 256
)

//go:embed common_passwords.txt
var commonPasswordsText string

// commonPasswords are words that guessers try first, and those that this
// product suggests, the longest first.
var commonPasswords = longestFirst(strings.Fields(commonPasswordsText))

func longestFirst(words []string) []string {
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(words)
}

// minOwnCharacters is how much of a password must be the person's own, after
// everything that a guesser puts together from lists is taken away.
const minOwnCharacters = 6

// cleanPassword brings a password into the form that is hashed: NFC, so that
// it is the same on every keyboard, and otherwise untouched.
func cleanPassword(password string) string { return norm.NFC.String(password) }

// checkPassword answers what is wrong with a new password, or "". There is no
// rule about kinds of characters: length and not being guessed count.
func checkPassword(password, email string) string {
	if !utf8.ValidString(password) {
		return "The password is not valid UTF-8 text."
	}
	password = cleanPassword(password)
	length := utf8.RuneCountInString(password)
	switch {
	case length < MinPasswordLength:
		return fmt.Sprintf("The password has %d characters; it needs at least %d. A sentence is easy to remember.", length, MinPasswordLength)
	case length > MaxPasswordLength:
		return fmt.Sprintf("The password has %d characters; %d are the most.", length, MaxPasswordLength)
	}
	core := guessable(password)
	switch {
	case isRepetition(core):
		return "The password repeats the same few characters. Choose another one."
	case isSequence(core):
		return "The password is a row of letters or digits that guessers try first. Choose another one."
	}
	if word, rest := withoutWords(core, email); utf8.RuneCountInString(rest) < minOwnCharacters {
		return fmt.Sprintf("The password is put together from words that guessers try first, such as “%s”. Add words of your own.", word)
	}
	return ""
}

// guessable is a password as a guesser's list would hold it: folded, letters
// and digits alone. Scripts without either keep what they have.
func guessable(password string) string {
	kept := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, Fold(password))
	if kept == "" {
		return password
	}
	return kept
}

// isRepetition finds a short text written over and over, as in "abcabcabc".
func isRepetition(text string) bool {
	for size := 1; size <= 4 && size < len(text); size++ {
		if strings.Repeat(text[:size], len(text)/size+1)[:len(text)] == text {
			return true
		}
	}
	return false
}

// isSequence finds texts such as "abcdefghijklmno" and "987654321098765":
// neighbours are one apart all along, but for the turn from 9 to 0.
func isSequence(text string) bool {
	runes := []rune(text)
	if len(runes) < 2 {
		return false
	}
	for _, step := range []rune{1, -1} {
		if isRow(runes, step) {
			return true
		}
	}
	return false
}

func isRow(runes []rune, step rune) bool {
	for i := 1; i < len(runes); i++ {
		turns := step == 1 && runes[i-1] == '9' && runes[i] == '0' || step == -1 && runes[i-1] == '0' && runes[i] == '9'
		if runes[i] != runes[i-1]+step && !turns {
			return false
		}
	}
	return true
}

// withoutWords takes away common words, the parts of the e-mail address and
// digits, and names the first word that it found.
func withoutWords(text, email string) (word, rest string) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
	for _, w := range append(emailWords(email), commonPasswords...) {
		if strings.Contains(text, w) {
			text = strings.ReplaceAll(text, w, "")
			if word == "" {
				word = w
			}
		}
	}
	if word == "" {
		word = "123456789"
	}
	return word, text
}

func emailWords(email string) []string {
	words := strings.FieldsFunc(Fold(email), func(r rune) bool { return !unicode.IsLetter(r) })
	words = slices.DeleteFunc(words, func(w string) bool { return len(w) < 4 })
	return longestFirst(words)
}
