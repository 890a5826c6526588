package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// selected is what the table's form sends: rows, or all that match a list.
type selected struct {
	ids      []string
	all      *access.List
	expected int // of all; 0: not counted yet
}

// selectedFrom reads the fields of a selection from a query or a body.
func selectedFrom(values url.Values, schema *access.Schema) (selected, error) {
	if values.Get(views.FieldAll) == "true" {
		list, err := access.ParseList(values, schema)
		if err != nil {
			return selected{}, badList(err)
		}
		expected, _ := strconv.Atoi(values.Get(views.FieldExpected)) // unreadable is "not counted yet"
		list = list.FirstPage()
		return selected{all: &list, expected: max(0, expected)}, nil
	}
	ids := slices.Clone(values[views.FieldRow])
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > access.MaxAtOnce || slices.ContainsFunc(ids, oddID) {
		return selected{}, &web.Problem{Status: http.StatusBadRequest, Message: "This selection could not be understood. Go back to the table and select again; nothing was changed."}
	}
	return selected{ids: ids}, nil
}

// oddID reports what no id of ours looks like; ids become parts of addresses.
func oddID(id string) bool {
	const most = 64
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-') {
			return true
		}
	}
	return id == "" || len(id) > most
}

func (s selected) service() access.Selection {
	return access.Selection{IDs: s.ids, All: s.all, Expected: s.expected}
}

// fields carry the selection on to the form that confirms it.
func (s selected) fields() []views.Pair {
	var pairs []views.Pair
	for _, id := range s.ids {
		pairs = append(pairs, views.Pair{Name: views.FieldRow, Value: id})
	}
	if s.all == nil {
		return pairs
	}
	query := s.all.Values(access.ApplicationSchema)
	query.Set(views.FieldAll, "true")
	query.Set(views.FieldExpected, strconv.Itoa(s.expected))
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		pairs = append(pairs, views.Pair{Name: name, Value: query.Get(name)})
	}
	return pairs
}

// selectedAction is where the action bar leads. What is done to one
// application has a dialog of its own; the rest asks about all at once.
func (h *console) selectedAction(c echo.Context) error {
	chosen, err := selectedFrom(c.QueryParams(), access.ApplicationSchema)
	if err != nil {
		return err
	}
	if chosen.all == nil && len(chosen.ids) == 0 {
		return h.showNotice(c, http.StatusBadRequest, views.Notice{Title: "Nothing is selected", Text: "Tick at least one row of the table, then choose what to do with it."})
	}
	what := c.Param("action")
	switch what {
	case "rules", "regenerate", "restore":
		if len(chosen.ids) != 1 {
			return h.showNotice(c, http.StatusBadRequest, views.Notice{Title: "Select one application", Text: "This is done to one application at a time. Tick one row, then choose it again."})
		}
		return toDialogOf(c, chosen.ids[0], what)
	case string(access.BulkDisable), string(access.BulkDelete):
		if len(chosen.ids) == 1 {
			return toDialogOf(c, chosen.ids[0], what)
		}
	case string(access.BulkEnable):
	default:
		return access.ErrNotFound
	}
	return h.confirmBulk(c, http.StatusOK, access.BulkAction(what), chosen, "")
}

// toDialogOf leads to the dialog of one application. Not web.Redirect: htmx's
// request follows a plain 303 by itself, and gets the dialog's content.
func toDialogOf(c echo.Context, id, what string) error {
	return c.Redirect(http.StatusSeeOther, views.ApplicationHref(id, what))
}

// bulk does it, and reports. More than a person can wait for is done in the
// background.
func (h *console) bulk(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	chosen, err := selectedFrom(form, access.ApplicationSchema)
	if err != nil {
		return err
	}
	action := access.BulkAction(c.Param("action"))
	if !slices.Contains([]access.BulkAction{access.BulkEnable, access.BulkDisable, access.BulkDelete}, action) {
		return access.ErrNotFound
	}
	if chosen.all != nil && chosen.expected > access.BulkAtOnce {
		return h.startBulk(c, action, chosen)
	}
	report, err := h.svc.BulkApplications(c.Request().Context(), web.CallerOf(c), action, chosen.service())
	if err != nil {
		return h.askAgain(c, action, chosen, err)
	}
	outcome := bulkOutcome{action: action, succeeded: len(report.Succeeded), failed: len(report.Failed), failures: report.Failed}
	if len(report.Succeeded) > 0 {
		outcome.first = report.Succeeded[0].ID
	}
	return h.showBulkReport(c, outcome)
}

// askAgain puts the question once more, with what stood in the way.
func (h *console) askAgain(c echo.Context, action access.BulkAction, chosen selected, err error) error {
	problems, ok := problemsOf(err)
	if !ok {
		return err
	}
	chosen.expected = 0 // count again: the person agrees to the present number
	return h.confirmBulk(c, web.StatusOf(err), action, chosen, sentenceOf(problems))
}

func sentenceOf(p views.Problems) string {
	if p.Form != "" || len(p.Fields) == 0 {
		return p.Form
	}
	return p.Fields[0].Message
}

// bulkOutcome is what a bulk action has come to, however it was run.
type bulkOutcome struct {
	action            access.BulkAction
	succeeded, failed int
	first             string // the id of one that succeeded; empty if none is known
	failures          []access.BulkFailure
	left              int    // not tried
	why               string // they were not
	csvHref           string
}

