package gallery

import (
	"fmt"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
)

// applicationStates are the Applications table, its bin and its bulk dialogs.
func applicationStates() []State {
	return []State{
		tablePage("applications/none-yet", tableWith(withRows(0))),
		tableList("applications/one", tableWith(withRows(1))),
		tablePage("applications/many", tableWith(withRows(6))),
		tableList("applications/page-2-of-8", tableWith(withRows(6), countOf(371, true), listed(listOf("offset=50")))),
		tableList("applications/over-10000", tableWith(withRows(6), countOf(access.CountCap, false), listed(listOf("after=Y3Vyc29y&page=40")), withCursors)),
		tablePage("applications/filtered", tableWith(withRows(3), listed(listOf("search=ci&filterBy=status==Active,roleName=@Researcher,lastLogin>=2026-11-01&sortBy=lastLogin&sortOrder=desc")))),
		tableList("applications/filter-problem", tableWith(withRows(3), refusedFilter)),
		tableList("applications/no-match", tableWith(withRows(0), listed(listOf("search=nothing-like-it&filterBy=status==Disabled,createdBy=^ana")))),
		tableList("applications/past-the-end", tableWith(withRows(0), countOf(60, true), listed(listOf("offset=600")))),
		tableList("applications/columns-chosen", tableWith(withRows(6), showing("name", "keyExpiresAt", "keyEndsIn", "clientId", "description", "accessRules"))),
		tableList("applications/managed-in", tableWith(withRows(3), showing("name", "status", "managedIn"), listed(access.ManagedWithin("c1")), managedInPlaces)),
		tableList("applications/long-text", tableWith(withRows(2), longText)),
		tableList("applications/read-only", tableWith(withRows(3), readOnly)),
		tableList("applications/bulk-jobs", tableWith(withRows(3), bulkJobsOf)),
		tablePage("applications/bin", tableWith(withRows(3), listed(listOf("deleted=true")), inBin)),
		tableList("applications/bin-empty", tableWith(withRows(0), listed(listOf("deleted=true")))),
		{Name: "applications/count", Component: views.TableCount(views.ApplicationsTable, 1_000_000)},
		{Name: "applications/forbidden", Document: true, Component: views.TableForbidden(consoleFrame(), views.ApplicationsTable, forbidden, exampleReference)},
		{Name: "account/preferences", Document: true, Component: views.PreferencesPage(consoleFrame(), views.PreferencesScreen{TimeZone: "Europe/Berlin", Density: "default", Theme: "dark", Shortcuts: "on", ReturnTo: "/account"})},
		{Name: "account/preferences-errors", Document: true, Component: views.PreferencesPage(consoleFrame(), views.PreferencesScreen{TimeZone: "Mars", Problems: views.About(views.FieldTimeZone, "There is no time zone of this name."), ReturnTo: "/applications"})},
		{Name: "bulk/confirm-disable", Component: views.BulkConfirmDialog(bulkConfirm(access.BulkDisable))},
		{Name: "bulk/confirm-enable", Component: views.BulkConfirmDialog(bulkConfirm(access.BulkEnable))},
		{Name: "bulk/confirm-delete-all", Component: views.BulkConfirmDialog(bulkConfirmAll())},
		{Name: "bulk/confirm-move", Component: views.BulkConfirmDialog(bulkMove(views.Problems{}))},
		{Name: "bulk/confirm-move-refused", Component: views.BulkConfirmDialog(bulkMove(views.About(views.FieldScope, "Choose where to manage them.")))},
		{Name: "bulk/report", Component: views.BulkReportDialog(bulkReport())},
		{Name: "bulk/report-cancelled", Component: views.BulkReportDialog(bulkReportCancelled())},
		{Name: "bulk/report-many", Component: views.BulkReportDialog(bulkReportMany())},
		{Name: "bulk/job", Component: views.BulkJobDialog(bulkJob())},
		{Name: "bulk/job-stopping", Component: views.BulkJobDialog(bulkJob(func(j *views.BulkJob) { j.Stopping = true }))},
		{Name: "bulk/job-in-page", Component: views.BulkJobDialog(bulkJob(func(j *views.BulkJob) { j.InPage = true }))},
		{Name: "bulk/job-of-users", Component: views.BulkJobDialog(bulkJob(func(j *views.BulkJob) { j.Of = views.BulkKindOf(access.Users) }))},
		{Name: "bulk/job-over", Component: views.BulkProgressOver("0190")},
	}
}

