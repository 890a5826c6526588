package storetest

import (
	"context"
	"errors"
	"reflect"

	"latchkey/access"
)

var ruleTests = []namedTest{
	{"a rule comes back with its role and the path of its scope", func(w *world) {
		cluster := w.scope(w.tenant(), access.ScopeCluster, "eu-1")
		department := w.scope(cluster, access.ScopeDepartment, "Research")
		project := w.scope(department, access.ScopeProject, "nlp")
		a := w.application("ci")
		rule := w.rule(a, access.Viewer, project)
		got, err := w.Rule(w.ctx, rule.ID)
		w.ok(err)
		wantNames := []string{w.tenant().Name, "eu-1", "Research", "nlp"}
		if got.ID <= 0 || got.RoleName != "Viewer" || got.Subject.Name != "ci" || got.Subject.ID != a.ID || got.CreatedBy != "ann@example.com" ||
			got.Scope.Path != project.Path || got.Scope.Type != access.ScopeProject || !reflect.DeepEqual(got.Scope.Names, wantNames) {
			w.Errorf("got %+v", got)
		}
		if !reflect.DeepEqual(got, rule) {
			w.Errorf("InsertRule returned %+v, Rule %+v", rule, got)
		}
		grants, err := w.Grants(w.ctx, got.Subject)
		w.ok(err)
		if want := []access.Grant{{RuleID: rule.ID, RoleID: access.Viewer, Path: project.Path}}; !reflect.DeepEqual(grants, want) {
			w.Errorf("grants %+v, want %+v", grants, want)
		}
	}},
	{"the same rule twice is a conflict until the first is gone", func(w *world) {
		a := w.application("ci")
		rule := w.rule(a, access.Viewer, w.tenant())
		again := func() error {
			return w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				_, err := tx.InsertRule(ctx, access.Rule{Subject: rule.Subject, RoleID: rule.RoleID, Scope: rule.Scope})
				return err
			})
		}
		if err := again(); !errors.Is(err, access.ErrConflict) {
			w.Fatalf("the second: %v, want ErrConflict", err)
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeleteRule(ctx, rule.ID, w.now) })
		if err := again(); err != nil {
			w.Errorf("after deleting the first: %v", err)
		}
		if _, err := w.Rule(w.ctx, rule.ID); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("the deleted rule: %v, want ErrNotFound", err)
		}
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.DeleteRule(ctx, rule.ID, w.now) })
		if !errors.Is(err, access.ErrNotFound) {
			w.Errorf("deleting it again: %v, want ErrNotFound", err)
		}
	}},
	{"an application counts its rules", func(w *world) {
		a := w.application("ci")
		eu := w.scope(w.tenant(), access.ScopeCluster, "eu-1")
		first := w.rule(a, access.Viewer, w.tenant())
		w.rule(a, access.Viewer, eu)
		if n := w.get(a.ID).RuleCount; n != 2 {
			w.Errorf("%d rules, want 2", n)
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeleteRule(ctx, first.ID, w.now) })
		if n := w.get(a.ID).RuleCount; n != 1 {
			w.Errorf("%d rules after deleting one, want 1", n)
		}
		if got := w.get(a.ID).Version; got != a.Version {
			w.Errorf("a rule made version %d of the application", got)
		}
	}},
	{"rules belong to a type of subject and an id", func(w *world) {
		u := w.user("bob@example.com")
		w.ruleOf(access.Subject{Type: access.SubjectUser, ID: u.ID, Name: u.Email}, access.SystemAdministrator, w.tenant())
		if rules, err := w.RulesOf(w.ctx, access.Subject{Type: access.SubjectApplication, ID: u.ID}); err != nil || len(rules) != 0 {
			w.Errorf("an application of the same id has %v (%v)", rules, err)
		}
		rules, err := w.RulesOf(w.ctx, access.Subject{Type: access.SubjectUser, ID: u.ID})
		if err != nil || len(rules) != 1 {
			w.Errorf("the user has %v (%v), want one rule", rules, err)
		}
	}},
	{"a rule needs a scope that exists", func(w *world) {
		a := w.application("ci")
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			_, err := tx.InsertRule(ctx, access.Rule{Subject: access.Subject{Type: access.SubjectApplication, ID: a.ID}, RoleID: 1, Scope: access.Scope{ID: "gone"}})
			return err
		})
		if !errors.Is(err, access.ErrNotFound) {
			w.Errorf("got %v, want ErrNotFound", err)
		}
	}},
}

