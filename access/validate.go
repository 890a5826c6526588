package access

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The names of inputs in errors, as forms and the API spell them.
const (
	nameField            = "name"
	descriptionField     = "description"
	keyLifetimeField     = "keyLifetime"
	scopeField           = "scopeId"
	roleField            = "roleId"
	subjectField         = "subjectId"
	emailField           = "email"
	passwordField        = "password"
	currentPasswordField = "currentPassword"
	newPasswordField     = "newPassword"
	tokenLifetimeField   = "tokenLifetime"

	usualKeyLifetimeField   = "usualKeyLifetime"
	longestKeyLifetimeField = "longestKeyLifetime"
	sessionIdleField        = "sessionIdle"
	sessionLongestField     = "sessionLongest"
	algorithmField          = "algorithm"
)

// namePattern is what clients expect of a name (api-contract.md section 2).
// \A and \z take the whole string: in other dialects "$" lets a trailing
// newline pass.
var namePattern = regexp.MustCompile(`\A[a-z][-_a-z0-9]*[a-z0-9]\z`)

// checkName answers what is wrong with the name of an application, or "".
func checkName(name string) string {
	const rule = "Use 2 to 64 small letters, digits, hyphens and underscores; begin with a letter and end with a letter or digit."
	switch {
	case name == "":
		return "Enter a name, such as ci-pipeline-prod."
	case !utf8.ValidString(name) || strings.ContainsFunc(name, invisible):
		return "The name holds characters that cannot be seen, such as a line break. " + rule
	case strings.ContainsFunc(name, unicode.IsSpace):
		return "The name holds spaces; put hyphens in their place. " + rule
	case utf8.RuneCountInString(name) > MaxNameLength:
		return fmt.Sprintf("The name has %d characters; %d are the most.", utf8.RuneCountInString(name), MaxNameLength)
	case len(name) < MinNameLength:
		return fmt.Sprintf("The name needs at least %d characters.", MinNameLength)
	case strings.ToLower(name) != name:
		return "The name holds capitals. " + rule
	case !namePattern.MatchString(name):
		return rule
	}
	return ""
}

// invisible finds what changes how text looks without being seen: control
// characters, bidirectional controls and other format characters. The joiners
// stay, since some scripts and emoji are written with them.
func invisible(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	if r == nonJoiner || r == joiner {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// Visible writes what cannot be seen as escapes, such as \n and \u202e, so that
// a text that somebody sent can neither forge a line nor turn one around
// (security.md 44).
func Visible(text string) string {
	if !strings.ContainsFunc(text, invisible) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if invisible(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cleanDescription brings a description into its stored form: NFC, and line
// breaks as a text area sends them made one character.
func cleanDescription(text string) (clean, problem string) {
	if !utf8.ValidString(text) {
		return "", "The description is not valid UTF-8 text."
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.TrimSpace(norm.NFC.String(text))
	hidden := func(r rune) bool { return r != '\n' && invisible(r) }
	if strings.ContainsFunc(text, hidden) {
		return "", "The description holds control characters or characters that turn the direction of writing. Remove them."
	}
	if n := utf8.RuneCountInString(text); n > MaxDescriptionLength {
		return "", fmt.Sprintf("The description has %d characters; %d are the most.", n, MaxDescriptionLength)
	}
	return text, ""
}

const maxScopeNameLength = 64

// cleanScopeName is for clusters, departments and projects. A slash would make
// paths such as /eu-1/research ambiguous.
func cleanScopeName(text string) (clean, problem string) {
	text, problem = cleanText(text, maxScopeNameLength)
	switch {
	case problem != "":
		return "", "The name " + problem + "."
	case text == "":
		return "", "Enter a name."
	case strings.ContainsFunc(text, invisible):
		return "", "The name holds characters that cannot be seen. Remove them."
	case strings.Contains(text, "/"):
		return "", "A name cannot hold a slash: slashes separate the names of a path."
	}
	return text, ""
}

const maxEmailLength = 254 // RFC 5321 section 4.5.3.1.3, less the angle brackets

// emailPattern is the one of the wire (api-contract.md 4.1).
var emailPattern = regexp.MustCompile(`\A[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}\z`)

// cleanEmail brings an e-mail address into its stored form, small letters.
func cleanEmail(text string) (clean, problem string) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", "Enter an e-mail address."
	case len(text) > maxEmailLength:
		return "", fmt.Sprintf("The e-mail address is longer than %d characters.", maxEmailLength)
	case !emailPattern.MatchString(text):
		return "", "This is not an e-mail address. It looks like name@example.com."
	}
	return strings.ToLower(text), ""
}

const (
	minKeyLifetime = time.Minute
	maxKeyLifetime = 10 * 366 * 24 * time.Hour
)

func checkKeyLifetime(lifetime time.Duration) string {
	if lifetime != 0 && lifetime != UsualKeyLifetime && (lifetime < minKeyLifetime || lifetime > maxKeyLifetime) {
		return "A key lives from a minute to ten years, or does not expire."
	}
	return ""
}

// findings gathers what is wrong with several inputs.
type findings struct{ fields []FieldError }

// add notes a problem unless there is none.
func (f *findings) add(field, problem string) {
	if problem != "" {
		f.fields = append(f.fields, FieldError{Field: field, Message: problem})
	}
}

// err is an *InvalidError with everything that was noted, or nil.
func (f *findings) err() error {
	if len(f.fields) == 0 {
		return nil
	}
	return &InvalidError{Fields: f.fields}
}
