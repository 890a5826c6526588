package access

import (
	"context"
	"time"
)

// Repository is how the things are kept. Reads see the last commit; Write runs
// fn in one transaction: if fn returns an error nothing of it happened, and if
// Write returns nil everything is on disk. fn may be run again after a
// serialisation failure, so it must not have effects outside tx; it must use
// tx alone, never the Repository, while it runs.
//
// Missing things are ErrNotFound, uniqueness collisions ErrConflict, and
// trouble of the engine (locked, full, lost) ErrUnavailable; all wrapped.
type Repository interface {
	Reader
	Write(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Session finds a sign-in by the hash of its id, ended by time or not.
	Session(ctx context.Context, idHash [32]byte) (Session, error)
	// RecordUses adds a second's worth of token uses, in one transaction of its own.
	RecordUses(ctx context.Context, uses []TokenUse, failures []Event) error
}

// ApplicationQuery is a List with what the caller may see and the moment at
// which Status is judged.
type ApplicationQuery struct {
	List
	Reach []ScopePath // empty: nothing may be seen
	Now   time.Time
}

// RuleQuery is a List of access rules with what the caller may see: rules
// within Reach, of applications that are managed within Applications, and those
// of Self.
type RuleQuery struct {
	List
	RuleSelection
	Reach        []ScopePath
	Applications []ScopePath
	Self         Subject
}

// RuleSelection is what the API can select access rules by besides filterBy;
// what is empty selects nothing.
type RuleSelection struct {
	SubjectType     SubjectType
	SubjectContains string
	// Subjects are ids or names.
	Subjects     []string
	UpdatedSince time.Time
	// IncludeDeleted lists those that were deleted as well.
	IncludeDeleted bool
	// ClusterID is a cluster in or below which the scope lies.
	ClusterID string
	ScopeType ScopeType
	ScopeID   string
	RoleID    int32
}

// ScopeQuery finds nodes of the tree. ParentID lists the children of a node;
// Search finds nodes anywhere by a part of their name. Reach limits both to
// these subtrees and to the ancestors that lead to them.
type ScopeQuery struct {
	ParentID string
	Search   string
	Type     ScopeType // empty: of every type
	Reach    []ScopePath
	Limit    int
	Offset   int
}

// NodeQuery is a List of the nodes of one type, or of all, within Reach.
type NodeQuery struct {
	List
	Type  ScopeType
	Reach []ScopePath
}

// EventQuery is a List of the events from From up to, not including, Until;
// zero is no bound.
type EventQuery struct {
	List
	From, Until time.Time
}

// ScopeUse is what hangs on a node: what must be gone before it can go.
type ScopeUse struct {
	Children     int
	Rules        int
	Applications int // managed there
}

// TokenUse is what one application did in the last second: Tokens of this
// generation, issued until At, that expire at ExpiresAt.
type TokenUse struct {
	ApplicationID string // or that of the access key
	AccessKey     bool
	PublicKey     string // the id of the one that was used, or empty for the secret key
	Generation    int64
	At            time.Time
	ExpiresAt     time.Time
	Tokens        int
}

// StoredAnswer is what was answered to a request with an Idempotency-Key.
type StoredAnswer struct {
	// Key stands for the caller and the key that they sent, Request for the
	// request.
	Key, Request [32]byte
	// Sealed is empty until there is an answer, and once it was blotted out.
	Sealed     []byte
	CreatedAt  time.Time
	AnsweredAt time.Time // zero: not yet
}

// Throttle is the memory of failed sign-ins of one account or one address.
type Throttle struct {
	Key          string // "account:<e-mail>" or "address:<ip>"
	Failures     int
	LastFailure  time.Time
	BlockedUntil time.Time
}

// SetupLink is the one-time link of the first run.
type SetupLink struct {
	Hash      [32]byte
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time
}

// StoredSigningKey is a signing key with its private part sealed.
type StoredSigningKey struct {
	ID        string // kid
	Algorithm string
	Sealed    []byte
	CreatedAt time.Time
	// ActiveFrom is when it may first sign; RetiredAt, if not zero, when it
	// stopped; WithdrawnAt, if not zero, when it stopped being trusted.
	ActiveFrom  time.Time
	RetiredAt   time.Time
	WithdrawnAt time.Time
}

// Reader is every question that can be asked of the store, inside or outside
// of a transaction.
type Reader interface {
	// Credential is the hot path: one indexed row, by client id, or failing
	// that by the id of the application or access key. Deleted applications are
	// found, marked Deleted, only if no living one has the client id.
	Credential(ctx context.Context, clientIDOrID string) (Credential, error)

	// TokenState is what a token stands for now, in one row: found by the client
	// id in it, and by the public key that earned it, if any. ErrNotFound if no
	// living application and no access key has the client id.
	TokenState(ctx context.Context, clientID string, id TokenID, publicKey string) (TokenState, error)
	// TokenRevoked is the part of TokenState that there is for tokens of users.
	TokenRevoked(ctx context.Context, id TokenID) (bool, error)
	// CountRevoked counts the tokens that the client revoked and that would be
	// good otherwise.
	CountRevoked(ctx context.Context, clientID string, now time.Time) (int, error)

	// PublicKeys are those of an application, oldest first.
	PublicKeys(ctx context.Context, applicationID string) ([]PublicKey, error)

	// Application finds by id; one in the bin has DeletedAt set.
	Application(ctx context.Context, id string) (Application, error)
	// ApplicationByClientID finds a living application by client id.
	ApplicationByClientID(ctx context.Context, clientID string) (Application, error)
	// ApplicationByKey finds, in the bin too, the one whose secret key has this
	// end and this hash.
	ApplicationByKey(ctx context.Context, endsIn string, keyHash [32]byte) (Application, error)
	ListApplications(ctx context.Context, q ApplicationQuery) (ApplicationPage, error)
	// CountApplications stops at limit+1; limit 0 counts them all.
	CountApplications(ctx context.Context, q ApplicationQuery, limit int) (int, error)
	// EachApplication streams all matches in order, ignoring limit and
	// offset, in constant memory; an error of fn stops it and is returned.
	EachApplication(ctx context.Context, q ApplicationQuery, fn func(ApplicationRow) error) error
	// EachApplicationID gives the ids of all matches, as of one moment and in no
	// order, ignoring limit and offset; an error of fn stops it and is returned.
	EachApplicationID(ctx context.Context, q ApplicationQuery, fn func(id string) error) error
	// ActiveTokens counts unexpired tokens of the application's present key.
	ActiveTokens(ctx context.Context, applicationID string, now time.Time) (int, error)

	Rule(ctx context.Context, id int32) (Rule, error)
	RulesOf(ctx context.Context, subject Subject) ([]Rule, error) // oldest first
	ListRules(ctx context.Context, q RuleQuery) (Page[Rule], error)
	// CountRules stops at limit+1; limit 0 counts them all.
	CountRules(ctx context.Context, q RuleQuery, limit int) (int, error)
	// EachRule streams all matches in order, as EachApplication does.
	EachRule(ctx context.Context, q RuleQuery, fn func(Rule) error) error
	// EachRuleID is as EachApplicationID.
	EachRuleID(ctx context.Context, q RuleQuery, fn func(id string) error) error
	// RoleHolders counts, for each role, the subjects that have it by the rules
	// of the query.
	RoleHolders(ctx context.Context, q RuleQuery) (map[int32]int, error)
	// Grants are the rules of a principal in the form that decisions need.
	Grants(ctx context.Context, subject Subject) ([]Grant, error)

	Scope(ctx context.Context, id string) (Scope, error)
	// ScopeByNames finds a node by the names below the tenant; none is the tenant.
	ScopeByNames(ctx context.Context, names []string) (Scope, error)
	Scopes(ctx context.Context, q ScopeQuery) ([]Scope, error) // by name, then id
	ListNodes(ctx context.Context, q NodeQuery) (Page[Scope], error)
	// CountNodes stops at limit+1; limit 0 counts them all.
	CountNodes(ctx context.Context, q NodeQuery, limit int) (int, error)
	// EachNode streams all matches in order.
	EachNode(ctx context.Context, q NodeQuery, fn func(Scope) error) error
	// Nodes are all nodes within reach at once, in no order, and without what is
	// looked up beside them: Names and Children.
	Nodes(ctx context.Context, reach []ScopePath) ([]Scope, error)
	// ScopeUse counts living things; those in the bin do not hold a node.
	ScopeUse(ctx context.Context, id string) (ScopeUse, error)

	User(ctx context.Context, id string) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error) // case-insensitive
	Users(ctx context.Context) ([]User, error)
	ListUsers(ctx context.Context, l List) (Page[UserRow], error)
	// CountUsers stops at limit+1; limit 0 counts them all.
	CountUsers(ctx context.Context, l List, limit int) (int, error)
	// EachUser streams all matches in order.
	EachUser(ctx context.Context, l List, fn func(UserRow) error) error
	// EachUserID is as EachApplicationID.
	EachUserID(ctx context.Context, l List, fn func(id string) error) error
	PasswordHash(ctx context.Context, userID string) (string, error)
	// SessionsOf are the sign-ins of a user, ended ones included, the newest first.
	SessionsOf(ctx context.Context, userID string) ([]Session, error)
	Preferences(ctx context.Context, userID string) (Preferences, error)
	// Administrators are the enabled, living users who hold this role at the tenant.
	Administrators(ctx context.Context, roleID int32) ([]User, error)

	AccessKey(ctx context.Context, id string) (AccessKey, error)
	// AccessKeyByKey is ApplicationByKey for access keys.
	AccessKeyByKey(ctx context.Context, endsIn string, keyHash [32]byte) (AccessKey, error)
	// AccessKeys are those that match all that is given, oldest first.
	AccessKeys(ctx context.Context, by AccessKeySelection) ([]AccessKey, error)

	Throttle(ctx context.Context, key string) (Throttle, error) // zero value if unknown
	SetupLinks(ctx context.Context) ([]SetupLink, error)
	SigningKeys(ctx context.Context) ([]StoredSigningKey, error) // oldest first
	// Setting is the stored text, or "" if never set.
	Setting(ctx context.Context, name string) (string, error)
	Settings(ctx context.Context) (map[string]string, error) // all that were ever set
	Answer(ctx context.Context, key [32]byte) (StoredAnswer, error)
	// FormResult is the entity that a form made, or ErrNotFound.
	FormResult(ctx context.Context, formKey string) (entityID string, err error)
	// CountSessions counts those that have not reached their end.
	CountSessions(ctx context.Context, now time.Time) (int, error)
	// NextKeyExpiry is when the first secret key of an enabled application
	// expires after now; zero if none does.
	NextKeyExpiry(ctx context.Context, now time.Time) (time.Time, error)
	// Events are the newest first; for tests.
	Events(ctx context.Context, limit int) ([]Event, error)
	Event(ctx context.Context, id string) (Event, error)
	ListEvents(ctx context.Context, q EventQuery) (Page[Event], error)
	// EventsBeside are those before and after an event in the order of a list.
	EventsBeside(ctx context.Context, q EventQuery, e Event) (EventBesides, error)
	// CountEvents stops at limit+1; limit 0 counts them all.
	CountEvents(ctx context.Context, q EventQuery, limit int) (int, error)
	// EachEvent streams all matches in order.
	EachEvent(ctx context.Context, q EventQuery, fn func(Event) error) error
	// EventsHead is the zero LogHead as long as there are no events.
	EventsHead(ctx context.Context) (LogHead, error)
	// VerifyEvents walks over the whole log, in constant memory, and looks
	// whether it still has the head that was kept; a zero one is not looked for.
	VerifyEvents(ctx context.Context, kept LogHead) (LogCheck, error)
}

