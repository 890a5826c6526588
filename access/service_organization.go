package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// ExportOrganization is what the caller sees of the organisation as a file,
// with ids if these are wanted. It is recorded.
func (s *Service) ExportOrganization(ctx context.Context, c Caller, ids bool) (OrganizationFile, error) {
	tree, err := presentTree(ctx, s.repo, c)
	if err != nil {
		return OrganizationFile{}, err
	}
	if err := s.recordExport(ctx, c, string(ScopeTenant), "YAML", List{}); err != nil {
		return OrganizationFile{}, err
	}
	tenant := tree[TenantNodeID]
	return OrganizationFile{Tenant: tenant.Name, Clusters: fileNodes(tenant, ids)}, nil
}

// fileNodes are the nodes below one, by name.
func fileNodes(above *presentNode, ids bool) []FileNode {
	nodes := make([]FileNode, 0, len(above.below))
	for _, node := range above.below {
		n := FileNode{Name: node.Name, Below: fileNodes(node, ids)}
		if ids {
			n.ID = node.ID
		}
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b FileNode) int { return comparePaths([]string{a.Name}, []string{b.Name}) })
	return nodes
}

// OrganizationImport is the input of an import. Remove takes away what the
// file does not name, with its access rules; without it such nodes stay.
type OrganizationImport struct {
	File   OrganizationFile
	Remove bool
	// Digest, if not empty, is of the difference that was shown: another is
	// refused.
	Digest string
}

// CompareOrganization is what an import would change, and changes nothing.
// What stands against it, permissions that are missing included, it refuses as
// ImportOrganization does.
func (s *Service) CompareOrganization(ctx context.Context, c Caller, in OrganizationImport) (OrganizationDifference, error) {
	found, err := s.compare(ctx, s.repo, c, in.File, in.Remove)
	if err != nil {
		return OrganizationDifference{}, err
	}
	return found.difference(), nil
}

// ImportOrganization makes the organisation what the file says, all of it or
// nothing, and answers what changed. Every node and rule has its own event; the
// last one sums them up.
func (s *Service) ImportOrganization(ctx context.Context, c Caller, in OrganizationImport) (OrganizationDifference, error) {
	var difference OrganizationDifference
	e := Event{Action: EventUpdate, EntityType: string(ScopeTenant), EntityID: TenantNodeID}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		found, err := s.compare(ctx, tx, c, in.File, in.Remove)
		if err != nil {
			return err
		}
		difference = found.difference()
		if in.Digest != "" && in.Digest != difference.Digest {
			return &ConflictError{Message: "The organization has changed since this difference was shown, so that nothing was done. Look at the new difference, then apply that."}
		}
		e.EntityName = found.tree[TenantNodeID].Name
		if len(difference.Changes) == 0 {
			e.Action = ""
			return nil
		}
		e.Metadata = difference.summary()
		return s.apply(ctx, tx, c, found)
	})
	if err != nil {
		return OrganizationDifference{}, err
	}
	return difference, nil
}

// summary is the counts of a difference for its event.
func (d OrganizationDifference) summary() map[string]string {
	return map[string]string{
		"added": strconv.Itoa(d.Count(NodeAdded)), "removed": strconv.Itoa(d.Count(NodeRemoved)),
		"renamed": strconv.Itoa(d.Count(NodeRenamed)), "moved": strconv.Itoa(d.Count(NodeMoved)),
		"rules": strconv.Itoa(d.Rules()),
	}
}

// apply carries out what was compared within the same transaction. No two
// siblings may have one name even for a moment, so that a node whose name
// another takes over is put aside first, under its id.
func (s *Service) apply(ctx context.Context, tx Tx, c Caller, m *comparison) error {
	if m.renamesTenant != "" {
		if err := s.renameTenantTo(ctx, tx, c, m.tree[TenantNodeID].Scope, m.renamesTenant); err != nil {
			return err
		}
	}
	if err := s.putAside(ctx, tx, m); err != nil {
		return err
	}
	for _, node := range m.planned {
		if err := s.applyNode(ctx, tx, c, m, node); err != nil {
			return err
		}
	}
	return s.applyRemovals(ctx, tx, c, m)
}

func (s *Service) renameTenantTo(ctx context.Context, tx Tx, c Caller, tenant Scope, name string) error {
	if err := tx.RenameScope(ctx, tenant.ID, name, after(tenant.UpdatedAt, s.now())); err != nil {
		return err
	}
	e := scopeEvent(EventUpdate, tenant)
	e.EntityName = name
	e.Metadata = map[string]string{"before.name": tenant.Name, "after.name": name}
	return s.record(ctx, tx, c, e)
}

