package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/web"
)

func (h *house) signedIn(t *testing.T, cookie string) bool {
	t.Helper()
	res := h.ask(http.MethodGet, "/applications", "", "Cookie", cookie)
	switch res.StatusCode {
	case http.StatusOK:
		return true
	case http.StatusSeeOther:
		if got := res.Header.Get("Location"); got != "/sign-in?next=%2Fapplications" {
			t.Errorf("sent to %q", got)
		}
		return false
	default:
		t.Fatalf("GET /applications = %d", res.StatusCode)
		return false
	}
}

// TestSessionLifecycle replays every old cookie (security.md 29).
func TestSessionLifecycle(t *testing.T) {
	t.Run("nobody is signed in at first", func(t *testing.T) {
		if h := newHouse(t, nil); h.signedIn(t, "") {
			t.Error("signed in without a cookie")
		}
	})
	t.Run("sign-in makes a new id and ends the session before", func(t *testing.T) {
		h := newHouse(t, nil)
		first := h.signIn(t)
		second := h.signIn(t, "Cookie", first)
		if first == second {
			t.Error("the id did not change")
		}
		if h.signedIn(t, first) || !h.signedIn(t, second) {
			t.Error("the first session should have ended, the second should live")
		}
	})
	t.Run("an id that somebody else chose is not taken over", func(t *testing.T) {
		h := newHouse(t, nil)
		fixed := "latchkey=" + strings.Repeat("A", 43)
		if got := h.signIn(t, "Cookie", fixed); got == fixed {
			t.Error("the attacker's id became a session")
		}
		if h.signedIn(t, fixed) {
			t.Error("signed in with the attacker's id")
		}
	})
	t.Run("sign-out ends it on the server", func(t *testing.T) {
		h := newHouse(t, nil)
		cookie := h.signIn(t)
		res := h.ask(http.MethodPost, "/sign-out", "", "Cookie", cookie)
		if got := res.Header.Get("Clear-Site-Data"); !strings.Contains(got, `"cookies"`) || !strings.Contains(got, `"cache"`) {
			t.Errorf("Clear-Site-Data = %q", got)
		}
		if c := res.Cookies(); len(c) != 1 || c[0].Value != "" || c[0].MaxAge >= 0 {
			t.Errorf("the browser keeps its cookie: %v", c)
		}
		if h.signedIn(t, cookie) {
			t.Error("a copied cookie still works")
		}
	})
	t.Run("30 minutes idle", func(t *testing.T) {
		h := newHouse(t, nil)
		cookie := h.signIn(t)
		h.clock.advance(access.MaxSessionIdle)
		if !h.signedIn(t, cookie) {
			t.Error("ended too early")
		}
		h.clock.advance(access.MaxSessionIdle + time.Second)
		if h.signedIn(t, cookie) {
			t.Error("still alive")
		}
	})
	t.Run("polling does not extend it", func(t *testing.T) {
		h := newHouse(t, nil)
		cookie := h.signIn(t)
		for range 4 {
			h.clock.advance(10 * time.Minute)
			h.ask(http.MethodGet, "/applications", "", "Cookie", cookie, "X-Background", "true")
			h.ask(http.MethodGet, "/applications?background=1", "", "Cookie", cookie)
		}
		if h.signedIn(t, cookie) {
			t.Error("polling kept it alive")
		}
	})
	t.Run("12 hours, however busy", func(t *testing.T) {
		h := newHouse(t, nil)
		cookie := h.signIn(t)
		for range int(access.MaxSessionLongest/(20*time.Minute)) - 1 {
			h.clock.advance(20 * time.Minute)
			if !h.signedIn(t, cookie) {
				t.Fatalf("ended at %s", h.clock.Now())
			}
		}
		h.clock.advance(20 * time.Minute)
		if h.signedIn(t, cookie) {
			t.Error("still alive after 12 hours")
		}
	})
	t.Run("a disabled user has no session", func(t *testing.T) {
		h := newHouse(t, nil)
		cookie := h.signIn(t)
		disabled := ada
		disabled.Disabled = true
		h.people.set(disabled)
		if h.signedIn(t, cookie) {
			t.Error("still signed in")
		}
		h.people.set(ada)
		if h.signedIn(t, cookie) {
			t.Error("the old session came back with the user")
		}
	})
	t.Run("a cookie that cannot be read is no session and no error", func(t *testing.T) {
		h := newHouse(t, nil)
		cookie := h.signIn(t)
		for _, odd := range []string{"latchkey=", "latchkey=%00", "latchkey=x", cookie + "A", cookie[:len(cookie)-1], "latchkey=" + strings.Repeat("é", 43), "latchkey=" + strings.Repeat("A", 4000)} {
			if h.signedIn(t, odd) {
				t.Errorf("signed in with %q", odd)
			}
		}
		rotated := newHouse(t, func(cfg *web.Config) { cfg.SessionKey = []byte("another key") })
		rotated.rows.rows = h.rows.rows
		if rotated.signedIn(t, cookie) {
			t.Error("signed in under another key")
		}
	})
	t.Run("a request under way does not revive a session that ended", func(t *testing.T) {
		h := newHouse(t, nil)
		cookie := h.signIn(t)
		h.clock.advance(2 * time.Minute)
		clear(h.rows.rows)
		h.signedIn(t, cookie)
		if len(h.rows.rows) != 0 {
			t.Error("the session is back")
		}
	})
}

