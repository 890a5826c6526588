package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/handlers/api"
	"latchkey/views"
	"latchkey/web"
)

// auditLog is the table of what was done.
func (h *console) auditLog() *table[access.Event] {
	ever := access.Period{}
	return &table[access.Event]{
		console: h,
		kind:    views.AuditTable,
		nav:     web.NavAuditLog,
		list: func(ctx context.Context, caller access.Caller, l access.List) (access.Page[access.Event], error) {
			return h.svc.ListEvents(ctx, caller, l, ever)
		},
		count: func(ctx context.Context, caller access.Caller, l access.List) (access.Count, error) {
			return h.svc.CountEvents(ctx, caller, l, ever)
		},
		countAll: func(ctx context.Context, caller access.Caller, l access.List) (int, error) {
			return h.svc.CountAllEvents(ctx, caller, l, ever)
		},
		export: func(ctx context.Context, caller access.Caller, l access.List, fn func(access.Event) error) error {
			return h.svc.ExportEvents(ctx, caller, l, ever, "CSV", fn)
		},
		screen: func(_ access.Caller, s views.TableScreen, rows []access.Event) views.Screen {
			return views.AuditScreen{TableScreen: s, Rows: rows}
		},
		cell: auditCell,
	}
}

// auditCell is a column of the file, with nothing in it that cannot be seen.
func auditCell(e access.Event, column string, _ views.Clock) string {
	return access.Visible(auditText(e, column))
}

func auditText(e access.Event, column string) string {
	switch column {
	case "timestamp":
		return wireTime(e.At)
	case "subject":
		return e.Subject.Name
	case "action":
		return string(e.Action)
	case "entity_name":
		return e.EntityName
	case "result":
		return string(e.Result)
	case "source_ip":
		return e.Origin.SourceIP
	case "subject_type":
		return views.EventSubjectType(e)
	case "entity_type":
		return e.EntityType
	case "entity_id":
		return e.EntityID
	case "http_method":
		return e.Origin.HTTPMethod
	case "url":
		return e.Origin.URL
	case "request_id":
		return e.Origin.RequestID
	default:
		return ""
	}
}

// auditJSON is the list as a file in the form of the API's; HEAD is answered as
// table.csv answers it.
func (h *console) auditJSON(c echo.Context) error {
	list, err := h.auditLog().parse(c)
	if err != nil {
		return err
	}
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	total, err := h.svc.CountAllEvents(ctx, caller, list, access.Period{})
	if err != nil {
		return err
	}
	announce := func() { // not before there is something to send: a failure is a page
		header := c.Response().Header()
		header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
		header.Set(echo.HeaderContentDisposition, `attachment; filename="`+fileName(views.AuditTable, h.clock(c), "json")+`"`)
		header.Set(web.HeaderTotalCount, strconv.Itoa(total))
		web.NoStore(c)
	}
	if c.Request().Method == http.MethodHead {
		announce()
		return c.NoContent(http.StatusOK)
	}
	return api.WriteEvents(c, func(fn func(access.Event) error) error {
		told := sync.OnceFunc(announce)
		err := h.svc.ExportEvents(ctx, caller, list, access.Period{}, "JSON", func(e access.Event) error {
			told()
			return fn(e)
		})
		if err == nil {
			told()
		}
		return err
	})
}

// verifyAuditLog walks over the whole log and says whether it is as it was
// written, and up to where.
func (h *console) verifyAuditLog(c echo.Context) error {
	check, err := h.svc.VerifyEvents(c.Request().Context(), web.CallerOf(c), access.LogHead{})
	if errors.Is(err, access.ErrForbidden) {
		return h.auditLog().mayNotSee(c, err)
	}
	if err != nil {
		return err
	}
	return inAuditLog("", views.AuditTable.FirstList()).notice(c, http.StatusOK, views.VerifiedLog(check, h.clock(c)))
}

// auditEntry is one entry beside the list that the address tells of.
func (h *console) auditEntry(c echo.Context) error {
	list, err := h.auditLog().parse(c)
	if err != nil {
		return err
	}
	event, beside, err := h.svc.EventBeside(c.Request().Context(), web.CallerOf(c), c.Param("id"), list)
	if errors.Is(err, access.ErrNotFound) {
		return h.noEntry(c, list)
	}
	if errors.Is(err, access.ErrForbidden) {
		return h.auditLog().mayNotSee(c, err)
	}
	if err != nil {
		return err
	}
	touches, err := h.touches(c, event)
	if err != nil {
		return err
	}
	screen := views.AuditEntry{
		Event: event, Clock: h.clock(c), Touches: touches, List: list.FirstPage(), Stepped: c.QueryParam(views.ParamStep),
	}
	if beside.Previous != nil {
		screen.Previous = views.StepHref(beside.Previous.ID, list, views.StepPrevious)
	}
	if beside.Next != nil {
		screen.Next = views.StepHref(beside.Next.ID, list, views.StepNext)
	}
	return inAuditLog(event.ID, list).show(c, http.StatusOK, "Audit log entry", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.AuditEntryDialog(screen)
	})
}

