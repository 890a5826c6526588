package access

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The parameters of a list, as the address bar and the JSON API spell them.
const (
	searchParam    = "search"
	filterParam    = "filterBy"
	sortParam      = "sortBy"
	orderParam     = "sortOrder"
	limitParam     = "limit"
	offsetParam    = "offset"
	afterParam     = "after"
	beforeParam    = "before"
	pageParam      = "page"
	deletedParam   = "deleted"
	ascendingWord  = "asc"
	descendingWord = "desc"
)

// ParseList reads the state of a list from a query (api-contract.md section 7).
// Parameters that are no part of the grammar are ignored, empty ones count as
// absent, and a page beyond the end is not an error.
//
// An error is an *InvalidError with one field per bad parameter; each message
// names what was not understood and what would be.
func ParseList(q url.Values, s *Schema) (List, error) {
	p := listParser{query: q, schema: s}
	l := List{
		Search:  p.search(),
		Filters: p.filters(),
		Sort:    p.sort(),
		Limit:   p.number(limitParam, 1, s.maxLimit(), DefaultLimit),
		Offset:  p.number(offsetParam, 0, maxOffset, 0),
		After:   p.cursor(afterParam),
		Before:  p.cursor(beforeParam),
		Page:    p.number(pageParam, 1, maxOffset, 0),
		Deleted: p.deleted(),
	}
	p.checkPaging(&l)
	if len(p.problems) > 0 {
		return List{}, &InvalidError{Fields: p.problems}
	}
	return l, nil
}

// listParser reads one parameter after the other and gathers what is wrong.
type listParser struct {
	query    url.Values
	schema   *Schema
	problems []FieldError
}

func (p *listParser) fail(parameter, format string, args ...any) {
	p.problems = append(p.problems, FieldError{Field: parameter, Message: fmt.Sprintf(format, args...)})
}

func (p *listParser) search() string {
	text, problem := cleanText(p.query.Get(searchParam), MaxSearch)
	if problem != "" {
		p.fail(searchParam, "The search text %s.", problem)
	}
	return text
}

func (p *listParser) sort() Sort {
	name, order := p.query.Get(sortParam), p.query.Get(orderParam)
	sort := p.schema.DefaultSort
	if name != "" {
		field, found := p.sortField(name)
		if !found {
			p.fail(sortParam, "There is no column %s to sort by. Sort by one of: %s.", quote(name), p.schema.names(Field.sortable))
			return sort
		}
		sort = Sort{Field: field.Name}
	}
	switch strings.ToLower(enumMember(order)) {
	case "":
	case ascendingWord:
		sort.Descending = false
	case descendingWord:
		sort.Descending = true
	default:
		p.fail(orderParam, "The order %s is neither asc nor desc.", quote(order))
	}
	return sort
}

func (p *listParser) sortField(name string) (Field, bool) {
	field, found := p.schema.Field(name)
	if !found {
		field, found = p.schema.Field(enumMember(name))
	}
	return field, found && field.sortable()
}

// enumMember undoes what Python clients make of an enum: "SortFields.LASTLOGIN"
// stands for LASTLOGIN (api-contract.md 0.2).
func enumMember(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }

func (p *listParser) number(parameter string, least, most, absent int) int {
	text := p.query.Get(parameter)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		p.fail(parameter, "%s is not a whole number from %d to %d.", quote(text), least, most)
		return absent
	}
	return n
}

func (p *listParser) cursor(parameter string) string {
	cursor := p.query.Get(parameter)
	if len(cursor) > maxCursor || strings.ContainsFunc(cursor, notCursor) {
		p.fail(parameter, "This is not a cursor of this list. Leave it out to start at the first page.")
		return ""
	}
	return cursor
}

// notCursor is the complement of the base64url alphabet, in which the store
// writes its cursors.
func notCursor(r rune) bool {
	return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '-' || r == '_')
}

func (p *listParser) deleted() bool {
	text := p.query.Get(deletedParam)
	switch strings.ToLower(text) {
	case "", "false":
		return false
	case "true":
		return true
	}
	p.fail(deletedParam, "%s is neither true nor false.", quote(text))
	return false
}

