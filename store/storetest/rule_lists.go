package storetest

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"time"

	"latchkey/access"
)

// rules lists rules as somebody who sees them all.
func (w *world) rules(change ...func(*access.RuleQuery)) lister[access.Rule] {
	query := func(l access.List) access.RuleQuery {
		q := access.RuleQuery{List: l, Reach: []access.ScopePath{access.TenantPath}}
		for _, c := range change {
			c(&q)
		}
		return q
	}
	return lister[access.Rule]{
		schema: access.RuleSchema,
		page:   func(l access.List) (access.Page[access.Rule], error) { return w.ListRules(w.ctx, query(l)) },
		count:  func(l access.List) (int, error) { return w.CountRules(w.ctx, query(l), 0) },
		each: func(l access.List, fn func(access.Rule) error) error {
			return w.EachRule(w.ctx, query(l), fn)
		},
		id: func(r access.Rule) string { return strconv.Itoa(int(r.ID)) },
	}
}

// ruleWorld has five living rules, 1 to 5, and a deleted one, 6.
func ruleWorld(w *world) {
	eu := w.scope(w.tenant(), access.ScopeCluster, "eu-1")
	us := w.scope(w.tenant(), access.ScopeCluster, "us_2")
	research := w.scope(eu, access.ScopeDepartment, "Forschung Öst")
	ci, backup := w.application("ci"), w.application("backup")
	ann := w.user("ann@example.com")
	annSubject := access.Subject{Type: access.SubjectUser, ID: ann.ID, Name: ann.Email}
	add := func(do func() access.Rule) access.Rule {
		w.now = w.now.Add(time.Hour)
		return do()
	}
	add(func() access.Rule { return w.rule(ci, access.Viewer, w.tenant()) })
	add(func() access.Rule { return w.rule(ci, 3, eu) })
	add(func() access.Rule { return w.rule(backup, access.Viewer, research) })
	add(func() access.Rule { return w.ruleOf(annSubject, access.SystemAdministrator, us) })
	add(func() access.Rule {
		return w.ruleOf(access.Subject{Type: access.SubjectGroup, ID: "Öps_Team", Name: "Öps_Team"}, access.Viewer, us)
	})
	gone := add(func() access.Rule { return w.rule(backup, access.SystemAdministrator, w.tenant()) })
	w.write(func(ctx context.Context, tx access.Tx) error {
		return tx.DeleteRule(ctx, gone.ID, w.now.Add(time.Hour))
	})
}

