package gallery

import (
	"fmt"
	"time"

	"latchkey/views/ui"
)

// partStates are the parts of views/ui on their own, and put together as a page of the console is.
func partStates() []State {
	return []State{
		{Name: "part/buttons", Component: buttons()},
		{Name: "part/status", Component: statuses()},
		{Name: "part/form", Component: exampleForm(false)},
		{Name: "part/form-errors", Component: exampleForm(true)},
		{Name: "part/messages", Component: messages()},
		{Name: "part/times", Component: times()},
		{Name: "part/identity", Component: identities()},
		{Name: "part/menu", Component: menus()},
		{Name: "part/copy", Component: copies()},
		{Name: "part/breadcrumb", Component: ui.Breadcrumb([]ui.Crumb{{Label: "Roles", Href: "/roles"}, {Label: "Department administrator", Href: "/roles/1013"}}, "Compared with Viewer")},
		{Name: "part/combobox", Component: combobox()},
		{Name: "part/combobox-search", Component: searchingCombobox()},
		{Name: "part/tree", Component: tree()},
		{Name: "part/progress", Component: progress()},
		{Name: "part/download", Component: downloads()},
		{Name: "part/toast", Component: toast()},
		{Name: "part/dialog-form", Component: dialogForm(false)},
		{Name: "part/dialog-form-errors", Component: dialogForm(true)},
		{Name: "part/dialog-alert", Component: alertDialog()},
		{Name: "part/dialog-done", Component: dialogDone()},
		{Name: "part/secret", Component: secret("")},
		{Name: "part/secret-not-stored", Component: secret("Tick the box once the secret key is stored. After Done it cannot be shown again.")},
		{Name: "part/list-many", Component: list(60)},
		{Name: "part/list-one", Component: list(1)},
		{Name: "part/list-none", Component: emptyList(ui.EmptyNone)},
		{Name: "part/list-no-match", Component: emptyList(ui.EmptyNoMatch)},
		{Name: "part/list-forbidden", Component: emptyList(ui.EmptyForbidden)},
		{Name: "frame/list", Component: page(list(60), ui.Preferences{}), Document: true},
		{Name: "frame/list-dark", Component: page(list(60), ui.Preferences{Theme: ui.ThemeDark}), Document: true},
		{Name: "frame/list-compact-collapsed", Component: page(list(60), ui.Preferences{Density: ui.DensityCompact, NavCollapsed: true, NoShortcuts: true}), Document: true},
		{Name: "frame/list-none", Component: page(emptyList(ui.EmptyNone), ui.Preferences{}), Document: true},
		{Name: "frame/dialog-page", Component: page(dialogInPage(), ui.Preferences{}), Document: true},
		{Name: "frame/secret-page", Component: page(secretInPage(), ui.Preferences{}), Document: true},
		{Name: "frame/sign-in", Component: signIn(false), Document: true},
		{Name: "frame/sign-in-error", Component: signIn(true), Document: true},
		{Name: "frame/error", Component: errorPage(), Document: true},
	}
}

// row is what the example table shows.
type row struct {
	id, name, clientID string
	status             ui.StatusKind
	word, tag          string
	role               string
	scope              []string
	more               int
	lastLogin          time.Time
	createdBy          string
	created            time.Time
}

func rows(n int) []row {
	names := []string{"ci-pipeline-prod", "billing-sync", "grafana-reader", "nightly-eval", "model-registry", "terraform-eu-1", "backup-agent", "slack-notifier", "data-ingest-west", "argo-workflows", "release-bot", "cost-reporter"}
	roles := []string{"Researcher", "Viewer", "Department administrator", "ML engineer"}
	scopes := [][]string{{"acme", "eu-1", "research", "vision"}, {"acme"}, {"acme", "us-2"}, {"acme", "eu-1", "billing"}}
	people := []string{"mira@acme.example", "joao@acme.example", "sam.okafor@acme.example"}
	var all []row
	for i := range n {
		name := names[i%len(names)]
		if i >= len(names) {
			name = fmt.Sprintf("%s-%d", name, i/len(names)+1)
		}
		r := row{
			id: fmt.Sprintf("0193%04d", i), name: name, clientID: name,
			status: ui.StatusPositive, word: "Active", tag: "active",
			role: roles[i%len(roles)], scope: scopes[i%len(scopes)], more: i % 3,
			lastLogin: Now.Add(-time.Duration(i*i*7+3) * time.Minute),
			createdBy: people[i%len(people)], created: Now.Add(-time.Duration(i*37+2) * time.Hour),
		}
		switch {
		case i%9 == 4:
			r.status, r.word, r.tag = ui.StatusNeutral, "Disabled", "disabled"
		case i%11 == 6:
			r.status, r.word, r.tag = ui.StatusWarning, "Key expired", "active"
		}
		if i%7 == 3 {
			r.lastLogin = time.Time{}
		}
		all = append(all, r)
	}
	return all
}