func inAuditLog(id string, list access.List) place {
	return place{Place: views.InAuditLog(id, list.FirstPage()), nav: web.NavAuditLog}
}

func (h *console) noEntry(c echo.Context, list access.List) error {
	return inAuditLog("", list).notice(c, http.StatusNotFound, views.Notice{
		Title: "There is no such entry",
		Text:  "The audit log has no entry of this id. Entries are never removed: the address may be cut off.",
	})
}

// touches are the links to what an event is about, as far as it still exists and
// this person may see it.
func (h *console) touches(c echo.Context, e access.Event) ([]views.Link, error) {
	var links []views.Link
	add := func(label, href string) {
		for _, link := range links {
			if link.Href == href {
				return
			}
		}
		links = append(links, views.Link{Label: label, Href: href})
	}
	for _, subject := range eventSubjects(e) {
		found, err := h.livingSubject(c, subject)
		if err != nil {
			return nil, err
		}
		if found {
			add(access.Visible(subject.Name), views.SubjectHref(subject))
			add("Access rules of "+access.Visible(subject.Name), views.SubjectRulesHref(subject))
			add("Activity of "+access.Visible(subject.Name), views.AuditAbout(subject.ID))
		}
	}
	for _, role := range access.PredefinedRoles() {
		if role.Name == e.Metadata["role"] {
			add("The role "+role.Name, views.RoleHref(role.ID))
		}
	}
	if id := eventScope(e); id != "" {
		scope, err := h.svc.Scope(c.Request().Context(), web.CallerOf(c), id)
		if err == nil {
			add(scope.Name+" in the organization", views.ScopeHref(scope.ID))
			add("Rules on "+scope.Name, views.ScopeRulesHref(scope.ID))
		} else if !errors.Is(err, access.ErrNotFound) {
			return nil, err
		}
	}
	return links, nil
}

// eventSubjects are the users and applications that an event is about: whom it
// was done to, and who did it.
func eventSubjects(e access.Event) []access.Subject {
	var subjects []access.Subject
	switch e.EntityType {
	case "application", "application-secret", "public-key":
		subjects = append(subjects, access.Subject{Type: access.SubjectApplication, ID: e.EntityID, Name: e.EntityName})
	case "user":
		subjects = append(subjects, access.Subject{Type: access.SubjectUser, ID: e.EntityID, Name: e.EntityName})
	}
	if id := e.Metadata[access.SubjectIDKey]; id != "" {
		subjects = append(subjects, access.Subject{Type: access.SubjectType(e.Metadata["subjectType"]), ID: id, Name: e.Metadata["subject"]})
	}
	if e.Subject.ID != "" {
		subjects = append(subjects, e.Subject)
	}
	return subjects
}

// eventScope is the id of the node that an event is about, or empty.
func eventScope(e access.Event) string {
	switch e.EntityType {
	case string(access.ScopeCluster), string(access.ScopeDepartment), string(access.ScopeProject), string(access.ScopeTenant):
		return e.EntityID
	default:
		return e.Metadata["scopeId"]
	}
}

// livingSubject reports whether a subject is still there, outside of the bin.
func (h *console) livingSubject(c echo.Context, s access.Subject) (bool, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	var err error
	living := true
	switch s.Type {
	case access.SubjectApplication:
		var app access.Application
		app, err = h.svc.Application(ctx, caller, s.ID)
		living = app.DeletedAt.IsZero()
	case access.SubjectUser:
		_, err = h.svc.User(ctx, caller, s.ID)
	default:
		return false, nil
	}
	if errors.Is(err, access.ErrNotFound) {
		return false, nil
	}
	return living && err == nil, err
}

// activityShown is how many events the page of a subject shows.
const activityShown = 8

// activityOf is what happened last to a subject or another entity, for its own
// page: nil for whoever may not read the audit log.
func (h *console) activityOf(c echo.Context, id, name string) (*views.Activity, error) {
	list := access.Activity(id).WithLimit(activityShown)
	page, err := h.svc.ListEvents(c.Request().Context(), web.CallerOf(c), list, access.Period{})
	if errors.Is(err, access.ErrForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &views.Activity{ID: id, Name: name, Events: page.Rows, More: page.Next != "", Clock: h.clock(c)}, nil
}
