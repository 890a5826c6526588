package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/access"
)

// twoAndTwo is a product with two applications and two clusters.
func twoAndTwo(t *testing.T) (p *product, apps [2]access.Application, scopes [2]access.Scope) {
	p = newProduct(t)
	apps[0], _ = p.application("ci")
	apps[1], _ = p.application("nightly")
	scopes[0], scopes[1] = p.place(access.Scope{}, "eu-1"), p.place(access.Scope{}, "us-1")
	return p, apps, scopes
}

func everyCombination(apps [2]access.Application, scopes [2]access.Scope) url.Values {
	return url.Values{
		"subject": {"app:" + apps[0].ID, "app:" + apps[1].ID},
		"roleId":  {viewerRole, "3"},
		"scopeId": {scopes[0].ID, scopes[1].ID},
	}
}

func TestNewRulesSayWhatTheyAmountTo(t *testing.T) {
	t.Parallel()
	p, apps, scopes := twoAndTwo(t)
	b := p.administrator().scripted()

	b.get("/access-rules/new").wantStatus(http.StatusOK).wantText("#rules-sum", "Choose a subject, a role and a scope.")
	chosen := everyCombination(apps, scopes)
	page := b.get("/access-rules/new?" + chosen.Encode()).wantStatus(http.StatusOK)
	page.wantText("#rules-sum", "2 subjects × 2 roles × 2 scopes = 8 access rules.").wantText("#new-rules-form-submit", "Save 8 rules")

	// A rule that is there already does not count; what is taken back is gone.
	p.rule(apps[0], access.Viewer, scopes[0])
	b.get("/access-rules/new?"+chosen.Encode()).wantText("#rules-sum", "1 exist already").wantText("#new-rules-form-submit", "Save 7 rules")
	chosen.Set("remove", "scopeId="+scopes[1].ID)
	b.get("/access-rules/new?"+chosen.Encode()).wantText("#rules-sum", "2 subjects × 2 roles × 1 scope = 4 access rules")
}

func TestSavingManyRules(t *testing.T) {
	t.Parallel()
	p, apps, scopes := twoAndTwo(t)
	b := p.administrator().scripted()
	p.rule(apps[0], access.Viewer, scopes[0])

	b.post("/access-rules", everyCombination(apps, scopes)).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "7 access rules created, 1 existed already.")
	if got := len(p.rulesOf(apps[0])) + len(p.rulesOf(apps[1])); got != 8 {
		t.Errorf("there are %d access rules, want 8", got)
	}

	// A second press changes nothing, and says so.
	b.post("/access-rules", everyCombination(apps, scopes)).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "0 access rules created, 8 existed already.")

	// A single one that cannot be made is told in the form, which keeps its choices.
	one := url.Values{"subject": {"app:" + apps[0].ID}, "roleId": {viewerRole}, "scopeId": {scopes[0].ID}}
	b.post("/access-rules", one).wantStatus(http.StatusConflict).wantText("#new-rules-problems", "already exists").wantText("#new-rules-form", "My organization / eu-1")
}

func TestSavingRulesWithoutChoices(t *testing.T) {
	t.Parallel()
	p, apps, _ := twoAndTwo(t)
	b := p.administrator().scripted()

	empty := b.post("/access-rules", url.Values{}).wantStatus(http.StatusUnprocessableEntity)
	for _, sentence := range []string{"Choose whom the rule is about.", "Choose a role.", "Choose a scope."} {
		empty.wantText("#new-rules-problems", sentence)
	}
	gone := url.Values{"subject": {"app:" + apps[0].ID}, "roleId": {viewerRole}, "scopeId": {"0199aaaa-0000-7000-8000-000000000000"}}
	b.post("/access-rules", gone).wantStatus(http.StatusUnprocessableEntity).wantText("#new-rules-problems", "This scope no longer exists")
	if got := len(p.rulesOf(apps[0])); got != 0 {
		t.Errorf("a refused form made %d access rules", got)
	}
}

