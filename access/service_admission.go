package access

import (
	"context"
	"errors"
	"fmt"

	"latchkey/token"
)

// Need is a permission as it can be asked for before it is known of what.
type Need struct {
	Action   Action
	Resource ResourceType
	// TenantWide says that it must be held at the tenant; otherwise anywhere will
	// do, and the use case itself looks at the node.
	TenantWide bool
}

// Admit refuses a caller who cannot have the permission where it would be needed,
// with a *PermissionError that names it. It tells nothing of what there is. The
// refusal of a change is an event, as it would be further in.
func (s *Service) Admit(ctx context.Context, c Caller, need Need) error {
	if need.TenantWide && c.may(need.Action, need.Resource, TenantPath) || !need.TenantWide && len(c.reach(need.Action, need.Resource)) > 0 {
		return nil
	}
	where, err := scopeName(ctx, s.repo, TenantPath)
	if err != nil {
		return err
	}
	refusal := &PermissionError{Action: need.Action, Resource: need.Resource, ScopeName: where}
	if told, changes := need.event(); changes {
		s.recordRefusal(ctx, c, told, refusal)
	}
	return refusal
}

// event tells of the change that did not happen; the address in its origin says
// what it was about.
func (n Need) event() (e Event, changes bool) {
	switch n.Action {
	case Create:
		e.Action = EventCreate
	case Update:
		e.Action = EventUpdate
	case Delete:
		e.Action = EventDelete
	default:
		return Event{}, false
	}
	e.EntityType = n.Resource.entity()
	return e, true
}

// entity is the word for one of these in the audit log.
func (r ResourceType) entity() string {
	switch r {
	case Applications:
		return applicationEntity
	case AccessRules:
		return ruleEntity
	case Users:
		return userEntity
	default:
		return string(r)
	}
}

// RecordDenial tells of something that the caller was not shown, once Flush is
// called: asking changes nothing (security.md 31). The refusal is an ErrForbidden;
// a *PermissionError among its causes says what was missing.
func (s *Service) RecordDenial(c Caller, refusal error) {
	denied := failure{action: EventRead, subject: c.Subject, reason: "not allowed", origin: c.Origin}
	var missing *PermissionError
	if errors.As(refusal, &missing) {
		denied.entityType, denied.reason = missing.Resource.entity(), shorten(missing.Error(), maxReason)
		denied.permission, denied.scope = fmt.Sprintf("%s %s", missing.Action, missing.Resource.DisplayName()), shorten(missing.ScopeName, maxReason)
	}
	s.denials.add(denied)
}

// RecordRefusedToken tells of an access token that TokenPrincipal refused, once
// Flush is called. Of the token nothing is told: not even the claims of one that
// somebody else may have made up.
func (s *Service) RecordRefusedToken(o Origin, refusal error) {
	refused := failure{
		action: EventSignIn, subject: Subject{Type: SubjectApplication, Name: "(access token)"}, entityType: sessionEntity,
		reason: "access token is not valid", origin: o,
	}
	var known *refusedToken
	switch {
	case errors.As(refusal, &known):
		refused.subject, refused.reason = known.subject, known.reason
	case errors.Is(refusal, token.ErrExpiredToken):
		refused.reason = "expired access token"
	case errors.Is(refusal, token.ErrUnknownKey):
		refused.reason = "access token of an unknown signing key"
	}
	s.failures.add(refused)
}

// refusedToken is an access token that we have signed, and that is no longer good.
// It is ErrUnauthenticated.
type refusedToken struct {
	subject Subject
	reason  string
}

func (e *refusedToken) Error() string { return e.reason }
func (e *refusedToken) Unwrap() error { return ErrUnauthenticated }

// maxReason is the most that is kept of a reason, in bytes.
const maxReason = 512