// Tx is a transaction: every question and every change.
type Tx interface {
	Reader

	InsertApplication(ctx context.Context, a Application, c Credential) error
	// UpdateApplication writes Description, Enabled, TokenLifetime, where it is
	// managed, UpdatedAt, DeletedAt and ClientID-independent facts, where the version is still
	// a.Version, and makes it a.Version+1; otherwise ErrStale.
	UpdateApplication(ctx context.Context, a Application) error
	// ReplaceKey stores a new key hash, its facts and its generation.
	ReplaceKey(ctx context.Context, a Application, c Credential) error
	// PurgeApplications removes those deleted before the moment, with their rules.
	PurgeApplications(ctx context.Context, deletedBefore time.Time) (int, error)

	// InsertRule gives the rule its id and keeps the subject's RuleCount.
	// The same subject, role and scope twice is ErrConflict.
	InsertRule(ctx context.Context, r Rule) (Rule, error)
	DeleteRule(ctx context.Context, id int32, at time.Time) error

	InsertScope(ctx context.Context, s Scope) error
	RenameScope(ctx context.Context, id, name string, at time.Time) error
	// MoveScope hangs a node on another parent: the paths of all below it, and
	// of the applications managed there, follow. A sibling's name is ErrConflict.
	MoveScope(ctx context.Context, scope, parent Scope, at time.Time) error
	// DeleteScope takes a node away on which nothing hangs.
	DeleteScope(ctx context.Context, id string, at time.Time) error

	InsertUser(ctx context.Context, u User, passwordHash string) error
	// UpdateUser writes Disabled, LastLogin, MustChangePassword and the times.
	UpdateUser(ctx context.Context, u User) error
	SetPasswordHash(ctx context.Context, userID, hash string, at time.Time) error
	SetPreference(ctx context.Context, userID, name, value string) error
	// EndSession removes one; ErrNotFound if it is gone already.
	EndSession(ctx context.Context, idHash [32]byte) error
	// EndSessions removes every session of the user but the one to keep.
	EndSessions(ctx context.Context, userID string, keep [32]byte) error

	// InsertAccessKey: the name of another key of the owner is ErrConflict.
	InsertAccessKey(ctx context.Context, k AccessKey, c Credential) error
	// ReplaceAccessKey stores a new secret key as one generation newer.
	ReplaceAccessKey(ctx context.Context, k AccessKey, c Credential) error
	DeleteAccessKey(ctx context.Context, id string) error

	// RevokeToken reports false if it was revoked before.
	RevokeToken(ctx context.Context, t RevokedToken) (bool, error)
	// InsertPublicKey: a kid or a key that the application has is ErrConflict.
	InsertPublicKey(ctx context.Context, k PublicKey) error
	DeletePublicKey(ctx context.Context, applicationID, id string) error
	// DeletePublicKeys removes all of an application.
	DeletePublicKeys(ctx context.Context, applicationID string) error
	// UseAssertion remembers the hash of a client assertion until it expires;
	// ErrConflict if it was used before.
	UseAssertion(ctx context.Context, hash [32]byte, expiresAt time.Time) error
	// PurgeTokens forgets revoked tokens and used assertions that have expired.
	PurgeTokens(ctx context.Context, now time.Time) error

	SetThrottle(ctx context.Context, t Throttle) error
	ClearThrottle(ctx context.Context, key string) error
	// PurgeThrottles forgets those whose last failure was before the moment.
	PurgeThrottles(ctx context.Context, lastFailureBefore time.Time) error
	InsertSetupLink(ctx context.Context, l SetupLink) error
	// UseSetupLink marks it used; ErrConflict if it was used before.
	UseSetupLink(ctx context.Context, hash [32]byte, at time.Time) error
	InsertSigningKey(ctx context.Context, k StoredSigningKey) error
	UpdateSigningKey(ctx context.Context, k StoredSigningKey) error
	// SetSetting counts the EpochSetting up, as changes of signing keys do.
	SetSetting(ctx context.Context, name, value string) error
	// ClaimForm remembers what a form made; ErrConflict if it was claimed before.
	ClaimForm(ctx context.Context, formKey, entityID string, at time.Time) error

	// InsertAnswer notes that a request is being answered; ErrConflict if the
	// key is known.
	InsertAnswer(ctx context.Context, a StoredAnswer) error
	// SetAnswer keeps the answer; one that is not known is ErrNotFound.
	SetAnswer(ctx context.Context, key [32]byte, sealed []byte, at time.Time) error
	// DeleteAnswer forgets that there was a request.
	DeleteAnswer(ctx context.Context, key [32]byte) error
	// PurgeAnswers blots out those answered before one moment, and forgets
	// those made before another.
	PurgeAnswers(ctx context.Context, answeredBefore, madeBefore time.Time) error

	AppendEvent(ctx context.Context, e Event) error
}