// checkPaging sees to it that the list says once where it starts.
func (p *listParser) checkPaging(l *List) {
	if l.After != "" && l.Before != "" {
		p.fail(afterParam, "Give either after or before, not both.")
	}
	if (l.After != "" || l.Before != "") && l.Offset > 0 {
		p.fail(offsetParam, "Give either an offset or a cursor, not both.")
	}
	if l.After == "" && l.Before == "" {
		l.Page = 0
	}
}

// filters reads all filterBy parameters: they may be repeated, and each may
// hold several expressions.
func (p *listParser) filters() []Filter {
	var filters []Filter
	for _, text := range p.query[filterParam] {
		// Before the split: normalising can turn other letters into the ASCII
		// ones that field names are made of.
		text = norm.NFC.String(text)
		for _, expression := range splitFilters(text, p.schema) {
			filter, err := parseFilter(expression, p.schema)
			if err != nil {
				p.problems = append(p.problems, err.Fields...)
				return nil
			}
			if !slices.Contains(filters, filter) {
				filters = append(filters, filter)
			}
		}
	}
	if len(filters) > MaxFilters {
		p.fail(filterParam, "There are %d filters; %d are the most.", len(filters), MaxFilters)
		return nil
	}
	return filters
}

// splitFilters cuts at the commas that are followed by a known field and an
// operator, and at no others: values are unquoted and may hold commas.
func splitFilters(text string, s *Schema) []string {
	var expressions []string
	start := 0
	for i := range len(text) {
		if text[i] == ',' && startsFilter(text[i+1:], s) {
			expressions = append(expressions, text[start:i])
			start = i + 1
		}
	}
	expressions = append(expressions, text[start:])
	return slices.DeleteFunc(expressions, func(e string) bool { return strings.TrimSpace(e) == "" })
}

func startsFilter(text string, s *Schema) bool {
	name, rest := cutName(text)
	if _, known := s.Field(name); !known {
		return false
	}
	_, _, found := cutOperator(rest)
	return found
}

// cutName splits off the word that stands where a field must.
func cutName(text string) (name, rest string) {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(r rune) bool {
		return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_')
	})
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimSpace(text[end:])
}

func cutOperator(text string) (op Operator, rest string, found bool) {
	if len(text) < 2 || !slices.Contains(allOperators, Operator(text[:2])) {
		return "", text, false
	}
	return Operator(text[:2]), text[2:], true
}

// ParseFilter checks one filter and makes it canonical: the field's own name
// for an alias, the enum's spelling, an RFC 3339 time in UTC. An error is an
// *InvalidError about "filterBy".
func ParseFilter(s *Schema, field string, op Operator, value string) (Filter, error) {
	filter, err := newFilter(s, field, op, value)
	if err != nil {
		return Filter{}, err
	}
	return filter, nil
}

func parseFilter(expression string, s *Schema) (Filter, *InvalidError) {
	name, rest := cutName(expression)
	op, value, found := cutOperator(rest)
	if _, known := s.Field(name); known && !found {
		return Filter{}, filterError("After %s comes one of the operators %s, then a value, as in %s==x.", name, operatorList(allOperators), name)
	}
	return newFilter(s, name, op, value)
}

func newFilter(s *Schema, name string, op Operator, value string) (Filter, *InvalidError) {
	field, found := s.Field(name)
	if !found || field.SortOnly {
		return Filter{}, filterError("There is no column %s to filter by. Filter by one of: %s.", quote(name), s.names(Field.filterable))
	}
	if !field.accepts(op) {
		return Filter{}, filterError("%s cannot be filtered with %s. Use one of: %s.", field.Name, quote(string(op)), operatorList(field.Operators()))
	}
	text, problem := cleanText(value, maxFilterValue)
	switch {
	case problem != "":
		return Filter{}, filterError("The value for %s %s.", field.Name, problem)
	case text == "":
		return Filter{}, filterError("%s%s needs a value.", field.Name, op)
	case startsWithMark(text):
		return Filter{}, filterError("The value for %s starts with an accent that has no letter.", field.Name)
	}
	canonical, problem := field.canonical(op, text)
	if problem != "" {
		return Filter{}, filterError("%s is no value for %s: %s.", quote(text), field.Name, problem)
	}
	return Filter{Field: field.Name, Op: op, Value: canonical}, nil
}

