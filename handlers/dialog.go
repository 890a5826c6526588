package handlers

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// dialog is a screen that can be drawn in the dialog element or on a page.
type dialog func(inPage bool) templ.Component

// place is the page that dialogs stand on.
type place struct {
	views.Place
	nav string // its item of the navigation
}

// inApplications is the table that most dialogs stand on.
func inApplications() place {
	return place{Place: views.InApplications(), nav: web.NavApplications}
}

// inApplication is the page of one application.
func inApplication(app access.Application, focus string) place {
	return place{Place: views.Place{Heading: app.Name, Href: views.ApplicationHref(app.ID, ""), Focus: focus}, nav: web.NavApplications}
}

// showDialog answers with the content of a dialog: alone where htmx asked for
// it, else in the frame of a page, where it works without scripts.
func (h *console) showDialog(c echo.Context, status int, title string, d dialog) error {
	return inApplications().show(c, status, title, d)
}

func (p place) show(c echo.Context, status int, title string, d dialog) error {
	frame := web.FrameBelow(c, title, p.nav)
	frame.Heading, frame.Here = p.Heading, title
	frame.Breadcrumb = p.crumbs(frame.Breadcrumb)
	return web.RenderEither(c, status, views.DialogPage(frame, d(true)), d(false))
}

// crumbs lead back to the place, which may lie below a page of the navigation.
func (p place) crumbs(above []ui.Crumb) []ui.Crumb {
	if p.Href == "" || slices.ContainsFunc(above, func(c ui.Crumb) bool { return c.Label == p.Heading }) {
		return above
	}
	return append(above, ui.Crumb{Label: p.Heading, Href: p.Href})
}

// home is where a person finds themselves when all is done.
const home = "/applications"

// changed ends a dialog whose work is done. With scripts the dialog closes, the
// table behind it is asked for again, and the message stays above it until it
// is dismissed; without them it is a page that says so.
func (h *console) changed(c echo.Context, n views.Notice) error {
	return inApplications().changed(c, n)
}

func (p place) changed(c echo.Context, n views.Notice) error {
	if web.IsFragment(c) {
		return web.Render(c, http.StatusOK, views.Done(n))
	}
	return p.notice(c, http.StatusOK, n)
}

func (h *console) showNotice(c echo.Context, status int, n views.Notice) error {
	return inApplications().notice(c, status, n)
}

// left is changed for what has a page of its own and is gone now: who stands on
// that page is led to the table, with the message.
func (p place) left(c echo.Context, page string, n views.Notice) error {
	if web.OnPage(c, page) {
		n.Leave = p.Href
	}
	return p.changed(c, n)
}

func (p place) notice(c echo.Context, status int, n views.Notice) error {
	n.Place = p.Place
	if status == http.StatusForbidden || status == http.StatusNotFound {
		n.Reference = web.Reference(c)
	}
	return p.show(c, status, n.Title, func(inPage bool) templ.Component {
		n.InPage = inPage
		return views.NoticeDialog(n)
	})
}

// gone answers a request about an application that is not there: most often
// somebody else deleted it while the dialog was open.
func (h *console) gone(c echo.Context, err error) error {
	if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	return h.showNotice(c, http.StatusNotFound, views.Notice{
		Title:   "This application is gone",
		Text:    "It does not exist, or not where you can see it. Somebody may have deleted it a moment ago; if so, it waits in the bin for 30 days.",
		Action:  views.Link{Label: "Show the bin", Href: "/applications?deleted=true"},
		Changed: true,
	})
}

// repeated answers the second submission of a form: nothing happened again.
func (h *console) repeated(c echo.Context, err error, what string) error {
	var done *access.AlreadyDoneError
	if !errors.As(err, &done) {
		return err
	}
	n := views.Notice{
		Title:   "Already done",
		Text:    what + " by the first submission of this form; the second changed nothing. Its secret key was shown then and cannot be shown again: if nobody stored it, regenerate the key.",
		Changed: true,
	}
	if done.EntityID != "" {
		n.Action = views.Link{Label: "Regenerate key", Href: views.ApplicationHref(done.EntityID, "regenerate"), Dialog: true}
	}
	return h.showNotice(c, http.StatusConflict, n)
}
