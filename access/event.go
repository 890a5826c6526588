package access

import "time"

// EventAction and EventResult use the words of the wire (api-contract.md 4.2).
type (
	EventAction string
	EventResult string
)

// The actions and results of events.
const (
	EventCreate        EventAction = "create"
	EventUpdate        EventAction = "update"
	EventDelete        EventAction = "delete"
	EventSignIn        EventAction = "sign-in"
	EventSignOut       EventAction = "sign-out"
	EventResetPassword EventAction = "reset-password"
	EventExport        EventAction = "export"
	// EventRead is told of those who may not: what somebody was shown is not told,
	// but for whose a secret key is.
	EventRead EventAction = "read"

	Succeeded EventResult = "Succeeded"
	Failed    EventResult = "Failed"
)

// SubjectIDKey is the key of the metadata that tells whom an access rule is
// about: the activity of a subject is found by it.
const SubjectIDKey = "subjectId"

// Event is one line of the audit log. It is written in the same transaction as
// the change that it tells of, and it never holds a secret.
type Event struct {
	ID      string // UUIDv7
	At      time.Time
	Subject Subject // who did it
	Action  EventAction
	Result  EventResult
	// Entity is what it was done to: "application", "application-secret",
	// "access-rule", "user", "session", "setting", "signing-key", ...
	EntityType string
	EntityID   string
	EntityName string
	Origin     Origin
	// Metadata says more, such as "before.enabled" and "after.enabled", or
	// "reason" of a failure. At most 10 keys.
	Metadata map[string]string
}

// Origin is where a request came from, for the audit log.
type Origin struct {
	SourceIP   string
	UserAgent  string
	HTTPMethod string
	URL        string // path only: queries may hold what people searched for
	RequestID  string
}
