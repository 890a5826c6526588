package gallery

import (
	"time"

	"github.com/a-h/templ"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
)

// dialogStates are the dialogs of the Applications page, each in the states
// that a person can meet it in.
func dialogStates() []State {
	return []State{
		{Name: "dialog/new", Component: views.NewApplicationDialog(createForm())},
		{Name: "dialog/new-managed-in", Component: views.NewApplicationDialog(createManagedIn())},
		{Name: "dialog/new-errors", Component: views.NewApplicationDialog(createRefused())},
		{Name: "dialog/new-page", Component: dialogInFrame(views.NewApplicationDialog(inPage(createManagedIn()))), Document: true},
		{Name: "dialog/secret-first", Component: views.SecretDialog(secretTicket(true))},
		{Name: "dialog/secret-created", Component: views.SecretDialog(secretTicket(false))},
		{Name: "dialog/secret-regenerated", Component: views.SecretDialog(secretRegenerated())},
		{Name: "dialog/secret-page", Component: dialogInFrame(views.SecretDialog(secretInFrame())), Document: true},
		{Name: "dialog/first-token-waiting", Component: views.FirstTokenTick(views.FirstToken{ApplicationID: exampleID})},
		{Name: "dialog/first-token-received", Component: views.FirstTokenTick(views.FirstToken{ApplicationID: exampleID, Received: true})},
		{Name: "dialog/regenerate", Component: views.RegenerateDialog(regenerate(busyImpact()))},
		{Name: "dialog/regenerate-unused", Component: views.RegenerateDialog(regenerate(unusedImpact()))},
		{Name: "dialog/regenerate-forbidden", Component: views.RegenerateDialog(regenerateForbidden())},
		{Name: "dialog/regenerate-none", Component: views.RegenerateDialog(regenerate(signerImpact()))},
		{Name: "application/page", Document: true, Component: applicationPage().Page(consoleFrame())},
		{Name: "application/page-signer", Document: true, Component: signerPage().Page(consoleFrame())},
		{Name: "dialog/new-public-key-instead", Component: views.NewApplicationDialog(createSigner())},
		{Name: "dialog/add-public-key", Component: views.AddPublicKeyDialog(views.NewPublicKey{Application: exampleFacts()})},
		{Name: "dialog/add-public-key-errors", Component: views.AddPublicKeyDialog(publicKeyRefused())},
		{Name: "dialog/add-public-key-page", Document: true, Component: dialogInFrame(views.AddPublicKeyDialog(views.NewPublicKey{InPage: true, Application: exampleFacts()}))},
		{Name: "dialog/delete-public-key", Component: views.DeletePublicKeyDialog(deletePublicKey(false))},
		{Name: "dialog/delete-public-key-last", Component: views.DeletePublicKeyDialog(deletePublicKey(true))},
		{Name: "dialog/remove-key", Component: views.RemoveKeyDialog(removeKey(""))},
		{Name: "dialog/remove-key-stale", Component: views.RemoveKeyDialog(removeKey("ana@acme.example changed the secret key while this dialog was open. Look at it again before you remove it."))},
		{Name: "dialog/edit", Component: views.EditDialog(exampleEdit(views.Problems{}, nil))},
		{Name: "dialog/edit-errors", Component: views.EditDialog(exampleEdit(views.About(views.FieldDescription, "The description has more than 1000 characters."), nil))},
		{Name: "dialog/edit-conflict", Component: views.EditDialog(exampleEdit(views.Problems{}, &views.TheirChange{By: "ana@acme.example", At: Now, Description: "Belongs to finance now."}))},
		{Name: "dialog/edit-place", Component: views.EditDialog(editPlace(views.Problems{}, nil))},
		{Name: "dialog/edit-place-errors", Component: views.EditDialog(editPlace(views.About(views.FieldScope, "That place no longer exists, or not where you can see it. Choose another."), nil))},
		{Name: "dialog/edit-place-conflict", Component: views.EditDialog(editPlace(views.Problems{}, &views.TheirChange{By: "ana@acme.example", At: Now, Description: "Sends the figures.", ManagedIn: "acme / eu-1 / finance"}))},
		{Name: "dialog/disable", Component: views.DisableDialog(views.ConfirmDisable{Application: exampleFacts(), Impact: busyImpact()})},
		{Name: "dialog/delete-in-use", Component: views.DeleteDialog(deleteInUse(""))},
		{Name: "dialog/delete-wrong-name", Component: views.DeleteDialog(deleteInUse("billing"))},
		{Name: "dialog/delete-unused", Component: views.DeleteDialog(deleteUnused())},
		{Name: "dialog/restore", Component: views.RestoreDialog(restore(""))},
		{Name: "dialog/restore-name-taken", Component: views.RestoreDialog(restore("Another application is called billing-sync now. Delete that one first."))},
		{Name: "dialog/rules-none", Component: views.AccessRulesDialog(rulesDialog())},
		{Name: "dialog/rules-last", Component: views.AccessRulesDialog(rulesDialog(viewerRule()))},
		{Name: "dialog/rules-many", Component: views.AccessRulesDialog(rulesMany())},
		{Name: "dialog/rules-read-only", Component: views.AccessRulesDialog(rulesReadOnly())},
		{Name: "dialog/rules-added", Component: views.AccessRulesDialog(rulesAdded())},
		{Name: "dialog/rules-gone", Component: views.AccessRulesDialog(rulesGone())},
		{Name: "dialog/rules-form", Component: views.AccessRulesDialog(rulesForm(views.Problems{}))},
		{Name: "dialog/rules-form-chosen", Component: views.AccessRulesDialog(rulesFormChosen())},
		{Name: "dialog/rules-form-errors", Component: views.AccessRulesDialog(rulesForm(ruleProblems()))},
		{Name: "dialog/rules-form-page", Component: dialogInFrame(views.AccessRulesDialog(rulesFormSearched())), Document: true},
		{Name: "dialog/rule-delete-last", Component: views.DeleteRuleDialog(views.ConfirmDeleteRule{Subject: exampleSubject(), Rule: viewerRule()})},
		{Name: "dialog/scope-branch", Component: views.ScopeBranchPart(views.ScopeBranch{Scope: cluster(), Below: []access.Scope{department(), departmentWithoutProjects()}})},
		{Name: "dialog/scope-branch-long", Component: views.ScopeBranchPart(views.ScopeBranch{Scope: below(tenant(), "c9", "edge", access.ScopeCluster, 10_000), Below: []access.Scope{department()}, Offset: 100, More: true})},
		{Name: "dialog/scope-results", Component: views.ScopeResults([]access.Scope{department(), project()})},
		{Name: "dialog/scope-results-none", Component: views.ScopeResults(nil)},
		{Name: "dialog/subject-results", Component: views.SubjectResults([]access.Subject{
			{Type: access.SubjectUser, ID: "019aae52-7c1e-7f3a-9c55-0242ac120003", Name: "dana@acme.example"},
			{Type: access.SubjectApplication, ID: exampleID, Name: "billing-sync"},
		})},
		{Name: "dialog/subject-results-none", Component: views.SubjectResults(nil)},
		{Name: "dialog/notice-gone", Component: views.NoticeDialog(noticeGone())},
		{Name: "dialog/notice-already-done", Component: views.NoticeDialog(noticeAlreadyDone())},
		{Name: "dialog/done", Component: views.Done(doneDeleted())},
	}
}

