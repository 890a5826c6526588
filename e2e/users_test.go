package e2e

import (
	"path/filepath"
	"testing"
)

const (
	graceEmail    = "grace@acme.example"
	gracePassword = "nine loud geese cross the weir"
)

// takePassword copies the temporary password from its panel, says that it is
// stored, and closes the panel.
func takePassword(p *tab) (password string) {
	p.t.Helper()
	p.sees("It will not be shown again")
	password = p.value("Temporary password")
	p.click(checkbox("I have stored the temporary password"))
	p.click(button("Done"))
	p.gone(button("Done"))
	p.holdsNot(password)
	return password
}

// enter signs somebody in, in a browser of their own.
func enter(t *testing.T, s *server, email, password string) *tab {
	t.Helper()
	p := open(t, s, "/")
	p.fill("E-mail address", email)
	p.fill("Password", password)
	p.click(button("Sign in"))
	return p
}

// A user's life: made with a first access rule, signed in with a temporary
// password that has to be changed, shut out while signed in, let in again, given
// another password, and deleted.
func TestTheLifeOfAUser(t *testing.T) {
	onEachEngine(t, func(t *testing.T, i *installation) {
		i.createAdministrator()
		i.run("demo")
		s := i.serve()
		p := signIn(t, s)
		p.click(link("Users"))
		p.node(heading("Users"))
		p.click(control("+New user"))
		p.fill("E-mail address", graceEmail)
		p.click(control("First access rule").beginning())
		chooseRole(p, p, "Editor")
		p.fill("Search scope", "plat")
		p.click(option("acme / eu-1 / platform").beginning().first())
		p.click(button("Create"))
		temporary := takePassword(p)
		p.focuses(link(graceEmail))

		grace := enter(t, s, graceEmail, temporary)
		grace.sees("Choose your own password")
		grace.visit("/applications")
		grace.sees("Choose your own password") // there is no way around it
		grace.fill("Present password", temporary)
		grace.fill("New password", gracePassword)
		grace.click(button("Change password"))
		grace.node(heading("Applications"))
		grace.visit("/users")
		grace.sees("You may not see users")

		// The page of a user says what is so, and an action on it shows at once.
		p.click(link(graceEmail))
		p.node(heading(graceEmail))
		p.sees("acme / eu-1 / platform")
		p.sees("What " + graceEmail + " may do")
		p.sees("In 1 place")
		p.click(control("Disable"))
		p.sees("They are signed out everywhere")
		p.click(button("Disable").of(dialog("Disable " + graceEmail + "?")))
		p.sees("refused until they are enabled again")
		p.sees("Disabled")
		p.sees("Nowhere")
		grace.visit("/applications")
		grace.node(button("Sign in"))

		p.click(control("Enable"))
		p.click(button("Enable").of(dialog("Enable 1 user?")))
		p.sees("Active")
		grace = enter(t, s, graceEmail, gracePassword)
		grace.node(heading("Applications"))

		p.visit("/users")
		p.click(checkbox("Select " + graceEmail))
		p.click(control("Reset password").of(selectedRows))
		p.sees("Their present password stops working")
		p.click(button("Reset password"))
		next := takePassword(p)
		grace.visit("/applications")
		grace.node(button("Sign in"))
		enter(t, s, graceEmail, next).sees("Choose your own password")

		p.click(control("Actions for " + graceEmail))
		p.click(control("Delete"))
		p.sees("the audit log keeps their name")
		p.fill("Type "+graceEmail+" to delete this user", graceEmail)
		p.click(button("Delete"))
		p.sees(graceEmail + " was deleted, with 1 access rule.")
		p.gone(link(graceEmail))
		enter(t, s, graceEmail, next).sees("do not go together")
	})
}

// All of it works with the keyboard alone, and the focus is never lost.
func TestUsersByKeyboard(t *testing.T) {
	s := withAdministrator(t).serve()
	p := signIn(t, s)
	p.visit("/users")
	p.choose(control("+New user"))
	p.write("E-mail address", graceEmail)
	p.press("Enter")
	p.sees("It will not be shown again")
	p.focuses(heading("User created"))
	p.reach(checkbox("I have stored the temporary password"))
	p.press("Space")
	p.choose(button("Done"))
	p.focuses(link(graceEmail))

	item := func(name string) label { return label{name: name, roles: []string{"menuitem"}} }
	p.choose(control("Actions for " + graceEmail))
	p.focuses(item("Open"))
	p.press("ArrowDown")
	p.focuses(item("Access rules"))
	p.press("Enter")
	p.sees("Without an access rule they can sign in, but see and change nothing.")
	p.press("Escape")
	p.focuses(control("Actions for " + graceEmail))
	p.press("Enter")
	p.focuses(item("Open"))
	for range 3 {
		p.press("ArrowDown")
	}
	p.focuses(item("Sign out everywhere"))
	p.press("Enter")
	p.focuses(link("Cancel"))
	p.choose(button("Sign out everywhere"))
	p.hears(graceEmail + " is signed out everywhere.")

	p.reach(checkbox("Select " + graceEmail))
	p.press("Space")
	p.choose(control("Delete").of(selectedRows))
	p.focuses(link("Cancel"))
	p.choose(button("Delete"))
	p.sees(graceEmail + " was deleted")
	p.gone(link(graceEmail))
}

// Whoever deletes a user from their own page is led back to the table.
func TestDeletingAUserOnTheirPage(t *testing.T) {
	i := withAdministrator(t)
	i.run("user", "create", graceEmail, "--role", "Viewer", "--password-file", filepath.Join(i.folder, "password"))
	p := signIn(t, i.serve())
	p.visit("/users")
	p.click(link(graceEmail))
	p.node(heading(graceEmail))
	p.click(control("Delete"))
	p.click(button("Delete"))
	p.node(heading("Users"))
	p.node(link(adminEmail))
	p.sees(graceEmail + " was deleted, with 1 access rule.")
	if kept := evaluate[int](p, `sessionStorage.length`); kept != 0 {
		t.Errorf("%d messages are still on their way", kept)
	}
	p.visit("/users")
	p.node(link(adminEmail))
	if said := evaluate[string](p, `document.getElementById("messages").textContent.trim()`); said != "" {
		t.Errorf("the next page says %q again", said)
	}
	p.gone(link(graceEmail))
}
