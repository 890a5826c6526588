package access

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits of the list grammar (api-contract.md section 7, security.md 45).
const (
	DefaultLimit = 50
	MaxLimit     = 200
	MaxFilters   = 20
	MaxSearch    = 200 // characters
	// CountCap is where a list stops counting exactly: past it the screen
	// says "over 10,000" and pages by cursor alone.
	CountCap = 10_000

	maxFilterValue = 200           // characters
	maxOffset      = 1_000_000_000 // past the end of any list
	// maxCursor has room for the longest sort key, a description of 1,000
	// characters of 4 bytes each, in base64.
	maxCursor = 6000
)

// Operator is one of the eight comparisons of filterBy.
type Operator string

// The operators of filterBy.
const (
	Equal       Operator = "=="
	NotEqual    Operator = "!="
	AtMost      Operator = "<="
	AtLeast     Operator = ">="
	Contains    Operator = "=@"
	NotContains Operator = "!@"
	StartsWith  Operator = "=^"
	EndsWith    Operator = "=$"
)

var (
	allOperators     = []Operator{Equal, NotEqual, AtMost, AtLeast, Contains, NotContains, StartsWith, EndsWith}
	textOperators    = []Operator{Contains, NotContains, Equal, NotEqual, StartsWith, EndsWith}
	orderedOperators = []Operator{Equal, NotEqual, AtMost, AtLeast}
	enumOperators    = []Operator{Equal, NotEqual}
)

func operatorList(ops []Operator) string {
	words := make([]string, len(ops))
	for i, op := range ops {
		words[i] = string(op)
	}
	return strings.Join(words, " ")
}

// FieldKind says how the values of a field compare.
type FieldKind int

// The kinds of field.
const (
	TextField FieldKind = iota
	TimeField
	EnumField
	NumberField
	IDField // names one thing, or all but that one
)

// Field is one column that a list can be filtered or sorted by.
type Field struct {
	Name    string // on the wire and in the address bar, such as "lastLogin"
	Aliases []string
	Label   string // on the screen, such as "Last login"
	Kind    FieldKind
	Values  []string // of an EnumField
	// ValueLabels are words for Values that are not words themselves.
	ValueLabels map[string]string
	// ValueAliases are further spellings of Values, in small letters.
	ValueAliases map[string]string
	// FilterOnly fields cannot be sorted by.
	FilterOnly bool
	// SortOnly fields cannot be filtered by.
	SortOnly bool
}

func (f Field) sortable() bool   { return !f.FilterOnly }
func (f Field) filterable() bool { return !f.SortOnly }

// Operators are the comparisons that make sense for the field, the most
// useful one first.
func (f Field) Operators() []Operator {
	switch f.Kind {
	case TimeField, NumberField:
		return orderedOperators
	case EnumField, IDField:
		return enumOperators
	default:
		return textOperators
	}
}

// ValueLabel is what the screen says for one of Values.
func (f Field) ValueLabel(value string) string {
	if label, ok := f.ValueLabels[value]; ok {
		return label
	}
	return value
}

// accepts is wider than Operators: clients of the API may compare text with <=
// and >= too, by the bytes of UTF-8, and words by a part of them.
func (f Field) accepts(op Operator) bool {
	switch f.Kind {
	case TextField:
		return slices.Contains(allOperators, op)
	case EnumField:
		return slices.Contains(allOperators, op) && op != AtMost && op != AtLeast
	}
	return slices.Contains(f.Operators(), op)
}

// Schema is the allowlist of one list: what it can be filtered and sorted by.
type Schema struct {
	Fields      []Field
	DefaultSort Sort
	// MaxLimit is the largest page; 0 means the constant MaxLimit.
	MaxLimit int
}

// Field finds a field by its name or an alias, in whatever case.
func (s *Schema) Field(name string) (Field, bool) {
	for _, f := range s.Fields {
		isAlias := func(alias string) bool { return strings.EqualFold(alias, name) }
		if strings.EqualFold(f.Name, name) || slices.ContainsFunc(f.Aliases, isAlias) {
			return f, true
		}
	}
	return Field{}, false
}

func (s *Schema) maxLimit() int {
	if s.MaxLimit > 0 {
		return s.MaxLimit
	}
	return MaxLimit
}

