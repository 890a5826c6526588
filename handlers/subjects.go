package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// subjects answers a search for users and applications by name.
func (h *console) subjects(c echo.Context) error {
	kind := access.SubjectType(c.QueryParam(views.ParamSubjectKind))
	found, err := h.svc.SearchSubjects(c.Request().Context(), web.CallerOf(c), kind, c.QueryParam("q"))
	if err != nil {
		return badList(err)
	}
	return web.Render(c, http.StatusOK, views.SubjectResults(found))
}

// subjectPicker offers the subjects of a kind, or of both kinds, that this
// person may read, with the chosen one if it is one of them; chosen is a
// views.SubjectValue, and search what a page without scripts looks for.
func (h *console) subjectPicker(c echo.Context, kind access.SubjectType, chosen, search string) (views.SubjectPicker, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	picker := views.SubjectPicker{Label: "Subject", Kind: kind, Search: strings.TrimSpace(search)}
	var err error
	if picker.Results, err = h.svc.SearchSubjects(ctx, caller, kind, picker.Search); err != nil {
		return picker, badList(err)
	}
	chosenKind, id := views.ParseSubjectValue(chosen)
	if id == "" {
		return picker, nil
	}
	subject, err := h.svc.Subject(ctx, caller, chosenKind, id)
	switch {
	case err == nil:
		picker.Chosen = &subject
	case !errors.Is(err, access.ErrNotFound):
		return picker, err
	}
	return picker, nil
}
