package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/access"
)

var listTests = []namedTest{
	{"every order, both ways, page by page", func(w *world) {
		m := w.populate(60)
		for _, q := range w.everyOrder() {
			want := idsOf(m.list(q))
			if got := w.forward(q, 7); !slices.Equal(got, want) {
				w.Errorf("%+v forward:\n got %v\nwant %v", q.Sort, got, want)
			}
			if got := w.backward(q, 7); !slices.Equal(got, want) {
				w.Errorf("%+v backward:\n got %v\nwant %v", q.Sort, got, want)
			}
			if got := w.byOffset(q, 7); !slices.Equal(got, want) {
				w.Errorf("%+v by offset:\n got %v\nwant %v", q.Sort, got, want)
			}
			if got := w.export(q); !slices.Equal(got, want) {
				w.Errorf("%+v exported:\n got %v\nwant %v", q.Sort, got, want)
			}
		}
	}},
	{"rows that come between two pages neither repeat nor hide others", func(w *world) {
		for range 12 {
			w.populateOne()
		}
		for _, q := range w.everyOrder() {
			before := w.export(q)
			q.Limit = 5
			seen := map[string]int{}
			for turn := 0; ; turn++ {
				page, err := w.ListApplications(w.ctx, q)
				w.ok(err)
				for _, row := range page.Rows {
					seen[row.ID]++
				}
				if page.Next == "" {
					break
				}
				q.After = page.Next
				if turn < 5 {
					w.populateOne()
				}
			}
			for id, times := range seen {
				if times > 1 {
					w.Errorf("%+v: %s came %d times", q.Sort, id, times)
				}
			}
			for _, id := range before {
				if seen[id] == 0 {
					w.Errorf("%+v: %s never came", q.Sort, id)
				}
			}
		}
	}},
	{"every operator on every column", func(w *world) {
		m := w.populate(80)
		for _, f := range m.everyFilter() {
			q := w.everywhere(access.List{Filters: []access.Filter{f}})
			w.check(m, q, fmt.Sprintf("%s%s%s", f.Field, f.Op, f.Value))
		}
	}},
	{"filters are joined by and", func(w *world) {
		m := w.populate(80)
		w.check(m, w.everywhere(access.List{
			Search: "web",
			Filters: []access.Filter{
				{Field: "status", Op: access.NotEqual, Value: "Disabled"},
				{Field: "scopeName", Op: access.Contains, Value: "forsch"},
				{Field: "accessRules", Op: access.AtLeast, Value: "2"},
			},
			Sort: access.Sort{Field: "lastLogin", Descending: true},
		}), "search and three filters")
	}},
	{"search finds what the table shows", func(w *world) {
		m := w.populate(80)
		for _, text := range []string{
			"billing", "BILLING", "g-ap", "007", "zz9q", "example", "nobody has this", // common, rare, none
			"x_y", "50%", "_", "%", "!", "b!c", `"`, `'`, `\`, "a_b", "-", // what LIKE and MATCH would take for more
			"straße", "STRASSE", "ü", "FINANCE", "Überwacht die", // beyond ASCII
			"viewer", "administrator", "eu-1", "forschung", "us", "ew", // names in rules
			"c", "ci", "bi", "web\nci", // short, and no hit across two columns
		} {
			w.check(m, w.everywhere(access.List{Search: text}), fmt.Sprintf("search %q", text))
		}
	}},
	{"nobody sees beyond their reach", func(w *world) {
		m := w.populate(80)
		eu, err := w.ScopeByNames(w.ctx, []string{"eu-1"})
		w.ok(err)
		us, err := w.ScopeByNames(w.ctx, []string{"us-1"})
		w.ok(err)
		for _, reach := range [][]access.ScopePath{{eu.Path}, {us.Path}, {eu.Path, us.Path}, {us.Path, access.TenantPath}, {"/1001/nowhere/"}, nil} {
			for _, l := range []access.List{{}, {Search: "ci-"}, {Filters: []access.Filter{{Field: "status", Op: access.Equal, Value: "Active"}}}} {
				q := w.everywhere(l)
				q.Reach = reach
				w.check(m, q, fmt.Sprintf("reach %v, %+v", reach, l))
			}
		}
	}},
	{"a reach is a subtree and not a prefix of names", func(w *world) {
		a := w.scope(w.tenant(), access.ScopeCluster, "a")
		w.application("in-a", func(x *access.Application) { x.ScopeID, x.ScopePath = a.ID, a.Path })
		w.application("in-tenant")
		q := w.everywhere(access.List{})
		q.Reach = []access.ScopePath{access.ScopePath(a.Path[:len(a.Path)-2]) + "/"}
		if got := w.names(q); len(got) != 0 {
			w.Errorf("a reach of a shorter id sees %v", got)
		}
	}},
	{"counting stops where it is told", func(w *world) {
		w.populate(30)
		for _, l := range []access.List{{}, {Search: "-"}, {Search: "example"}} {
			q := w.everywhere(l)
			exact := w.count(q)
			n, err := w.CountApplications(w.ctx, q, 5)
			if err != nil || n != 6 || exact < 6 {
				w.Errorf("%+v: %d of %d with limit 5 (%v), want 6: one more than the limit", l, n, exact, err)
			}
		}
	}},
	{"the bin is a list of its own", func(w *world) {
		m := w.populate(40)
		w.write(func(ctx context.Context, tx access.Tx) error {
			for i := range m.rows {
				if row := &m.rows[i]; i%3 == 0 {
					row.DeletedAt = w.now.Add(time.Duration(i))
					row.DeletedAt = row.DeletedAt.Truncate(time.Microsecond)
					if err := tx.UpdateApplication(ctx, row.Application); err != nil {
						return err
					}
				}
			}
			return nil
		})
		for _, deleted := range []bool{false, true} {
			for _, l := range []access.List{{}, {Search: "billing"}, {Search: "viewer"}, {Filters: []access.Filter{{Field: "status", Op: access.Equal, Value: "Disabled"}}}, {Sort: access.Sort{Field: "status"}}} {
				l.Deleted = deleted
				w.check(m, w.everywhere(l), fmt.Sprintf("deleted=%v %+v", deleted, l))
			}
		}
		q := w.everywhere(access.List{Deleted: true})
		if got, want := w.forward(q, 3), idsOf(m.list(q)); !slices.Equal(got, want) {
			w.Errorf("the bin page by page: %v, want %v", got, want)
		}
	}},
	{"rows carry where they are managed", func(w *world) {
		m := w.populate(40)
		moved := m.rows[0].Application
		eu, department := m.places[1], m.places[2]
		moved.ScopeID, moved.ScopePath = department.ID, department.Path
		gone := w.scope(eu, access.ScopeDepartment, "gone")
		lost := w.application("lost", func(a *access.Application) { a.ScopeID, a.ScopePath = gone.ID, gone.Path })
		w.write(func(ctx context.Context, tx access.Tx) error {
			return errors.Join(tx.UpdateApplication(ctx, moved), tx.DeleteScope(ctx, gone.ID, w.now))
		})
		places := map[string][]string{lost.ID: nil, moved.ID: department.Names}
		for _, row := range m.rows[1:] {
			places[row.ID] = m.place(row).Names
		}
		check := func(row access.ApplicationRow) {
			if want := places[row.ID]; !slices.Equal(row.ManagedIn, want) {
				w.Errorf("%s is managed in %q, want %q", row.Name, row.ManagedIn, want)
			}
		}
		q := w.everywhere(access.List{})
		page, err := w.ListApplications(w.ctx, q)
		w.ok(err)
		if len(page.Rows) != len(places) {
			w.Errorf("%d rows, want %d", len(page.Rows), len(places))
		}
		for _, row := range page.Rows {
			check(row)
		}
		w.ok(w.EachApplication(w.ctx, q, func(row access.ApplicationRow) error {
			check(row)
			return nil
		}))
		if got, err := w.Application(w.ctx, moved.ID); err != nil || got.ScopeID != department.ID || got.ScopePath != department.Path {
			w.Errorf("after a move: %+v (%v)", got, err)
		}
	}},
	{"rows carry their rules", func(w *world) {
		m := w.populate(40)
		q := w.everywhere(access.List{})
		page, err := w.ListApplications(w.ctx, q)
		w.ok(err)
		for i, want := range m.list(q) {
			w.checkRules(page.Rows[i], want, min(len(want.rules), access.RulesShown))
		}
		i := 0
		w.ok(w.EachApplication(w.ctx, q, func(row access.ApplicationRow) error {
			want := m.list(q)[i]
			w.checkRules(row, want, len(want.rules))
			i++
			return nil
		}))
	}},
	{"the ids of all that match are each given once", func(w *world) {
		m := w.populate(40)
		for _, q := range append(w.everyOrder(), w.everywhere(access.List{Search: "a"}), w.everywhere(access.List{Deleted: true}), access.ApplicationQuery{}) {
			q.Limit, q.Offset = 3, 2 // which are ignored
			var got []string
			w.ok(w.EachApplicationID(w.ctx, q, func(id string) error {
				got = append(got, id)
				return nil
			}))
			if want := idsOf(m.list(q)); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
				w.Errorf("%+v: %v, want %v", q.List, got, want)
			}
		}
		err := w.EachApplicationID(w.ctx, w.everywhere(access.List{}), func(string) error { return errChangedMind })
		if !errors.Is(err, errChangedMind) {
			w.Errorf("stopped with %v, want the caller's own error", err)
		}
	}},
	{"an export goes on for longer than any chunk", func(w *world) {
		w.write(func(ctx context.Context, tx access.Tx) error {
			for range 1203 {
				a, c := w.newApplication(fmt.Sprintf("n-%04d", w.made))
				if err := tx.InsertApplication(ctx, a, c); err != nil {
					return err
				}
			}
			return nil
		})
		for _, sort := range []access.Sort{{Field: "name"}, {Field: "createdAt", Descending: true}} {
			q := w.everywhere(access.List{Sort: sort, Limit: 1, Offset: 3})
			if got := w.export(q); len(got) != 1203 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 1203 {
				w.Errorf("%+v: %d rows", sort, len(got))
			}
		}
	}},
	{"an export stops with its reader, who may ask the store meanwhile", func(w *world) {
		w.populate(20)
		calls := 0
		err := w.EachApplication(w.ctx, w.everywhere(access.List{}), func(row access.ApplicationRow) error {
			calls++
			w.get(row.ID)
			w.ok(w.SaveSession(w.ctx, access.Session{IDHash: hashOf(row.ID)}))
			if calls == 3 {
				return errChangedMind
			}
			return nil
		})
		if !errors.Is(err, errChangedMind) || calls != 3 {
			w.Errorf("%d calls, then %v; want 3 and the reader's own error", calls, err)
		}
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		if err := w.EachApplication(ctx, w.everywhere(access.List{}), func(access.ApplicationRow) error { return nil }); !errors.Is(err, context.Canceled) {
			w.Errorf("after the client left: %v, want context.Canceled", err)
		}
	}},
	{"names that are on no list are refused", func(w *world) {
		bad := []access.List{
			{Sort: access.Sort{Field: "keyHash"}},
			{Sort: access.Sort{Field: "id"}},
			{Sort: access.Sort{Field: "name; DROP TABLE applications"}},
			{Filters: []access.Filter{{Field: "key_hash", Op: access.Equal, Value: "x"}}},
			{Filters: []access.Filter{{Field: "name", Op: "~~", Value: "x"}}},
			{Filters: []access.Filter{{Field: "lastLogin", Op: access.Contains, Value: "2026"}}},
			{After: "%%%"}, {After: "bm9wZQ"}, {Before: "AAAA"},
		}
		for _, l := range bad {
			if _, err := w.ListApplications(w.ctx, w.everywhere(l)); !errors.Is(err, access.ErrInvalid) {
				w.Errorf("%+v: %v, want ErrInvalid", l, err)
			}
		}
		w.populate(10)
		page, err := w.ListApplications(w.ctx, w.everywhere(access.List{Limit: 3}))
		w.ok(err)
		for _, sort := range []access.Sort{{Field: "createdAt"}, {Field: "name", Descending: true}, {Field: "status"}} {
			if _, err := w.ListApplications(w.ctx, w.everywhere(access.List{After: page.Next, Sort: sort})); !errors.Is(err, access.ErrInvalid) {
				w.Errorf("a cursor of another order, %+v: %v, want ErrInvalid", sort, err)
			}
		}
	}},
	{"past the end is an empty page", func(w *world) {
		w.populate(5)
		for _, sort := range []string{"name", "status"} {
			page, err := w.ListApplications(w.ctx, w.everywhere(access.List{Offset: 1000, Sort: access.Sort{Field: sort}}))
			if err != nil || len(page.Rows) != 0 || page.Next != "" {
				w.Errorf("%s: %+v (%v)", sort, page, err)
			}
		}
	}},
	{"text is data, whatever is in it", func(w *world) {
		m := w.populate(10)
		for _, text := range []string{"'; DROP TABLE applications; --", `" OR 1=1`, "$1", "?", "%s", "AND NOT", "name:x*", "NEAR(a b)", "\u202e", "é"} {
			w.check(m, w.everywhere(access.List{Search: text}), text)
			for _, op := range []access.Operator{access.Equal, access.Contains, access.StartsWith} {
				w.check(m, w.everywhere(access.List{Filters: []access.Filter{{Field: "description", Op: op, Value: text}}}), text)
			}
		}
	}},
}

