package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/access"
)

func (w *world) newRule(kind access.SubjectType, subject string, role int32, scope string) access.NewRule {
	return access.NewRule{SubjectType: kind, Subject: subject, RoleID: role, ScopeID: w.scopes[scope].ID}
}

func TestNoPrivilegeEscalation(t *testing.T) {
	w := newWorld(t)
	target, _ := w.app("target", "east/a")
	w.user("colleague@example.com", 0, "")
	boss := w.user("boss@example.com", departmentAdmin, "east/a")

	// An application with the same role, over the API.
	robot, key := w.app("robot", "east/a")
	w.rule(access.SubjectApplication, robot.ID, departmentAdmin, "east/a")
	machine := w.asApplication("robot", key)

	tests := []struct {
		name  string
		role  int32
		scope string
		want  error // nil: allowed
	}{
		{"what I am, where I am", departmentAdmin, "east/a", nil},
		{"less, below", viewer, "east/a/1", nil},
		{"more, where I am", administrator, "east/a", access.ErrForbidden},
		{"more, below", cloudOperator, "east/a/2", access.ErrForbidden},
		{"what I am, above", departmentAdmin, "east", access.ErrForbidden},
		{"what I am, at the top", viewer, "", access.ErrForbidden},
		{"beside me", viewer, "east/b", access.ErrNotFound},
	}
	for _, tt := range tests {
		for _, caller := range []access.Caller{boss, machine} {
			t.Run(tt.name+" as "+caller.Name, func(t *testing.T) {
				rule, err := w.CreateRule(w.ctx, caller, w.newRule(access.SubjectApplication, "target", tt.role, tt.scope))
				if !errors.Is(err, tt.want) {
					t.Fatalf("got %v, want %v", err, tt.want)
				}
				if err == nil {
					_, err := w.DeleteRule(w.ctx, w.admin, rule.ID)
					w.must(err)
				} else if errors.Is(err, access.ErrForbidden) {
					w.wantEvent(caller.Name + " create access-rule Failed")
				}
			})
		}
	}
	// For oneself it is the same.
	_, err := w.CreateRule(w.ctx, machine, w.newRule(access.SubjectApplication, robot.ID, administrator, "east/a"))
	wantError(t, err, access.ErrForbidden)
	// And a new user cannot be made stronger than who makes them.
	_, err = w.CreateUser(w.ctx, boss, access.NewUser{Email: "new@example.com", Password: password, RoleID: administrator})
	wantError(t, err, access.ErrForbidden)

	rules, err := w.ApplicationRules(w.ctx, w.admin, target.ID)
	w.must(err)
	if len(rules) != 0 {
		t.Errorf("the target ended up with %v", rules)
	}
}

func TestARefusedGrantSaysWhatIsMissing(t *testing.T) {
	w := newWorld(t)
	w.app("target", "east/a")
	boss := w.user("boss@example.com", departmentAdmin, "east/a")
	_, err := w.CreateRule(w.ctx, boss, w.newRule(access.SubjectApplication, "target", administrator, "east/a"))
	if err == nil || !strings.Contains(err.Error(), "System administrator on My organization / east / a") || !strings.Contains(err.Error(), "Departments") {
		t.Errorf("got %v", err)
	}
}

func TestRoleChoicesSayWhyARoleCannotBeGranted(t *testing.T) {
	w := newWorld(t)
	callers := []struct {
		access.Caller
		unavailable map[int32]string // what the reason says; empty: available
	}{
		{w.admin, map[int32]string{administrator: "", viewer: "", cloudOperator: ""}},
		{w.local, map[int32]string{administrator: "", cloudOperator: ""}},
		{w.user("boss@example.com", departmentAdmin, "east/a"), map[int32]string{departmentAdmin: "", viewer: "", administrator: "Departments"}},
		{w.user("viewer@example.com", viewer, ""), map[int32]string{viewer: "create access rules"}},
	}
	for _, caller := range callers {
		choices, err := w.RoleChoices(w.ctx, caller.Caller)
		w.must(err)
		if len(choices) != 18 {
			t.Errorf("%s is offered %d roles", caller.Name, len(choices))
		}
		for _, choice := range choices {
			says, asked := caller.unavailable[choice.Role.ID]
			if asked && (choice.Unavailable == "") != (says == "") || !strings.Contains(choice.Unavailable, says) {
				t.Errorf("%s: %s: %q, want %q", caller.Name, choice.Role.Name, choice.Unavailable, says)
			}
		}
	}
}

