package handlers_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/access"
)

const (
	systemAdministrator = 1
	environmentAdmin    = 9 // may not read applications
)

// listing is the same person with scripts, changing the list.
func (b *browser) listing() *browser {
	with := *b
	with.htmx, with.target = true, "div#list"
	return &with
}

// fleet makes n applications, "app-01" and so on.
func (p *product) fleet(n int) []access.Application {
	p.t.Helper()
	apps := make([]access.Application, n)
	for i := range apps {
		apps[i], _ = p.application(fmt.Sprintf("app-%02d", i+1))
	}
	return apps
}

// rowNames are the names of the rows, in order.
func (a *answer) rowNames() []string {
	return a.doc.Find("#list tbody .row-link").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

func (a *answer) wantRows(want ...string) *answer {
	a.t.Helper()
	if got := a.rowNames(); !slices.Equal(got, want) {
		a.t.Errorf("%s: rows %v, want %v", a.what, got, want)
	}
	return a
}

// follow asks for what a link leads to.
func (b *browser) follow(a *answer, selector string) *answer {
	b.t.Helper()
	href, ok := a.find(selector).Attr("href")
	if !ok {
		b.t.Fatalf("%s: %s leads nowhere", a.what, selector)
	}
	return b.get(href)
}

func TestTheFirstTableTeaches(t *testing.T) {
	p := newProduct(t)
	got := p.administrator().get("/applications").wantStatus(http.StatusOK)
	got.wantText("title", "Applications - Latchkey").wantNone("table")
	got.wantText("#empty-first h2", "No applications yet")
	if steps := got.find("#empty-first").Find("ol li").Length(); steps != 3 {
		t.Errorf("it teaches in %d steps, want 3", steps)
	}
	if href := got.find("#empty-first a").AttrOr("href", ""); href != "/applications/new" {
		t.Errorf("its action leads to %q", href)
	}
}

func TestTheRootLeadsToTheTable(t *testing.T) {
	p := newProduct(t)
	got := p.administrator().get("/").wantStatus(http.StatusSeeOther)
	if to := got.header.Get("Location"); to != "/applications" {
		t.Errorf("it leads to %q", to)
	}
}

func TestPageAndFragmentAreTheSame(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(3)
	for _, address := range []string{
		"/applications",
		"/applications?search=app&filterBy=status==Active&sortBy=createdAt&sortOrder=desc&limit=2",
		"/applications?search=nothing-like-it",
		"/applications?offset=400",
		"/applications?deleted=true",
	} {
		page, fragment := b.get(address), b.listing().get(address)
		if !page.isPage() || fragment.isPage() {
			t.Fatalf("%s: page %v, fragment is a page %v", address, page.isPage(), fragment.isPage())
		}
		if page.status != fragment.status {
			t.Errorf("%s: status %d as page, %d as fragment", address, page.status, fragment.status)
		}
		want, err := goquery.OuterHtml(page.find("#list"))
		must(t, err)
		got, err := goquery.OuterHtml(fragment.find("#list"))
		must(t, err)
		if got != want {
			t.Errorf("%s: the fragment differs from the page", address)
		}
		if got, want := fragment.text("title"), page.text("head title"); got != want {
			t.Errorf("%s: the fragment is titled %q, the page %q", address, got, want)
		}
		for _, answer := range []*answer{page, fragment} {
			if vary := strings.Join(answer.header.Values("Vary"), ","); !strings.Contains(vary, "HX-Request") {
				t.Errorf("%s: Vary is %q", address, vary)
			}
		}
	}
}

func TestSortingByEveryHeader(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(3)
	first := b.get("/applications").wantRows("app-01", "app-02", "app-03")
	if sorted := first.doc.Find("th[aria-sort]"); sorted.Length() != 1 || sorted.AttrOr("aria-sort", "") != "ascending" {
		t.Errorf("the first order is not visible: %d headers are marked", sorted.Length())
	}
	for _, key := range []string{"status", "accessRules", "lastLogin", "createdBy", "createdAt", "updatedAt"} {
		ascending := b.follow(first, "#sort-"+key)
		descending := b.follow(ascending, "#sort-"+key)
		for want, answer := range map[string]*answer{"ascending": ascending, "descending": descending} {
			answer.wantStatus(http.StatusOK)
			if n := answer.doc.Find("th[aria-sort]").Length(); n != 1 {
				t.Errorf("%s %s: %d headers say that they are sorted by", key, want, n)
			}
			header := answer.find("#sort-" + key).Parent()
			if got := header.AttrOr("aria-sort", ""); got != want {
				t.Errorf("%s: aria-sort %q, want %q", key, got, want)
			}
		}
	}
	b.follow(first, "#sort-name").wantRows("app-03", "app-02", "app-01")
}

func TestPaging(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(60)
	first := b.get("/applications?limit=25")
	first.wantText("title", "Applications (page 1 of 3) - Latchkey").wantText(".pager-summary", "1 to 25 of 60")
	second := b.follow(first, "#pager-next")
	second.wantText("title", "Applications (page 2 of 3) - Latchkey").wantText(".pager-summary", "26 to 50 of 60")
	// What is made in the meantime neither repeats a row nor skips one.
	p.application("aaa-earlier")
	third := b.follow(second, "#pager-next")
	if rows := third.rowNames(); len(rows) != 10 || rows[0] != "app-51" {
		t.Errorf("after an insertion the third page has %d rows from %q", len(rows), rows[0])
	}
	third.wantNone("#pager-next")
	if rows := b.follow(third, "#pager-previous").rowNames(); len(rows) != 25 || rows[24] != "app-50" {
		t.Errorf("the page before has %d rows up to %q", len(rows), rows[len(rows)-1])
	}
	if rows := b.follow(first, "#pager-page-3").rowNames(); !slices.Contains(rows, "app-60") {
		t.Errorf("page 3 by its number has %v", rows)
	}
	b.follow(third, "#pager-first").wantText("title", "page 1 of 3")
}

func TestPastTheEnd(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(3)
	got := b.get("/applications?offset=500&limit=2").wantStatus(http.StatusOK)
	got.wantText("#empty-page h2", "There is no page 251").wantNone("table")
	b.follow(got, "#empty-action").wantRows("app-03")
}

func TestAddingAndRemovingFilters(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	apps := p.fleet(3)
	_, err := p.svc.SetApplicationEnabled(context.Background(), p.operator(), apps[1].ID, false)
	must(t, err)
	form := b.fill("/applications?search=app&sortBy=createdAt&limit=25", "#filter-form")
	form.Set("field", "status")
	form.Set("op.status", "==")
	form.Set("value.status", "Disabled")

	plain := b.get("/applications?" + form.Encode()).wantStatus(http.StatusSeeOther)
	clean := plain.header.Get("Location")
	if want := "/applications?search=app&filterBy=status==Disabled&sortBy=createdAt&limit=25"; clean != want {
		t.Errorf("the form leads to %s\nwant %s", clean, want)
	}
	got := b.get(clean).wantRows("app-02")
	if label := got.find("#chip-0").AttrOr("aria-label", ""); label != "Remove filter: Status is Disabled" {
		t.Errorf("the chip says %q", label)
	}
	got.wantNone("#clear-filters")

	scripted := b.listing().get("/applications?" + form.Encode()).wantStatus(http.StatusOK).wantRows("app-02")
	if pushed := scripted.header.Get("HX-Push-Url"); pushed != clean {
		t.Errorf("the address bar gets %s\nwant %s", pushed, clean)
	}

	two := b.get(clean[:strings.Index(clean, "&sortBy")] + ",name=@02").wantRows("app-02")
	two.wantText("#clear-filters", "Clear all")
	b.follow(two, "#clear-filters").wantRows("app-01", "app-02", "app-03").wantNone("#chip-0")
	b.follow(two, "#chip-0").wantRows("app-02").wantNone("#chip-1")
}

func TestFilteringByEveryColumn(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	apps := p.fleet(3)
	rule := func(app access.Application, role int32) {
		_, err := p.svc.CreateRule(context.Background(), p.operator(), access.NewRule{SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: role, ScopeID: access.TenantNodeID})
		must(t, err)
	}
	rule(apps[0], 7)
	rule(apps[1], 3)
	rule(apps[1], 7)
	must(t, p.svc.RenameTenant(context.Background(), p.operator(), "acme"))
	for filter, want := range map[string][]string{
		"name==app-02":             {"app-02"},
		"name=^app,name=$3":        {"app-03"},
		"status==Active":           {"app-01", "app-02", "app-03"},
		"accessRules>=2":           {"app-02"},
		"accessRules==0":           {"app-03"},
		"roleName==Editor":         {"app-02"},
		"scopeName=@acme":          {"app-01", "app-02"},
		"lastLogin==never":         {"app-01", "app-02", "app-03"},
		"createdBy!@test":          {},
		"createdAt==2026-11-23":    {"app-01", "app-02", "app-03"},
		"createdAt>=2026-11-24":    {},
		"updatedAt<=2026-11-23":    {"app-01", "app-02", "app-03"},
		"clientId=@01":             {"app-01"},
		"keyExpiresAt==never":      {"app-01", "app-02", "app-03"},
		"description==nothing":     {},
		"keyEndsIn==no-such-thing": {},
	} {
		t.Run(filter, func(t *testing.T) {
			with := *b
			with.t = t
			with.get("/applications?filterBy=" + url.QueryEscape(filter)).wantStatus(http.StatusOK).wantRows(want...)
		})
	}
}

// Without scripts every column's value stands in the form, and the browser
// must not insist on all of them.
func TestTheFilterFormCanBeSentWithoutScripts(t *testing.T) {
	p := newProduct(t)
	form := p.administrator().get("/applications?search=x").find("#filter-form")
	if _, ok := form.Attr("novalidate"); !ok && form.Find("[required]").Length() > 1 {
		t.Error("the browser insists on values of every column")
	}
}

func TestABadFilterKeepsTheTable(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(2)
	for _, with := range []*browser{b, b.listing()} {
		got := with.get("/applications?field=lastLogin&op.lastLogin=%3E%3D&value.lastLogin=yesterday")
		got.wantStatus(http.StatusUnprocessableEntity).wantRows("app-01", "app-02")
		got.wantText("#filter-problem", "yesterday")
		if pushed := got.header.Get("HX-Push-Url"); pushed != "/applications" {
			t.Errorf("the address bar gets %q", pushed)
		}
	}
}

func TestBadAddressesSayWhichPart(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(1)
	for query, part := range map[string]string{
		"filterBy=colour==red":           "colour",
		"filterBy=lastLogin=@2026":       "lastLogin",
		"filterBy=status~Active":         "status",
		"filterBy=lastLogin>=yesterday":  "yesterday",
		"sortBy=secret":                  "secret",
		"sortBy=name&sortOrder=sideways": "sideways",
		"limit=0":                        "200",
		"limit=201":                      "200",
		"offset=-1":                      "-1",
		"offset=many":                    "many",
		"after=%3Cscript%3E":             "cursor",
		"after=bm90LW91cnM":              "cursor",
		"deleted=perhaps":                "perhaps",
	} {
		t.Run(query, func(t *testing.T) {
			with := *b
			with.t = t
			paths := []string{"/applications?", "/applications.csv?", "/applications/count?"}
			if strings.HasPrefix(query, "after=") {
				paths = paths[:1] // the others have no pages
			}
			for _, path := range paths {
				got := with.get(path + query).wantStatus(http.StatusBadRequest)
				if !strings.Contains(got.text("main"), part) {
					t.Errorf("%s does not say what is wrong: %s", path, got.excerpt())
				}
				if got.doc.Find(`main a[href^="/"]`).Length() == 0 {
					t.Errorf("%s leads nowhere", path)
				}
			}
		})
	}
}

func TestNoMatchNamesWhatWasSought(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(2)
	got := b.get("/applications?search=" + url.QueryEscape(`<b>nope</b>`) + "&filterBy=status==Disabled").wantStatus(http.StatusOK)
	got.wantNone("table").wantText("#empty-match", "“<b>nope</b>”").wantText("#empty-match", "Status is Disabled")
	b.follow(got, "#empty-action").wantRows("app-01", "app-02")
}

func TestWhoMayNotSeeApplications(t *testing.T) {
	p := newProduct(t)
	p.administrator()
	b := p.person("no@example.com", environmentAdmin)
	got := b.get("/applications").wantStatus(http.StatusForbidden)
	got.wantText("#empty-forbidden", "read Applications").wantText("#empty-forbidden", "system administrator")
	if !got.isPage() {
		t.Error("it is no page")
	}
	b.listing().get("/applications").wantStatus(http.StatusForbidden).wantText("#list", "read Applications")
	b.get("/applications.csv").wantStatus(http.StatusForbidden)
	b.get("/applications/count").wantStatus(http.StatusForbidden)
}

func TestColumnsAreKeptForThePerson(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(1)
	form := url.Values{"column": {"name", "keyEndsIn", "status"}, "return": {"/applications?search=app"}}
	saved := b.post("/applications/columns", form).wantStatus(http.StatusSeeOther)
	if to := saved.header.Get("Location"); to != "/applications?search=app" {
		t.Errorf("it leads to %q", to)
	}
	headers := func(a *answer) []string {
		return a.doc.Find("#applications thead th .sort span").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	}
	want := []string{"Application", "Key ends in", "Status"}
	other := p.visitor() // another browser of the same person
	other.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}}).wantStatus(http.StatusSeeOther)
	got := other.get("/applications")
	if names := headers(got); !slices.Equal(names, want) {
		t.Errorf("columns %v, want %v", names, want)
	}
	if n := got.find("#applications").AttrOr("aria-colcount", ""); n != "14" {
		t.Errorf("aria-colcount %q, want 14: twelve columns, the box and the menu", n)
	}
	if got.doc.Find("#applications tbody [aria-colindex]").Length() != 3 {
		t.Error("the cells do not say which columns they are in")
	}
	b.post("/applications/columns", url.Values{"column": {"name"}, "return": {"//evil.test"}}).wantStatus(http.StatusSeeOther)
	if names := headers(b.get("/applications")); !slices.Equal(names, []string{"Application"}) {
		t.Errorf("columns %v, want the name alone", names)
	}
}

