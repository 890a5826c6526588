package handlers_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latchkey/access"
	"latchkey/token"
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
		"billing-sync": "/applications/" + app.ID,
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

// Whoever may read an application learns that a key is its key; the key itself
// is in no answer. Who may not is told what they are told of a key of nowhere.
func TestThePaletteKnowsWhoseAKeyIs(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	admin := p.administrator()
	stranger := p.person("nobody@example.com", 0)
	app, key := p.application("billing-sync")
	ask := func(b *browser, key string) *answer {
		got := b.post("/palette/key", url.Values{"key": {key}}).wantStatus(http.StatusOK).wantNoStore()
		if strings.Contains(got.body, key) {
			t.Errorf("the answer repeats the key")
		}
		return got
	}
	p.wait(1e6) // so that events have an order
	ask(admin, key.Reveal()).wantText("#key-card h2", "The secret key of billing-sync").wantText("#key-card .status", "Active")
	if e := p.events()[0]; e.EntityID != app.ID || e.Result != access.Succeeded || e.Metadata["keyEndsIn"] != key.EndsIn() {
		t.Errorf("the event of an answer: %+v", e)
	}
	elsewhere, err := token.MintKey(rand.Reader)
	must(t, err)
	p.wait(1e6)
	unseen := ask(stranger, key.Reveal()).text("#key-card")
	if e := p.events()[0]; e.EntityID != app.ID || e.Result != access.Failed {
		t.Errorf("the event of what may not be seen: %+v", e)
	}
	if unknown := ask(stranger, elsewhere.Reveal()).text("#key-card"); unknown != unseen {
		t.Errorf("a key that may not be seen answers %q, one of nowhere %q", unseen, unknown)
	}
	_, err = p.svc.DeleteApplication(context.Background(), p.operator(), app.ID)
	must(t, err)
	ask(admin, key.Reveal()).wantText("#key-card .status", "In the bin").wantNone("#key-regenerate")
	wrong := admin.post("/palette/key", url.Values{"key": {"lk_mistyped"}}).wantStatus(http.StatusOK)
	wrong.wantText("#key-card h2", "This is no secret key")
}

// Without scripts a key goes where every search goes, into an address: there it
// is forgotten, and the person is told where to ask.
func TestAKeyThatIsSearchedForIsAskedForElsewhere(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	_, key := p.application("billing-sync")
	for _, address := range []string{"/applications?limit=50&search=", "/users?search=", "/palette?q=", "/organization?q=", "/access-rules?filterBy=subjectId==", "/applications/"} {
		led := b.get(address + key.Reveal()).wantStatus(http.StatusSeeOther)
		told := b.get(led.header.Get("Location")).wantStatus(http.StatusOK)
		told.wantText("#key-forgotten", "A secret key was in the address").wantText("#key-form", "Secret key")
		if strings.Contains(led.body+headerText(led.header)+told.body, key.Reveal()) {
			t.Errorf("%s…: an answer holds the key", address)
		}
		if back := told.find("#key-forgotten-back").AttrOr("href", ""); !strings.HasPrefix(address, strings.SplitN(back, "?", 2)[0]) && back != "/applications/secret-key" {
			t.Errorf("%s… leads back to %q", address, back)
		}
	}
	b.get("/palette?forgotten=true&back=https://elsewhere.example/").wantStatus(http.StatusOK).wantText("#key-forgotten-back[href='/']", "Go back")
	b.get("/palette").wantNone("#key-forgotten")
}
