package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// users is the Users table.
func (h *console) users() *table[access.UserRow] {
	return &table[access.UserRow]{
		console:  h,
		kind:     views.UsersTable,
		nav:      web.NavUsers,
		list:     h.svc.ListUsers,
		count:    h.svc.CountUsersOnScreen,
		countAll: h.svc.CountUsers,
		export:   h.svc.ExportUsers,
		screen: func(caller access.Caller, s views.TableScreen, rows []access.UserRow) views.Screen {
			return views.UsersScreen{TableScreen: s, Rows: rows, Self: caller.ID, May: userRights(caller)}
		},
		cell: userCell,
	}
}

// userRights are asked of the tenant, which users belong to.
func userRights(caller access.Caller) views.UserRights {
	may := func(a access.Action) bool {
		return access.Decide(caller.Grants, a, access.Users, access.TenantPath).Allowed
	}
	return views.UserRights{Create: may(access.Create), Update: may(access.Update), Delete: may(access.Delete)}
}

// userCell is a column of the file.
func userCell(row access.UserRow, column string, _ views.Clock) string {
	switch column {
	case "username":
		return row.Email
	case "type":
		return views.LocalUser
	case "status":
		return string(row.Status())
	case "lastLogin":
		return wireTime(row.LastLogin)
	case "accessRules":
		return ruleNames(row.Rules, row.RuleCount)
	case "createdBy":
		return row.CreatedBy
	case "creationTime":
		return wireTime(row.CreatedAt)
	case "lastUpdated":
		return wireTime(row.UpdatedAt)
	default:
		return ""
	}
}

// inUsers is the page that dialogs about users stand on.
func inUsers() place { return place{Place: views.InUsers(), nav: web.NavUsers} }

// userRules is the dialog "Access rules" of users.
func (h *console) userRules() *rulesDialog {
	return &rulesDialog{
		console: h,
		nav:     web.NavUsers,
		rules:   h.svc.UserRules,
		gone:    h.userGone,
		find: func(c echo.Context) (access.Subject, views.RuleSubject, error) {
			user, err := h.svc.User(c.Request().Context(), web.CallerOf(c), c.Param("user"))
			at := views.InUsers()
			at.Focus = views.UserLink(user.ID)
			return access.Subject{Type: access.SubjectUser, ID: user.ID, Name: user.Email},
				views.RuleSubject{Name: user.Email, Person: true, Href: views.UserHref(user.ID, "rules"), Page: views.UserHref(user.ID, ""), Place: at},
				err
		},
	}
}

// userGone answers a request about a user who is not there: most often somebody
// else deleted them while the dialog was open.
func (h *console) userGone(c echo.Context, err error) error {
	if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	return inUsers().notice(c, http.StatusNotFound, views.Notice{
		Title:   "This user is gone",
		Text:    "There is no such user, or not for you to see. Somebody may have deleted them a moment ago; the audit log says who.",
		Changed: true,
	})
}
