package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// passwordForm is where people change their password, and where those with a
// temporary one are sent until they have.
func (h *console) passwordForm(c echo.Context) error {
	return h.showPassword(c, http.StatusOK, views.Password{Next: web.SafeReturn(c.QueryParam(views.FieldNext))})
}

// changePassword ends every other session of the person and gives this one a
// new id (security.md 29).
func (h *console) changePassword(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.Password{Next: web.SafeReturn(form.Get(views.FieldNext))}
	err = h.svc.ChangePassword(c.Request().Context(), web.CallerOf(c),
		form.Get(views.FieldCurrentPassword), form.Get(views.FieldNewPassword), web.SessionHash(c))
	if errors.Is(err, access.ErrUnauthenticated) {
		err = access.Invalid(views.FieldCurrentPassword, "This is not your present password. Type the one you signed in with.")
	}
	if problems, ok := problemsOf(err); ok {
		screen.Problems = problems
		return h.showPassword(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return err
	}
	if err := web.StartSession(c, web.UserOf(c)); err != nil {
		return err
	}
	if web.UserOf(c).MustChangePassword {
		return web.Redirect(c, screen.Next)
	}
	return web.Redirect(c, "/account/password?changed=true")
}

func (h *console) showPassword(c echo.Context, status int, screen views.Password) error {
	screen.Email = web.UserOf(c).Email
	screen.Forced = web.UserOf(c).MustChangePassword
	screen.Changed = c.QueryParam("changed") == "true" && status == http.StatusOK
	web.NoStore(c)
	frame := frameInAccount(c, "Change password")
	if screen.Forced {
		frame.Breadcrumb = nil // there is no other page until it is changed
	}
	return web.Render(c, status, views.PasswordPage(frame, screen))
}
