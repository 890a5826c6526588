package views

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/access"
	"latchkey/views/ui"
)

// Screen is a table with its rows, whatever they are. TablePage and TableFragment
// draw it.
type Screen interface {
	// Title is the document's, without the product.
	Title() string
	table() TableScreen
	parts() tableParts
}

func (s TableScreen) table() TableScreen { return s }

// TablePage is the whole page.
func TablePage(frame ui.FrameProps, s Screen) templ.Component {
	return tablePage(frame, s.table(), s.parts())
}

// TableFragment is what htmx puts in place of the list.
func TableFragment(s Screen) templ.Component { return tableFragment(s.table(), s.parts()) }

// TableScreen is a table in one state, but for its rows. Every address on it is
// made from List by copy.
type TableScreen struct {
	Kind  *TableKind
	List  access.List
	Count access.Count
	// Length is the number of rows on this page; Next and Previous are cursors
	// to the pages beside it, or empty.
	Length         int
	Next, Previous string
	// Columns are the keys of the columns that the person sees, in order.
	Columns []string
	Clock   Clock
	// PublicURL is the base of the API call that "Copy as curl" gives.
	PublicURL string
	Density   ui.Density
	// AbsoluteTimes is the person's choice for lists.
	AbsoluteTimes bool
	// Jobs are the person's bulk actions that run, or whose report is unread, of
	// whatever kind: one at a time is all that a person may start.
	Jobs []BulkJob
	// Problem says why a filter was not added; empty if nothing went wrong.
	Problem string
	// Places are the paths of the nodes that filters name by their ids.
	Places map[string]string
}

// tableParts is what differs between tables besides their rows.
type tableParts struct {
	// Actions stand at the right of the heading; nil if there are none.
	Actions templ.Component
	// More are further items of the More menu; nil if there are none.
	More templ.Component
	// Above are messages about what goes on beside the table; nil if there are none.
	Above templ.Component
	// Table is the table with its rows.
	Table templ.Component
	// Empty is shown when there is nothing, though nothing is left out.
	Empty templ.Component
	// RowMenu is the one menu of all rows; nil if there is none.
	RowMenu templ.Component
}

// frame is the page around the table.
func (s TableScreen) frame(f ui.FrameProps, p tableParts) ui.FrameProps {
	f.Title, f.Heading, f.Lead = s.Title(), s.heading(), s.lead()
	f.ReturnTo = s.here()
	f.Actions = p.Actions
	return f
}

func (k *TableKind) forbiddenFrame(f ui.FrameProps) ui.FrameProps {
	f.Title, f.Heading, f.Lead = k.Heading, "", ""
	f.ReturnTo = k.Path
	return f
}

// ---- addresses ----

func (s TableScreen) href(l access.List) string { return s.Kind.Href(l) }

func (s TableScreen) here() string { return s.href(s.List) }

