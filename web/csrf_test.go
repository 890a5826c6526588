package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestCSRFMatrix sends every unsafe route what another site can make a browser
// send (security.md 30). API paths pass, because they look at no cookie.
func TestCSRFMatrix(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	foreign := map[string][]string{
		"cross-site":     {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"},
		"same-site":      {"Sec-Fetch-Site", "same-site", "Origin", "http://other.example.com"},
		"a null origin":  {"Origin", "null"},
		"an old browser": {"Origin", "https://evil.test"},
	}
	own := map[string][]string{
		"same-origin":       {"Sec-Fetch-Site", "same-origin", "Origin", "http://example.com"},
		"typed by the user": {"Sec-Fetch-Site", "none"},
		"behind a proxy":    {"Origin", "http://127.0.0.1:8080"}, // the public URL, not the Host
		"no browser":        {},
	}
	unsafe := 0
	for _, route := range h.Echo.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		unsafe++
		api := strings.HasPrefix(route.Path, "/api/")
		for name, headers := range foreign {
			res := h.ask(route.Method, route.Path, "", append(headers, "Cookie", cookie)...)
			if refused := res.StatusCode == http.StatusForbidden; refused == api {
				t.Errorf("%s %s, %s: %d", route.Method, route.Path, name, res.StatusCode)
			}
		}
		if route.Path == "/sign-out" {
			continue
		}
		for name, headers := range own {
			res := h.ask(route.Method, route.Path, "", append(headers, "Cookie", cookie)...)
			if res.StatusCode == http.StatusForbidden {
				t.Errorf("%s %s, %s: refused", route.Method, route.Path, name)
			}
		}
	}
	if unsafe < 5 {
		t.Fatalf("only %d unsafe routes: the matrix is not tested", unsafe)
	}
}

func TestCrossOriginPageSaysWhatToDo(t *testing.T) {
	h := newHouse(t, nil)
	res := h.ask(http.MethodPost, "/sign-in", "", "Sec-Fetch-Site", "cross-site")
	if body := bodyOf(t, res); !strings.Contains(body, "sent from another site") || !strings.Contains(body, "<h1") {
		t.Errorf("body = %s", body)
	}
}
