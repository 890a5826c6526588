package gallery

import (
	"time"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
)

// roleStates are the table of roles, a role, two of them side by side, and the
// question whether somebody may do something.
func roleStates() []State {
	return []State{
		{Name: "roles/many", Document: true, Component: views.TablePage(consoleFrame(), rolesTable())},
		{Name: "roles/page", Document: true, Component: views.RoleDetails(frameBelow("Roles", "/roles"), rolePage(exampleRules(), true))},
		{Name: "roles/page-nobody", Document: true, Component: views.RoleDetails(frameBelow("Roles", "/roles"), rolePage(nil, false))},
		{Name: "roles/page-searched", Component: views.RolePermissions(searchedRole("acc"))},
		{Name: "roles/page-no-match", Component: views.RolePermissions(searchedRole("zzz"))},
		{Name: "roles/compare-searched", Component: views.ComparedPermissions(searchedComparison("acc"))},
		{Name: "roles/compare-no-match", Component: views.ComparedPermissions(searchedComparison("zzz"))},
		{Name: "roles/compare", Document: true, Component: views.CompareRoles(frameBelow("Roles", "/roles"), comparison(false))},
		{Name: "roles/compare-only-differences", Document: true, Component: views.CompareRoles(frameBelow("Roles", "/roles"), comparison(true))},
		{Name: "roles/compare-none-chosen", Document: true, Component: views.CompareRoles(frameBelow("Roles", "/roles"), views.RoleComparison{Roles: access.PredefinedRoles(), Problem: `There is no role "99". Choose two from the lists.`})},
		{Name: "access-check/question", Document: true, Component: views.AccessCheckPage(frameBelow("Access rules", "/access-rules"), question(nil))},
		{Name: "access-check/yes", Document: true, Component: views.AccessCheckPage(frameBelow("Access rules", "/access-rules"), question(allowedBy(exampleRules()[:2]...)))},
		{Name: "access-check/no", Document: true, Component: views.AccessCheckPage(frameBelow("Access rules", "/access-rules"), question(refusedAnswer()))},
		{Name: "access-check/disabled", Document: true, Component: views.AccessCheckPage(frameBelow("Access rules", "/access-rules"), question(hindered()))},
		{Name: "access-check/problems", Document: true, Component: views.AccessCheckPage(frameBelow("Access rules", "/access-rules"), questionProblems())},
	}
}

func rolesTable() views.RolesScreen {
	list, err := access.ParseList(nil, access.RoleSchema)
	if err != nil {
		panic(err) // a mistake in the gallery
	}
	s := views.RolesScreen{TableScreen: views.TableScreen{
		Kind: views.RolesTable, List: list, Columns: views.RolesTable.DefaultColumns(),
		Clock: views.Clock{Now: Now, Zone: time.UTC}, PublicURL: "https://latchkey.acme.example",
	}}
	for i, role := range access.PredefinedRoles() {
		s.Rows = append(s.Rows, access.RoleRow{Role: role, PermissionCount: len(role.Permissions()), Holders: i * i % 7})
	}
	s.Length, s.Count = len(s.Rows), access.Count{N: len(s.Rows), Exact: true}
	return s
}

func rolePage(rules []access.Rule, more bool) views.RolePage {
	role, _ := access.RoleByID(access.Viewer)
	return views.RolePage{
		Role:   access.RoleRow{Role: role, PermissionCount: 3, Holders: len(rules)},
		Matrix: views.Matrix{Groups: exampleMatrix(), Without: []string{"Access keys", "Event history", "Users"}},
		Rules:  rules, More: more, Clock: views.Clock{Now: Now, Zone: time.UTC},
	}
}

func searchedRole(search string) views.RolePage {
	s := rolePage(nil, false)
	s.Matrix, s.Search = s.Matrix.Matching(search), search
	return s
}

func searchedComparison(search string) views.RoleComparison {
	s := comparison(true)
	s.Search = search
	return s
}

func exampleMatrix() []views.MatrixGroup {
	return []views.MatrixGroup{
		{Name: "Identity and access", Lines: []views.MatrixLine{
			{Resource: "Access rules", A: access.CRUD, B: access.CanRead, Grants: true, Destroys: true},
			{Resource: "Roles", A: access.CanRead, B: access.CanRead},
		}},
		{Name: "Workloads", Lines: []views.MatrixLine{
			{Resource: "Jobs", A: access.CanRead, B: access.CRUD, Destroys: true},
		}},
	}
}

func comparison(only bool) views.RoleComparison {
	a, _ := access.RoleByID(1708)
	b, _ := access.RoleByID(8)
	return views.RoleComparison{A: a, B: b, Roles: access.PredefinedRoles(), OnlyDifferences: only, Matrix: views.Matrix{Groups: exampleMatrix()}}
}

func question(answer *access.CheckedAccess) views.AccessCheck {
	s := views.AccessCheck{Subject: views.SubjectPicker{Label: "Subject", Hint: "A user or an application."}, Scope: views.ScopePicker{Label: "Scope"}}
	s.Scope.Roots = []views.ScopeBranch{{Scope: tenant(), Expanded: true, Below: []access.Scope{cluster()}}}
	if answer == nil {
		return s
	}
	chosen := cluster()
	answer.Subject = access.Subject{Type: access.SubjectApplication, ID: exampleID, Name: "billing-sync"}
	answer.Scope = chosen
	s.Subject.Chosen, s.Scope.Chosen = &answer.Subject, &chosen
	s.Resource, s.Action, s.Answer = "jobs", access.Read, answer
	return s
}

func allowedBy(rules ...access.Rule) *access.CheckedAccess {
	return &access.CheckedAccess{Verdict: access.Verdict{Allowed: true, By: rules}}
}

func refusedAnswer() *access.CheckedAccess {
	roles := access.PredefinedRoles()
	return &access.CheckedAccess{Verdict: access.Verdict{Elsewhere: exampleRules()[:1], Here: exampleRules()[1:2], Would: roles[:8]}}
}

func hindered() *access.CheckedAccess {
	return &access.CheckedAccess{Verdict: access.Verdict{Hindrance: access.HinderedDisabled, By: exampleRules()[:1]}}
}

func questionProblems() views.AccessCheck {
	s := question(nil)
	s.Problems = views.Problems{Fields: []access.FieldError{
		{Field: views.FieldSubject, Message: "Choose whom to ask about."},
		{Field: views.FieldScope, Message: "Choose a scope."},
	}}
	return s
}

func frameBelow(label, href string) ui.FrameProps {
	frame := consoleFrame()
	frame.Breadcrumb = []ui.Crumb{{Label: label, Href: href}}
	return frame
}
