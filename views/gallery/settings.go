package gallery

import (
	"time"

	"latchkey/access"
	"latchkey/views"
)

// settingsStates are the settings as an administrator and as a reader sees them,
// and the dialogs of the signing keys.
func settingsStates() []State {
	frame := consoleFrame()
	frame.Title, frame.Heading = "Settings", "Settings"
	saved := frame
	saved.Message = views.SettingsSaved("Secret keys")
	keys := exampleSigningKeys()
	return []State{
		{Name: "settings/page", Document: true, Component: views.SettingsPage(frame, exampleSettings(true))},
		{Name: "settings/saved", Document: true, Component: views.SettingsPage(saved, settingsWithMaximum())},
		{Name: "settings/errors", Document: true, Component: views.SettingsPage(frame, settingsRefused())},
		{Name: "settings/read-only", Document: true, Component: views.SettingsPage(frame, exampleSettings(false))},
		{Name: "settings/signing-keys", Component: views.SigningKeysPart(views.SigningKeyList{Clock: exampleClock(), MayChange: true, Keys: keys, Over: 3})},
		{Name: "settings/rotate", Component: views.RotateKeyDialog(exampleRotation())},
		{Name: "settings/rotate-waiting", Component: views.RotateKeyDialog(rotationRefused())},
		{Name: "settings/withdraw", Component: views.WithdrawKeyDialog(views.WithdrawKey{Clock: exampleClock(), Key: keys[1], Next: keys[0].ID})},
		{Name: "settings/withdraw-alone", Component: views.WithdrawKeyDialog(withdrawalRefused(keys[1]))},
		{Name: "settings/withdraw-retired", Component: views.WithdrawKeyDialog(views.WithdrawKey{Clock: exampleClock(), Key: keys[2]})},
		{Name: "settings/token-lifetime", Component: views.TokenLifetimePart(views.TokenLifetimeDialog{
			Place:       views.Place{Heading: "ci-pipeline-prod", Href: views.ApplicationHref(exampleID, ""), Focus: views.TokenLifetimeLink},
			Application: views.ApplicationFacts{ID: exampleID, Name: "ci-pipeline-prod", ClientID: "ci-pipeline-prod"}, Lifetime: "0s", Version: "3",
			Lifetimes: []views.Choice{{Value: "0s", Label: "As in the settings: 1 hour"}, {Value: "5m0s", Label: "5 minutes"}, {Value: "24h0m0s", Label: "24 hours"}},
		})},
	}
}

func exampleSettings(mayChange bool) views.SettingsScreen {
	return views.SettingsScreen{
		Clock: exampleClock(), MayChange: mayChange,
		Tokens: settingsForm(access.TokenSettings,
			chooser(views.FieldTokenLifetime, "Token lifetime", "", "1h0m0s", "15 minutes", "1 hour", "24 hours")),
		Keys: settingsForm(access.KeySettings,
			chooser(views.FieldUsualKeyLifetime, "Usual lifetime", "What is offered first for a new key, and what a key gets for which none is asked, as by the API.", "0s", "Does not expire", "30 days", "90 days"),
			chooser(views.FieldLongestKeyLifetime, "Maximum age", "With a maximum, a new key that would live longer is refused.", "0s", "No maximum", "30 days", "90 days")),
		Sessions: settingsForm(access.SessionSettings,
			chooser(views.FieldSessionIdle, "Idle time-out", "Since the last thing that somebody did.", "30m0s", "5 minutes", "30 minutes"),
			chooser(views.FieldSessionLongest, "Longest session", "Since the sign-in, however much is done.", "12h0m0s", "8 hours", "12 hours")),
		SigningKeys: views.SigningKeyList{Clock: exampleClock(), MayChange: mayChange, Keys: exampleSigningKeys()[1:3]},
	}
}

func settingsWithMaximum() views.SettingsScreen {
	s := exampleSettings(true)
	s.Keys.Choosers[0].Value, s.Keys.Choosers[1].Value = "720h0m0s", "2160h0m0s"
	s.Beyond = []views.Link{
		{Label: "Applications whose keys never expire", Href: "/applications?filterBy=keyExpiresAt%3D%3Dnever"},
		{Label: "Keys that live longer than 90 days from now", Href: "/applications?filterBy=keyExpiresAt%3E%3D2027-02-22"},
	}
	return s
}

