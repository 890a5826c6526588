package storetest

import (
	"errors"
	"reflect"
	"slices"

	"latchkey/access"
)

// lister is one kind of list, for the tests that all of them pass.
type lister[T any] struct {
	schema *access.Schema
	page   func(access.List) (access.Page[T], error)
	count  func(access.List) (int, error)
	each   func(access.List, func(T) error) error
	id     func(T) string
}

// ids are the ids on a page that has room for all.
func (of lister[T]) ids(w *world, l access.List) []string {
	w.Helper()
	if l.Limit == 0 {
		l.Limit = 1000
	}
	if l.Sort.Field == "" {
		l.Sort = of.schema.DefaultSort
	}
	page, err := of.page(l)
	w.ok(err)
	return of.idsOf(page.Rows)
}

func (of lister[T]) idsOf(rows []T) []string {
	ids := []string{}
	for _, item := range rows {
		ids = append(ids, of.id(item))
	}
	return ids
}

// check wants every order of the list to be the same by whatever way it is
// read, and to be backwards when turned round.
func (of lister[T]) check(w *world) {
	w.Helper()
	for _, field := range of.schema.Fields {
		if field.FilterOnly {
			continue
		}
		up := access.List{Sort: access.Sort{Field: field.Name}}
		down := access.List{Sort: access.Sort{Field: field.Name, Descending: true}}
		want := of.ids(w, up)
		turned := slices.Clone(want)
		slices.Reverse(turned)
		if got := of.ids(w, down); !reflect.DeepEqual(got, turned) {
			w.Errorf("by %s descending: %v, want %v", field.Name, got, turned)
		}
		if n, err := of.count(up); err != nil || n != len(want) {
			w.Errorf("by %s: counted %d (%v), want %d", field.Name, n, err, len(want))
		}
		for _, l := range []access.List{up, down} {
			of.checkWays(w, l)
		}
	}
}

// checkWays reads one order by offset, by cursor in both directions, and as a
// stream.
func (of lister[T]) checkWays(w *world, l access.List) {
	w.Helper()
	want := of.ids(w, l)
	if len(want) < 3 {
		w.Fatalf("a list of %d shows nothing about paging", len(want))
	}
	l.Limit = 2
	var byOffset, forwards, backwards, streamed []string
	for offset := 0; offset < len(want); offset += l.Limit {
		byOffset = append(byOffset, of.ids(w, l.WithOffset(offset))...)
	}
	page, err := of.page(l)
	w.ok(err)
	forwards = of.idsOf(page.Rows)
	for page.Next != "" {
		page, err = of.page(l.WithAfter(page.Next, 1))
		w.ok(err)
		forwards = append(forwards, of.idsOf(page.Rows)...)
	}
	backwards = of.idsOf(page.Rows)
	for page.Previous != "" {
		page, err = of.page(l.WithBefore(page.Previous, 1))
		w.ok(err)
		backwards = append(of.idsOf(page.Rows), backwards...)
	}
	w.ok(of.each(l, func(item T) error { streamed = append(streamed, of.id(item)); return nil }))
	for way, got := range map[string][]string{"offset": byOffset, "after": forwards, "before": backwards, "stream": streamed} {
		if !reflect.DeepEqual(got, want) {
			w.Errorf("by %+v read by %s: %v, want %v", l.Sort, way, got, want)
		}
	}
}

// checkIDs wants the ids of a list to be those of its rows, in whatever order,
// and the walk to end when the caller has enough.
func (w *world) checkIDs(each func(fn func(string) error) error, rows func(add func(string)) error) {
	w.Helper()
	var got, want []string
	w.ok(each(func(id string) error { got = append(got, id); return nil }))
	w.ok(rows(func(id string) { want = append(want, id) }))
	slices.Sort(got)
	slices.Sort(want)
	if len(want) == 0 || !slices.Equal(got, want) {
		w.Errorf("ids %v, want %v", got, want)
	}
	if err := each(func(string) error { return errChangedMind }); !errors.Is(err, errChangedMind) {
		w.Errorf("stopped with %v, want the caller's own error", err)
	}
}

// filtered are the ids that match one expression of filterBy.
func (of lister[T]) filtered(w *world, field string, op access.Operator, value string) []string {
	w.Helper()
	f, err := access.ParseFilter(of.schema, field, op, value)
	w.ok(err)
	return of.ids(w, access.List{Filters: []access.Filter{f}})
}

// matches says which rows some expressions find.
type matches struct {
	field string
	op    access.Operator
	value string
	want  []string
}

func (of lister[T]) checkFilters(w *world, tests []matches) {
	w.Helper()
	for _, test := range tests {
		if got := of.filtered(w, test.field, test.op, test.value); !reflect.DeepEqual(got, test.want) {
			w.Errorf("%s%s%s found %v, want %v", test.field, test.op, test.value, got, test.want)
		}
	}
}
