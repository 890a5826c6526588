package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// editApplication is the form with the description as it stands.
func (h *console) editApplication(c echo.Context) error {
	app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	return h.showEdit(c, http.StatusOK, views.EditApplication{
		Application: factsOf(app),
		Description: app.Description,
		Was:         app.Description,
		Version:     app.Version,
	})
}

// saveApplication saves the description, unless somebody else saved another
// one meanwhile (ux.md 45). A change of something else is no conflict.
func (h *console) saveApplication(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.EditApplication{Description: withoutCR(form.Get(views.FieldDescription)), Was: withoutCR(form.Get(views.FieldWas))}
	screen.Version, _ = strconv.ParseInt(form.Get(views.FieldVersion), 10, 64) // what is no version is none of ours
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("id")
	app, err := h.svc.Application(ctx, caller, id)
	if err != nil {
		return h.gone(c, err)
	}
	screen.Application = factsOf(app)
	if app.Description == screen.Was {
		screen.Version = app.Version
	}
	change := access.ApplicationChange{Description: &screen.Description, Version: max(screen.Version, 1)}
	app, err = h.svc.ChangeApplication(ctx, caller, id, change)
	if errors.Is(err, access.ErrStale) {
		return h.showConflict(c, err, screen)
	}
	if problems, ok := problemsOf(err); ok {
		screen.Problems = problems
		return h.showEdit(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return h.gone(c, err)
	}
	return h.changed(c, views.Notice{Title: "Application saved", Text: "The description of " + app.Name + " is saved.", Focus: views.NameLink(app.ID)})
}

// showConflict shows what is there now beside what was typed. Saving once more
// is about the version that is shown.
func (h *console) showConflict(c echo.Context, stale error, screen views.EditApplication) error {
	app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	screen.Version, screen.Was = app.Version, app.Description
	screen.Theirs = &views.TheirChange{By: whoWas(stale), Description: app.Description}
	if known := (*access.StaleError)(nil); errors.As(stale, &known) {
		screen.Theirs.At = known.At
	}
	return h.showEdit(c, http.StatusConflict, screen)
}

func (h *console) showEdit(c echo.Context, status int, screen views.EditApplication) error {
	screen.Clock = h.clock(c)
	return h.showDialog(c, status, "Edit "+screen.Application.Name, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.EditDialog(screen)
	})
}
