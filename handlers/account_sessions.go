package handlers

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// confirmEndSession asks before the person is signed out in one place.
func (h *console) confirmEndSession(c echo.Context) error {
	session, err := h.svc.MySession(c.Request().Context(), web.CallerOf(c), c.Param("session"))
	if err != nil {
		return sessionGone(c, err)
	}
	screen := views.ConfirmEndSession{Session: sessionLine(c, session), Clock: h.clock(c)}
	return inAccount().show(c, http.StatusOK, "Sign out", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.EndSessionDialog(screen)
	})
}

// endSession signs the person out in one place, which may be here.
func (h *console) endSession(c echo.Context) error {
	session, err := h.svc.EndMySession(c.Request().Context(), web.CallerOf(c), c.Param("session"))
	if err != nil {
		return sessionGone(c, err)
	}
	line := sessionLine(c, session)
	if line.Here {
		if err := web.EndSession(c); err != nil {
			return err
		}
		return web.Redirect(c, "/sign-in")
	}
	return inAccount().changed(c, views.Notice{Title: "Signed out", Text: "You are signed out there: " + line.Words() + "."})
}

// sessionGone answers about a sign-in that is none of the person's, or is over.
func sessionGone(c echo.Context, err error) error {
	if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	return inAccount().notice(c, http.StatusNotFound, views.Notice{
		Title:   "This session is over",
		Text:    "You are not signed in there any more: it ended by itself, or was ended a moment ago.",
		Changed: true,
	})
}

// confirmEndOthers asks before the person is signed out everywhere else.
func (h *console) confirmEndOthers(c echo.Context) error {
	sessions, err := h.svc.MySessions(c.Request().Context(), web.CallerOf(c))
	if err != nil {
		return err
	}
	lines := slices.DeleteFunc(sessionLines(c, sessions), func(l views.SessionLine) bool { return l.Here })
	return inAccount().show(c, http.StatusOK, "Sign out everywhere else", func(inPage bool) templ.Component {
		return views.EndOtherSessionsDialog(views.ConfirmEndOthers{InPage: inPage, Others: len(lines)})
	})
}

// endOthers ends all sessions of the person but this one.
func (h *console) endOthers(c echo.Context) error {
	caller := web.CallerOf(c)
	if _, err := h.svc.SignOutEverywhere(c.Request().Context(), caller, caller.ID, web.SessionHash(c)); err != nil {
		return err
	}
	return inAccount().changed(c, views.Notice{Title: "Signed out", Text: "You are signed out everywhere but here."})
}
