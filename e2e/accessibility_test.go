package e2e

import "testing"

// Every page, dialog, menu and error state has to be accessible in both themes,
// at 360 and at 1280.
func TestEveryStateIsAccessible(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	for _, state := range []struct {
		name  string
		reach func(p *tab)
	}{
		{"the table", func(p *tab) { p.visit("/applications") }},
		{"rows selected", func(p *tab) {
			p.click(checkbox("Select arm-teleop"))
			p.click(checkbox("Select backup-verify"))
			p.sees("2 of")
		}},
		{"add filter", func(p *tab) { p.click(control("Add filter")); p.node(button("Apply")) }},
		{"filters", func(p *tab) { p.visit("/applications?filterBy=status==Active,name=@a&sortBy=lastLogin&sortOrder=desc") }},
		{"columns", func(p *tab) { p.click(control("Columns")); p.node(checkbox("Client ID")) }},
		{"the More menu", func(p *tab) { p.click(control("More")); p.node(control("Download as CSV")) }},
		{"a download", func(p *tab) {
			p.hold("*/applications.csv*")
			p.click(control("More"))
			p.click(control("Download as CSV"))
			p.sees("Preparing the download")
		}},
		{"a row's menu", func(p *tab) { p.click(control("Actions for arm-teleop")); p.node(control("Regenerate key")) }},
		{"the user's menu", func(p *tab) { p.click(control(adminEmail)); p.node(control("Sign out")) }},
		{"keyboard shortcuts", func(p *tab) { p.click(control("Keyboard shortcuts")) }},
		{"nothing matches", func(p *tab) { p.visit("/applications?search=nothing-like-this") }},
		{"the bin", func(p *tab) { p.visit("/applications?deleted=true") }},
		{"an unknown filter", func(p *tab) { p.visit("/applications?filterBy=colour==red") }},
		{"the users", func(p *tab) { p.visit("/users") }},
		{"new user", func(p *tab) {
			p.visit("/users/new")
			p.click(control("First access rule").beginning())
		}},
		{"a temporary password", func(p *tab) {
			p.visit("/users")
			p.click(control("+New user"))
			p.fill("E-mail address", "axe@acme.example")
			p.click(button("Create"))
			p.sees("It will not be shown again")
		}},
		{"a user", func(p *tab) {
			p.visit("/users")
			p.click(link(adminEmail).of(label{name: "Users", roles: []string{"table"}, prefix: true}))
			p.node(heading("Activity"))
		}},
		{"deleting a user", func(p *tab) {
			p.visit("/users")
			p.click(checkbox("Select axe@acme.example"))
			p.click(control("Delete").of(selectedRows))
			p.node(button("Delete"))
		}},
		{"a page that is not there", func(p *tab) { p.visit("/no-such-page") }},
		{"one's own account", func(p *tab) { p.visit("/account"); p.node(heading("Activity")) }},
		{"signing out everywhere else", func(p *tab) { p.visit("/account/sessions/sign-out") }},
		{"a new access key", func(p *tab) {
			p.visit("/account")
			p.click(control("+New access key"))
			p.node(button("Create"))
		}},
		{"an access key", func(p *tab) {
			p.visit("/account")
			p.click(control("+New access key"))
			p.fill("Name", "axe-key")
			p.click(button("Create"))
			p.sees("It will not be shown again")
		}},
		{"a new access key, refused", func(p *tab) {
			p.visit("/account")
			p.click(control("+New access key"))
			p.fill("Name", "axe-key")
			p.click(button("Create"))
			p.sees("You have an access key named axe-key already")
		}},
		{"regenerating an access key", func(p *tab) {
			p.visit("/account")
			p.click(control("Regenerate key axe-key"))
			p.node(button("Regenerate"))
		}},
		{"deleting an access key", func(p *tab) {
			p.visit("/account")
			p.click(control("Delete axe-key"))
			p.node(button("Delete"))
		}},
		{"signing out elsewhere", func(p *tab) {
			p.visit("/account")
			p.click(control("Sign out Chrome on Linux").beginning().first())
			p.node(button("Sign out"))
		}},
		{"preferences", func(p *tab) { p.visit("/account/preferences") }},
		{"an application", func(p *tab) { p.click(link("argo-deploy")); p.node(heading("Use it from code")) }},
		{"a token lifetime", func(p *tab) {
			p.click(link("argo-deploy"))
			p.click(control("Change the token lifetime"))
			p.node(button("Save"))
		}},
		{"a user's password", func(p *tab) { doToAxe(p, "Reset password") }},
		{"signing a user out", func(p *tab) { doToAxe(p, "Sign out everywhere") }},
		{"disabling a user", func(p *tab) { doToAxe(p, "Disable") }},
		{"all access rules", func(p *tab) { p.visit("/access-rules?limit=10") }},
		{"the organization", func(p *tab) { p.visit("/organization") }},
		{"change password", func(p *tab) { p.visit("/account/password") }},
		{"new application", func(p *tab) { p.click(control("+New application").first()); p.node(button("Create")) }},
		{"new application, refused", func(p *tab) {
			p.click(control("+New application").first())
			p.fill("Name", "Not A Name")
			p.click(button("Create"))
			p.sees("The application was not created")
		}},
		{"the secret panel", func(p *tab) {
			p.click(control("+New application").first())
			p.fill("Name", "axe-secret")
			p.click(button("Create"))
			p.sees("It will not be shown again")
			p.click(button("Done"))
			p.sees("Tick the box")
		}},
		{"access rules", func(p *tab) { openRules(p, "argo-deploy"); p.node(control("+Access rule")) }},
		{"new access rule", func(p *tab) {
			openRules(p, "argo-deploy")
			p.click(control("+Access rule"))
			chooseRole(p, p, "Editor")
			p.sees("What Editor allows")
		}},
		{"the role picker", func(p *tab) {
			openRules(p, "argo-deploy")
			p.click(control("+Access rule"))
			p.fill("Role", "admin")
			p.node(option("System administrator").beginning())
		}},
		{"the scope picker", func(p *tab) {
			openRules(p, "argo-deploy")
			p.click(control("+Access rule"))
			p.fill("Search scope", "re")
			p.node(label{name: "acme / eu-1 / research", roles: []string{"treeitem"}, prefix: true}.first())
		}},
		{"the audit log", func(p *tab) { p.visit("/audit-log?limit=25") }},
		{"an entry of the audit log", func(p *tab) {
			p.visit("/audit-log?limit=25&filterBy=entity_type==application")
			p.click(label{name: "202", roles: []string{"link"}, prefix: true}.first())
			p.node(heading("Request"))
		}},
		{"the settings", func(p *tab) { p.visit("/settings") }},
		{"rotate a signing key", func(p *tab) {
			p.visit("/settings")
			p.click(control("Rotate"))
			p.node(dialog("Rotate the signing key?"))
		}},
		{"the roles", func(p *tab) { p.visit("/roles") }},
		{"a role", func(p *tab) { p.visit("/roles/1") }},
		{"two roles", func(p *tab) { p.visit("/roles/compare?a=1&b=7") }},
		{"the permissions of a role, searched", func(p *tab) { p.visit("/roles/1?search=rule") }},
		{"a question to the rules", func(p *tab) {
			p.visit("/access-check")
			p.fill("Subject", "argo")
			p.node(option("argo-deploy").beginning())
		}},
		{"an answer of the rules", func(p *tab) {
			p.visit("/access-check?action=delete&resourceType=users&scopeId=1001&subject=nobody")
			p.sees("The question cannot be answered")
		}},
		{"the rules say no", func(p *tab) {
			askTheRules(p, "argo-deploy")
			p.sees("No. argo-deploy may not delete Users in acme.")
		}},
		{"the rules say yes", func(p *tab) {
			askTheRules(p, adminEmail)
			p.sees("Yes. " + adminEmail + " may delete Users in acme.")
		}},
		{"regenerate", func(p *tab) {
			p.click(checkbox("Select arm-teleop"))
			p.click(control("Regenerate key").of(selectedRows))
			p.node(button("Regenerate"))
		}},
		{"disable", func(p *tab) {
			p.click(checkbox("Select arm-teleop"))
			p.click(control("Disable").of(selectedRows))
			p.node(dialog("Disable arm-teleop?"))
		}},
		{"delete", func(p *tab) {
			p.click(checkbox("Select arm-teleop"))
			p.click(control("Delete").of(selectedRows))
			p.node(dialog("Delete arm-teleop?"))
		}},
		{"disable several", func(p *tab) {
			p.click(checkbox("Select arm-teleop"))
			p.click(checkbox("Select backup-verify"))
			p.click(control("Disable").of(selectedRows))
			p.sees("Disable 2 applications")
		}},
	} {
		t.Run(state.name, func(t *testing.T) {
			p := signIn(t, s)
			p.visit("/applications?limit=10") // axe takes its time for every row
			state.reach(p)
			p.accessibleInEveryLook(state.name)
		})
	}
}

