package access

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ChangeKind is what an import does with a node.
type ChangeKind string

// The kinds of change, by the sign that begins their line.
const (
	NodeAdded   ChangeKind = "+"
	NodeRemoved ChangeKind = "-"
	NodeRenamed ChangeKind = "~"
	NodeMoved   ChangeKind = ">"
)

// OrganizationChange is one node that an import changes.
type OrganizationChange struct {
	Kind ChangeKind
	Type ScopeType
	ID   string // empty for one that is added
	// Before and After are the names from the cluster down; Before is empty
	// for a node that is added, After for one that is removed.
	Before, After []string
	// Rules are those that fall with a node that is removed.
	Rules []Rule
}

// Text is the change as lines, such as "+ project eu-1 / research / vision".
func (c OrganizationChange) Text() string {
	line := fmt.Sprintf("%s %s ", c.Kind, scopeWord(c.Type))
	switch c.Kind {
	case NodeAdded:
		return line + strings.Join(c.After, " / ")
	case NodeRemoved:
		line += strings.Join(c.Before, " / ")
		for _, rule := range c.Rules {
			line += fmt.Sprintf("\n-   access rule: %s is %s", rule.Subject.Name, rule.RoleName)
		}
		return line
	}
	return line + strings.Join(c.Before, " / ") + " -> " + strings.Join(c.After, " / ")
}

// OrganizationDifference is what an import would change, or has changed, in
// the order of the names.
type OrganizationDifference struct {
	Changes []OrganizationChange
	// Digest stands for this very difference between this file and the
	// organisation as it was: ImportOrganization applies that or nothing.
	Digest string
}

// Text is the whole difference, a line for each change; empty if there is none.
func (d OrganizationDifference) Text() string {
	var b strings.Builder
	for _, change := range d.Changes {
		b.WriteString(change.Text())
		b.WriteByte('\n')
	}
	return b.String()
}

// Count is how many nodes are changed in a way.
func (d OrganizationDifference) Count(kind ChangeKind) int {
	n := 0
	for _, change := range d.Changes {
		if change.Kind == kind {
			n++
		}
	}
	return n
}

// Rules is how many access rules fall.
func (d OrganizationDifference) Rules() int {
	n := 0
	for _, change := range d.Changes {
		n += len(change.Rules)
	}
	return n
}

// presentNode is a node as it is.
type presentNode struct {
	Scope
	below map[string]*presentNode // by folded name
	// own says that the caller's reach has it, and not only what leads there.
	own bool
	to  *plannedNode // what the file makes of it; nil: it does not name it
	// aside says that its name was freed for another while all is applied.
	aside bool
}

// plannedNode is a node as the file has it.
type plannedNode struct {
	FileNode
	kind   ScopeType
	parent *plannedNode // nil: below the tenant
	path   []string
	from   *presentNode // nil: it is new
	scope  Scope        // what it is, as soon as it is
}

// presentTree is what the caller sees of the organisation, by id.
func presentTree(ctx context.Context, r Reader, c Caller) (map[string]*presentNode, error) {
	reach := c.sees()
	if len(reach) == 0 {
		return nil, c.require(ctx, r, Read, Tenant, TenantPath)
	}
	tree := map[string]*presentNode{}
	add := func(scope Scope, own bool) {
		tree[scope.ID] = &presentNode{Scope: scope, below: map[string]*presentNode{}, own: own}
	}
	for _, path := range reach {
		for _, id := range path.IDs() {
			scope, err := r.Scope(ctx, id)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
			if err == nil {
				add(scope, false)
			}
		}
	}
	nodes, err := r.Nodes(ctx, reach)
	if err != nil {
		return nil, err
	}
	for _, scope := range nodes {
		add(scope, true)
	}
	for _, node := range tree {
		node.Names = namesIn(tree, node.Scope)
		if parent := tree[node.ParentID]; parent != nil {
			parent.below[Fold(node.Name)] = node
		}
	}
	if tree[TenantNodeID] == nil { // nothing of what the rules reach is left
		return nil, fmt.Errorf("the organisation: %w", ErrNotFound)
	}
	return tree, nil
}

