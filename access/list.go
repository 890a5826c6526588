package access

// Limits of the list grammar (api-contract.md section 7, security.md 45).
const (
	DefaultLimit = 50
	MaxLimit     = 200
	MaxFilters   = 20
	MaxSearch    = 200 // characters
	// CountCap is where a list stops counting exactly: past it the screen
	// says "over 10,000" and pages by cursor alone.
	CountCap = 10_000
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

// FieldKind says how the values of a field compare.
type FieldKind int

// The kinds of field.
const (
	TextField FieldKind = iota
	TimeField
	EnumField
	NumberField
)

// Field is one column that a list can be filtered or sorted by.
type Field struct {
	Name    string // on the wire and in the address bar, such as "lastLogin"
	Aliases []string
	Label   string // on the screen, such as "Last login"
	Kind    FieldKind
	Values  []string // of an EnumField
	// FilterOnly fields cannot be sorted by.
	FilterOnly bool
	// SortOnly fields cannot be filtered by.
	SortOnly bool
}

// Schema is the allowlist of one list: what it can be filtered and sorted by.
type Schema struct {
	Fields      []Field
	DefaultSort Sort
}

// Filter is one expression of filterBy. Value is canonical: an RFC 3339 time
// for a TimeField, the spelling of Values for an EnumField.
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

// Count is how many rows match; past CountCap it is CountCap and not Exact.
type Count struct {
	N     int
	Exact bool
}

// ApplicationPage is one page of the Applications table.
type ApplicationPage struct {
	Rows []ApplicationRow
	// Next and Previous are the cursors of the neighbouring pages, or empty.
	Next, Previous string
}

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
	},
	DefaultSort: Sort{Field: "name"},
}
