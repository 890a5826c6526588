package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

func (w *world) scopeNames(c access.Caller, kind access.ScopeType, l access.List) []string {
	w.t.Helper()
	page, err := w.ListScopes(w.ctx, c, kind, l)
	w.must(err)
	names := []string{}
	for _, s := range page.Rows {
		names = append(names, s.Name)
	}
	n, err := w.CountScopes(w.ctx, c, kind, l)
	w.must(err)
	if n != len(names) {
		w.t.Errorf("%s counts %d of type %s and sees %d", c.Name, n, kind, len(names))
	}
	return names
}

func TestScopesAreListedWithinReach(t *testing.T) {
	w := newWorld(t)
	east := w.user("east@example.com", departmentAdmin, "east/a")
	tests := []struct {
		who  access.Caller
		kind access.ScopeType
		want []string
	}{
		{w.admin, access.ScopeCluster, []string{"east", "west"}},
		{w.admin, access.ScopeDepartment, []string{"a", "a", "b"}},
		{w.admin, access.ScopeProject, []string{"1", "1", "1", "2"}},
		{east, access.ScopeCluster, []string{}}, // above what they reach
		{east, access.ScopeDepartment, []string{"a"}},
		{east, access.ScopeProject, []string{"1", "2"}},
	}
	for _, test := range tests {
		if got := w.scopeNames(test.who, test.kind, access.List{}); !slices.Equal(got, test.want) {
			t.Errorf("%s sees the %ss %q, want %q", test.who.Name, test.kind, got, test.want)
		}
	}
	nobody := w.user("nobody@example.com", 0, "")
	_, err := w.ListScopes(w.ctx, nobody, access.ScopeProject, access.List{})
	wantError(t, err, access.ErrForbidden)

	got, err := w.ScopeOfType(w.ctx, east, access.ScopeProject, w.scopes["east/a/1"].ID)
	if err != nil || got.ClusterID() != w.scopes["east"].ID || got.DepartmentID() != w.scopes["east/a"].ID || got.ParentName() != "a" {
		t.Errorf("got %+v (%v)", got, err)
	}
	for _, path := range []string{"east", "east/a", "west/a/1", ""} {
		_, err := w.ScopeOfType(w.ctx, east, access.ScopeProject, w.scopes[path].ID)
		wantError(t, err, access.ErrNotFound)
	}
}

func TestRenameScope(t *testing.T) {
	w := newWorld(t)
	got, err := w.RenameScope(w.ctx, w.admin, w.scopes["east/a"].ID, " Ärzte ")
	if err != nil || got.Name != "Ärzte" || got.NamePath() != "My organization / east / Ärzte" {
		t.Errorf("got %+v (%v)", got, err)
	}
	e := w.wantEvent("admin@example.com update department Succeeded")
	if e.Metadata["before.name"] != "a" || e.Metadata["after.name"] != "Ärzte" {
		t.Errorf("the event says %v", e.Metadata)
	}
	_, err = w.RenameScope(w.ctx, w.admin, w.scopes["east/b"].ID, "ÄRZTE")
	wantConflict(t, err, "name")
	_, err = w.RenameScope(w.ctx, w.admin, w.scopes["east/a"].ID, "ÄRZTE")
	w.must(err)
	_, err = w.RenameScope(w.ctx, w.admin, w.scopes["west/a"].ID, "ÄRZTE") // no sibling
	w.must(err)
	_, err = w.RenameScope(w.ctx, w.admin, w.scopes["east/a"].ID, "a/b")
	wantInvalid(t, err, "name")
	_, err = w.RenameScope(w.ctx, w.admin, access.TenantNodeID, "acme")
	wantError(t, err, access.ErrConflict)
	plain := w.user("plain@example.com", viewer, "east")
	_, err = w.RenameScope(w.ctx, plain, w.scopes["east/b"].ID, "c")
	wantError(t, err, access.ErrForbidden)
	_, err = w.RenameScope(w.ctx, plain, w.scopes["west/a"].ID, "c")
	wantError(t, err, access.ErrNotFound)
}