// names lists the fields that are fit for something, for error messages.
func (s *Schema) names(fit func(Field) bool) string {
	var names []string
	for _, f := range s.Fields {
		if fit(f) {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Filter is one expression of filterBy, made by ParseFilter. Value is
// canonical: the spelling of Values for an EnumField, digits for a NumberField
// (see Number), and for a TimeField an RFC 3339 time in UTC, a plain date for
// the whole day, or "never" (see Period).
type Filter struct {
	Field string
	Op    Operator
	Value string
}

// Sort is an order by one field, ties broken by id in the same direction.
type Sort struct {
	Field      string
	Descending bool
}

// List is the whole state of a list, as the address bar holds it. It is a
// value: the With methods return changed copies.
type List struct {
	Search  string
	Filters []Filter
	Sort    Sort
	Limit   int
	Offset  int
	// After and Before are cursors made by the store: the page that follows,
	// or precedes, a row. At most one is set, and then Offset is 0.
	After, Before string
	// Page is the number that the pager shows when paging by cursor; display only.
	Page int
	// Deleted lists the bin instead.
	Deleted bool
}

// WithSearch searches for text instead.
func (l List) WithSearch(text string) List {
	l.Search = text
	return l.FirstPage()
}

// WithFilter adds a filter; one that is there already is not added again.
func (l List) WithFilter(f Filter) List {
	if slices.Contains(l.Filters, f) {
		return l.FirstPage()
	}
	l.Filters = append(slices.Clone(l.Filters), f)
	return l.FirstPage()
}

// WithoutFilter removes a filter.
func (l List) WithoutFilter(f Filter) List {
	l.Filters = slices.DeleteFunc(slices.Clone(l.Filters), func(g Filter) bool { return g == f })
	return l.FirstPage()
}

// WithoutFilters removes all filters and the search text.
func (l List) WithoutFilters() List {
	l.Filters, l.Search = nil, ""
	return l.FirstPage()
}

// WithSort is what a click on a column's header does: first ascending, then
// descending, and so on.
func (l List) WithSort(field string) List {
	if l.Sort.Field == field {
		l.Sort.Descending = !l.Sort.Descending
	} else {
		l.Sort = Sort{Field: field}
	}
	return l.FirstPage()
}

// WithLimit shows so many rows a page.
func (l List) WithLimit(limit int) List {
	l.Limit = limit
	return l.FirstPage()
}

// WithDeleted lists the bin, or leaves it.
func (l List) WithDeleted(deleted bool) List {
	l.Deleted = deleted
	return l.FirstPage()
}

// WithOffset goes to the page that starts so many rows into the list.
func (l List) WithOffset(offset int) List {
	l = l.FirstPage()
	l.Offset = max(0, offset)
	return l
}

// WithAfter goes to the page after a cursor; page is the number that the pager
// then shows.
func (l List) WithAfter(cursor string, page int) List {
	l = l.FirstPage()
	l.After, l.Page = cursor, max(1, page)
	return l
}

// WithBefore goes to the page before a cursor.
func (l List) WithBefore(cursor string, page int) List {
	l = l.FirstPage()
	l.Before, l.Page = cursor, max(1, page)
	return l
}

// FirstPage goes back to the start, as every change but paging does.
func (l List) FirstPage() List {
	l.Offset, l.After, l.Before, l.Page = 0, "", "", 0
	return l
}

// IsFiltered reports whether the list leaves anything out: an empty one then
// means "no match", not "nothing here yet".
func (l List) IsFiltered() bool { return l.Search != "" || len(l.Filters) > 0 }

// String is the filter as filterBy spells it.
func (f Filter) String() string { return f.Field + string(f.Op) + f.Value }

// Values is the query that ParseList reads back into the same list. What is
// the default is left out.
func (l List) Values(s *Schema) url.Values {
	q := url.Values{}
	for _, p := range l.parameters(s) {
		q.Set(p.name, p.value)
	}
	return q
}

// Encode is Values for the address bar: always in the same order, and escaping
// no more than a query needs, so that people can read and edit it.
func (l List) Encode(s *Schema) string {
	var b strings.Builder
	for _, p := range l.parameters(s) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + readable.Replace(url.QueryEscape(p.value)))
	}
	return b.String()
}

// readable undoes escapes that a query can do without (RFC 3986 section 3.4).
var readable = strings.NewReplacer("%3D", "=", "%40", "@", "%21", "!", "%24", "$", "%2C", ",", "%3A", ":", "%2F", "/")

type parameter struct{ name, value string }

func (l List) parameters(s *Schema) []parameter {
	var ps []parameter
	add := func(name, value string) {
		if value != "" {
			ps = append(ps, parameter{name, value})
		}
	}
	addNumber := func(name string, n, absent int) {
		if n != absent && n != 0 {
			add(name, strconv.Itoa(n))
		}
	}
	add(searchParam, l.Search)
	add(filterParam, l.filterBy())
	if l.Sort != s.DefaultSort && l.Sort.Field != "" {
		add(sortParam, l.Sort.Field)
		if l.Sort.Descending {
			add(orderParam, descendingWord)
		}
	}
	addNumber(limitParam, l.Limit, DefaultLimit)
	addNumber(offsetParam, l.Offset, 0)
	add(afterParam, l.After)
	add(beforeParam, l.Before)
	addNumber(pageParam, l.Page, 0)
	if l.Deleted {
		add(deletedParam, "true")
	}
	return ps
}

func (l List) filterBy() string {
	expressions := make([]string, len(l.Filters))
	for i, f := range l.Filters {
		expressions[i] = f.String()
	}
	return strings.Join(expressions, ",")
}

// Count is how many rows match; past CountCap it is CountCap and not Exact.
type Count struct {
	N     int
	Exact bool
}

// capped reads the answer of a count that stopped past CountCap.
func capped(n int, err error) (Count, error) {
	if err != nil {
		return Count{}, err
	}
	return Count{N: min(n, CountCap), Exact: n <= CountCap}, nil
}

// Page is one page of a list.
type Page[T any] struct {
	Rows []T
	// Next and Previous are the cursors of the neighbouring pages, or empty.
	Next, Previous string
}

// ApplicationPage is one page of the Applications table.
type ApplicationPage = Page[ApplicationRow]

// ApplicationSchema is what the Applications table, GET /api/v1/apps, its
// count and its CSV can be filtered and sorted by.
var ApplicationSchema = &Schema{
	Fields: []Field{
		{Name: "name", Label: "Application"},
		{Name: "status", Label: "Status", Kind: EnumField, Values: []string{string(StatusActive), string(StatusDisabled), string(StatusKeyExpired)}},
		{Name: "accessRules", Label: "Access rule(s)", Kind: NumberField}, // how many
		{Name: "roleName", Label: "Role", FilterOnly: true},
		{Name: "scopeName", Label: "Scope", FilterOnly: true},
		{Name: "lastLogin", Label: "Last login", Kind: TimeField},
		{Name: "createdBy", Label: "Created by"},
		{Name: "createdAt", Aliases: []string{"creationTime"}, Label: "Creation time", Kind: TimeField},
		{Name: "updatedAt", Aliases: []string{"lastUpdated"}, Label: "Last updated", Kind: TimeField},
		{Name: "clientId", Label: "Client ID"},
		{Name: "keyExpiresAt", Label: "Key expires", Kind: TimeField},
		{Name: "keyEndsIn", Label: "Key ends in"},
		{Name: "description", Label: "Description"},
		{Name: "managedIn", Label: "Managed in", FilterOnly: true}, // the name of the node
		{Name: managedInIDField, Label: "Managed in", Kind: IDField, FilterOnly: true},
		{Name: managedWithinIDField, Label: "Managed in or below", Kind: IDField, FilterOnly: true},
	},
	DefaultSort: Sort{Field: "name"},
}

// The fields that find applications by the id of the node that they are managed
// in, and by that of a node at or below which they are.
const (
	managedInIDField     = "managedInId"
	managedWithinIDField = "managedWithinId"
)

// ManagedIn lists the applications that are managed in this very node.
func ManagedIn(nodeID string) List {
	return List{}.WithFilter(Filter{Field: managedInIDField, Op: Equal, Value: nodeID})
}

// ManagedWithin lists those that are managed in the node or anywhere below it.
func ManagedWithin(nodeID string) List {
	return List{}.WithFilter(Filter{Field: managedWithinIDField, Op: Equal, Value: nodeID})
}

// wireLimit is the largest page of the lists that clients know (api-contract.md
// section 7).
const wireLimit = 500

// RuleSchema is what access rules can be filtered and sorted by.
var RuleSchema = &Schema{
	Fields: []Field{
		{
			Name: "subjectType", Label: "Type", Kind: EnumField,
			Values:       []string{string(SubjectUser), string(SubjectApplication), string(SubjectGroup)},
			ValueLabels:  map[string]string{string(SubjectUser): "User", string(SubjectApplication): "Application", string(SubjectGroup): "Group"},
			ValueAliases: map[string]string{string(ServiceAccounts): string(SubjectApplication)},
		},
		{Name: "subjectId", Label: "Subject"},
		{Name: "roleName", Label: "Role"},
		{Name: "roleId", Label: "Role ID", Kind: NumberField},
		{Name: "scopeName", Label: "Scope"},
		{
			Name: "scopeType", Label: "Scope type", Kind: EnumField,
			Values:      []string{string(ScopeTenant), string(ScopeCluster), string(ScopeDepartment), string(ScopeProject)},
			ValueLabels: map[string]string{string(ScopeTenant): "Organization", string(ScopeCluster): "Cluster", string(ScopeDepartment): "Department", string(ScopeProject): "Project"},
		},
		{Name: "scopeId", Label: "Scope ID"},
		{Name: "createdBy", Label: "Authorized by"},
		{Name: "createdAt", Aliases: []string{"creationTime"}, Label: "Creation time", Kind: TimeField},
		{Name: "updatedAt", Aliases: []string{"lastUpdated"}, Label: "Last updated", Kind: TimeField},
		{Name: "deletedAt", Label: "Deleted", Kind: TimeField},
		{Name: "phase", Label: "Phase", Kind: EnumField, Values: []string{string(RuleReady), string(RuleDeleting)}},
	},
	DefaultSort: Sort{Field: "createdAt"},
	MaxLimit:    wireLimit,
}

// UserSchema is what users can be filtered and sorted by.
var UserSchema = &Schema{
	Fields: []Field{
		{Name: "username", Aliases: []string{"email"}, Label: "User"},
		{Name: "type", Label: "Type", SortOnly: true},
		{
			Name: "isLocal", Label: "Type", Kind: EnumField, FilterOnly: true,
			Values: []string{"true", "false"}, ValueLabels: map[string]string{"true": "Local", "false": "Single sign-on"},
		},
		{Name: "status", Label: "Status", Kind: EnumField, Values: []string{string(UserActive), string(UserDisabled)}},
		{Name: "lastLogin", Label: "Last login", Kind: TimeField},
		{Name: "accessRules", Label: "Access rules", Kind: NumberField}, // how many
		{Name: "createdBy", Label: "Created by"},
		{Name: "creationTime", Aliases: []string{"createdAt"}, Label: "Creation time", Kind: TimeField},
		{Name: "lastUpdated", Aliases: []string{"updatedAt"}, Label: "Last updated", Kind: TimeField},
	},
	DefaultSort: Sort{Field: "username"},
	MaxLimit:    wireLimit,
}

// aboutField finds events by whom or what they are about.
const aboutField = "about"

// EventSchema is what the audit log can be filtered and sorted by; the names
// are the wire's (api-contract.md 4.2), and the newest comes first.
var EventSchema = &Schema{
	Fields: []Field{
		{Name: "timestamp", Label: "Time", Kind: TimeField},
		{Name: "subject", Label: "Subject"},
		{
			Name: "subject_type", Aliases: []string{"subjectType"}, Label: "Subject type", Kind: EnumField, Values: []string{"User", "App"},
			ValueAliases: map[string]string{"application": "App", string(ServiceAccounts): "App"},
		},
		{
			Name: "action", Label: "Action", Kind: EnumField,
			Values: []string{
				string(EventCreate), string(EventUpdate), string(EventDelete), string(EventSignIn), string(EventSignOut),
				string(EventResetPassword), string(EventExport), string(EventRead),
			},
		},
		{Name: "entity_type", Aliases: []string{"entityType"}, Label: "Entity type"},
		{Name: "entity_name", Aliases: []string{"entityName"}, Label: "Entity"},
		{Name: "entity_id", Aliases: []string{"entityId"}, Label: "Entity ID"},
		{Name: "result", Label: "Result", Kind: EnumField, Values: []string{string(Succeeded), string(Failed)}},
		{Name: "source_ip", Aliases: []string{"sourceIp"}, Label: "Source address"},
		{Name: "http_method", Aliases: []string{"httpMethod"}, Label: "Method"},
		{Name: "url", Label: "URL"},
		{Name: "request_id", Aliases: []string{"requestId"}, Label: "Request ID", FilterOnly: true},
		{Name: "cluster_name", Aliases: []string{"clusterName"}, Label: "Cluster", FilterOnly: true}, // always empty
		// The id of a subject or of another entity: what it did, what was done to
		// it, and to its access rules.
		{Name: aboutField, Label: "About", FilterOnly: true},
	},
	DefaultSort: Sort{Field: "timestamp", Descending: true},
	MaxLimit:    1000,
}

// ScopeSchema is what clusters, departments and projects can be filtered and
// sorted by; what does not apply to one of them is empty there.
var ScopeSchema = &Schema{
	Fields: []Field{
		{Name: "name", Label: "Name"},
		{Name: "id", Label: "ID"},
		{Name: "clusterId", Label: "Cluster ID"},
		{Name: "departmentId", Label: "Department ID"},
		{Name: "parentId", Label: "Parent ID"},
		{Name: "parentName", Label: "Parent"},
		{Name: "phase", Label: "Phase", Kind: EnumField, Values: []string{ScopePhase}},
		{Name: "createdBy", Label: "Created by"},
		{Name: "createdAt", Aliases: []string{"creationTime"}, Label: "Creation time", Kind: TimeField},
		{Name: "updatedAt", Aliases: []string{"lastUpdated"}, Label: "Last updated", Kind: TimeField},
	},
	DefaultSort: Sort{Field: "name"},
	MaxLimit:    wireLimit,
}
