package views

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/views/ui"
)

// The addresses of the Applications table.
const (
	csvPath         = "/applications.csv"
	countPath       = "/applications/count"
	columnsPath     = "/applications/columns"
	bulkPath        = "/applications/bulk/"
	preferencesPath = "/account/preferences"
)

// The fields of the form that adds one filter: the column, and for that column
// its comparison and its value.
const FilterColumnField = "field"

// FilterOperatorField and FilterValueField name the fields of a column, or of
// the group of columns that are filtered in the same way.
func FilterOperatorField(column string) string { return "op." + column }
func FilterValueField(column string) string    { return "value." + column }

// FilterGroupOf is the column whose fields the form uses for this one too.
func FilterGroupOf(column string) string {
	for _, group := range ui.FilterGroups(filterColumns(access.ApplicationSchema)) {
		if slices.ContainsFunc(group, func(c ui.FilterColumn) bool { return c.Key == column }) {
			return group.Key()
		}
	}
	return column
}

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

// Clock is what times on a screen are told by: the moment of the request and
// the person's time zone.
type Clock struct {
	Now  time.Time
	Zone *time.Location
}

func (c Clock) exact(at time.Time, never string) ui.TimeProps {
	return ui.TimeProps{At: at, Now: c.Now, Zone: c.Zone, Exact: true, Never: never}
}

// ApplicationsScreen is the Applications table, or with List.Deleted its bin.
// Every address on it is made from List by copy.
type ApplicationsScreen struct {
	List  access.List
	Page  access.ApplicationPage
	Count access.Count
	// Columns are the keys of the columns that the person sees, in order.
	Columns []string
	Clock   Clock
	// CanCreate offers "+New application".
	CanCreate bool
	// PublicURL is the base of the API call that "Copy as curl" gives.
	PublicURL string
	Density   ui.Density
	// AbsoluteTimes is the person's choice for lists.
	AbsoluteTimes bool
	// Problem says why a filter was not added; empty if nothing went wrong.
	Problem string
}

// ApplicationColumns are the keys of all columns in their first order. They
// are the names of access.ApplicationSchema, so that a column sorts and
// filters by its own name.
func ApplicationColumns() []string {
	return []string{
		"name", "status", "accessRules", "lastLogin", "createdBy", "createdAt", "updatedAt",
		"clientId", "keyExpiresAt", "keyEndsIn", "description",
	}
}

// DefaultApplicationColumns are the columns that are shown until the person
// chooses others.
func DefaultApplicationColumns() []string { return ApplicationColumns()[:7] }

// NameColumn is always shown and always first: it names the row.
const NameColumn = "name"

// ColumnLabel is what the header of a column says.
func ColumnLabel(key string) string {
	field, _ := access.ApplicationSchema.Field(key)
	return field.Label
}

// columnOrder is the place of all columns, hidden ones included. A person who
// only hides columns keeps the first order, so that a column comes back where
// it was; after any move the hidden ones stand last.
func columnOrder(shown []string) []string {
	all := ApplicationColumns()
	next := 0
	for _, key := range all {
		if next < len(shown) && shown[next] == key {
			next++
		}
	}
	if next == len(shown) {
		return all
	}
	order := slices.Clone(shown)
	for _, key := range all {
		if !slices.Contains(shown, key) {
			order = append(order, key)
		}
	}
	return order
}

// ---- addresses ----

func listHref(path string, l access.List) string {
	query := l.Encode(access.ApplicationSchema)
	if query == "" {
		return path
	}
	return path + "?" + query
}

// ApplicationsHref is the address of the table in a state.
func ApplicationsHref(l access.List) string { return listHref(applicationsHref, l) }

func (s ApplicationsScreen) here() string { return ApplicationsHref(s.List) }

