package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latchkey/access"
)

const (
	viewerRole = "7"
	adminRole  = "1"
	editor     = 3 // gives access, but not all of it
)

// place makes a node below another.
func (p *product) place(parent access.Scope, name string) access.Scope {
	p.t.Helper()
	if parent.ID == "" {
		parent.ID = access.TenantNodeID
	}
	made, err := p.svc.CreateScope(context.Background(), p.operator(), access.NewScope{ParentID: parent.ID, Name: name})
	must(p.t, err)
	return made
}

func (p *product) rule(app access.Application, role int32, at access.Scope) access.Rule {
	p.t.Helper()
	made, err := p.svc.CreateRule(context.Background(), p.operator(), access.NewRule{SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: role, ScopeID: at.ID})
	must(p.t, err)
	return made
}

func (p *product) rulesOf(app access.Application) []access.Rule {
	p.t.Helper()
	rules, err := p.svc.ApplicationRules(context.Background(), p.operator(), app.ID)
	must(p.t, err)
	return rules
}

func ruleElement(r access.Rule, part string) string { return "#rule-" + strconv.Itoa(int(r.ID)) + part }

func TestAddingARule(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	app, _ := p.application("ci")
	cluster := p.place(access.Scope{}, "eu-1")
	path := applicationPath(app, "rules")

	b.get(path).wantStatus(http.StatusOK).wantText("#rules-none", "No access").wantText("#add-rule", "Access rule")
	form := b.get(path + "?add=1").wantStatus(http.StatusOK)
	form.wantText("#rule-role-list", "Looks at workloads and assets, changes nothing.")

	got := b.post(path, url.Values{"roleId": {viewerRole}, "scopeId": {cluster.ID}}).wantStatus(http.StatusCreated)
	rules := p.rulesOf(app)
	if len(rules) != 1 {
		t.Fatalf("there are %d rules", len(rules))
	}
	row := got.find(ruleElement(rules[0], "-title"))
	if _, focused := row.Attr("data-autofocus"); !focused {
		t.Error("the new rule does not take the focus")
	}
	got.wantText("#rules-status", "Access rule added: Viewer on").wantText("#rules-status", "eu-1").wantNone("#rule-form")
	if spoken := got.find("[data-announce]").AttrOr("data-announce", ""); !strings.Contains(spoken, "Access rule added") {
		t.Errorf("announces %q", spoken)
	}
	if name := got.find(ruleElement(rules[0], "-delete")).AttrOr("aria-label", ""); !strings.HasPrefix(name, "Delete rule: Viewer on ") || !strings.HasSuffix(name, " / eu-1") {
		t.Errorf("the trash is called %q", name)
	}
	got.wantText("#rules", "What ci may do").wantText("#effective-0", "reads")
}

func TestAddingARuleWithoutScripts(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _ := p.application("ci")
	department := p.place(p.place(access.Scope{}, "eu-1"), "billing")
	path := applicationPath(app, "rules")

	found := b.get(path + "?add=1&roleId=7&scopeSearch=bill").wantStatus(http.StatusOK)
	if value := found.find("#rule-role-value option[selected]").AttrOr("value", ""); value != viewerRole {
		t.Errorf("the role became %q while looking for a scope", value)
	}
	if value := found.find("#rule-scope-list option:contains('billing')").AttrOr("value", ""); value != department.ID {
		t.Errorf("the search offers %q", value)
	}
	found.wantText("#role-preview", "What Viewer allows")

	saved := b.post(path, url.Values{"roleId": {viewerRole}, "scopeId": {department.ID}}).wantStatus(http.StatusSeeOther)
	b.get(saved.header.Get("Location")).wantStatus(http.StatusOK).wantText("#rules-status", "Access rule added")
}

func TestARuleThatAnotherCoversSaysSo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	app, _ := p.application("ci")
	cluster := p.place(access.Scope{}, "eu-1")
	p.rule(app, 7, cluster)
	department := p.place(cluster, "billing")
	got := b.post(applicationPath(app, "rules"), url.Values{"roleId": {viewerRole}, "scopeId": {department.ID}}).wantStatus(http.StatusCreated)
	got.wantText("#rules-status", "It allows nothing new")
	got.wantText(ruleElement(p.rulesOf(app)[1], ""), "covered by Viewer on")
}

