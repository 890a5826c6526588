package handlers_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latchkey/access"
)

// foundBy is what the palette finds for what was typed.
func (b *browser) foundBy(query string) []string {
	b.t.Helper()
	found := b.get("/palette?q=" + query).wantStatus(http.StatusOK)
	return found.doc.Find("[role=option] .find-name").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

func TestThePaletteFindsByName(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	admin := p.administrator().scripted()
	app, _ := p.application("billing-sync")
	p.application("a-billing")
	bill := p.person("bill@example.com", 0).scripted()
	eu := p.place(access.Scope{}, "bill-eu")
	for _, c := range []struct {
		who   *browser
		query string
		want  []string
	}{
		{admin, "bill", []string{"billing-sync", "a-billing", "bill@example.com", "bill-eu"}},
		{admin, "BILLING", []string{"billing-sync", "a-billing"}},
		{admin, "log", []string{"Audit log"}},
		{admin, "new+app", []string{"New application"}}, // the beginning of each word
		{admin, "pplications", nil},
		{admin, "ml", []string{"ML engineer"}},
		{admin, app.ID, []string{"billing-sync"}},
		{admin, "nothing-of-this-name", nil},
		// Nobody finds what they may not read, but everybody themselves.
		{bill, "bill", []string{"bill@example.com"}},
		{bill, app.ID, nil},
		{bill, "billing-sync", nil},
	} {
		if got := c.who.foundBy(c.query); !slices.Equal(got, c.want) {
			t.Errorf("%q finds %q, want %q", c.query, got, c.want)
		}
	}
	found := admin.get("/palette?q=bill")
	for name, want := range map[string]string{
		"billing-sync": "/applications/" + app.ID + "/rules",
		"bill-eu":      "/organization?scope=" + eu.ID,
	} {
		option := found.doc.Find("[role=option]").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find(".find-name").Text() == name })
		if got := option.AttrOr("href", ""); got != want {
			t.Errorf("%s leads to %q, want %q", name, got, want)
		}
	}
	admin.get("/palette?q=nothing-of-this-name").wantText("#palette-nothing", "Nothing that you may see is called “nothing-of-this-name”")
	admin.get("/palette?q=%ff").wantStatus(http.StatusBadRequest)
}

// Without scripts it is a page with a form.
func TestThePaletteIsAPageToo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	admin := p.administrator()
	p.application("billing-sync")
	page := admin.get("/palette?q=billing").wantStatus(http.StatusOK)
	page.wantText("h1", "Find anything").wantText("main ul .find-name", "billing-sync").wantNone("main [role=option]")
	if got := page.find("main form[role=search] input[name=q]").AttrOr("value", ""); got != "billing" {
		t.Errorf("the form holds %q", got)
	}
	admin.get("/applications").wantText("#find .find-label", "Find anything")
}