// state is what a form of the table carries on, hidden: the list without what
// the form itself is about. Every change starts at the first page.
func state(l access.List) []ui.HiddenField {
	values := l.FirstPage().Values(access.ApplicationSchema)
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	fields := make([]ui.HiddenField, len(names))
	for i, name := range names {
		fields[i] = ui.HiddenField{Name: name, Value: values.Get(name)}
	}
	return fields
}

// withoutFilters keeps the search: it has a box of its own to clear.
func withoutFilters(l access.List) access.List {
	l.Filters = nil
	return l.FirstPage()
}

func (s ApplicationsScreen) csvHref(columns string) string {
	l := s.List.FirstPage().WithLimit(access.DefaultLimit)
	href := listHref(csvPath, l)
	separator := "?"
	if strings.Contains(href, "?") {
		separator = "&"
	}
	return href + separator + ParamColumns + "=" + columns
}

// curl is the API call that gives exactly this view. The query has no
// apostrophe left in it (url.QueryEscape), so the shell takes it as it is.
func (s ApplicationsScreen) curl() string {
	address := listHref(s.PublicURL+"/api/v1/apps", s.List)
	return `curl -H "Authorization: Bearer $TOKEN" '` + strings.ReplaceAll(address, "'", "%27") + "'"
}

// ---- words ----

func (s ApplicationsScreen) heading() string {
	if s.List.Deleted {
		return "Deleted applications"
	}
	return "Applications"
}

func (s ApplicationsScreen) lead() string {
	if s.List.Deleted {
		return "They wait here for " + Counted(int(access.BinRetention.Hours()/24), "day", "days") + ". Restoring one gives it a new secret key."
	}
	return "Machine identities that trade a secret key for tokens and call the API with them."
}

// Title is the document's, without the product: "Applications (page 2 of 8)".
func (s ApplicationsScreen) Title() string {
	page, last := s.pageNumber(), s.lastPage()
	switch {
	case last == 0 && page > 1:
		return s.heading() + " (page " + Grouped(page) + ")"
	case last > 1 && page <= last:
		return s.heading() + " (page " + Grouped(page) + " of " + Grouped(last) + ")"
	default:
		return s.heading()
	}
}

// countWords is how many match: "60 applications", "over 10,000 applications".
func (s ApplicationsScreen) countWords() string { return CountWords(s.Count) }

// CountWords says a count as the table does.
func CountWords(c access.Count) string {
	words := Counted(c.N, "application", "applications")
	if !c.Exact {
		return "over " + words
	}
	return words
}

func (s ApplicationsScreen) announcement() string {
	switch {
	case s.List.IsFiltered() && s.Count.N == 1:
		return "1 application matches"
	case s.List.IsFiltered():
		return s.countWords() + " match"
	default:
		return s.countWords()
	}
}

func (s ApplicationsScreen) caption() string {
	words := []string{s.heading(), "sorted by " + ColumnLabel(s.List.Sort.Field)}
	if s.List.Sort.Descending {
		words[1] += ", descending"
	} else {
		words[1] += ", ascending"
	}
	for _, c := range s.chips() {
		words = append(words, c.Column+" "+c.Operator+" "+c.Value)
	}
	if s.List.Search != "" {
		words = append(words, "search: "+s.List.Search)
	}
	return strings.Join(words, "; ")
}

// sought names the search and the filters that leave nothing.
func (s ApplicationsScreen) sought() string {
	var words []string
	if s.List.Search != "" {
		words = append(words, "the search “"+s.List.Search+"”")
	}
	for _, c := range s.chips() {
		words = append(words, "the filter “"+c.Column+" "+c.Operator+" "+c.Value+"”")
	}
	return inWords(words)
}

// ---- filters ----

func (s ApplicationsScreen) chips() []ui.Chip {
	chips := make([]ui.Chip, len(s.List.Filters))
	for i, f := range s.List.Filters {
		column, operator, value := filterWords(access.ApplicationSchema, f, s.zone())
		chips[i] = ui.Chip{Column: column, Operator: operator, Value: value, RemoveHref: ApplicationsHref(s.List.WithoutFilter(f))}
	}
	return chips
}