// namesIn are the names along the path of a node: all that lead to it are in the
// tree.
func namesIn(tree map[string]*presentNode, scope Scope) []string {
	ids := scope.Path.IDs()
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		if node := tree[id]; node != nil {
			names = append(names, node.Name)
		}
	}
	return names
}

// comparison finds out what an import means, and whether it may be.
type comparison struct {
	service *Service
	ctx     context.Context
	r       Reader
	c       Caller
	tree    map[string]*presentNode

	renamesTenant string
	planned       []*plannedNode // parents first
	removed       []*presentNode // in the order of the names
	fallen        map[string][]Rule

	wrong   findings
	refused []string // sentences about permissions that are missing
}

// compare answers the difference between the file and what the caller sees.
// All that stands against it is told at once: an *InvalidError, or a
// *PermissionError if a permission is missing.
func (s *Service) compare(ctx context.Context, r Reader, c Caller, file OrganizationFile, remove bool) (*comparison, error) {
	tree, err := presentTree(ctx, r, c)
	if err != nil {
		return nil, err
	}
	m := &comparison{service: s, ctx: ctx, r: r, c: c, tree: tree, fallen: map[string][]Rule{}}
	if file.Tenant != "" && file.Tenant != tree[TenantNodeID].Name {
		m.renamesTenant = file.Tenant
		if err := m.check(file.tenantAt, c.require(ctx, r, Update, Settings, TenantPath)); err != nil {
			return nil, err
		}
	}
	m.claimIDs(file.Clusters, 0)
	m.match(file.Clusters, 0, nil)
	m.checkNames(remove)
	for _, node := range m.planned {
		if err := m.mayBe(node); err != nil {
			return nil, err
		}
	}
	if remove {
		if err := m.remove(); err != nil {
			return nil, err
		}
	}
	return m, m.err()
}

func (m *comparison) err() error {
	if len(m.refused) > 0 {
		return &PermissionError{Action: Update, Resource: Tenant, ScopeName: m.tree[TenantNodeID].Name, Message: strings.Join(m.refused, " ")}
	}
	return m.wrong.err()
}

// check notes an error that the person can do something about; others end all.
func (m *comparison) check(line int, err error) error {
	var (
		refused  *PermissionError
		conflict *ConflictError
	)
	at := ""
	if line > 0 {
		at = fmt.Sprintf("Line %d: ", line)
	}
	switch {
	case errors.As(err, &refused):
		if len(m.refused) < maxFindings {
			m.refused = append(m.refused, at+refused.Error())
		}
		return nil
	case errors.As(err, &conflict):
		if len(m.wrong.fields) < maxFindings {
			m.wrong.add(fileField, at+conflict.Message)
		}
		return nil
	}
	return err
}

func (m *comparison) complain(line int, format string, args ...any) {
	_ = m.check(line, &ConflictError{Message: fmt.Sprintf(format, args...)})
}

// claimIDs gives the nodes that the file names by id to these, so that none of
// them is taken by another's name.
func (m *comparison) claimIDs(nodes []FileNode, level int) {
	kind := fileLevels[level].kind
	for _, node := range nodes {
		if node.ID != "" {
			m.claim(node, kind)
		}
		if level+1 < len(fileLevels) {
			m.claimIDs(node.Below, level+1)
		}
	}
}

func (m *comparison) claim(node FileNode, kind ScopeType) {
	present := m.tree[node.ID]
	switch {
	case present == nil:
		m.complain(node.Line, "there is no %s with the id %s. Leave the id out to make a new %s named %s.", kind, node.ID, kind, node.Name)
	case present.Type != kind:
		m.complain(node.Line, "the id %s is that of the %s %s, and stands here for a %s.", node.ID, scopeWord(present.Type), present.Name, kind)
	default:
		present.to = &plannedNode{FileNode: node, kind: kind, from: present}
	}
}

// match plans every node of the file, parents first.
func (m *comparison) match(nodes []FileNode, level int, parent *plannedNode) {
	for _, node := range nodes {
		planned := m.plan(node, fileLevels[level].kind, parent)
		m.planned = append(m.planned, planned)
		if level+1 < len(fileLevels) {
			m.match(node.Below, level+1, planned)
		}
	}
}

