package views

import (
	"net/url"
	"strconv"

	"latchkey/access"
	"latchkey/views/ui"
)

// The Organization page: the tree, and one node of it beside.

const (
	organizationHref = "/organization"
	// OrganizationDetailID is the element that shows the chosen node.
	OrganizationDetailID = "organization-detail"
	organizationTreeID   = "organization-tree"
)

// The parameters of the addresses of the tree.
const (
	ParamScope = "scope" // of the chosen node
	ParamOnly  = "only"  // the type that a picker offers
	ParamIDs   = "ids"   // of an export with the ids of the nodes
)

// The fields of the forms of the organisation.
const (
	FieldWithRules = "withRules"
	FieldWithNodes = "withNodes"
	FieldSeen      = "seen" // how much the person was told would go
	FieldFile      = "file"
	FieldYAML      = "yaml"
	FieldUnnamed   = "removeUnnamed"
	FieldDigest    = "digest"
)

// Organization is the page: what is open of the tree, and the chosen node.
type Organization struct {
	Roots  []ScopeBranch
	Chosen ScopeDetail
	// Below is a piece of what hangs below the chosen node, for those without
	// scripts; Search and Results are what they looked for.
	Below    ScopeBranch
	Search   string
	Searched bool
	Results  []access.Scope
	// Gone says that the node which the address names is not there.
	Gone bool
	// MayImport is false for those who can change nothing anywhere.
	MayImport bool
}

// ScopeDetail is one node with what hangs on it and what the person may do.
type ScopeDetail struct {
	Scope access.Scope
	Use   access.ScopeUse
	// Within are the applications managed here or below that the person may see.
	Within access.Count
	Clock  Clock

	MayAdd, MayRename, MayMove, MayDelete bool
	SeesRules, SeesApplications           bool
}

// organizationTree is the tree of the page, beside which a dialog may have its
// own.
var organizationTree = scopeTree{prefix: "node-", href: organizationHref + "/nodes", plain: true}

// OrganizationAt is the address of the page with a node chosen.
func OrganizationAt(id string) string {
	return organizationHref + "?" + url.Values{ParamScope: {id}}.Encode()
}

// OrganizationHref is the address of something about a node.
func OrganizationHref(id, what string) string {
	return organizationHref + "/" + url.PathEscape(id) + "/" + what
}

// InOrganization is the page with a node chosen.
func InOrganization(id string) Place {
	return Place{Heading: "Organization", Href: OrganizationAt(id), Focus: OrganizationItem(id)}
}

// OrganizationItem selects a node of the tree.
func OrganizationItem(id string) string { return "[id=\"" + organizationTree.prefix + id + "\"]" }

// ScopeWord is the level of a node as people call it, such as "department".
func ScopeWord(t access.ScopeType) string { return scopeKind(t) }

// belowWord is what hangs below a node; a project has nothing below it.
func belowWord(t access.ScopeType) string {
	switch t {
	case access.ScopeTenant:
		return string(access.ScopeCluster)
	case access.ScopeCluster:
		return string(access.ScopeDepartment)
	case access.ScopeDepartment:
		return string(access.ScopeProject)
	}
	return ""
}

// BelowWord is what hangs below a node, such as "project"; empty for a project.
func BelowWord(t access.ScopeType) string { return belowWord(t) }

func (d ScopeDetail) path() string { return d.Scope.NamePath() }

// rulesHref lists the rules that are made at this very node.
func (d ScopeDetail) rulesHref() string {
	return "/access-rules?" + url.Values{"filterBy": {"scopeId==" + d.Scope.ID}}.Encode()
}

// managedHref and withinHref list the applications that are managed at this very
// node, and those of it and all below.
func (d ScopeDetail) managedHref() string {
	return ApplicationsTable.Href(access.ManagedIn(d.Scope.ID))
}

func (d ScopeDetail) withinHref() string {
	return ApplicationsTable.Href(access.ManagedWithin(d.Scope.ID))
}