// The pages of somebody who is not signed in, and of an empty installation.
func TestEveryWayInIsAccessible(t *testing.T) {
	s := newInstallation(t).serve()
	p := open(t, s, s.setupURL)
	p.accessibleInEveryLook("set-up")
	p.visit("/setup?token=wrong")
	p.accessibleInEveryLook("a wrong set-up link")
	p.visit("/sign-in")
	p.accessibleInEveryLook("sign-in before set-up")
	p.visit(s.setupURL)
	p.fill("E-mail address", adminEmail)
	p.fill("Password", "short")
	p.click(button("Create account"))
	p.sees("The account was not created")
	p.accessibleInEveryLook("set-up, refused")
	p.fill("Password", adminPassword)
	p.click(button("Create account"))
	p.node(heading("No applications yet"))
	p.accessibleInEveryLook("the first empty page")

	stranger := open(t, s, "/sign-in")
	stranger.fill("E-mail address", adminEmail)
	stranger.fill("Password", "not the password")
	stranger.click(button("Sign in"))
	stranger.sees("do not go together")
	stranger.accessibleInEveryLook("sign-in, refused")
}

// doToAxe opens a dialog on the page of the user that a state before this one
// made.
func doToAxe(p *tab, what string) {
	p.visit("/users?search=axe")
	p.click(link("axe@acme.example"))
	p.node(heading("axe@acme.example"))
	p.click(control(what))
	p.node(button(what))
}

// askTheRules asks whether somebody may delete users anywhere.
func askTheRules(p *tab, subject string) {
	p.visit("/access-check?action=delete&resourceType=users&scopeId=1001")
	p.fill("Subject", subject)
	p.click(option(subject).beginning())
	p.click(button("Can it?"))
}