func TestNoCredentialTakeover(t *testing.T) {
	w := newWorld(t)
	strong, key := w.app("tenant-admin", "east")
	w.rule(access.SubjectApplication, strong.ID, administrator, "")
	operator := w.user("operator@example.com", cloudOperator, "east")
	binned, _ := w.app("binned", "east")
	w.rule(access.SubjectApplication, binned.ID, administrator, "")
	_, err := w.DeleteApplication(w.ctx, w.local, binned.ID)
	w.must(err)
	_, err = w.SetApplicationEnabled(w.ctx, operator, strong.ID, false)
	w.must(err)

	attempts := map[string]func() error{
		"regenerate": func() error { _, _, err := w.RegenerateKey(w.ctx, operator, strong.ID, 0, ""); return err },
		"enable":     func() error { _, err := w.SetApplicationEnabled(w.ctx, operator, strong.ID, true); return err },
		"restore":    func() error { _, _, err := w.RestoreApplication(w.ctx, operator, binned.ID, 0, ""); return err },
	}
	attempts["enable in bulk"] = func() error {
		report, err := w.Bulk(w.ctx, operator, access.Applications, access.BulkEnable, access.Selection{IDs: []string{strong.ID}})
		w.must(err)
		if len(report.Failed) != 1 {
			return nil
		}
		return report.Failed[0].Err
	}
	for name, attempt := range attempts {
		if err := attempt(); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s: %v, want ErrForbidden", name, err)
		}
	}

	// Editing its rules: by somebody who may do so with weaker ones.
	boss := w.user("boss@example.com", departmentAdmin, "east")
	weak := w.rule(access.SubjectApplication, strong.ID, viewer, "east/a")
	_, err = w.DeleteRule(w.ctx, boss, weak.ID)
	wantError(t, err, access.ErrForbidden)
	_, err = w.CreateRule(w.ctx, boss, w.newRule(access.SubjectApplication, strong.ID, viewer, "east/b"))
	wantError(t, err, access.ErrForbidden)

	// Nothing changed: the first key still is the one.
	_, err = w.SetApplicationEnabled(w.ctx, w.admin, strong.ID, true)
	w.must(err)
	w.token("tenant-admin", key)
}

func TestLastAdmin(t *testing.T) {
	w := newWorld(t)
	rules, err := w.MyRules(w.ctx, w.admin)
	w.must(err)
	_, err = w.DeleteRule(w.ctx, w.admin, rules[0].ID)
	wantConflict(t, err, "")
	_, err = w.DeleteRule(w.ctx, w.local, rules[0].ID)
	wantConflict(t, err, "")

	// An application that is System administrator does not count: it cannot sign in.
	app, _ := w.app("robot", "")
	w.rule(access.SubjectApplication, app.ID, administrator, "")
	w.user("below@example.com", administrator, "east")
	_, err = w.DeleteRule(w.ctx, w.admin, rules[0].ID)
	wantConflict(t, err, "")

	// Two administrators take each other's rule away at once: one stays.
	second := w.user("second@example.com", administrator, "")
	theirs, err := w.MyRules(w.ctx, second)
	w.must(err)
	results := make([]error, 2)
	var group sync.WaitGroup
	group.Go(func() { _, results[0] = w.DeleteRule(w.ctx, w.admin, theirs[0].ID) })
	group.Go(func() { _, results[1] = w.DeleteRule(w.ctx, second, rules[0].ID) })
	group.Wait()
	if (results[0] == nil) == (results[1] == nil) {
		t.Errorf("one of two should succeed: %v, %v", results[0], results[1])
	}
	if needed, err := w.NeedsSetup(w.ctx); needed || err != nil {
		t.Errorf("no administrator is left (%v)", err)
	}
}

func TestTheSameRuleTwice(t *testing.T) {
	w := newWorld(t)
	w.app("target", "")
	_, err := w.CreateRule(w.ctx, w.admin, w.newRule(access.SubjectApplication, "target", viewer, "east"))
	w.must(err)
	// By the newer name of applications it is the same rule.
	_, err = w.CreateRule(w.ctx, w.admin, w.newRule("service-account", "target", viewer, "east"))
	wantConflict(t, err, "")
	if err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("%v: restore scripts look for \"already exists\"", err)
	}
}

func TestCreateRuleFindsItsSubject(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("target", "")
	tests := []struct {
		kind    access.SubjectType
		subject string
		want    string // the canonical subject, or empty: not found
	}{
		{access.SubjectApplication, app.ID, "app target"},
		{"service-account", "target", "app target"},
		{access.SubjectUser, w.admin.ID, "user admin@example.com"},
		{access.SubjectUser, "ADMIN@example.com", "user admin@example.com"},
		{access.SubjectGroup, "research", "group research"},
		{access.SubjectApplication, "nobody", ""},
		{access.SubjectUser, "nobody@example.com", ""},
	}
	for i, tt := range tests {
		scope := []string{"east", "west", "east/a", "east/b", "east/a/1", "east/a/2", "west/a"}[i]
		rule, err := w.CreateRule(w.ctx, w.admin, w.newRule(tt.kind, tt.subject, viewer, scope))
		if tt.want == "" {
			wantError(t, err, access.ErrNotFound)
			continue
		}
		w.must(err)
		if got := fmt.Sprintf("%s %s", rule.Subject.Type, rule.Subject.Name); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.subject, got, tt.want)
		}
		if rule.ID <= 0 || rule.RoleName != "Viewer" || rule.CreatedBy != "admin@example.com" {
			t.Errorf("got %+v", rule)
		}
	}
	_, err := w.CreateRule(w.ctx, w.admin, w.newRule("robot", "x", viewer, "east"))
	wantInvalid(t, err, "subjectType")
	_, err = w.CreateRule(w.ctx, w.admin, w.newRule(access.SubjectApplication, "target", 99999, "east"))
	wantInvalid(t, err, "roleId")
	_, err = w.CreateRule(w.ctx, w.admin, access.NewRule{SubjectType: access.SubjectApplication, Subject: "target", RoleID: viewer, ScopeID: "gone"})
	wantError(t, err, access.ErrNotFound)
}

