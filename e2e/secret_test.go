package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// openSecret creates an application and stops at the panel that shows its key.
func openSecret(t *testing.T, s *server, name string) (p *tab, secret string) {
	t.Helper()
	p = signIn(t, s)
	p.click(control("+New application").first())
	p.fill("Name", name)
	p.click(button("Create"))
	p.sees("It will not be shown again")
	secret = p.value("Secret key")
	if !strings.HasPrefix(secret, "lk_") {
		t.Fatalf("the panel shows %q as the secret key", secret)
	}
	return p, secret
}

// A secret that was shown once cannot come back, whichever way a person goes.
// The browser's back/forward cache is on, as it is for people.
func TestTheSecretDoesNotComeBack(t *testing.T) {
	s := withAdministrator(t).serve()
	for _, tt := range []struct {
		name string
		away func(p *tab)
	}{
		{"Done, then Back", func(p *tab) {
			p.click(checkbox("I have stored the secret key"))
			p.click(button("Done"))
			p.gone(button("Done"))
			p.visit("/account/password")
			p.back()
		}},
		{"left without Done, then Back", func(p *tab) {
			p.visit("/account/password")
			p.back()
		}},
		{"left twice, then Back and Forward", func(p *tab) {
			p.visit("/account/password")
			p.visit("/applications?search=x")
			p.back()
			p.back()
		}},
		{"reload", func(p *tab) { p.reload() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, secret := openSecret(t, s, "once-"+strings.ToLower(strings.Map(letters, tt.name)))
			tt.away(p)
			p.settled()
			p.holdsNot(secret)
		})
	}
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// holdsNot looks for a text wherever a page could keep it.
func (p *tab) holdsNot(secret string) {
	p.t.Helper()
	places := evaluate[map[string]string](p, `({
		"the page": document.documentElement.outerHTML,
		"its fields": [...document.querySelectorAll("input, textarea")].map(f => f.value).join("\n"),
		"session storage": JSON.stringify({...sessionStorage}),
		"local storage": JSON.stringify({...localStorage}),
		"the history's state": JSON.stringify(history.state),
		"the address": location.href,
	})`)
	for place, content := range places {
		if strings.Contains(content, secret) {
			p.t.Errorf("the secret key is still in %s", place)
		}
	}
}

// back goes back as a person does; the page may come out of the browser's
// cache, which CDP's own navigation would not wait for.
func (p *tab) back() {
	p.t.Helper()
	before := p.location()
	if err := chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](`setTimeout(() => history.back())`)); err != nil {
		p.t.Fatalf("back: %v", err)
	}
	eventually(p.t, p.ctx, func() string {
		now, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`location.pathname + location.search`))
		if err != nil || now == before {
			return "Back stays on " + before
		}
		return ""
	})
}

// The test above would pass for the wrong reason in a browser without a
// back/forward cache: this one sees that it is there.
func TestHarnessHasTheBackForwardCache(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!doctype html><title>x</title><p>` + r.URL.Path + `<script>addEventListener("pageshow", e => { window.restored = e.persisted })</script>`))
	}))
	t.Cleanup(site.Close)
	p := open(t, &server{installation: &installation{t: t}, url: site.URL}, "/one")
	p.visit("/two")
	p.back()
	if !evaluate[bool](p, `window.restored === true`) {
		t.Error("the page did not come out of the back/forward cache")
	}
}

// The panel holds on: Done asks for the box, Escape does nothing, leaving asks.
func TestTheSecretPanelHoldsOn(t *testing.T) {
	s := withAdministrator(t).serve()
	p, secret := openSecret(t, s, "hold-on")
	p.click(button("Done"))
	p.sees("Tick the box once the secret key is stored")
	for range 5 {
		p.press("Escape")
	}
	if got := p.value("Secret key"); got != secret {
		t.Error("Escape took the secret key away")
	}
	asked := len(p.asked())
	p.visit("/account/password")
	if len(p.asked()) == asked {
		t.Error("leaving with the secret key on the screen did not ask")
	}
}

// What is downloaded can be used as it is, and no request is made for it.
func TestDownloadTheSecret(t *testing.T) {
	s := withAdministrator(t).serve()
	p, secret := openSecret(t, s, "downloads")
	p.forgetRequests()
	download := p.expectDownload()
	p.click(button("Download .env"))
	sourced := inShell(t, `set -a; . "$FILE"; printf %s "$CLIENT_SECRET"`, "FILE="+download())
	if sourced != secret {
		t.Errorf("the .env file holds %q", sourced)
	}
	for _, address := range p.requested() {
		if !strings.HasPrefix(address, "blob:") && !strings.HasPrefix(address, "data:") && !strings.Contains(address, "background=true") {
			t.Errorf("downloading asked for %s", address)
		}
	}
}

// A lost panel loses nothing else: the row says that the key was never used,
// and a new one can be made.
func TestALostPanelCanBeMadeGood(t *testing.T) {
	s := withAdministrator(t).serve()
	lost, _ := openSecret(t, s, "lost-panel")
	call(lost, page.Close, struct{}{})

	p := signIn(t, s)
	p.sees("Key never used")
	p.click(checkbox("Select lost-panel"))
	p.click(control("Regenerate key").of(selectedRows))
	p.click(button("Regenerate"))
	secret := takeSecret(p, p)
	if _, status := s.token(credentials{ClientID: "lost-panel", ClientSecret: secret}); status != http.StatusOK {
		t.Errorf("the new key was answered with %d", status)
	}
}
