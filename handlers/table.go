package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// table is one table of the console with rows of one type: where they come
// from and how they are drawn. What every table does alike is written once, in
// its methods: filter, search, sort, columns, count and download.
type table[Row any] struct {
	console *console
	kind    *views.TableKind
	nav     string // the item of the navigation that it belongs to

	list func(context.Context, access.Caller, access.List) (access.Page[Row], error)
	// count stops at access.CountCap, countAll does not.
	count    func(context.Context, access.Caller, access.List) (access.Count, error)
	countAll func(context.Context, access.Caller, access.List) (int, error)
	// export streams every match, and records that.
	export func(context.Context, access.Caller, access.List, func(Row) error) error
	// screen is the table with its rows.
	screen func(access.Caller, views.TableScreen, []Row) views.Screen
	// cell is a column as machines read it: times in UTC, nothing for never.
	cell func(row Row, column string, clock views.Clock) string
}

// page is the table, its bin if it has one, and every state of both: the
// address is the whole state, and a fragment has the same one as its page.
func (t *table[Row]) page(c echo.Context) error {
	query := c.QueryParams()
	list, err := t.parse(c)
	if err != nil {
		return err
	}
	problem := ""
	if draft, ok := draftFrom(query, t.kind); ok {
		filtered, err := draft.addTo(list, t.kind.Schema, t.console.clock(c).Zone)
		if err == nil {
			return t.showFiltered(c, filtered)
		}
		if problem, ok = sentence(err); !ok {
			return err
		}
		web.PushURL(c, t.kind.Href(list))
	}
	return t.show(c, list, problem)
}

// parse reads the state of the table from the address. Only what has a bin can
// be asked for what is in it.
func (t *table[Row]) parse(c echo.Context) (access.List, error) {
	list, err := access.ParseList(c.QueryParams(), t.kind.Schema)
	if err != nil {
		return list, badList(err)
	}
	if t.kind.Bin == nil {
		list.Deleted = false
	}
	return list, nil
}

// showFiltered answers the form that adds a filter: the address bar gets the
// table's own address, never the form's.
func (t *table[Row]) showFiltered(c echo.Context, list access.List) error {
	address := t.kind.Href(list)
	if !web.IsFragment(c) {
		return web.Redirect(c, address)
	}
	web.PushURL(c, address)
	return t.show(c, list, "")
}

func (t *table[Row]) show(c echo.Context, list access.List, problem string) error {
	screen, err := t.draw(c, list, problem)
	if errors.Is(err, access.ErrForbidden) {
		return t.mayNotSee(c, err)
	}
	if errors.Is(err, access.ErrInvalid) { // a cursor that the store cannot read
		return badList(err)
	}
	if err != nil {
		return err
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return web.RenderEither(c, status, views.TablePage(web.Frame(c, screen.Title(), t.nav), screen), views.TableFragment(screen))
}

// draw asks for everything that the table shows.
func (t *table[Row]) draw(c echo.Context, list access.List, problem string) (views.Screen, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	page, err := t.list(ctx, caller, list)
	if err != nil {
		return nil, err
	}
	count, err := t.count(ctx, caller, list)
	if err != nil {
		return nil, err
	}
	places, err := t.console.placesOf(c, t.kind, list)
	if err != nil {
		return nil, err
	}
	preferences := web.PreferencesOf(c)
	return t.screen(caller, views.TableScreen{
		Kind:          t.kind,
		List:          list,
		Count:         count,
		Length:        len(page.Rows),
		Next:          page.Next,
		Previous:      page.Previous,
		Columns:       columnsOf(t.kind, preferences),
		Clock:         t.console.clock(c),
		PublicURL:     t.console.cfg.PublicURL,
		Density:       ui.Density(preferences[preferenceDensity]),
		AbsoluteTimes: preferences[preferenceTimes] == timesAbsolute,
		Jobs:          t.console.unseenBulk(caller),
		Problem:       problem,
		Places:        places,
	}, page.Rows), nil
}

// placesOf are the paths of the nodes that the filters name by their ids, as
// far as the person can see them.
func (h *console) placesOf(c echo.Context, kind *views.TableKind, list access.List) (map[string]string, error) {
	places := map[string]string{}
	for _, f := range list.Filters {
		if !slices.Contains(kind.Places, f.Field) {
			continue
		}
		scope, err := h.svc.Scope(c.Request().Context(), web.CallerOf(c), f.Value)
		switch {
		case err == nil:
			places[f.Value] = scope.NamePath()
		case !errors.Is(err, access.ErrNotFound):
			return nil, err
		}
	}
	return places, nil
}

// total is the exact number of what matches, for lists that are too long to be
// counted on the way.
func (t *table[Row]) total(c echo.Context) error {
	list, err := t.parse(c)
	if err != nil {
		return err
	}
	n, err := t.countAll(c.Request().Context(), web.CallerOf(c), list)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.TableCount(t.kind, n))
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

func (t *table[Row]) mayNotSee(c echo.Context, err error) error {
	why := "A permission is missing."
	if missing := (*access.PermissionError)(nil); errors.As(err, &missing) {
		why = missing.Error()
	}
	web.ToldRefusal(c, err)
	page := views.TableForbidden(web.Frame(c, t.kind.Heading, t.nav), t.kind, why, web.Reference(c))
	return web.RenderEither(c, http.StatusForbidden, page, views.TableForbiddenFragment(t.kind, why, web.Reference(c)))
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
