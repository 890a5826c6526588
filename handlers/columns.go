package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// preferenceColumns is the preference that holds which columns of the
// Applications table a person sees, and in which order.
const preferenceColumns = "applications.columns"

// columnsOf are the columns that the person sees.
func columnsOf(p access.Preferences) []string { return parseColumns(p[preferenceColumns]) }

// parseColumns reads the preference. What it does not know it drops, so that
// no stored text, and no column that a later version takes away, can break the
// table.
func parseColumns(stored string) []string {
	if stored == "" {
		return views.DefaultApplicationColumns()
	}
	return chooseColumns(strings.Split(stored, ","), "")
}

// chooseColumns are the columns that the form of the column chooser asks for:
// those ticked, in order, and one more step if an arrow was pressed, such as
// "lastLogin:up". The name stays, and stays first.
func chooseColumns(ticked []string, move string) []string {
	columns := []string{views.NameColumn}
	known := views.ApplicationColumns()
	for _, key := range ticked {
		if slices.Contains(known, key) && !slices.Contains(columns, key) {
			columns = append(columns, key)
		}
	}
	key, direction, _ := strings.Cut(move, ":")
	i := slices.Index(columns, key)
	switch {
	case i > 1 && direction == "up": // never above the name
		columns[i-1], columns[i] = columns[i], columns[i-1]
	case i > 0 && i < len(columns)-1 && direction == "down":
		columns[i+1], columns[i] = columns[i], columns[i+1]
	}
	return columns
}

// saveColumns keeps the choice for this person, in every browser.
func (h *console) saveColumns(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	columns := chooseColumns(form["column"], form.Get("move"))
	err = h.svc.SetPreference(c.Request().Context(), web.CallerOf(c), preferenceColumns, strings.Join(columns, ","))
	if err != nil {
		return err
	}
	return backTo(c, form.Get(views.FieldReturn))
}

// backTo ends a small form with the page it stood on. Not web.Redirect: a
// fragment's request follows a plain 303 by itself, and gets the fragment.
func backTo(c echo.Context, path string) error {
	return c.Redirect(http.StatusSeeOther, web.SafeReturn(path))
}