var scopeTests = []namedTest{
	{"the tree", func(w *world) {
		root := w.tenant()
		if root.Type != access.ScopeTenant || root.Path != access.TenantPath || root.ParentID != "" || root.Name == "" || root.CreatedAt.IsZero() {
			w.Errorf("the tenant of a new store is %+v", root)
		}
		eu := w.scope(root, access.ScopeCluster, "eu-1")
		w.scope(root, access.ScopeCluster, "Asia")
		research := w.scope(eu, access.ScopeDepartment, "Research")
		w.scope(research, access.ScopeProject, "nlp")
		if got := w.tenant(); got.Children != 2 {
			w.Errorf("the tenant has %d children, want 2", got.Children)
		}
		if got := w.node(research.ID); got.Children != 1 || got.NamePath() != root.Name+" / eu-1 / Research" {
			w.Errorf("got %+v", got)
		}
		got, err := w.ScopeByNames(w.ctx, []string{"eu-1", "research"})
		if err != nil || got.ID != research.ID {
			w.Errorf("by names: %+v (%v)", got, err)
		}
		if got, err := w.ScopeByNames(w.ctx, nil); err != nil || got.ID != root.ID {
			w.Errorf("by no names: %+v (%v), want the tenant", got, err)
		}
		if _, err := w.ScopeByNames(w.ctx, []string{"eu-1", "nlp"}); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("a wrong path: %v, want ErrNotFound", err)
		}
	}},
	{"children, search and reach", func(w *world) {
		root := w.tenant()
		eu := w.scope(root, access.ScopeCluster, "eu-1")
		us := w.scope(root, access.ScopeCluster, "US-1")
		research := w.scope(eu, access.ScopeDepartment, "Research")
		nlp := w.scope(research, access.ScopeProject, "nlp_50%")
		w.scope(us, access.ScopeDepartment, "research")
		all := []access.ScopePath{access.TenantPath}
		tests := []struct {
			name string
			q    access.ScopeQuery
			want []string
		}{
			{"children by name", access.ScopeQuery{ParentID: root.ID, Reach: all}, []string{"eu-1", "US-1"}},
			{"the root", access.ScopeQuery{Reach: all}, []string{root.Name}},
			{"children within reach and what leads there", access.ScopeQuery{ParentID: root.ID, Reach: []access.ScopePath{nlp.Path}}, []string{"eu-1"}},
			{"search in any case", access.ScopeQuery{Search: "RESEARCH", Reach: all}, []string{"Research", "research"}},
			{"search within reach", access.ScopeQuery{Search: "research", Reach: []access.ScopePath{us.Path}}, []string{"research"}},
			{"wildcards are characters", access.ScopeQuery{Search: "p_50%", Reach: all}, []string{"nlp_50%"}},
			{"wildcards match nothing else", access.ScopeQuery{Search: "e_-1", Reach: all}, nil},
			{"limit and offset", access.ScopeQuery{ParentID: root.ID, Reach: all, Limit: 1, Offset: 1}, []string{"US-1"}},
			{"no reach", access.ScopeQuery{ParentID: root.ID}, nil},
		}
		for _, test := range tests {
			found, err := w.Scopes(w.ctx, test.q)
			w.ok(err)
			var names []string
			for _, s := range found {
				names = append(names, s.Name)
			}
			if !reflect.DeepEqual(names, test.want) {
				w.Errorf("%s: %v, want %v", test.name, names, test.want)
			}
		}
	}},
	{"a new name shows everywhere below", func(w *world) {
		eu := w.scope(w.tenant(), access.ScopeCluster, "eu-1")
		research := w.scope(eu, access.ScopeDepartment, "Research")
		a := w.application("ci")
		w.rule(a, access.Viewer, research)
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.RenameScope(ctx, eu.ID, "europe", w.now) })
		rules, err := w.RulesOf(w.ctx, access.Subject{Type: access.SubjectApplication, ID: a.ID})
		w.ok(err)
		if got := rules[0].Scope.Names[1]; got != "europe" {
			w.Errorf("the rule shows %q", got)
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.RenameScope(ctx, research.ID, "Lab", w.now) })
		if names := w.names(w.everywhere(access.List{Search: "lab"})); len(names) != 1 {
			w.Errorf("a search for the new name finds %v", names)
		}
	}},
	{"siblings have different names", func(w *world) {
		eu := w.scope(w.tenant(), access.ScopeCluster, "eu-1")
		w.scope(eu, access.ScopeDepartment, "Research")
		w.scope(w.scope(w.tenant(), access.ScopeCluster, "us-1"), access.ScopeDepartment, "Research")
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			return tx.InsertScope(ctx, access.Scope{ID: "x", Type: access.ScopeDepartment, Name: "RESEARCH", ParentID: eu.ID, Path: eu.Path.Child("x")})
		})
		if !errors.Is(err, access.ErrConflict) {
			w.Errorf("got %v, want ErrConflict", err)
		}
	}},
}
