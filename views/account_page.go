package views

import (
	"time"

	"github.com/a-h/templ"

	"latchkey/access"
	"latchkey/views/ui"
)

const (
	accountHref  = "/account"
	passwordHref = accountHref + "/password"
	newKeyHref   = accountHref + "/access-keys/new"
	// EndOtherSessionsHref leads to signing out everywhere else.
	EndOtherSessionsHref = accountHref + "/sessions/sign-out"
	newKeyLink           = "#new-access-key"
	newKeyForm           = "new-access-key-form"
)

// SessionHref is the address of something about one sign-in of one's own.
func SessionHref(handle, what string) string { return accountHref + "/sessions/" + handle + "/" + what }

// AccessKeyHref is the address of something about one access key of one's own.
func AccessKeyHref(id, what string) string { return accountHref + "/access-keys/" + id + "/" + what }

// InAccount is the page of the signed-in person.
func InAccount() Place { return Place{Heading: "Your account", Href: accountHref} }

// AccountPage is the page of the signed-in person.
type AccountPage struct {
	User     access.User
	Clock    Clock
	Sessions []SessionLine
	Keys     []access.AccessKey
	// Rules are shown; Reach draws them into the organization, nil without any.
	Rules RulesDialog
	Reach *access.ReachNode
	// Activity is nil for those who may not read the audit log.
	Activity *Activity
}

// Page is the whole page.
func (s AccountPage) Page(frame ui.FrameProps) templ.Component {
	frame.ReturnTo = accountHref
	frame.Actions = accountActions()
	return accountPage(frame, s)
}

// Fragment is what a dialog that has changed something asks for again.
func (s AccountPage) Fragment() templ.Component { return accountDetails(s) }

// SessionLine is one sign-in of the person, told without what could be used to
// take it over.
type SessionLine struct {
	Handle string
	// Here says that it is the one that asks.
	Here                 bool
	UserAgent, SourceIP  string
	SignedIn, LastActive time.Time
}

// Words name it in a sentence, such as "Chrome on Linux from 203.0.113.7".
func (l SessionLine) Words() string { return l.browser() + " from " + l.source() }

func (l SessionLine) browser() string { return browserWords(l.UserAgent) }

// source is the address of the sign-in, where it was kept.
func (l SessionLine) source() string {
	if l.SourceIP == "" {
		return "an address that was not kept"
	}
	return l.SourceIP
}

// others counts the sessions that are not this one.
func (s AccountPage) others() int {
	n := 0
	for _, line := range s.Sessions {
		if !line.Here {
			n++
		}
	}
	return n
}

// ConfirmEndSession asks before one sign-in of the person ends.
type ConfirmEndSession struct {
	InPage  bool
	Session SessionLine
	Clock   Clock
}

// ConfirmEndOthers asks before all others end.
type ConfirmEndOthers struct {
	InPage bool
	Others int
}

// NewAccessKey is the form behind "+New access key".
type NewAccessKey struct {
	InPage   bool
	FormKey  string
	Problems Problems
	Name     string
}

// ConfirmAccessKey asks before an access key is regenerated or deleted.
type ConfirmAccessKey struct {
	InPage   bool
	FormKey  string
	Problems Problems
	Key      access.AccessKey
	Clock    Clock
}

// AccessKeyTicket shows the secret key of an access key, once.
type AccessKeyTicket struct {
	InPage bool
	// Title says what happened, such as "Access key created".
	Title     string
	ID, Name  string
	ClientID  string
	TokenURL  string
	APIURL    string
	SecretKey string
	// Consequence says what happened to the key before this one, or is empty.
	Consequence string
}

func accessKeyPart(k access.AccessKey, part string) string { return "access-key-" + k.ID + "-" + part }
