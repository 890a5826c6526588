package views

import (
	"github.com/a-h/templ"

	"latchkey/access"
	"latchkey/views/ui"
)

// UserPage is the page of one user.
type UserPage struct {
	User  access.User
	Facts UserFacts
	// Rules are shown, and changed in the dialog.
	Rules RulesDialog
	// Activity is nil for those who may not read the audit log.
	Activity *Activity
	Self     bool
	May      UserRights
}

// Title is the document's, without the product.
func (s UserPage) Title() string { return s.User.Email }

// Page is the whole page.
func (s UserPage) Page(frame ui.FrameProps) templ.Component {
	frame.Title, frame.Heading = s.Title(), s.Title()
	frame.ReturnTo = UserHref(s.User.ID, "")
	frame.Actions = userActions(s)
	return userPage(frame, s)
}

// Fragment is what a dialog that has changed something asks for again.
func (s UserPage) Fragment() templ.Component {
	return templ.Join(userDetails(s), ui.RefreshedActions(userActions(s)))
}

// passwordWords say whose password it is.
func (s UserPage) passwordWords() string {
	if s.User.MustChangePassword {
		return "Temporary: they choose their own at the next sign-in"
	}
	return "Chosen by themselves"
}
