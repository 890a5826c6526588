package e2e

import (
	"net/http"
	"regexp"
	"testing"
)

// Somebody who is signed in twice ends the other session, whose next click leads
// to the sign-in page.
func TestSigningOutAnotherBrowser(t *testing.T) {
	s := withAdministrator(t).serve()
	p, other := signIn(t, s), signIn(t, s)
	p.visit("/applications")
	p.click(button(adminEmail))
	p.click(control("Your account"))
	p.node(heading("Your account"))
	p.sees("This browser")
	p.click(control("Sign out Chrome on Linux").beginning())
	p.sees("The next click there asks for your password")
	p.click(button("Sign out").of(dialog("Sign out Chrome on Linux?")))
	p.sees("You are signed out there")
	p.gone(control("Sign out everywhere else"))
	other.click(link("Users"))
	other.node(button("Sign in"))
	p.click(link("Users"))
	p.node(heading("Users"))
}

// accessKeyID finds the client id of an access key.
var accessKeyID = regexp.MustCompile(`0key-\w+`)

// An access key is made, used, and deleted, and is refused from then on.
func TestTheLifeOfAnAccessKey(t *testing.T) {
	s := withAdministrator(t).serve()
	p := signIn(t, s)
	p.visit("/account")
	p.sees("No access keys")
	p.click(control("+New access key"))
	p.fill("Name", "laptop")
	p.click(button("Create"))
	p.sees("It will not be shown again")
	key := credentials{ClientID: accessKeyID.FindString(p.text()), ClientSecret: p.value("Secret key")}
	p.click(checkbox("I have stored the secret key"))
	p.click(button("Done"))
	p.gone(button("Done"))
	p.holdsNot(key.ClientSecret)
	p.sees("never used")
	p.focuses(control("Regenerate key laptop"))
	if _, status := s.token(key); status != http.StatusOK {
		t.Fatalf("a token for the new key: %d", status)
	}
	p.click(control("Delete laptop"))
	p.sees("are refused from the next request on")
	p.click(button("Delete").of(dialog("Delete the access key laptop?")))
	p.sees("The access key laptop was deleted")
	p.sees("No access keys")
	if _, status := s.token(key); status != http.StatusBadRequest {
		t.Errorf("a token for the deleted key: %d, want 400", status)
	}
}

// All that is one's own can be done with the keyboard alone, and without
// JavaScript as plain forms and links.
func TestOnesOwnAccount(t *testing.T) {
	t.Run("keyboard", func(t *testing.T) {
		s := withAdministrator(t).serve()
		p := signIn(t, s)
		walkAccount(t, s, p, keyboard{p})
	})
	t.Run("without scripts", func(t *testing.T) {
		s := withAdministrator(t).serve()
		p := newTab(t, s)
		p.withoutScripts()
		p.visit("/")
		p.fill("E-mail address", adminEmail)
		p.fill("Password", adminPassword)
		p.click(button("Sign in"))
		p.node(heading("Applications"))
		walkAccount(t, s, p, p)
	})
}

func walkAccount(t *testing.T, s *server, p *tab, h hands) {
	const fresh = "another juniper, further up the river"
	other := signIn(t, s)
	p.visit("/account")

	h.click(link("Preferences").of(label{roles: []string{"main"}}))
	p.node(heading("Preferences"))
	h.fill("Time zone (optional)", "Asia/Kathmandu")
	h.pick("Theme", "Dark")
	h.click(button("Save preferences"))
	p.node(heading("Your account"))
	p.sees("GMT+5:45")
	if theme := evaluate[string](p, `document.documentElement.dataset.theme`); theme != "dark" {
		t.Errorf("the theme is %q", theme)
	}

	h.click(control("+New access key"))
	h.fill("Name", "laptop")
	h.click(button("Create"))
	p.sees("It will not be shown again")
	key := credentials{ClientID: accessKeyID.FindString(p.text()), ClientSecret: p.value("Secret key")}
	if _, status := s.token(key); status != http.StatusOK {
		t.Errorf("the access key is answered with %d", status)
	}
	p.visit("/account")
	h.click(control("Delete laptop"))
	h.click(button("Delete"))
	p.sees("The access key laptop was deleted")

	p.visit("/account")
	h.click(control("Sign out Chrome on Linux").beginning())
	p.node(heading("Sign out Chrome on Linux?"))
	h.click(button("Sign out"))
	p.sees("You are signed out there")
	other.click(link("Users"))
	other.node(button("Sign in"))

	p.visit("/account")
	h.click(link("Change password").of(label{roles: []string{"main"}}))
	h.fill("Present password", "not this one")
	h.fill("New password", fresh)
	h.click(button("Change password"))
	p.sees("This is not your present password")
	h.fill("Present password", adminPassword)
	h.fill("New password", fresh)
	h.click(button("Change password"))
	p.sees("Your password is changed")
	other.fill("E-mail address", adminEmail)
	other.fill("Password", fresh)
	other.click(button("Sign in"))
	other.node(heading("Users"))
}
