package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// resourceOf is the type of permission that a node is under.
func resourceOf(kind ScopeType) ResourceType {
	switch kind {
	case ScopeCluster:
		return Clusters
	case ScopeDepartment:
		return Departments
	case ScopeProject:
		return Projects
	}
	return Tenant
}

// ResourceOf is the type of permission that a node of this type is under.
func ResourceOf(kind ScopeType) ResourceType { return resourceOf(kind) }

// BelowScope is the type of what hangs below a node; nothing hangs below a
// project.
func BelowScope(kind ScopeType) (ScopeType, bool) {
	below, some := childTypes[kind]
	return below.below, some
}

// ListScopes is one page of the clusters, departments or projects that the
// caller may read. A caller who may read none anywhere gets a *PermissionError.
func (s *Service) ListScopes(ctx context.Context, c Caller, kind ScopeType, l List) (Page[Scope], error) {
	q, err := s.nodeQuery(ctx, c, kind, l)
	if err != nil {
		return Page[Scope]{}, err
	}
	return s.repo.ListNodes(ctx, q)
}

// CountScopes counts, exactly, what ListScopes would show.
func (s *Service) CountScopes(ctx context.Context, c Caller, kind ScopeType, l List) (int, error) {
	q, err := s.nodeQuery(ctx, c, kind, l)
	if err != nil {
		return 0, err
	}
	return s.repo.CountNodes(ctx, q, 0)
}

// EachScope streams every match to fn in order.
func (s *Service) EachScope(ctx context.Context, c Caller, kind ScopeType, l List, fn func(Scope) error) error {
	q, err := s.nodeQuery(ctx, c, kind, l)
	if err != nil {
		return err
	}
	return s.repo.EachNode(ctx, q, fn)
}

// ExportScopes is EachScope for a download, which is recorded.
func (s *Service) ExportScopes(ctx context.Context, c Caller, kind ScopeType, l List, fn func(Scope) error) error {
	q, err := s.nodeQuery(ctx, c, kind, l)
	if err != nil {
		return err
	}
	if err := s.recordExport(ctx, c, string(kind), "CSV", l); err != nil {
		return err
	}
	return s.repo.EachNode(ctx, q, fn)
}

func (s *Service) nodeQuery(ctx context.Context, c Caller, kind ScopeType, l List) (NodeQuery, error) {
	resource := resourceOf(kind)
	reach := c.reach(Read, resource)
	if len(reach) == 0 {
		if err := c.require(ctx, s.repo, Read, resource, TenantPath); err != nil {
			return NodeQuery{}, err
		}
	}
	return NodeQuery{List: l.filled(ScopeSchema), Type: kind, Reach: reach}, nil
}

// ScopeOfType finds a node of this type that the caller may read.
func (s *Service) ScopeOfType(ctx context.Context, c Caller, kind ScopeType, id string) (Scope, error) {
	scope, err := s.repo.Scope(ctx, id)
	if err != nil {
		return Scope{}, err
	}
	if scope.Type != kind || !scope.DeletedAt.IsZero() || !c.may(Read, resourceOf(kind), scope.Path) {
		return Scope{}, fmt.Errorf("%s %s: %w", kind, id, ErrNotFound)
	}
	return scope, nil
}

// RenameScope gives a cluster, department or project another name. A name that
// a sibling has is a *ConflictError about "name". The tenant has RenameTenant.
func (s *Service) RenameScope(ctx context.Context, c Caller, id, name string) (Scope, error) {
	return s.RenameScopeVersion(ctx, c, id, name, 0)
}

// RenameScopeVersion is RenameScope for a caller who read this version; if the
// node changed since, nothing happens and the error is ErrStale.
func (s *Service) RenameScopeVersion(ctx context.Context, c Caller, id, name string, version int64) (Scope, error) {
	name, problem := cleanScopeName(name)
	if problem != "" {
		return Scope{}, Invalid(nameField, "%s", problem)
	}
	return s.changeScope(ctx, c, id, Update, EventUpdate, func(ctx context.Context, tx Tx, scope Scope, e *Event) (Scope, error) {
		e.Metadata = map[string]string{"before.name": scope.Name, "after.name": name}
		if err := sameVersion(string(scope.Type), id, version, scope.Version()); err != nil {
			return Scope{}, err
		}
		if scope.Name == name {
			e.Action = ""
			return scope, nil
		}
		if err := checkScopeNameIsFree(ctx, tx, scope, name); err != nil {
			return Scope{}, err
		}
		if err := tx.RenameScope(ctx, scope.ID, name, after(scope.UpdatedAt, s.now())); err != nil {
			return Scope{}, err
		}
		return tx.Scope(ctx, scope.ID)
	})
}

