package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// accessCheck asks whether a subject may do something somewhere. The address is
// the question: what else the form sends is taken out of it.
func (h *console) accessCheck(c echo.Context) error {
	query := c.QueryParams()
	q := accessQuestion(query)
	finding := query.Get(views.FieldSubjectSearch) != "" || query.Get(views.FieldScopeSearch) != ""
	if address := q.Href(); !finding && address != c.Request().URL.RequestURI() && len(query) > 0 {
		return web.Redirect(c, address)
	}
	screen, err := h.accessForm(c, q, query)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !finding && len(query) > 0 {
		if status, err = h.answer(c, q, &screen); err != nil {
			return err
		}
	}
	return web.Render(c, status, views.AccessCheckPage(web.FrameBelow(c, "Can it?", web.NavAccessRules), screen))
}

// accessQuestion reads the question; a field that came twice, once from each of
// two controls, is the one that is not empty.
func accessQuestion(query url.Values) views.AccessCheckQuery {
	first := func(field string) string {
		for _, value := range query[field] {
			if value != "" {
				return value
			}
		}
		return ""
	}
	return views.AccessCheckQuery{
		Subject: first(views.FieldSubject), ScopeID: first(views.FieldScope),
		Resource: access.ResourceType(first(views.FieldResource)), Action: access.Action(first(views.FieldAction)),
	}
}

// accessForm is the form with what has been chosen so far.
func (h *console) accessForm(c echo.Context, q views.AccessCheckQuery, query url.Values) (views.AccessCheck, error) {
	screen := views.AccessCheck{Resource: q.Resource, Action: q.Action}
	var err error
	if screen.Subject, err = h.subjectPicker(c, "", q.Subject, query.Get(views.FieldSubjectSearch)); err != nil {
		return screen, err
	}
	screen.Subject.Label, screen.Subject.Hint = "Subject", "A user or an application."
	if screen.Scope, err = h.scopePicker(c, q.ScopeID); err != nil {
		return screen, err
	}
	screen.Scope.Label = "Scope"
	return screen, h.searchWithoutScripts(c, &screen.Scope, query.Get(views.FieldScopeSearch))
}

// answer completes the screen, and says with which status.
func (h *console) answer(c echo.Context, q views.AccessCheckQuery, screen *views.AccessCheck) (int, error) {
	kind, id := views.ParseSubjectValue(q.Subject)
	if id == "" {
		kind = access.SubjectUser // nobody is chosen, and that is what is said
	}
	answer, err := h.svc.CheckAccess(c.Request().Context(), web.CallerOf(c), access.NewCheck{
		SubjectType: kind, Subject: id, Action: q.Action, Resource: q.Resource, ScopeID: q.ScopeID,
	})
	if err == nil {
		screen.Answer = &answer
		return http.StatusOK, nil
	}
	if errors.Is(err, access.ErrNotFound) {
		screen.Problems = views.Problems{Form: "The subject or the scope does not exist, or not where you can see it. Choose again."}
		return http.StatusNotFound, nil
	}
	problems, ok := problemsOf(err)
	if !ok {
		return 0, err
	}
	for i, f := range problems.Fields { // one field is two in the form's words
		if f.Field == "subjectId" || f.Field == "subjectType" {
			problems.Fields[i].Field = views.FieldSubject
		}
	}
	screen.Problems = problems
	return http.StatusUnprocessableEntity, nil
}