// accountStates are the pages of coming in and of one's own account.
func accountStates() []State {
	frame := ui.FrameProps{Title: "Change password", HomeHref: "/", User: ui.UserProps{Name: "ada@example.com", SignOutAction: "/sign-out", PreferencesAction: "/account/preferences"}}
	return []State{
		{Name: "account/setup", Component: views.SetupPage(ui.FrameProps{}, views.Setup{Token: "example-setup-token"}), Document: true},
		{Name: "account/setup-errors", Component: views.SetupPage(ui.FrameProps{}, setupRefused()), Document: true},
		{Name: "account/setup-unknown", Component: views.SetupRefusedPage(ui.FrameProps{}, views.SetupRefusedUnknown), Document: true},
		{Name: "account/setup-expired", Component: views.SetupRefusedPage(ui.FrameProps{}, views.SetupRefusedExpired), Document: true},
		{Name: "account/setup-used", Component: views.SetupRefusedPage(ui.FrameProps{}, views.SetupRefusedUsed), Document: true},
		{Name: "account/setup-done", Component: views.SetupRefusedPage(ui.FrameProps{}, views.SetupRefusedDone), Document: true},
		{Name: "account/sign-in", Component: views.SignInPage(ui.FrameProps{}, views.SignIn{Next: "/"}), Document: true},
		{Name: "account/sign-in-needs-setup", Component: views.SignInPage(ui.FrameProps{}, views.SignIn{Next: "/", NeedsSetup: true}), Document: true},
		{Name: "account/sign-in-refused", Component: views.SignInPage(ui.FrameProps{}, signInRefused()), Document: true},
		{Name: "account/sign-in-again", Component: views.SignInAgain(views.SignIn{Email: "ada@example.com", Next: "/"})},
		{Name: "account/signed-in-again", Component: views.SignedInAgain()},
		{Name: "account/password", Component: views.PasswordPage(frame, views.Password{Email: "ada@example.com", Next: "/"}), Document: true},
		{Name: "account/password-errors", Component: views.PasswordPage(frame, passwordRefused()), Document: true},
		{Name: "account/password-changed", Component: views.PasswordPage(frame, views.Password{Email: "ada@example.com", Next: "/", Changed: true}), Document: true},
		{Name: "account/password-forced", Component: views.PasswordPage(frame, views.Password{Email: "ada@example.com", Next: "/", Forced: true}), Document: true},
		{Name: "account/page", Document: true, Component: accountPage().Page(accountFrame())},
		{Name: "account/page-bare", Component: accountPageBare().Fragment()},
		{Name: "account/end-session", Component: views.EndSessionDialog(views.ConfirmEndSession{Session: accountPage().Sessions[1], Clock: exampleClock()})},
		{Name: "account/end-session-here", Component: views.EndSessionDialog(views.ConfirmEndSession{Session: accountPage().Sessions[0], Clock: exampleClock()})},
		{Name: "account/end-others", Component: views.EndOtherSessionsDialog(views.ConfirmEndOthers{Others: 2})},
		{Name: "account/new-key", Component: views.NewAccessKeyDialog(views.NewAccessKey{FormKey: "k"})},
		{Name: "account/new-key-errors", Component: views.NewAccessKeyDialog(accessKeyRefused())},
		{Name: "account/new-key-page", Document: true, Component: dialogInFrame(views.NewAccessKeyDialog(views.NewAccessKey{InPage: true, FormKey: "k"}))},
		{Name: "account/key-ticket", Component: views.AccessKeyDialog(accessKeyTicket())},
		{Name: "account/regenerate-key", Component: views.RegenerateAccessKeyDialog(confirmAccessKey())},
		{Name: "account/delete-key", Component: views.DeleteAccessKeyDialog(confirmAccessKey())},
		{Name: "account/delete-key-stale", Component: views.DeleteAccessKeyDialog(staleAccessKey())},
	}
}

