package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// How many of each kind the palette shows: together they fit a screen.
const (
	applicationsFound = 7
	usersFound        = 4
	scopesFound       = 4
	rolesFound        = 3
)

// palette finds anything by a part of its name: screens, applications, users,
// scopes, roles. Nothing typed finds where one can go and what one can do.
func (h *console) palette(c echo.Context) error {
	frame := web.Frame(c, "Find anything", "")
	query := strings.TrimSpace(c.QueryParam("q"))
	groups, err := h.find(c, frame, query)
	if err != nil {
		return badList(err)
	}
	screen := views.PaletteScreen{
		Query: query, Groups: groups,
		KeyForgotten: c.QueryParam(views.ParamKeyForgotten) == "true", Back: web.SafeReturn(c.QueryParam(views.ParamBack)),
	}
	return web.RenderEither(c, http.StatusOK, views.PalettePage(frame, screen), screen.Results())
}

// whoseKey tells whom a secret key belongs to that somebody found where it
// should not be. The key comes in the body and goes nowhere else.
func (h *console) whoseKey(c echo.Context) error {
	web.NoStore(c)
	form, err := postForm(c)
	if err != nil {
		return err
	}
	answer := views.KeyAnswer{Clock: h.clock(c)}
	owner, err := h.svc.WhoseKey(c.Request().Context(), web.CallerOf(c), form.Get(views.FieldKey))
	if text, bad := sentence(err); bad {
		answer.Problem = text
	} else if err == nil {
		answer.Owner = &owner
	} else if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	frame := web.Frame(c, "Whose key is this?", "")
	frame.Breadcrumb = []ui.Crumb{{Label: "Find anything", Href: views.PalettePath}}
	return web.RenderEither(c, http.StatusOK, views.KeyPage(frame, answer), views.KeyCard(answer))
}

func (h *console) find(c echo.Context, frame ui.FrameProps, query string) ([]ui.FindGroup, error) {
	groups := []ui.FindGroup{
		{Label: "Go to", Finds: views.FindScreens(frame, query)},
		{Label: "Do", Finds: views.FindActions(query)},
	}
	if query != "" {
		for _, kind := range []struct {
			label string
			find  func(echo.Context, string) ([]ui.Find, error)
		}{
			{"Applications", h.findApplications}, {"Users", h.findUsers}, {"Scopes", h.findScopes}, {"Roles", h.findRoles},
		} {
			finds, err := kind.find(c, query)
			if err != nil {
				return nil, err
			}
			groups = append(groups, ui.FindGroup{Label: kind.label, Finds: finds})
		}
	}
	return withoutEmpty(groups), nil
}

func withoutEmpty(groups []ui.FindGroup) []ui.FindGroup {
	var filled []ui.FindGroup
	for _, group := range groups {
		if len(group.Finds) > 0 {
			filled = append(filled, group)
		}
	}
	return filled
}

// findApplications ends with a way to all that match, where there may be more.
func (h *console) findApplications(c echo.Context, query string) ([]ui.Find, error) {
	found, err := h.svc.FindApplications(c.Request().Context(), web.CallerOf(c), query, applicationsFound)
	if err != nil {
		return nil, err
	}
	var finds []ui.Find
	for _, app := range found {
		finds = append(finds, views.FindApplication(app, h.cfg.Now()))
	}
	if len(found) == applicationsFound {
		finds = append(finds, views.FindInTable(query))
	}
	return finds, nil
}

func (h *console) findUsers(c echo.Context, query string) ([]ui.Find, error) {
	found, err := h.svc.SearchSubjects(c.Request().Context(), web.CallerOf(c), access.SubjectUser, query)
	var finds []ui.Find
	for _, user := range first(found, usersFound) {
		finds = append(finds, views.FindUser(user))
	}
	return finds, err
}

func (h *console) findScopes(c echo.Context, query string) ([]ui.Find, error) {
	found, err := h.svc.SearchScopes(c.Request().Context(), web.CallerOf(c), query, "")
	var finds []ui.Find
	for _, scope := range first(found, scopesFound) {
		finds = append(finds, views.FindScope(scope))
	}
	return finds, err
}

func (h *console) findRoles(c echo.Context, query string) ([]ui.Find, error) {
	if len(access.Reach(web.CallerOf(c).Grants, access.Read, access.Roles)) == 0 {
		return nil, nil
	}
	var finds []ui.Find
	for _, role := range access.PredefinedRoles() {
		if len(finds) < rolesFound && views.Matches(query, role.Name) {
			finds = append(finds, views.FindRole(role))
		}
	}
	return finds, nil
}

func first[T any](all []T, n int) []T { return all[:min(n, len(all))] }