// everyOrder is a query for each column that can be sorted by, both ways.
func (w *world) everyOrder() []access.ApplicationQuery {
	var queries []access.ApplicationQuery
	for _, field := range access.ApplicationSchema.Fields {
		if field.FilterOnly {
			continue
		}
		for _, descending := range []bool{false, true} {
			queries = append(queries, w.everywhere(access.List{Sort: access.Sort{Field: field.Name, Descending: descending}}))
		}
	}
	return queries
}

// everyFilter is each operator that a column takes, on a few values each.
func (m *model) everyFilter() []access.Filter {
	tenant, cluster, department := m.places[0].ID, m.places[1].ID, m.places[2].ID
	values := map[string][]string{
		"name":         {"ci-api", "WEB", "b", "-0", "x_y", "zzz"},
		"clientId":     {"ci-api", "billing-job-010"},
		"createdBy":    {"ann@example.com", "BOB", "bot", "Bob@Example.com"},
		"description":  {"deploys", "strasse", "50%", "a_b!c", "die", "Deploys the web", "FI"},
		"keyEndsIn":    {"aB3x", "AB3X", "0"},
		"status":       {"Active", "Disabled", "Key expired"},
		"accessRules":  {"0", "2", "99"},
		"roleName":     {"Viewer", "admin", "SYSTEM administrator", "none such"},
		"scopeName":    {"eu-1", "FORSCH", "1", "nowhere"},
		"lastLogin":    {"never", "2026-03-01", "2026-03-01T12:00:00.123456Z", "1999-01-01", "2099-12-31"},
		"keyExpiresAt": {"never", "2026-03-01", "2026-03-01T12:00:00.123456Z", "1999-01-01", "2099-12-31"},
		"createdAt":    {"2026-03-02", "2026-02-28T00:00:00Z"},
		"updatedAt":    {"2026-03-02", "2026-02-28T00:00:00Z"},

		"managedIn":       {"eu-1", "FORSCH", "1", "nowhere"},
		"managedInId":     {tenant, cluster, department, "nowhere"},
		"managedWithinId": {tenant, cluster, department, "nowhere"},
	}
	var filters []access.Filter
	for _, field := range access.ApplicationSchema.Fields {
		for _, op := range field.Operators() {
			for _, value := range values[field.Name] {
				if f, err := access.ParseFilter(access.ApplicationSchema, field.Name, op, value); err == nil {
					filters = append(filters, f)
				}
			}
		}
	}
	return filters
}

