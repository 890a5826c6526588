package access

import (
	"time"

	"latchkey/token"
)

// Times are the three moments that every stored thing has. A zero DeletedAt
// means that it is not deleted.
type Times struct {
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt time.Time
}

// Status is what the Status column says of an application.
type Status string

// The statuses, in the words of the screen.
const (
	StatusActive     Status = "Active"
	StatusDisabled   Status = "Disabled"
	StatusKeyExpired Status = "Key expired"
)

// Limits on what people type (security.md 45). Lengths are in characters of
// NFC-normalised text.
const (
	MinNameLength        = 2
	MaxNameLength        = 64
	MaxDescriptionLength = 1000
	MaxRulesPerSubject   = 50
	// BinRetention is how long a deleted application can be restored.
	BinRetention = 30 * 24 * time.Hour
)

// Application is a machine identity. It never carries its secret key nor the
// key's hash: Credential does, and no page and no answer is made from that.
type Application struct {
	ID          string
	Name        string
	ClientID    string // equals Name at creation and never changes
	Description string
	// Scope is the node at which the application is managed: whoever may read
	// (update, delete) applications there, may do so with this one. It says
	// nothing of what the application itself may do; its rules do.
	ScopeID   string
	ScopePath ScopePath
	Enabled   bool
	Key       KeyFacts
	// TokenLifetime overrides the tenant's lifetime of access tokens; 0 = inherit.
	TokenLifetime time.Duration
	RuleCount     int
	CreatedBy     string // e-mail address or client id of the creator
	LastLogin     time.Time
	// Version grows with every change; ETag and If-Match are made from it.
	Version int64
	Times
}

// KeyFacts is what may be known about a secret key by those who manage it. The
// zero value is that of an application without one.
type KeyFacts struct {
	EndsIn    string // the last 4 characters, for people to recognise it
	CreatedAt time.Time
	ExpiresAt time.Time // zero: does not expire
	LastUsed  time.Time // zero: this key was never used
}

// HasSecretKey is false for an application that proves itself by its public keys
// alone. One or the other every living application has.
func (a Application) HasSecretKey() bool { return a.Key.EndsIn != "" }

// NoSecretKey stands for the end of a secret key where there is none.
const NoSecretKey = "-"

// End names the key among those that an application has had: by its last
// characters, or as NoSecretKey.
func (f KeyFacts) End() string {
	if f.EndsIn == "" {
		return NoSecretKey
	}
	return f.EndsIn
}

// Status at this moment. Disabled wins over an expired key, because enabling
// comes first when mending it.
func (a Application) Status(now time.Time) Status {
	switch {
	case !a.Enabled:
		return StatusDisabled
	case !a.Key.ExpiresAt.IsZero() && !now.Before(a.Key.ExpiresAt):
		return StatusKeyExpired
	default:
		return StatusActive
	}
}

// Credential is what the token endpoint needs to know of an application or an
// access key, in one row: nothing more is read on the hot path.
type Credential struct {
	ApplicationID string // or that of the access key
	ClientID      string
	// KeyHash is zero without a secret key: no key has that hash.
	KeyHash token.KeyHash
	// Generation grows with every regenerated key; tokens carry it, so that
	// those of an older key are refused at once.
	Generation    int64
	Enabled       bool
	Deleted       bool
	KeyExpiresAt  time.Time
	TokenLifetime time.Duration // 0: the tenant's
	// Epoch is the EpochSetting of the moment: it tells whether the signing keys
	// and settings in memory are still those that are stored.
	Epoch string
	// Owner is whose access key it is: it acts as that user, is Enabled as long
	// as they are, and Deleted once they are. Zero for an application.
	Owner Subject
}

// ApplicationRow is one line of the Applications table: the application, its
// newest rules (newest last), at most RulesShown of them (RuleCount has the
// total), and where it is managed.
type ApplicationRow struct {
	Application
	Rules []Rule
	// ManagedIn is the names from the tenant down to the node at which it is
	// managed; empty if that node is gone, as it may be for one in the bin.
	ManagedIn []string
}

// RulesShown is how many rules a row carries with it.
const RulesShown = 3

// NewApplication is the input of Service.CreateApplication.
type NewApplication struct {
	Name        string
	Description string
	// ScopeID is where it is managed; empty means the widest node at which
	// the caller may create applications.
	ScopeID string
	// KeyLifetime is how long the key lives; 0 means that it does not expire,
	// UsualKeyLifetime whatever is usual here.
	KeyLifetime time.Duration
	// PublicKey is what it proves itself with instead of a secret key; nil: it
	// gets a secret key.
	PublicKey *NewPublicKey
	// FormKey names the rendered form; a second submission of the same form
	// is an AlreadyDoneError and changes nothing. Empty: no protection.
	FormKey string
}

// Impact is what a confirmation says before it breaks something.
type Impact struct {
	Application  Application
	ActiveTokens int // tokens of the present key that have not expired
	Rules        int
	PublicKeys   int
}
