package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
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
	places := evaluate[map[string]string](p, `(async () => ({
		"the page": document.documentElement.outerHTML,
		"its fields": [...document.querySelectorAll("input, textarea")].map(f => f.value).join("\n"),
		"session storage": JSON.stringify({...sessionStorage}),
		"local storage": JSON.stringify({...localStorage}),
		"the history's state": JSON.stringify(history.state),
		"the address": location.href,
		"the source": await (await fetch(location.href)).text(),
	}))()`)
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

// The panel says what it shows, hides the key until it is asked for, and gives
// each value away exactly, with a clipboard or without.
func TestTheSecretPanelShowsAndCopies(t *testing.T) {
	s := withAdministrator(t).serve()
	p, secret := openSecret(t, s, "panel")
	p.focuses(heading("Application created"))
	if kind := p.property(p.node(field("Secret key")), "type"); kind != "password" {
		t.Errorf("the secret key is shown at once, in a field of type %q", kind)
	}
	p.allowClipboard()
	for name, want := range map[string]string{"application name": "panel", "client ID": "panel", "token URL": s.url + "/api/v1/token", "secret key": secret} {
		p.click(button("Copy " + name))
		eventually(t, p.ctx, func() string {
			if got := p.clipboard(); got != want {
				return "copying the " + name + " gives " + got
			}
			return ""
		})
	}
	p.hears("Copied")
	p.sawNot(secret)

	p.resize(360, 640)
	p.click(control("Show secret key"))
	p.sees(secret)
	if excess := evaluate[int](p, `Math.max(...[...document.querySelectorAll("[data-secret-plain]")].map(e => e.scrollWidth - e.clientWidth))`); excess > 0 {
		t.Errorf("at 360 px the secret key is cut off by %d px", excess)
	}

	// On paper there is never a secret, even while it is shown.
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	p.sawNot(secret)
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "screen"})

	// Without a clipboard, as on plain HTTP, the value stands selected.
	evaluate[bool](p, `Object.defineProperty(navigator, "clipboard", {value: undefined}) && true`)
	p.click(button("Copy secret key"))
	p.sees("Press Ctrl+C")
	if got := evaluate[string](p, `String(getSelection())`); got != secret {
		t.Errorf("%q is selected", got)
	}
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
	p.node(button("Download .json"))
	download = p.expectDownload()
	p.click(button("Download .json"))
	file, err := os.ReadFile(download())
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct{ ClientID, ClientSecret string }
	if err := json.Unmarshal(file, &parsed); err != nil || parsed.ClientSecret != secret || parsed.ClientID != "downloads" {
		t.Errorf("the .json file holds %s (%v)", file, err)
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