func (m *comparison) plan(node FileNode, kind ScopeType, parent *plannedNode) *plannedNode {
	planned := &plannedNode{FileNode: node, kind: kind}
	if present := m.tree[node.ID]; node.ID != "" && present != nil && present.to != nil && present.Type == kind {
		planned = present.to
	}
	planned.parent = parent
	if parent != nil {
		planned.path = append(slices.Clone(parent.path), node.Name)
	} else {
		planned.path = []string{node.Name}
	}
	if above := m.presentParent(planned); planned.from == nil && node.ID == "" && above != nil {
		if named := above.below[Fold(node.Name)]; named != nil && named.to == nil {
			planned.from, named.to = named, planned
		}
	}
	if planned.from != nil {
		planned.scope = planned.from.Scope
	}
	return planned
}

// presentParent is what a planned node will hang on, or nil if that is new.
func (m *comparison) presentParent(node *plannedNode) *presentNode {
	if node.parent == nil {
		return m.tree[TenantNodeID]
	}
	return node.parent.from
}

func (m *comparison) moved(node *plannedNode) bool {
	above := m.presentParent(node)
	return node.from != nil && (above == nil || above.ID != node.from.ParentID)
}

func (m *comparison) renamed(node *plannedNode) bool {
	return node.from != nil && node.Name != node.from.Name
}

// stands is the node that is there already and that a planned one will hang
// on, directly or by way of new ones.
func (m *comparison) stands(node *plannedNode) *presentNode {
	for above := node.parent; above != nil; above = above.parent {
		if above.from != nil {
			return above.from
		}
	}
	return m.tree[TenantNodeID]
}

// checkNames refuses a name that a node has which the file leaves where it is.
func (m *comparison) checkNames(remove bool) {
	for _, node := range m.planned {
		above := m.presentParent(node)
		if above == nil || node.from != nil && !m.moved(node) && !m.renamed(node) {
			continue
		}
		holder := above.below[Fold(node.Name)]
		if holder != nil && holder.to == nil && holder != node.from && !(remove && holder.own) {
			m.complain(node.Line, "%s has a %s named %s already, which the file does not name. Name it in the file too, or choose another name.",
				above.Name, node.kind, holder.Name)
		}
	}
}

// mayBe sees that what the file makes of a node is possible and permitted.
func (m *comparison) mayBe(node *plannedNode) error {
	resource, onto := resourceOf(node.kind), m.stands(node)
	if node.from == nil && node.ID != "" {
		return nil // claim has complained of it
	}
	if node.from == nil {
		return m.check(node.Line, m.c.require(m.ctx, m.r, Create, resource, onto.Path))
	}
	if m.renamed(node) {
		if err := m.check(node.Line, m.c.require(m.ctx, m.r, Update, resource, node.from.Path)); err != nil {
			return err
		}
	}
	if !m.moved(node) {
		return nil
	}
	if node.kind == ScopeDepartment {
		m.complain(node.Line, "%s is a department of the cluster %s and stays there. Leave its id out to make a new one here, and move the projects.",
			node.from.Name, node.from.ParentName())
		return nil
	}
	if err := m.check(node.Line, m.c.require(m.ctx, m.r, Delete, resource, node.from.Path)); err != nil {
		return err
	}
	return m.check(node.Line, mayMoveScope(m.ctx, m.r, m.c, node.from.Scope, onto.Scope))
}

// remove takes what the file does not name.
func (m *comparison) remove() error {
	for _, node := range m.tree {
		if node.to == nil && node.own && node.Type != ScopeTenant {
			m.removed = append(m.removed, node)
		}
	}
	slices.SortFunc(m.removed, func(a, b *presentNode) int { return comparePaths(a.Names, b.Names) })
	gone := map[string]*presentNode{}
	for _, node := range m.removed {
		gone[node.ID] = node
		if err := m.check(0, m.c.require(m.ctx, m.r, Delete, resourceOf(node.Type), node.Path)); err != nil {
			return err
		}
	}
	var roots []ScopePath
	for _, node := range m.removed {
		if gone[node.ParentID] == nil {
			roots = append(roots, node.Path)
		}
	}
	const together = 200 // subtrees in one question
	for some := range slices.Chunk(roots, together) {
		if err := m.fellWithin(some, gone); err != nil {
			return err
		}
	}
	return nil
}

