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

// preferenceColumns is the preference that holds which columns of a table a
// person sees, and in which order.
func preferenceColumns(kind *views.TableKind) string { return kind.Name + ".columns" }

// columnsOf are the columns that the person sees. What the preference says
// that the table does not know is dropped, so that no stored text, and no
// column that a later version takes away, can break the table.
func columnsOf(kind *views.TableKind, p access.Preferences) []string {
	stored := p[preferenceColumns(kind)]
	if stored == "" {
		return kind.DefaultColumns()
	}
	return chooseColumns(kind, strings.Split(stored, ","), "")
}

// chooseColumns are the columns that the form of the column chooser asks for:
// those ticked, in order, and one more step if an arrow was pressed, such as
// "lastLogin:up". The name stays, and stays first.
func chooseColumns(kind *views.TableKind, ticked []string, move string) []string {
	columns := []string{kind.NameColumn()}
	for _, key := range ticked {
		if slices.Contains(kind.Columns, key) && !slices.Contains(columns, key) {
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
func (t *table[Row]) saveColumns(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	columns := chooseColumns(t.kind, form["column"], form.Get("move"))
	err = t.console.svc.SetPreference(c.Request().Context(), web.CallerOf(c), preferenceColumns(t.kind), strings.Join(columns, ","))
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