func TestRefusedRulesStayInTheForm(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	app, _ := p.application("ci")
	cluster := p.place(access.Scope{}, "eu-1")
	p.rule(app, 7, cluster)
	tests := []struct {
		what, role, scope string
		status            int
		where, says       string
	}{
		{"nothing chosen", "", "", http.StatusUnprocessableEntity, "#rule-role-error", "Choose a role"},
		{"no scope", viewerRole, "", http.StatusUnprocessableEntity, "#rule-scope-error", "Choose a scope"},
		{"a role that is none", "999", cluster.ID, http.StatusUnprocessableEntity, "#rule-role-error", "in the list"},
		{"a scope that was deleted", viewerRole, "019aae52-7c1e-7f3a-9c55-0242ac120002", http.StatusUnprocessableEntity, "#rule-scope-error", "no longer exists"},
		{"the same rule again", viewerRole, cluster.ID, http.StatusConflict, "#rule-problems", "already exists"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got := b.post(applicationPath(app, "rules"), url.Values{"roleId": {test.role}, "scopeId": {test.scope}}).wantStatus(test.status)
			got.wantText(test.where, test.says)
			if test.role == viewerRole && got.find("#rule-role").AttrOr("value", "") != "Viewer" {
				t.Error("the role is forgotten")
			}
			if n := len(p.rulesOf(app)); n != 1 {
				t.Errorf("there are %d rules", n)
			}
		})
	}
}

func TestNobodyGrantsWhatTheyDoNotHold(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	app, _ := p.application("ci")
	b := p.person("grace@example.com", editor).scripted()
	path := applicationPath(app, "rules")
	form := b.get(path + "?add=1").wantStatus(http.StatusOK)
	offered := form.find("#rule-role-list [data-value='1']")
	if offered.AttrOr("aria-disabled", "") != "true" || !strings.Contains(offered.Text(), "do not") {
		t.Errorf("System administrator is offered: %q", offered.Text())
	}
	got := b.post(path, url.Values{"roleId": {adminRole}, "scopeId": {access.TenantNodeID}}).wantStatus(http.StatusForbidden)
	got.wantText("#rule-problems", "permissions that you do not hold").find("#rule-form")
	if n := len(p.rulesOf(app)); n != 0 {
		t.Errorf("there are %d rules", n)
	}
}

func TestDeletingRules(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	app, _ := p.application("ci")
	cluster := p.place(access.Scope{}, "eu-1")
	first, second := p.rule(app, 7, cluster), p.rule(app, 5, cluster)
	path := func(r access.Rule) string { return applicationPath(app, "rules/"+strconv.Itoa(int(r.ID))+"/delete") }

	got := b.post(path(first), nil).wantStatus(http.StatusOK).wantText("#rules-status", "Access rule deleted: Viewer on")
	if _, focused := got.find(ruleElement(second, "-title")).Attr("data-autofocus"); !focused {
		t.Error("the next rule does not take the focus")
	}
	last := got.find(ruleElement(second, "-delete"))
	if href := last.AttrOr("href", ""); href != path(second) {
		t.Errorf("the last rule goes without being asked about: %q", href)
	}
	b.get(path(second)).wantText("#delete-rule", "will have no access at all")
	got = b.post(path(second), nil).wantStatus(http.StatusOK).wantText("#rules-none", "No access")
	if _, focused := got.find("#add-rule").Attr("data-autofocus"); !focused {
		t.Error("nothing takes the focus")
	}
	b.post(path(second), nil).wantStatus(http.StatusNotFound).wantText("#rules-problem", "gone already")
}

