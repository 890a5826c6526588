package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latchkey/access"
)

func TestARoleSaysWhatItAllowsAndWhoHoldsIt(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator()
	app, _ := p.application("ci")
	_, err := p.svc.CreateRule(context.Background(), p.operator(), access.NewRule{SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: 1711, ScopeID: access.TenantNodeID})
	must(t, err)

	table := ada.get("/roles").wantStatus(http.StatusOK)
	if rows := table.doc.Find("tbody tr").Length(); rows != len(access.PredefinedRoles()) {
		t.Errorf("%d roles", rows)
	}
	page := ada.get("/roles/1711").wantStatus(http.StatusOK)
	page.wantText("h1", "Cloud operator").wantText("#role-holders tbody th", "ci")
	cells := func(resource string) string {
		row := page.doc.Find("#role-matrix tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool {
			return strings.HasPrefix(strings.TrimSpace(s.Find("th").Text()), resource)
		})
		return strings.Join(strings.Fields(row.Find(".visually-hidden").Text()), " ")
	}
	for resource, want := range map[string]string{"Applications": "YesYesYesYes", "Users": "NoYesNoNo"} {
		if got := strings.ReplaceAll(cells(resource), " ", ""); got != want {
			t.Errorf("%s: %s, want %s", resource, got, want)
		}
	}
	holders := ada.get(page.find("#role-rules").AttrOr("href", "")).wantStatus(http.StatusOK)
	if rows := holders.doc.Find("tbody tr").Length(); rows != 1 {
		t.Errorf("the link to the rules shows %d", rows)
	}
	for _, missing := range []string{"/roles/2", "/roles/x", "/roles/99999999999999"} {
		ada.get(missing).wantStatus(http.StatusNotFound)
	}
}

func TestTwoRolesSideBySide(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator()
	all := ada.get("/roles/compare?a=7&b=6").wantStatus(http.StatusOK)
	all.wantText("#compare-heading", "Viewer and ML engineer")
	only := ada.get(all.find("#compare-only").AttrOr("href", "")).wantStatus(http.StatusOK)
	rows := func(a *answer) int { return a.doc.Find("#compare-matrix tbody tr:not(.row-group)").Length() }
	if rows(only) == 0 || rows(only) >= rows(all) {
		t.Errorf("%d of %d lines differ", rows(only), rows(all))
	}
	if row := only.doc.Find("#compare-matrix tbody tr:contains('Inferences')"); !strings.Contains(row.Text(), "Only B") || !strings.Contains(row.Text(), ", ML engineer") {
		t.Errorf("the difference is not told in words: %q", row.Text())
	}
	ada.get("/roles/compare?a=7&b=7").wantText("main", "They allow the same").wantNone("#compare-only")
	ada.get("/roles/compare").wantStatus(http.StatusOK).wantNone("#compare-matrix")
	ada.get("/roles/compare?a=99&b=7").wantStatus(http.StatusNotFound).wantText("#compare-problem", "There is no role")
}

func TestCanIt(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator()
	app, _ := p.application("ci")
	_, err := p.svc.CreateRule(context.Background(), p.operator(), access.NewRule{SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: access.Viewer, ScopeID: access.TenantNodeID})
	must(t, err)
	ask := func(action string) url.Values {
		return url.Values{"subject": {"app:" + app.ID}, "resourceType": {"jobs"}, "action": {action}, "scopeId": {access.TenantNodeID}}
	}

	// What the form sends besides goes; the address is the question.
	sent := ask("read")
	sent["scopeId"] = []string{access.TenantNodeID, ""}
	sent.Set("scopeSearch", "")
	to := ada.get("/access-check?" + sent.Encode()).wantStatus(http.StatusSeeOther).header.Get("Location")
	if to != "/access-check?"+ask("read").Encode() {
		t.Fatalf("the question became %s", to)
	}
	yes := ada.get(to).wantStatus(http.StatusOK)
	yes.wantText("#answer-heading", "Yes. ci may read Jobs in").wantText("#answer-by", "This rule decides")
	no := ada.get("/access-check?" + ask("delete").Encode()).wantStatus(http.StatusOK)
	no.wantText("#answer-heading", "No. ci may not delete Jobs in").wantText("#answer ul[aria-labelledby=answer-would]", "L2 researcher")
	_, err = p.svc.SetApplicationEnabled(context.Background(), p.operator(), app.ID, false)
	must(t, err)
	ada.get(to).wantText("#answer-heading", "No.").wantText("#answer-hindrance", "ci is disabled").wantText("#answer-by", "would allow it")

	ada.get("/access-check").wantStatus(http.StatusOK).wantNone("#answer").wantNone("#access-check-problems")
	ada.get("/access-check?action=read").wantStatus(http.StatusUnprocessableEntity).wantText("#access-check-problems", "Choose whom to ask about")
	gone := ask("read")
	gone.Set("subject", "user:nobody")
	ada.get("/access-check?"+gone.Encode()).wantStatus(http.StatusNotFound).wantText("#access-check-problems", "does not exist")
	found := ada.get("/access-check?subjectSearch=c").wantStatus(http.StatusOK).wantNone("#access-check-problems")
	if options := found.doc.Find("#check-subject-value option").Length(); options != 3 {
		t.Errorf("a search without scripts offers %d options, want nobody, the administrator and ci", options)
	}
}

// What a role allows is searched as a table is: by an address of its own, with
// and without scripts.
func TestThePermissionsOfARoleAreSearched(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	ada := p.administrator()
	found := func(a *answer) string {
		return strings.Join(a.doc.Find("tbody tr:not(.row-group) th span span:first-child").Map(func(_ int, s *goquery.Selection) string { return s.Text() }), ", ")
	}
	for address, want := range map[string]string{
		"/roles/1?search=RULE":                            "Access rules",
		"/roles/1?search=identity":                        "Access rules, Applications, Roles, Service accounts, Users", // a whole group
		"/roles/compare?a=1&b=3&search=dashboard":         "Analytics dashboard, Consumption dashboard, Overview dashboard",
		"/roles/compare?a=1&b=3&only=1&search=applic":     "Applications",
		"/roles/compare?a=1&b=3&only=1&search=access+rul": "",
	} {
		page := ada.get(address).wantStatus(http.StatusOK)
		if got := found(page); got != want {
			t.Errorf("%s shows %q, want %q", address, got, want)
		}
		part := ada.scripted().get(address).wantStatus(http.StatusOK).wantNone("h1")
		if got := found(part); got != want {
			t.Errorf("%s changes the list to %q, want %q", address, got, want)
		}
	}
	none := ada.get("/roles/1?search=zeppelin").wantText("#empty-match", "No resource type matches")
	if clear := none.find("#empty-match a").AttrOr("href", ""); clear != "/roles/1" {
		t.Errorf("the way out leads to %q", clear)
	}
	// Nothing else about the comparison is lost on the way.
	both := ada.get("/roles/compare?a=1&b=3&only=1&search=applic")
	if all := both.find("#compare-all").AttrOr("href", ""); all != "/roles/compare?a=1&b=3&search=applic" {
		t.Errorf("to all of them leads %q", all)
	}
	for _, form := range []string{"search", "compare-form"} {
		if n := both.doc.Find("[form=" + form + "][name], #" + form + " [name]").Length(); n != 4 {
			t.Errorf("%s sends %d fields, want a, b, only and search", form, n)
		}
	}
	ada.get("/roles/1?search=" + strings.Repeat("x", 5000)).wantStatus(http.StatusBadRequest)
}
