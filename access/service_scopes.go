package access

import (
	"context"
	"errors"
	"fmt"
)

// ScopesShown is how many nodes ScopeChildren and SearchScopes return at most.
const ScopesShown = 100

// childTypes is what hangs below a node, and who may make it.
var childTypes = map[ScopeType]struct {
	below    ScopeType
	resource ResourceType
}{
	ScopeTenant:     {ScopeCluster, Clusters},
	ScopeCluster:    {ScopeDepartment, Departments},
	ScopeDepartment: {ScopeProject, Projects},
}

// ScopeRoots, ScopeChildren and SearchScopes feed the scope tree with what the
// caller may see: nodes at which they have any permission, all below those, and
// the ancestors that lead there.
func (s *Service) ScopeRoots(ctx context.Context, c Caller) ([]Scope, error) {
	if len(c.sees()) == 0 {
		return nil, nil
	}
	tenant, err := s.repo.Scope(ctx, TenantNodeID)
	if err != nil {
		return nil, err
	}
	return []Scope{tenant}, nil
}

// ScopeChildren are the nodes directly below one, by name, ScopesShown at a time.
func (s *Service) ScopeChildren(ctx context.Context, c Caller, parentID string, offset int) ([]Scope, error) {
	parent, err := s.Scope(ctx, c, parentID)
	if err != nil {
		return nil, err
	}
	return s.repo.Scopes(ctx, ScopeQuery{ParentID: parent.ID, Reach: c.sees(), Limit: ScopesShown, Offset: max(0, offset)})
}

// SearchScopes are the nodes whose name holds the text, by name; kind, if not
// empty, is what they must be.
func (s *Service) SearchScopes(ctx context.Context, c Caller, text string, kind ScopeType) ([]Scope, error) {
	clean, problem := cleanText(text, MaxSearch)
	if problem != "" {
		return nil, Invalid("q", "The search text %s.", problem)
	}
	reach := c.sees()
	if clean == "" || len(reach) == 0 {
		return nil, nil
	}
	return s.repo.Scopes(ctx, ScopeQuery{Search: clean, Type: kind, Reach: reach, Limit: ScopesShown})
}

// Scope finds a node that the caller may see.
func (s *Service) Scope(ctx context.Context, c Caller, id string) (Scope, error) {
	return visibleScope(ctx, s.repo, c, id)
}

func visibleScope(ctx context.Context, r Reader, c Caller, id string) (Scope, error) {
	scope, err := r.Scope(ctx, id)
	if err != nil {
		return Scope{}, err
	}
	if !scope.DeletedAt.IsZero() || !c.seesNode(scope.Path) {
		return Scope{}, fmt.Errorf("scope %s: %w", id, ErrNotFound)
	}
	return scope, nil
}

// seesNode reports whether the node lies within what the principal sees, or
// leads there.
func (p Principal) seesNode(at ScopePath) bool {
	for _, root := range p.sees() {
		if root.Contains(at) || at.Contains(root) {
			return true
		}
	}
	return false
}

// NewScope is the input of CreateScope; the type follows from the parent's.
type NewScope struct{ ParentID, Name string }

// CreateScope adds a cluster below the tenant, a department below a cluster, or
// a project below a department. It needs the permission to create those at the
// parent. A name that a sibling has is a *ConflictError about "name".
func (s *Service) CreateScope(ctx context.Context, c Caller, in NewScope) (Scope, error) {
	name, problem := cleanScopeName(in.Name)
	if problem != "" {
		return Scope{}, Invalid(nameField, "%s", problem)
	}
	id, err := s.newID()
	if err != nil {
		return Scope{}, err
	}
	var scope Scope
	e := Event{Action: EventCreate, EntityID: id, EntityName: name}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		parent, err := visibleScope(ctx, tx, c, in.ParentID)
		if err != nil {
			return err
		}
		kind, possible := childTypes[parent.Type]
		if !possible {
			return Invalid("parentId", "A %s has nothing below it.", parent.Type)
		}
		e.EntityType = string(kind.below)
		if err := c.require(ctx, tx, Create, kind.resource, parent.Path); err != nil {
			return err
		}
		scope = childScope(parent, id, name, kind.below)
		at := s.now()
		scope.CreatedBy, scope.Times = c.Name, Times{CreatedAt: at, UpdatedAt: at}
		return insertScope(ctx, tx, scope)
	})
	if err != nil {
		return Scope{}, err
	}
	return scope, nil
}

func childScope(parent Scope, id, name string, kind ScopeType) Scope {
	names := append(append([]string{}, parent.Names...), name)
	return Scope{ID: id, Type: kind, Name: name, ParentID: parent.ID, Path: parent.Path.Child(id), Names: names}
}

func insertScope(ctx context.Context, tx Tx, scope Scope) error {
	err := tx.InsertScope(ctx, scope)
	if errors.Is(err, ErrConflict) {
		return fmt.Errorf("%w: %w", scopeNameTaken(scope.Type, scope.Name), err)
	}
	return err
}

// RenameTenant names the organisation. The recorded roles only read the account
// itself, so the permission is the one for settings.
func (s *Service) RenameTenant(ctx context.Context, c Caller, name string) error {
	name, problem := cleanScopeName(name)
	if problem != "" {
		return Invalid(nameField, "%s", problem)
	}
	e := Event{Action: EventUpdate, EntityType: string(ScopeTenant), EntityID: TenantNodeID, EntityName: name}
	return s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		if err := c.require(ctx, tx, Update, Settings, TenantPath); err != nil {
			return err
		}
		tenant, err := tx.Scope(ctx, TenantNodeID)
		if err != nil {
			return err
		}
		e.Metadata = map[string]string{"before.name": tenant.Name, "after.name": name}
		return tx.RenameScope(ctx, TenantNodeID, name, s.now())
	})
}
