package access_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/access"
)

// ruleNames are rules in a few words, such as "ci is Viewer on east".
func ruleNames(rules []access.Rule) []string {
	names := []string{}
	for _, r := range rules {
		names = append(names, r.Subject.Name+" is "+r.RoleName+" on "+r.Scope.Name)
	}
	return names
}

func (w *world) ruleNames(c access.Caller, l access.List, by access.RuleSelection) []string {
	w.t.Helper()
	page, err := w.ListRules(w.ctx, c, l, by)
	w.must(err)
	n, err := w.CountRules(w.ctx, c, l, by)
	w.must(err)
	if n != len(page.Rows) {
		w.t.Errorf("%s counts %d rules and sees %d", c.Name, n, len(page.Rows))
	}
	return ruleNames(page.Rows)
}

func TestRulesAreListedToThoseWhoMayReadThem(t *testing.T) {
	w := newWorld(t)
	ci, _ := w.app("ci", "east")
	w.rule(access.SubjectApplication, ci.ID, viewer, "west")
	east := w.user("east@example.com", departmentAdmin, "east/a")
	plain := w.user("plain@example.com", viewer, "west/a")
	operator := w.user("operator@example.com", cloudOperator, "east")
	tests := []struct {
		who  access.Caller
		want []string
	}{
		{w.admin, []string{
			"admin@example.com is System administrator on My organization", "ci is Viewer on west",
			"east@example.com is Department administrator on a", "plain@example.com is Viewer on a",
			"operator@example.com is Cloud operator on east",
		}},
		{east, []string{"east@example.com is Department administrator on a"}},
		{plain, []string{"plain@example.com is Viewer on a"}},
		// Reads access rules and applications in the east: also what those may do elsewhere.
		{operator, []string{"ci is Viewer on west", "east@example.com is Department administrator on a", "operator@example.com is Cloud operator on east"}},
	}
	for _, test := range tests {
		got := w.ruleNames(test.who, access.List{}, access.RuleSelection{})
		if !slices.Equal(got, test.want) {
			t.Errorf("%s sees %q, want %q", test.who.Name, got, test.want)
		}
		// One by one they see the same.
		all, err := w.ListRules(w.ctx, w.admin, access.List{}, access.RuleSelection{})
		w.must(err)
		for _, r := range all.Rows {
			_, err := w.Rule(w.ctx, test.who, r.ID)
			seen := slices.Contains(test.want, ruleNames([]access.Rule{r})[0])
			if seen != (err == nil) || err != nil && !errors.Is(err, access.ErrNotFound) {
				t.Errorf("%s asks for rule %d: %v, seen in the list: %v", test.who.Name, r.ID, err, seen)
			}
		}
	}
	if got := w.ruleNames(w.admin, access.List{}, access.RuleSelection{SubjectType: "service-account"}); len(got) != 1 {
		t.Errorf("by the newer name of applications: %q, want one", got)
	}
	_, err := w.ListRules(w.ctx, w.admin, access.List{}, access.RuleSelection{Subjects: make([]string, 1001)})
	wantInvalid(t, err, "subjectIds")
}

func TestRulesAreExportedWithAnEvent(t *testing.T) {
	w := newWorld(t)
	var got []access.Rule
	w.must(w.ExportRules(w.ctx, w.admin, access.List{}, access.RuleSelection{}, func(r access.Rule) error { got = append(got, r); return nil }))
	if len(got) != 1 {
		t.Errorf("exported %q, want the administrator's rule", ruleNames(got))
	}
	w.wantEvent("admin@example.com export access-rule Succeeded")
}