// putAside frees the names that are wanted by others than those who have them.
func (s *Service) putAside(ctx context.Context, tx Tx, m *comparison) error {
	aside := map[string]bool{}
	for _, node := range m.planned {
		if node.from != nil && m.moved(node) && m.renamed(node) {
			aside[node.from.ID] = true // its old name may be taken where it goes
		}
		if above := m.presentParent(node); above != nil {
			if holder := above.below[Fold(node.Name)]; holder != nil && holder.to != node {
				aside[holder.ID] = true
			}
		}
	}
	for id := range aside {
		if err := tx.RenameScope(ctx, id, id, s.now()); err != nil {
			return fmt.Errorf("put %s aside: %w", id, err)
		}
		m.tree[id].aside = true
	}
	return nil
}

func (s *Service) applyNode(ctx context.Context, tx Tx, c Caller, m *comparison, node *plannedNode) error {
	parent := m.tree[TenantNodeID].Scope
	if node.parent != nil {
		parent = node.parent.scope
	}
	switch {
	case node.from == nil:
		return s.applyNew(ctx, tx, c, node, parent)
	case m.moved(node):
		return s.applyMove(ctx, tx, c, node, parent)
	case m.renamed(node) || node.from.aside:
		return s.applyName(ctx, tx, c, node)
	}
	return nil
}

func (s *Service) applyNew(ctx context.Context, tx Tx, c Caller, node *plannedNode, parent Scope) error {
	id, err := s.newID()
	if err != nil {
		return err
	}
	at := s.now()
	node.scope = childScope(parent, id, node.Name, node.kind)
	node.scope.CreatedBy, node.scope.Times = c.Name, Times{CreatedAt: at, UpdatedAt: at}
	if err := insertScope(ctx, tx, node.scope); err != nil {
		return err
	}
	return s.record(ctx, tx, c, scopeEvent(EventCreate, node.scope))
}

func (s *Service) applyMove(ctx context.Context, tx Tx, c Caller, node *plannedNode, parent Scope) error {
	e := scopeEvent(EventUpdate, node.from.Scope)
	moved, err := s.moveScope(ctx, tx, node.from.Scope, parent, &e)
	if err != nil {
		return err
	}
	node.scope = moved
	if node.Name != moved.Name {
		if err := s.applyName(ctx, tx, c, node); err != nil {
			return err
		}
	}
	names := append(slices.Clone(parent.Names), node.Name)
	e.Metadata["scope"] = Scope{Names: names}.NamePath()
	e.Metadata["after.scope"] = e.Metadata["scope"]
	return s.record(ctx, tx, c, e)
}

// applyName gives a node the name that the file has for it. One that was put
// aside and takes its own name again has not changed.
func (s *Service) applyName(ctx context.Context, tx Tx, c Caller, node *plannedNode) error {
	if err := tx.RenameScope(ctx, node.from.ID, node.Name, after(node.from.UpdatedAt, s.now())); err != nil {
		if errors.Is(err, ErrConflict) {
			return fmt.Errorf("%w: %w", scopeNameTaken(node.kind, node.Name), err)
		}
		return err
	}
	node.scope.Name = node.Name
	node.scope.Names = append(slices.Clone(node.scope.Names[:len(node.scope.Names)-1]), node.Name)
	if node.Name == node.from.Name {
		return nil
	}
	e := scopeEvent(EventUpdate, node.from.Scope)
	e.Metadata["before.name"], e.Metadata["after.name"] = node.from.Name, node.Name
	return s.record(ctx, tx, c, e)
}

// applyRemovals takes the rules away, then the nodes, the deepest first.
func (s *Service) applyRemovals(ctx context.Context, tx Tx, c Caller, m *comparison) error {
	for _, node := range m.removed {
		for _, rule := range m.fallen[node.ID] {
			if err := s.deleteRuleWithScope(ctx, tx, c, rule); err != nil {
				return err
			}
		}
	}
	deepest := slices.Clone(m.removed)
	slices.SortStableFunc(deepest, func(a, b *presentNode) int { return cmp.Compare(b.Path.depth(), a.Path.depth()) })
	for _, node := range deepest {
		if err := s.deleteNode(ctx, tx, c, node.Scope); err != nil {
			return err
		}
	}
	return nil
}
