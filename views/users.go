package views

import (
	"time"

	"latchkey/access"
	"latchkey/views/ui"
)

const (
	usersHref = "/users"
	// usersBulkPath leads to what is done to the selected users.
	usersBulkPath = usersHref + "/bulk/"
	// newUserLink takes the focus when what opened a dialog has gone.
	newUserLink = "#new-user"
)

// UserHref is the address of something about one user; what may be empty, for
// the user's own page.
func UserHref(id, what string) string {
	if what == "" {
		return usersHref + "/" + id
	}
	return usersHref + "/" + id + "/" + what
}

// UserLink is the link in the row of a user.
func UserLink(id string) string { return ui.RowLinkTo(UserHref(id, "")) }

// InUsers is the Users table.
func InUsers() Place {
	return Place{Heading: UsersTable.Heading, Href: usersHref, Focus: newUserLink}
}

// UsersTable is the Users table.
var UsersTable = &TableKind{
	Name:      "users",
	Path:      usersHref,
	Heading:   "Users",
	Lead:      "People who sign in to this console. What each may see and do comes from their access rules.",
	One:       "user",
	Many:      "users",
	Schema:    access.UserSchema,
	Columns:   []string{"username", "type", "status", "lastLogin", "accessRules", "createdBy", "creationTime", "lastUpdated"},
	Shown:     8,
	API:       "/api/v1/users",
	Reference: "Users",
	Ask:       "may read users, such as System administrator",
}

// UsersScreen is the Users table with its rows.
type UsersScreen struct {
	TableScreen
	Rows []access.UserRow
	// Self is the id of the signed-in user, to whom some actions are refused.
	Self string
	May  UserRights
}

// UserRights are what the signed-in person may do with users: what they may
// not is not offered.
type UserRights struct{ Create, Update, Delete bool }

func (s UsersScreen) parts() tableParts {
	return tableParts{
		Actions: usersActions(s.May),
		Above:   bulkBanners(s.Jobs),
		Table:   usersTable(s),
		Empty:   usersEmpty(),
		RowMenu: userRowMenu(s.May),
	}
}

// tagOther marks the rows of everybody but oneself.
const tagOther = "other"

// tags of oneself are none: nobody disables, deletes or resets themselves.
func (s UsersScreen) tags(row access.UserRow) string {
	switch {
	case row.ID == s.Self:
		return ""
	case row.Disabled:
		return tagOther + " " + tagDisabled
	default:
		return tagOther + " " + tagEnabled
	}
}

func userStatus(u access.User) (kind ui.StatusKind, word string) {
	if u.Disabled {
		return ui.StatusNeutral, string(u.Status())
	}
	return ui.StatusPositive, string(u.Status())
}

// LocalUser is the type of those who sign in with a password of ours.
const LocalUser = "Local"

func (s UsersScreen) actionBar() ui.ActionBarProps { return s.selectionBar(s.actions()...) }

func (s UsersScreen) actions() []ui.Action {
	actions := []ui.Action{
		{ID: "action-rules", Label: "Access rules", Icon: ui.IconRules, Href: usersBulkPath + "rules", Count: ui.ActionOne},
	}
	if s.May.Update {
		actions = append(actions,
			ui.Action{ID: "action-password", Label: "Reset password", Icon: ui.IconKey, Href: usersBulkPath + "password", Count: ui.ActionOne, When: tagOther},
			ui.Action{ID: "action-sign-out", Label: "Sign out everywhere", Icon: ui.IconExit, Href: usersBulkPath + "sign-out", Count: ui.ActionOne},
			ui.Action{ID: "action-enable", Label: "Enable", Icon: ui.IconPower, Href: usersBulkPath + "enable", When: tagDisabled},
			ui.Action{ID: "action-disable", Label: "Disable", Icon: ui.IconPower, Href: usersBulkPath + "disable", When: tagEnabled},
		)
	}
	if s.May.Delete {
		actions = append(actions, ui.Action{ID: "action-delete", Label: "Delete", Icon: ui.IconTrash, Href: usersBulkPath + "delete", When: tagOther, Dangers: true})
	}
	return actions
}

