package handlers_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/access"
)

// appendEvent writes an event as only the store can: nobody names anything like
// this through the service.
func (p *product) appendEvent(e access.Event) {
	p.t.Helper()
	p.wait(1e9)
	e.At = p.clock()
	must(p.t, p.db.Write(context.Background(), func(ctx context.Context, tx access.Tx) error { return tx.AppendEvent(ctx, e) }))
}

// TestLogInjection: what a stranger sends can neither forge a line of the audit
// log nor turn one around, on the screen and in the file (security.md 44).
func TestLogInjectionInTheAuditLog(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator()
	p.appendEvent(access.Event{
		ID: "0193530f-7b00-7000-8000-00000000aaaa", Action: access.EventSignIn, Result: access.Failed, EntityType: "session",
		Subject:    access.Subject{Type: access.SubjectApplication, Name: "a\nlevel=INFO actor=root"},
		EntityName: "=1+1\x1b[31m\u202ered\u2066", Metadata: map[string]string{"reason": "wrong\r\nkey"},
		Origin: access.Origin{SourceIP: "10.0.0.1\u200b", HTTPMethod: "POST", URL: "/x\r\ny", UserAgent: "agent\x07", RequestID: "r\u202e"},
	})
	const forbidden = "\x1b\x07\r\u202e\u2066\u200b"
	for _, path := range []string{"/audit-log", "/audit-log/0193530f-7b00-7000-8000-00000000aaaa"} {
		page := ada.get(path).wantStatus(http.StatusOK)
		if i := strings.IndexAny(page.body, forbidden); i >= 0 {
			t.Errorf("%s holds %q", path, page.body[max(0, i-40):i+10])
		}
		if !strings.Contains(page.body, `a\nlevel=INFO actor=root`) || !strings.Contains(page.body, `\u202ered\u2066`) {
			t.Errorf("%s does not show what was hidden", path)
		}
	}
	file := ada.get("/audit-log.csv?columns=all").wantStatus(http.StatusOK).wantNoStore()
	records, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	must(t, err)
	for _, record := range records {
		for _, cell := range record {
			if strings.ContainsAny(cell, forbidden+"\n") || strings.HasPrefix(cell, "=") {
				t.Errorf("the file has the cell %q", cell)
			}
		}
	}
	if lines := strings.Count(file.body, "\n"); lines != len(records) {
		t.Errorf("%d lines for %d records", lines, len(records))
	}
}

func TestAnEntryStandsInItsList(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator()
	app, _ := p.application("ci")
	p.wait(1e9)
	ada.post(applicationPath(app, "disable"), url.Values{}).wantStatus(http.StatusOK)
	p.wait(1e9)
	ada.post(applicationPath(app, "enable"), url.Values{}).wantStatus(http.StatusOK)

	// The list leads to its entries, and keeps itself in their addresses.
	list := ada.get("/audit-log?filterBy=entity_type==application&sortBy=timestamp").wantStatus(http.StatusOK)
	links := list.doc.Find(".row-link")
	if links.Length() != 3 {
		t.Fatalf("%d entries: %s", links.Length(), list.excerpt())
	}
	middle := ada.get(links.Eq(1).AttrOr("href", "")).wantStatus(http.StatusOK)
	middle.wantText("#audit-entry-heading", "ada@example.com changed application ci")
	middle.wantText("#audit-changes tbody", "Enabled")
	middle.wantText("#audit-changes del", "true").wantText("#audit-changes ins", "false")
	middle.wantText("#audit-link-0", "ci").wantText("#audit-link-1", "Access rules of ci")
	if !middle.isPage() {
		t.Error("without scripts an entry is no page")
	}
	next := ada.get(middle.find("#audit-next").AttrOr("href", ""))
	next.wantText("#audit-changes ins", "true").wantNone("#audit-next")
	previous := ada.scripted().get(next.find("#audit-previous").AttrOr("href", ""))
	previous.wantText("#audit-changes ins", "false")
	if previous.isPage() || previous.find("#audit-previous").AttrOr("data-autofocus", "none") == "none" {
		t.Error("a step does not keep the focus on the button that was pressed")
	}
	for _, link := range []string{"#audit-link-0", "#audit-link-1"} {
		ada.get(middle.find(link).AttrOr("href", "")).wantStatus(http.StatusOK)
	}

	// What an application did, what was done to it and to its rules are one list.
	p.wait(1e9)
	_, err := p.svc.CreateRule(context.Background(), p.operator(), access.NewRule{SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: access.Viewer, ScopeID: access.TenantNodeID})
	must(t, err)
	if rows := ada.get("/audit-log?filterBy=about==" + app.ID).doc.Find("tbody tr").Length(); rows != 4 {
		t.Errorf("%d entries are about the application, want 4", rows)
	}

	ada.get("/audit-log/verify").wantStatus(http.StatusOK).wantText("#notice-heading", "Log verified up to 2026-11-23").wantText("#notice", "as they were written")
	ada.get("/audit-log/no-such-entry").wantStatus(http.StatusNotFound).wantText("#notice", "There is no such entry")
	ada.get("/audit-log?filterBy=nonsense==1").wantStatus(http.StatusBadRequest)
	ada.get("/audit-log/" + p.events()[0].ID + "?sortBy=nonsense").wantStatus(http.StatusBadRequest)
}

