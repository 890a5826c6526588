package web

import (
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
)

// The pages of the side navigation, as Frame is told which is the present one.
const (
	NavApplications = "applications"
	NavAccessRules  = "access-rules"
	NavRoles        = "roles"
	NavUsers        = "users"
	NavOrganization = "organization"
	NavAuditLog     = "audit-log"
	NavSettings     = "settings"
	NavAPIReference = "api-reference"
)

// navigation is the side navigation, in order.
func navigation(present string) []ui.NavItem {
	items := []struct {
		name string
		item ui.NavItem
	}{
		{NavApplications, ui.NavItem{Label: "Applications", Href: "/applications", Icon: ui.IconApps}},
		{NavAccessRules, ui.NavItem{Label: "Access rules", Href: "/access-rules", Icon: ui.IconRules}},
		{NavRoles, ui.NavItem{Label: "Roles", Href: "/roles", Icon: ui.IconRoles}},
		{NavUsers, ui.NavItem{Label: "Users", Href: "/users", Icon: ui.IconUsers}},
		{NavOrganization, ui.NavItem{Label: "Organization", Href: "/organization", Icon: ui.IconTree}},
		{NavAuditLog, ui.NavItem{Label: "Audit log", Href: "/audit-log", Icon: ui.IconLog}},
		{NavSettings, ui.NavItem{Label: "Settings", Href: "/settings", Icon: ui.IconSettings}},
		{NavAPIReference, ui.NavItem{Label: "API reference", Href: "/api-reference", Icon: ui.IconBook}},
	}
	nav := make([]ui.NavItem, len(items))
	for i, it := range items {
		nav[i] = it.item
		nav[i].Current = it.name == present
	}
	return nav
}

// Frame is what surrounds every page of the console: navigation, user menu,
// preferences, and how long the session lasts. nav is the present page's item,
// or empty.
func Frame(c echo.Context, title, nav string) ui.FrameProps {
	return ui.FrameProps{
		Title:    title,
		Tenant:   tenantName(c),
		HomeHref: Home,
		ReturnTo: SafeReturn(pagePath(c.Request())),
		Nav:      navigation(nav),
		User: ui.UserProps{
			Name:              UserOf(c).Email,
			PreferencesAction: preferencesPath,
			SignOutAction:     signOutPath,
			Links: []ui.MenuItemProps{
				{Label: "Your account", Icon: ui.IconUser, Href: accountPath},
				{Label: "Preferences", Icon: ui.IconSettings, Href: preferencesPath},
				{Label: "Change password", Icon: ui.IconLock, Href: passwordPath},
			},
		},
		Preferences: PreferenceProps(PreferencesOf(c)),
		SessionLeft: sessionLeft(c),
		StayHref:    sessionPath,
		Palette:     ui.PaletteProps{Href: views.PalettePath, KeyHref: views.PaletteKeyPath},
	}
}

// FrameBelow is the Frame of a page below a page of the navigation, such as that
// of one role: its breadcrumb leads back there.
func FrameBelow(c echo.Context, title, nav string) ui.FrameProps {
	frame := Frame(c, title, nav)
	for _, item := range frame.Nav {
		if item.Current {
			frame.Breadcrumb = []ui.Crumb{{Label: item.Label, Href: item.Href}}
		}
	}
	return frame
}

// PreferenceProps reads the preferences that shape every page. What was never
// chosen, or chosen in another version, is the default.
func PreferenceProps(p access.Preferences) ui.Preferences {
	return ui.Preferences{
		Theme:         ui.Theme(p["theme"]),
		Density:       ui.Density(p["density"]),
		NoShortcuts:   p["shortcuts"] == "off",
		AbsoluteTimes: p["times"] == "absolute",
		NavCollapsed:  p["nav"] == "collapsed",
	}
}

func sessionLeft(c echo.Context) time.Duration {
	end := SessionEnds(c)
	if end.IsZero() {
		return 0
	}
	return end.Sub(visitOf(c).server.cfg.Now())
}

// tenantName is the name of the organisation. A page is never refused over it.
func tenantName(c echo.Context) string {
	v := visitOf(c)
	if v == nil || v.user.ID == "" {
		return ""
	}
	tenant, err := v.server.svc.Scope(c.Request().Context(), CallerOf(c), access.TenantNodeID)
	if err != nil {
		return ""
	}
	return tenant.Name
}
