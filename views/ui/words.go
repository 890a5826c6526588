package ui

import (
	"unicode"
	"unicode/utf8"
)

// lowerFirst makes a label fit the middle of a sentence: "Token URL" becomes "token URL". A word that is all capitals
// keeps them.
func lowerFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[size:])
	if unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[size:]
}
