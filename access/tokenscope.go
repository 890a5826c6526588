package access

import (
	"errors"
	"slices"
	"strings"
)

// ErrInvalidScope says that a token was asked for with a scope that is none, or
// that is more than the access rules of the application allow.
var ErrInvalidScope = errors.New("scope is not one that the application may ask for")

// ErrInvalidTarget says that a token was asked for an audience that is not
// configured (RFC 8707 section 2).
var ErrInvalidTarget = errors.New("audience is not one that tokens are made for")

// openIDScope means nothing here: one recipe in wide use asks for it.
const openIDScope = "openid"

const (
	maxScopes      = 64
	maxScopeLength = 2048
)

// tokenScope is the scope of a token (RFC 6749 section 3.3): permissions, each
// written as <resource type>:<action>, that the token may use of those that its
// access rules give. Nil stands for all of them. It is never changed.
type tokenScope struct {
	text string
	only Role // whose Grants are these permissions
}

// parseTokenScope reads what a client asks for. It is nil for nothing, and for
// what means nothing.
func parseTokenScope(text string) (*tokenScope, error) {
	if len(text) > maxScopeLength {
		return nil, ErrInvalidScope
	}
	s := newTokenScope(text)
	if s == nil {
		return nil, nil
	}
	words := strings.Split(text, " ")
	if len(words) > maxScopes {
		return nil, ErrInvalidScope
	}
	var kept []string
	for _, word := range words {
		if _, _, known := ParsePermission(word); !known && word != openIDScope {
			return nil, ErrInvalidScope
		}
		if !slices.Contains(kept, word) {
			kept = append(kept, word)
		}
	}
	s.text = strings.Join(kept, " ")
	return s, nil
}

// newTokenScope is the scope that a token of ours bears. What this program does
// not know allows nothing.
func newTokenScope(text string) *tokenScope {
	if text == "" || text == openIDScope {
		return nil
	}
	s := &tokenScope{text: text, only: Role{Grants: map[ResourceType]Actions{}}}
	for word := range strings.SplitSeq(text, " ") {
		if resource, action, known := ParsePermission(word); known {
			s.only.Grants[resource] |= action.Set()
		}
	}
	return s
}

func (s *tokenScope) actions(r ResourceType) Actions {
	if s == nil {
		return CRUD
	}
	return s.only.actions(r)
}

// coveredBy reports whether the grants allow each permission of the scope
// somewhere: a token that asks for more is not made.
func (s *tokenScope) coveredBy(grants []Grant) bool {
	for resource, actions := range s.only.Grants {
		for _, action := range actions.List() {
			if !slices.ContainsFunc(grants, func(g Grant) bool { return g.allows(action, resource) }) {
				return false
			}
		}
	}
	return true
}

// narrow is the principal with no more than the scope: grants of which nothing
// is left are gone, so that their nodes are out of sight too.
func (p Principal) narrow(s *tokenScope) Principal {
	if s == nil {
		return p
	}
	p.within = s
	var left []Grant
	for _, g := range p.Grants {
		g.within = s
		if g.allowsAnything() {
			left = append(left, g)
		}
	}
	p.Grants = left
	return p
}

func (g Grant) allowsAnything() bool {
	return slices.ContainsFunc(resources, func(r Resource) bool { return g.actions(r.Type) != 0 })
}

// ScopeMissing is the scope that the token of this principal lacks for something
// that needs no access rule, because it is the principal's own; empty if it may.
func (p Principal) ScopeMissing(a Action, r ResourceType) string {
	if r == "" || p.within.actions(r).Has(a) {
		return ""
	}
	return string(r) + ":" + string(a)
}

// TokenScopes are all that can be asked for with success by somebody: the
// permissions that some role grants.
func TokenScopes() []string {
	var all []string
	for _, resource := range resources {
		var granted Actions
		for i := range roles {
			granted |= roles[i].actions(resource.Type)
		}
		all = append(all, Permission{Resource: resource.Type, Actions: granted}.Names()...)
	}
	return all
}