func (s ApplicationsScreen) zone() *time.Location {
	if s.Clock.Zone == nil {
		return time.UTC
	}
	return s.Clock.Zone
}

func (s ApplicationsScreen) filterBar() ui.FilterBarProps {
	return ui.FilterBarProps{
		Add: ui.AddFilterProps{
			Action:  applicationsHref,
			Hidden:  state(s.List),
			Columns: filterColumns(access.ApplicationSchema),
		},
		Chips:     s.chips(),
		ClearHref: ApplicationsHref(withoutFilters(s.List)),
	}
}

func filterColumns(schema *access.Schema) []ui.FilterColumn {
	var columns []ui.FilterColumn
	for _, f := range schema.Fields {
		if f.SortOnly {
			continue
		}
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
			column.Options = append(column.Options, ui.Option{Value: v, Label: v})
		}
		columns = append(columns, column)
	}
	return columns
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

// ---- columns ----

func (s ApplicationsScreen) columnChooser() ui.ColumnChooserProps {
	order := columnOrder(s.Columns)
	choices := make([]ui.ColumnChoice, len(order))
	for i, key := range order {
		choices[i] = ui.ColumnChoice{Key: key, Label: ColumnLabel(key), Visible: slices.Contains(s.Columns, key), Locked: key == NameColumn}
	}
	return ui.ColumnChooserProps{Action: columnsPath, ReturnTo: s.here(), Columns: choices}
}

// deletedColumn stands in the bin for the columns that say nothing there.
const deletedColumn = "deletedAt"

// shown are the columns of this view: the bin says when instead of whether.
func (s ApplicationsScreen) shown() []string {
	if !s.List.Deleted {
		return s.Columns
	}
	shown := []string{NameColumn, deletedColumn}
	for _, key := range s.Columns {
		if key != NameColumn && key != "status" {
			shown = append(shown, key)
		}
	}
	return shown
}

// index is the place of a column among all (aria-colindex), the column of
// checkboxes being the first; 0 while all are shown and the browser can count.
func (s ApplicationsScreen) index(key string) int {
	if s.colCount() == 0 {
		return 0
	}
	return slices.Index(columnOrder(s.Columns), key) + 2
}

// colCount is the number of all columns, those of the checkbox and the menu
// included, if some are hidden.
func (s ApplicationsScreen) colCount() int {
	all := len(ApplicationColumns())
	if s.List.Deleted || len(s.Columns) == all {
		return 0
	}
	return all + 2
}

func (s ApplicationsScreen) headers() []ui.Column {
	shown := s.shown()
	headers := make([]ui.Column, len(shown))
	for i, key := range shown {
		headers[i] = s.header(key)
	}
	return headers
}

func (s ApplicationsScreen) header(key string) ui.Column {
	if key == deletedColumn {
		return ui.Column{Key: key, Label: "Deleted"}
	}
	header := ui.Column{
		Key:      key,
		Label:    ColumnLabel(key),
		SortHref: ApplicationsHref(s.List.WithSort(key)),
		Index:    s.index(key),
	}
	if s.List.Sort.Field == key {
		header.Sort = ui.SortAscending
		if s.List.Sort.Descending {
			header.Sort = ui.SortDescending
		}
	}
	return header
}

// ---- rows ----

// time is told as the person chose for lists: as a distance, or exactly.
func (s ApplicationsScreen) time(at time.Time) ui.TimeProps {
	return ui.TimeProps{At: at, Now: s.Clock.Now, Zone: s.Clock.Zone, Exact: s.AbsoluteTimes}
}

// The tags of a row, by which actions know whether they make sense for it.
const (
	tagEnabled  = "enabled"
	tagDisabled = "disabled"
	tagDeleted  = "deleted"
)

func (s ApplicationsScreen) tags(row access.ApplicationRow) string {
	switch {
	case s.List.Deleted:
		return tagDeleted
	case row.Enabled:
		return tagEnabled
	default:
		return tagDisabled
	}
}

