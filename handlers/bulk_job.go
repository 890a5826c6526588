package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// start begins a bulk action in the background and shows how far it is. It is
// shown as it was at the start, so that the person sees that it began.
func (b *bulk) start(c echo.Context, asked bulkRequest) error {
	job, err := b.begin(c.Request().Context(), web.CallerOf(c), asked)
	if err != nil {
		return b.askAgain(c, asked, err)
	}
	if !web.IsFragment(c) {
		return web.Redirect(c, views.BulkJobHref(job.ID))
	}
	return b.console.showBulkJob(c, job)
}

func (b *bulk) begin(ctx context.Context, caller access.Caller, asked bulkRequest) (access.BulkJob, error) {
	if asked.action == access.BulkMove {
		return b.console.svc.StartMove(ctx, caller, asked.to, asked.chosen.service())
	}
	return b.console.svc.StartBulk(ctx, caller, b.of, asked.action, asked.chosen.service())
}

// bulkOf is the bulk actions on things of one kind.
func (h *console) bulkOf(of access.ResourceType) *bulk {
	switch of {
	case access.Users:
		return h.bulkUsers()
	case access.AccessRules:
		return h.bulkRules()
	default:
		return h.bulkApplications()
	}
}

// bulkJob is how far a bulk action is, and in the end its report. It answers
// whole dialogs, and the part of one that asks by itself.
func (h *console) bulkJob(c echo.Context) error {
	job, err := h.svc.BulkJob(web.CallerOf(c), c.Param("job"))
	if web.IsFragment(c) && web.Target(c) == views.BulkProgressID {
		return h.bulkProgress(c, job, err)
	}
	if err != nil {
		return h.bulkJobLost(c, err)
	}
	return h.showBulkJob(c, job)
}

// bulkProgress answers the dialog that asks by itself. Of a job that has ended,
// or is lost, it is told to fetch what there is to read.
func (h *console) bulkProgress(c echo.Context, job access.BulkJob, err error) error {
	if errors.Is(err, access.ErrNotFound) {
		return web.Render(c, http.StatusOK, views.BulkProgressOver(c.Param("job")))
	}
	if err != nil {
		return err
	}
	if job.State.Final() {
		return web.Render(c, http.StatusOK, views.BulkProgressOver(job.ID))
	}
	screen := bulkScreen(job)
	screen.Heard, _ = strconv.Atoi(c.QueryParam(views.ParamHeard)) // unreadable is "nothing yet"
	return web.Render(c, http.StatusOK, views.BulkProgress(screen))
}

func (h *console) showBulkJob(c echo.Context, job access.BulkJob) error {
	of := h.bulkOf(job.Of)
	if job.State.Final() {
		h.svc.BulkSeen(web.CallerOf(c), job.ID)
		return of.report(c, outcomeOf(job))
	}
	screen := bulkScreen(job)
	return of.place.show(c, http.StatusOK, screen.Title(), func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.BulkJobDialog(screen)
	})
}

func bulkScreen(job access.BulkJob) views.BulkJob {
	return views.BulkJob{
		ID: job.ID, Of: views.BulkKindOf(job.Of), Action: job.Action, Stopping: job.State == access.BulkStopping, Final: job.State.Final(),
		Total: job.Total, Done: job.Succeeded + job.Failed, Failed: job.Failed,
	}
}

func outcomeOf(job access.BulkJob) bulkOutcome {
	o := bulkOutcome{
		action: job.Action, succeeded: job.Succeeded, failed: job.Failed, failures: job.Failures,
		left: job.Left(), why: whyLeft(job),
	}
	if job.Failed > 0 {
		o.csvHref = views.BulkCSVHref(job.ID)
	}
	return o
}

// whyLeft is what a person may read of why a job ended before its time.
func whyLeft(job access.BulkJob) string {
	switch {
	case job.State == access.BulkCancelled:
		return "It was cancelled."
	case errors.Is(job.Err, access.ErrStopping):
		return "The server was stopped."
	case errors.Is(job.Err, access.ErrUnauthenticated):
		return "Your account was disabled."
	case job.Err != nil:
		return reasonOf(job.Err)
	default:
		return ""
	}
}

// cancelBulkJob ends a job after what it has in hand.
func (h *console) cancelBulkJob(c echo.Context) error {
	job, err := h.svc.CancelBulk(web.CallerOf(c), c.Param("job"))
	if err != nil {
		return h.bulkJobLost(c, err)
	}
	if !web.IsFragment(c) {
		return web.Redirect(c, views.BulkJobHref(job.ID))
	}
	return h.showBulkJob(c, job)
}

// bulkJobLost answers for a job of somebody else as for one that was forgotten.
func (h *console) bulkJobLost(c echo.Context, err error) error {
	if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	return h.showNotice(c, http.StatusNotFound, views.Notice{
		Title:   "There is no such bulk action",
		Text:    "Its report is no longer kept, or the server was restarted while it ran. What it had done by then is done, and the rest is as it was: the table shows how things are, and the audit log names every change.",
		Changed: true,
	})
}

// bulkJobCSV is all that a job left as it was, each with its reason.
func (h *console) bulkJobCSV(c echo.Context) error {
	job, err := h.svc.BulkJob(web.CallerOf(c), c.Param("job"))
	if err != nil {
		return h.bulkJobLost(c, err)
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="bulk-`+string(job.Action)+`-report.csv"`)
	web.NoStore(c)
	out := web.NewCSVWriter(web.Stream(c))
	c.Response().WriteHeader(http.StatusOK)
	if err := writeFailures(out, job); err != nil {
		return web.Broken(err)
	}
	return nil
}

func writeFailures(out *web.CSVWriter, job access.BulkJob) error {
	if err := out.Record([]string{ui.UpperFirst(views.BulkKindOf(job.Of).One), "ID", "Reason"}); err != nil {
		return err
	}
	for _, failure := range job.Failures {
		if err := out.Record([]string{failure.Name, failure.ID, reasonOf(failure.Err)}); err != nil {
			return err
		}
	}
	if more := job.Failed - len(job.Failures); more > 0 {
		if err := out.Record([]string{"", "", "And " + views.Counted(more, "other", "others") + " that this report no longer names; the audit log names whatever was forbidden."}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// unseenBulk are the jobs that the table tells of.
func (h *console) unseenBulk(caller access.Caller) []views.BulkJob {
	var jobs []views.BulkJob
	for _, job := range h.svc.UnseenBulk(caller) {
		jobs = append(jobs, bulkScreen(job))
	}
	return jobs
}