func TestPreferencesShapeThePage(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(1)
	b.post("/account/preferences", url.Values{"density": {"compact"}, "times": {"absolute"}, "timezone": {"Asia/Kathmandu"}, "return": {"/applications"}}).wantStatus(http.StatusSeeOther)
	got := b.get("/applications")
	if d := got.find("html").AttrOr("data-density", ""); d != "compact" {
		t.Errorf("density %q", d)
	}
	if checked := got.find("#density-compact").AttrOr("aria-checked", ""); checked != "true" {
		t.Errorf("the choice is not marked: %q", checked)
	}
	if title := got.doc.Find("#applications tbody time").First().AttrOr("title", ""); title != "2026-11-23 09:55:22 GMT+5:45" {
		t.Errorf("exact time %q, want Kathmandu's", title)
	}
	got.wantText("#applications tbody tr td:nth-of-type(6) time", "2026-11-23 09:55:22")
	b.listing().post("/account/preferences", url.Values{"theme": {"dark"}}).wantStatus(http.StatusNoContent)
	if theme := b.get("/applications").find("html").AttrOr("data-theme", ""); theme != "dark" {
		t.Errorf("theme %q", theme)
	}
}

func TestThePreferencesPage(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/account/preferences", "#preferences")
	form.Set("timezone", "Mars/Olympus")
	bad := b.post("/account/preferences", form).wantStatus(http.StatusUnprocessableEntity)
	bad.wantText("#preferences-timezone-error", "no time zone")
	if kept := bad.find("#preferences-timezone").AttrOr("value", ""); kept != "Mars/Olympus" {
		t.Errorf("what was typed became %q", kept)
	}
	for _, zone := range []string{"Local", "../../etc/passwd"} {
		form.Set("timezone", zone)
		b.post("/account/preferences", form).wantStatus(http.StatusUnprocessableEntity)
	}
	form.Set("timezone", "Europe/Berlin")
	form.Set("theme", "dark")
	form.Set("shortcuts", "off")
	saved := b.post("/account/preferences", form).wantStatus(http.StatusSeeOther)
	if to := saved.header.Get("Location"); to != "/account" {
		t.Errorf("it leads to %q", to)
	}
	again := b.fill("/account/preferences?return=/settings", "#preferences")
	if zone, theme, keys := again.Get("timezone"), again.Get("theme"), again.Get("shortcuts"); zone != "Europe/Berlin" || theme != "dark" || keys != "off" {
		t.Errorf("the page remembers %q, %q, %q", zone, theme, keys)
	}
	if back := again.Get("return"); back != "/settings" {
		t.Errorf("who came from the settings is led to %q", back)
	}
	if back := b.fill("/account/preferences?return=//evil.test", "#preferences").Get("return"); back != "/" {
		t.Errorf("the way back leads out, to %q", back)
	}
	if theme := b.get("/applications").find("html").AttrOr("data-theme", ""); theme != "dark" {
		t.Errorf("the page is drawn %q", theme)
	}
}

