package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// home leads to the Applications table: it is what this console is for.
func (h *console) home(c echo.Context) error { return web.Redirect(c, home) }

// applications is the table, its bin, and every state of both: the address is
// the whole state, and a fragment has the same one as its page.
func (h *console) applications(c echo.Context) error {
	query := c.QueryParams()
	list, err := access.ParseList(query, access.ApplicationSchema)
	if err != nil {
		return badList(err)
	}
	problem := ""
	if draft, ok := draftFrom(query); ok {
		filtered, err := draft.addTo(list, access.ApplicationSchema, h.clock(c).Zone)
		if err == nil {
			return h.showFiltered(c, filtered)
		}
		if problem, ok = sentence(err); !ok {
			return err
		}
		web.PushURL(c, views.ApplicationsHref(list))
	}
	return h.showApplications(c, list, problem)
}

// showFiltered answers the form that adds a filter: the address bar gets the
// table's own address, never the form's.
func (h *console) showFiltered(c echo.Context, list access.List) error {
	address := views.ApplicationsHref(list)
	if !web.IsFragment(c) {
		return web.Redirect(c, address)
	}
	web.PushURL(c, address)
	return h.showApplications(c, list, "")
}

func (h *console) showApplications(c echo.Context, list access.List, problem string) error {
	screen, err := h.applicationsScreen(c, list)
	if errors.Is(err, access.ErrForbidden) {
		return h.mayNotSeeApplications(c, err)
	}
	if errors.Is(err, access.ErrInvalid) { // a cursor that the store cannot read
		return badList(err)
	}
	if err != nil {
		return err
	}
	screen.Problem = problem
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	page := views.ApplicationsPage(web.Frame(c, screen.Title(), navApplications), screen)
	return web.RenderEither(c, status, page, views.ApplicationsFragment(screen))
}

// applicationsScreen asks for everything that the table shows.
func (h *console) applicationsScreen(c echo.Context, list access.List) (views.ApplicationsScreen, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	page, err := h.svc.ListApplications(ctx, caller, list)
	if err != nil {
		return views.ApplicationsScreen{}, err
	}
	count, err := h.svc.CountApplications(ctx, caller, list)
	if err != nil {
		return views.ApplicationsScreen{}, err
	}
	preferences := web.PreferencesOf(c)
	return views.ApplicationsScreen{
		List:          list,
		Page:          page,
		Count:         count,
		Columns:       columnsOf(preferences),
		Clock:         h.clock(c),
		CanCreate:     len(access.Reach(caller.Grants, access.Create, access.Applications)) > 0,
		PublicURL:     h.cfg.PublicURL,
		Density:       ui.Density(preferences[preferenceDensity]),
		AbsoluteTimes: preferences[preferenceTimes] == timesAbsolute,
	}, nil
}

// applicationsCount is the exact number of what matches, for lists that are too
// long to be counted on the way.
func (h *console) applicationsCount(c echo.Context) error {
	list, err := access.ParseList(c.QueryParams(), access.ApplicationSchema)
	if err != nil {
		return badList(err)
	}
	n, err := h.svc.CountAllApplications(c.Request().Context(), web.CallerOf(c), list)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.ApplicationsCount(n))
}

// badList refuses an address that asks for what the table does not have, such
// as a column that nobody knows: the page says which part that is.
func badList(err error) error {
	message, ok := sentence(err)
	if !ok {
		return err
	}
	return &web.Problem{Status: http.StatusBadRequest, Message: message, Cause: err}
}

func (h *console) mayNotSeeApplications(c echo.Context, err error) error {
	why := "A permission is missing."
	if missing := (*access.PermissionError)(nil); errors.As(err, &missing) {
		why = missing.Error()
	}
	page := views.ApplicationsForbidden(web.Frame(c, "Applications", navApplications), why)
	return web.RenderEither(c, http.StatusForbidden, page, views.ApplicationsForbiddenFragment(why))
}

// sentence is what a person may read of an error in what they asked for.
func sentence(err error) (string, bool) {
	var invalid *access.InvalidError
	if !errors.As(err, &invalid) {
		return "", false
	}
	text := ""
	for i, f := range invalid.Fields {
		if i > 0 {
			text += " "
		}
		text += f.Message
	}
	return text, true
}

// listFrom reads the state of the table from a form, where it travels hidden.
func listFrom(values url.Values) (access.List, error) {
	list, err := access.ParseList(values, access.ApplicationSchema)
	return list.FirstPage(), err
}
