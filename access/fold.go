package access

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold brings text into the form in which it is searched: two texts that
// people take for the same fold alike ("Straße" and "STRASSE", "ﬁ" and "fi").
// Both the stored search text and the text that is looked for go through this
// function and no other, since the database engines fold differently.
//
// Letters are folded by way of their upper case, so that those with two small
// forms (σ and ς) or none in common meet. The Fold of x/text is not used: it
// turns Cherokee letters over instead of folding them.
func Fold(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	folded := strings.Map(foldRune, norm.NFKC.String(text))
	return norm.NFKC.String(strings.ReplaceAll(folded, "ß", "ss"))
}

func foldRune(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