func TestBatchDeleteRulesTellsOfEach(t *testing.T) {
	w := newWorld(t)
	ci, _ := w.app("ci", "east")
	mine := w.rule(access.SubjectApplication, ci.ID, viewer, "east")
	strong := w.rule(access.SubjectGroup, "ops", cloudOperator, "east/a")
	manager := w.user("manager@example.com", departmentAdmin, "east")
	last := w.ruleNamed("admin@example.com")
	ids := []string{idText(mine), "x", idText(strong), idText(mine), "2147483648", idText(last)}

	for _, validateOnly := range []bool{true, false} {
		outcomes, err := w.BatchDeleteRules(w.ctx, manager, ids, validateOnly)
		w.must(err)
		if len(outcomes) != 5 {
			t.Fatalf("%d outcomes, want one for each id", len(outcomes))
		}
		want := []error{nil, access.ErrNotFound, access.ErrForbidden, access.ErrNotFound, access.ErrNotFound}
		for i, o := range outcomes {
			if !errors.Is(o.Err, want[i]) {
				t.Errorf("validate only %v: %s: %v, want %v", validateOnly, o.Input, o.Err, want[i])
			}
		}
		_, err = w.Rule(w.ctx, w.admin, mine.ID)
		if gone := errors.Is(err, access.ErrNotFound); gone == validateOnly {
			t.Errorf("validate only %v: the rule is gone: %v", validateOnly, gone)
		}
	}
	events := w.events()
	if got := []string{tell(events[0]), tell(events[1])}; !slices.Equal(got, []string{
		"manager@example.com delete access-rule Failed", "manager@example.com delete access-rule Succeeded",
	}) {
		t.Errorf("the events are %q", got)
	}
	outcomes, err := w.BatchDeleteRules(w.ctx, w.admin, []string{idText(last)}, false)
	w.must(err)
	wantError(t, outcomes[0].Err, access.ErrConflict)
	_, err = w.BatchDeleteRules(w.ctx, w.admin, nil, false)
	wantInvalid(t, err, "ids")
}

func idText(r access.Rule) string { return strconv.Itoa(int(r.ID)) }

// ruleNamed is the one rule of a subject.
func (w *world) ruleNamed(subject string) access.Rule {
	w.t.Helper()
	page, err := w.ListRules(w.ctx, w.local, access.List{}, access.RuleSelection{Subjects: []string{subject}})
	w.must(err)
	if len(page.Rows) != 1 {
		w.t.Fatalf("%s has the rules %q, want one", subject, ruleNames(page.Rows))
	}
	return page.Rows[0]
}

func TestBatchCreateRulesTellsOfEach(t *testing.T) {
	w := newWorld(t)
	w.app("ci", "east/a")
	manager := w.user("manager@example.com", departmentAdmin, "east")
	rule := func(subject string, role int32, scope string) access.NewRule {
		return access.NewRule{SubjectType: access.SubjectApplication, Subject: subject, RoleID: role, ScopeID: w.scopes[scope].ID}
	}
	wrongType := rule("ci", viewer, "east/b")
	wrongType.ScopeType = access.ScopeProject
	tests := []struct {
		in   access.NewRule
		want error
	}{
		{rule("ci", viewer, "east/a"), nil},
		{rule("nobody", viewer, "east/a"), access.ErrNotFound},
		{rule("ci", administrator, "east/a"), access.ErrForbidden},
		{rule("ci", viewer, "west"), access.ErrNotFound},
		{rule("ci", 2, "east/a"), access.ErrInvalid},
		{wrongType, access.ErrInvalid},
		{rule("ci", viewer, "east/b"), nil},
	}
	var batch []access.NewRule
	for _, test := range tests {
		batch = append(batch, test.in)
	}
	outcomes, err := w.BatchCreateRules(w.ctx, manager, batch)
	w.must(err)
	for i, o := range outcomes {
		if !errors.Is(o.Err, tests[i].want) || o.Err == nil && o.Made.ID == 0 {
			t.Errorf("%+v: %+v %v, want %v", o.Input, o.Made, o.Err, tests[i].want)
		}
	}
	again, err := w.BatchCreateRules(w.ctx, manager, batch[:1])
	w.must(err)
	if !errors.Is(again[0].Err, access.ErrConflict) || !strings.Contains(again[0].Err.Error(), "already exists") {
		t.Errorf("the same again: %v, want a conflict that says it already exists", again[0].Err)
	}
	if got := w.ruleNames(w.admin, access.List{}, access.RuleSelection{SubjectType: access.SubjectApplication}); len(got) != 2 {
		t.Errorf("there are %q, want two", got)
	}
}

// The second of two is the last, also within one batch.
func TestABatchLeavesAnAdministrator(t *testing.T) {
	w := newWorld(t)
	w.user("other@example.com", administrator, "")
	ids := []string{idText(w.ruleNamed("admin@example.com")), idText(w.ruleNamed("other@example.com"))}
	outcomes, err := w.BatchDeleteRules(w.ctx, w.local, ids, false)
	w.must(err)
	wantError(t, outcomes[0].Err, nil)
	wantError(t, outcomes[1].Err, access.ErrConflict)
}
