package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// The settings: a key policy that holds in the dialog of a new application, and
// the signing keys, rotated and withdrawn while an application uses its token.
func TestSettings(t *testing.T) {
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		i := withAdministrator(t)
		c := i.createApplication("ci")
		s := i.serve()
		p := signIn(t, s)
		h := with(p)

		h.click(link("Settings"))
		p.node(heading("Signing keys"))
		p.accessibleInEveryLook("the settings")
		h.pick("Maximum age", "90 days")
		h.click(control("SAVE SECRET KEYS"))
		p.sees("With a maximum age of 90 days, the usual lifetime is that or less.")
		p.accessible("settings that were refused")
		h.pick("Usual lifetime", "30 days")
		h.click(control("SAVE SECRET KEYS"))
		p.sees("Secret keys: your changes are saved.")
		p.visit("/applications/new")
		p.sawNot("Does not expire")

		p.visit("/settings")
		old := signingKeys(t, i)[0]
		h.click(control("ROTATE"))
		p.sees("Nothing breaks")
		p.accessible("rotate")
		h.click(control("ROTATE").of(dialog("Rotate the signing key?")))
		p.sees("is published, and signs from")
		p.sees("will sign from")

		if token, status := s.token(c); status != 200 || token == "" {
			t.Fatalf("no token: %d", status)
		}
		h.click(control("Withdraw " + old.KID))
		p.sees("Every token that it signed is refused")
		p.accessibleInEveryLook("withdraw")
		h.fill("Type "+old.KID[:8]+", how its ID begins, to withdraw it", old.KID[:8])
		h.click(control("WITHDRAW").of(dialog("Withdraw this signing key?")))
		p.sees("is withdrawn: what it signed is refused from now on.")
		keys := signingKeys(t, i)
		if len(keys) != 2 || keys[0].State != "Signs" || keys[1].State != "Withdrawn" {
			t.Errorf("the keys are %+v", keys)
		}
	})
}

type signingKey struct{ KID, State string }

// signingKeys are those that the command lists, the newest first.
func signingKeys(t *testing.T, i *installation) []signingKey {
	t.Helper()
	var keys []signingKey
	for line := range strings.Lines(i.run("keys", "list", "--json")) {
		var key signingKey
		if err := json.Unmarshal([]byte(line), &key); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}