var ruleListTests = []namedTest{
	{"the ids of all rules that match are each given once", func(w *world) {
		ruleWorld(w)
		for _, l := range []access.List{{}, {Search: "ann", Limit: 1, Offset: 1}} {
			l.Sort = access.RuleSchema.DefaultSort
			q := access.RuleQuery{List: l, Reach: []access.ScopePath{access.TenantPath}}
			w.checkIDs(func(fn func(string) error) error { return w.EachRuleID(w.ctx, q, fn) }, func(add func(string)) error {
				return w.EachRule(w.ctx, q, func(r access.Rule) error { add(strconv.Itoa(int(r.ID))); return nil })
			})
		}
	}},
	{"every order is the same by whatever way it is read", func(w *world) {
		ruleWorld(w)
		w.rules().check(w)
		w.rules(func(q *access.RuleQuery) { q.IncludeDeleted = true }).check(w)
	}},
	{"roles and scopes are sorted by name", func(w *world) {
		ruleWorld(w)
		order := func(field string) []string {
			return w.rules().ids(w, access.List{Sort: access.Sort{Field: field}})
		}
		// Editor, System administrator, Viewer.
		if got, want := order("roleName"), []string{"2", "4", "1", "3", "5"}; !reflect.DeepEqual(got, want) {
			w.Errorf("by role: %v, want %v", got, want)
		}
		// Forschung Öst, My organization, eu-1, us_2: by their bytes.
		if got, want := order("scopeName"), []string{"3", "1", "2", "4", "5"}; !reflect.DeepEqual(got, want) {
			w.Errorf("by scope: %v, want %v", got, want)
		}
	}},
	{"filters", func(w *world) {
		ruleWorld(w)
		ci, err := w.ApplicationByClientID(w.ctx, "ci")
		w.ok(err)
		w.rules().checkFilters(w, []matches{
			{"subjectId", access.Equal, "ci", []string{"1", "2"}},
			{"subjectId", access.Equal, ci.ID, []string{"1", "2"}},
			{"subjectId", access.NotEqual, ci.ID, []string{"3", "4", "5"}},
			{"subjectId", access.Contains, "s_T", []string{"5"}},
			{"subjectId", access.StartsWith, "öPS", []string{"5"}},
			{"subjectId", access.NotContains, "A", []string{"1", "2"}},
			{"subjectId", access.StartsWith, "BACK", []string{"3"}},
			{"subjectId", access.EndsWith, ".com", []string{"4"}},
			{"subjectType", access.Equal, "service-account", []string{"1", "2", "3"}},
			{"subjectType", access.NotEqual, "APP", []string{"4", "5"}},
			{"roleId", access.AtMost, "3", []string{"2", "4"}},
			{"roleId", access.NotEqual, "7", []string{"2", "4"}},
			{"roleName", access.StartsWith, "system", []string{"4"}},
			{"roleName", access.NotEqual, "Viewer", []string{"2", "4"}},
			{"roleName", access.Equal, "No such role", []string{}},
			{"scopeId", access.Equal, access.TenantNodeID, []string{"1"}},
			{"scopeType", access.Equal, "cluster", []string{"2", "4", "5"}},
			{"scopeName", access.Contains, "öst", []string{"3"}},
			{"scopeName", access.EndsWith, "_2", []string{"4", "5"}},
			{"createdBy", access.Contains, "ANN", []string{"1", "2", "3", "4", "5"}},
			{"createdAt", access.AtLeast, Start.Add(4 * time.Hour).Format(time.RFC3339Nano), []string{"4", "5"}},
			{"lastUpdated", access.AtMost, Start.Add(time.Hour).Format(time.RFC3339Nano), []string{"1"}},
			{"deletedAt", access.Equal, "never", []string{"1", "2", "3", "4", "5"}},
			{"phase", access.Equal, "ready", []string{"1", "2", "3", "4", "5"}},
			{"phase", access.NotEqual, "Ready", []string{}},
		})
		all := w.rules(func(q *access.RuleQuery) { q.IncludeDeleted = true })
		all.checkFilters(w, []matches{
			{"phase", access.Equal, "Deleting", []string{"6"}},
			{"deletedAt", access.NotEqual, "never", []string{"6"}},
		})
	}},
	{"a search looks at what a row shows", func(w *world) {
		ruleWorld(w)
		for text, want := range map[string][]string{
			"backup": {"3"}, "ÖST": {"3"}, "editor": {"2"}, "example": {"1", "2", "3", "4", "5"}, "s_": {"4", "5"}, "%": {}, "ÖPS": {"5"},
		} {
			if got := w.rules().ids(w, access.List{Search: text}); !reflect.DeepEqual(got, want) {
				w.Errorf("search %q found %v, want %v", text, got, want)
			}
		}
	}},
	{"the parameters of the API", func(w *world) {
		ruleWorld(w)
		ann, err := w.UserByEmail(w.ctx, "ann@example.com")
		w.ok(err)
		eu, err := w.ScopeByNames(w.ctx, []string{"eu-1"})
		w.ok(err)
		tests := []struct {
			by   access.RuleSelection
			want []string
		}{
			{access.RuleSelection{SubjectType: access.SubjectUser}, []string{"4"}},
			{access.RuleSelection{SubjectContains: "KU"}, []string{"3"}},
			{access.RuleSelection{Subjects: []string{ann.ID, "Öps_Team", "nobody"}}, []string{"4", "5"}},
			{access.RuleSelection{UpdatedSince: Start.Add(4 * time.Hour)}, []string{"4", "5"}},
			{access.RuleSelection{IncludeDeleted: true, RoleID: access.SystemAdministrator}, []string{"4", "6"}},
			{access.RuleSelection{ClusterID: eu.ID}, []string{"2", "3"}},
			{access.RuleSelection{ScopeType: access.ScopeDepartment}, []string{"3"}},
			{access.RuleSelection{ScopeID: eu.ID}, []string{"2"}},
			{access.RuleSelection{RoleID: 1 << 30}, []string{}},
		}
		for _, test := range tests {
			got := w.rules(func(q *access.RuleQuery) { q.RuleSelection = test.by }).ids(w, access.List{})
			if !reflect.DeepEqual(got, test.want) {
				w.Errorf("%+v found %v, want %v", test.by, got, test.want)
			}
		}
		if got := w.rules().ids(w, access.List{Deleted: true}); !reflect.DeepEqual(got, []string{"6"}) {
			w.Errorf("the deleted ones are %v, want 6", got)
		}
	}},
	{"each sees what is theirs to see", func(w *world) {
		ruleWorld(w)
		eu, err := w.ScopeByNames(w.ctx, []string{"eu-1"})
		w.ok(err)
		ann, err := w.UserByEmail(w.ctx, "ann@example.com")
		w.ok(err)
		self := access.Subject{Type: access.SubjectUser, ID: ann.ID, Name: ann.Email}
		tests := []struct {
			who  string
			q    access.RuleQuery
			want []string
		}{
			{"nobody", access.RuleQuery{}, []string{}},
			{"ann", access.RuleQuery{Self: self}, []string{"4"}},
			{"an application with her id", access.RuleQuery{Self: access.Subject{Type: access.SubjectApplication, ID: ann.ID}}, []string{}},
			{"a reader of a cluster", access.RuleQuery{Reach: []access.ScopePath{eu.Path}}, []string{"2", "3"}},
			{"ann, who reads a cluster", access.RuleQuery{Self: self, Reach: []access.ScopePath{eu.Path}}, []string{"2", "3", "4"}},
			{"a reader of applications", access.RuleQuery{Applications: []access.ScopePath{access.TenantPath}}, []string{"1", "2", "3"}},
		}
		for _, test := range tests {
			see := func(q *access.RuleQuery) {
				q.Reach, q.Applications, q.Self = test.q.Reach, test.q.Applications, test.q.Self
			}
			if got := w.rules(see).ids(w, access.List{}); !reflect.DeepEqual(got, test.want) {
				w.Errorf("%s sees %v, want %v", test.who, got, test.want)
			}
			if n, err := w.rules(see).count(access.List{Sort: access.RuleSchema.DefaultSort}); err != nil || n != len(test.want) {
				w.Errorf("%s counts %d (%v), want %d", test.who, n, err, len(test.want))
			}
		}
	}},
	{"who holds each role", func(w *world) {
		ruleWorld(w)
		eu, err := w.ScopeByNames(w.ctx, []string{"eu-1"})
		w.ok(err)
		ci, err := w.ApplicationByClientID(w.ctx, "ci")
		w.ok(err)
		w.rule(ci, access.Viewer, eu) // a second time: still one holder
		everywhere := access.RuleQuery{Reach: []access.ScopePath{access.TenantPath}}
		sorted := func(q access.RuleQuery, filters ...access.Filter) access.RuleQuery {
			q.List = access.List{Sort: access.RuleSchema.DefaultSort, Filters: filters}
			return q
		}
		tests := []struct {
			what string
			q    access.RuleQuery
			want map[int32]int
		}{
			{"everywhere", sorted(everywhere), map[int32]int{access.Viewer: 3, 3: 1, access.SystemAdministrator: 1}},
			{"in a cluster", sorted(access.RuleQuery{Reach: []access.ScopePath{eu.Path}}), map[int32]int{access.Viewer: 2, 3: 1}},
			{"of applications", sorted(everywhere, access.Filter{Field: "subjectType", Op: access.Equal, Value: "app"}), map[int32]int{access.Viewer: 2, 3: 1}},
			{"of nobody", sorted(access.RuleQuery{}), map[int32]int{}},
		}
		for _, test := range tests {
			if got, err := w.RoleHolders(w.ctx, test.q); err != nil || !reflect.DeepEqual(got, test.want) {
				w.Errorf("%s: %v (%v), want %v", test.what, got, err, test.want)
			}
		}
		q := sorted(everywhere)
		q.Sort.Field = "password"
		if _, err := w.RoleHolders(w.ctx, q); !errors.Is(err, access.ErrInvalid) {
			w.Errorf("an unknown column: %v, want ErrInvalid", err)
		}
	}},
	{"the rules of an application in the bin wait with it", func(w *world) {
		ruleWorld(w)
		ci, err := w.ApplicationByClientID(w.ctx, "ci")
		w.ok(err)
		ci.DeletedAt = w.now
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, ci) })
		if got, want := w.rules().ids(w, access.List{}), []string{"3", "4", "5"}; !reflect.DeepEqual(got, want) {
			w.Errorf("got %v, want %v", got, want)
		}
	}},
	{"a cursor of another list is the client's mistake", func(w *world) {
		ruleWorld(w)
		applications, err := w.ListApplications(w.ctx, w.everywhere(access.List{Limit: 1, Sort: access.Sort{Field: "createdAt"}}))
		w.ok(err)
		for _, cursor := range []string{applications.Next, "x", "Y3JlYXRlZEF0AGZhbHNlADk5OTk5OTk5OTk5OTk5OTk5OTkAMQ"} {
			_, err := w.rules().page(access.List{Limit: 1, Sort: access.Sort{Field: "createdAt"}, After: cursor})
			if !errors.Is(err, access.ErrInvalid) {
				w.Errorf("cursor %q: %v, want ErrInvalid", cursor, err)
			}
		}
		_, err = w.rules().page(access.List{Limit: 1, Sort: access.Sort{Field: "password"}})
		if !errors.Is(err, access.ErrInvalid) {
			w.Errorf("an unknown column: %v, want ErrInvalid", err)
		}
	}},
}
