package access

import (
	"context"
	"errors"
	"fmt"
)

// ScopeMove is the input of MoveScope. Version, if not 0, is the one that the
// caller read.
type ScopeMove struct {
	ID, ParentID string
	Version      int64
}

// parentField is the input of what a node hangs on.
const parentField = "parentId"

// MoveScope hangs a node, with all below it, on another parent: a project on
// any department. A department stays in its cluster and a cluster below the
// organisation, so that a rule on a cluster reaches what it was made for.
//
// It needs the permission to delete the node where it is and to create one
// where it goes, and every permission of the rules that begin to reach it: a
// move hands these out as surely as new rules would (security.md 38). A name
// that a node has there already is a *ConflictError about "name".
func (s *Service) MoveScope(ctx context.Context, c Caller, in ScopeMove) (Scope, error) {
	return s.changeScope(ctx, c, in.ID, Delete, EventUpdate, func(ctx context.Context, tx Tx, scope Scope, e *Event) (Scope, error) {
		if err := sameVersion(string(scope.Type), scope.ID, in.Version, scope.Version()); err != nil {
			return Scope{}, err
		}
		parent, err := visibleScope(ctx, tx, c, in.ParentID)
		if errors.Is(err, ErrNotFound) {
			return Scope{}, Invalid(parentField, "That place no longer exists, or not where you can see it. Choose another.")
		}
		if err != nil {
			return Scope{}, err
		}
		if problem := cannotHangOn(scope, parent); problem != "" {
			return Scope{}, Invalid(parentField, "%s", problem)
		}
		if scope.ParentID == parent.ID {
			e.Action = ""
			return scope, nil
		}
		if err := mayMoveScope(ctx, tx, c, scope, parent); err != nil {
			return Scope{}, err
		}
		if err := checkScopeNameIsFreeBelow(ctx, tx, scope, parent, scope.Name); err != nil {
			return Scope{}, err
		}
		return s.moveScope(ctx, tx, scope, parent, e)
	})
}

// cannotHangOn says why a node cannot move below another, or is empty.
func cannotHangOn(scope, parent Scope) string {
	below := childTypes[parent.Type].below
	switch {
	case scope.Path.Contains(parent.Path):
		return fmt.Sprintf("%s cannot be moved below itself. Choose a place outside of it.", scope.Name)
	case scope.Type == ScopeCluster:
		return "A cluster always hangs directly below the organization."
	case below != scope.Type:
		return fmt.Sprintf("A %s hangs below a %s, and %s is %s. Choose a %s.",
			scope.Type, parentType(scope.Type), parent.Name, whichScope(parent.Type), parentType(scope.Type))
	case scope.Type == ScopeDepartment && scope.ParentID != parent.ID:
		return "A department stays in its cluster. Move its projects to a department of the other cluster."
	}
	return ""
}

// parentType is the level above one; the tenant has none.
func parentType(kind ScopeType) ScopeType {
	for above, child := range childTypes {
		if child.below == kind {
			return above
		}
	}
	return ""
}

// scopeWord is what people call a level.
func scopeWord(kind ScopeType) string {
	if kind == ScopeTenant {
		return "organization"
	}
	return string(kind)
}

// whichScope is such as "a cluster"; there is one organization.
func whichScope(kind ScopeType) string {
	if kind == ScopeTenant {
		return "the organization"
	}
	return "a " + string(kind)
}

// mayMoveScope asks for what a move needs besides deleting the node.
func mayMoveScope(ctx context.Context, r Reader, c Caller, scope, parent Scope) error {
	if err := c.require(ctx, r, Create, resourceOf(scope.Type), parent.Path); err != nil {
		return err
	}
	return holdsRulesThatBegin(ctx, r, c, scope, parent)
}

// holdsRulesThatBegin is nil if the caller holds, at the node, all that the
// rules allow which would reach it below its new parent and do not yet.
func holdsRulesThatBegin(ctx context.Context, r Reader, c Caller, scope, parent Scope) error {
	rules, err := rulesThatBegin(ctx, r, scope, parent)
	if err != nil {
		return err
	}
	return holdsRulesAt(c, rules, scope)
}

// rulesThatBegin are the rules that would reach a node below its new parent and
// do not yet; those for its siblings are the same.
func rulesThatBegin(ctx context.Context, r Reader, scope, parent Scope) ([]Rule, error) {
	var begin []Rule
	for _, id := range parent.Path.IDs() {
		if id == TenantNodeID || scope.Path.has(id) {
			continue
		}
		rules, err := rulesAt(ctx, r, id)
		if err != nil {
			return nil, err
		}
		begin = append(begin, rules...)
	}
	return begin, nil
}

func holdsRulesAt(c Caller, rules []Rule, scope Scope) error {
	for _, rule := range rules {
		if err := holdsRuleAt(c, rule, scope); err != nil {
			return err
		}
	}
	return nil
}

func holdsRuleAt(c Caller, rule Rule, scope Scope) error {
	missing, ok := c.covers(rule.RoleID, scope.Path)
	if ok || len(missing) == 0 { // an unknown role allows nothing
		return nil
	}
	return &PermissionError{
		Resource: missing[0].Resource, Action: missing[0].Actions.List()[0], ScopeName: scope.NamePath(),
		Message: fmt.Sprintf("There %s is %s on %s, and would reach %s too. That needs permissions that you do not hold on %s: %s.",
			rule.Subject.Name, rule.RoleName, rule.Scope.NamePath(), scope.Name, scope.NamePath(), summarize(missing)),
	}
}

// rulesAt are the living rules made at this very node.
func rulesAt(ctx context.Context, r Reader, scopeID string) ([]Rule, error) {
	q := RuleQuery{List: List{}.filled(RuleSchema), RuleSelection: RuleSelection{ScopeID: scopeID}, Reach: []ScopePath{TenantPath}}
	var rules []Rule
	err := r.EachRule(ctx, q, func(rule Rule) error {
		rules = append(rules, rule)
		return nil
	})
	return rules, err
}

// has reports whether the path leads through a node or to it.
func (p ScopePath) has(id string) bool {
	for _, own := range p.IDs() {
		if own == id {
			return true
		}
	}
	return false
}

// moveScope moves within a transaction what may be moved, and tells of it.
func (s *Service) moveScope(ctx context.Context, tx Tx, scope, parent Scope, e *Event) (Scope, error) {
	err := tx.MoveScope(ctx, scope, parent, after(scope.UpdatedAt, s.now()))
	if errors.Is(err, ErrConflict) {
		return Scope{}, fmt.Errorf("%w: %w", scopeNameTaken(scope.Type, scope.Name), err)
	}
	if err != nil {
		return Scope{}, err
	}
	moved, err := tx.Scope(ctx, scope.ID)
	if err != nil {
		return Scope{}, err
	}
	e.Metadata = map[string]string{
		"scope":        moved.NamePath(),
		"before.scope": scope.NamePath(), "after.scope": moved.NamePath(),
		"before.parentId": scope.ParentID, "after.parentId": parent.ID,
	}
	return moved, nil
}
