package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// confirmUser asks before something is done to a user.
func (h *console) confirmUser(action views.UserAction) echo.HandlerFunc {
	return func(c echo.Context) error {
		screen := views.ConfirmUser{Action: action}
		if action == views.UserResetPassword {
			var err error
			if screen.FormKey, err = h.formKey(); err != nil {
				return err
			}
		}
		return h.askAboutUser(c, http.StatusOK, screen)
	}
}

// askAboutUser says what ends, with the numbers of this moment.
func (h *console) askAboutUser(c echo.Context, status int, screen views.ConfirmUser) error {
	impact, err := h.svc.UserImpact(c.Request().Context(), web.CallerOf(c), c.Param("user"))
	if err != nil {
		return h.userGone(c, err)
	}
	screen.User = h.userFacts(c, impact)
	screen.Self = impact.User.ID == web.CallerOf(c).ID
	screen.InUse = screen.Action == views.UserDelete && h.userInUse(impact)
	return inUsers().show(c, status, userTitle(screen), func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.ConfirmUserDialog(screen)
	})
}

func userTitle(s views.ConfirmUser) string {
	switch s.Action {
	case views.UserResetPassword:
		return "Reset the password of " + s.User.Email
	case views.UserDisable:
		return "Disable " + s.User.Email
	case views.UserDelete:
		return "Delete " + s.User.Email
	default:
		return "Sign out everywhere"
	}
}

// userInUse reports whether their absence would be noticed soon.
func (h *console) userInUse(impact access.UserImpact) bool {
	last := impact.User.LastLogin
	return impact.Sessions > 0 || !last.IsZero() && h.cfg.Now().Sub(last) < recentUse
}

// refuseUser puts the question again, with what stood in the way.
func (h *console) refuseUser(c echo.Context, err error, screen views.ConfirmUser) error {
	problems, ok := problemsOf(err)
	if !ok {
		return h.userGone(c, err)
	}
	screen.Problems = problems
	return h.askAboutUser(c, web.StatusOf(err), screen)
}

// resetPassword gives a user a temporary password and shows it, once.
func (h *console) resetPassword(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.ConfirmUser{Action: views.UserResetPassword, FormKey: form.Get(views.FieldFormKey)}
	user, password, err := h.svc.ResetPassword(c.Request().Context(), web.CallerOf(c), c.Param("user"), screen.FormKey)
	if errors.Is(err, access.ErrAlreadyDone) {
		return h.userRepeated(c, err, "The password was reset")
	}
	if err != nil {
		return h.refuseUser(c, err, screen)
	}
	ticket := views.PasswordTicket{Title: "Password reset", Consequence: "The password they had does not work any more, and they are signed out everywhere."}
	return h.showPasswordTicket(c, http.StatusOK, ticket, user, password)
}

// disableUser shuts a user out from the next request on.
func (h *console) disableUser(c echo.Context) error {
	user, err := h.svc.SetUserDisabled(c.Request().Context(), web.CallerOf(c), c.Param("user"), true)
	if err != nil {
		return h.refuseUser(c, err, views.ConfirmUser{Action: views.UserDisable})
	}
	return inUsers().changed(c, views.Notice{
		Title: "User disabled",
		Text:  user.Email + " is disabled: signed out everywhere, and refused until they are enabled again.",
		Focus: views.UserLink(user.ID),
	})
}

// enableUser lets a user in again. It breaks nothing, so it asks nothing.
func (h *console) enableUser(c echo.Context) error {
	user, err := h.svc.SetUserDisabled(c.Request().Context(), web.CallerOf(c), c.Param("user"), false)
	if problems, ok := problemsOf(err); ok {
		return inUsers().notice(c, web.StatusOf(err), views.Notice{Title: "Not enabled", Text: problems.Form})
	}
	if err != nil {
		return h.userGone(c, err)
	}
	return inUsers().changed(c, views.Notice{
		Title: "User enabled",
		Text:  user.Email + " is enabled and can sign in again.",
		Focus: views.UserLink(user.ID),
	})
}

// signOutEverywhere ends the sessions of a user; of oneself all but this one.
func (h *console) signOutEverywhere(c echo.Context) error {
	caller := web.CallerOf(c)
	user, err := h.svc.SignOutEverywhere(c.Request().Context(), caller, c.Param("user"), web.SessionHash(c))
	if err != nil {
		return h.refuseUser(c, err, views.ConfirmUser{Action: views.UserSignOut})
	}
	text := user.Email + " is signed out everywhere."
	if user.ID == caller.ID {
		text = "You are signed out everywhere but here."
	}
	return inUsers().changed(c, views.Notice{Title: "Signed out", Text: text, Focus: views.UserLink(user.ID)})
}

// deleteUser removes a user. Who signed in lately must be named: the server
// insists, whatever the form that was sent looked like.
func (h *console) deleteUser(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("user")
	impact, err := h.svc.UserImpact(ctx, caller, id)
	if err != nil {
		return h.userGone(c, err)
	}
	screen := views.ConfirmUser{Action: views.UserDelete, Typed: form.Get(views.FieldConfirmName)}
	if h.userInUse(impact) && strings.TrimSpace(screen.Typed) != impact.User.Email {
		err := access.Invalid(views.FieldConfirmName, "Type %s exactly as it is written, or choose Cancel.", impact.User.Email)
		return h.refuseUser(c, err, screen)
	}
	user, err := h.svc.DeleteUser(ctx, caller, id)
	if err != nil {
		return h.refuseUser(c, err, screen)
	}
	return inUsers().left(c, views.UserHref(id, ""), views.Notice{
		Title: "User deleted",
		Text:  user.Email + " was deleted, with " + views.Counted(impact.Rules, "access rule", "access rules") + ". The audit log keeps what they did.",
	})
}