// failuresShown is how many failures a report lists; the rest it counts.
const failuresShown = 100

func (h *console) showBulkReport(c echo.Context, o bulkOutcome) error {
	done := views.BulkApplications.Done(o.action, o.succeeded)
	if o.failed+o.left == 0 {
		n := views.Notice{Title: done, Text: done + ".", Changed: true}
		if o.action == access.BulkDelete {
			n.Action = views.Link{Label: "Show the bin", Href: home + "?deleted=true"}
		} else if o.first != "" {
			n.Focus = views.NameLink(o.first)
		}
		return h.changed(c, n)
	}
	screen := views.BulkReport{Of: views.BulkApplications, Action: o.action, Succeeded: o.succeeded, Failed: o.failed, Left: o.left, Why: o.why, CSVHref: o.csvHref}
	for _, failure := range o.failures[:min(len(o.failures), failuresShown)] {
		screen.Failures = append(screen.Failures, views.BulkFailure{Name: cmp.Or(failure.Name, failure.ID), Reason: reasonOf(failure.Err)})
	}
	return h.showDialog(c, http.StatusOK, done, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.BulkReportDialog(screen)
	})
}

// reasonOf is what a person may read of why one application was left alone.
func reasonOf(err error) string {
	if problems, ok := problemsOf(err); ok {
		return sentenceOf(problems)
	}
	switch {
	case errors.Is(err, access.ErrNotFound):
		return "It is gone: somebody else deleted it."
	case errors.Is(err, access.ErrStale):
		return whoWas(err) + " changed it at the same moment."
	default:
		return "The server could not do it just now. Try again."
	}
}

// confirmBulk asks, and says what will break.
func (h *console) confirmBulk(c echo.Context, status int, action access.BulkAction, chosen selected, problem string) error {
	var facts bulkFacts
	var err error
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	if chosen.all != nil {
		facts, err = h.factsOfAll(ctx, caller, action, *chosen.all)
		chosen.expected = facts.number
	} else {
		facts, err = h.factsOfRows(ctx, caller, action, chosen.ids)
	}
	if err != nil {
		return err
	}
	if facts.number == 0 {
		return h.showNotice(c, http.StatusNotFound, views.Notice{Title: "Nothing is left to " + string(action), Text: "None of the selected applications is there any more. Nothing was changed.", Changed: true})
	}
	if facts.number > access.MaxBulk {
		return h.showNotice(c, http.StatusUnprocessableEntity, views.Notice{Title: "Too many applications", Text: views.Counted(facts.number, "application", "applications") + " match, and " + views.Grouped(access.MaxBulk) + " are the most at once. Add a filter; nothing was changed."})
	}
	screen := views.BulkConfirm{
		Of:        views.BulkApplications,
		Action:    action,
		Problem:   problem,
		Number:    facts.number,
		Names:     facts.names,
		Unchanged: facts.unchanged,
		InUse:     facts.inUse,
		Selection: chosen.fields(),
	}
	return h.showDialog(c, status, views.BulkApplications.Title(action, facts.number), func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.BulkConfirmDialog(screen)
	})
}

// bulkFacts is what a confirmation says of a selection.
type bulkFacts struct {
	number, unchanged, inUse int
	names                    []string
}

// namesShown is how many applications a confirmation names; the rest it counts.
const namesShown = 8

// inUseWithin is how long after its last login an application counts as used.
const inUseWithin = 30 * 24 * time.Hour

func (h *console) factsOfRows(ctx context.Context, caller access.Caller, action access.BulkAction, ids []string) (bulkFacts, error) {
	var facts bulkFacts
	since := h.cfg.Now().Add(-inUseWithin)
	for _, id := range ids {
		app, err := h.svc.Application(ctx, caller, id)
		if errors.Is(err, access.ErrNotFound) {
			continue // the report will say so, if it is still asked for
		}
		if err != nil {
			return bulkFacts{}, err
		}
		facts.number++
		facts.names = append(facts.names, app.Name)
		if app.LastLogin.After(since) {
			facts.inUse++
		}
		if app.Enabled == (action == access.BulkEnable) && action != access.BulkDelete {
			facts.unchanged++
		}
	}
	slices.Sort(facts.names)
	facts.names = facts.names[:min(len(facts.names), namesShown)]
	return facts, nil
}

func (h *console) factsOfAll(ctx context.Context, caller access.Caller, action access.BulkAction, list access.List) (bulkFacts, error) {
	var facts bulkFacts
	page, err := h.svc.ListApplications(ctx, caller, list.WithLimit(namesShown))
	if err != nil {
		return bulkFacts{}, err
	}
	for _, row := range page.Rows {
		facts.names = append(facts.names, row.Name)
	}
	used := access.Filter{Field: "lastLogin", Op: access.AtLeast, Value: wireTime(h.cfg.Now().Add(-inUseWithin))}
	disabled := access.Filter{Field: "status", Op: access.Equal, Value: string(access.StatusDisabled)}
	same := disabled
	if action == access.BulkEnable {
		same.Op = access.NotEqual
	}
	for _, part := range []struct {
		into *int
		list access.List
	}{
		{&facts.number, list},
		{&facts.inUse, list.WithFilter(used)},
		{&facts.unchanged, list.WithFilter(same)},
	} {
		if *part.into, err = h.svc.CountAllApplications(ctx, caller, part.list); err != nil {
			return bulkFacts{}, err
		}
	}
	return facts, nil
}
