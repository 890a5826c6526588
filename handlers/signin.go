package handlers

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// signInForm asks who is there, and before the first administrator exists it
// says how to become one.
func (h *console) signInForm(c echo.Context) error {
	next := web.SafeReturn(c.QueryParam(views.FieldNext))
	if web.UserOf(c).ID != "" {
		return web.Redirect(c, next)
	}
	needsSetup, err := h.svc.NeedsSetup(c.Request().Context())
	if err != nil {
		return err
	}
	return h.showSignIn(c, http.StatusOK, views.SignIn{Next: next, NeedsSetup: needsSetup})
}

// signIn checks e-mail and password. Whatever was wrong, the answer is one and
// the same; only the wait of a throttled attempt is told.
func (h *console) signIn(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.SignIn{
		Email: form.Get(views.FieldEmail),
		Next:  web.SafeReturn(form.Get(views.FieldNext)),
	}
	user, err := h.svc.SignIn(c.Request().Context(), web.CallerOf(c).Origin, screen.Email, form.Get(views.FieldPassword))
	var throttled *access.ThrottledError
	switch {
	case err == nil:
		return h.enter(c, user, screen.Next)
	case errors.As(err, &throttled):
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(throttled.RetryAfter)))
		screen.Problem = "Too many attempts. Wait " + waitWords(throttled.RetryAfter) + ", then try again."
	case errors.Is(err, access.ErrUnauthenticated):
		screen.Problem = "E-mail address and password do not go together. Check both and try again."
	default:
		return err
	}
	return h.showSignIn(c, web.StatusOf(err), screen)
}

// enter starts the session of somebody who has proved who they are. A second
// factor will be asked for here, between the proof and the session.
func (h *console) enter(c echo.Context, user access.User, next string) error {
	if err := web.StartSession(c, user); err != nil {
		return err
	}
	if isOverlay(c) {
		return web.Render(c, http.StatusOK, views.SignedInAgain())
	}
	return web.Redirect(c, next)
}

// isOverlay reports whether somebody signs in again over a page whose session
// has ended: what they typed there must stay.
func isOverlay(c echo.Context) bool {
	return web.IsFragment(c) && web.Target(c) == views.SignInAgainTarget
}

// signOut ends the session here and in the database.
func (h *console) signOut(c echo.Context) error {
	if err := h.svc.SignedOut(c.Request().Context(), web.CallerOf(c)); err != nil {
		return err
	}
	if err := web.EndSession(c); err != nil {
		return err
	}
	return web.Redirect(c, "/sign-in")
}

func (h *console) showSignIn(c echo.Context, status int, screen views.SignIn) error {
	web.NoStore(c)
	if isOverlay(c) {
		return web.Render(c, status, views.SignInAgain(screen))
	}
	return web.Render(c, status, views.SignInPage(web.Frame(c, "Sign in", ""), screen))
}

// seconds rounds up: a client that waits as long as it is told must not come
// too early.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// waitWords says how long to wait, never shorter than it is.
func waitWords(d time.Duration) string {
	switch s := seconds(d); {
	case s <= 1:
		return "a second"
	case s < 90:
		return strconv.Itoa(s) + " seconds"
	default:
		return strconv.Itoa(int(math.Ceil(d.Minutes()))) + " minutes"
	}
}
