package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// user is the page of one user.
func (h *console) user(c echo.Context) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	impact, err := h.svc.UserImpact(ctx, caller, c.Param("user"))
	if err != nil {
		return h.userGone(c, err)
	}
	rules, err := h.userRules().screen(c)
	if err != nil {
		return h.userGone(c, err)
	}
	screen := views.UserPage{User: impact.User, Facts: h.userFacts(c, impact), Rules: rules, Self: impact.User.ID == caller.ID, May: userRights(caller)}
	if screen.Activity, err = h.activityOf(c, impact.User.ID, impact.User.Email); err != nil {
		return err
	}
	return web.RenderEither(c, http.StatusOK, screen.Page(web.FrameBelow(c, screen.Title(), web.NavUsers)), screen.Fragment())
}

func (h *console) userFacts(c echo.Context, impact access.UserImpact) views.UserFacts {
	return views.UserFacts{
		ID: impact.User.ID, Email: impact.User.Email, Disabled: impact.User.Disabled, Clock: h.clock(c), LastLogin: impact.User.LastLogin,
		Sessions: impact.Sessions, Rules: impact.Rules, AccessKeys: impact.AccessKeys,
	}
}
