package views

import (
	"net/url"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/views/ui"
)

// The addresses of the palette: what is typed is found at the one, whose a
// secret key is at the other.
const (
	PalettePath    = "/palette"
	PaletteKeyPath = "/palette/key"
)

// FieldKey is the field of a secret key that somebody asks about.
const FieldKey = "key"

// The parameters of the palette where it tells of a key that was in an address.
const (
	ParamKeyForgotten = "forgotten"
	ParamBack         = "back"
)

// KeyForgottenHref tells that a key was taken out of an address, and leads back
// to what is left of it.
func KeyForgottenHref(back string) string {
	return PalettePath + "?" + url.Values{ParamKeyForgotten: {"true"}, ParamBack: {back}}.Encode()
}

// KeyAnswer is what is known of a secret key.
type KeyAnswer struct {
	// Owner is nil where this installation has no such key that the person may see.
	Owner   *access.KeyOwner
	Problem string // what is wrong with what was sent
	Clock   Clock
}

func (a KeyAnswer) title() string {
	switch {
	case a.Problem != "":
		return "This is no secret key"
	case a.Owner == nil:
		return "No key of this installation that you may see"
	case a.Owner.AccessKey != nil:
		return "An access key of " + a.Owner.AccessKey.Owner.Name
	default:
		return "The secret key of " + a.Owner.Application.Name
	}
}

// PaletteScreen is the palette with what was found.
type PaletteScreen struct {
	Query  string
	Groups []ui.FindGroup
	// KeyForgotten says that a secret key was in an address, and Back is what is
	// left of that address.
	KeyForgotten bool
	Back         string
}

// said is read out when the results have arrived.
func (s PaletteScreen) said() string {
	n := 0
	for _, group := range s.Groups {
		n += len(group.Finds)
	}
	switch n {
	case 0:
		return "Nothing found"
	case 1:
		return "1 result"
	default:
		return Grouped(n) + " results"
	}
}

// FindScreens are the pages of the navigation and of the user menu that match.
func FindScreens(frame ui.FrameProps, query string) []ui.Find {
	var finds []ui.Find
	for _, item := range frame.Nav {
		if Matches(query, item.Label) {
			finds = append(finds, ui.Find{Href: item.Href, Label: item.Label, Icon: item.Icon})
		}
	}
	for _, link := range frame.User.Links {
		if Matches(query, link.Label) {
			finds = append(finds, ui.Find{Href: link.Href, Label: link.Label, Icon: link.Icon})
		}
	}
	return finds
}

// FindActions are the things to do that match. What a person may not do is said
// where they come to, as it is behind the same button elsewhere.
func FindActions(query string) []ui.Find {
	actions := []struct {
		find ui.Find
		also string // words that people look for it by
	}{
		{ui.Find{Href: applicationsHref + "/new", Label: "New application", Icon: ui.IconPlus, Dialog: true}, "create add"},
		{ui.Find{Href: AccessRulesHref("new"), Label: "New access rule", Icon: ui.IconPlus, Dialog: true}, "create add grant"},
		{ui.Find{Href: UserHref("new", ""), Label: "New user", Icon: ui.IconPlus, Dialog: true}, "create add invite person"},
		{ui.Find{Href: accessCheckHref, Label: "Can it?", Icon: ui.IconCheck}, "access check may allowed permission why"},
		{ui.Find{Href: compareHref, Label: "Compare roles", Icon: ui.IconRoles}, "difference"},
		{ui.Find{Href: "/applications?deleted=true", Label: "Bin of applications", Icon: ui.IconTrash}, "deleted restore"},
		{ui.Find{Theme: ui.ThemeLight, Label: "Light theme", Icon: ui.IconSun}, "mode colours"},
		{ui.Find{Theme: ui.ThemeDark, Label: "Dark theme", Icon: ui.IconMoon}, "mode colours"},
		{ui.Find{Theme: ui.ThemeSystem, Label: "System theme", Icon: ui.IconScreen}, "mode colours"},
	}
	var finds []ui.Find
	for _, action := range actions {
		if Matches(query, action.find.Label+" "+action.also) {
			finds = append(finds, action.find)
		}
	}
	return finds
}

// Matches reports whether every word that was typed begins a word of the text.
func Matches(query, text string) bool {
	words := strings.Fields(access.Fold(text))
	for _, typed := range strings.Fields(access.Fold(query)) {
		found := false
		for _, word := range words {
			found = found || strings.HasPrefix(word, typed)
		}
		if !found {
			return false
		}
	}
	return true
}

// FindApplication leads to an application, and says how it is now.
func FindApplication(app access.Application, now time.Time) ui.Find {
	return ui.Find{Href: ApplicationHref(app.ID, ""), Label: app.Name, Detail: string(app.Status(now)), Icon: ui.IconApps}
}

// FindUser leads to a user.
func FindUser(user access.Subject) ui.Find {
	return ui.Find{Href: UserHref(user.ID, ""), Label: user.Name, Icon: ui.IconUser}
}

// FindRole leads to a role.
func FindRole(role access.Role) ui.Find {
	return ui.Find{Href: RoleHref(role.ID), Label: role.Name, Icon: ui.IconRoles}
}

// FindScope leads to a node of the organisation.
func FindScope(scope access.Scope) ui.Find {
	return ui.Find{Href: OrganizationAt(scope.ID), Label: scope.Name, Detail: scope.NamePath(), Mono: true, Icon: ui.IconTree}
}

// FindInTable leads to all applications that match.
func FindInTable(query string) ui.Find {
	return ui.Find{Href: applicationsHref + "?search=" + url.QueryEscape(query), Label: "All applications with “" + query + "”", Icon: ui.IconFilter}
}