func TestARuleIsDeletedThroughItsOwnApplicationOnly(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	mine, _ := p.application("mine")
	other, _ := p.application("other")
	rule := p.rule(other, 7, p.place(access.Scope{}, "eu-1"))
	b.post(applicationPath(mine, "rules/"+strconv.Itoa(int(rule.ID))+"/delete"), nil).wantStatus(http.StatusNotFound)
	if n := len(p.rulesOf(other)); n != 1 {
		t.Error("the rule of another application is gone")
	}
}

func TestReadersOfRulesSeeNoWayToChangeThem(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	app, _ := p.application("ci")
	rule := p.rule(app, 7, p.place(access.Scope{}, "eu-1"))
	const cloudOperator = 1711 // reads access rules
	b := p.person("grace@example.com", cloudOperator)
	b.get(applicationPath(app, "rules")).wantStatus(http.StatusOK).wantNone("#add-rule").wantNone(ruleElement(rule, "-delete")).find(ruleElement(rule, "-title"))
}

func TestRolePreview(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	got := b.get("/roles/preview?roleId=1").wantStatus(http.StatusOK)
	for _, words := range []string{"What System administrator allows", "Identity and access", "Access rules", "gives access", "deletes", "Data sources"} {
		got.wantText("body", words)
	}
	if n := strings.Count(got.text("body"), "Data sources"); n != 1 {
		t.Errorf("Data sources stand there %d times", n)
	}
	if got := b.get("/roles/preview?roleId=7").text("body"); strings.Contains(got, "gives access") || strings.Contains(got, "deletes") {
		t.Errorf("Viewer: %s", got)
	}
	b.get("/roles/preview?roleId=").wantStatus(http.StatusOK)
}

func TestScopeTree(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	cluster := p.place(access.Scope{}, "eu-1")
	department := p.place(cluster, "billing")
	p.place(department, "invoices")

	branch := b.get("/scopes?parent=" + cluster.ID).wantStatus(http.StatusOK)
	node := branch.find("[role=treeitem]")
	for attribute, want := range map[string]string{"aria-level": "3", "aria-setsize": "1", "aria-posinset": "1", "aria-expanded": "false", "data-value": department.ID} {
		if got := node.AttrOr(attribute, ""); got != want {
			t.Errorf("%s is %q, want %q", attribute, got, want)
		}
	}
	results := b.get("/scopes?q=inv").wantStatus(http.StatusOK)
	if text := strings.Join(strings.Fields(results.find("[role=treeitem] .tree-label").Text()), " "); !strings.Contains(text, "/ eu-1 / billing / invoices") {
		t.Errorf("a result reads %q", text)
	}
	b.get("/scopes?parent=nonsense").wantStatus(http.StatusNotFound)
	b.get("/scopes?q=" + url.QueryEscape(strings.Repeat("x", 300))).wantStatus(http.StatusUnprocessableEntity)
}

// A branch that is too long to show whole comes in pieces: every node once, with
// its place among all of them, and at the end the way to the next piece.
func TestALongBranchComesInPieces(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	cluster := p.place(access.Scope{}, "edge")
	const all = 2*access.ScopesShown + 1
	for n := range all {
		p.place(cluster, fmt.Sprintf("site-%03d", n))
	}

	seen := map[string]bool{}
	href := "/scopes?parent=" + cluster.ID
	for range 3 {
		piece, err := goquery.NewDocumentFromReader(strings.NewReader(b.get(href).wantStatus(http.StatusOK).body))
		must(t, err)
		piece.Find("[role=treeitem][data-value]").Each(func(_ int, node *goquery.Selection) {
			seen[node.AttrOr("data-value", "")] = true
			place := fmt.Sprintf("%s of %s", node.AttrOr("aria-posinset", ""), node.AttrOr("aria-setsize", ""))
			if want := fmt.Sprintf("%d of %d", len(seen), all); place != want {
				t.Errorf("%s is %s, want %s", node.AttrOr("data-label", ""), place, want)
			}
		})
		href = piece.Find("[role=treeitem]").Last().AttrOr("data-tree-more", "")
	}
	if len(seen) != all || href != "" {
		t.Errorf("three pieces hold %d nodes of %d, and lead on to %q", len(seen), all, href)
	}
}
