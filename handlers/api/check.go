package api

import (
	"context"

	"latchkey/access"
)

// CheckAccess answers whether a subject may do something somewhere, and why.
func (a *api) CheckAccess(ctx context.Context, r CheckAccessRequestObject) (CheckAccessResponseObject, error) {
	answer, err := a.svc.CheckAccess(ctx, callerOf(ctx), access.NewCheck{
		SubjectType: access.SubjectType(r.Body.SubjectType),
		Subject:     r.Body.SubjectId,
		Action:      r.Body.Action,
		Resource:    r.Body.ResourceType,
		ScopeID:     r.Body.ScopeId,
	})
	if err != nil {
		return nil, err
	}
	wire := AccessAnswer{
		Allowed:        answer.Allowed,
		Hindrance:      answer.Hindrance,
		AllowingRules:  wireRules(answer.By),
		RulesElsewhere: wireRules(answer.Elsewhere),
		RulesInScope:   wireRules(answer.Here),
		Roles:          make([]RoleName, len(answer.Would)),
	}
	if len(answer.By) > 0 {
		wire.DecidedBy = answer.By[0].ID
	}
	for i, role := range answer.Would {
		wire.Roles[i] = RoleName{Id: role.ID, Name: role.Name}
	}
	return CheckAccess200JSONResponse(wire), nil
}

func wireRules(rules []access.Rule) []AccessRule {
	wire := make([]AccessRule, len(rules))
	for i, rule := range rules {
		wire[i] = wireRule(rule)
	}
	return wire
}