// TestDeletingManyRules: what cannot go is named with its reason, and stays.
func TestDeletingManyRules(t *testing.T) {
	t.Parallel()
	p, apps, scopes := twoAndTwo(t)
	b := p.administrator().scripted()
	first, second := p.rule(apps[0], access.Viewer, scopes[0]), p.rule(apps[1], access.Viewer, scopes[1])
	page, err := p.svc.ListRules(context.Background(), p.operator(), access.List{}, access.RuleSelection{SubjectType: access.SubjectUser})
	must(t, err)
	chosen := url.Values{"id": {formatRule(first), formatRule(second), formatRule(page.Rows[0])}}

	asked := b.get("/access-rules/delete?" + chosen.Encode()).wantStatus(http.StatusOK)
	asked.wantText("#bulk-heading", "Delete 2 access rules?").wantText("#bulk", "ci and nightly").wantText("#bulk-kept", "is the last administrator")
	b.post("/access-rules/delete", chosen).wantStatus(http.StatusOK).wantText("#bulk-report-heading", "2 access rules deleted, 1 not").wantText("#bulk-report", "is the last administrator")
	if got := len(p.rulesOf(apps[0])) + len(p.rulesOf(apps[1])); got != 0 {
		t.Errorf("%d access rules are left", got)
	}
	b.get("/access-rules/delete?"+chosen.Encode()).wantStatus(http.StatusConflict).wantText("#bulk-report-heading", "None of them can be deleted")
}

// TestDeletingAllRulesThatMatch: what was counted is what goes, or nothing.
func TestDeletingAllRulesThatMatch(t *testing.T) {
	t.Parallel()
	p, apps, scopes := twoAndTwo(t)
	b := p.administrator().scripted()
	p.rule(apps[0], access.Viewer, scopes[0])
	p.rule(apps[1], access.Viewer, scopes[1])
	p.rule(apps[1], editor, scopes[1])
	all := url.Values{"filterBy": {"roleName==Viewer,subjectType==app"}, "all": {"true"}, "expected": {"3"}}

	b.post("/access-rules/delete", all).wantStatus(http.StatusConflict).wantText("#bulk-problems", "no longer holds the 3 access rules").wantText("#bulk-heading", "Delete 2 access rules?")
	asked := b.get("/access-rules/delete?"+all.Encode()).wantStatus(http.StatusOK).wantText("#bulk-heading", "Delete 2 access rules?")
	b.post("/access-rules/delete", formOf(asked, "#bulk-form")).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "2 access rules deleted.")
	if left := p.rulesOf(apps[1]); len(left) != 1 || left[0].RoleName != "Editor" {
		t.Errorf("what is left of the rules: %+v", left)
	}
}

func formatRule(r access.Rule) string { return strings.TrimPrefix(ruleElement(r, ""), "#rule-") }

// TestAccessRulesTable: every column filters and sorts, and the file has them all.
func TestAccessRulesTable(t *testing.T) {
	t.Parallel()
	p, apps, scopes := twoAndTwo(t)
	b := p.administrator()
	p.rule(apps[0], access.Viewer, scopes[0])
	p.rule(apps[1], editor, scopes[1])

	for query, want := range map[string]string{
		"search=nightly": "nightly",
		"filterBy=subjectType==app&sortBy=subjectId":                "ci nightly",
		"filterBy=roleName==Viewer":                                 "ci",
		"filterBy=scopeName=@us-1":                                  "nightly",
		"filterBy=subjectType==app&sortBy=scopeName&sortOrder=desc": "nightly ci",
	} {
		got := strings.Join(b.get("/access-rules?"+query).wantStatus(http.StatusOK).rowNames(), " ")
		if got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	file := b.get("/access-rules.csv?columns=all&filterBy=subjectType==app&sortBy=subjectId").wantStatus(http.StatusOK)
	lines := strings.Split(strings.TrimSpace(file.body), "\r\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "Subject,Type,Role,Scope,Authorized by,") || !strings.Contains(lines[1], "ci,Application,Viewer,My organization / eu-1") {
		t.Errorf("the file is\n%s", file.body)
	}
}
