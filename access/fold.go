package access

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold brings text into the form in which it is searched: two texts that
// people take for the same fold alike ("Straße" and "STRASSE", "ﬁ" and "fi").
// Both the stored search text and the text that is looked for go through this
// function and no other, since the database engines fold differently.
//
// It is toNFKC_Casefold of the Unicode Standard, section 3.13, but that
// invisible characters stay.
func Fold(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	folded := cases.Fold().String(norm.NFKC.String(text))
	return norm.NFKC.String(folded)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