// TestSessionAtRest shows that neither the row nor the cookie gives the other away.
func TestSessionAtRest(t *testing.T) {
	h := newHouse(t, nil)
	_, id, _ := strings.Cut(h.signIn(t), "=")
	if len(id) != 43 {
		t.Errorf("the id is %d characters, want 43 (256 bits)", len(id))
	}
	for hash, row := range h.rows.rows {
		kept := must(json.Marshal(row))
		if strings.Contains(string(kept), id) || strings.Contains(string(hash[:]), id) {
			t.Error("the id stands in the row")
		}
		if row.UserID != ada.ID || !row.ExpiresAt.Equal(h.clock.Now().Add(access.MaxSessionLongest)) {
			t.Errorf("row = %+v", row)
		}
	}
}

func TestSessionCookie(t *testing.T) {
	for _, tt := range []struct {
		public, name string
		secure       bool
	}{
		{"http://127.0.0.1:8080", "latchkey", false},
		{"https://keys.acme.test", "__Host-latchkey", true},
	} {
		h := newHouse(t, func(cfg *web.Config) { cfg.PublicURL, cfg.TLS = must(url.Parse(tt.public)), tt.secure })
		r := h.ask(http.MethodPost, "/sign-in", "", "X-Forwarded-Proto", "https")
		if tt.secure { // refused: the socket is plain and no proxy is trusted
			if r.StatusCode != http.StatusForbidden {
				t.Errorf("%s over plain HTTP: %d", tt.public, r.StatusCode)
			}
			r = h.askTLS(http.MethodPost, "/sign-in")
		}
		cookies := r.Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: cookies %v", tt.public, cookies)
		}
		c := cookies[0]
		if c.Name != tt.name || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s: %v", tt.public, c)
		}
	}
}

// TestSessionWritesAreRare: a busy page does not write a row per request.
func TestSessionWritesAreRare(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	before := h.rows.writes
	for range 50 {
		h.clock.advance(time.Second)
		h.signedIn(t, cookie)
	}
	if got := h.rows.writes - before; got != 0 {
		t.Errorf("%d writes in 50 seconds, want none", got)
	}
	h.clock.advance(15 * time.Second)
	h.signedIn(t, cookie)
	if got := h.rows.writes - before; got != 1 {
		t.Errorf("%d writes after a minute, want 1", got)
	}
}

// TestSessionEndIsTold: pages warn two minutes before, and asking for the time
// left in the background does not put the end off.
func TestSessionEndIsTold(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	h.clock.advance(28 * time.Minute)
	res := h.ask(http.MethodGet, "/session?background=1", "", "Cookie", cookie)
	if got := res.Header.Get("X-Session-Ends-In"); got != "120" || res.StatusCode != http.StatusNoContent {
		t.Errorf("%d, X-Session-Ends-In = %q, want 204 and 120", res.StatusCode, got)
	}
	res = h.ask(http.MethodPost, "/session", "", "Cookie", cookie, "HX-Request", "true")
	if got := res.Header.Get("X-Session-Ends-In"); got != "1800" || res.StatusCode != http.StatusNoContent {
		t.Errorf("stay signed in: %d, X-Session-Ends-In = %q, want 204 and 1800", res.StatusCode, got)
	}
	res = h.ask(http.MethodPost, "/session", "", "Cookie", cookie, "Referer", "http://example.com/applications?search=ci")
	if got := res.Header.Get("Location"); got != "/applications?search=ci" {
		t.Errorf("without scripts: back to %q", got)
	}
}

