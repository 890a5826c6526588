package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
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
	{"all nodes at once", func(w *world) {
		eu, us := nodeWorld(w)
		for _, test := range []struct {
			reach []access.ScopePath
			want  []string
		}{
			{[]access.ScopePath{access.TenantPath}, []string{"", "Research", "Sales", "a_b", "eu-1", "nlp", "us-1", "vision", "öl"}},
			{[]access.ScopePath{eu.Path}, []string{"Sales", "a_b", "eu-1", "öl"}},
			{[]access.ScopePath{eu.Path, us.Path}, []string{"Research", "Sales", "a_b", "eu-1", "nlp", "us-1", "vision", "öl"}},
			{nil, nil},
		} {
			nodes, err := w.Nodes(w.ctx, test.reach)
			w.ok(err)
			var names []string
			for _, node := range nodes {
				full := w.node(node.ID)
				full.Names, full.Children = nil, 0
				if !reflect.DeepEqual(node, full) {
					w.Errorf("%s is read as %+v, want %+v", full.Name, node, full)
				}
				if node.ID == access.TenantNodeID {
					node.Name = ""
				}
				names = append(names, node.Name)
			}
			if slices.Sort(names); !slices.Equal(names, test.want) {
				w.Errorf("within %v: %q, want %q", test.reach, names, test.want)
			}
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
	{"a moved node takes all below it along", func(w *world) {
		eu, us := nodeWorld(w)
		sales, err := w.ScopeByNames(w.ctx, []string{"eu-1", "sales"})
		w.ok(err)
		project, err := w.ScopeByNames(w.ctx, []string{"eu-1", "sales", "a_b"})
		w.ok(err)
		stays := w.scope(eu, access.ScopeDepartment, "stays")
		at := func(s access.Scope) func(*access.Application) {
			return func(a *access.Application) { a.ScopeID, a.ScopePath = s.ID, s.Path }
		}
		inProject, inStays := w.application("in-project", at(project)), w.application("in-stays", at(stays))
		binned := w.application("binned", at(sales))
		binned.DeletedAt = w.now
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, binned) })
		subject := access.Subject{Type: access.SubjectUser, ID: w.user("bob@example.com").ID, Name: "bob@example.com"}
		w.ruleOf(subject, access.Viewer, project)

		later := w.now.Add(time.Minute)
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.MoveScope(ctx, sales, us, later) })
		moved := w.node(project.ID)
		want := us.Path.Child(sales.ID).Child(project.ID)
		if moved.Path != want || !reflect.DeepEqual(moved.Names, []string{w.tenant().Name, "us-1", "Sales", "a_b"}) || moved.ClusterID() != us.ID {
			w.Errorf("the project is %+v, want it at %s", moved, want)
		}
		if got := w.node(sales.ID); got.ParentID != us.ID || !got.UpdatedAt.Equal(later) || got.Children != 2 {
			w.Errorf("the department is %+v", got)
		}
		if got := w.get(inProject.ID).ScopePath; got != want {
			w.Errorf("the application is managed at %s, want %s", got, want)
		}
		if got := w.get(binned.ID).ScopePath; got != us.Path.Child(sales.ID) {
			w.Errorf("the one in the bin is managed at %s", got)
		}
		if got := w.get(inStays.ID).ScopePath; got != stays.Path {
			w.Errorf("one that did not move is managed at %s", got)
		}
		if grants, err := w.Grants(w.ctx, subject); err != nil || len(grants) != 1 || grants[0].Path != want {
			w.Errorf("grants %+v (%v), want one at %s", grants, err, want)
		}
		// What is asked of a subtree finds it where it is now, and there alone.
		for reach, want := range map[access.ScopePath][]string{us.Path: {"a_b", "nlp", "vision", "öl"}, eu.Path: {}} {
			if got := w.nodes(access.ScopeProject, reach).ids(w, access.List{}); !reflect.DeepEqual(got, want) {
				w.Errorf("within %s: %v, want %v", reach, got, want)
			}
		}
		q := w.everywhere(access.List{})
		q.Reach = []access.ScopePath{us.Path}
		if got := w.names(q); !reflect.DeepEqual(got, []string{"in-project"}) {
			w.Errorf("applications within us-1: %v", got)
		}
	}},
	{"a move to where the name is taken changes nothing", func(w *world) {
		eu, us := nodeWorld(w)
		w.scope(us, access.ScopeDepartment, "SALES")
		sales, err := w.ScopeByNames(w.ctx, []string{"eu-1", "sales"})
		w.ok(err)
		err = w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.MoveScope(ctx, sales, us, w.now) })
		if !errors.Is(err, access.ErrConflict) {
			w.Errorf("got %v, want ErrConflict", err)
		}
		if got := w.node(sales.ID); got.Path != eu.Path.Child(sales.ID) {
			w.Errorf("it is at %s", got.Path)
		}
		w.write(func(ctx context.Context, tx access.Tx) error {
			for _, child := range w.nodesBelow(ctx, tx, sales) {
				if err := tx.DeleteScope(ctx, child.ID, w.now); err != nil {
					return err
				}
			}
			return tx.DeleteScope(ctx, sales.ID, w.now)
		})
		err = w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.MoveScope(ctx, sales, us, w.now) })
		if !errors.Is(err, access.ErrNotFound) {
			w.Errorf("one that was deleted: %v, want ErrNotFound", err)
		}
	}},
	{"a search for nodes of one type", func(w *world) {
		nodeWorld(w)
		for kind, want := range map[access.ScopeType][]string{access.ScopeCluster: {"us-1"}, access.ScopeDepartment: {"Research", "Sales"}, access.ScopeProject: {"vision"}} {
			found, err := w.Scopes(w.ctx, access.ScopeQuery{Search: "s", Type: kind, Reach: []access.ScopePath{access.TenantPath}})
			w.ok(err)
			var names []string
			for _, s := range found {
				names = append(names, s.Name)
			}
			if !reflect.DeepEqual(names, want) {
				w.Errorf("of type %s: %v, want %v", kind, names, want)
			}
		}
	}},
}

// nodesBelow are the living children of a node.
func (w *world) nodesBelow(ctx context.Context, r access.Reader, parent access.Scope) []access.Scope {
	w.Helper()
	below, err := r.Scopes(ctx, access.ScopeQuery{ParentID: parent.ID, Reach: []access.ScopePath{access.TenantPath}})
	w.ok(err)
	return below
}
