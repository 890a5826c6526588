package access

import "context"

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
	switch n.Resource {
	case Applications:
		e.EntityType = applicationEntity
	case AccessRules:
		e.EntityType = ruleEntity
	case Users:
		e.EntityType = userEntity
	default:
		e.EntityType = string(n.Resource)
	}
	return e, true
}
