package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// LowerFirst makes a label fit the middle of a sentence: "Token URL" becomes "token URL". A word that is all capitals
// keeps them.
func LowerFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[size:])
	if s == "" || unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[size:]
}

// UpperFirst begins a heading or a label with a word: "application" becomes "Application".
func UpperFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if s == "" {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// scopeAbove is the path down to the node, with its slashes; scopeNode is the node itself.
func scopeAbove(names []string) string {
	if len(names) < 2 {
		return ""
	}
	return strings.Join(names[:len(names)-1], " / ") + " / "
}

func scopeNode(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}
