package access_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
)

func TestCheckSaysWhichRuleDecides(t *testing.T) {
	at := func(names ...string) access.Scope {
		path := access.TenantPath
		for _, name := range names {
			path = path.Child(name)
		}
		return access.Scope{Path: path, Names: append([]string{"acme"}, names...)}
	}
	rule := func(id, role int32, scope access.Scope) access.Rule {
		found, _ := access.RoleByID(role)
		return access.Rule{ID: id, RoleID: role, RoleName: found.Name, Scope: scope}
	}
	project := at("east", "a", "1").Path
	tests := []struct {
		name                string
		rules               []access.Rule
		action              access.Action
		resource            access.ResourceType
		hindrance           access.Hindrance
		allowed             bool
		by, elsewhere, here string
		would               string // the first
	}{
		{"no rules", nil, access.Read, access.Users, "", false, "[]", "[]", "[]", "Cloud operator"},
		{"a rule at the node", []access.Rule{rule(1, viewer, at("east", "a", "1"))}, access.Read, "jobs", "", true, "[1]", "[]", "[]", ""},
		{"a rule above it", []access.Rule{rule(1, viewer, at("east"))}, access.Read, "jobs", "", true, "[1]", "[]", "[]", ""},
		{"a rule below it, or beside", []access.Rule{rule(1, viewer, at("east", "a", "1", "x")), rule(2, viewer, at("west"))}, access.Read, "jobs", "", false, "[]", "[1 2]", "[]", "ML engineer"},
		{"the wrong action", []access.Rule{rule(1, viewer, at())}, access.Delete, "jobs", "", false, "[]", "[]", "[1]", "L2 researcher"},
		{"two that allow: the older decides", []access.Rule{rule(1, administrator, at()), rule(2, viewer, at("east"))}, access.Read, "jobs", "", true, "[1 2]", "[]", "[]", ""},
		{"a service account is an application", []access.Rule{rule(1, cloudOperator, at("east"))}, access.Create, access.ServiceAccounts, "", true, "[1]", "[]", "[]", ""},
		{"disabled, though a rule allows it", []access.Rule{rule(1, viewer, at())}, access.Read, "jobs", access.HinderedDisabled, false, "[1]", "[]", "[]", ""},
		{"deleted, and no rule either", []access.Rule{rule(1, viewer, at("west"))}, access.Read, "jobs", access.HinderedDeleted, false, "[]", "[1]", "[]", "ML engineer"},
		{"a role that is unknown", []access.Rule{rule(1, 99, at())}, access.Read, "jobs", "", false, "[]", "[]", "[1]", "ML engineer"},
		{"what nobody may", []access.Rule{rule(1, administrator, at())}, access.Create, access.Tenant, "", false, "[]", "[]", "[1]", ""},
	}
	ids := func(rules []access.Rule) string {
		got := []string{}
		for _, r := range rules {
			got = append(got, fmt.Sprint(r.ID))
		}
		return "[" + strings.Join(got, " ") + "]"
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := access.Check(tt.rules, access.Question{Action: tt.action, Resource: tt.resource, At: project}, tt.hindrance)
			if v.Allowed != tt.allowed || v.Hindrance != tt.hindrance {
				t.Errorf("allowed: %v (%q), want %v (%q)", v.Allowed, v.Hindrance, tt.allowed, tt.hindrance)
			}
			if ids(v.By) != tt.by || ids(v.Elsewhere) != tt.elsewhere || ids(v.Here) != tt.here {
				t.Errorf("by %s, elsewhere %s, here %s; want %s, %s, %s", ids(v.By), ids(v.Elsewhere), ids(v.Here), tt.by, tt.elsewhere, tt.here)
			}
			would := ""
			if len(v.Would) > 0 {
				would = v.Would[0].Name
			}
			if would != tt.would {
				t.Errorf("first of the roles that would do is %q, want %q", would, tt.would)
			}
			decided := access.Decide(access.GrantsOf(tt.rules), tt.action, tt.resource, project)
			if decided.Allowed != (len(v.By) > 0) || decided.Allowed && decided.By.RuleID != v.By[0].ID {
				t.Errorf("Decide says %+v", decided)
			}
		})
	}
}

func TestCheckAccessIsForThoseWhoMayReadTheRules(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("ci", "east/a")
	w.rule(access.SubjectApplication, app.ID, viewer, "east")
	ann := w.user("ann@example.com", viewer, "west")
	question := access.NewCheck{SubjectType: access.SubjectApplication, Subject: app.ID, Action: access.Read, Resource: "jobs", ScopeID: w.scopes["east/a/1"].ID}

	answer, err := w.CheckAccess(w.ctx, w.admin, question)
	if err != nil || !answer.Allowed || answer.Subject.Name != "ci" || answer.Scope.Name != "1" {
		t.Errorf("got %+v (%v)", answer, err)
	}
	byName := question
	byName.Subject, byName.SubjectType = "ci", access.SubjectType(access.ServiceAccounts)
	if answer, err := w.CheckAccess(w.ctx, w.admin, byName); err != nil || !answer.Allowed {
		t.Errorf("by name: %+v (%v)", answer, err)
	}
	_, err = w.CheckAccess(w.ctx, ann, question)
	wantError(t, err, access.ErrNotFound)
	own := access.NewCheck{SubjectType: access.SubjectUser, Subject: "ann@example.com", Action: access.Read, Resource: "jobs", ScopeID: w.scopes["west"].ID}
	if answer, err := w.CheckAccess(w.ctx, ann, own); err != nil || !answer.Allowed {
		t.Errorf("about oneself: %+v (%v)", answer, err)
	}
	own.ScopeID = w.scopes["east"].ID
	_, err = w.CheckAccess(w.ctx, ann, own)
	wantError(t, err, access.ErrNotFound) // a scope that they do not see
	_, err = w.CheckAccess(w.ctx, w.admin, access.NewCheck{SubjectType: access.SubjectUser, Action: "sync", Resource: "cakes"})
	wantInvalid(t, err, "subjectId", "action", "resourceType", "scopeId")

	for _, tt := range []struct {
		do   func() error
		want access.Hindrance
	}{
		{func() error { return second(w.SetApplicationEnabled(w.ctx, w.admin, app.ID, false)) }, access.HinderedDisabled},
		{func() error { return second(w.DeleteApplication(w.ctx, w.admin, app.ID)) }, access.HinderedDeleted},
	} {
		w.must(tt.do())
		answer, err := w.CheckAccess(w.ctx, w.admin, question)
		if err != nil || answer.Allowed || answer.Hindrance != tt.want {
			t.Errorf("got %+v (%v), want it hindered: %s", answer, err, tt.want)
		}
	}
	_, err = w.SetUserDisabled(w.ctx, w.admin, ann.ID, true)
	w.must(err)
	own.ScopeID = w.scopes["west"].ID
	if answer, err := w.CheckAccess(w.ctx, w.admin, own); err != nil || answer.Allowed || answer.Hindrance != access.HinderedDisabled {
		t.Errorf("a disabled user: %+v (%v)", answer, err)
	}
}
