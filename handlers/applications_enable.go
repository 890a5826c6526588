package handlers

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/views"
	"latchkey/web"
)

// confirmDisable asks before an application is refused.
func (h *console) confirmDisable(c echo.Context) error {
	return h.showDisable(c, http.StatusOK, views.Problems{})
}

// disableApplication refuses its key and its tokens from the next request on.
func (h *console) disableApplication(c echo.Context) error {
	app, err := h.svc.SetApplicationEnabled(c.Request().Context(), web.CallerOf(c), c.Param("id"), false)
	if problems, ok := problemsOf(err); ok {
		return h.showDisable(c, web.StatusOf(err), problems)
	}
	if err != nil {
		return h.gone(c, err)
	}
	return h.changed(c, views.Notice{
		Title: "Application disabled",
		Text:  app.Name + " is disabled: its key and its tokens are refused until it is enabled again.",
		Focus: views.NameLink(app.ID),
	})
}

// enableApplication lets the same key work again. It breaks nothing, so it
// asks nothing.
func (h *console) enableApplication(c echo.Context) error {
	app, err := h.svc.SetApplicationEnabled(c.Request().Context(), web.CallerOf(c), c.Param("id"), true)
	if problems, ok := problemsOf(err); ok {
		return h.showNotice(c, web.StatusOf(err), views.Notice{Title: "Not enabled", Text: problems.Form})
	}
	if err != nil {
		return h.gone(c, err)
	}
	return h.changed(c, views.Notice{
		Title: "Application enabled",
		Text:  app.Name + " is enabled: its key works again.",
		Focus: views.NameLink(app.ID),
	})
}

func (h *console) showDisable(c echo.Context, status int, problems views.Problems) error {
	impact, err := h.svc.ApplicationImpact(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	screen := views.ConfirmDisable{
		Problems:    problems,
		Application: factsOf(impact.Application),
		Impact:      h.impactOf(c, impact),
	}
	return h.showDialog(c, status, "Disable "+screen.Application.Name, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.DisableDialog(screen)
	})
}
