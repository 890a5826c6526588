package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"latchkey/access"
	"latchkey/views/ui"
)

// ApplicationPage is the page of one application.
type ApplicationPage struct {
	Application access.Application
	Impact      Impact
	// ManagedIn is the readable path of the node, ManagedInHref the way there for
	// those who can see it.
	ManagedIn, ManagedInHref string
	// Rules are shown, and changed in the dialog; Reach draws them into the
	// organization, nil without any.
	Rules RulesDialog
	Reach *access.ReachNode
	// Activity is nil for those who may not read the audit log.
	Activity   *Activity
	Snippets   Snippets
	PublicKeys []access.PublicKey
	MayUpdate  bool
	MayDelete  bool
}

// TokenLifetimeLink is the link on the page that opens the choice of a lifetime.
const TokenLifetimeLink = "#token-lifetime-link"

// Title is the document's, without the product.
func (s ApplicationPage) Title() string { return s.Application.Name }

// Page is the whole page.
func (s ApplicationPage) Page(frame ui.FrameProps) templ.Component {
	frame.Title, frame.Heading = s.Title(), s.Title()
	frame.Breadcrumb = []ui.Crumb{{Label: ApplicationsTable.Heading, Href: applicationsHref}}
	frame.ReturnTo = s.href("")
	frame.Actions = applicationPageActions(s)
	return applicationPage(frame, s)
}

// Fragment is what a dialog that has changed something asks for again.
func (s ApplicationPage) Fragment() templ.Component {
	return templ.Join(applicationDetails(s), ui.RefreshedActions(applicationPageActions(s)))
}

func (s ApplicationPage) href(what string) string { return ApplicationHref(s.Application.ID, what) }

func (s ApplicationPage) status() access.Status { return s.Application.Status(s.Impact.Clock.Now) }

// secretKeyAction is what can be done about the secret key.
func (s ApplicationPage) secretKeyAction() string {
	if s.Application.HasSecretKey() {
		return "Regenerate key"
	}
	return "New secret key"
}

// mayRemoveKey: something else must be left to sign in with.
func (s ApplicationPage) mayRemoveKey() bool {
	return s.MayUpdate && s.Application.HasSecretKey() && len(s.PublicKeys) > 0
}

// tokenWords say how long tokens live, and how many do now.
func (s ApplicationPage) tokenWords() string {
	if s.Impact.ActiveTokens == 0 {
		return "None now"
	}
	return Counted(s.Impact.ActiveTokens, "is active now", "are active now")
}

// lifetimeWords is the application's own lifetime of tokens, if it has one.
func (s ApplicationPage) lifetimeWords() string {
	if s.Application.TokenLifetime <= 0 {
		return "That of the settings"
	}
	return strconv.Itoa(int(s.Application.TokenLifetime.Minutes())) + " minutes"
}

// reachWords says what hangs below a node that is granted.
func reachWords(n *access.ReachNode) string {
	switch {
	case len(n.Roles) == 0:
		return ""
	case n.Below == 0:
		return strings.Join(n.Roles, ", ") + ", here"
	default:
		return strings.Join(n.Roles, ", ") + ", here and in " + Counted(n.Below, "place", "places") + " below"
	}
}
