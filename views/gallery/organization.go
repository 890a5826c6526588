package gallery

import (
	"github.com/a-h/templ"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
)

// organizationStates are the Organization page and its dialogs.
func organizationStates() []State {
	return []State{
		{Name: "organization/page", Component: organizationInFrame(organization(department(), false)), Document: true},
		{Name: "organization/read-only", Component: organizationInFrame(organizationReadOnly(organization(cluster(), false))), Document: true},
		{Name: "organization/gone", Component: organizationInFrame(organization(tenant(), true)), Document: true},
		{Name: "organization/found", Component: organizationInFrame(organizationSearched()), Document: true},
		{Name: "organization/forbidden", Component: views.OrganizationForbidden(organizationFrame(), "This needs the permission to read Tenant in the organization.", exampleReference), Document: true},
		{Name: "organization/detail", Component: views.ScopeDetailPart(scopeDetail(project()))},
		{Name: "organization/branch", Component: views.OrganizationBranch(views.ScopeBranch{Scope: cluster(), Below: []access.Scope{department(), departmentWithoutProjects()}})},
		{Name: "organization/branch-long", Component: views.OrganizationBranch(views.ScopeBranch{Scope: below(tenant(), "c9", "edge", access.ScopeCluster, 10_000), Below: []access.Scope{department()}, Offset: 100, More: true})},
		{Name: "organization/results", Component: views.OrganizationResults([]access.Scope{department(), project()})},
		{Name: "organization/results-none", Component: views.OrganizationResults(nil)},
		{Name: "organization/add", Component: views.NodeNameDialog(views.NodeName{Scope: department(), Add: true})},
		{Name: "organization/rename", Component: views.NodeNameDialog(views.NodeName{Scope: department(), Name: "billing", Version: "7"})},
		{Name: "organization/rename-stale", Component: views.NodeNameDialog(views.NodeName{Scope: department(), Name: "invoicing", Version: "8", Problems: views.Problems{Form: "Somebody changed this while the dialog was open, and nothing was done. What you see is how it is now: look again, then go on."}})},
		{Name: "organization/rename-taken", Component: views.NodeNameDialog(views.NodeName{Scope: department(), Name: "research", Version: "7", Problems: views.About(views.FieldName, "A department named research already exists here. Choose another name.")})},
		{Name: "organization/move", Component: views.MoveNodeDialog(moveNode(views.Problems{}))},
		{Name: "organization/move-refused", Component: views.MoveNodeDialog(moveNode(views.Problems{Form: "There ops is System administrator on acme / eu-1 / research, and would reach invoices too. That needs permissions that you do not hold on acme / eu-1 / billing / invoices: create, read, update, delete Users."}))},
		{Name: "organization/move-page", Component: dialogInFrame(views.MoveNodeDialog(moveNodeInPage())), Document: true},
		{Name: "organization/move-projects", Component: views.MoveNodeDialog(moveProjects(views.Problems{}))},
		{Name: "organization/move-projects-refused", Component: views.MoveNodeDialog(moveProjects(views.About(views.FieldScope, "research has projects of the same name: invoices, payroll. Rename them here or there, or choose another department.")))},
		{Name: "organization/delete", Component: views.DeleteNodeDialog(views.DeleteNode{Contents: access.ScopeContents{Scope: project()}, Version: "7"})},
		{Name: "organization/delete-with", Component: views.DeleteNodeDialog(deleteNode(0))},
		{Name: "organization/delete-refused", Component: views.DeleteNodeDialog(deleteRefused())},
		{Name: "organization/delete-blocked", Component: views.DeleteNodeDialog(deleteNode(2))},
		{Name: "organization/import", Component: dialogInFrame(views.ImportDialog(views.ImportFile{})), Document: true},
		{Name: "organization/import-errors", Component: dialogInFrame(views.ImportDialog(importRefused())), Document: true},
		{Name: "organization/difference", Component: dialogInFrame(views.ImportDifferenceDialog(importDifference())), Document: true},
		{Name: "organization/difference-stale", Component: dialogInFrame(views.ImportDifferenceDialog(importStale())), Document: true},
		{Name: "organization/difference-none", Component: dialogInFrame(views.ImportDifferenceDialog(views.ImportDifference{YAML: "tenant: acme\n"})), Document: true},
	}
}

func organizationFrame() ui.FrameProps {
	return ui.FrameProps{
		Title: "Organization", Tenant: "acme", HomeHref: "/",
		Nav: []ui.NavItem{
			{Label: "Applications", Href: "/applications", Icon: ui.IconApps},
			{Label: "Organization", Href: "/organization", Icon: ui.IconTree, Current: true},
		},
		User: ui.UserProps{Name: "ada@example.com", SignOutAction: "/sign-out", PreferencesAction: "/account/preferences"},
	}
}

func organizationInFrame(o views.Organization) templ.Component {
	return views.OrganizationPage(organizationFrame(), o)
}

