package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/access"
)

// OperatorWords says a comparison between a column and a value: "Status is
// Active", "Last login is on or after 23 Nov 2026".
func OperatorWords(kind access.FieldKind, op access.Operator) string {
	switch op {
	case access.Equal:
		if kind == access.TimeField {
			return "is on"
		}
		return "is"
	case access.NotEqual:
		if kind == access.TimeField {
			return "is not on"
		}
		return "is not"
	case access.AtLeast:
		switch kind {
		case access.TimeField:
			return "is on or after"
		case access.NumberField:
			return "is at least"
		default:
			return "is or comes after"
		}
	case access.AtMost:
		switch kind {
		case access.TimeField:
			return "is on or before"
		case access.NumberField:
			return "is at most"
		default:
			return "is or comes before"
		}
	case access.Contains:
		return "contains"
	case access.NotContains:
		return "does not contain"
	case access.StartsWith:
		return "starts with"
	case access.EndsWith:
		return "ends with"
	default:
		return string(op)
	}
}

// The comparisons of the filter form that need no value. They stand for == and
// != with access.Never.
const (
	OperatorNever    = "never"
	OperatorNotNever = "not-never"
)

// mayBeNever lists the moments that may not have come, and need not come.
func mayBeNever(field string) bool { return field == "lastLogin" || field == "keyExpiresAt" }

// filterWords are the three parts of a filter in words; days are those of the
// zone.
func filterWords(s *access.Schema, f access.Filter, zone *time.Location) (column, operator, value string) {
	field, found := s.Field(f.Field)
	if !found {
		return f.Field, string(f.Op), f.Value
	}
	if f.Value == access.Never && field.Kind == access.TimeField {
		if f.Op == access.NotEqual {
			return field.Label, "is not", "never"
		}
		return field.Label, "is", "never"
	}
	return field.Label, OperatorWords(field.Kind, f.Op), filterValueWords(field, f, zone)
}

// filterValueWords writes a moment as the day it begins or ends, if it does:
// that is what the person chose.
func filterValueWords(field access.Field, f access.Filter, zone *time.Location) string {
	if field.Kind != access.TimeField {
		return field.ValueLabel(f.Value)
	}
	const day, second = "2 Jan 2006", "2 Jan 2006 15:04:05"
	if at, err := time.Parse(time.DateOnly, f.Value); err == nil {
		return at.Format(day) // a whole day in UTC
	}
	at, _, _ := f.Period()
	at = at.In(zone)
	first, last := DayBounds(at)
	if (f.Op == access.AtLeast && at.Equal(first)) || (f.Op == access.AtMost && at.Equal(last)) {
		return at.Format(day)
	}
	return at.Format(second)
}

// DayBounds are the first and the last microsecond of the day that a moment
// lies in, in the moment's own zone; microseconds are what is stored.
func DayBounds(at time.Time) (first, last time.Time) {
	y, m, d := at.Date()
	first = time.Date(y, m, d, 0, 0, 0, 0, at.Location())
	// The next midnight, not 24 hours later: clocks change.
	last = time.Date(y, m, d+1, 0, 0, 0, 0, at.Location()).Add(-time.Microsecond)
	return first, last
}

// inWords joins words as a sentence does: "a", "a and b", "a, b and c".
func inWords(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

// Counted says a number with its noun: "1 application", "12,431 applications".
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Grouped(n) + " " + many
}

// Grouped writes a number with a comma at every third digit.
func Grouped(n int) string {
	if n < 0 {
		return "-" + Grouped(-n)
	}
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", Grouped(n/1000), n%1000)
}

// pageWindow are the page numbers that a pager shows: the first, the last, the
// present one and its neighbours, with 0 where some are left out. A gap that
// would hide a single number shows the number.
func pageWindow(page, last int) []int {
	const around = 1
	var numbers []int
	previous := 0
	for n := 1; n <= last; n++ {
		if n != 1 && n != last && (n < page-around || n > page+around) {
			continue
		}
		switch n - previous {
		case 1:
		case 2:
			numbers = append(numbers, n-1)
		default:
			numbers = append(numbers, 0)
		}
		numbers = append(numbers, n)
		previous = n
	}
	return numbers
}