const forbidden = "This needs the permission to read Applications in acme."

func tablePage(name string, s views.ApplicationsScreen) State {
	return State{Name: name, Document: true, Component: views.TablePage(consoleFrame(), s)}
}

// tableList leaves out the frame, which is the same in all of them.
func tableList(name string, s views.ApplicationsScreen) State {
	return State{Name: name, Component: views.TableFragment(s)}
}

func consoleFrame() ui.FrameProps {
	return ui.FrameProps{
		Title: "Applications", Tenant: "acme", HomeHref: "/", ReturnTo: "/applications",
		Nav: []ui.NavItem{{Label: "Applications", Href: "/applications", Icon: ui.IconApps, Current: true}},
		User: ui.UserProps{
			Name: "dana@acme.example", PreferencesAction: "/account/preferences", SignOutAction: "/sign-out",
			Links: []ui.MenuItemProps{{Label: "Change password", Href: "/account/password"}},
		},
		StayHref: "/session",
	}
}

type change func(*views.ApplicationsScreen)

func tableWith(changes ...change) views.ApplicationsScreen {
	s := views.ApplicationsScreen{
		TableScreen: views.TableScreen{
			Kind:      views.ApplicationsTable,
			List:      listOf(""),
			Columns:   views.ApplicationsTable.DefaultColumns(),
			Clock:     views.Clock{Now: Now, Zone: time.UTC},
			PublicURL: "https://latchkey.acme.example",
		},
		CanCreate: true,
	}
	for _, c := range changes {
		c(&s)
	}
	s.Length = len(s.Rows)
	return s
}

func listOf(query string) access.List { return listIn(access.ApplicationSchema, query) }

func listIn(schema *access.Schema, query string) access.List {
	values := map[string][]string{}
	for part := range strings.SplitSeq(query, "&") {
		if name, value, found := strings.Cut(part, "="); found {
			values[name] = []string{value}
		}
	}
	l, err := access.ParseList(values, schema)
	if err != nil {
		panic(err) // a mistake in the gallery
	}
	return l
}

func listed(l access.List) change { return func(s *views.ApplicationsScreen) { s.List = l } }

func countOf(n int, exact bool) change {
	return func(s *views.ApplicationsScreen) { s.Count = access.Count{N: n, Exact: exact} }
}

func withCursors(s *views.ApplicationsScreen) { s.Next, s.Previous = "bmV4dA", "cHJldmlvdXM" }

func showing(keys ...string) change {
	return func(s *views.ApplicationsScreen) { s.Columns = keys }
}

func refusedFilter(s *views.ApplicationsScreen) {
	s.Problem = `"yesterday" is no value for lastLogin: write a date such as 2026-03-01.`
}

func readOnly(s *views.ApplicationsScreen) { s.CanCreate = false }

func inBin(s *views.ApplicationsScreen) {
	for i := range s.Rows {
		s.Rows[i].DeletedAt = Now.Add(-time.Duration(i*13+1) * 24 * time.Hour)
	}
}

func longText(s *views.ApplicationsScreen) {
	row := &s.Rows[0]
	row.Name = strings.Repeat("very-long-name-", 4) + "end"
	row.ClientID = row.Name
	row.CreatedBy = strings.Repeat("somebody.with.a.long.name", 3) + "@subsidiary.acme.example"
	row.Description = `<script>alert("x")</script> ` + strings.Repeat("Describes at great length what nobody reads. ", 5)
	row.Rules = []access.Rule{ruleOn("Compute resource administrator", "acme", "eu-central-production", "department-of-applied-research", "natural-language-processing")}
	s.Columns = views.ApplicationsTable.Columns
}

