package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// This file asks every page of the console for what it must refuse, and looks at
// what a person is told then (ux.md 43 and 44). No page is named here but where
// it is an exception: one that comes later is asked too.

// pages are the routes that people with a browser ask for.
func (p *product) pages() []*echo.Route {
	programs := []string{"/api/", "/static/", "/healthz", "/readyz", "/.well-known/", "/auth/", "/v1/k8s/", "/access/"}
	return slices.DeleteFunc(p.routes(), func(route *echo.Route) bool {
		return slices.ContainsFunc(programs, func(prefix string) bool { return strings.HasPrefix(route.Path, prefix) })
	})
}

// isOpen tells the pages that need nobody to be signed in.
func isOpen(path string) bool { return path == "/sign-in" || path == "/setup" }

// isWhole tells the pages whose forms are never sent by a script, and which know
// no part of themselves.
func isWhole(path string) bool { return isOpen(path) || path == "/account/password" }

// unknown is an address of the route about what there is not.
func unknown(route *echo.Route) string {
	segments := strings.Split(route.Path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, ":") {
			segments[i] = "01900000-0000-7000-8000-00000000dead"
		}
	}
	return strings.Join(segments, "/")
}

// askBoth asks for the page and for its part, and wants each refusal told.
func (b *browser) askBoth(route *echo.Route, address string) (page, part *answer) {
	b.t.Helper()
	page = b.send(route.Method, address, url.Values{})
	part = b.scripted().send(route.Method, address, url.Values{})
	page.wantTold(true)
	part.wantTold(isWhole(route.Path))
	return page, part
}

// wantTold asserts what every refusal to a person has: as a page, a title, one
// heading, plain words, a way on, and a reference where somebody may have to be
// asked; as a part of a page, the same in short.
func (a *answer) wantTold(whole bool) {
	a.t.Helper()
	if a.status < http.StatusBadRequest {
		return
	}
	if whole != a.isPage() || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		a.t.Errorf("%s: %d, a whole page: %v, want %v; it is %s", a.what, a.status, a.isPage(), whole, a.header.Get("Content-Type"))
		return
	}
	words := strings.Join(strings.Fields(a.doc.Find("body").Text()), " ")
	for _, jargon := range []string{"sql:", "goroutine", "panic", ".go:", "0x", "not found:", "%!"} {
		if strings.Contains(words, jargon) {
			a.t.Errorf("%s: %d says %q", a.what, a.status, jargon)
		}
	}
	if len(words) < len("Not found. Look there.") {
		a.t.Errorf("%s: %d says only %q", a.what, a.status, words)
	}
	if whole {
		a.wantErrorPage()
	}
}

func (a *answer) wantErrorPage() {
	a.t.Helper()
	title, headings, ways := a.doc.Find("title").Text(), a.doc.Find("h1").Length(), a.doc.Find("main a[href], main button").Length()
	if title == "" || headings != 1 || ways == 0 {
		a.t.Errorf("%s: %d has the title %q, %d headings and %d ways on", a.what, a.status, title, headings, ways)
	}
	mayNeedHelp := a.status == http.StatusForbidden || a.status == http.StatusNotFound || a.status >= http.StatusInternalServerError
	if got := a.doc.Find("main #error-reference").Text(); mayNeedHelp && got != a.header.Get("X-Request-Id") {
		a.t.Errorf("%s: %d has the reference %q", a.what, a.status, got)
	}
}

func TestWhatThereIsNotIsNotFound(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	for _, route := range p.pages() {
		if !strings.Contains(route.Path, ":") {
			continue
		}
		p.wait(1e9) // some are limited by the second
		page, part := b.askBoth(route, unknown(route))
		if page.status != http.StatusNotFound || part.status != http.StatusNotFound {
			t.Errorf("%s %s: %d, and %d in part, want 404", route.Method, route.Path, page.status, part.status)
		}
	}
}

func TestWhoMayNotIsToldSo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	app, _ := p.application("ci")
	rule := p.rule(app, access.Viewer, p.tenant())
	nobody := p.person("nobody@example.com", 0)
	refused := 0
	for _, route := range p.pages() {
		if route.Path == "/sign-out" || isOpen(route.Path) {
			continue
		}
		p.wait(1e9)
		page, part := nobody.askBoth(route, p.example(route, app.ID, rule.ID))
		if page.status != part.status && page.status >= http.StatusBadRequest {
			t.Errorf("%s %s: %d, but %d in part", route.Method, route.Path, page.status, part.status)
		}
		if page.status == http.StatusForbidden {
			refused++
		}
	}
	if refused < 15 {
		t.Errorf("only %d pages refuse somebody without any rights", refused)
	}
}

func TestADeadSessionLeadsToTheSignInAndBack(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	app, _ := p.application("ci")
	rule := p.rule(app, access.Viewer, p.tenant())
	stranger := p.visitor()
	for _, route := range p.pages() {
		if isOpen(route.Path) || route.Path == "/" {
			continue
		}
		address := p.example(route, app.ID, rule.ID)
		page := stranger.send(route.Method, address, url.Values{})
		to := page.header.Get("Location")
		if page.status != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in") || isSafe(route.Method) && to != "/sign-in?next="+url.QueryEscape(address) {
			t.Errorf("%s: %d to %q", page.what, page.status, to)
		}
		part := stranger.scripted().send(route.Method, address, url.Values{})
		if part.status != http.StatusUnauthorized || part.isPage() || part.doc.Find("[data-dialog-content] form[action='/sign-in']").Length() != 1 {
			t.Errorf("%s in part: %d: %s", part.what, part.status, part.excerpt())
		}
	}
}

func TestAFormFromElsewhereIsToldSo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	elsewhere := p.administrator().with("Sec-Fetch-Site", "cross-site")
	for _, route := range p.pages() {
		if isSafe(route.Method) {
			continue
		}
		page := elsewhere.send(route.Method, unknown(route), url.Values{})
		page.wantStatus(http.StatusForbidden).wantText("main", "from another site").wantTold(true)
		elsewhere.scripted().send(route.Method, unknown(route), url.Values{}).wantStatus(http.StatusForbidden).wantTold(false)
	}
}

func TestALostStoreIsToldSo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	must(t, p.db.Close())
	for _, route := range p.pages() {
		page := b.send(route.Method, unknown(route), url.Values{})
		page.wantTold(true)
		b.scripted().send(route.Method, unknown(route), url.Values{}).wantTold(isOpen(route.Path) && page.status < http.StatusInternalServerError)
		if isOpen(route.Path) {
			continue
		}
		if page.status < http.StatusInternalServerError {
			t.Errorf("%s: %d, want 500 or 503", page.what, page.status)
		}
		if isSafe(route.Method) && page.doc.Find("main a[href='"+unknown(route)+"']:contains('Try again')").Length() != 1 {
			t.Errorf("%s: %d offers no way to try again", page.what, page.status)
		}
	}
}

func TestWhoSearchesWithoutEndIsToldSo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	for range 1000 { // the clock stands still, so nothing is given back
		if b.get("/roles/count?search=x").status == http.StatusTooManyRequests {
			break
		}
	}
	for _, route := range p.pages() {
		if !isSafe(route.Method) || isWhole(route.Path) {
			continue
		}
		page, part := b.askBoth(route, unknown(route)+"?search=x")
		if page.status != http.StatusTooManyRequests || part.status != http.StatusTooManyRequests || page.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, and %d in part, want 429 and when to come back", page.what, page.status, part.status)
		}
	}
}