// moreBelow: some are managed below, and these are more than the ones here.
func (d ScopeDetail) moreBelow() bool {
	return d.SeesApplications && d.Within.N > d.Use.Applications
}

func (d ScopeDetail) announcement() string {
	text := d.Scope.Name + ": " + scopeKind(d.Scope.Type)
	if below := belowWord(d.Scope.Type); below != "" {
		text += ", " + numbered(d.Use.Children, below)
	}
	return text + ", " + numbered(d.Use.Rules, "access rule")
}

// numbered is such as "no projects", "1 project" and "3 projects".
func numbered(n int, word string) string {
	switch n {
	case 0:
		return "no " + word + "s"
	case 1:
		return "1 " + word
	default:
		return strconv.Itoa(n) + " " + word + "s"
	}
}

// moreBelowHref leads to the next piece of a long branch without scripts.
func moreBelowHref(b ScopeBranch) string {
	return OrganizationAt(b.Scope.ID) + "&offset=" + strconv.Itoa(b.Offset+len(b.Below))
}

// NodeName is the form that adds a node below another, or renames one.
type NodeName struct {
	InPage   bool
	Problems Problems
	// Scope is the node to rename, or the one to add to.
	Scope   access.Scope
	Add     bool
	Name    string
	Version string // of the node that is renamed
}

func (n NodeName) title() string {
	if n.Add {
		return "Add " + belowWord(n.Scope.Type)
	}
	return "Rename " + n.Scope.Name
}

// Title is the heading of the dialog.
func (n NodeName) Title() string { return n.title() }

func (n NodeName) href() string {
	if n.Add {
		return OrganizationHref(n.Scope.ID, "new")
	}
	return OrganizationHref(n.Scope.ID, "rename")
}

func (n NodeName) label() string {
	if n.Add {
		return "Add"
	}
	return "Rename"
}

func (n NodeName) refused() string {
	if n.Add {
		return "It was not added"
	}
	return "It was not renamed"
}

func (n NodeName) help() string {
	if n.Add {
		return "Up to 64 characters, no slash. It hangs below " + n.Scope.NamePath() + "."
	}
	return "Up to 64 characters, no slash. Access rules and applications stay as they are: they know it by its id."
}

func (n NodeName) hidden() []ui.HiddenField {
	if n.Version == "" {
		return nil
	}
	return []ui.HiddenField{{Name: FieldVersion, Value: n.Version}}
}

// MoveNode is the form that hangs a project on another department; or, of a
// department, which stays in its cluster, all of its projects.
type MoveNode struct {
	InPage   bool
	Problems Problems
	Scope    access.Scope
	Version  string
	Picker   ScopePicker
}

func (m MoveNode) ofDepartment() bool { return m.Scope.Type == access.ScopeDepartment }

// Title is the heading of the dialog.
func (m MoveNode) Title() string {
	if m.ofDepartment() {
		return "Move the projects of " + m.Scope.Name
	}
	return "Move " + m.Scope.Name
}

func (m MoveNode) refused() string {
	if m.ofDepartment() {
		return "Nothing was moved"
	}
	return "It was not moved"
}

func (m MoveNode) label() string {
	if m.ofDepartment() {
		return "Move " + numbered(m.Scope.Children, "project")
	}
	return "Move"
}

// hidden is what the person saw: the version of a project, and how many projects
// a department has.
func (m MoveNode) hidden() []ui.HiddenField {
	if m.ofDepartment() {
		return []ui.HiddenField{{Name: FieldSeen, Value: strconv.Itoa(m.Scope.Children)}}
	}
	return []ui.HiddenField{{Name: FieldVersion, Value: m.Version}}
}

// parentPath is the readable path of what a node hangs on.
func parentPath(s access.Scope) string {
	return access.Scope{Names: s.Names[:len(s.Names)-1]}.NamePath()
}

