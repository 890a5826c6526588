package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Requirement is what a gateway wants of whoever shows it an access token. It
// comes from the configuration of the gateway, never from the token's holder.
type Requirement struct {
	// Permission is a single one by its name, such as "jobs:read"; empty: none.
	Permission string
	// Scope is where it must be held: the id of a node, or its path of names
	// such as "/eu-1/research"; empty: in the whole organisation.
	Scope string
}

// RequirementError says that nobody can meet a requirement, because it names a
// permission or a scope that does not exist. It is ErrForbidden: a gateway with a
// mistake in its configuration must let nobody in.
type RequirementError struct{ Message string }

func (e *RequirementError) Error() string { return e.Message }
func (e *RequirementError) Unwrap() error { return ErrForbidden }

// Verified is the holder of an access token that is good at this moment.
type Verified struct {
	Principal
	// Held is everything that the holder may do at the scope of the requirement.
	Held []Permission
}

// VerifyToken answers who holds an access token, by its present state as
// TokenPrincipal does, and whether they meet a requirement. Who does not is an
// ErrForbidden, a *PermissionError or a *RequirementError; the principal is told
// with it.
func (s *Service) VerifyToken(ctx context.Context, raw string, need Requirement) (Verified, error) {
	principal, err := s.TokenPrincipal(ctx, raw)
	if err != nil {
		return Verified{}, err
	}
	v := Verified{Principal: principal}
	at, err := need.place(ctx, s.repo)
	if err != nil {
		return v, err
	}
	v.Held = permissions(held(principal.Grants, at))
	if need.Permission == "" {
		return v, nil
	}
	resource, action, known := ParsePermission(need.Permission)
	if !known {
		return v, &RequirementError{fmt.Sprintf("there is no permission %q; one is a resource type and an action, such as jobs:read", shorten(need.Permission, MaxSearch))}
	}
	return v, principal.require(ctx, s.repo, action, resource, at)
}

// place is where the requirement has to be met. The whole organisation, which
// most gateways mean, costs no look-up.
func (r Requirement) place(ctx context.Context, reader Reader) (ScopePath, error) {
	switch r.Scope {
	case "", "/", TenantNodeID:
		return TenantPath, nil
	}
	scope, err := FindScope(ctx, reader, r.Scope)
	if errors.Is(err, ErrNotFound) {
		return "", &RequirementError{fmt.Sprintf("there is no scope %q; give the id of one or the names that lead there, such as /eu-1/research", shorten(r.Scope, MaxSearch))}
	}
	if err != nil {
		return "", fmt.Errorf("find the scope of a requirement: %w", err)
	}
	return scope.Path, nil
}

// FindScope finds a node by its id, or by the names that lead to it from the
// tenant, such as "/" or "/eu-1/research". Whoever asks must be one who may know
// of it.
func FindScope(ctx context.Context, r Reader, where string) (Scope, error) {
	if !utf8.ValidString(where) {
		return Scope{}, fmt.Errorf("a scope that is no text: %w", ErrNotFound)
	}
	find := func() (Scope, error) { return r.Scope(ctx, where) }
	if strings.HasPrefix(where, "/") {
		names := strings.FieldsFunc(where, func(c rune) bool { return c == '/' })
		if len(names) > deepestScope {
			return Scope{}, fmt.Errorf("a scope %d levels down: %w", len(names), ErrNotFound)
		}
		find = func() (Scope, error) { return r.ScopeByNames(ctx, names) }
	}
	scope, err := find()
	if err == nil && !scope.DeletedAt.IsZero() {
		err = fmt.Errorf("scope %s was deleted: %w", scope.ID, ErrNotFound)
	}
	if err != nil {
		return Scope{}, err
	}
	return scope, nil
}

// deepestScope is how many levels there are below the tenant.
const deepestScope = 3