func exampleFilter() ui.AddFilterProps {
	text := []ui.Option{{Value: "=@", Label: "contains"}, {Value: "==", Label: "is"}, {Value: "!=", Label: "is not"}}
	return ui.AddFilterProps{
		Action: "/applications",
		Hidden: []ui.HiddenField{{Name: "search", Value: ""}, {Name: "filterBy", Value: "status==Active"}},
		Columns: []ui.FilterColumn{
			{Key: "name", Label: "Application", Operators: text},
			{Key: "status", Label: "Status", Kind: ui.FilterChoice, Operators: text[1:], Options: []ui.Option{{Value: "Active", Label: "Active"}, {Value: "Disabled", Label: "Disabled"}, {Value: "KeyExpired", Label: "Key expired"}}},
			{Key: "lastLogin", Label: "Last login", Kind: ui.FilterDate, Operators: []ui.Option{{Value: ">=", Label: "on or after"}, {Value: "<=", Label: "on or before"}}},
		},
	}
}

func exampleColumns() []ui.Column {
	return []ui.Column{
		{Key: "name", Label: "Application", SortHref: "/applications?sortBy=name&sortOrder=asc"},
		{Key: "status", Label: "Status", SortHref: "/applications?sortBy=status&sortOrder=asc"},
		{Key: "rules", Label: "Access rule(s)"},
		{Key: "lastLogin", Label: "Last login", SortHref: "/applications?sortBy=lastLogin&sortOrder=asc", Sort: ui.SortDescending},
		{Key: "createdBy", Label: "Created by", SortHref: "/applications?sortBy=createdBy&sortOrder=asc"},
		{Key: "created", Label: "Creation time", SortHref: "/applications?sortBy=created&sortOrder=asc"},
	}
}

func exampleActions() ui.ActionBarProps {
	return ui.ActionBarProps{
		Total: 60,
		Actions: []ui.Action{
			{ID: "action-rules", Label: "Access rules", Icon: ui.IconRules, Href: "/applications/rules", Count: ui.ActionOne},
			{ID: "action-regenerate", Label: "Regenerate key", Icon: ui.IconKey, Href: "/applications/regenerate", Count: ui.ActionOne},
			{ID: "action-enable", Label: "Enable", Icon: ui.IconPower, Href: "/applications/enable", When: "disabled"},
			{ID: "action-disable", Label: "Disable", Icon: ui.IconPower, Href: "/applications/disable", When: "active"},
			{ID: "action-delete", Label: "Delete", Icon: ui.IconTrash, Href: "/applications/delete", Dangers: true},
		},
		MatchAll: &ui.MatchAll{Label: "Select all 60 that match", Count: "All 60 selected", State: []ui.HiddenField{{Name: "all", Value: "true"}, {Name: "expect", Value: "60"}}},
	}
}

func examplePager() ui.PagerProps {
	return ui.PagerProps{
		Summary: "1 to 50 of 60", Label: "Pages of applications",
		Next:  "/applications?offset=50",
		Pages: []ui.PageLink{{Label: "1", Href: "/applications", Current: true}, {Label: "2", Href: "/applications?offset=50"}},
		Sizes: []ui.PageLink{{Label: "25", Href: "/applications?limit=25"}, {Label: "50", Href: "/applications?limit=50", Current: true}, {Label: "100", Href: "/applications?limit=100"}},
	}
}

func navigation() []ui.NavItem {
	return []ui.NavItem{
		{Label: "Applications", Href: "/applications", Icon: ui.IconApps, Current: true},
		{Label: "Access rules", Href: "/access-rules", Icon: ui.IconRules},
		{Label: "Roles", Href: "/roles", Icon: ui.IconRoles},
		{Label: "Users", Href: "/users", Icon: ui.IconUsers},
		{Label: "Organization", Href: "/organization", Icon: ui.IconTree},
		{Label: "Audit log", Href: "/audit-log", Icon: ui.IconLog},
		{Label: "Settings", Href: "/settings", Icon: ui.IconSettings},
		{Label: "API reference", Href: "/api-reference", Icon: ui.IconBook},
	}
}

func exampleTree() []ui.TreeNode {
	node := func(id, label, kind string, level, position, size int, path ...string) ui.TreeNode {
		return ui.TreeNode{ID: "node-" + id, Value: id, Label: label, Kind: kind, Path: path, Level: level, Position: position, SetSize: size}
	}
	research := node("7", "research", "department", 3, 1, 2, "acme", "eu-1", "research")
	research.Branch, research.BranchHref = true, "/scopes/7/children"
	billing := node("8", "billing", "department", 3, 2, 2, "acme", "eu-1", "billing")
	billing.Unavailable = "You have no rule here"
	eu := node("2", "eu-1", "cluster", 2, 1, 2, "acme", "eu-1")
	eu.Branch, eu.Open, eu.Children = true, true, []ui.TreeNode{research, billing}
	us := node("3", "us-2", "cluster", 2, 2, 2, "acme", "us-2")
	us.Branch, us.BranchHref = true, "/scopes/3/children"
	root := node("1", "acme", "tenant", 1, 1, 1, "acme")
	root.Branch, root.Open, root.Children = true, true, []ui.TreeNode{eu, us}
	return []ui.TreeNode{root}
}

func moreRules(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("+%d more", n)
}