// check compares a list and its count with the model.
func (w *world) check(m *model, q access.ApplicationQuery, what string) {
	w.Helper()
	page, err := w.ListApplications(w.ctx, q)
	if err != nil {
		w.Errorf("%s: %v", what, err)
		return
	}
	want := idsOf(m.list(q))
	if got := rowIDs(page.Rows); !slices.Equal(got, want) {
		w.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
	if n := w.count(q); n != len(want) {
		w.Errorf("%s: counted %d, want %d", what, n, len(want))
	}
}

func (w *world) checkRules(row access.ApplicationRow, want modelRow, shown int) {
	w.Helper()
	if row.RuleCount != len(want.rules) || len(row.Rules) != shown {
		w.Errorf("%s: %d rules shown of %d, want %d of %d", row.Name, len(row.Rules), row.RuleCount, shown, len(want.rules))
		return
	}
	for i, newest := range want.rules[len(want.rules)-shown:] {
		if rule := row.Rules[i]; rule.ID != newest.ID || rule.RoleName != newest.RoleName || rule.Scope.NamePath() != newest.Scope.NamePath() {
			w.Errorf("%s: rule %d is %+v, want %+v", row.Name, i, rule, newest)
		}
	}
}

// forward reads a list page by page to its end, backward from its last page to
// its first, byOffset by numbers, export in one go.
func (w *world) forward(q access.ApplicationQuery, limit int) []string {
	w.Helper()
	var ids []string
	q.Limit = limit
	for {
		page, err := w.ListApplications(w.ctx, q)
		w.ok(err)
		ids = append(ids, rowIDs(page.Rows)...)
		if (page.Previous != "") != (q.After != "") {
			w.Errorf("%+v: previous page %q after %q", q.Sort, page.Previous, q.After)
		}
		if page.Next == "" {
			return ids
		}
		q.After = page.Next
	}
}

func (w *world) backward(q access.ApplicationQuery, limit int) []string {
	w.Helper()
	q.Limit = limit
	var last access.ApplicationPage
	for {
		page, err := w.ListApplications(w.ctx, q)
		w.ok(err)
		last = page
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	ids := rowIDs(last.Rows)
	q.After = ""
	for last.Previous != "" {
		q.Before = last.Previous
		page, err := w.ListApplications(w.ctx, q)
		w.ok(err)
		if page.Next == "" {
			w.Errorf("%+v: no next page on the way back", q.Sort)
		}
		ids = append(rowIDs(page.Rows), ids...)
		last = page
	}
	return ids
}

func (w *world) byOffset(q access.ApplicationQuery, limit int) []string {
	w.Helper()
	var ids []string
	q.Limit = limit
	for {
		page, err := w.ListApplications(w.ctx, q)
		w.ok(err)
		ids = append(ids, rowIDs(page.Rows)...)
		if len(page.Rows) < limit {
			return ids
		}
		q.Offset += limit
	}
}

func (w *world) export(q access.ApplicationQuery) []string {
	w.Helper()
	var ids []string
	w.ok(w.EachApplication(w.ctx, q, func(row access.ApplicationRow) error {
		ids = append(ids, row.ID)
		return nil
	}))
	return ids
}

// populateOne adds an application whose every column lies somewhere else.
func (w *world) populateOne() {
	w.Helper()
	spread := (w.made * 37) % 101
	w.application(fmt.Sprintf("%c-%d", 'a'+spread%26, w.made), func(a *access.Application) {
		a.ID = fmt.Sprintf("%03d-%d", spread, w.made)
		a.Description = fmt.Sprintf("%c", 'z'-spread%26)
		a.CreatedBy = fmt.Sprintf("%02d@example.com", spread%7)
		a.Key.EndsIn = fmt.Sprintf("%04d", spread)
		a.Enabled = spread%3 > 0
		a.CreatedAt = w.now.Add(time.Duration(spread%11) * time.Hour)
		a.UpdatedAt = w.now.Add(time.Duration(-spread) * time.Hour)
		if spread%4 > 0 {
			a.LastLogin = w.now.Add(time.Duration(spread%5) * time.Hour)
			a.Key.ExpiresAt = w.now.Add(time.Duration(spread-50) * time.Hour)
		}
	})
}

func idsOf(rows []modelRow) []string {
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

func rowIDs(rows []access.ApplicationRow) []string {
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}