func TestAScopeIsDeletedOnceNothingHangsOnIt(t *testing.T) {
	w := newWorld(t)
	project := w.scopes["east/b/1"]
	rule := w.rule(access.SubjectGroup, "ops", viewer, "east/b/1")
	app, _ := w.app("ci", "east/b/1")
	refused := func(id, because string) {
		t.Helper()
		_, err := w.DeleteScope(w.ctx, w.admin, id)
		if !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), because) {
			t.Errorf("got %v, want a refusal because of %s", err, because)
		}
	}
	refused(w.scopes["east"].ID, "2 nodes below it")
	refused(project.ID, "1 access rule and 1 application")
	_, err := w.DeleteRule(w.ctx, w.admin, rule.ID)
	w.must(err)
	refused(project.ID, "1 application")
	_, err = w.DeleteApplication(w.ctx, w.admin, app.ID)
	w.must(err)
	_, err = w.DeleteScope(w.ctx, w.user("plain@example.com", viewer, "east"), project.ID)
	wantError(t, err, access.ErrForbidden)
	_, err = w.DeleteScope(w.ctx, w.admin, project.ID)
	w.must(err)
	w.wantEvent("admin@example.com delete project Succeeded")
	_, err = w.DeleteScope(w.ctx, w.admin, project.ID)
	wantError(t, err, access.ErrNotFound)
	_, err = w.DeleteScope(w.ctx, w.admin, access.TenantNodeID)
	wantError(t, err, access.ErrConflict)
	_, err = w.CreateScope(w.ctx, w.admin, access.NewScope{ParentID: w.scopes["east/b"].ID, Name: "1"})
	w.must(err)
}

func TestTheAuditLogIsForThoseWhoMayReadIt(t *testing.T) {
	w := newWorld(t)
	w.app("ci", "east")
	page, err := w.ListEvents(w.ctx, w.admin, access.List{Limit: 1}, access.Period{})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].EntityName != "ci" || page.Next == "" {
		t.Errorf("got %+v (%v)", page, err)
	}
	n, err := w.CountAllEvents(w.ctx, w.admin, access.List{}, access.Period{From: page.Rows[0].At})
	if err != nil || n != 1 {
		t.Errorf("since the last there are %d (%v), want 1", n, err)
	}
	count, err := w.CountEvents(w.ctx, w.admin, access.List{}, access.Period{})
	if err != nil || !count.Exact || count.N < 2 {
		t.Errorf("counted %+v (%v)", count, err)
	}
	one, err := w.Event(w.ctx, w.admin, page.Rows[0].ID)
	if err != nil || one.ID != page.Rows[0].ID {
		t.Errorf("by id: %+v (%v)", one, err)
	}
	exported := 0
	w.must(w.ExportEvents(w.ctx, w.admin, access.List{}, access.Period{}, "JSON", func(access.Event) error { exported++; return nil }))
	if e := w.wantEvent("admin@example.com export audit-log Succeeded"); e.Metadata["format"] != "JSON" || exported == 0 {
		t.Errorf("exported %d, told as %v", exported, e.Metadata)
	}
	_, err = w.ListEvents(w.ctx, w.admin, access.List{}, access.Period{From: w.clock.Now(), Until: page.Rows[0].At})
	wantInvalid(t, err, "end")

	for _, who := range []access.Caller{w.user("editor@example.com", editor, ""), w.user("east@example.com", administrator, "east")} {
		for name, err := range map[string]error{
			"list":   second(w.ListEvents(w.ctx, who, access.List{}, access.Period{})),
			"count":  second(w.CountAllEvents(w.ctx, who, access.List{}, access.Period{})),
			"some":   second(w.CountEvents(w.ctx, who, access.List{}, access.Period{})),
			"one":    second(w.Event(w.ctx, who, page.Rows[0].ID)),
			"beside": third(w.EventBeside(w.ctx, who, page.Rows[0].ID, access.List{})),
			"export": w.ExportEvents(w.ctx, who, access.List{}, access.Period{}, "CSV", func(access.Event) error { return nil }),
		} {
			if !errors.Is(err, access.ErrForbidden) {
				t.Errorf("%s: %s: %v, want ErrForbidden", who.Name, name, err)
			}
		}
	}
}