func organization(chosen access.Scope, gone bool) views.Organization {
	billing := views.ScopeBranch{Scope: department(), Expanded: true, Below: []access.Scope{project()}}
	eu := views.ScopeBranch{Scope: cluster(), Expanded: true, Below: []access.Scope{department(), departmentWithoutProjects()}, Next: &billing}
	root := views.ScopeBranch{Scope: tenant(), Expanded: true, Below: []access.Scope{cluster(), below(tenant(), "c2", "us-2", access.ScopeCluster, 0)}, Next: &eu}
	return views.Organization{Roots: []views.ScopeBranch{root}, Chosen: scopeDetail(chosen), Below: billing, MayImport: true, Gone: gone}
}

func organizationSearched() views.Organization {
	o := organization(department(), false)
	o.Search, o.Searched, o.Results = "bil", true, []access.Scope{department()}
	return o
}

func organizationReadOnly(o views.Organization) views.Organization {
	o.MayImport = false
	o.Chosen.MayAdd, o.Chosen.MayRename, o.Chosen.MayMove, o.Chosen.MayDelete = false, false, false, false
	o.Chosen.SeesRules = false
	return o
}

func scopeDetail(s access.Scope) views.ScopeDetail {
	s.CreatedBy = "ada@example.com"
	s.CreatedAt, s.UpdatedAt = Now.AddDate(0, -2, 0), Now.AddDate(0, 0, -3)
	return views.ScopeDetail{
		Scope: s, Use: access.ScopeUse{Children: s.Children, Rules: 3, Applications: 1}, Clock: exampleClock(),
		MayAdd: s.Type != access.ScopeProject, MayRename: true, MayMove: s.Type == access.ScopeProject || s.Type == access.ScopeDepartment, MayDelete: s.Type != access.ScopeTenant,
		SeesRules: true, SeesApplications: true, Within: access.Count{N: 1 + 39*min(s.Children, 1), Exact: true},
	}
}

func moveNode(problems views.Problems) views.MoveNode {
	picker := scopePicker()
	picker.Label, picker.Hint, picker.Only = "Department", "A department of any cluster that has no project of this name.", access.ScopeDepartment
	return views.MoveNode{Scope: project(), Version: "7", Picker: picker, Problems: problems}
}

func moveProjects(problems views.Problems) views.MoveNode {
	m := moveNode(problems)
	m.Scope, m.Picker.Hint = department(), "A department of any cluster that has no projects of these names."
	m.Scope.Children = 12
	return m
}

func moveNodeInPage() views.MoveNode {
	m := moveNode(views.Problems{})
	m.InPage = true
	m.Picker.Search, m.Picker.Searched, m.Picker.Results = "res", true, []access.Scope{departmentWithoutProjects()}
	return m
}

func deleteNode(applications int) views.DeleteNode {
	rule := func(role string, at access.Scope) access.Rule {
		return access.Rule{RoleName: role, Scope: at, Subject: access.Subject{Type: access.SubjectApplication, ID: exampleID, Name: "billing-sync"}}
	}
	d := views.DeleteNode{Version: "7", Contents: access.ScopeContents{
		Scope: cluster(), ScopeCount: access.ScopeCount{Nodes: 3, Rules: 12, Applications: applications},
		Nodes: []access.Scope{department(), project(), departmentWithoutProjects()},
		Rules: []access.Rule{rule("Viewer", cluster()), rule("Editor", department())},
	}}
	d.SeesApplications, d.MayMoveThem = true, true
	for range applications {
		d.Contents.Applications = append(d.Contents.Applications, access.Application{Name: "billing-sync"})
	}
	return d
}

func deleteRefused() views.DeleteNode {
	d := deleteNode(0)
	d.WithNodes = true
	d.Problems = views.Problems{Form: "eu-1 still has 12 access rules. Say that they go with it, or delete them first."}
	return d
}

func importRefused() views.ImportFile {
	return views.ImportFile{
		YAML: "tenant: acme\nclusters:\n  - name: eu-1\n  - name: EU-1\n", Remove: true,
		Problems: views.Problems{Fields: []access.FieldError{
			{Field: views.FieldFile, Message: "Line 4: the cluster EU-1 comes twice. Leave one out, or give it another name."},
			{Field: views.FieldFile, Message: "Line 7: a project of eu-1 / research has no name. Add one."},
		}},
	}
}

func importDifference() views.ImportDifference {
	falls := access.Rule{RoleName: "Viewer", Subject: access.Subject{Name: "billing-sync"}}
	return views.ImportDifference{YAML: "tenant: acme\n", Remove: true, Difference: access.OrganizationDifference{Digest: "d1", Changes: []access.OrganizationChange{
		{Kind: access.NodeAdded, Type: access.ScopeProject, After: []string{"eu-1", "research", "vision"}},
		{Kind: access.NodeRenamed, Type: access.ScopeCluster, ID: "c2", Before: []string{"us-2"}, After: []string{"us-east-2"}},
		{Kind: access.NodeMoved, Type: access.ScopeProject, ID: "p1", Before: []string{"eu-1", "billing", "invoices"}, After: []string{"eu-1", "research", "invoices"}},
		{Kind: access.NodeRemoved, Type: access.ScopeDepartment, ID: "d1", Before: []string{"eu-1", "billing"}, Rules: []access.Rule{falls}},
	}}}
}

func importStale() views.ImportDifference {
	d := importDifference()
	d.Problems = views.Problems{Form: "The organization has changed since this difference was shown, so that nothing was done. Look at the new difference, then apply that."}
	return d
}