// state is what a form of the table carries on, hidden: the list without what
// the form itself is about. Every change starts at the first page.
func (s TableScreen) state(l access.List) []ui.HiddenField {
	values := l.FirstPage().Values(s.Kind.Schema)
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

func (s TableScreen) csvHref(columns string) string {
	href := s.Kind.href(".csv", s.List.FirstPage().WithLimit(access.DefaultLimit))
	separator := "?"
	if strings.Contains(href, "?") {
		separator = "&"
	}
	return href + separator + ParamColumns + "=" + columns
}

func (s TableScreen) countHref() string {
	return s.Kind.href("/count", s.List.FirstPage().WithLimit(access.DefaultLimit))
}

// curl is the API call that gives exactly this view. The query has no
// apostrophe left in it (url.QueryEscape), so the shell takes it as it is.
func (s TableScreen) curl() string {
	address := listHref(s.PublicURL+s.Kind.API, s.Kind.Schema, s.List)
	if s.Kind.APIQuery != nil {
		address = s.PublicURL + s.Kind.API
		if query := s.Kind.APIQuery(s.List, s.Clock.Now); query != "" {
			address += "?" + query
		}
	}
	return `curl -H "Authorization: Bearer $TOKEN" '` + strings.ReplaceAll(address, "'", "%27") + "'"
}

// otherTable leads from the table to its bin and back.
func (s TableScreen) otherTable() string {
	return s.href(access.List{Limit: access.DefaultLimit, Sort: s.Kind.Schema.DefaultSort}.WithDeleted(!s.List.Deleted))
}

// ---- words ----

func (s TableScreen) heading() string {
	if s.List.Deleted {
		return s.Kind.Bin.Heading
	}
	return s.Kind.Heading
}

func (s TableScreen) lead() string {
	if s.List.Deleted {
		return s.Kind.Bin.Lead
	}
	return s.Kind.Lead
}

// searched names what the search looks through.
func (s TableScreen) searched() string {
	if s.List.Deleted {
		return "deleted " + s.Kind.Many
	}
	return s.Kind.Many
}

// Title is the document's, without the product: "Applications (page 2 of 8)".
func (s TableScreen) Title() string {
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
func (s TableScreen) countWords() string { return s.Kind.countWords(s.Count) }

func (k *TableKind) countWords(c access.Count) string {
	words := Counted(c.N, k.One, k.Many)
	if !c.Exact {
		return "over " + words
	}
	return words
}

func (s TableScreen) announcement() string {
	switch {
	case s.List.IsFiltered() && s.Count.N == 1:
		return "1 " + s.Kind.One + " matches"
	case s.List.IsFiltered():
		return s.countWords() + " match"
	default:
		return s.countWords()
	}
}

func (s TableScreen) caption() string {
	words := []string{s.heading(), "sorted by " + s.Kind.Label(s.List.Sort.Field)}
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
func (s TableScreen) sought() string {
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

func (s TableScreen) chips() []ui.Chip {
	chips := make([]ui.Chip, len(s.List.Filters))
	for i, f := range s.List.Filters {
		column, operator, value := filterWords(s.Kind.Schema, f, s.zone())
		if path, isPlace := s.Places[f.Value]; isPlace && slices.Contains(s.Kind.Places, f.Field) {
			value = path
		}
		chips[i] = ui.Chip{Column: column, Operator: operator, Value: value, RemoveHref: s.href(s.List.WithoutFilter(f))}
	}
	return chips
}

func (s TableScreen) zone() *time.Location {
	if s.Clock.Zone == nil {
		return time.UTC
	}
	return s.Clock.Zone
}

func (s TableScreen) filterBar() ui.FilterBarProps {
	return ui.FilterBarProps{
		Add: ui.AddFilterProps{
			Action:  s.Kind.Path,
			Hidden:  s.state(s.List),
			Columns: s.Kind.filterColumns(),
		},
		Chips:     s.chips(),
		ClearHref: s.href(withoutFilters(s.List)),
	}
}

// ---- columns ----

func (s TableScreen) columnChooser() ui.ColumnChooserProps {
	order := s.Kind.columnOrder(s.Columns)
	choices := make([]ui.ColumnChoice, len(order))
	for i, key := range order {
		choices[i] = ui.ColumnChoice{Key: key, Label: s.Kind.Label(key), Visible: slices.Contains(s.Columns, key), Locked: key == s.Kind.NameColumn()}
	}
	return ui.ColumnChooserProps{Action: s.Kind.Path + "/columns", ReturnTo: s.here(), Columns: choices}
}

// deletedColumn stands in the bin for the columns that say nothing there.
const deletedColumn = "deletedAt"

// shown are the columns of this view: the bin says when instead of whether.
func (s TableScreen) shown() []string {
	if !s.List.Deleted {
		return s.Columns
	}
	shown := []string{s.Kind.NameColumn(), deletedColumn}
	for _, key := range s.Columns {
		if key != s.Kind.NameColumn() && key != "status" {
			shown = append(shown, key)
		}
	}
	return shown
}

// index is the place of a column among all (aria-colindex), the column of
// checkboxes being the first; 0 while all are shown and the browser can count.
func (s TableScreen) index(key string) int {
	if s.colCount() == 0 {
		return 0
	}
	return slices.Index(s.Kind.columnOrder(s.Columns), key) + 2
}

// colCount is the number of all columns, those of the checkbox and the menu
// included, if some are hidden.
func (s TableScreen) colCount() int {
	all := len(s.Kind.Columns)
	if s.List.Deleted || len(s.Columns) == all {
		return 0
	}
	return all + 2
}

func (s TableScreen) headers() []ui.Column {
	shown := s.shown()
	headers := make([]ui.Column, len(shown))
	for i, key := range shown {
		headers[i] = s.header(key)
	}
	return headers
}

func (s TableScreen) header(key string) ui.Column {
	if key == deletedColumn {
		return ui.Column{Key: key, Label: "Deleted"}
	}
	header := ui.Column{Key: key, Label: s.Kind.Label(key), Index: s.index(key)}
	if field, _ := s.Kind.Schema.Field(key); !field.FilterOnly {
		header.SortHref = s.href(s.List.WithSort(key))
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
func (s TableScreen) time(at time.Time) ui.TimeProps {
	return ui.TimeProps{At: at, Now: s.Clock.Now, Zone: s.Clock.Zone, Exact: s.AbsoluteTimes}
}

// ---- selection ----

// selectionBar offers what can be done to the selected rows.
func (s TableScreen) selectionBar(actions ...ui.Action) ui.ActionBarProps {
	bar := ui.ActionBarProps{Actions: actions, MatchAll: s.matchAll()}
	if s.Count.Exact {
		bar.Total = s.Count.N
	}
	return bar
}

// matchAll is the second step after all rows of a page are selected. What was
// not counted on the way is counted when it is asked whether to change it.
func (s TableScreen) matchAll() *ui.MatchAll {
	if s.List.Deleted || (s.Count.Exact && s.Count.N <= s.Length) {
		return nil
	}
	all := &ui.MatchAll{
		Label: "Select all that match",
		Count: "All that match selected",
		Name:  FieldAll,
		State: s.state(s.List.WithLimit(access.DefaultLimit)),
	}
	if s.Count.Exact {
		n := Grouped(s.Count.N)
		all.Label, all.Count = "Select all "+n+" that match", "All "+n+" selected"
		all.State = append(all.State, ui.HiddenField{Name: FieldExpected, Value: strconv.Itoa(s.Count.N)})
	}
	return all
}

// exportNote says what a download holds before it starts (ux.md 50).
func (s TableScreen) exportNote() string {
	rows := Counted(s.Count.N, "row", "rows")
	if !s.Count.Exact {
		rows = "over " + rows
	}
	return rows + ", " + Counted(len(s.Columns), "column", "columns") + " shown of " + strconv.Itoa(len(s.Kind.Columns))
}