func TestTheAuditLogAsJSON(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator()
	p.application("ci")
	p.wait(1e9)
	file := ada.get("/audit-log.json?filterBy=entity_name==ci").wantStatus(http.StatusOK).wantNoStore()
	var events []map[string]any
	must(t, json.Unmarshal([]byte(file.body), &events))
	if len(events) != 1 || events[0]["entity_type"] != "application" || events[0]["action"] != "create" {
		t.Errorf("the file holds %s", file.body)
	}
	if got := file.header.Get("Content-Disposition"); !strings.Contains(got, "audit-log-2026-11-23T") || !strings.HasSuffix(got, `.json"`) {
		t.Errorf("it is called %s", got)
	}
	if e := p.events()[0]; e.Action != access.EventExport || e.Metadata["format"] != "JSON" {
		t.Errorf("the last event is %+v", e)
	}
	if none := ada.get("/audit-log.json?filterBy=entity_name==nobody"); none.body != "[]" || none.header.Get("Content-Disposition") == "" {
		t.Errorf("nothing is %q", none.body)
	}
	before := len(p.events())
	if head := ada.send(http.MethodHead, "/audit-log.json", nil).wantStatus(http.StatusOK); head.header.Get("X-Total-Count") != fmt.Sprint(before) || len(p.events()) != before {
		t.Errorf("HEAD says %s of %d, and %d after", head.header.Get("X-Total-Count"), before, len(p.events()))
	}
}

// TestTheAuditLogsCallGivesTheSame: "Copy as curl" is a call that the API takes.
func TestTheAuditLogsCallGivesTheSame(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator()
	for i := range 3 {
		p.wait(1e9)
		p.application(fmt.Sprintf("made-%d", i))
	}
	p.wait(1e9)
	bearer := p.bearerAt("auditor", access.SystemAdministrator, access.Scope{ID: access.TenantNodeID})
	for _, address := range []string{"/audit-log?search=made&filterBy=action==create&limit=25", "/audit-log?search=made&sortBy=entity_name&limit=2&offset=2"} {
		page := ada.get(address).wantStatus(http.StatusOK)
		_, call, _ := strings.Cut(page.find("#curl-command").Text(), "'")
		call = strings.TrimPrefix(strings.TrimSuffix(call, "'"), p.url)
		answer := p.visitor().with("Authorization", "Bearer "+bearer).get(call).wantStatus(http.StatusOK)
		var logs struct {
			AuditLogs []struct{ Id string } `json:"audit_logs"`
		}
		must(t, json.Unmarshal([]byte(answer.body), &logs))
		rows := page.doc.Find(".row-link")
		if rows.Length() == 0 || rows.Length() != len(logs.AuditLogs) {
			t.Fatalf("%s shows %d, %s answers %d: %s", address, rows.Length(), call, len(logs.AuditLogs), answer.body)
		}
		for i, log := range logs.AuditLogs {
			if href := rows.Eq(i).AttrOr("href", ""); !strings.HasPrefix(href, "/audit-log/"+log.Id) {
				t.Errorf("%s: row %d is %s, the call has %s", address, i, href, log.Id)
			}
		}
	}
}
