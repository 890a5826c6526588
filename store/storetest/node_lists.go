package storetest

import (
	"context"
	"errors"
	"reflect"
	"time"

	"latchkey/access"
)

// nodes lists nodes of a type (all, if empty) by their names.
func (w *world) nodes(kind access.ScopeType, reach ...access.ScopePath) lister[access.Scope] {
	if reach == nil {
		reach = []access.ScopePath{access.TenantPath}
	}
	query := func(l access.List) access.NodeQuery { return access.NodeQuery{List: l, Type: kind, Reach: reach} }
	return lister[access.Scope]{
		schema: access.ScopeSchema,
		page:   func(l access.List) (access.Page[access.Scope], error) { return w.ListNodes(w.ctx, query(l)) },
		count:  func(l access.List) (int, error) { return w.CountNodes(w.ctx, query(l), 0) },
		each: func(l access.List, fn func(access.Scope) error) error {
			return w.EachNode(w.ctx, query(l), fn)
		},
		id: func(s access.Scope) string { return s.Name },
	}
}

// nodeWorld has two clusters, two departments and four projects.
func nodeWorld(w *world) (eu, us access.Scope) {
	add := func(parent access.Scope, kind access.ScopeType, name string) access.Scope {
		w.now = w.now.Add(time.Hour)
		return w.scope(parent, kind, name)
	}
	us, eu = add(w.tenant(), access.ScopeCluster, "us-1"), add(w.tenant(), access.ScopeCluster, "eu-1")
	research, sales := add(us, access.ScopeDepartment, "Research"), add(eu, access.ScopeDepartment, "Sales")
	add(sales, access.ScopeProject, "öl")
	add(research, access.ScopeProject, "nlp")
	add(research, access.ScopeProject, "vision")
	add(sales, access.ScopeProject, "a_b")
	gone := add(sales, access.ScopeProject, "gone")
	w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeleteScope(ctx, gone.ID, w.now) })
	return eu, us
}

var nodeListTests = []namedTest{
	{"every order is the same by whatever way it is read", func(w *world) {
		nodeWorld(w)
		w.nodes(access.ScopeProject).check(w)
		w.nodes("").check(w)
	}},
	{"filters", func(w *world) {
		eu, us := nodeWorld(w)
		w.nodes(access.ScopeProject).checkFilters(w, []matches{
			{"clusterId", access.Equal, us.ID, []string{"nlp", "vision"}},
			{"clusterId", access.NotEqual, us.ID, []string{"a_b", "öl"}},
			{"parentName", access.Equal, "Sales", []string{"a_b", "öl"}},
			{"parentName", access.Contains, "SEARCH", []string{"nlp", "vision"}},
			{"name", access.Contains, "_", []string{"a_b"}},
			{"name", access.StartsWith, "Ö", []string{"öl"}},
			{"phase", access.Equal, "ready", []string{"a_b", "nlp", "vision", "öl"}},
			{"phase", access.NotEqual, "Ready", []string{}},
			{"createdAt", access.AtLeast, Start.Add(8 * time.Hour).Format(time.RFC3339Nano), []string{"a_b"}},
		})
		w.nodes(access.ScopeDepartment).checkFilters(w, []matches{
			{"clusterId", access.Equal, eu.ID, []string{"Sales"}},
			{"departmentId", access.NotEqual, "x", []string{"Research", "Sales"}},
		})
		w.nodes(access.ScopeCluster).checkFilters(w, []matches{{"clusterId", access.Equal, eu.ID, []string{"eu-1"}}})
		if got := w.nodes(access.ScopeProject).ids(w, access.List{Search: "sal"}); !reflect.DeepEqual(got, []string{"a_b", "öl"}) {
			w.Errorf("a search found %v, want the projects of Sales", got)
		}
		if got := w.nodes(access.ScopeProject, eu.Path).ids(w, access.List{}); !reflect.DeepEqual(got, []string{"a_b", "öl"}) {
			w.Errorf("within eu-1: %v", got)
		}
		page, err := w.ListNodes(w.ctx, access.NodeQuery{List: access.List{Limit: 5, Sort: access.Sort{Field: "name"}}, Type: access.ScopeProject})
		if err != nil || len(page.Rows) != 0 {
			w.Errorf("who reaches nothing sees %v (%v)", page.Rows, err)
		}
	}},
	{"what hangs on a node", func(w *world) {
		eu, _ := nodeWorld(w)
		at := func(a *access.Application) { a.ScopeID, a.ScopePath = eu.ID, eu.Path }
		bin := func(a access.Application) {
			a.DeletedAt = w.now
			w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, a) })
		}
		w.rule(w.application("ci", at), access.Viewer, eu)
		binned := w.application("binned", at)
		w.rule(binned, access.Viewer, eu)
		bin(w.get(binned.ID))
		use, err := w.ScopeUse(w.ctx, eu.ID)
		if want := (access.ScopeUse{Children: 1, Rules: 1, Applications: 1}); err != nil || use != want {
			w.Errorf("got %+v (%v), want %+v", use, err, want)
		}
	}},
	{"a node that was deleted gives its name back", func(w *world) {
		eu := w.scope(w.tenant(), access.ScopeCluster, "eu-1")
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeleteScope(ctx, eu.ID, w.now) })
		if _, err := w.Scope(w.ctx, eu.ID); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("deleted: %v, want ErrNotFound", err)
		}
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.DeleteScope(ctx, eu.ID, w.now) })
		if !errors.Is(err, access.ErrNotFound) {
			w.Errorf("deleted again: %v, want ErrNotFound", err)
		}
		w.scope(w.tenant(), access.ScopeCluster, "eu-1")
	}},
}
