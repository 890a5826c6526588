package views

import (
	"net/url"
	"strconv"

	"latchkey/access"
	"latchkey/views/ui"
)

// scopeTree draws nodes of the organisation as items of a tree. A page may have
// several, so each has ids of its own.
type scopeTree struct {
	prefix string // of the ids
	href   string // answers the branches and the search
	// only is the type that can be chosen; empty: every node can.
	only access.ScopeType
	// plain leaves out the paths, which only a field shows.
	plain bool
}

// pickerTree is the tree of a field.
func pickerTree(only access.ScopeType) scopeTree {
	return scopeTree{prefix: "scope-", href: "/scopes", only: only}
}

func (t scopeTree) address(query url.Values) string {
	if t.only != "" {
		query.Set(ParamOnly, string(t.only))
	}
	if len(query) == 0 {
		return t.href
	}
	return t.href + "?" + query.Encode()
}

func (t scopeTree) searchHref() string { return t.address(url.Values{}) }

// roots are the nodes at the top, with what is open of them.
func (t scopeTree) roots(branches []ScopeBranch) []ui.TreeNode {
	nodes := make([]ui.TreeNode, len(branches))
	for i, b := range branches {
		nodes[i] = t.branch(b, i, len(branches))
	}
	return nodes
}

func (t scopeTree) branch(b ScopeBranch, index, siblings int) ui.TreeNode {
	node := t.node(b.Scope, index, siblings)
	node.Open = b.Expanded
	node.Children = t.below(b)
	return node
}

// below are the nodes of a branch that were loaded, and the way to the rest.
func (t scopeTree) below(b ScopeBranch) []ui.TreeNode {
	end := b.Offset + len(b.Below)
	siblings := end
	if b.More {
		siblings = b.Scope.Children
	}
	nodes := make([]ui.TreeNode, 0, len(b.Below)+1)
	for i, s := range b.Below {
		if b.Next != nil && b.Next.Scope.ID == s.ID {
			nodes = append(nodes, t.branch(*b.Next, b.Offset+i, siblings))
			continue
		}
		nodes = append(nodes, t.node(s, b.Offset+i, siblings))
	}
	if b.More {
		nodes = append(nodes, t.more(b.Scope, siblings, end))
	}
	return nodes
}

// more stands for the nodes of a branch that are not shown yet.
func (t scopeTree) more(parent access.Scope, siblings, offset int) ui.TreeNode {
	return ui.TreeNode{
		ID:       t.prefix + parent.ID + "-more",
		Label:    "Show more of " + parent.Name,
		Level:    len(parent.Names) + 1,
		SetSize:  siblings,
		Position: offset + 1,
		MoreHref: t.address(url.Values{"parent": {parent.ID}, "offset": {strconv.Itoa(offset)}}),
	}
}

func (t scopeTree) node(s access.Scope, index, siblings int) ui.TreeNode {
	node := ui.TreeNode{
		ID:         t.prefix + s.ID,
		Value:      s.ID,
		Label:      s.Name,
		Kind:       scopeKind(s.Type),
		Path:       s.Names,
		Level:      len(s.Names),
		SetSize:    siblings,
		Position:   index + 1,
		Branch:     s.Children > 0 && s.Type != t.only,
		BranchHref: t.address(url.Values{"parent": {s.ID}}),
	}
	if t.plain {
		node.Path = nil
	}
	if t.only != "" && s.Type != t.only {
		node.Unavailable = "not a " + string(t.only)
	}
	return node
}

// results stand side by side, whatever their level in the tree: their path
// tells where they are.
func (t scopeTree) results(found []access.Scope) []ui.TreeNode {
	nodes := make([]ui.TreeNode, len(found))
	for i, s := range found {
		nodes[i] = t.node(s, i, len(found))
		nodes[i].Path = s.Names
		nodes[i].Level, nodes[i].Branch, nodes[i].BranchHref = 1, false, ""
	}
	return nodes
}
