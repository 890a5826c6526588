package views

import (
	"slices"
	"time"

	"latchkey/access"
	"latchkey/views/ui"
)

// FilterColumnField is the field of the form that adds one filter that names
// the column; that column has fields for its comparison and its value.
const FilterColumnField = "field"

// FilterOperatorField and FilterValueField name the fields of a column, or of
// the group of columns that are filtered in the same way.
func FilterOperatorField(column string) string { return "op." + column }
func FilterValueField(column string) string    { return "value." + column }

// The fields of a selection: single rows by FieldRow; or, with FieldAll, all
// that match the list whose parameters travel along, FieldExpected of them.
const (
	FieldRow      = "id"
	FieldAll      = "all"
	FieldExpected = "expected"
)

// The parameter of a download, and its values.
const (
	ParamColumns   = "columns"
	ColumnsVisible = "visible"
	ColumnsAll     = "all"
)

const preferencesPath = "/account/preferences"

// Clock is what times on a screen are told by: the moment of the request and
// the person's time zone.
type Clock struct {
	Now  time.Time
	Zone *time.Location
}

func (c Clock) exact(at time.Time, never string) ui.TimeProps {
	return ui.TimeProps{At: at, Now: c.Now, Zone: c.Zone, Exact: true, Never: never}
}

// TableKind is one table of the console: what is the same in each of its states.
type TableKind struct {
	// Name is in the names of files and of preferences, such as "applications".
	Name string
	// Path is the page's address; "/count", "/columns" and ".csv" follow it.
	Path          string
	Heading, Lead string
	One, Many     string // a row and rows in words: "application", "applications"
	Schema        *access.Schema
	// Columns are the keys of all columns in their first order: names of the
	// Schema, so that a column sorts and filters by its own name. The first
	// names its row; it is always shown, and always first.
	Columns []string
	// Shown is how many of them are shown until a person chooses others.
	Shown int
	// Unfiltered are fields of the Schema that the API knows and the filter
	// form does not offer.
	Unfiltered []string
	// Places are the fields whose values are ids of nodes of the organisation.
	Places []string
	// API is the path of the API call that gives the same list.
	API string
	// APIQuery is its query where that is not the table's own, or nil.
	APIQuery func(l access.List, now time.Time) string
	// Reference is the part of the API reference that tells of it.
	Reference string
	// Ask says which role to ask for, such as "may read applications, such as Editor".
	Ask string
	// Bin is nil for what has none.
	Bin *Bin
}

// Bin is the other side of a table: what was deleted.
type Bin struct{ Heading, Lead string }

// DefaultColumns are those that are shown until the person chooses others.
func (k *TableKind) DefaultColumns() []string { return slices.Clone(k.Columns[:k.Shown]) }

// NameColumn names the row.
func (k *TableKind) NameColumn() string { return k.Columns[0] }

// Label is what the header of a column says.
func (k *TableKind) Label(key string) string {
	field, _ := k.Schema.Field(key)
	return field.Label
}

// FirstList is the state of the table before anybody chose anything.
func (k *TableKind) FirstList() access.List {
	return access.List{Limit: access.DefaultLimit, Sort: k.Schema.DefaultSort}
}

// Href is the address of the table in a state.
func (k *TableKind) Href(l access.List) string { return k.href("", l) }

func (k *TableKind) href(suffix string, l access.List) string {
	return listHref(k.Path+suffix, k.Schema, l)
}

func listHref(path string, schema *access.Schema, l access.List) string {
	query := l.Encode(schema)
	if query == "" {
		return path
	}
	return path + "?" + query
}

// FilterGroupOf is the column whose fields the form uses for this one too.
func (k *TableKind) FilterGroupOf(column string) string {
	for _, group := range ui.FilterGroups(k.filterColumns()) {
		if slices.ContainsFunc(group, func(c ui.FilterColumn) bool { return c.Key == column }) {
			return group.Key()
		}
	}
	return column
}

func (k *TableKind) filterColumns() []ui.FilterColumn {
	var columns []ui.FilterColumn
	for _, f := range k.Schema.Fields {
		if !f.SortOnly && !slices.Contains(k.Unfiltered, f.Name) {
			columns = append(columns, filterColumn(f))
		}
	}
	return columns
}

func filterColumn(f access.Field) ui.FilterColumn {
	column := ui.FilterColumn{Key: f.Name, Label: f.Label, Kind: filterKind(f.Kind)}
	for _, op := range f.Operators() {
		column.Operators = append(column.Operators, ui.Option{Value: string(op), Label: OperatorWords(f.Kind, op)})
	}
	if mayBeNever(f.Name) {
		column.Operators = append(column.Operators,
			ui.Option{Value: OperatorNever, Label: "is never (no value needed)"},
			ui.Option{Value: OperatorNotNever, Label: "is not never (no value needed)"})
	}
	for _, v := range f.Values {
		column.Options = append(column.Options, ui.Option{Value: v, Label: f.ValueLabel(v)})
	}
	return column
}

func filterKind(k access.FieldKind) ui.FilterKind {
	switch k {
	case access.EnumField:
		return ui.FilterChoice
	case access.TimeField:
		return ui.FilterDate
	case access.NumberField:
		return ui.FilterNumber
	default:
		return ui.FilterText
	}
}

// columnOrder is the place of all columns, hidden ones included. A person who
// only hides columns keeps the first order, so that a column comes back where
// it was; after any move the hidden ones stand last.
func (k *TableKind) columnOrder(shown []string) []string {
	next := 0
	for _, key := range k.Columns {
		if next < len(shown) && shown[next] == key {
			next++
		}
	}
	if next == len(shown) {
		return k.Columns
	}
	order := slices.Clone(shown)
	for _, key := range k.Columns {
		if !slices.Contains(shown, key) {
			order = append(order, key)
		}
	}
	return order
}
