package handlers

import (
	"cmp"
	"net/http"
	"time"
	_ "time/tzdata" // the binary runs where no time zones are installed

	"github.com/labstack/echo/v4"

	"latchkey/views"
	"latchkey/web"
)

// The preferences that shape every page; the names are those of the form
// fields that set them.
const (
	preferenceTheme     = "theme"
	preferenceNav       = "nav"
	preferenceShortcuts = "shortcuts"
	preferenceDensity   = "density"
	preferenceTimes     = "times"
	preferenceTimezone  = "timezone"
)

// timesAbsolute is the value of preferenceTimes for exact times in lists.
const timesAbsolute = "absolute"

// preferenceNames are what setPreferences takes.
func preferenceNames() []string {
	return []string{preferenceTheme, preferenceNav, preferenceShortcuts, preferenceDensity, preferenceTimes, preferenceTimezone}
}

// preferencesForm is the page of what no single page has a place for.
func (h *console) preferencesForm(c echo.Context) error {
	stored := web.PreferencesOf(c)
	return h.showPreferences(c, http.StatusOK, views.PreferencesScreen{
		TimeZone:  stored[preferenceTimezone],
		Times:     stored[preferenceTimes],
		Density:   cmp.Or(stored[preferenceDensity], "default"),
		Theme:     cmp.Or(stored[preferenceTheme], "system"),
		Shortcuts: cmp.Or(stored[preferenceShortcuts], "on"),
		ReturnTo:  returnOr(c.QueryParam(views.FieldReturn), inAccount().Href),
	})
}

func (h *console) showPreferences(c echo.Context, status int, screen views.PreferencesScreen) error {
	return web.Render(c, status, views.PreferencesPage(frameInAccount(c, "Preferences"), screen))
}

// returnOr is the page that somebody came from, or usual if they do not say.
func returnOr(path, usual string) string {
	if path == "" {
		return usual
	}
	return web.SafeReturn(path)
}

// setPreferences keeps what the form sends, and goes back to the page. A
// script that has already applied the choice needs no answer.
func (h *console) setPreferences(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	if zone := form.Get(preferenceTimezone); !isTimeZone(zone) {
		return h.showPreferences(c, http.StatusUnprocessableEntity, views.PreferencesScreen{
			Problems:  views.About(views.FieldTimeZone, "There is no time zone of this name. Choose one of the list, or leave it empty for UTC."),
			TimeZone:  zone,
			Times:     form.Get(preferenceTimes),
			Density:   form.Get(preferenceDensity),
			Theme:     form.Get(preferenceTheme),
			Shortcuts: form.Get(preferenceShortcuts),
			ReturnTo:  web.SafeReturn(form.Get(views.FieldReturn)),
		})
	}
	for _, name := range preferenceNames() {
		if !form.Has(name) {
			continue
		}
		if err := h.svc.SetPreference(c.Request().Context(), web.CallerOf(c), name, form.Get(name)); err != nil {
			return err
		}
	}
	if web.IsFragment(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return backTo(c, form.Get(views.FieldReturn))
}

// isTimeZone takes the names of the IANA database, and nothing for UTC. Not
// "Local": that is the zone of the server.
func isTimeZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

// clock is what times are told by for this person.
func (h *console) clock(c echo.Context) views.Clock {
	clock := views.Clock{Now: h.cfg.Now(), Zone: time.UTC}
	if name := web.PreferencesOf(c)[preferenceTimezone]; name != "" {
		if zone, err := time.LoadLocation(name); err == nil {
			clock.Zone = zone
		}
	}
	return clock
}
