package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// editApplication is the form with everything as it stands, or as those without
// scripts had it when they looked for a place.
func (h *console) editApplication(c echo.Context) error {
	app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	screen := views.EditApplication{
		Description: app.Description, Was: app.Description,
		Place: app.ScopeID, WasPlace: app.ScopeID,
		Version: app.Version,
	}
	if typed := c.QueryParams(); typed.Has(views.FieldScopeSearch) {
		screen.Description = withoutCR(typed.Get(views.FieldDescription))
	}
	return h.showEdit(c, http.StatusOK, app, screen)
}

// saveApplication saves what the person changed, unless somebody else changed
// the same meanwhile (ux.md 45). A change of something else is no conflict.
func (h *console) saveApplication(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.EditApplication{
		Description: withoutCR(form.Get(views.FieldDescription)), Was: withoutCR(form.Get(views.FieldWas)),
		Place: form.Get(views.FieldScope), WasPlace: form.Get(views.FieldWasPlace),
	}
	screen.Version, _ = strconv.ParseInt(form.Get(views.FieldVersion), 10, 64) // what is no version is none of ours
	if screen.Place == "" {
		screen.Place = screen.WasPlace // no picker was drawn
	}
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("id")
	before, err := h.svc.Application(ctx, caller, id)
	if err != nil {
		return h.gone(c, err)
	}
	app, err := h.svc.ChangeApplication(ctx, caller, id, changeOf(screen, before))
	if errors.Is(err, access.ErrStale) {
		return h.showConflict(c, err, screen)
	}
	if problems, ok := problemsOf(err); ok {
		screen.Problems = problems
		return h.showEdit(c, web.StatusOf(err), before, screen)
	}
	if err != nil {
		return h.gone(c, err)
	}
	return h.saved(c, before, app)
}

// changeOf is what the person changed in the form. It is about the application
// as it is now, unless somebody else changed the same: then about the one that
// the form was drawn of, which is refused.
func changeOf(screen views.EditApplication, app access.Application) access.ApplicationChange {
	change := access.ApplicationChange{Version: app.Version}
	asDrawn := max(screen.Version, 1)
	if screen.Description != screen.Was {
		change.Description = &screen.Description
		if app.Description != screen.Was {
			change.Version = asDrawn
		}
	}
	if screen.Place != screen.WasPlace {
		change.ScopeID = &screen.Place
		if app.ScopeID != screen.WasPlace {
			change.Version = asDrawn
		}
	}
	return change
}

// saved says what became of it. Whoever hands an application over to others may
// not see it any more.
func (h *console) saved(c echo.Context, before, app access.Application) error {
	n := views.Notice{Title: "Application saved", Text: "The description of " + app.Name + " is saved.", Focus: views.NameLink(app.ID)}
	caller := web.CallerOf(c)
	if app.ScopeID != before.ScopeID {
		path, err := h.managedIn(c.Request().Context(), caller, app)
		if err != nil {
			return err
		}
		n.Text = fmt.Sprintf("%s is saved, and managed in %s from now on.", app.Name, path)
	}
	if !access.Decide(caller.Grants, access.Read, access.Applications, app.ScopePath).Allowed {
		return inApplications().left(c, views.ApplicationHref(app.ID, ""), n)
	}
	return h.changed(c, n)
}

// showConflict shows what is there now beside what was typed. Saving once more
// is about the version that is shown; what the person left as it was follows
// the other change.
func (h *console) showConflict(c echo.Context, stale error, screen views.EditApplication) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	app, err := h.svc.Application(ctx, caller, c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	screen.Theirs = &views.TheirChange{By: whoWas(stale), Description: app.Description}
	if known := (*access.StaleError)(nil); errors.As(stale, &known) {
		screen.Theirs.At = known.At
	}
	if app.ScopeID != screen.WasPlace {
		if screen.Theirs.ManagedIn, err = h.managedIn(ctx, caller, app); err != nil {
			return err
		}
	}
	if screen.Description == screen.Was {
		screen.Description = app.Description
	}
	if screen.Place == screen.WasPlace {
		screen.Place = app.ScopeID
	}
	screen.Version, screen.Was, screen.WasPlace = app.Version, app.Description, app.ScopeID
	return h.showEdit(c, http.StatusConflict, app, screen)
}

func (h *console) showEdit(c echo.Context, status int, app access.Application, screen views.EditApplication) error {
	screen.Application, screen.Clock = factsOf(app), h.clock(c)
	if err := h.offerOtherPlaces(c, app, &screen); err != nil {
		return err
	}
	return h.showDialog(c, status, "Edit "+app.Name, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.EditDialog(screen)
	})
}

// offerOtherPlaces lets people manage the application somewhere else, if they
// may take it away from here and there is another place for it.
func (h *console) offerOtherPlaces(c echo.Context, app access.Application, screen *views.EditApplication) error {
	caller := web.CallerOf(c)
	for _, a := range []access.Action{access.Update, access.Delete} {
		if !access.Decide(caller.Grants, a, access.Applications, app.ScopePath).Allowed {
			return nil
		}
	}
	reach := access.Reach(caller.Grants, access.Create, access.Applications)
	if len(reach) == 0 {
		return nil
	}
	only, err := h.onlyPlace(c, reach)
	if err != nil || only == app.ScopeID {
		return err
	}
	if screen.ManagedIn, err = h.managedIn(c.Request().Context(), caller, app); err != nil {
		return err
	}
	screen.Picker, err = h.placePicker(c, screen.Place)
	return err
}