func settingsRefused() views.SettingsScreen {
	s := settingsWithMaximum()
	s.Keys.Choosers[0].Value = "0s"
	s.Keys.Problems = views.About(views.FieldUsualKeyLifetime, "With a maximum age of 90 days, the usual lifetime is that or less.")
	return s
}

func settingsForm(section access.SettingsSection, choosers ...views.SettingChooser) views.SettingsForm {
	return views.SettingsForm{Section: section, Choosers: choosers}
}

func chooser(field, label, help, value string, labels ...string) views.SettingChooser {
	values := map[string]string{
		"5 minutes": "5m0s", "15 minutes": "15m0s", "30 minutes": "30m0s", "1 hour": "1h0m0s", "8 hours": "8h0m0s", "12 hours": "12h0m0s", "24 hours": "24h0m0s",
		"Does not expire": "0s", "No maximum": "0s", "30 days": "720h0m0s", "90 days": "2160h0m0s",
	}
	c := views.SettingChooser{Field: field, Label: label, Help: help, Value: value, Was: value}
	for _, words := range labels {
		c.Choices = append(c.Choices, views.Choice{Value: values[words], Label: words})
	}
	return c
}

// exampleSigningKeys are one in each state, the newest first.
func exampleSigningKeys() []access.SigningKeyFacts {
	day := 24 * time.Hour
	return []access.SigningKeyFacts{
		{
			ID: "Hq3bV0nTgT0Zf5oYk1mXw2cE8rLp7sJd4uAa9iQeR6o", Algorithm: "EdDSA", State: access.SigningKeyPublished,
			CreatedAt: Now.Add(-2 * time.Minute), SignsFrom: Now.Add(8 * time.Minute),
		},
		{
			ID: "zh9rFL7iVaxwqelyVGrVfS3hEisN61OFdraTKZBAQoU", Algorithm: "ES256", State: access.SigningKeySigns,
			CreatedAt: Now.Add(-20 * time.Hour), SignsFrom: Now.Add(-19 * time.Hour),
		},
		{
			ID: "u2kS8dPqVb7yNe4wXh1TzC6fGj9LmR3aQoI5vWsE0Kc", Algorithm: "ES256", State: access.SigningKeyRetired,
			CreatedAt: Now.Add(-90 * day), SignsFrom: Now.Add(-90 * day), RetiredAt: Now.Add(-19 * time.Hour), VerifiesUntil: Now.Add(6 * time.Hour),
		},
		{
			ID: "Xc5mNa8wKq2Rz7tLb0vHj3pYd6gSe9uFi1oQwT4yUxE", Algorithm: "RS256", State: access.SigningKeyWithdrawn,
			CreatedAt: Now.Add(-200 * day), SignsFrom: Now.Add(-200 * day), WithdrawnAt: Now.Add(-90 * day),
		},
		{
			ID: "Fv1kLs6dQp9xBn4rTe7wMz0yGh2cJa5oUi8sRlK3EtY", Algorithm: "ES256", State: access.SigningKeyOver,
			CreatedAt: Now.Add(-400 * day), SignsFrom: Now.Add(-400 * day), RetiredAt: Now.Add(-200 * day), VerifiesUntil: Now.Add(-199 * day),
		},
	}
}

func exampleRotation() views.RotateKey {
	return views.RotateKey{
		Algorithm:  "ES256",
		Algorithms: []views.Choice{{Value: "ES256", Label: "ES256: small and fast, the default"}, {Value: "RS256", Label: "RS256: RSA with 3072 bits, over ten times the cost"}},
		Lead:       access.SigningKeyLead, Overlap: access.SigningKeyOverlap,
	}
}

func rotationRefused() views.RotateKey {
	s := exampleRotation()
	s.Problems.Form = "The next key is published already: Hq3bV0nTgT0Zf5oYk1mXw2cE8rLp7sJd4uAa9iQeR6o signs from 2026-11-23T04:18:22Z. Rotate again after that."
	return s
}

func withdrawalRefused(key access.SigningKeyFacts) views.WithdrawKey {
	return views.WithdrawKey{
		Clock: exampleClock(), Key: key, Typed: "zh9r",
		Problems: views.About(views.FieldConfirmName, "Type zh9rFL7i exactly as it is written, or choose Cancel."),
	}
}
