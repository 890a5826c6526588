package access

import (
	"cmp"
	"context"
	"slices"
)

// ReachNode is a node on the way to, or at, a place that access rules reach.
type ReachNode struct {
	ID, Name string
	Type     ScopeType
	// Roles are granted right here; none on the way to a place.
	Roles []string
	// Below is how many nodes the roles reach besides this one.
	Below int
	Nodes []*ReachNode // by name
}

// levels are the types of the nodes of a path, in order.
var levels = [...]ScopeType{ScopeTenant, ScopeCluster, ScopeDepartment, ScopeProject}

// ReachTree draws the rules into the organisation: from the tenant down to
// every node that a rule is about, and no further. It is nil without rules.
func ReachTree(rules []Rule) *ReachNode {
	var root *ReachNode
	for _, rule := range rules {
		ids, names := rule.Scope.Path.IDs(), rule.Scope.Names
		if len(ids) != len(names) || len(ids) > len(levels) {
			continue // not a path of ours
		}
		if root == nil {
			root = &ReachNode{ID: ids[0], Name: names[0], Type: levels[0]}
		}
		at := root
		for depth := 1; depth < len(ids); depth++ {
			at = at.child(ids[depth], names[depth], levels[depth])
		}
		if !slices.Contains(at.Roles, rule.RoleName) {
			at.Roles = append(at.Roles, rule.RoleName)
		}
	}
	return root
}

// child finds or makes a node below, in its place by name.
func (n *ReachNode) child(id, name string, kind ScopeType) *ReachNode {
	for _, below := range n.Nodes {
		if below.ID == id {
			return below
		}
	}
	made := &ReachNode{ID: id, Name: name, Type: kind}
	n.Nodes = append(n.Nodes, made)
	slices.SortFunc(n.Nodes, func(a, b *ReachNode) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return made
}

// ReachOf is the ReachTree of rules that the caller was shown, with how far
// each of them reaches.
func (s *Service) ReachOf(ctx context.Context, rules []Rule) (*ReachNode, error) {
	root := ReachTree(rules)
	if root == nil {
		return nil, nil
	}
	return root, s.countBelow(ctx, root, "/")
}

func (s *Service) countBelow(ctx context.Context, n *ReachNode, above ScopePath) error {
	path := above.Child(n.ID)
	if len(n.Roles) > 0 {
		within, err := s.repo.CountNodes(ctx, NodeQuery{List: List{}.filled(ScopeSchema), Reach: []ScopePath{path}}, 0)
		if err != nil {
			return err
		}
		n.Below = max(0, within-1) // the node itself is within
	}
	for _, below := range n.Nodes {
		if err := s.countBelow(ctx, below, path); err != nil {
			return err
		}
	}
	return nil
}
