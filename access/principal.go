package access

import (
	"context"
	"errors"
	"fmt"
)

// Grant is one access rule as the decision function needs it.
type Grant struct {
	RuleID int32
	RoleID int32
	Path   ScopePath

	// within, if not nil, is all that the token of this request may do with it.
	within *tokenScope
}

// Principal is whoever acts: a user or an application, with the grants of its
// access rules at this moment.
type Principal struct {
	Subject
	Grants []Grant
	// ClientID is what the access token of the request was earned with; empty
	// for who came another way.
	ClientID string

	// local marks whoever works on the machine itself. No request can set it.
	local bool
	// within, if not nil, is all that the token of this request may do.
	within *tokenScope
}

// Caller is a principal and where its request came from; every use case takes
// one.
type Caller struct {
	Principal
	Origin Origin
}

// LocalOperator is whoever runs the commands on the machine itself; it may do
// everything and is recorded under this name.
func LocalOperator(name string) Caller {
	return Caller{Principal: Principal{
		Subject: Subject{Type: SubjectUser, Name: name},
		Grants:  []Grant{{RoleID: SystemAdministrator, Path: TenantPath}},
		local:   true,
	}}
}

// may is Decide for this principal.
func (p Principal) may(a Action, r ResourceType, at ScopePath) bool {
	return p.local || Decide(p.Grants, a, r, at).Allowed
}

// reach is Reach for this principal.
func (p Principal) reach(a Action, r ResourceType) []ScopePath {
	if p.local {
		return []ScopePath{TenantPath}
	}
	return Reach(p.Grants, a, r)
}

// is reports whether the principal is this subject.
func (p Principal) is(s Subject) bool { return p.ID != "" && p.Type == s.Type && p.ID == s.ID }

// sees is where the principal has any permission at all.
func (p Principal) sees() []ScopePath {
	if p.local {
		return []ScopePath{TenantPath}
	}
	paths := make([]ScopePath, len(p.Grants))
	for i, g := range p.Grants {
		paths[i] = g.Path
	}
	return widest(paths)
}

// covers is Covers for this principal.
func (p Principal) covers(roleID int32, at ScopePath) (missing []Permission, ok bool) {
	if p.local {
		_, known := RoleByID(roleID)
		return nil, known
	}
	return Covers(p.Grants, roleID, at)
}

// require is nil if the principal may, and otherwise a *PermissionError that
// names what is missing and where.
func (p Principal) require(ctx context.Context, r Reader, a Action, on ResourceType, at ScopePath) error {
	if p.may(a, on, at) {
		return nil
	}
	where, err := scopeName(ctx, r, at)
	if err != nil {
		return err
	}
	return &PermissionError{Action: a, Resource: on, ScopeName: where}
}

// scopeName is the readable path of a node.
func scopeName(ctx context.Context, r Reader, at ScopePath) (string, error) {
	scope, err := r.Scope(ctx, at.nodeID())
	if errors.Is(err, ErrNotFound) {
		return "a scope that was deleted", nil
	}
	if err != nil {
		return "", fmt.Errorf("name the scope %s: %w", at, err)
	}
	return scope.NamePath(), nil
}

// nodeID is the id of the node that the path leads to.
func (p ScopePath) nodeID() string {
	ids := p.IDs()
	return ids[len(ids)-1]
}
