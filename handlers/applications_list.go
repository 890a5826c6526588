package handlers

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// home leads to the Applications table: it is what this console is for.
func (h *console) home(c echo.Context) error { return web.Redirect(c, home) }

// applications is the Applications table and its bin.
func (h *console) applications() *table[access.ApplicationRow] {
	return &table[access.ApplicationRow]{
		console:  h,
		kind:     views.ApplicationsTable,
		nav:      web.NavApplications,
		list:     h.svc.ListApplications,
		count:    h.svc.CountApplications,
		countAll: h.svc.CountAllApplications,
		export:   h.svc.ExportApplications,
		screen: func(caller access.Caller, s views.TableScreen, rows []access.ApplicationRow) views.Screen {
			canCreate := len(access.Reach(caller.Grants, access.Create, access.Applications)) > 0
			return views.ApplicationsScreen{TableScreen: s, Rows: rows, CanCreate: canCreate}
		},
		cell: applicationCell,
	}
}

// applicationCell is a column of the file.
func applicationCell(row access.ApplicationRow, column string, clock views.Clock) string {
	switch column {
	case "name":
		return row.Name
	case "status":
		return string(row.Status(clock.Now))
	case "accessRules":
		return ruleNames(row.Rules, row.RuleCount)
	case "lastLogin":
		return wireTime(row.LastLogin)
	case "createdBy":
		return row.CreatedBy
	case "createdAt":
		return wireTime(row.CreatedAt)
	case "updatedAt":
		return wireTime(row.UpdatedAt)
	case "clientId":
		return row.ClientID
	case "keyExpiresAt":
		return wireTime(row.Key.ExpiresAt)
	case "keyEndsIn":
		return row.Key.EndsIn
	case "description":
		return row.Description
	case "managedIn":
		return strings.Join(row.ManagedIn, " / ")
	default:
		return ""
	}
}

// ruleNames names the rules that a row has with it, and counts the rest.
func ruleNames(rules []access.Rule, count int) string {
	var b strings.Builder
	for i, rule := range rules {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(rule.RoleName + " on " + rule.Scope.NamePath())
	}
	if more := count - len(rules); more > 0 && len(rules) > 0 {
		b.WriteString("; and " + strconv.Itoa(more) + " more")
	}
	return b.String()
}
