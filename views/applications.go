package views

import (
	"time"

	"latchkey/access"
	"latchkey/views/ui"
)

// bulkPath leads to what is done to the selected applications.
const bulkPath = "/applications/bulk/"

// ApplicationsTable is the Applications table and its bin.
var ApplicationsTable = &TableKind{
	Name:    "applications",
	Path:    applicationsHref,
	Heading: "Applications",
	Lead:    "Machine identities that trade a secret key for tokens and call the API with them.",
	One:     "application",
	Many:    "applications",
	Schema:  access.ApplicationSchema,
	Columns: []string{
		"name", "status", "accessRules", "lastLogin", "createdBy", "createdAt", "updatedAt",
		"clientId", "keyExpiresAt", "keyEndsIn", "description", "managedIn",
	},
	Shown: 7,
	// Links lead there, and chips name the node; people choose it by its name.
	Unfiltered: []string{"managedInId", "managedWithinId"},
	Places:     []string{"managedInId", "managedWithinId"},
	API:        "/api/v1/apps",
	Reference:  "Applications",
	Ask:        "may read applications, such as Editor",
	Bin: &Bin{
		Heading: "Deleted applications",
		Lead:    "They wait here for " + Counted(int(access.BinRetention.Hours()/24), "day", "days") + ". Restoring one gives it a new secret key.",
	},
}

// ApplicationsScreen is the Applications table, or with List.Deleted its bin.
type ApplicationsScreen struct {
	TableScreen
	Rows []access.ApplicationRow
	// CanCreate offers "+New application".
	CanCreate bool
}

// ---- rows ----

// The tags of a row, by which actions know whether they make sense for it.
const (
	tagEnabled  = "enabled"
	tagDisabled = "disabled"
	tagDeleted  = "deleted"
)

func (s ApplicationsScreen) tags(row access.ApplicationRow) string {
	switch {
	case s.List.Deleted:
		return tagDeleted
	case row.Enabled:
		return tagEnabled
	default:
		return tagDisabled
	}
}

func statusKind(status access.Status) ui.StatusKind {
	switch status {
	case access.StatusActive:
		return ui.StatusPositive
	case access.StatusKeyExpired:
		return ui.StatusDanger
	default:
		return ui.StatusNeutral
	}
}

// keyNeverUsed is what the row says when a key may have been lost before it
// was stored (ux.md 27).
func keyNeverUsed(a access.Application) bool {
	used := a.Key.LastUsed
	if !a.HasSecretKey() {
		used = a.LastLogin
	}
	return used.IsZero() && a.Enabled
}

// belowTenant leaves out the tenant, which every path begins with and the page
// shows already; a rule on the whole tenant still names it.
func belowTenant(names []string) []string {
	if len(names) > 1 {
		return names[1:]
	}
	return names
}

// daysLeft is how long an application stays in the bin.
func (s ApplicationsScreen) daysLeft(a access.Application) string {
	left := a.DeletedAt.Add(access.BinRetention).Sub(s.Clock.Now)
	if left < 24*time.Hour {
		return "gone within a day"
	}
	return Counted(int(left/(24*time.Hour)), "day", "days") + " left"
}

// ---- selection ----

func (s ApplicationsScreen) actionBar() ui.ActionBarProps { return s.selectionBar(s.actions()...) }

func (s ApplicationsScreen) actions() []ui.Action {
	if s.List.Deleted {
		return []ui.Action{{ID: "action-restore", Label: "Restore", Icon: ui.IconRefresh, Href: bulkPath + "restore", Count: ui.ActionOne}}
	}
	return []ui.Action{
		{ID: "action-rules", Label: "Access rules", Icon: ui.IconRules, Href: bulkPath + "rules", Count: ui.ActionOne},
		{ID: "action-regenerate", Label: "Regenerate key", Icon: ui.IconKey, Href: bulkPath + "regenerate", Count: ui.ActionOne},
		{ID: "action-enable", Label: "Enable", Icon: ui.IconPower, Href: bulkPath + "enable", When: tagDisabled},
		{ID: "action-disable", Label: "Disable", Icon: ui.IconPower, Href: bulkPath + "disable", When: tagEnabled},
		{ID: "action-move", Label: "Move", Icon: ui.IconTree, Href: bulkPath + "move"},
		{ID: "action-delete", Label: "Delete", Icon: ui.IconTrash, Href: bulkPath + "delete", Dangers: true},
	}
}
