package access

import (
	"cmp"
	"slices"
	"strings"
)

// Decision answers "may this principal do that there?", and says which rule
// decided.
type Decision struct {
	Allowed bool
	// By is the rule that allows it; meaningless if not Allowed.
	By Grant
}

// Decide denies unless one grant says otherwise: its role has the action on
// the resource type, and its node is the one asked about or above it. Grants
// of unknown roles allow nothing.
func Decide(grants []Grant, a Action, r ResourceType, at ScopePath) Decision {
	for _, g := range grants {
		if g.allows(a, r) && g.Path.Contains(at) {
			return Decision{Allowed: true, By: g}
		}
	}
	return Decision{}
}

func (g Grant) allows(a Action, r ResourceType) bool {
	return g.actions(r).Has(a)
}

// actions is what the grant allows with a type, wherever it reaches: what its
// role does, as far as the token goes that it came with.
func (g Grant) actions(r ResourceType) Actions {
	role := rolesByID[g.RoleID]
	if role == nil {
		return 0
	}
	return role.actions(r) & g.within.actions(r)
}

// actions is what the role may do with a type; applications and service
// accounts are the same things by two names, so holding either counts.
func (r *Role) actions(t ResourceType) Actions {
	switch t {
	case Applications, ServiceAccounts:
		return r.Grants[Applications] | r.Grants[ServiceAccounts]
	}
	return r.Grants[t]
}

// Allows is what the role may do with a type.
func (r Role) Allows(t ResourceType) Actions { return r.actions(t) }

// Reach is where the grants allow an action: the fewest nodes that, with all
// below them, are the whole of it. The widest comes first.
func Reach(grants []Grant, a Action, r ResourceType) []ScopePath {
	var paths []ScopePath
	for _, g := range grants {
		if g.allows(a, r) {
			paths = append(paths, g.Path)
		}
	}
	return widest(paths)
}

// widest leaves out every path that lies within another.
func widest(paths []ScopePath) []ScopePath {
	slices.SortFunc(paths, func(p, q ScopePath) int {
		return cmp.Or(cmp.Compare(p.depth(), q.depth()), cmp.Compare(p, q))
	})
	var roots []ScopePath
	for _, p := range paths {
		within := func(root ScopePath) bool { return root.Contains(p) }
		if p != "" && !slices.ContainsFunc(roots, within) {
			roots = append(roots, p)
		}
	}
	return roots
}

func (p ScopePath) depth() int { return strings.Count(string(p), "/") }

// held is everything that the grants allow at a node.
func held(grants []Grant, at ScopePath) map[ResourceType]Actions {
	all := map[ResourceType]Actions{}
	for _, g := range grants {
		if role := rolesByID[g.RoleID]; role != nil && g.Path.Contains(at) {
			for r := range role.Grants {
				all[r] |= g.actions(r)
			}
		}
	}
	return all
}

// Covers answers whether the grants hold every permission of a role at a node,
// which they must to give that role away (nobody grants what they do not
// hold). What is missing is nil if they do. A role that is unknown cannot be
// covered: ok is then false.
func Covers(grants []Grant, roleID int32, at ScopePath) (missing []Permission, ok bool) {
	role, known := RoleByID(roleID)
	if !known {
		return nil, false
	}
	mine := held(grants, at)
	for _, p := range role.Permissions() {
		if lacking := p.Actions &^ mine[p.Resource]; lacking != 0 {
			missing = append(missing, Permission{Resource: p.Resource, Actions: lacking})
		}
	}
	return missing, len(missing) == 0
}

// ScopeAccess is what a subject may do at one node: by the rules made there
// and by those of the nodes above.
type ScopeAccess struct {
	Scope Scope
	// Rules are those made at this very node, oldest first.
	Rules []EffectiveRule
	// Permissions holds at the node and below.
	Permissions []Permission
}

// EffectiveRule is a rule, and the rule that makes it superfluous, if any.
type EffectiveRule struct {
	Rule
	CoveredBy *Rule
}

// EffectiveAccess sums up a subject's rules by node, the widest first.
func EffectiveAccess(rules []Rule) []ScopeAccess {
	grants := GrantsOf(rules)
	byNode := map[ScopePath]int{}
	var summary []ScopeAccess
	for _, rule := range rules {
		at, seen := byNode[rule.Scope.Path]
		if !seen {
			at = len(summary)
			byNode[rule.Scope.Path] = at
			summary = append(summary, ScopeAccess{Scope: rule.Scope, Permissions: permissions(held(grants, rule.Scope.Path))})
		}
		effective := EffectiveRule{Rule: rule}
		if by, covered := CoveringRule(rule, rules); covered {
			effective.CoveredBy = &by
		}
		summary[at].Rules = append(summary[at].Rules, effective)
	}
	slices.SortStableFunc(summary, func(a, b ScopeAccess) int {
		return cmp.Or(cmp.Compare(a.Scope.Path.depth(), b.Scope.Path.depth()), cmp.Compare(a.Scope.NamePath(), b.Scope.NamePath()))
	})
	return summary
}

// GrantsOf are the grants of these rules.
func GrantsOf(rules []Rule) []Grant {
	grants := make([]Grant, len(rules))
	for i, r := range rules {
		grants[i] = Grant{RuleID: r.ID, RoleID: r.RoleID, Path: r.Scope.Path}
	}
	return grants
}

// CoveringRule finds among a subject's rules one that alone allows all that
// rule does. Of two that allow the same at the same node, the older covers the
// newer, never the other way round; a rule without an id is not made yet.
func CoveringRule(rule Rule, others []Rule) (Rule, bool) {
	for _, other := range others {
		if other.ID != rule.ID && covers(other, rule) && (rule.ID == 0 || !covers(rule, other) || other.ID < rule.ID) {
			return other, true
		}
	}
	return Rule{}, false
}

func covers(wider, rule Rule) bool {
	_, ok := Covers(GrantsOf([]Rule{wider}), rule.RoleID, rule.Scope.Path)
	return ok
}