const (
	exampleID  = "019aae52-7c1e-7f3a-9c55-0242ac120002"
	exampleKey = "lk_EXAMPLEexampleEXAMPLEexampleEXAMPLEexampleEXAMPLE12"
)

func dialogInFrame(content templ.Component) templ.Component {
	return views.DialogPage(ui.FrameProps{
		Title: "New application", Heading: "Applications", HomeHref: "/", User: ui.UserProps{Name: "ada@example.com"},
		Breadcrumb: []ui.Crumb{{Label: "Applications", Href: "/applications"}}, Here: "New application",
	}, content)
}

func exampleFacts() views.ApplicationFacts {
	return views.ApplicationFacts{ID: exampleID, Name: "billing-sync", ClientID: "billing-sync"}
}

func exampleClock() views.Clock { return views.Clock{Now: Now, Zone: time.UTC} }

func createForm() views.NewApplication {
	return views.NewApplication{
		FormKey: "form-1",
		Lifetimes: []views.Choice{
			{Value: "0", Label: "Does not expire"}, {Value: "30", Label: "30 days"}, {Value: "90", Label: "90 days"},
			{Value: "180", Label: "180 days"}, {Value: "365", Label: "365 days (a year)"},
		},
		KeyLifetime: "0",
	}
}

func createManagedIn() views.NewApplication {
	s := createForm()
	picker := scopePicker()
	picker.Label, picker.Hint = "Place", "People with the permission there may manage it."
	s.ManagedInDefault = "acme"
	s.ManagedIn = &picker
	return s
}

func createRefused() views.NewApplication {
	s := createManagedIn()
	s.Name, s.Description, s.KeyLifetime = "Billing Sync", "Copies invoices.\nAsk finance.", "90"
	s.Problems = views.Problems{
		Form: "This needs the permission to create applications in acme / us-2.",
		Fields: []access.FieldError{
			{Field: views.FieldName, Message: "Use small letters, digits, hyphen and underscore only."},
			{Field: views.FieldScope, Message: "Choose a place where you may manage applications."},
		},
	}
	return s
}

