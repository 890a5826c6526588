package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latchkey/access"
)

// TestANodeLeadsToItsApplications: from the node to the list of what is managed
// there, from its deletion to moving these, and then it can go.
func TestANodeLeadsToItsApplications(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	eu := p.place(access.Scope{}, "eu-1")
	research, sales := p.place(eu, "research"), p.place(eu, "sales")
	p.applicationAt("here", research)
	vision := p.place(research, "vision")
	p.applicationAt("below-1", vision)
	p.applicationAt("below-2", vision)
	p.applicationAt("elsewhere", sales)

	detail := b.get("/organization?scope=" + research.ID).wantStatus(http.StatusOK)
	detail.wantText("#scope-applications", "1").wantText("#scope-applications-within", "3 applications with those below")
	b.follow(detail, "#scope-applications").wantRows("here").wantText(".chip", "Managed in is My organization / eu-1 / research")
	within := b.follow(detail, "#scope-applications-within").wantRows("below-1", "below-2", "here")
	within.wantText(".chip", "Managed in or below is My organization / eu-1 / research")
	b.get("/organization?scope=" + vision.ID).wantNone("#scope-applications-within")
	b.get("/applications?filterBy=managedInId==nothing").wantStatus(http.StatusOK).wantText("#empty-match", "Managed in is nothing")
	b.get("/applications?filterBy=managedInId=@x").wantStatus(http.StatusBadRequest)

	// Nobody can delete the node as it is, and the dialog leads to what holds it.
	asked := b.get(organizationPath(research, "delete")).wantStatus(http.StatusOK).wantNone("#node-delete-form")
	asked.wantText("#node-delete-blocked", "3 applications are managed here or below").wantText("#node-delete-blocked", "Move them somewhere else first")
	b.follow(asked, "#node-delete-applications").wantRows("below-1", "below-2", "here")
	moving := b.follow(asked, "#node-delete-move-them").wantText("#bulk-heading", "Move 3 applications")
	form := formOf(moving, "#bulk-form")
	before := p.digest()
	b.post("/applications/bulk/move", form).wantStatus(http.StatusUnprocessableEntity).wantText("#bulk-problems", "Choose where to manage them")
	form.Set("scopeId", "nothing")
	b.post("/applications/bulk/move", form).wantStatus(http.StatusUnprocessableEntity).wantText("#bulk-problems", "no longer exists")
	if after := p.digest(); after != before {
		t.Errorf("something changed: %s", difference(before, after))
	}
	form.Set("scopeId", sales.ID)
	b.post("/applications/bulk/move", form).wantStatus(http.StatusOK).wantText("main", "3 applications moved to My organization / eu-1 / sales.")
	b.get("/applications?filterBy=managedIn==sales").wantRows("below-1", "below-2", "elsewhere", "here")
	remove := b.fill(organizationPath(research, "delete"), "#node-delete-form")
	remove.Set("withNodes", "true")
	b.post(organizationPath(research, "delete"), remove).wantStatus(http.StatusOK).wantText("#notice", "was deleted")
}

// TestWhatHoldsANodeIsOfferedToThoseWhoMay: others are told, and not led there.
func TestWhatHoldsANodeIsOfferedToThoseWhoMay(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	research := p.place(p.place(access.Scope{}, "eu-1"), "research")
	p.applicationAt("held", research)
	reader := p.personAt("reader@example.com", departmentAdmin, research)
	asked := reader.get(organizationPath(research, "delete")).wantStatus(http.StatusOK)
	asked.wantText("#node-delete-applications", "Show them").wantNone("#node-delete-move-them")
}

// TestAnApplicationIsManagedSomewhereElse by its own dialog.
func TestAnApplicationIsManagedSomewhereElse(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	eu := p.place(access.Scope{}, "eu-1")
	research, sales := p.place(eu, "research"), p.place(eu, "sales")
	app := p.applicationAt("ci", research)
	path := applicationPath(app, "edit")
	b.get(path).wantText("#edit-place-choice", "organization / eu-1 / research")
	b.get("/applications/"+app.ID).wantText("#managed-in-link", "organization / eu-1 / research")

	form := b.fill(path, "#edit-form")
	form.Set("scopeId", "nothing")
	refused := b.post(path, form).wantStatus(http.StatusUnprocessableEntity).wantText("#edit-problems", "no longer exists")
	if _, open := refused.find("#edit-place-choice").Attr("open"); !open {
		t.Error("the tree with the problem is folded up")
	}
	form.Set("scopeId", sales.ID)
	b.post(path, form).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "ci is saved, and managed in My organization / eu-1 / sales from now on")
	if got := p.reread(app); got.ScopeID != sales.ID {
		t.Errorf("it is managed in %s", got.ScopePath)
	}

	// The places of two: each change of its own is kept, the same one is told of.
	ana, ben := p.person("ana@example.com", access.SystemAdministrator).scripted(), p.person("ben@example.com", access.SystemAdministrator).scripted()
	anas, bens, late := ana.fill(path, "#edit-form"), ben.fill(path, "#edit-form"), ben.fill(path, "#edit-form")
	p.wait(1e6)
	anas.Set("scopeId", eu.ID)
	ana.post(path, anas).wantStatus(http.StatusOK)
	bens.Set("description", "belongs to Ben")
	ben.post(path, bens).wantStatus(http.StatusOK)
	if got := p.reread(app); got.ScopeID != eu.ID || got.Description != "belongs to Ben" {
		t.Errorf("after both it is %q in %s", got.Description, got.ScopePath)
	}
	late.Set("scopeId", research.ID)
	told := ben.post(path, late).wantStatus(http.StatusConflict)
	told.wantText("#edit-their-place", "organization / eu-1").wantText("#edit-conflict", "changed the application")
	again := formOf(told, "#edit-form")
	told.wantText("#edit-description", "belongs to Ben") // what he left as it was follows hers
	again.Set("description", "belongs to Ben")
	again.Set("scopeId", research.ID)
	ben.post(path, again).wantStatus(http.StatusOK)
	if got := p.reread(app); got.ScopeID != research.ID || got.Description != "belongs to Ben" {
		t.Errorf("in the end it is %q in %s", got.Description, got.ScopePath)
	}
	// Where nothing can be chosen nothing is offered.
	only := p.personAt("only@example.com", cloudOperator, research)
	only.get(path).wantStatus(http.StatusOK).wantNone("#edit-place-choice")
}

// TestTheColumnManagedIn says where, and leads there.
func TestTheColumnManagedIn(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	eu := p.place(access.Scope{}, "eu-1")
	p.applicationAt("ci", eu)
	p.application("everywhere")
	b.post("/applications/columns", url.Values{"column": {"name", "managedIn"}, "return": {"/applications"}})
	page := b.get("/applications")
	cells := page.doc.Find("#applications tbody .scope").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	if !slices.Equal(cells, []string{"eu-1", "My organization"}) {
		t.Errorf("the cells say %q", cells)
	}
	b.get(page.doc.Find(`#applications tbody a.scope`).First().AttrOr("href", "")).wantText("#organization-node", "eu-1")
	file := b.follow(page, "#download-csv").body
	if !strings.Contains(file, "ci,My organization / eu-1") {
		t.Errorf("the file says\n%s", file)
	}
	managed := access.ManagedIn(eu.ID)
	_, err := p.svc.MoveApplications(context.Background(), p.operator(), access.TenantNodeID, access.Selection{All: &managed, Expected: 1})
	must(t, err)
	b.get("/applications?filterBy=managedIn=@eu").wantText("#empty-match", "Managed in contains eu")
}