func TestTimesAndWords(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	_, key := p.application("used")
	p.application("unused")
	must(t, p.use("used", key.Reveal()))
	p.wait(90 * time.Minute)
	got := b.login().get("/applications")
	for name, want := range map[string]string{"used": "1 hour ago", "unused": "Never"} {
		row := got.doc.Find("#applications tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find(".row-link").Text() == name })
		if cell := row.Find("td").Eq(3).Text(); !strings.Contains(cell, want) {
			t.Errorf("%s: last login %q, want %q", name, strings.TrimSpace(cell), want)
		}
		if lost := strings.Contains(row.Text(), "Key never used"); lost != (name == "unused") {
			t.Errorf("%s: says that the key was never used: %v", name, lost)
		}
	}
}

func TestCopyAsCurlIsThisView(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(3)
	got := b.get("/applications?search=" + url.QueryEscape("it's app") + "&filterBy=status==Active&limit=2")
	command := got.find("#curl-command").Text()
	if want := p.url + `/api/v1/apps?search=it%27s+app&filterBy=status==Active&limit=2`; !strings.Contains(command, "'"+want+"'") {
		t.Errorf("the command is %s\nwant %s in it", command, want)
	}
	if !strings.HasPrefix(command, `curl -H "Authorization: Bearer $TOKEN" '`) {
		t.Errorf("the command is %s", command)
	}
}

func TestDownload(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	apps := p.fleet(60)
	_, err := p.svc.DescribeApplication(context.Background(), p.operator(), apps[2].ID, "=HYPERLINK(\"http://evil.test\"), daily", 0)
	must(t, err)
	page := b.get("/applications?search=app&sortBy=name&sortOrder=desc&limit=25")
	page.wantText("#more-menu", "60 rows, 7 columns")

	got := b.follow(page, "#download-csv").wantStatus(http.StatusOK).wantNoStore()
	for header, want := range map[string]string{
		"Content-Type":           "text/csv; charset=utf-8",
		"Content-Disposition":    `attachment; filename="applications-2026-11-23T0410Z.csv"`,
		"X-Content-Type-Options": "nosniff",
		"X-Total-Count":          "60",
	} {
		if value := got.header.Get(header); value != want {
			t.Errorf("%s: %q, want %q", header, value, want)
		}
	}
	records, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	must(t, err)
	if want := []string{"Application", "Status", "Access rule(s)", "Last login", "Created by", "Creation time", "Last updated"}; !slices.Equal(records[0], want) {
		t.Errorf("columns %v, want %v", records[0], want)
	}
	if len(records) != 61 || records[1][0] != "app-60" || records[60][0] != "app-01" {
		t.Errorf("%d lines from %q to %q", len(records), records[1][0], records[len(records)-1][0])
	}
	if created := records[1][5]; created != "2026-11-23T04:10:22Z" {
		t.Errorf("created %q: want UTC as ISO 8601", created)
	}
	all, err := csv.NewReader(strings.NewReader(b.follow(page, "#download-csv-all").body)).ReadAll()
	must(t, err)
	if len(all[0]) != 12 {
		t.Errorf("all columns are %v", all[0])
	}
	for _, record := range all {
		for _, cell := range record {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	empty := b.get("/applications.csv?search=nothing-like-it").wantStatus(http.StatusOK)
	if lines := strings.Count(empty.body, "\r\n"); lines != 1 {
		t.Errorf("an empty download has %d lines, want the header", lines)
	}
}

func TestDownloadIsRecorded(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(1)
	b.get("/applications.csv?filterBy=status==Active").wantStatus(http.StatusOK)
	events, err := p.db.Events(context.Background(), 100)
	must(t, err)
	isExport := func(e access.Event) bool { return e.Action == access.EventExport && e.Subject.Name == adminEmail }
	if !slices.ContainsFunc(events, isExport) {
		t.Errorf("no event tells of the download: %v", events)
	}
}

// TestHeadOfADownload: the headers alone; nothing is taken away, so there is
// nothing to record.
func TestHeadOfADownload(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(3)
	head := b.ask(http.MethodHead, "/applications.csv?search=app", "").wantStatus(http.StatusOK).wantNoStore()
	for header, want := range map[string]string{
		"Content-Type": "text/csv; charset=utf-8", "X-Total-Count": "3",
		"Content-Disposition": `attachment; filename="applications-2026-11-23T0410Z.csv"`,
	} {
		if value := head.header.Get(header); value != want {
			t.Errorf("%s: %q, want %q", header, value, want)
		}
	}
	for _, e := range p.events() {
		if e.Action == access.EventExport {
			t.Errorf("HEAD is recorded as a download: %v", e)
		}
	}
	p.person("no@example.com", environmentAdmin).ask(http.MethodHead, "/applications.csv", "").wantStatus(http.StatusForbidden)
}

func TestExactCountOnDemand(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(3)
	b.listing().get("/applications/count?search=app-0&filterBy=name!@01").wantStatus(http.StatusOK).wantText("#list-count", "2 applications")
}

func TestBinAndBack(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	apps := p.fleet(2)
	_, err := p.svc.DeleteApplication(context.Background(), p.operator(), apps[0].ID)
	must(t, err)
	p.wait(48 * time.Hour)
	table := b.login().get("/applications").wantRows("app-02")
	bin := b.follow(table, "#other-table").wantRows("app-01")
	bin.wantText("title", "Deleted applications - Latchkey").wantText("tbody", "2 days ago").wantText("tbody", "28 days left")
	bin.wantNone("#action-delete").wantText("#action-restore", "Restore")
	if href := bin.find("tbody .row-link").AttrOr("href", ""); href != applicationPath(apps[0], "restore") {
		t.Errorf("the name leads to %q", href)
	}
	b.follow(bin, "#other-table").wantRows("app-02")
}

// login signs the administrator in again, after a test has moved the clock.
func (b *browser) login() *browser {
	b.t.Helper()
	b.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}}).wantStatus(http.StatusSeeOther)
	return b
}
