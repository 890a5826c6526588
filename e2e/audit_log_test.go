package e2e

import "testing"

// The audit log with the keyboard alone: Enter opens an entry beside the list,
// the way on keeps the focus, and Escape gives it back to the list.
func TestTheAuditLogByKeyboard(t *testing.T) {
	i := withAdministrator(t)
	i.createApplication("first")
	i.createApplication("second")
	p := signIn(t, i.serve())
	p.choose(link("Audit log"))
	p.node(heading("Audit log"))
	p.visit("/audit-log?filterBy=entity_type==application")
	p.reach(label{name: "202", roles: []string{"link"}, prefix: true}.first()) // the newest, by its time
	p.press("Enter")
	p.sees("created application second")
	p.choose(control("Next entry"))
	p.sees("created application first")
	eventually(t, p.ctx, func() string {
		if id := p.activeID(); id != "audit-previous" {
			return "at the end of the list the focus is on " + id
		}
		return ""
	})
	p.press("Enter")
	p.sees("created application second")
	p.press("Escape")
	p.gone(heading("created application second"))
	if p.focusIsInDialog() {
		t.Error("the focus stayed in the dialog")
	}
}

// A question to the rules, from the menu to the answer.
func TestCanItByKeyboard(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.visit("/access-rules")
	p.click(control("More"))
	p.click(control("Can it?"))
	p.node(heading("Question"))
	p.write("Subject", "argo")
	p.node(option("argo-deploy").beginning())
	p.press("Enter")
	if got := p.value("Subject"); got != "argo-deploy" {
		t.Errorf("the field holds %q", got)
	}
	p.reach(field("Action"))
	p.typeText("Delete")
	p.reach(field("Resource type"))
	p.typeText("Users")
	p.choose(button("Can it?"))
	p.sees("Choose a scope.")
	p.reach(option("acme").beginning())
	p.press("Enter")
	p.choose(button("Can it?"))
	p.sees("No. argo-deploy may not delete Users in acme.")
	if id := p.activeID(); id != "answer-heading" {
		t.Errorf("the focus is on %q, not on the answer", id)
	}
	p.choose(link("System administrator"))
	p.node(heading("Permissions on 35 resource types"))
}
