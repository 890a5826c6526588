package e2e

import "testing"

// The table of all access rules: several at once, with a count beforehand, and
// away again, with the mouse and with the keyboard alone.
func TestAccessRulesOfEverybody(t *testing.T) {
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		i := withAdministrator(t)
		i.run("demo")
		i.createApplication("first")
		i.createApplication("second")
		p := signIn(t, i.serve())
		h := with(p)

		h.click(link("Access rules"))
		p.node(heading("Access rules"))
		h.click(control("+NEW ACCESS RULE"))
		p.sees("Choose a subject, a role and a scope.")
		chooseFrom(p, h, "Subject", "first")
		p.node(control("Remove first"))
		chooseFrom(p, h, "Subject", "second")
		p.node(control("Remove second"))
		chooseRole(p, h, "Cloud support")
		p.sees("What Cloud support allows")
		chooseScope(p, h, "billing", "acme / us-2 / operations / billing")
		p.sees("2 subjects × 1 role × 1 scope = 2 access rules.")
		p.accessible("new access rules")
		h.click(control("SAVE 2 RULES"))
		p.sees("2 access rules created.")

		p.visit("/access-rules?filterBy=roleName==Cloud+support,scopeName=@billing")
		h.click(checkbox("Select all rows on this page"))
		h.click(control("DELETE").of(selectedRows))
		p.node(dialog("Delete 2 access rules?"))
		p.sees("first and second")
		h.click(control("DELETE").of(dialog("Delete 2 access rules?")))
		p.sees("2 access rules deleted.")
		p.sees("No access rule matches")
	})
}

// chooseFrom types a part of a name into a field that searches, and takes what
// is offered first.
func chooseFrom(p *tab, h hands, name, text string) {
	p.t.Helper()
	h.fill(name, text)
	p.node(option(text).beginning())
	if _, withKeyboard := h.(keyboard); withKeyboard {
		p.press("ArrowDown")
		p.press("Enter")
		return
	}
	h.click(option(text).beginning().first())
}
