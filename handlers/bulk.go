package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// bulk is what is done to several rows of one table at once: a question, then
// the work and its report. More than a person can wait for is done in the
// background (bulk_job.go).
type bulk struct {
	console *console
	of      access.ResourceType
	table   *views.TableKind
	place   place
	// alone is what is done to one at a time; href is where its dialog is. The
	// actions of several that are here too are asked there of one alone.
	alone []string
	href  func(id, what string) string
	// actions are those of several; the address names one where there are more.
	actions []access.BulkAction
	// facts says what will happen to a selection; the form that confirms it sends
	// the selection that is answered.
	facts func(ctx context.Context, caller access.Caller, action access.BulkAction, chosen selected) (views.BulkConfirm, selected, error)
	// finish adds to the message that all went well; nil if there is nothing.
	finish func(c echo.Context, n *views.Notice, o bulkOutcome)
}

func (b *bulk) kind() *views.BulkKind { return views.BulkKindOf(b.of) }

// selected is what the table's form sends: rows, or all that match a list.
type selected struct {
	ids      []string
	all      *access.List
	expected int // of all; 0: not counted yet
}

// selectedFrom reads the fields of a selection from a query or a body.
func selectedFrom(values url.Values, table *views.TableKind) (selected, error) {
	if values.Get(views.FieldAll) == "true" {
		list, err := access.ParseList(values, table.Schema)
		if err != nil {
			return selected{}, badList(err)
		}
		if table.Bin == nil {
			list.Deleted = false
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
func (s selected) fields(schema *access.Schema) []views.Pair {
	var pairs []views.Pair
	for _, id := range s.ids {
		pairs = append(pairs, views.Pair{Name: views.FieldRow, Value: id})
	}
	if s.all == nil {
		return pairs
	}
	query := s.all.Values(schema)
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

// bulkRequest is a bulk action as a person asks for it.
type bulkRequest struct {
	action access.BulkAction
	chosen selected
	to     string // the node that applications are moved to
}

// what is named by the address, or the one thing that can be done.
func (b *bulk) what(c echo.Context) string { return cmp.Or(c.Param("action"), string(b.actions[0])) }

// ask is where the action bar leads. What is done to one has a dialog of its
// own; the rest asks about all at once.
func (b *bulk) ask(c echo.Context) error {
	chosen, err := selectedFrom(c.QueryParams(), b.table)
	if err != nil {
		return err
	}
	what := b.what(c)
	action := access.BulkAction(what)
	one, several := slices.Contains(b.alone, what), slices.Contains(b.actions, action)
	switch {
	case !one && !several:
		return access.ErrNotFound
	case chosen.all == nil && len(chosen.ids) == 0:
		return b.place.notice(c, http.StatusBadRequest, views.Notice{Title: "Nothing is selected", Text: "Tick at least one row of the table, then choose what to do with it."})
	case one && len(chosen.ids) == 1:
		// Not web.Redirect: htmx's request follows a plain 303 by itself, and gets
		// the dialog's content.
		return c.Redirect(http.StatusSeeOther, b.href(chosen.ids[0], what))
	case !several:
		return b.place.notice(c, http.StatusBadRequest, views.Notice{Title: "Select one " + b.table.One, Text: "This is done to one " + b.table.One + " at a time. Tick one row, then choose it again."})
	}
	return b.confirm(c, http.StatusOK, bulkRequest{action, chosen, c.QueryParam(views.FieldScope)}, views.Problems{})
}

// do does it, and reports.
func (b *bulk) do(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	chosen, err := selectedFrom(form, b.table)
	if err != nil {
		return err
	}
	asked := bulkRequest{access.BulkAction(b.what(c)), chosen, form.Get(views.FieldScope)}
	if !slices.Contains(b.actions, asked.action) {
		return access.ErrNotFound
	}
	if chosen.all != nil && chosen.expected > access.BulkAtOnce {
		return b.start(c, asked)
	}
	report, err := b.atOnce(c.Request().Context(), web.CallerOf(c), asked)
	if err != nil {
		return b.askAgain(c, asked, err)
	}
	outcome := bulkOutcome{action: asked.action, succeeded: len(report.Succeeded), failed: len(report.Failed), failures: report.Failed}
	if len(report.Succeeded) > 0 {
		outcome.first = report.Succeeded[0]
		outcome.to = asked.to
	}
	return b.report(c, outcome)
}

func (b *bulk) atOnce(ctx context.Context, caller access.Caller, asked bulkRequest) (access.BulkReport, error) {
	if asked.action == access.BulkMove {
		return b.console.svc.MoveApplications(ctx, caller, asked.to, asked.chosen.service())
	}
	return b.console.svc.Bulk(ctx, caller, b.of, asked.action, asked.chosen.service())
}

// askAgain puts the question once more, with what stood in the way.
func (b *bulk) askAgain(c echo.Context, asked bulkRequest, err error) error {
	problems, ok := problemsOf(err)
	if !ok {
		return err
	}
	asked.chosen.expected = 0 // count again: the person agrees to the present number
	return b.confirm(c, web.StatusOf(err), asked, problems)
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
	to                string // the id of the node that they were moved to; empty if not known
	failures          []access.BulkFailure
	left              int    // not tried
	why               string // they were not
	csvHref           string
}

// failuresShown is how many failures a report lists; the rest it counts.
const failuresShown = 100

func (b *bulk) report(c echo.Context, o bulkOutcome) error {
	done := b.kind().Done(o.action, o.succeeded)
	if o.failed+o.left == 0 {
		n := views.Notice{Title: done, Text: done + ".", Changed: true}
		if b.finish != nil {
			b.finish(c, &n, o)
		}
		return b.place.changed(c, n)
	}
	screen := views.BulkReport{Action: o.action, Succeeded: o.succeeded, Failed: o.failed, Left: o.left, Why: o.why, CSVHref: o.csvHref}
	for _, failure := range o.failures[:min(len(o.failures), failuresShown)] {
		screen.Failures = append(screen.Failures, b.failure(failure.ID, failure.Name, failure.Err))
	}
	return b.showReport(c, http.StatusOK, screen)
}

func (b *bulk) failure(id, name string, err error) views.BulkFailure {
	return views.BulkFailure{Name: cmp.Or(name, id), Reason: reasonOf(err)}
}

func (b *bulk) showReport(c echo.Context, status int, screen views.BulkReport) error {
	screen.Of = b.kind()
	return b.place.show(c, status, screen.Title(), func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.BulkReportDialog(screen)
	})
}

// reasonOf is what a person may read of why one thing was left alone.
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

// confirm asks, and says what will break.
func (b *bulk) confirm(c echo.Context, status int, asked bulkRequest, problems views.Problems) error {
	action := asked.action
	screen, chosen, err := b.facts(c.Request().Context(), web.CallerOf(c), action, asked.chosen)
	if err != nil {
		return err
	}
	switch {
	case screen.Number == 0 && len(screen.Kept) > 0:
		return b.showReport(c, http.StatusConflict, views.BulkReport{
			Heading: b.kind().None(action), Action: action, Failed: len(screen.Kept), Failures: screen.Kept[:min(len(screen.Kept), failuresShown)],
		})
	case screen.Number == 0:
		return b.place.notice(c, http.StatusNotFound, views.Notice{Title: "Nothing is left to " + string(action), Text: "None of the selected " + b.table.Many + " is there any more. Nothing was changed.", Changed: true})
	case screen.Number > access.MaxBulk:
		return b.place.notice(c, http.StatusUnprocessableEntity, views.Notice{Title: "Too many " + b.table.Many, Text: b.kind().Counted(screen.Number) + " match, and " + views.Grouped(access.MaxBulk) + " are the most at once. Add a filter; nothing was changed."})
	}
	screen.Of, screen.Action, screen.Problems = b.kind(), action, problems
	screen.Selection = chosen.fields(b.table.Schema)
	if action == access.BulkMove {
		if screen.Place, err = b.console.placePicker(c, asked.to); err != nil {
			return err
		}
		screen.Place.Label, screen.Place.Hint = "Managed in from now on", "" // the text above says what it means
	}
	return b.place.show(c, status, b.kind().Title(action, screen.Number), func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.BulkConfirmDialog(screen)
	})
}

// namesShown is how many rows a confirmation names; the rest it counts.
const namesShown = 8
