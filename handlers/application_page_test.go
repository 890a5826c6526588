package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/access"
)

func TestApplicationPage(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	app, key := p.application("ci")
	cluster := p.place(access.Scope{}, "eu-1")
	p.place(cluster, "research")
	p.rule(app, access.Viewer, cluster)

	page := p.administrator().get("/applications/" + app.ID).wantStatus(http.StatusOK)
	page.wantText("h1", "ci").wantText("nav.breadcrumb", "Applications").wantText("#client-id", "ci")
	page.wantText("#page-rules", "Viewer on").wantText("#reach", "Viewer, here and in 1 place below").wantText("#activity", "create")
	for _, language := range []string{"curl", "python", "go", "actions"} {
		page.wantText("#snippet-"+language, p.url+"/api/v1/token").wantText("#snippet-"+language, "CLIENT_SECRET")
	}
	if strings.Contains(page.body, key.Reveal()) {
		t.Error("the page holds the secret key")
	}

	// Whoever may not read the audit log sees no activity, and whoever may not
	// change the application is offered nothing to press.
	reader := p.person("reader@example.com", editor)
	limited := reader.get("/applications/" + app.ID).wantStatus(http.StatusOK)
	if limited.doc.Find("#activity, #application-edit, #application-delete").Length() > 0 {
		t.Error("an editor is shown what they may not do")
	}
}

// TestTwoPeopleEditOneApplication: the second is told who was first and what
// they wrote, keeps what they typed, and may save theirs or take the other's
// (ux.md 45).
func TestTwoPeopleEditOneApplication(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	app, _ := p.application("ci")
	path := applicationPath(app, "edit")
	ana, ben := p.person("ana@example.com", access.SystemAdministrator).scripted(), p.person("ben@example.com", access.SystemAdministrator).scripted()
	anas, bens := ana.forms(path, "#edit-form"), ben.forms(path, "#edit-form")

	p.wait(1e6) // so that events have an order
	anas.Set("description", "builds the shop")
	ana.post(path, anas).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "is saved")

	bens.Set("description", "belongs to Ben")
	refused := ben.post(path, bens).wantStatus(http.StatusConflict)
	refused.wantText("#edit-conflict", "ana@example.com changed the description while you were editing it").wantText("#edit-their-text", "builds the shop")
	refused.wantText("#edit-description", "belongs to Ben")
	if got := p.reread(app).Description; got != "builds the shop" {
		t.Errorf("the refused form saved %q", got)
	}

	// Keeping mine is a decision about the version that was shown.
	again := formOf(refused, "#edit-form")
	again.Set("description", "belongs to Ben")
	ben.post(path, again).wantStatus(http.StatusOK)
	if got := p.reread(app).Description; got != "belongs to Ben" {
		t.Errorf("keeping mine saved %q", got)
	}

	// A change of something else is no conflict.
	bens = ben.forms(path, "#edit-form")
	ana.post(applicationPath(app, "disable"), url.Values{}).wantStatus(http.StatusOK)
	bens.Set("description", "still Ben's")
	ben.post(path, bens).wantStatus(http.StatusOK)
	if got := p.reread(app); got.Description != "still Ben's" || got.Enabled {
		t.Errorf("got %q, enabled %v", got.Description, got.Enabled)
	}
	long := ben.forms(path, "#edit-form")
	long.Set("description", strings.Repeat("x", 1001))
	ben.post(path, long).wantStatus(http.StatusUnprocessableEntity).wantText("#edit-problems", "1000")
}

// reread is the application as it is now.
func (p *product) reread(app access.Application) access.Application {
	p.t.Helper()
	now, err := p.svc.Application(context.Background(), p.operator(), app.ID)
	must(p.t, err)
	return now
}
