package e2e

import (
	"net/http"
	"testing"
)

// Without JavaScript the console is plain forms and links, and everything that
// the manual tells can still be done.
func TestEverythingWorksWithoutScripts(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	p := newTab(t, s)
	p.withoutScripts()
	p.visit("/")
	p.fill("E-mail address", adminEmail)
	p.fill("Password", adminPassword)
	p.click(button("Sign in"))
	p.node(heading("Applications"))

	// Create: the key comes with the answer, there is nothing to fetch.
	p.click(control("+New application").first())
	p.fill("Name", "plain-form")
	p.click(button("Create"))
	p.sees("It will not be shown again")
	secret := p.value("Secret key")
	if _, status := s.token(credentials{ClientID: "plain-form", ClientSecret: secret}); status != http.StatusOK {
		t.Errorf("the key on the page was answered with %d", status)
	}

	// Search and sort.
	p.visit("/applications")
	p.fill("Search applications", "plain-form")
	p.press("Enter")
	p.gone(link("ci-pipeline-prod"))
	p.click(link("Created by"))
	p.node(link("plain-form"))

	// Disable and enable, each with a page that leads back.
	p.click(checkbox("Select plain-form"))
	p.click(control("Disable").of(selectedRows))
	p.node(heading("Disable plain-form?"))
	p.click(button("Disable"))
	p.sees("plain-form is disabled")
	p.click(link("Back to applications"))
	p.gone(link("Back to applications"))
	p.visit("/applications?search=plain-form")
	p.click(checkbox("Select plain-form"))
	p.click(control("Enable").of(selectedRows))
	p.node(heading("Enable 1 application?"))
	p.click(button("Enable"))
	p.gone(heading("Enable 1 application?"))
	p.visit("/applications?search=plain-form")

	// An access rule.
	openRules(p, "plain-form")
	p.click(control("+Access rule"))
	p.pick("Role", "Viewer")
	p.pick("Scope", "acme")
	p.click(button("Save rule"))
	p.node(control("Delete rule: Viewer on acme"))
	p.click(control("Delete rule: Viewer on acme"))
	p.click(button("Delete rule"))
	p.gone(button("Delete rule"))
	p.sees("No access")

	// Regenerate.
	p.visit("/applications?search=plain-form")
	p.click(checkbox("Select plain-form"))
	p.click(control("Regenerate key").of(selectedRows))
	p.click(button("Regenerate"))
	if fresh := p.value("Secret key"); fresh == secret {
		t.Error("the key is the one that it was")
	}

	// Delete.
	p.visit("/applications?search=plain-form")
	p.click(checkbox("Select plain-form"))
	p.click(control("Delete").of(selectedRows))
	if field := field("Type plain-form to delete it"); p.has(field) {
		p.fill("Type plain-form to delete it", "plain-form")
	}
	p.click(button("Delete"))
	p.gone(link("plain-form"))
}
