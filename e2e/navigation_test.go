package e2e

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// stop is one page of a walk through the console by clicks.
type stop struct {
	from    string // where the walk goes on from; empty: from the page before
	click   label  // what leads there
	heading string
	title   string // of the tab, without the product; the heading unless given
	nav     string // the item of the navigation that is marked; empty: none
	below   []string
}

// Every page of the navigation and every page below one says where it is: in
// the title of the tab, its one heading, the mark in the navigation, and the
// way back to what lies above.
func TestEveryPageSaysWhereItIs(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	side := label{name: "Tools & Settings", roles: []string{"navigation"}}
	main := label{roles: []string{"main"}}
	user := label{name: "Users", roles: []string{"table"}, prefix: true}
	for _, s := range []stop{
		{click: link("Access rules").of(side), heading: "Access rules", nav: "Access rules"},
		{click: link("Roles").of(side), heading: "Roles", nav: "Roles"},
		{click: link("Users").of(side), heading: "Users", nav: "Users"},
		{click: link("Organization").of(side), heading: "Organization", nav: "Organization"},
		{click: link("Audit log").of(side), heading: "Audit log", nav: "Audit log"},
		{click: link("Settings").of(side), heading: "Settings", nav: "Settings"},
		{click: link("API reference").of(side), heading: "API reference", nav: "API reference"},
		{click: link("Applications").of(side), heading: "Applications", nav: "Applications"},

		{click: link("argo-deploy"), heading: "argo-deploy", nav: "Applications", below: []string{"Applications"}},
		{from: "/users", click: link(adminEmail).of(user), heading: adminEmail, nav: "Users", below: []string{"Users"}},
		{from: "/roles", click: link("Viewer"), heading: "Viewer", nav: "Roles", below: []string{"Roles"}},
		{from: "/roles", click: control("Compare roles"), heading: "Compare roles", nav: "Roles", below: []string{"Roles"}},
		{from: "/roles", click: control("Can it?"), heading: "Can it?", nav: "Access rules", below: []string{"Access rules"}},
		{from: "/organization", click: control("Import"), heading: "Organization", title: "Import", nav: "Organization", below: []string{"Organization"}},
		{from: "/settings", click: link("Preferences").of(main), heading: "Preferences", below: []string{"Your account"}},
		{from: "/settings", click: link("Your account").of(main), heading: "Your account"},
		{from: "/account", click: link("Change password").of(main), heading: "Change password", below: []string{"Your account"}},
	} {
		if s.from != "" {
			p.visit(s.from)
		}
		p.click(s.click)
		p.node(heading(s.heading))
		p.saysWhereItIs(s)
	}
}

// pagePlace is what a page says of itself.
type pagePlace struct {
	Title, Skip          string
	Headings, Crumbs     []string
	Current              []string
	Banners, Mains       int
	Navigations, Unnamed int
	Warnings             int
}

const readPlace = `(() => {
	const all = (css) => [...document.querySelectorAll(css)]
	const text = (e) => e.innerText.trim()
	const focusable = all('a[href], button, input, select, textarea, [tabindex="0"]')
	return {
		title: document.title,
		skip: focusable[0].className + ' ' + focusable[0].getAttribute('href'),
		headings: all('h1').map(text),
		crumbs: all('nav[aria-label=Breadcrumb] a').map(text),
		current: all('#nav [aria-current]').map(text),
		banners: all('body > header').length,
		mains: all('main').length,
		navigations: all('nav').length,
		warnings: all('#session-warning button').length,
		unnamed: all('nav:not([aria-label], [aria-labelledby])').length,
	}
})()`

func (p *tab) saysWhereItIs(s stop) {
	p.t.Helper()
	p.settled()
	got := evaluate[pagePlace](p, readPlace)
	if title, _, _ := strings.Cut(strings.TrimSuffix(got.Title, " - Latchkey"), " (page 1 of "); title != cmp.Or(s.title, s.heading) || !strings.HasSuffix(got.Title, " - Latchkey") {
		p.t.Errorf("%s: the tab says %q", s.heading, got.Title)
	}
	if !slices.Equal(got.Headings, []string{s.heading}) {
		p.t.Errorf("%s: the headings of the first level are %q", s.heading, got.Headings)
	}
	if !slices.Equal(got.Crumbs, s.below) && len(got.Crumbs)+len(s.below) > 0 {
		p.t.Errorf("%s: the breadcrumb leads to %q, not to %q", s.heading, got.Crumbs, s.below)
	}
	if current := strings.Join(got.Current, ", "); current != s.nav {
		p.t.Errorf("%s: the navigation marks %q, not %q", s.heading, current, s.nav)
	}
	if got.Skip != "skip #main" {
		p.t.Errorf("%s: the first stop of the keyboard is %q", s.heading, got.Skip)
	}
	if got.Banners != 1 || got.Mains != 1 || got.Navigations < 1 || got.Unnamed > 0 {
		p.t.Errorf("%s: %d banners, %d mains, %d navigations of which %d have no name", s.heading, got.Banners, got.Mains, got.Navigations, got.Unnamed)
	}
	if got.Warnings != 1 {
		p.t.Errorf("%s: nothing there could tell that the session ends, and put it off", s.heading)
	}
	p.startsAtTheTop(s.heading)
}

// startsAtTheTop sees that whoever arrives stands before everything else, but
// where the page is one form: one Tab reaches the skip link, which leads past
// the navigation.
func (p *tab) startsAtTheTop(page string) {
	p.t.Helper()
	if n := p.focused(); n != nil && slices.Contains(fillable, valueText(n.Role)) {
		return
	}
	p.press("Tab")
	p.focuses(link("Skip to main content"))
	p.press("Enter")
	eventually(p.t, p.ctx, func() string {
		if !evaluate[bool](p, `document.activeElement.closest("main") !== null`) {
			return page + ": the skip link does not lead into the page"
		}
		return ""
	})
}
