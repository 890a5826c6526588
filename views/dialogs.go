package views

import (
	"time"

	"latchkey/access"
	"latchkey/views/ui"
)

// A dialog is drawn twice with the same content: alone, for the <dialog>
// element of the page, where scripts help; and on a page of its own, where it
// is a plain form that needs none. InPage tells which.

// Place is the page that a dialog stands on, and where it leads back to.
type Place struct {
	Heading string // such as "Applications"
	Href    string
	// Focus is a selector of what takes the focus when what opened the dialog
	// has gone.
	Focus string
}

// InApplications is the Applications table.
func InApplications() Place {
	return Place{Heading: ApplicationsTable.Heading, Href: applicationsHref, Focus: newApplicationLink}
}

func (p Place) backLabel() string { return "Back to " + ui.LowerFirst(p.Heading) }

// NewApplication is the form behind "+New application".
type NewApplication struct {
	InPage   bool
	FormKey  string
	Problems Problems

	Name, Description string
	KeyLifetime       string // the Value of one of Lifetimes
	Lifetimes         []Choice
	// ManagedIn is nil where there is only one place to manage it in.
	// ManagedInDefault is the path of the place if none is chosen.
	ManagedIn        *ScopePicker
	ManagedInDefault string
	// PublicKey is given in the place of a secret key, or empty.
	PublicKey string
}

// placeChoiceProps is the choice of where an application is managed.
type placeChoiceProps struct {
	ID     string
	Picker ScopePicker
	// Now says where that is if nothing is chosen.
	Now        string
	Open       bool
	SearchHref string
	Problem    string
}

func (t TheirChange) what() string {
	if t.ManagedIn != "" {
		return "the application"
	}
	return "the description"
}

func (s NewApplication) placeChoice() placeChoiceProps {
	return placeChoiceProps{
		ID: "managed-in", Picker: *s.ManagedIn, Now: s.ManagedInDefault + ", unless you choose another place",
		Open: s.ManagedIn.Chosen != nil, SearchHref: applicationsHref + "/new", Problem: s.Problems.For(FieldScope),
	}
}

func (s EditApplication) placeChoice() placeChoiceProps {
	return placeChoiceProps{
		ID: "edit-place", Picker: *s.Picker, Now: s.ManagedIn + ", unless you choose another place",
		Open: s.Place != s.WasPlace, SearchHref: ApplicationHref(s.Application.ID, "edit"), Problem: s.Problems.For(FieldScope),
	}
}

// EditApplication is the form that changes the description of an application,
// and where it is managed.
type EditApplication struct {
	InPage      bool
	Problems    Problems
	Application ApplicationFacts
	Clock       Clock
	Description string
	// Place is the id of the node that was chosen, ManagedIn the path of the one
	// where it is managed now. Picker is nil for those who may not move it, and
	// where there is no other place.
	Place     string
	ManagedIn string
	Picker    *ScopePicker
	// Version, Was and WasPlace are what the person began with: whoever saves over
	// another change is told of it.
	Version  int64
	Was      string
	WasPlace string
	// Theirs is the change that came first, if there was one.
	Theirs *TheirChange
}

// TheirChange is what somebody else saved while a form was open.
type TheirChange struct {
	By          string
	At          time.Time // zero: not known
	Description string
	// ManagedIn is the path of where they moved it; empty if they did not.
	ManagedIn string
}

// SecretTicket shows a secret key, once.
type SecretTicket struct {
	InPage bool
	// Title says what happened, such as "Application created".
	Title         string
	ApplicationID string
	Name          string
	ClientID      string
	TokenURL      string
	SecretKey     string
	Clock         Clock
	KeyExpiresAt  time.Time // zero: does not expire
	// Consequence says what happened to the key before this one, or is empty.
	Consequence string
	// TryIt is nil where the person has seen the snippet before.
	TryIt *TryIt
}

// TryIt is the way from a fresh key to a first token.
type TryIt struct {
	// Open unfolds it: the first application of an installation teaches.
	Open     bool
	APIURL   string // an API call that needs no access rule
	Received FirstToken
}

// FirstToken is the live tick "First token received".
type FirstToken struct {
	ApplicationID string
	Received      bool
}

// ApplicationFacts is what every confirmation names.
type ApplicationFacts struct {
	ID, Name, ClientID string
}

// Impact is what a confirmation says will break.
type Impact struct {
	Clock        Clock
	LastUsed     time.Time // zero: never
	KeyEndsIn    string    // access.NoSecretKey without one
	ActiveTokens int
	Rules        int
	PublicKeys   int
}

// hasSecretKey is false for what proves itself by its public keys alone.
func (i Impact) hasSecretKey() bool { return i.KeyEndsIn != access.NoSecretKey }

// ConfirmRegenerate asks before a secret key is replaced.
type ConfirmRegenerate struct {
	InPage      bool
	FormKey     string
	Problems    Problems
	Application ApplicationFacts
	Impact      Impact
	KeyLifetime string
	Lifetimes   []Choice
}

// ConfirmDelete asks before an application goes to the bin.
type ConfirmDelete struct {
	InPage      bool
	Problems    Problems
	Application ApplicationFacts
	Impact      Impact
	// InUse asks for the name and offers to disable it first.
	InUse    bool
	Enabled  bool
	Typed    string // what was typed as its name
	BinUntil time.Time
}

// ConfirmDisable asks before an application is refused.
type ConfirmDisable struct {
	InPage      bool
	Problems    Problems
	Application ApplicationFacts
	Impact      Impact
}