func filterError(format string, args ...any) *InvalidError {
	return Invalid(filterParam, format, args...)
}

// canonical is the one spelling of a value, or what would be understood.
func (f Field) canonical(op Operator, text string) (value, problem string) {
	switch f.Kind {
	case EnumField:
		if !slices.Contains(enumOperators, op) {
			return text, "" // a part of a word
		}
		return f.canonicalEnum(text)
	case NumberField:
		return canonicalNumber(text)
	case TimeField:
		return canonicalTime(op, text)
	}
	return text, ""
}

func (f Field) canonicalEnum(text string) (value, problem string) {
	for _, v := range f.Values {
		if strings.EqualFold(v, text) {
			return v, ""
		}
	}
	if v, known := f.ValueAliases[strings.ToLower(text)]; known {
		return v, ""
	}
	return "", "it is one of " + strings.Join(f.Values, ", ")
}

func canonicalNumber(text string) (value, problem string) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return "", "it is a whole number, 0 or more"
	}
	return strconv.FormatInt(n, 10), ""
}

// Never is the value of a time filter for what has not happened, as in
// lastLogin==never.
const Never = "never"

// The forms of time: whatever follows the first is taken as UTC.
const (
	dateForm   = time.DateOnly
	minuteForm = "2006-01-02T15:04"
	secondForm = "2006-01-02T15:04:05"
)

func canonicalTime(op Operator, text string) (value, problem string) {
	if strings.EqualFold(text, Never) {
		if op != Equal && op != NotEqual {
			return "", "never goes with == and != only"
		}
		return Never, ""
	}
	moment, form, ok := parseTime(text)
	if !ok {
		return "", "write a date such as 2026-03-01, a time such as 2026-03-01T09:30:00Z, or never"
	}
	if moment.Year() < 1970 || moment.Year() > 9998 {
		return "", "the years from 1970 to 9998 are understood"
	}
	if form == dateForm {
		return moment.Format(dateForm), ""
	}
	return moment.Truncate(time.Microsecond).Format(time.RFC3339Nano), ""
}

// parseTime reads ISO 8601 as RFC 3339 narrows it, a plain date, or a time
// without an offset, which is what a datetime-local field sends.
func parseTime(text string) (t time.Time, form string, ok bool) {
	// A "+" that was not escaped in a query arrives as a space.
	text = strings.ReplaceAll(text, " ", "+")
	for _, form := range []string{dateForm, time.RFC3339, secondForm, minuteForm} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), form, true
		}
	}
	return time.Time{}, "", false
}

// Period is what the value of a time filter stands for: the moments from From
// up to, not including, Until. For a plain date that is the whole day in UTC,
// for a time its one microsecond. Never is true, and the period empty, for
// "never".
//
// The operators then mean: == within the period, != outside of it or never,
// <= before Until, >= not before From. What never happened is neither early
// nor late: <= and >= do not match it.
func (f Filter) Period() (from, until time.Time, never bool) {
	if f.Value == Never {
		return time.Time{}, time.Time{}, true
	}
	from, form, _ := parseTime(f.Value)
	if form == dateForm {
		return from, from.AddDate(0, 0, 1), false
	}
	return from, from.Add(time.Microsecond), false
}

// Number is the value of a filter on a NumberField.
func (f Filter) Number() int64 {
	n, _ := strconv.ParseInt(f.Value, 10, 64) // ParseFilter let nothing else pass
	return n
}

// cleanText trims text and brings it into one form (NFC); problem completes
// the sentence "the text ...".
func cleanText(text string, most int) (clean, problem string) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", "is not valid UTF-8 text"
	}
	text = strings.TrimSpace(norm.NFC.String(text))
	if utf8.RuneCountInString(text) > most {
		return "", fmt.Sprintf("is longer than %d characters", most)
	}
	return text, ""
}

// startsWithMark finds what would melt into the operator before it: "=" and
// U+0338 are "≠" in NFC.
func startsWithMark(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsMark(r)
}

// quote shows what somebody typed, cut short and with nothing invisible in it.
func quote(text string) string {
	const most = 60
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return strconv.Quote(text)
}
