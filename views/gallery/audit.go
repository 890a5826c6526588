package gallery

import (
	"fmt"
	"time"

	"latchkey/access"
	"latchkey/views"
)

// auditStates are the audit log, its entries, and the activity of a page.
func auditStates() []State {
	return []State{
		{Name: "audit-log/many", Document: true, Component: views.TablePage(consoleFrame(), auditTable(exampleEvents()))},
		{Name: "audit-log/all-columns", Component: views.TableFragment(auditAllColumns())},
		{Name: "audit-log/none-yet", Component: views.TableFragment(auditTable(nil))},
		{Name: "audit-log/forbidden", Document: true, Component: views.TableForbidden(consoleFrame(), views.AuditTable, "This needs the permission to read Event history in acme.", exampleReference)},
		{Name: "audit-log/entry-changed", Component: views.AuditEntryDialog(auditEntry(exampleEvents()[0]))},
		{Name: "audit-log/entry-refused", Component: views.AuditEntryDialog(auditEntry(exampleEvents()[2]))},
		{Name: "audit-log/entry-forged", Component: views.AuditEntryDialog(auditEntry(forgedEvent()))},
		{Name: "audit-log/entry-rule", Component: views.AuditEntryDialog(auditEntry(exampleEvents()[3]))},
		{Name: "audit-log/entry-page", Document: true, Component: dialogInFrame(views.AuditEntryDialog(entryInPage()))},
		{Name: "audit-log/activity", Component: views.ActivityPart(views.Activity{ID: exampleID, Name: "billing-sync", Events: exampleEvents(), More: true, Clock: auditClock()})},
		{Name: "audit-log/activity-none", Component: views.ActivityPart(views.Activity{ID: exampleID, Name: "billing-sync", Clock: auditClock()})},
	}
}

func auditClock() views.Clock { return views.Clock{Now: Now, Zone: time.UTC} }

func auditTable(events []access.Event) views.AuditScreen {
	list, err := access.ParseList(nil, access.EventSchema)
	if err != nil {
		panic(err) // a mistake in the gallery
	}
	return views.AuditScreen{
		TableScreen: views.TableScreen{
			Kind:      views.AuditTable,
			List:      list,
			Count:     access.Count{N: len(events), Exact: true},
			Length:    len(events),
			Columns:   views.AuditTable.DefaultColumns(),
			Clock:     auditClock(),
			PublicURL: "https://latchkey.acme.example",
		},
		Rows: events,
	}
}

func auditAllColumns() views.AuditScreen {
	s := auditTable(append(exampleEvents(), forgedEvent()))
	s.Columns, s.AbsoluteTimes = views.AuditTable.Columns, true
	return s
}

func exampleEvents() []access.Event {
	dana := access.Subject{Type: access.SubjectUser, ID: "019aae52-7c1e-7f3a-9c55-0242ac120003", Name: "dana@acme.example"}
	bot := access.Subject{Type: access.SubjectApplication, ID: exampleID, Name: "billing-sync"}
	events := []access.Event{
		{Subject: dana, Action: access.EventUpdate, EntityType: "application", EntityID: exampleID, EntityName: "billing-sync", Metadata: map[string]string{
			"before.enabled": "true", "after.enabled": "false", "before.description": "", "after.description": "Sends the figures of the day to finance.",
		}},
		{Subject: bot, Action: access.EventSignIn, Result: access.Failed, EntityType: "session", EntityName: "billing-sync", Metadata: map[string]string{"reason": "wrong secret key", "times": "12"}},
		{Subject: dana, Action: access.EventDelete, Result: access.Failed, EntityType: "user", EntityID: dana.ID, EntityName: "dana@acme.example", Metadata: map[string]string{"reason": "This is you. Ask another administrator to do that."}},
		{Subject: dana, Action: access.EventCreate, EntityType: "access-rule", EntityID: "17", EntityName: "Viewer on acme / eu-1", Metadata: map[string]string{
			"subject": "billing-sync", "subjectType": "app", "subjectId": exampleID, "role": "Viewer", "scope": "acme / eu-1", "scopeId": "c1",
		}},
		{Subject: dana, Action: access.EventUpdate, EntityType: "application-secret", EntityID: exampleID, EntityName: "billing-sync"},
		{Subject: dana, Action: access.EventExport, EntityType: "audit-log", Metadata: map[string]string{"format": "CSV", "filters": "2"}},
		{Subject: dana, Action: access.EventSignOut, EntityType: "session", EntityID: dana.ID, EntityName: "dana@acme.example"},
	}
	for i := range events {
		e := &events[i]
		e.ID, e.At = fmt.Sprintf("0193530f-7b00-7000-8000-%012d", i), Now.Add(-time.Duration(i*i*53+4)*time.Minute)
		if e.Result == "" {
			e.Result = access.Succeeded
		}
		e.Origin = access.Origin{
			SourceIP: "198.51.100.7", HTTPMethod: "POST", URL: "/applications/" + exampleID + "/disable",
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Chromium/142.0", RequestID: "5c1d1c6e-0d1b-4c26-9a56-6a1a4f3c8a01",
		}
	}
	return events
}

// forgedEvent tries to look like another line, and like another name.
func forgedEvent() access.Event {
	e := exampleEvents()[1]
	e.Subject.Name = "moc.elpmaxe\u202e@adad\nlevel=INFO actor=root"
	e.EntityName = "\x1b[31mbilling\u2066-sync"
	e.Origin.UserAgent, e.Origin.SourceIP = "curl\r\nX-Forged: yes", "2001:db8::\u200b1"
	e.Metadata = map[string]string{"reason": "wrong\nsecret key"}
	return e
}

func auditEntry(e access.Event) views.AuditEntry {
	list := auditTable(nil).List
	return views.AuditEntry{
		Event: e, Clock: auditClock(), List: list,
		Touches: []views.Link{
			{Label: "billing-sync", Href: "/applications/" + exampleID},
			{Label: "Access rules of billing-sync", Href: "/applications/" + exampleID + "/rules"},
			{Label: "Activity of billing-sync", Href: views.AuditAbout(exampleID)},
		},
		Previous: views.StepHref("0193530f-7b00-7000-8000-000000000011", list, views.StepPrevious),
		Next:     views.StepHref("0193530f-7b00-7000-8000-000000000012", list, views.StepNext),
	}
}

func entryInPage() views.AuditEntry {
	s := auditEntry(exampleEvents()[0])
	s.InPage, s.Previous = true, ""
	return s
}
