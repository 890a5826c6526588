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