// ConfirmRestore asks before an application leaves the bin with a new key.
type ConfirmRestore struct {
	InPage      bool
	FormKey     string
	Problems    Problems
	Application ApplicationFacts
	DeletedAt   time.Time
	BinUntil    time.Time
	Rules       int
	Clock       Clock
	KeyLifetime string
	Lifetimes   []Choice
}

// Notice is a dialog that has something to say and nothing to ask: a form that
// was submitted before, an application that is gone, a change that is done.
type Notice struct {
	InPage bool
	Place  Place
	Title  string
	Text   string
	// Reference names the request of a refusal; empty for all else.
	Reference string
	// Action is the way on, next to Close; may be empty.
	Action Link
	// Focus is a selector of what takes the focus when the dialog closes.
	Focus string
	// Changed says that the table behind is out of date.
	Changed bool
	// Leave is where to go on with the message, from the page of what is gone.
	Leave string
}

// Link is a word to press and where it leads; with Dialog, into the dialog.
type Link struct {
	Label, Href string
	Dialog      bool
}

// RuleSubject is whose access rules a dialog shows.
type RuleSubject struct {
	Name string
	// Person tells a user from an application.
	Person bool
	// Self says that it is the signed-in person, who is addressed.
	Self bool
	// Href is the address of the dialog; those of its rules go on from there.
	Href string
	// Page is the address of the subject's own page.
	Page  string
	Place Place
}

// without says what a subject without any access rule can still do.
func (s RuleSubject) without() string {
	if s.Self {
		return "Without an access rule you can sign in, but see and change nothing. Ask an administrator for a role in a scope."
	}
	if s.Person {
		return "Without an access rule they can sign in, but see and change nothing. A rule gives them a role in a scope."
	}
	return "Without an access rule it can get a token, but the token may do nothing. A rule gives it a role in a scope."
}

// withoutLast says what the last rule's end means.
func (s RuleSubject) withoutLast() string {
	if s.Person {
		return s.Name + " will have no access at all: they can still sign in, but see and change nothing. It takes effect at the next request."
	}
	return s.Name + " will have no access at all: it can still get a token, but the token may do nothing. It takes effect at the next request."
}

// RulesDialog is "Access rules" of one subject.
type RulesDialog struct {
	InPage  bool
	Subject RuleSubject
	Clock   Clock
	Rules   []RuleLine
	// MayAdd shows "+Access rule".
	MayAdd bool
	// Form is not nil while a rule is being added.
	Form *RuleForm
	// Status is announced, such as "Rule added: Viewer on acme / eu-1."
	Status string
	// Problem is about the list, such as a rule that was gone already.
	Problem string
	// FocusRule is the rule that takes the focus; 0: none does.
	FocusRule int32
	// Changed says that the table behind is out of date.
	Changed   bool
	Effective []EffectiveScope
}

// RuleLine is one access rule of the list.
type RuleLine struct {
	Rule access.Rule
	// CoveredBy names the rule that already allows all that this one does, or
	// is empty.
	CoveredBy string
	// Last says that without it the subject has no access.
	Last      bool
	MayDelete bool
}

// Title names a rule in one breath, such as "Viewer on acme / eu-1".
func (l RuleLine) Title() string { return RuleTitle(l.Rule) }

// RuleTitle names a rule in one breath, such as "Viewer on acme / eu-1".
func RuleTitle(r access.Rule) string { return r.RoleName + " on " + r.Scope.NamePath() }

// RuleForm is the form behind "+Access rule".
type RuleForm struct {
	Problems Problems
	Roles    []RoleOption
	RoleID   int32 // 0: none chosen yet
	Preview  *RolePreview
	Scope    ScopePicker
}

// RoleOption is one line of the role picker.
type RoleOption struct {
	ID                int32
	Name, Description string
	Unavailable       string // why not, or empty
}

// RolePreview is what a role allows, grouped.
type RolePreview struct {
	RoleID            int32
	Role, Description string
	Groups            []PermissionGroup
}

// PermissionGroup is a group of resource types, such as "Identity and access".
type PermissionGroup struct {
	Name  string
	Lines []PermissionLine // what can only be read comes last
}

// PermissionLine is what may be done, alike, with some resource types.
type PermissionLine struct {
	Resources []string
	Actions   string // such as "create, read"
	// Grants marks what lets its holder give access away; Destroys what lets
	// them delete.
	Grants, Destroys bool
}

// EffectiveScope is what a subject may do at a node and below.
type EffectiveScope struct {
	Scope  access.Scope
	Groups []PermissionGroup
}

// ScopePicker chooses a node of the organisation tree.
type ScopePicker struct {
	Field, Label, Hint string
	// Only is the type that can be chosen; empty: every node can.
	Only access.ScopeType
	// Chosen is nil until a node is chosen.
	Chosen *access.Scope
	// Autofocus puts the focus into its search.
	Autofocus bool
	Roots     []ScopeBranch
	// Search and Results are the tree's stand-in where there are no scripts.
	Search   string
	Searched bool
	Results  []access.Scope
}

// ScopeBranch is a node and, once they are loaded, a piece of the nodes below:
// from Offset on, with More to come after it.
type ScopeBranch struct {
	Scope    access.Scope
	Expanded bool
	Below    []access.Scope
	Offset   int
	More     bool
	// Next is the one of Below that is open too, or nil.
	Next *ScopeBranch
	// Only is that of the picker.
	Only access.ScopeType
}

// ConfirmDeleteRule asks before the last rule goes.
type ConfirmDeleteRule struct {
	InPage  bool
	Subject RuleSubject
	Rule    RuleLine
}