// TestSessionEndKeepsThePage: the sign-in page never lands inside of a fragment,
// and after it the person is back where they were (ux.md 44).
func TestSessionEndKeepsThePage(t *testing.T) {
	h := newHouse(t, nil)
	for _, tt := range []struct {
		name, method, target string
		headers              []string
		status               int
		header, want         string
	}{
		{"a page", "GET", "/applications?search=ci&page=2", nil, 303, "Location", "/sign-in?next=%2Fapplications%3Fsearch%3Dci%26page%3D2"},
		{"a plain form", "POST", "/applications", []string{"Referer", "http://example.com/applications/new"}, 303, "Location", "/sign-in?next=%2Fapplications%2Fnew"},
		{"a plain form from elsewhere", "POST", "/applications", []string{"Referer", "http://evil.test/x"}, 303, "Location", "/sign-in"},
		{"htmx for a page", "POST", "/applications", []string{"HX-Request", "true", "HX-Request-Type", "full", "HX-Current-URL", "http://example.com/applications?search=ci"}, 401, "HX-Redirect", "/sign-in?next=%2Fapplications%3Fsearch%3Dci"},
		{"htmx from elsewhere", "POST", "/applications", []string{"HX-Request", "true", "HX-Request-Type", "full", "HX-Current-URL", "http://evil.test/"}, 401, "HX-Redirect", "/sign-in"},
		{"polling", "GET", "/applications?background=true", []string{"HX-Request", "true", "HX-Request-Type", "partial"}, 401, "HX-Redirect", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := h.ask(tt.method, tt.target, "", tt.headers...)
			if res.StatusCode != tt.status || res.Header.Get(tt.header) != tt.want {
				t.Errorf("%d, %s: %q; want %d, %q", res.StatusCode, tt.header, res.Header.Get(tt.header), tt.status, tt.want)
			}
			if body := bodyOf(t, res); body != "" {
				t.Errorf("body = %q", body)
			}
		})
	}
}

// TestSessionEndUnderAFragment: the form to sign in is a dialog of its own, for
// console.js to lay over the page; nothing leads away from what was typed there.
func TestSessionEndUnderAFragment(t *testing.T) {
	h := newHouse(t, nil)
	res := h.ask(http.MethodPost, "/applications", "", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Target", "div#dialog-content")
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("HX-Redirect") != "" || res.Header.Get("HX-Retarget") != "" {
		t.Errorf("%d, headers %v", res.StatusCode, res.Header)
	}
	if body := bodyOf(t, res); !strings.Contains(body, `id="sign-in-again"`) || !strings.Contains(body, `hx-target="#overlay-content"`) || strings.Contains(body, "<html") {
		t.Errorf("body = %q", body)
	}
}

func TestTemporaryPasswordGate(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	forced := ada
	forced.MustChangePassword = true
	h.people.set(forced)
	if res := h.ask(http.MethodGet, "/applications", "", "Cookie", cookie); res.Header.Get("Location") != "/account/password" {
		t.Errorf("%d to %q, want the password page", res.StatusCode, res.Header.Get("Location"))
	}
	for _, path := range []string{"/account/password", "/session"} {
		if res := h.ask(http.MethodGet, path, "", "Cookie", cookie); res.StatusCode >= 300 {
			t.Errorf("GET %s = %d", path, res.StatusCode)
		}
	}
	if res := h.ask(http.MethodPost, "/sign-out", "", "Cookie", cookie); res.Header.Get("Location") != "/" {
		t.Errorf("sign-out leads to %q", res.Header.Get("Location"))
	}
}

func TestFrame(t *testing.T) {
	h := newHouse(t, nil)
	res := h.ask(http.MethodGet, "/frame?x=1", "", "Cookie", h.signIn(t))
	want := `{"left":"30m0s","returnTo":"/frame?x=1","tenant":"acme","theme":"dark","user":"ada@acme.test"}`
	if got := strings.TrimSpace(bodyOf(t, res)); got != want {
		t.Errorf("frame = %s, want %s", got, want)
	}
}

func TestStoreTroubleIsNotSignOut(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	h.rows.err = access.ErrUnavailable
	res := h.ask(http.MethodGet, "/applications", "", "Cookie", cookie)
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q; want 503 with one", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if res := h.ask(http.MethodGet, "/readyz", ""); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz = %d", res.StatusCode)
	}
	if res := h.ask(http.MethodGet, "/healthz", ""); res.StatusCode != http.StatusOK {
		t.Errorf("/healthz = %d", res.StatusCode)
	}
	h.rows.err = nil
	if !h.signedIn(t, cookie) {
		t.Error("signed out by trouble that has passed")
	}
}

func TestSessionsInParallel(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				h.clock.advance(time.Second)
				h.ask(http.MethodGet, "/applications", "", "Cookie", cookie)
			}
		})
	}
	wg.Wait()
	if !h.signedIn(t, cookie) {
		t.Error("signed out")
	}
}