// DeleteNode asks before a node goes, with what hangs on it.
type DeleteNode struct {
	InPage   bool
	Problems Problems
	Contents access.ScopeContents
	Version  string
	// WithRules and WithNodes are ticked.
	WithRules, WithNodes bool
	// SeesApplications: the person may list the applications that are managed
	// there; MayMoveThem: they may have them managed somewhere else.
	SeesApplications, MayMoveThem bool
}

func (d DeleteNode) blocked() bool { return d.Contents.ScopeCount.Applications > 0 }

// blockedTitle says what holds a node.
func (d DeleteNode) blockedTitle() string {
	n := d.Contents.ScopeCount.Applications
	where := " here"
	if d.Contents.ScopeCount.Nodes > 0 {
		where = " here or below"
	}
	return Counted(n, "application is managed", "applications are managed") + where
}

func (d DeleteNode) applicationsHref() string {
	return ApplicationsTable.Href(access.ManagedWithin(d.Contents.Scope.ID))
}

// moveThemHref asks where all of them go.
func (d DeleteNode) moveThemHref() string {
	query := access.ManagedWithin(d.Contents.Scope.ID).Values(ApplicationsTable.Schema)
	query.Set(FieldAll, "true")
	query.Set(FieldExpected, strconv.Itoa(d.Contents.ScopeCount.Applications))
	return bulkPath + string(access.BulkMove) + "?" + query.Encode()
}

// Seen is the count as a field carries it.
func Seen(n access.ScopeCount) string {
	return strconv.Itoa(n.Nodes) + "," + strconv.Itoa(n.Rules) + "," + strconv.Itoa(n.Applications)
}

func (d DeleteNode) hidden() []ui.HiddenField {
	return []ui.HiddenField{{Name: FieldVersion, Value: d.Version}, {Name: FieldSeen, Value: Seen(d.Contents.ScopeCount)}}
}

// firstOf names the first few of so many, such as "a, b and 3 more".
func firstOf(names []string, n int) string {
	text := ""
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += name
	}
	switch more := n - len(names); {
	case len(names) == 0 || more <= 0:
		return text
	default:
		return text + " and " + strconv.Itoa(more) + " more"
	}
}

func scopeNamesOf(nodes []access.Scope) []string {
	names := make([]string, len(nodes))
	for i, s := range nodes {
		names[i] = s.Name
	}
	return names
}

func ruleNamesOf(rules []access.Rule) []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Subject.Name + " as " + r.RoleName
	}
	return names
}

func applicationNamesOf(apps []access.Application) []string {
	names := make([]string, len(apps))
	for i, a := range apps {
		names[i] = a.Name
	}
	return names
}

// ImportFile is the form of an import: the file, and how far it goes.
type ImportFile struct {
	Problems Problems
	YAML     string
	Remove   bool
}

// ImportDifference is the dry run: what would change, before anything does.
type ImportDifference struct {
	Problems   Problems
	YAML       string
	Remove     bool
	Difference access.OrganizationDifference
}

// summary is the difference in one sentence.
func (d ImportDifference) summary() string { return DifferenceWords(d.Difference) }

// DifferenceWords counts a difference, such as "2 added, 1 moved".
func DifferenceWords(d access.OrganizationDifference) string {
	text := ""
	for _, part := range []struct {
		n    int
		word string
	}{
		{d.Count(access.NodeAdded), " added"}, {d.Count(access.NodeRenamed), " renamed"}, {d.Count(access.NodeMoved), " moved"},
		{d.Count(access.NodeRemoved), " removed"}, {d.Rules(), " access rules deleted with them"},
	} {
		if part.n == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += strconv.Itoa(part.n) + part.word
	}
	return text
}

func (d ImportDifference) hidden() []ui.HiddenField {
	fields := []ui.HiddenField{{Name: FieldYAML, Value: d.YAML}, {Name: FieldDigest, Value: d.Difference.Digest}}
	if d.Remove {
		fields = append(fields, ui.HiddenField{Name: FieldUnnamed, Value: "true"})
	}
	return fields
}