// withRows draws as many applications, every kind of them first.
func withRows(n int) change {
	return func(s *views.ApplicationsScreen) {
		names := []string{"billing-sync", "ci-pipeline-prod", "nightly-report", "grafana-exporter", "image-scanner", "terraform"}
		for i := range n {
			row := access.ApplicationRow{Application: access.Application{
				ID:        fmt.Sprintf("0193530f-7a00-7000-8000-%012d", i),
				Name:      names[i%len(names)],
				ScopePath: access.TenantPath,
				Enabled:   i%5 != 2,
				Key:       access.KeyFacts{EndsIn: fmt.Sprintf("x%03d", i), CreatedAt: Now.AddDate(0, -3, 0), LastUsed: Now.Add(-time.Duration(i*i*37) * time.Minute)},
				CreatedBy: "dana@acme.example",
				LastLogin: Now.Add(-time.Duration(i*i*37) * time.Minute),
				Times:     access.Times{CreatedAt: Now.AddDate(0, -3, -i), UpdatedAt: Now.AddDate(0, 0, -i)},
			}}
			if i >= len(names) {
				row.Name += fmt.Sprintf("-%d", i/len(names)+1)
			}
			row.ClientID = row.Name
			switch i % 4 {
			case 0:
				row.Rules = []access.Rule{ruleOn("Researcher", "acme", "eu-1", "research")}
			case 1:
				row.Rules = []access.Rule{ruleOn("Viewer", "acme"), ruleOn("Editor", "acme", "eu-1")}
			case 2:
				row.Description = "Sends the figures of the day to finance."
				row.Key.ExpiresAt = Now.AddDate(0, 0, 40-10*i)
			case 3:
				row.LastLogin, row.Key.LastUsed = time.Time{}, time.Time{}
				row.Rules = []access.Rule{ruleOn("ML engineer", "acme", "us-1", "vision", "labels")}
			}
			row.RuleCount = len(row.Rules)
			s.Rows = append(s.Rows, row)
		}
		s.Count = access.Count{N: n, Exact: true}
	}
}

func ruleOn(role string, names ...string) access.Rule {
	return access.Rule{RoleName: role, Scope: access.Scope{Name: names[len(names)-1], Names: names}}
}

func bulkConfirm(action access.BulkAction) views.BulkConfirm {
	return views.BulkConfirm{
		Of:     views.BulkKindOf(access.Applications),
		Action: action, Number: 3, Names: []string{"billing-sync", "ci-pipeline-prod", "nightly-report"},
		InUse: 2, Unchanged: 1,
		Selection: []views.Pair{{Name: "id", Value: "a"}, {Name: "id", Value: "b"}, {Name: "id", Value: "c"}},
	}
}

func managedInPlaces(s *views.ApplicationsScreen) {
	s.Places = map[string]string{"c1": "acme / eu-1"}
	for i, names := range [][]string{{"acme"}, {"acme", "eu-1"}, {"acme", "eu-1", "research", "vision"}} {
		s.Rows[i].ManagedIn = names
	}
}

func bulkMove(problems views.Problems) views.BulkConfirm {
	s := bulkConfirm(access.BulkMove)
	picker := placePicker()
	picker.Label, picker.Hint = "Managed in from now on", ""
	s.Place, s.Problems, s.Unchanged = &picker, problems, 0
	return s
}

func bulkConfirmAll() views.BulkConfirm {
	return views.BulkConfirm{
		Of:     views.BulkKindOf(access.Applications),
		Action: access.BulkDelete, Number: 12_431, Names: []string{"billing-sync", "ci-pipeline-prod"}, InUse: 9_120,
		Problems:  views.Problems{Form: "12,430 applications matched when you selected them, now it is 12,431. Look again, then confirm."},
		Selection: []views.Pair{{Name: "all", Value: "true"}, {Name: "expected", Value: "12431"}},
	}
}

func bulkJob(change ...func(*views.BulkJob)) views.BulkJob {
	j := views.BulkJob{ID: "0190", Of: views.BulkKindOf(access.Applications), Action: access.BulkDisable, Total: 12_431, Done: 4_900, Failed: 12}
	for _, c := range change {
		c(&j)
	}
	return j
}

func bulkJobsOf(s *views.ApplicationsScreen) {
	s.Jobs = []views.BulkJob{bulkJob(func(j *views.BulkJob) { j.ID, j.Final = "0189", true }), bulkJob()}
}

func bulkReportCancelled() views.BulkReport {
	return views.BulkReport{Of: views.BulkKindOf(access.Applications), Action: access.BulkDelete, Succeeded: 4_900, Left: 7_531, Why: "It was cancelled."}
}

func bulkReportMany() views.BulkReport {
	r := bulkReport()
	r.Succeeded, r.Failed, r.Left, r.Why = 10_000, 431, 2_000, "The server was stopped."
	r.CSVHref = views.BulkCSVHref("0190")
	return r
}

func bulkReport() views.BulkReport {
	return views.BulkReport{
		Of: views.BulkKindOf(access.Applications), Action: access.BulkDisable, Succeeded: 148, Failed: 2,
		Failures: []views.BulkFailure{
			{Name: "terraform", Reason: "This needs the permission to update Applications in acme / us-1."},
			{Name: "nightly-report", Reason: "Somebody else changed it at the same moment."},
		},
	}
}
