package views

import (
	"time"

	"latchkey/access"
	"latchkey/views/ui"
)

// SettingsScreen is what an administrator decides for the whole tenant.
type SettingsScreen struct {
	Clock Clock
	// MayChange shows forms; without it the page only tells.
	MayChange bool
	Present   access.TenantSettings
	// Tokens, Keys and Sessions are the forms. Of one that was refused, Problems
	// says why, and its Value is what was sent.
	Tokens, Keys, Sessions SettingsForm
	// Beyond finds the applications whose keys live longer than the key policy
	// lets a new one; empty where it sets no maximum.
	Beyond      []Link
	SigningKeys SigningKeyList
}

// SettingsForm is one section as a form.
type SettingsForm struct {
	Section  access.SettingsSection
	Problems Problems
	Choosers []SettingChooser
}

// SettingChooser is one setting of a form.
type SettingChooser struct {
	Field, Label, Help string
	Value              string
	// Was is the value that the form was drawn with: it travels along, so that
	// nobody undoes unawares what somebody else has set meanwhile.
	Was     string
	Choices []Choice
}

func (c SettingChooser) id() string { return "settings-" + c.Field }

// chosen is the label of the value.
func (c SettingChooser) chosen() string {
	for _, choice := range c.Choices {
		if choice.Value == c.Value {
			return choice.Label
		}
	}
	return c.Value
}

func (f SettingsForm) id() string { return "settings-" + string(f.Section) }

func (f SettingsForm) hidden() []ui.HiddenField {
	var fields []ui.HiddenField
	for _, c := range f.Choosers {
		fields = append(fields, ui.HiddenField{Name: FieldDrawn + c.Field, Value: c.Was})
	}
	return fields
}

func (f SettingsForm) controls() []control {
	var controls []control
	for _, c := range f.Choosers {
		controls = append(controls, control{c.Field, c.id()})
	}
	return controls
}

// SettingsHref is the address of a part of the settings.
func SettingsHref(what string) string { return settingsHref + "/" + what }

const settingsHref = "/settings"

// InSettings is the Settings page.
func InSettings() Place {
	return Place{Heading: "Settings", Href: settingsHref, Focus: "#rotate-signing-key"}
}

// SigningKeyList is the table of signing keys.
type SigningKeyList struct {
	Clock     Clock
	MayChange bool
	Keys      []access.SigningKeyFacts // the newest first
	// Over is how many more there were, of which nothing is trusted any more.
	Over int
}

// SigningKeyHref is the address of something about one signing key.
func SigningKeyHref(kid, what string) string {
	return SettingsHref("signing-keys/" + kid + "/" + what)
}

func mayWithdraw(k access.SigningKeyFacts) bool {
	return k.State != access.SigningKeyWithdrawn && k.State != access.SigningKeyOver
}

func signingKeyKind(s access.SigningKeyState) ui.StatusKind {
	switch s {
	case access.SigningKeySigns:
		return ui.StatusPositive
	case access.SigningKeyPublished:
		return ui.StatusWarning
	case access.SigningKeyWithdrawn:
		return ui.StatusDanger
	default:
		return ui.StatusNeutral
	}
}

func signingKeyWords(s access.SigningKeyState) string {
	switch s {
	case access.SigningKeySigns:
		return "Signs now"
	case access.SigningKeyPublished:
		return "Published"
	case access.SigningKeyOver:
		return "Retired for good"
	default:
		return string(s)
	}
}

// signingKeyMoment is what the state turns on: words, and a time.
func signingKeyMoment(k access.SigningKeyFacts) (words string, at time.Time) {
	switch k.State {
	case access.SigningKeySigns:
		if !k.RetiredAt.IsZero() {
			return "until ", k.RetiredAt
		}
		return "since ", k.SignsFrom
	case access.SigningKeyPublished:
		return "will sign from ", k.SignsFrom
	case access.SigningKeyWithdrawn:
		return "not trusted since ", k.WithdrawnAt
	case access.SigningKeyOver:
		return "verified until ", k.VerifiesUntil
	default:
		return "verifies until ", k.VerifiesUntil
	}
}

// RotateKey asks which algorithm the next signing key has.
type RotateKey struct {
	InPage     bool
	Problems   Problems
	Algorithm  string
	Algorithms []Choice
	// Lead is how long the key is published before it signs, Overlap how long the
	// present one verifies after it.
	Lead, Overlap time.Duration
}

// WithdrawKey asks before a signing key is not trusted any more.
type WithdrawKey struct {
	InPage   bool
	Problems Problems
	Clock    Clock
	Key      access.SigningKeyFacts
	// Next is the key that is published, if any: it takes over.
	Next  string
	Typed string
}

// ShortKeyID is as much of a kid as tells signing keys apart, for people to type.
func ShortKeyID(kid string) string { return kid[:min(len(kid), 8)] }

// TokenLifetimeDialog is how long the access tokens of one application are good.
type TokenLifetimeDialog struct {
	InPage      bool
	Place       Place
	Problems    Problems
	Application ApplicationFacts
	Lifetime    string // the Value of one of Lifetimes
	Lifetimes   []Choice
	Version     string
}

// durationWords is a duration of whole minutes or hours.
func durationWords(d time.Duration) string {
	if d%time.Hour == 0 {
		return Counted(int(d/time.Hour), "hour", "hours")
	}
	return Counted(int(d/time.Minute), "minute", "minutes")
}
