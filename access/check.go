package access

import (
	"cmp"
	"math/bits"
	"slices"
)

// Question is one that can be asked of the rules of a subject: may it do that
// there?
type Question struct {
	Action   Action
	Resource ResourceType
	At       ScopePath
}

// Hindrance is why a subject may do nothing at all, whatever its rules say.
type Hindrance string

// The hindrances.
const (
	NotHindered       Hindrance = ""
	HinderedDisabled  Hindrance = "disabled"
	HinderedKeyExpiry Hindrance = "key expired"
	HinderedDeleted   Hindrance = "deleted"
)

// Verdict is the answer to a Question, and what led to it.
type Verdict struct {
	Allowed bool
	// Hindrance is why not, although a rule would allow it; or whether or not
	// one would.
	Hindrance Hindrance
	// By are the rules that allow it, the one that decides first; they are told
	// of a subject that is hindered, too.
	By []Rule
	// Elsewhere are the rules whose role allows it, in other places.
	Elsewhere []Rule
	// Here are the rules that reach the place, and whose roles do not allow it.
	Here []Rule
	// Would are the roles that allow it: one of them, granted there or above,
	// would make it so.
	Would []Role
}

// Check answers a question by the rules of a subject; it is Decide with its
// reasons.
func Check(rules []Rule, q Question, hindrance Hindrance) Verdict {
	v := Verdict{Hindrance: hindrance}
	decision := Decide(GrantsOf(rules), q.Action, q.Resource, q.At)
	for i, g := range GrantsOf(rules) {
		rule, allows, reaches := rules[i], g.allows(q.Action, q.Resource), g.Path.Contains(q.At)
		switch {
		case allows && reaches:
			v.By = append(v.By, rule)
		case allows:
			v.Elsewhere = append(v.Elsewhere, rule)
		case reaches:
			v.Here = append(v.Here, rule)
		}
	}
	v.Allowed = decision.Allowed && hindrance == NotHindered
	if !decision.Allowed {
		v.Would = rolesThatAllow(q.Action, q.Resource)
	}
	return v
}

// rolesThatAllow are those with the fewest permissions first: the first one
// that will do is the one to ask for.
func rolesThatAllow(a Action, t ResourceType) []Role {
	var fit []Role
	for _, role := range roles {
		if role.actions(t).Has(a) {
			fit = append(fit, role)
		}
	}
	slices.SortStableFunc(fit, func(x, y Role) int {
		return cmp.Or(cmp.Compare(x.weight(), y.weight()), cmp.Compare(x.Name, y.Name))
	})
	return fit
}

// weight is how many single permissions the role has.
func (r Role) weight() int {
	n := 0
	for _, actions := range r.Grants {
		n += bits.OnesCount8(uint8(actions))
	}
	return n
}