func inPage(s views.NewApplication) views.NewApplication {
	s.InPage = true
	return s
}

func secretTicket(first bool) views.SecretTicket {
	return views.SecretTicket{
		Title:         "Application created",
		ApplicationID: exampleID,
		Name:          "billing-sync",
		ClientID:      "billing-sync",
		TokenURL:      "https://latchkey.example.com/api/v1/token",
		SecretKey:     exampleKey,
		Clock:         exampleClock(),
		TryIt: &views.TryIt{
			Open:     first,
			APIURL:   "https://latchkey.example.com/api/v1/authorization/me/access-rules",
			Received: views.FirstToken{ApplicationID: exampleID},
		},
	}
}

func secretRegenerated() views.SecretTicket {
	s := secretTicket(false)
	s.Title, s.TryIt = "Key regenerated", nil
	s.Consequence = "The previous key, ending in q7Zx, no longer works, nor do the 4 tokens that were active."
	s.KeyExpiresAt = Now.AddDate(0, 0, 90)
	return s
}

func secretInFrame() views.SecretTicket {
	s := secretTicket(true)
	s.InPage = true
	return s
}

func busyImpact() views.Impact {
	return views.Impact{Clock: exampleClock(), LastUsed: Now.Add(-3 * time.Minute), KeyEndsIn: "q7Zx", ActiveTokens: 4, Rules: 3}
}

func unusedImpact() views.Impact {
	return views.Impact{Clock: exampleClock(), KeyEndsIn: "q7Zx"}
}

func regenerate(impact views.Impact) views.ConfirmRegenerate {
	return views.ConfirmRegenerate{
		FormKey: "form-1", Application: exampleFacts(), Impact: impact,
		KeyLifetime: "90", Lifetimes: createForm().Lifetimes,
	}
}

func regenerateForbidden() views.ConfirmRegenerate {
	s := regenerate(busyImpact())
	s.Problems = views.Problems{Form: "This application may do more than you: its rules allow what yours do not."}
	return s
}

func deleteInUse(typed string) views.ConfirmDelete {
	s := views.ConfirmDelete{
		Application: exampleFacts(), Impact: busyImpact(), InUse: true, Enabled: true,
		Typed: typed, BinUntil: Now.Add(access.BinRetention),
	}
	if typed != "" {
		s.Problems = views.About(views.FieldConfirmName, "Type billing-sync exactly as it is written, or choose Cancel.")
	}
	return s
}

func deleteUnused() views.ConfirmDelete {
	return views.ConfirmDelete{Application: exampleFacts(), Impact: unusedImpact(), Enabled: true, BinUntil: Now.Add(access.BinRetention)}
}

func restore(problem string) views.ConfirmRestore {
	return views.ConfirmRestore{
		FormKey: "form-1", Problems: views.Problems{Form: problem}, Application: exampleFacts(), Clock: exampleClock(),
		DeletedAt: Now.AddDate(0, 0, -4), BinUntil: Now.AddDate(0, 0, 26), Rules: 3,
		KeyLifetime: "90", Lifetimes: createForm().Lifetimes,
	}
}

func tenant() access.Scope {
	return access.Scope{ID: "1001", Type: access.ScopeTenant, Name: "acme", Path: access.TenantPath, Names: []string{"acme"}, Children: 2}
}

func below(parent access.Scope, id, name string, t access.ScopeType, children int) access.Scope {
	names := append(append([]string{}, parent.Names...), name)
	return access.Scope{ID: id, Type: t, Name: name, ParentID: parent.ID, Path: parent.Path.Child(id), Names: names, Children: children}
}

func cluster() access.Scope    { return below(tenant(), "c1", "eu-1", access.ScopeCluster, 2) }
func department() access.Scope { return below(cluster(), "d1", "billing", access.ScopeDepartment, 1) }
func departmentWithoutProjects() access.Scope {
	return below(cluster(), "d2", "research", access.ScopeDepartment, 0)
}
func project() access.Scope { return below(department(), "p1", "invoices", access.ScopeProject, 0) }

func scopePicker() views.ScopePicker {
	return views.ScopePicker{
		Label: "Scope", Hint: "The rule reaches this place and everything below it.",
		Roots: []views.ScopeBranch{{Scope: tenant(), Expanded: true, Below: []access.Scope{
			cluster(), below(tenant(), "c2", "us-2", access.ScopeCluster, 0),
		}}},
	}
}

