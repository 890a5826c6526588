package handlers

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/views"
)

// draftFilter is one filter as the form of the filter bar sends it.
type draftFilter struct {
	field, op, value string
}

// draftFrom reads the form: the chosen column, and the comparison and value of
// that column or of the group it belongs to. ok is false if the query does not
// come from the form.
func draftFrom(query url.Values, kind *views.TableKind) (d draftFilter, ok bool) {
	field := query.Get(views.FilterColumnField)
	if field == "" {
		return draftFilter{}, false
	}
	column := field
	if !query.Has(views.FilterOperatorField(column)) {
		column = kind.FilterGroupOf(field)
	}
	return draftFilter{
		field: field,
		op:    query.Get(views.FilterOperatorField(column)),
		value: strings.TrimSpace(query.Get(views.FilterValueField(column))),
	}, true
}

// filters are what the draft means in the grammar. A day is one of the zone,
// and may need two filters, because the grammar knows days of UTC only.
func (d draftFilter) filters(schema *access.Schema, zone *time.Location) ([]access.Filter, error) {
	field, known := schema.Field(d.field)
	if !known || field.Kind != access.TimeField {
		return parseFilters(schema, d)
	}
	switch d.op {
	case views.OperatorNever:
		return parseFilters(schema, draftFilter{d.field, string(access.Equal), access.Never})
	case views.OperatorNotNever:
		return parseFilters(schema, draftFilter{d.field, string(access.NotEqual), access.Never})
	}
	if zone == time.UTC {
		return parseFilters(schema, d)
	}
	day, err := time.ParseInLocation(time.DateOnly, d.value, zone)
	if err != nil {
		return parseFilters(schema, d)
	}
	first, last := views.DayBounds(day)
	from := draftFilter{d.field, string(access.AtLeast), wireTime(first)}
	until := draftFilter{d.field, string(access.AtMost), wireTime(last)}
	switch access.Operator(d.op) {
	case access.AtLeast:
		return parseFilters(schema, from)
	case access.AtMost:
		return parseFilters(schema, until)
	case access.Equal:
		return parseFilters(schema, from, until)
	default:
		return parseFilters(schema, d)
	}
}

func parseFilters(schema *access.Schema, drafts ...draftFilter) ([]access.Filter, error) {
	filters := make([]access.Filter, len(drafts))
	for i, d := range drafts {
		var err error
		if filters[i], err = access.ParseFilter(schema, d.field, access.Operator(d.op), d.value); err != nil {
			return nil, err
		}
	}
	return filters, nil
}

// addTo is the list with the draft's filters.
func (d draftFilter) addTo(l access.List, schema *access.Schema, zone *time.Location) (access.List, error) {
	filters, err := d.filters(schema, zone)
	if err != nil {
		return l, err
	}
	for _, f := range filters {
		if !slices.Contains(l.Filters, f) && len(l.Filters) >= access.MaxFilters {
			return l, access.Invalid(views.FilterColumnField, "There are %d filters already; more are not possible. Remove one first.", access.MaxFilters)
		}
		l = l.WithFilter(f)
	}
	return l, nil
}