// after is now, or the first moment after then if the clock has not moved on:
// a node's version must grow with every change.
func after(then, now time.Time) time.Time {
	if now.After(then) {
		return now
	}
	return then.Add(time.Microsecond)
}

// checkScopeNameIsFree looks among the siblings; a node may change the case of its
// own name.
func checkScopeNameIsFree(ctx context.Context, tx Tx, scope Scope, name string) error {
	return checkScopeNameBelow(ctx, tx, scope, scope.Names[1:len(scope.Names)-1], name)
}

// checkScopeNameIsFreeBelow looks among those that would be the siblings.
func checkScopeNameIsFreeBelow(ctx context.Context, tx Tx, scope, parent Scope, name string) error {
	return checkScopeNameBelow(ctx, tx, scope, parent.Names[1:], name)
}

// checkScopeNameBelow looks below a path of names, without the tenant's.
func checkScopeNameBelow(ctx context.Context, tx Tx, scope Scope, above []string, name string) error {
	sibling, err := tx.ScopeByNames(ctx, append(append([]string{}, above...), name))
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && sibling.ID == scope.ID:
		return nil
	case err != nil:
		return err
	}
	return scopeNameTaken(scope.Type, name)
}

func scopeNameTaken(kind ScopeType, name string) error {
	return &ConflictError{Field: nameField, Message: fmt.Sprintf("A %s named %s already exists here. Choose another name.", kind, name)}
}

// DeleteScope takes a cluster, department or project away. It is refused while
// nodes, access rules or applications hang on it, with a sentence that says how
// many.
func (s *Service) DeleteScope(ctx context.Context, c Caller, id string) (Scope, error) {
	return s.DeleteScopeVersion(ctx, c, id, 0)
}

// DeleteScopeVersion is DeleteScope for a caller who read this version; if the
// node changed since, nothing happens and the error is ErrStale.
func (s *Service) DeleteScopeVersion(ctx context.Context, c Caller, id string, version int64) (Scope, error) {
	return s.changeScope(ctx, c, id, Delete, EventDelete, func(ctx context.Context, tx Tx, scope Scope, _ *Event) (Scope, error) {
		if err := sameVersion(string(scope.Type), id, version, scope.Version()); err != nil {
			return Scope{}, err
		}
		use, err := tx.ScopeUse(ctx, scope.ID)
		if err != nil {
			return Scope{}, err
		}
		if parts := use.parts(); len(parts) > 0 {
			return Scope{}, &ConflictError{Message: fmt.Sprintf("%s still has %s. Delete those first.", scope.Name, strings.Join(parts, " and "))}
		}
		at := s.now()
		scope.DeletedAt = at
		return scope, tx.DeleteScope(ctx, scope.ID, at)
	})
}

func (u ScopeUse) parts() []string {
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, counted(n, one, many))
		}
	}
	add(u.Children, "node below it", "nodes below it")
	add(u.Rules, "access rule", "access rules")
	add(u.Applications, "application", "applications")
	return parts
}

// ScopeUse is what hangs on a node that the caller may see.
func (s *Service) ScopeUse(ctx context.Context, c Caller, id string) (ScopeUse, error) {
	scope, err := visibleScope(ctx, s.repo, c, id)
	if err != nil {
		return ScopeUse{}, err
	}
	return s.repo.ScopeUse(ctx, scope.ID)
}

// scopeWork changes a node that the caller may change, and completes the event.
type scopeWork func(ctx context.Context, tx Tx, scope Scope, e *Event) (Scope, error)

// changeScope finds the node and checks the permission before the work.
func (s *Service) changeScope(ctx context.Context, c Caller, id string, a Action, told EventAction, do scopeWork) (Scope, error) {
	var scope Scope
	e := Event{Action: told, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		scope, err = visibleScope(ctx, tx, c, id)
		if err != nil {
			return err
		}
		e.EntityType, e.EntityName = string(scope.Type), scope.Name
		e.Metadata = map[string]string{"scope": scope.NamePath()}
		if scope.Type == ScopeTenant {
			return &ConflictError{Message: "The account itself cannot be changed here."}
		}
		if err := c.require(ctx, tx, a, resourceOf(scope.Type), scope.Path); err != nil {
			return err
		}
		scope, err = do(ctx, tx, scope, e)
		return err
	})
	if err != nil {
		return Scope{}, err
	}
	return scope, nil
}
