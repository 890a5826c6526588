package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/views/ui"
)

const (
	rolesHref   = "/roles"
	compareHref = "/roles/compare"
)

// RolesTable is the table of roles.
var RolesTable = &TableKind{
	Name:      "roles",
	Path:      rolesHref,
	Heading:   "Roles",
	Lead:      "Named sets of permissions. An access rule gives one to a subject, in a scope.",
	One:       "role",
	Many:      "roles",
	Schema:    access.RoleSchema,
	Columns:   []string{"name", "description", "permissions", "holders", "createdBy", "id"},
	Shown:     5,
	API:       "/api/v1/authorization/roles",
	APIQuery:  func(access.List, time.Time) string { return "" }, // there it is always all of them
	Reference: "Roles",
	Ask:       "may read roles, such as Editor",
}

// RolesScreen is the table with its rows.
type RolesScreen struct {
	TableScreen
	Rows []access.RoleRow
}

func (s RolesScreen) parts() tableParts {
	return tableParts{Actions: rolesActions(), Table: rolesTable(s), Empty: rolesEmpty()}
}

// RuleHolderHref is the address of the rules that give a role.
func RuleHolderHref(roleID int32) string { return rulesWhere("roleId", strconv.Itoa(int(roleID))) }

// CompareHref compares two roles; 0 is none chosen yet.
func CompareHref(a, b int32, onlyDifferences bool) string {
	return compareAddress(a, b, onlyDifferences, "")
}

func compareAddress(a, b int32, onlyDifferences bool, search string) string {
	q := url.Values{}
	if a != 0 {
		q.Set(FieldCompareA, strconv.Itoa(int(a)))
	}
	if b != 0 {
		q.Set(FieldCompareB, strconv.Itoa(int(b)))
	}
	if onlyDifferences {
		q.Set(FieldOnlyDifferences, "1")
	}
	if search != "" {
		q.Set(fieldSearch, search)
	}
	if len(q) == 0 {
		return compareHref
	}
	return compareHref + "?" + q.Encode()
}

// RolePage is one role: what it allows, and who holds it and where.
type RolePage struct {
	Role access.RoleRow
	// Matrix is what matches Search, or all.
	Matrix Matrix
	Search string
	// Rules are the first of those that give it, as far as the person may see.
	Rules []access.Rule
	More  bool
	Clock Clock
}

// RoleComparison is two roles side by side; what is not chosen yet has the id 0.
type RoleComparison struct {
	A, B            access.Role
	Roles           []access.Role // to choose from, by name
	OnlyDifferences bool
	Matrix          Matrix
	// Search leaves out what does not match it on the screen; it changes nothing
	// about how much they differ.
	Search  string
	Problem string
}

func (s RoleComparison) chosen() bool { return s.A.ID != 0 && s.B.ID != 0 }

// Matrix is permissions as a table: kinds of things down, actions across.
type Matrix struct {
	Groups []MatrixGroup
	// Without are the kinds of things on which nothing is allowed.
	Without []string
}

// MatrixGroup is a group of resource types, such as "Identity and access".
type MatrixGroup struct {
	Name  string
	Lines []MatrixLine
}

// MatrixLine is what one role, or each of two, may do with a kind of thing.
type MatrixLine struct {
	Resource string
	A, B     access.Actions
	// Grants marks what lets its holder give access away; Destroys what lets
	// them delete.
	Grants, Destroys bool
}

// Differs reports whether the two roles do not allow the same.
func (l MatrixLine) Differs() bool { return l.A != l.B }

// matrixActions are the columns.
var matrixActions = [...]access.Action{access.Create, access.Read, access.Update, access.Delete}

func actionLabel(a access.Action) string {
	switch a {
	case access.Create:
		return "Create"
	case access.Read:
		return "Read"
	case access.Update:
		return "Update"
	default:
		return "Delete"
	}
}

// differences counts the lines in which the two roles differ.
func (m Matrix) differences() int {
	n := 0
	for _, g := range m.Groups {
		for _, l := range g.Lines {
			if l.Differs() {
				n++
			}
		}
	}
	return n
}

// onlyDifferences leaves out what is the same.
func (m Matrix) onlyDifferences() Matrix {
	var groups []MatrixGroup
	for _, g := range m.Groups {
		g.Lines = slices.DeleteFunc(slices.Clone(g.Lines), func(l MatrixLine) bool { return !l.Differs() })
		if len(g.Lines) > 0 {
			groups = append(groups, g)
		}
	}
	return Matrix{Groups: groups}
}

func (s RoleComparison) matrix() Matrix {
	if s.OnlyDifferences {
		return s.Matrix.onlyDifferences().Matching(s.Search)
	}
	return s.Matrix.Matching(s.Search)
}

// Matching leaves out the kinds of things whose names, and those of their
// groups, do not hold the text, as the search of a table does.
func (m Matrix) Matching(search string) Matrix {
	sought := access.Fold(search)
	misses := func(name string) bool { return !strings.Contains(access.Fold(name), sought) }
	if sought == "" {
		return m
	}
	var left Matrix
	for _, g := range m.Groups {
		if misses(g.Name) {
			g.Lines = slices.DeleteFunc(slices.Clone(g.Lines), func(l MatrixLine) bool { return misses(l.Resource) })
		}
		if len(g.Lines) > 0 {
			left.Groups = append(left.Groups, g)
		}
	}
	left.Without = slices.DeleteFunc(slices.Clone(m.Without), misses)
	return left
}

// matched says how many kinds of things are left of a search.
func (m Matrix) matched(search string) string {
	n := len(m.Without)
	for _, g := range m.Groups {
		n += len(g.Lines)
	}
	words := Counted(n, "resource type", "resource types")
	switch {
	case search == "":
		return words
	case n == 1:
		return words + " matches"
	default:
		return words + " match"
	}
}

// state is what the search of a comparison carries on.
func (s RoleComparison) state() []ui.HiddenField {
	fields := []ui.HiddenField{{Name: FieldCompareA, Value: roleValue(s.A.ID)}, {Name: FieldCompareB, Value: roleValue(s.B.ID)}}
	if s.OnlyDifferences {
		fields = append(fields, ui.HiddenField{Name: FieldOnlyDifferences, Value: "1"})
	}
	return fields
}

// fieldSearch is the field of every search.
const fieldSearch = "search"

func (s RoleComparison) differenceWords() string {
	switch n := s.Matrix.differences(); n {
	case 0:
		return "They allow the same."
	default:
		return "They differ in " + Counted(n, "kind of thing", "kinds of things") + "."
	}
}

func compareOptions(roles []access.Role, without string) []ui.Option {
	options := []ui.Option{{Value: "", Label: without}}
	for _, r := range roles {
		options = append(options, ui.Option{Value: strconv.Itoa(int(r.ID)), Label: r.Name})
	}
	return options
}

// heldBy says how many have the role.
func heldBy(n int) string {
	if n == 0 {
		return "Nobody"
	}
	return Counted(n, "subject", "subjects")
}
