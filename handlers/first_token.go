package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// firstToken is the live tick beside the snippet: the page asks every second
// and a half until the application has traded its key for a token. Asking does
// not count as activity of the person (security.md 29).
func (h *console) firstToken(c echo.Context) error {
	app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.FirstTokenTick(firstTokenOf(app)))
}

func firstTokenOf(app access.Application) views.FirstToken {
	return views.FirstToken{ApplicationID: app.ID, Received: !app.Key.LastUsed.IsZero()}
}