func statusKind(status access.Status) ui.StatusKind {
	switch status {
	case access.StatusActive:
		return ui.StatusPositive
	case access.StatusKeyExpired:
		return ui.StatusDanger
	default:
		return ui.StatusNeutral
	}
}

// keyNeverUsed is what the row says when a key may have been lost before it
// was stored (ux.md 27).
func keyNeverUsed(a access.Application) bool { return a.Key.LastUsed.IsZero() && a.Enabled }

// belowTenant leaves out the tenant, which every path begins with and the page
// shows already; a rule on the whole tenant still names it.
func belowTenant(names []string) []string {
	if len(names) > 1 {
		return names[1:]
	}
	return names
}

// daysLeft is how long an application stays in the bin.
func (s ApplicationsScreen) daysLeft(a access.Application) string {
	left := a.DeletedAt.Add(access.BinRetention).Sub(s.Clock.Now)
	if left < 24*time.Hour {
		return "gone within a day"
	}
	return Counted(int(left/(24*time.Hour)), "day", "days") + " left"
}

// ---- pages ----

func (s ApplicationsScreen) limit() int { return max(1, s.List.Limit) }

func (s ApplicationsScreen) pageNumber() int {
	if s.List.After != "" || s.List.Before != "" {
		return max(1, s.List.Page)
	}
	return s.List.Offset/s.limit() + 1
}

// lastPage is 0 where the number of rows is not known exactly.
func (s ApplicationsScreen) lastPage() int {
	if !s.Count.Exact {
		return 0
	}
	return max(1, (s.Count.N+s.limit()-1)/s.limit())
}

func (s ApplicationsScreen) toPage(number int) string {
	return ApplicationsHref(s.List.WithOffset((number - 1) * s.limit()))
}

func (s ApplicationsScreen) pager() ui.PagerProps {
	page := s.pageNumber()
	p := ui.PagerProps{
		Summary:     s.summary(),
		Label:       "Pages of " + strings.ToLower(s.heading()),
		Pages:       s.pageLinks(),
		Sizes:       s.sizes(),
		ShowingSize: strconv.Itoa(s.limit()),
	}
	if page > 1 {
		p.First = s.toPage(1)
	}
	switch {
	case page == 2:
		p.Previous = s.toPage(1)
	case s.Page.Previous != "" && page > 1:
		p.Previous = ApplicationsHref(s.List.WithBefore(s.Page.Previous, page-1))
	}
	if s.Page.Next != "" {
		p.Next = ApplicationsHref(s.List.WithAfter(s.Page.Next, page+1))
	}
	return p
}

// summary is "1 to 50 of 60".
func (s ApplicationsScreen) summary() string {
	from := s.List.Offset + 1
	if s.List.After != "" || s.List.Before != "" {
		from = (s.pageNumber()-1)*s.limit() + 1
	}
	to := from + len(s.Page.Rows) - 1
	total := Grouped(s.Count.N)
	if !s.Count.Exact {
		total = "over " + total
	}
	return Grouped(from) + " to " + Grouped(to) + " of " + total
}

func (s ApplicationsScreen) pageLinks() []ui.PageLink {
	last := s.lastPage()
	if last <= 1 {
		return nil
	}
	page := s.pageNumber()
	numbers := pageWindow(page, last)
	links := make([]ui.PageLink, len(numbers))
	for i, n := range numbers {
		if n == 0 {
			links[i] = ui.PageLink{Label: "…"}
			continue
		}
		links[i] = ui.PageLink{Label: Grouped(n), Href: s.toPage(n), Current: n == page}
	}
	return links
}

// PageSizes are the numbers of rows per page that the pager offers.
func PageSizes() []int { return []int{25, 50, 100, 200} }

