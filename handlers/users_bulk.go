package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// selectedUsers is where the action bar leads. What is done to one user has a
// dialog of its own; the rest asks about all at once.
func (h *console) selectedUsers(c echo.Context) error {
	ids, err := h.selectedUserIDs(c)
	if problems, ok := problemsOf(err); ok {
		return inUsers().notice(c, web.StatusOf(err), views.Notice{Title: "Nothing was done", Text: sentenceOf(problems), Changed: true})
	}
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return inUsers().notice(c, http.StatusBadRequest, views.Notice{Title: "Nothing is selected", Text: "Tick at least one row of the table, then choose what to do with it."})
	}
	what := c.Param("action")
	switch what {
	case "rules", string(views.UserResetPassword), string(views.UserSignOut):
		if len(ids) != 1 {
			return inUsers().notice(c, http.StatusBadRequest, views.Notice{Title: "Select one user", Text: "This is done to one user at a time. Tick one row, then choose it again."})
		}
		return c.Redirect(http.StatusSeeOther, views.UserHref(ids[0], what))
	case string(access.BulkDisable), string(access.BulkDelete):
		if len(ids) == 1 {
			return c.Redirect(http.StatusSeeOther, views.UserHref(ids[0], what))
		}
	case string(access.BulkEnable):
	default:
		return access.ErrNotFound
	}
	return h.confirmBulkUsers(c, access.BulkAction(what), ids)
}

// selectedUserIDs are the ids of the selected rows, or of all that match. The
// form that confirms names each: what a person agrees to is what they were
// shown.
func (h *console) selectedUserIDs(c echo.Context) ([]string, error) {
	values := c.QueryParams()
	if c.Request().Method == http.MethodPost {
		var err error
		if values, err = postForm(c); err != nil {
			return nil, err
		}
		values.Del(views.FieldAll)
	}
	chosen, err := selectedFrom(values, access.UserSchema)
	if err != nil || chosen.all == nil {
		return chosen.ids, err
	}
	return h.svc.SelectedUsers(c.Request().Context(), web.CallerOf(c), *chosen.all, chosen.expected)
}

// confirmBulkUsers asks, and says what ends.
func (h *console) confirmBulkUsers(c echo.Context, action access.BulkAction, ids []string) error {
	screen := views.BulkConfirm{Of: views.BulkUsers, Action: action, Selection: selected{ids: ids}.fields()}
	for _, id := range ids {
		user, err := h.svc.User(c.Request().Context(), web.CallerOf(c), id)
		if errors.Is(err, access.ErrNotFound) {
			continue // the report will say so, if it is still asked for
		}
		if err != nil {
			return err
		}
		screen.Number++
		screen.Names = append(screen.Names, user.Email)
		if user.LastLogin.After(h.cfg.Now().Add(-inUseWithin)) {
			screen.InUse++
		}
		if user.Disabled != (action == access.BulkEnable) && action != access.BulkDelete {
			screen.Unchanged++
		}
	}
	if screen.Number == 0 {
		return inUsers().notice(c, http.StatusNotFound, views.Notice{Title: "Nothing is left to " + string(action), Text: "None of the selected users is there any more. Nothing was changed.", Changed: true})
	}
	slices.Sort(screen.Names)
	screen.Names = screen.Names[:min(len(screen.Names), namesShown)]
	return inUsers().show(c, http.StatusOK, views.BulkUsers.Title(action, screen.Number), func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.BulkConfirmDialog(screen)
	})
}

// bulkUsers does it, and reports what was left as it was.
func (h *console) bulkUsers(c echo.Context) error {
	ids, err := h.selectedUserIDs(c)
	if err != nil {
		return err
	}
	action := access.BulkAction(c.Param("action"))
	if !slices.Contains([]access.BulkAction{access.BulkEnable, access.BulkDisable, access.BulkDelete}, action) {
		return access.ErrNotFound
	}
	outcomes, err := h.svc.BulkUsers(c.Request().Context(), web.CallerOf(c), action, ids)
	if problems, ok := problemsOf(err); ok {
		return inUsers().notice(c, web.StatusOf(err), views.Notice{Title: "Nothing was done", Text: sentenceOf(problems)})
	}
	if err != nil {
		return err
	}
	report := views.BulkReport{Of: views.BulkUsers, Action: action}
	for _, o := range outcomes {
		if o.Err != nil {
			report.Failed++
			report.Failures = append(report.Failures, views.BulkFailure{Name: cmp.Or(o.Name, o.Input), Reason: reasonOf(o.Err)})
		} else {
			report.Succeeded++
		}
	}
	done := views.BulkUsers.Done(action, report.Succeeded)
	if len(report.Failures) == 0 {
		return inUsers().changed(c, views.Notice{Title: done, Text: done + ".", Changed: true})
	}
	return inUsers().show(c, http.StatusOK, done, func(inPage bool) templ.Component {
		report.InPage = inPage
		return views.BulkReportDialog(report)
	})
}