// fellWithin finds the rules that fall with the nodes that go, and the
// applications that hold them.
func (m *comparison) fellWithin(roots []ScopePath, gone map[string]*presentNode) error {
	var rules []Rule
	err := m.r.EachRule(m.ctx, RuleQuery{List: List{}.filled(RuleSchema), Reach: roots}, func(rule Rule) error {
		if gone[rule.Scope.ID] != nil {
			rules = append(rules, rule)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(rules, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	for _, rule := range rules {
		if err := m.check(0, m.mayFall(rule)); err != nil {
			return err
		}
		m.fallen[rule.Scope.ID] = append(m.fallen[rule.Scope.ID], rule)
	}
	held := map[string]int{}
	q := ApplicationQuery{List: List{}.filled(ApplicationSchema), Reach: roots, Now: m.service.now()}
	err = m.r.EachApplication(m.ctx, q, func(row ApplicationRow) error {
		if gone[row.ScopeID] != nil {
			held[row.ScopeID]++
		}
		return nil
	})
	for _, id := range slices.Sorted(maps.Keys(held)) {
		_ = m.check(0, stillManages(gone[id].Scope, held[id]))
	}
	return err
}

func (m *comparison) mayFall(rule Rule) error {
	if err := m.c.require(m.ctx, m.r, Delete, AccessRules, rule.Scope.Path); err != nil {
		return err
	}
	_, err := mayDeleteRule(m.ctx, m.r, m.c, rule.ID, &Event{})
	return err
}

// difference is what was found, in the order of the names.
func (m *comparison) difference() OrganizationDifference {
	var d OrganizationDifference
	if m.renamesTenant != "" {
		d.Changes = append(d.Changes, OrganizationChange{
			Kind: NodeRenamed, Type: ScopeTenant, ID: TenantNodeID,
			Before: []string{m.tree[TenantNodeID].Name}, After: []string{m.renamesTenant},
		})
	}
	var nodes []OrganizationChange
	for _, node := range m.planned {
		if change, changes := m.changeOf(node); changes {
			nodes = append(nodes, change)
		}
	}
	for _, node := range m.removed {
		nodes = append(nodes, OrganizationChange{Kind: NodeRemoved, Type: node.Type, ID: node.ID, Before: node.Names[1:], Rules: m.fallen[node.ID]})
	}
	slices.SortStableFunc(nodes, func(a, b OrganizationChange) int { return comparePaths(a.place(), b.place()) })
	d.Changes = append(d.Changes, nodes...)
	d.Digest = m.digest(d)
	return d
}

func (m *comparison) changeOf(node *plannedNode) (OrganizationChange, bool) {
	change := OrganizationChange{Type: node.kind, After: node.path}
	switch {
	case node.from == nil:
		change.Kind = NodeAdded
		return change, true
	case m.moved(node):
		change.Kind = NodeMoved
	case m.renamed(node):
		change.Kind = NodeRenamed
	default:
		return change, false
	}
	change.ID, change.Before = node.from.ID, node.from.Names[1:]
	return change, true
}

// place is where a change stands in the order.
func (c OrganizationChange) place() []string {
	if c.Kind == NodeRemoved {
		return c.Before
	}
	return c.After
}

func comparePaths(a, b []string) int {
	return slices.CompareFunc(a, b, func(x, y string) int { return cmp.Or(cmp.Compare(Fold(x), Fold(y)), cmp.Compare(x, y)) })
}

// digest tells this difference from every other, and this state of what it
// touches from any later one.
func (m *comparison) digest(d OrganizationDifference) string {
	h := sha256.New()
	for _, change := range d.Changes {
		fmt.Fprintf(h, "%s\x00%s\x00", change.Text(), change.ID)
		if present := m.tree[change.ID]; present != nil {
			fmt.Fprintf(h, "%d\x00", present.Version())
		}
		for _, rule := range change.Rules {
			fmt.Fprintf(h, "%d\x00", rule.ID)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
