package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// setupForm is where the one-time link of the first run leads.
func (h *console) setupForm(c echo.Context) error {
	secret := c.QueryParam(views.FieldSetupToken)
	if err := h.svc.CheckSetupLink(c.Request().Context(), secret); err != nil {
		return h.refuseSetup(c, err, views.Setup{})
	}
	return h.showSetup(c, http.StatusOK, views.Setup{Token: secret})
}

// setup makes the first administrator, signs them in and shows them the empty
// table, which teaches the rest.
func (h *console) setup(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.Setup{
		Token: form.Get(views.FieldSetupToken),
		Email: form.Get(views.FieldEmail),
	}
	user, err := h.svc.CompleteSetup(c.Request().Context(), web.CallerOf(c).Origin, screen.Token, screen.Email, form.Get(views.FieldPassword))
	if err != nil {
		return h.refuseSetup(c, err, screen)
	}
	return h.enter(c, user, home)
}

// refuseSetup shows the form again where that helps; else a page that says
// what to do about the link.
func (h *console) refuseSetup(c echo.Context, err error, screen views.Setup) error {
	if problems, ok := problemsOf(err); ok {
		screen.Problems = problems
		return h.showSetup(c, web.StatusOf(err), screen)
	}
	refusal, status, ok := setupRefusal(err)
	if !ok {
		return err
	}
	web.NoStore(c)
	return web.Render(c, status, views.SetupRefusedPage(web.Frame(c, "Set-up", ""), refusal))
}

// setupRefusal is the page for each way in which a link can be no good. Once
// an administrator exists there is nothing here any more (security.md 23).
func setupRefusal(err error) (refusal views.SetupRefusal, status int, ok bool) {
	switch {
	case errors.Is(err, access.ErrSetupDone):
		return views.SetupRefusedDone, http.StatusNotFound, true
	case errors.Is(err, access.ErrSetupUsed):
		return views.SetupRefusedUsed, http.StatusGone, true
	case errors.Is(err, access.ErrSetupExpired):
		return views.SetupRefusedExpired, http.StatusGone, true
	case errors.Is(err, access.ErrSetupUnknown):
		return views.SetupRefusedUnknown, http.StatusNotFound, true
	default:
		return 0, 0, false
	}
}

func (h *console) showSetup(c echo.Context, status int, screen views.Setup) error {
	web.NoStore(c)
	return web.Render(c, status, views.SetupPage(web.Frame(c, "Set-up", ""), screen))
}