func (s ApplicationsScreen) sizes() []ui.PageLink {
	sizes := PageSizes()
	if s.Count.Exact && s.Count.N <= sizes[0] && s.limit() == access.DefaultLimit {
		return nil // all on one page whatever is chosen
	}
	links := make([]ui.PageLink, len(sizes))
	for i, n := range sizes {
		links[i] = ui.PageLink{Label: strconv.Itoa(n), Href: ApplicationsHref(s.List.WithLimit(n)), Current: n == s.limit()}
	}
	return links
}

// noneYet reports that nothing was ever created, or that all of it is in the bin.
func (s ApplicationsScreen) noneYet() bool {
	return s.Count.N == 0 && !s.List.IsFiltered() && !s.List.Deleted
}

// pastEnd reports that the page asked for is empty although there are rows.
func (s ApplicationsScreen) pastEnd() bool {
	return s.Count.N > 0 && (s.List.Offset > 0 || s.List.After != "" || s.List.Before != "")
}

// lastPageHref leads to the last page, or to the first where the last is not known.
func (s ApplicationsScreen) lastPageHref() string { return s.toPage(max(1, s.lastPage())) }

// ---- selection ----

func (s ApplicationsScreen) actionBar() ui.ActionBarProps {
	bar := ui.ActionBarProps{Actions: s.actions(), MatchAll: s.matchAll()}
	if s.Count.Exact {
		bar.Total = s.Count.N
	}
	return bar
}

func (s ApplicationsScreen) actions() []ui.Action {
	if s.List.Deleted {
		return []ui.Action{{ID: "action-restore", Label: "Restore", Icon: ui.IconRefresh, Href: bulkPath + "restore", Count: ui.ActionOne}}
	}
	return []ui.Action{
		{ID: "action-rules", Label: "Access rules", Icon: ui.IconRules, Href: bulkPath + "rules", Count: ui.ActionOne},
		{ID: "action-regenerate", Label: "Regenerate key", Icon: ui.IconKey, Href: bulkPath + "regenerate", Count: ui.ActionOne},
		{ID: "action-enable", Label: "Enable", Icon: ui.IconPower, Href: bulkPath + "enable", When: tagDisabled},
		{ID: "action-disable", Label: "Disable", Icon: ui.IconPower, Href: bulkPath + "disable", When: tagEnabled},
		{ID: "action-delete", Label: "Delete", Icon: ui.IconTrash, Href: bulkPath + "delete", Dangers: true},
	}
}

// matchAll is the second step after all rows of a page are selected. What was
// not counted on the way is counted when it is asked whether to change it.
func (s ApplicationsScreen) matchAll() *ui.MatchAll {
	if s.List.Deleted || (s.Count.Exact && s.Count.N <= len(s.Page.Rows)) {
		return nil
	}
	all := &ui.MatchAll{
		Label: "Select all that match",
		Count: "All that match selected",
		Name:  FieldAll,
		State: state(s.List.WithLimit(access.DefaultLimit)),
	}
	if s.Count.Exact {
		n := Grouped(s.Count.N)
		all.Label, all.Count = "Select all "+n+" that match", "All "+n+" selected"
		all.State = append(all.State, ui.HiddenField{Name: FieldExpected, Value: strconv.Itoa(s.Count.N)})
	}
	return all
}

// exportNote says what a download holds before it starts (ux.md 50).
func (s ApplicationsScreen) exportNote() string {
	rows := Counted(s.Count.N, "row", "rows")
	if !s.Count.Exact {
		rows = "over " + rows
	}
	return rows + ", " + Counted(len(s.Columns), "column", "columns") + " shown of " + strconv.Itoa(len(ApplicationColumns()))
}

func (s ApplicationsScreen) countHref() string {
	return listHref(countPath, s.List.FirstPage().WithLimit(access.DefaultLimit))
}

// otherTable leads from the table to the bin and back.
func (s ApplicationsScreen) otherTable() string {
	return ApplicationsHref(access.List{Limit: access.DefaultLimit, Sort: access.ApplicationSchema.DefaultSort}.WithDeleted(!s.List.Deleted))
}