func ruleLine(id int32, role string, scope access.Scope) views.RuleLine {
	rule := access.Rule{ID: id, RoleID: id, RoleName: role, Scope: scope, CreatedBy: "ada@example.com"}
	rule.CreatedAt = Now.Add(-time.Duration(id) * time.Hour)
	return views.RuleLine{Rule: rule, MayDelete: true}
}

func viewerRule() views.RuleLine {
	line := ruleLine(7, "Viewer", cluster())
	line.Last = true
	return line
}

func rulesDialog(lines ...views.RuleLine) views.RulesDialog {
	s := views.RulesDialog{Subject: exampleSubject(), Clock: exampleClock(), Rules: lines, MayAdd: true}
	for _, line := range lines {
		s.Effective = append(s.Effective, views.EffectiveScope{Scope: line.Rule.Scope, Groups: exampleGroups()})
	}
	return s
}

func exampleGroups() []views.PermissionGroup {
	return []views.PermissionGroup{
		{Name: "Identity and access", Lines: []views.PermissionLine{
			{Resources: []string{"Access rules"}, Actions: "create, read, update, delete", Grants: true, Destroys: true},
			{Resources: []string{"Users"}, Actions: "read"},
		}},
		{Name: "Workloads", Lines: []views.PermissionLine{{Resources: []string{"Trainings", "Workspaces"}, Actions: "create, read, update, delete", Destroys: true}}},
		{Name: "Dashboards", Lines: []views.PermissionLine{{Resources: []string{"Analytics dashboard", "Overview dashboard"}, Actions: "read"}}},
	}
}

func rulesMany() views.RulesDialog {
	covered := ruleLine(12, "Viewer", project())
	covered.CoveredBy = "Viewer on acme / eu-1"
	viewer := ruleLine(7, "Viewer", cluster())
	return rulesDialog(ruleLine(4, "Research manager", department()), viewer, covered)
}

func rulesReadOnly() views.RulesDialog {
	s := rulesMany()
	s.MayAdd = false
	for i := range s.Rules {
		s.Rules[i].MayDelete = false
	}
	return s
}

func rulesAdded() views.RulesDialog {
	s := rulesMany()
	s.FocusRule, s.Changed = 12, true
	s.Status = "Access rule added: Viewer on acme / eu-1 / billing / invoices. It allows nothing new: Viewer on acme / eu-1 covers it."
	return s
}

func rulesGone() views.RulesDialog {
	s := rulesDialog(viewerRule())
	s.Problem = "That access rule was gone already: somebody deleted it while the dialog was open."
	return s
}

func rulesForm(problems views.Problems) views.RulesDialog {
	s := rulesDialog(viewerRule())
	s.Form = &views.RuleForm{
		Problems: problems,
		Roles: []views.RoleOption{
			{ID: 1, Name: "System administrator", Description: "Manages everything: people, applications, access and settings.", Unavailable: "You do not hold all that it allows."},
			{ID: 4, Name: "Research manager", Description: "Leads projects: their people, workspaces, trainings and assets."},
			{ID: 7, Name: "Viewer", Description: "Looks at workloads and assets, changes nothing."},
		},
		Scope: scopePicker(),
	}
	return s
}

func rulesFormChosen() views.RulesDialog {
	s := rulesForm(views.Problems{})
	chosen := department()
	s.Form.RoleID, s.Form.Scope.Chosen = 4, &chosen
	s.Form.Preview = &views.RolePreview{RoleID: 4, Role: "Research manager", Groups: exampleGroups()}
	return s
}

func rulesFormSearched() views.RulesDialog {
	s := rulesFormChosen()
	s.InPage = true
	s.Form.Scope.Search, s.Form.Scope.Searched, s.Form.Scope.Results = "bil", true, []access.Scope{department()}
	return s
}

func ruleProblems() views.Problems {
	return views.Problems{
		Form: "Nobody grants what they do not hold: System administrator allows more than you may do there.",
		Fields: []access.FieldError{
			{Field: views.FieldRole, Message: "Choose a role."},
			{Field: views.FieldScope, Message: "This scope no longer exists: somebody deleted it while the dialog was open. Choose another."},
		},
	}
}

func noticeGone() views.Notice {
	return views.Notice{Place: views.InApplications(), Title: "This application is gone", Text: "It does not exist, or not where you can see it.", Action: views.Link{Label: "Show the bin", Href: "/applications?deleted=true"}, Changed: true}
}

