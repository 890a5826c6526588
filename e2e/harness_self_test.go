package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// These prove the harness itself on a page made for it: what it must find, and
// what must not get past it.

func servePage(t *testing.T, html string) *server {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'self'")
			w.Write([]byte("<!doctype html><html lang=en><title>Harness</title><body>" + html))
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/favicon.ico":
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(site.Close)
	return &server{installation: &installation{t: t}, url: site.URL}
}

func TestHarnessFindsThingsByTheirWords(t *testing.T) {
	s := servePage(t, `<h1>Applications</h1>
		<button type=button>+New application</button>
		<label>Name <input></label>
		<button hidden>Delete</button>
		<dialog aria-label="Delete it?"><button>Delete</button></dialog>`)
	p := open(t, s, "/")
	p.click(button("+NEW APPLICATION"))
	p.fill("Name", "ci-1")
	if got := p.value("name"); got != "ci-1" {
		t.Errorf("typed ci-1, the field holds %q", got)
	}
	if p.has(control("Delete")) {
		t.Error("found a button that nobody can see")
	}
	p.press("Shift+Tab")
	if n := p.focused(); n == nil || !button("+New application").matches(n) {
		t.Errorf("Shift+Tab went to %v", n)
	}
	p.reach(field("Name"))
}

func TestHarnessNoticesWhatGoesWrong(t *testing.T) {
	for _, tt := range []struct{ name, html, complaint string }{
		{"an inline script", `<script>1</script>`, "content security policy"},
		{"another host", `<img src="http://127.0.0.1:1/x.png">`, "another host"},
		{"a server error", `<link rel=stylesheet href="/broken">`, "answered 500"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := servePage(t, tt.html)
			p := newTab(t, s)
			var heard []string
			p.hear = func(text string) { heard = append(heard, text) }
			p.visit("/")
			p.settled()
			eventually(t, p.ctx, func() string {
				p.mu.Lock()
				defer p.mu.Unlock()
				if strings.Contains(strings.Join(heard, "\n"), tt.complaint) {
					return ""
				}
				return "the harness did not notice; it heard: " + strings.Join(heard, "; ")
			})
		})
	}
}