func TestRulesComeAndGoWithTheirEvents(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("target", "")
	rule, err := w.CreateRule(w.ctx, w.admin, w.newRule(access.SubjectApplication, "target", viewer, "east/a"))
	w.must(err)
	e := w.wantEvent("admin@example.com create access-rule Succeeded")
	if e.EntityID != fmt.Sprint(rule.ID) || e.EntityName != "Viewer on My organization / east / a" || e.Metadata["subject"] != "target" {
		t.Errorf("the event is %+v", e)
	}
	if a, _ := w.Application(w.ctx, w.admin, app.ID); a.RuleCount != 1 {
		t.Errorf("%d rules are counted, want 1", a.RuleCount)
	}
	_, err = w.DeleteRule(w.ctx, w.admin, rule.ID)
	w.must(err)
	w.wantEvent("admin@example.com delete access-rule Succeeded")
	_, err = w.DeleteRule(w.ctx, w.admin, rule.ID)
	wantError(t, err, access.ErrNotFound)
	if a, _ := w.Application(w.ctx, w.admin, app.ID); a.RuleCount != 0 {
		t.Errorf("%d rules are counted, want 0", a.RuleCount)
	}
}

func TestTheScopeTreeShowsOnlyWhatIsWithinReach(t *testing.T) {
	w := newWorld(t)
	boss := w.user("boss@example.com", departmentAdmin, "east/a")
	names := func(scopes []access.Scope, err error) string {
		t.Helper()
		w.must(err)
		var all []string
		for _, s := range scopes {
			all = append(all, s.NamePath())
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	checks := []struct{ got, want string }{
		{names(w.ScopeRoots(w.ctx, boss)), "My organization"},
		{names(w.ScopeChildren(w.ctx, boss, access.TenantNodeID, 0)), "My organization / east"},
		{names(w.ScopeChildren(w.ctx, boss, w.scopes["east"].ID, 0)), "My organization / east / a"},
		{names(w.ScopeChildren(w.ctx, boss, w.scopes["east/a"].ID, 0)), "My organization / east / a / 1, My organization / east / a / 2"},
		{names(w.SearchScopes(w.ctx, boss, "1", "")), "My organization / east / a / 1"},
		{names(w.SearchScopes(w.ctx, w.admin, "1", "")), "My organization / east / a / 1, My organization / east / b / 1, My organization / west / a / 1"},
	}
	for _, c := range checks {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	_, err := w.Scope(w.ctx, boss, w.scopes["west"].ID)
	wantError(t, err, access.ErrNotFound)
	nobody := w.user("nobody@example.com", 0, "")
	if got := names(w.ScopeRoots(w.ctx, nobody)); got != "" {
		t.Errorf("who has no rule sees %q", got)
	}
}

func TestCreateScopeFollowsTheLevels(t *testing.T) {
	w := newWorld(t)
	if s := w.scopes["east/a/1"]; s.Type != access.ScopeProject {
		t.Errorf("the third level is a %s", s.Type)
	}
	_, err := w.CreateScope(w.ctx, w.admin, access.NewScope{ParentID: w.scopes["east/a/1"].ID, Name: "x"})
	wantInvalid(t, err, "parentId")
	_, err = w.CreateScope(w.ctx, w.admin, access.NewScope{ParentID: w.scopes["east"].ID, Name: "a"})
	wantConflict(t, err, "name")
	for _, name := range []string{"", "  ", "a/b", "a\nb", "a\u202eb", strings.Repeat("x", 65)} {
		_, err = w.CreateScope(w.ctx, w.admin, access.NewScope{ParentID: w.scopes["east"].ID, Name: name})
		wantInvalid(t, err, "name")
	}
	boss := w.user("boss@example.com", departmentAdmin, "east/a")
	_, err = w.CreateScope(w.ctx, boss, access.NewScope{ParentID: w.scopes["east"].ID, Name: "c"})
	wantError(t, err, access.ErrForbidden)
	_, err = w.CreateScope(w.ctx, boss, access.NewScope{ParentID: w.scopes["east/a"].ID, Name: "c"})
	w.must(err)
	w.must(w.RenameTenant(w.ctx, w.admin, "Acme"))
	wantError(t, w.RenameTenant(w.ctx, boss, "Mine"), access.ErrForbidden)
}
