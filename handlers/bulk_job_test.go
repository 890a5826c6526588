package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/access"
)

// crowd makes n applications at once, app-001 and so on: more than a request
// changes by itself.
func (p *product) crowd(n int) {
	p.t.Helper()
	now := p.clock()
	must(p.t, p.db.Write(context.Background(), func(ctx context.Context, tx access.Tx) error {
		for i := range n {
			name := fmt.Sprintf("app-%03d", i+1)
			app := access.Application{
				ID: fmt.Sprintf("01900000-0000-7000-8000-%012d", i), Name: name, ClientID: name, Enabled: true, Version: 1,
				ScopeID: access.TenantNodeID, ScopePath: access.TenantPath, Times: access.Times{CreatedAt: now, UpdatedAt: now},
			}
			if err := tx.InsertApplication(ctx, app, access.Credential{ApplicationID: app.ID, ClientID: name, Generation: 1, Enabled: true}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// everything is the selection of all applications, n of them.
func everything(n int) url.Values {
	return url.Values{"all": {"true"}, "expected": {fmt.Sprint(n)}}
}

// held stops every transaction at its beginning, until it is let go.
func (p *product) held() (release func()) {
	gate := make(chan struct{})
	p.repo.set(func(f *faultyStore) { f.beforeWrite = func() { <-gate } })
	return func() {
		p.repo.set(func(f *faultyStore) { f.beforeWrite = nil })
		close(gate)
	}
}

// caller is a person as the service knows them.
func (p *product) caller(email string) access.Caller {
	p.t.Helper()
	user, err := p.db.UserByEmail(context.Background(), email)
	must(p.t, err)
	principal, _, err := p.svc.UserPrincipal(context.Background(), user.ID)
	must(p.t, err)
	return access.Caller{Principal: principal}
}

// job is the one that this person has started and not looked at yet.
func (p *product) job(email string) access.BulkJob {
	p.t.Helper()
	jobs := p.svc.UnseenBulk(p.caller(email))
	if len(jobs) != 1 {
		p.t.Fatalf("%d jobs, want 1", len(jobs))
	}
	return jobs[0]
}

// bulkEnds waits for the end of the person's job.
func (p *product) bulkEnds(email string) access.BulkJob {
	p.t.Helper()
	job := p.job(email)
	select {
	case <-job.Ended:
	case <-time.After(time.Minute): // decides when a failure is told
		p.t.Fatal("the job has no end")
	}
	return p.job(email)
}

// polling is the part of the dialog that asks by itself.
func (b *browser) polling() *browser {
	with := *b.scripted()
	with.target = "div#bulk-progress"
	return &with
}

func (p *product) disabled() int {
	p.t.Helper()
	off := access.Filter{Field: "status", Op: access.Equal, Value: string(access.StatusDisabled)}
	n, err := p.svc.CountAllApplications(context.Background(), p.operator(), access.List{}.WithFilter(off))
	must(p.t, err)
	return n
}

func TestBulkJobFromConfirmationToReport(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		p.administrator()
		b := p.person("operator@example.com", cloudOperator)
		p.crowd(450)
		address := "/applications/bulk/disable?" + everything(0).Encode()
		b.get(address).wantText("#bulk-heading", "Disable 450 applications?")
		form := b.forms(address, "#bulk-form")

		release := p.held()
		begun := b.scripted().post("/applications/bulk/disable", form).wantStatus(http.StatusOK)
		begun.wantText("#bulk-job-heading", "Disabling 450 applications").wantText("#bulk-progress", "0 of 450 done")
		if bar := begun.find("#bulk-bar"); bar.AttrOr("max", "") != "450" || bar.AttrOr("value", "") != "0" {
			t.Errorf("the bar is at %q of %q", bar.AttrOr("value", ""), bar.AttrOr("max", ""))
		}
		poll := begun.find("#bulk-progress").AttrOr("hx-get", "")
		if !strings.Contains(poll, "background=true") {
			t.Errorf("%s would keep the session alive", poll)
		}
		b.polling().get(poll).wantStatus(http.StatusOK).wantText("#bulk-progress", "0 of 450 done").wantNone("#bulk-job")
		b.get("/applications").wantText("#list", "Disabling 450 applications: 0 %.")
		// Once more, and from elsewhere.
		b.scripted().post("/applications/bulk/disable", form).wantStatus(http.StatusConflict).wantText("#bulk-problems", "still under way")
		release()
		job := p.bulkEnds("operator@example.com")

		over := b.polling().get(poll).wantStatus(http.StatusOK)
		report := over.find("#bulk-progress").AttrOr("hx-get", "")
		if over.find("#bulk-progress").AttrOr("hx-target", "") != "#dialog-content" || over.find("#bulk-progress").AttrOr("hx-trigger", "") != "load" {
			t.Errorf("the dialog is told %s", over.body)
		}
		b.scripted().get(report).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "450 applications disabled.")
		if n := p.disabled(); n != 450 || job.Succeeded != 450 {
			t.Errorf("%d are disabled, %d are reported", n, job.Succeeded)
		}
		b.get("/applications").wantNone("[id^=bulk-job-]") // the report was read
		events := 0
		for _, e := range p.events() {
			if e.Subject.Name == "operator@example.com" && e.Action == access.EventUpdate && e.Metadata["after.enabled"] == "false" {
				events++
			}
		}
		if events != 450 {
			t.Errorf("%d events, want 450", events)
		}
	})
}

func TestBulkJobReportsWhatItWasRefused(t *testing.T) {
	p := newProduct(t)
	p.administrator()
	b := p.person("operator@example.com", cloudOperator)
	p.crowd(250)
	b.post("/applications/bulk/disable", everything(250)).wantStatus(http.StatusSeeOther)
	p.bulkEnds("operator@example.com")
	b.get("/applications").wantText("#list", "Disabling 250 applications has ended.")
	b.get("/bulk-actions/"+p.job("operator@example.com").ID).wantText("main", "250 applications disabled.")

	// To enable what holds more than oneself would be a takeover.
	for _, name := range []string{"app-007", "app-170"} {
		p.grant(access.SubjectApplication, p.only(name).ID, access.SystemAdministrator, access.Scope{ID: access.TenantNodeID})
	}
	begun := b.post("/applications/bulk/enable", everything(250)).wantStatus(http.StatusSeeOther)
	p.bulkEnds("operator@example.com")
	path := begun.header.Get("Location")
	report := b.get(path).wantStatus(http.StatusOK)
	report.wantText("#bulk-report-heading", "248 applications enabled, 2 not")
	report.wantText("#bulk-failures", "app-007").wantText("#bulk-failures", "app-170").wantText("#bulk-failures", "permissions that you do not")
	if n := p.disabled(); n != 2 {
		t.Errorf("%d are disabled, want 2", n)
	}
	file := b.get(report.find("#bulk-csv").AttrOr("href", "")).wantStatus(http.StatusOK).wantNoStore()
	lines := strings.Split(strings.TrimSpace(file.body), "\r\n")
	if len(lines) != 3 || lines[0] != "Application,ID,Reason" || !strings.HasPrefix(lines[1], "app-007,") || !strings.Contains(lines[2], "permissions") {
		t.Errorf("the file is %q", lines)
	}
	b.get(path) // may be read again
	b.get("/applications").wantNone("[id^=bulk-job-]")
}

func TestBulkJobIsCancelled(t *testing.T) {
	for _, scripts := range []bool{false, true} {
		p := newProduct(t)
		b := p.administrator()
		p.crowd(250)
		release := p.held()
		begun := b.post("/applications/bulk/delete", everything(250)).wantStatus(http.StatusSeeOther)
		path := begun.header.Get("Location")
		page := b.get(path).wantText("#bulk-job-heading", "Deleting 250 applications")
		if href := page.find("#bulk-refresh").AttrOr("href", ""); href != path {
			t.Errorf("without scripts, Refresh leads to %q", href)
		}
		cancel := page.find("#bulk-cancel").AttrOr("action", "")
		if scripts {
			b.scripted().post(cancel, nil).wantStatus(http.StatusOK).wantText("#bulk-job", "It was cancelled.").wantNone("#bulk-cancel")
		} else {
			b.post(cancel, nil).wantStatus(http.StatusSeeOther)
			b.get(path).wantText("#bulk-job", "It was cancelled.").wantNone("#bulk-cancel")
		}
		b.get("/applications").wantText("#list", "cancelled, and finishing")
		release()
		job := p.bulkEnds(adminEmail)
		left := len(p.listed())
		if job.State != access.BulkCancelled || job.Left() != left || left < 150 {
			t.Errorf("%d are left, the job says %d: %s", left, job.Left(), job.State)
		}
		got := b.get(path).wantText("#bulk-report", fmt.Sprintf("It was cancelled. %d applications were not tried", left))
		got.wantText("#bulk-report-heading", fmt.Sprintf(", %d not", left)).wantNone("#bulk-csv").wantNone("#bulk-failures")
	}
}

// listed are the ids of all living applications.
func (p *product) listed() []string {
	p.t.Helper()
	var ids []string
	must(p.t, p.svc.EachApplication(context.Background(), p.operator(), access.List{Sort: access.ApplicationSchema.DefaultSort}, func(row access.ApplicationRow) error {
		ids = append(ids, row.ID)
		return nil
	}))
	return ids
}

func TestBulkJobIsRefusedIfTheListChanged(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.crowd(250)
	got := b.scripted().post("/applications/bulk/delete", everything(251)).wantStatus(http.StatusConflict)
	got.wantText("#bulk-heading", "Delete 250 applications?").wantText("#bulk-problems", "251")
	reader := p.person("reader@example.com", 3) // reads applications
	reader.scripted().post("/applications/bulk/delete", everything(250)).wantStatus(http.StatusForbidden).wantText("#bulk-problems", "permission to delete")
	if n := len(p.listed()); n != 250 {
		t.Errorf("%d are left of 250", n)
	}
}

func TestBulkJobsOfOthersAreNotThere(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	other := p.person("other@example.com", access.SystemAdministrator)
	p.crowd(250)
	release := p.held()
	path := b.post("/applications/bulk/disable", everything(250)).wantStatus(http.StatusSeeOther).header.Get("Location")
	release()
	p.bulkEnds(adminEmail)
	for _, lost := range []string{path, "/bulk-actions/unknown"} {
		other.get(lost).wantStatus(http.StatusNotFound).wantText("#notice-heading", "There is no such bulk action").wantText("#notice", "restarted")
		other.get(lost + "/report.csv").wantStatus(http.StatusNotFound)
		other.post(lost+"/cancel", nil).wantStatus(http.StatusNotFound)
		// A dialog that was open over a restart fetches that sentence.
		over := other.polling().get(lost).wantStatus(http.StatusOK).find("#bulk-progress").AttrOr("hx-get", "")
		other.scripted().get(over).wantStatus(http.StatusNotFound).wantText("#notice", "restarted")
	}
	other.get("/applications").wantNone("[id^=bulk-job-]")
	b.get(path).wantText("main", "250 applications disabled.")
}

func TestPollingDoesNotKeepTheSessionAlive(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.crowd(250)
	release := p.held()
	defer release()
	dialog := b.scripted().post("/applications/bulk/disable", everything(250))
	p.repo.set(func(f *faultyStore) { f.beforeWrite = nil }) // sessions are written again
	poll := dialog.find("#bulk-progress").AttrOr("hx-get", "")
	for range 3 {
		p.wait(20 * time.Minute)
		dialog = b.polling().get(poll)
	}
	if dialog.status != http.StatusUnauthorized {
		t.Errorf("an hour of nothing but polling: %d, want 401", dialog.status)
	}
}

// people makes n users without rules, who cannot sign in.
func (p *product) people(n int) {
	p.t.Helper()
	now := p.clock()
	must(p.t, p.db.Write(context.Background(), func(ctx context.Context, tx access.Tx) error {
		for i := range n {
			u := access.User{
				ID: fmt.Sprintf("01900000-0000-7000-9000-%012d", i), Email: fmt.Sprintf("p-%03d@example.com", i),
				Version: 1, Times: access.Times{CreatedAt: now, UpdatedAt: now},
			}
			if err := tx.InsertUser(ctx, u, "no password"); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestBulkJobOfUsers(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		b := p.administrator()
		p.people(1200)
		if page := b.get("/users").wantText("#list", "Select all 1,201 that match"); page.find("#match-all").Length() != 1 {
			t.Error("without scripts, all that match cannot be chosen")
		}
		address := "/users/bulk/disable?" + everything(0).Encode()
		b.get(address).wantText("#bulk-heading", "Disable 1,201 users?")
		release := p.held()
		begun := b.scripted().post("/users/bulk/disable", b.forms(address, "#bulk-form")).wantStatus(http.StatusOK)
		begun.wantText("#bulk-job-heading", "Disabling 1,201 users").wantText("#bulk-progress", "0 of 1,201 done")
		for _, table := range []string{"/users", "/applications", "/access-rules"} {
			b.get(table).wantText("#list", "Disabling 1,201 users: 0 %.")
		}
		release()
		job := p.bulkEnds(adminEmail)
		// Oneself is spared.
		report := b.get("/bulk-actions/"+job.ID).wantText("#bulk-report-heading", "1,200 users disabled, 1 not").wantText("#bulk-failures", "This is you.")
		if back := report.find("#notice-back").AttrOr("href", ""); back != "/users" {
			t.Errorf("the report leads back to %q", back)
		}
		file := b.get(report.find("#bulk-csv").AttrOr("href", "")).wantStatus(http.StatusOK)
		if !strings.HasPrefix(file.body, "User,ID,Reason\r\n"+adminEmail+",") {
			t.Errorf("the file is %q", file.body)
		}
		b.get("/users?filterBy=status==Active").wantRows(adminEmail)
	})
}

func TestBulkJobOfAccessRules(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		b := p.administrator()
		p.crowd(1100)
		now := p.clock()
		must(t, p.db.Write(context.Background(), func(ctx context.Context, tx access.Tx) error {
			for i := range 1100 {
				app := access.Subject{Type: access.SubjectApplication, ID: fmt.Sprintf("01900000-0000-7000-8000-%012d", i), Name: fmt.Sprintf("app-%03d", i+1)}
				rule := access.Rule{Subject: app, RoleID: access.Viewer, Scope: access.Scope{ID: access.TenantNodeID, Path: access.TenantPath}, Times: access.Times{CreatedAt: now, UpdatedAt: now}}
				if _, err := tx.InsertRule(ctx, rule); err != nil {
					return err
				}
			}
			return nil
		}))
		address := "/access-rules/delete?" + everything(0).Encode()
		asked := b.get(address).wantText("#bulk-heading", "Delete 1,101 access rules?").wantText("#bulk", "Too many to look at each").wantText("#bulk", "1 access rule: you may do less then")
		begun := b.post("/access-rules/delete", formOf(asked, "#bulk-form")).wantStatus(http.StatusSeeOther)
		p.bulkEnds(adminEmail)
		report := b.get(begun.header.Get("Location")).wantText("#bulk-report-heading", "1,100 access rules deleted, 1 not")
		report.wantText("#bulk-failures", "is the last administrator")
		if back := report.find("#notice-back").AttrOr("href", ""); back != "/access-rules" {
			t.Errorf("the report leads back to %q", back)
		}
		b.get("/access-rules").wantRows(adminEmail)
	})
}