func noticeAlreadyDone() views.Notice {
	return views.Notice{Place: views.InApplications(), Title: "Already done", Text: "The application was created by the first submission of this form; the second changed nothing.", Action: views.Link{Label: "Regenerate key", Href: "/applications/" + exampleID + "/regenerate", Dialog: true}, Changed: true}
}

func doneDeleted() views.Notice {
	return views.Notice{Place: views.InApplications(), Title: "Application deleted", Text: "billing-sync was deleted. It waits in the bin for 30 days and can be restored with a new key.", Action: views.Link{Label: "Restore", Href: "/applications/" + exampleID + "/restore", Dialog: true}}
}

func setupRefused() views.Setup {
	return views.Setup{Token: "example-setup-token", Email: "ada", Problems: views.Problems{Fields: []access.FieldError{
		{Field: views.FieldEmail, Message: "Write it as name@example.com."},
		{Field: views.FieldPassword, Message: "Use at least 15 characters; this has 8."},
	}}}
}

func signInRefused() views.SignIn {
	return views.SignIn{Email: "ada@example.com", Next: "/applications?search=ci", Problem: "E-mail address and password do not go together. Check both and try again."}
}

func passwordRefused() views.Password {
	return views.Password{Email: "ada@example.com", Next: "/", Problems: views.Problems{Fields: []access.FieldError{
		{Field: views.FieldCurrentPassword, Message: "This is not your present password. Type the one you signed in with."},
		{Field: views.FieldNewPassword, Message: "Use at least 15 characters; this has 8."},
	}}}
}

func exampleSubject() views.RuleSubject {
	at := views.InApplications()
	at.Focus = views.NameLink(exampleFacts().ID)
	return views.RuleSubject{Name: exampleFacts().Name, Href: views.ApplicationHref(exampleFacts().ID, "rules"), Page: views.ApplicationHref(exampleFacts().ID, ""), Place: at}
}

func exampleEdit(problems views.Problems, theirs *views.TheirChange) views.EditApplication {
	return views.EditApplication{
		Application: exampleFacts(), Clock: exampleClock(), Description: "Sends the figures of the day to finance.",
		Version: 3, Was: "Sends the figures.", Problems: problems, Theirs: theirs,
	}
}

func editPlace(problems views.Problems, theirs *views.TheirChange) views.EditApplication {
	s := exampleEdit(problems, theirs)
	picker := placePicker()
	s.Picker, s.ManagedIn, s.WasPlace, s.Place = &picker, "acme / eu-1", "c1", "c1"
	return s
}

func placePicker() views.ScopePicker {
	picker := scopePicker()
	picker.Label, picker.Hint = "Place", "People with the permission there may manage it. What it may do itself comes from its access rules."
	return picker
}

// applicationPage is the page of an application with all there is on it.
func applicationPage() views.ApplicationPage {
	row := tableWith(withRows(3)).Rows[2].Application
	return views.ApplicationPage{
		Application: row, Impact: busyImpact(), ManagedIn: "acme / eu-1", ManagedInHref: views.OrganizationAt(row.ScopeID), Rules: rulesMany(), Reach: exampleReach(),
		PublicKeys: examplePublicKeys(),
		Activity:   &views.Activity{ID: row.ID, Name: row.Name, Events: exampleEvents(), More: true, Clock: exampleClock()},
		Snippets:   views.Snippets{ClientID: row.ClientID, TokenURL: "https://latchkey.acme.example/api/v1/token", APIURL: "https://latchkey.acme.example/api/v1/authorization/me/access-rules", Signing: signingSnippet()},
		MayUpdate:  true, MayDelete: true,
	}
}

func exampleReach() *access.ReachNode {
	return &access.ReachNode{ID: "1001", Name: "acme", Type: access.ScopeTenant, Nodes: []*access.ReachNode{
		{ID: "a", Name: "eu-1", Type: access.ScopeCluster, Roles: []string{"Viewer"}, Below: 12, Nodes: []*access.ReachNode{
			{ID: "b", Name: "research", Type: access.ScopeDepartment, Roles: []string{"Editor", "L1 researcher"}},
		}},
		{ID: "c", Name: "us-1", Type: access.ScopeCluster, Nodes: []*access.ReachNode{
			{ID: "d", Name: "vision", Type: access.ScopeDepartment, Roles: []string{"ML engineer"}, Below: 1},
		}},
	}}
}
