package access

// SubjectType is the kind of subject of an access rule.
type SubjectType string

// The kinds of subject. On the wire an application is "app", or by its newer
// name "service-account".
const (
	SubjectUser        SubjectType = "user"
	SubjectApplication SubjectType = "app"
	SubjectGroup       SubjectType = "group"
)

// Subject is who an access rule is about. Name is the canonical form that
// people and the wire see: an e-mail address, a client id or a group name.
// ID is our own id, so that a name that is taken again never inherits rules;
// for a group it equals Name.
type Subject struct {
	Type SubjectType
	ID   string
	Name string
}

// Rule is an access rule: subject is role in scope. Rules are never edited,
// only deleted and created again.
type Rule struct {
	ID        int32
	Subject   Subject
	RoleID    int32
	RoleName  string
	Scope     Scope
	CreatedBy string
	Times
}

// RulePhase is how far a rule has come, in the words of the wire.
type RulePhase string

// The phases. Rules take effect at once, so that there are no others.
const (
	RuleReady    RulePhase = "Ready"
	RuleDeleting RulePhase = "Deleting"
)

// Phase is Ready while the rule counts.
func (r Rule) Phase() RulePhase {
	if r.DeletedAt.IsZero() {
		return RuleReady
	}
	return RuleDeleting
}

// NewRule is the input of Service.CreateRule. Subject may be named by ID or by
// Name; ScopeID is the id of a node.
type NewRule struct {
	SubjectType SubjectType
	Subject     string
	RoleID      int32
	ScopeID     string
	// ScopeType, if not empty, must be the node's.
	ScopeType ScopeType
}