// ---- dialogs ----

// NewUser is the form behind "+New user".
type NewUser struct {
	InPage   bool
	FormKey  string
	Problems Problems
	Email    string
	// Rule is the first access rule; nil for those who may not make any.
	Rule *RuleForm
}

// unfolds the first rule where something was chosen or is wrong.
func (s NewUser) ruleOpen() bool {
	return s.Rule.RoleID != 0 || s.Rule.Scope.Chosen != nil || s.Rule.Scope.Searched ||
		s.Problems.For(FieldRole) != "" || s.Problems.For(FieldScope) != ""
}

// PasswordTicket shows a temporary password, once.
type PasswordTicket struct {
	InPage bool
	// Title says what happened, such as "User created".
	Title         string
	UserID, Email string
	SignInURL     string
	Password      string
	// Consequence says what else happened, or is empty.
	Consequence string
}

// UserAction is what is done to one user after a question.
type UserAction string

// The actions that ask first; each is the last part of its address.
const (
	UserResetPassword UserAction = "password"
	UserDisable       UserAction = "disable"
	UserSignOut       UserAction = "sign-out"
	UserDelete        UserAction = "delete"
)

// UserFacts is what every confirmation about a user names and counts.
type UserFacts struct {
	ID, Email string
	Disabled  bool
	Clock     Clock
	LastLogin time.Time // zero: never
	// Sessions are open now.
	Sessions, Rules, AccessKeys int
}

// ConfirmUser asks before something is done to a user.
type ConfirmUser struct {
	InPage   bool
	Action   UserAction
	FormKey  string // only a reset of the password makes something once
	Problems Problems
	User     UserFacts
	// Self says that it is the signed-in person.
	Self bool
	// InUse asks for the address before a deletion, and offers to disable first.
	InUse bool
	Typed string // what was typed as their address
}

// userQuestion is what an action is called in its dialog.
type userQuestion struct {
	heading, verb, refused string
	consequence, undo      string
	button                 ui.ButtonVariant
}

func (s ConfirmUser) question() userQuestion {
	email := s.User.Email
	switch s.Action {
	case UserResetPassword:
		return userQuestion{
			heading: "Reset the password of " + email + "?", verb: "Reset password", refused: "The password was not reset", button: ui.ButtonDanger,
			consequence: "Their present password stops working and they are signed out everywhere. They sign in with a temporary password, which is shown to you once, and choose their own then.",
			undo:        "No. The present password cannot be brought back.",
		}
	case UserDisable:
		return userQuestion{
			heading: "Disable " + email + "?", verb: "Disable", refused: "The user was not disabled", button: ui.ButtonPrimary,
			consequence: "They are signed out everywhere and cannot sign in, and their access keys are refused, from the next request on. Their access rules and history stay as they are.",
			undo:        "Yes. Enable lets them in again, with the same password.",
		}
	case UserDelete:
		return userQuestion{
			heading: "Delete " + email + "?", verb: "Delete", refused: "The user was not deleted", button: ui.ButtonDanger,
			consequence: "They are signed out everywhere and cannot sign in, and their access rules and access keys are deleted with them. What they made stays, and the audit log keeps their name.",
			undo:        "No. The address can be used for a new user, who inherits nothing.",
		}
	default:
		return s.signOutQuestion()
	}
}

func (s ConfirmUser) signOutQuestion() userQuestion {
	q := userQuestion{
		heading: "Sign " + s.User.Email + " out everywhere?", verb: "Sign out everywhere", refused: "Nobody was signed out", button: ui.ButtonPrimary,
		consequence: "Every session of theirs ends: where they are signed in, the next click asks for their password. Password, access keys and access rules stay as they are.",
		undo:        "No, but they can sign in again at once.",
	}
	if s.Self {
		q.heading = "Sign out everywhere else?"
		q.consequence = "Every session of yours ends but this one: wherever else you are signed in, the next click asks for your password."
		q.undo = "No, but you can sign in again at once."
	}
	return q
}
