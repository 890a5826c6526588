package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

func ids(apps ...access.Application) url.Values {
	values := url.Values{}
	for _, app := range apps {
		values.Add("id", app.ID)
	}
	return values
}

func TestTheActionBarIsAPlainForm(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	apps := p.fleet(3)
	page := b.get("/applications")
	bar := page.find("#selection")
	if method := bar.AttrOr("method", ""); method != "get" {
		t.Errorf("it sends %q", method)
	}
	for id, action := range map[string]string{
		"action-rules": "rules", "action-regenerate": "regenerate", "action-enable": "enable", "action-disable": "disable", "action-delete": "delete",
	} {
		to := page.find("#"+id).AttrOr("formaction", "")
		one := b.get(to + "?" + ids(apps[0]).Encode())
		if action == "enable" {
			one.wantStatus(http.StatusOK).wantText("#bulk-heading", "Enable 1 application?")
			continue
		}
		one.wantStatus(http.StatusSeeOther)
		if got := one.header.Get("Location"); got != applicationPath(apps[0], action) {
			t.Errorf("%s leads to %q", action, got)
		}
	}
	box := page.find(`[name=id][value="` + apps[0].ID + `"]`)
	if box.AttrOr("form", "") != "selection" || box.AttrOr("aria-label", "") != "Select app-01" {
		t.Error("the row's box does not belong to the form, or is not named by its row")
	}
}

func TestSelectionsThatCannotBe(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	apps := p.fleet(2)
	b.get("/applications/bulk/disable").wantStatus(http.StatusBadRequest).wantText("main", "Nothing is selected")
	b.get("/applications/bulk/rules?"+ids(apps...).Encode()).wantStatus(http.StatusBadRequest).wantText("main", "Select one application")
	b.get("/applications/bulk/rules?id=..%2F..%2Fsign-out").wantStatus(http.StatusBadRequest)
	b.get("/applications/bulk/explode?" + ids(apps...).Encode()).wantStatus(http.StatusNotFound)
	b.post("/applications/bulk/explode", ids(apps...)).wantStatus(http.StatusNotFound)
	b.get("/applications/bulk/disable?id=a&id=b").wantStatus(http.StatusNotFound).wantText("main", "Nothing is left")
}

func TestDisablingSeveral(t *testing.T) {
	for _, scripts := range []bool{false, true} {
		p := newProduct(t)
		b := p.administrator()
		if scripts {
			b = b.scripted()
		}
		apps := p.fleet(3)
		_, err := p.svc.SetApplicationEnabled(context.Background(), p.operator(), apps[1].ID, false)
		must(t, err)
		address := "/applications/bulk/disable?" + ids(apps[0], apps[1]).Encode()
		b.get(address).wantText("#bulk-heading", "Disable 2 applications?").wantText("#bulk-body", "app-01").wantText("#bulk-body", "1 disabled already")
		form := b.forms(address, "#bulk-form")
		b.post("/applications/bulk/disable", form).wantStatus(http.StatusOK)
		if got := p.statuses(); !slices.Equal(got, []string{"Disabled", "Disabled", "Active"}) {
			t.Errorf("scripts %v: statuses %v", scripts, got)
		}
	}
}

// forms is fill for fields that are repeated.
func (b *browser) forms(path, form string) url.Values {
	b.t.Helper()
	return formOf(b.get(path), form)
}

// formOf is what a form of the answer sends as it stands.
func formOf(a *answer, form string) url.Values {
	fields := url.Values{}
	for _, node := range a.find(form).Find("input").EachIter() {
		fields.Add(node.AttrOr("name", ""), node.AttrOr("value", ""))
	}
	return fields
}

func (p *product) statuses() []string {
	p.t.Helper()
	page, err := p.svc.ListApplications(context.Background(), p.operator(), access.List{Limit: access.MaxLimit, Sort: access.ApplicationSchema.DefaultSort})
	must(p.t, err)
	statuses := make([]string, len(page.Rows))
	for i, row := range page.Rows {
		statuses[i] = string(row.Status(p.clock()))
	}
	return statuses
}

func TestAllThatMatch(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	p.fleet(30)
	page := b.get("/applications?filterBy=name!@3&limit=25&sortBy=createdAt")
	page.wantText("#selection", "Select all 26 that match")
	state := url.Values{}
	for _, field := range page.find("#selection").Find("input").EachIter() { // the box is ticked
		state.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
	}
	address := "/applications/bulk/delete?" + state.Encode()
	b.get(address).wantText("#bulk-heading", "Delete 26 applications?").wantText("#bulk-body", "and 18 others")
	form := b.forms(address, "#bulk-form")

	// Somebody makes one more that matches: the person agreed to 26, not 27.
	p.application("one-more")
	refused := b.post("/applications/bulk/delete", form).wantStatus(http.StatusConflict)
	refused.wantText("#bulk-problems", "26").wantText("#bulk-heading", "Delete 27 applications?")
	if n := len(p.names()); n != 31 {
		t.Fatalf("%d applications are left of 31, although it was refused", n)
	}
	b.post("/applications/bulk/delete", b.forms(address, "#bulk-form")).wantStatus(http.StatusOK).wantText("main", "27 applications deleted")
	if got := p.names(); !slices.Equal(got, []string{"app-03", "app-13", "app-23", "app-30"}) {
		t.Errorf("left are %v", got)
	}
}

func TestPartialFailureIsReported(t *testing.T) {
	p := newProduct(t)
	b := p.administrator()
	apps := p.fleet(3)
	_, err := p.svc.DeleteApplication(context.Background(), p.operator(), apps[1].ID)
	must(t, err)
	got := b.scripted().post("/applications/bulk/disable", ids(apps...)).wantStatus(http.StatusOK)
	got.wantText("#bulk-report-heading", "2 applications disabled, 1 not").wantText("#bulk-failures", "gone")
	if _, refresh := got.find("#bulk-report").Attr("data-refresh-on-close"); !refresh {
		t.Error("the table behind is not asked for again")
	}
}

func TestWhoMayOnlyReadChangesNothing(t *testing.T) {
	const editor = 3 // reads applications
	p := newProduct(t)
	p.administrator()
	apps := p.fleet(2)
	b := p.person("reader@example.com", editor)
	b.get("/applications").wantStatus(http.StatusOK).wantNone("#new-application").wantRows("app-01", "app-02")
	got := b.scripted().post("/applications/bulk/delete", ids(apps...)).wantStatus(http.StatusOK)
	got.wantText("#bulk-report-heading", "Nothing was deleted")
	if n := strings.Count(got.text("#bulk-failures"), "permission"); n != 2 {
		t.Errorf("%d reasons name a permission, want 2", n)
	}
	if len(p.names()) != 2 {
		t.Error("something was deleted")
	}
}
