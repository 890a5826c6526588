package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"latchkey/web"
)

// TestHeadersEveryRoute walks every route, signed in and not, and paths that do
// not exist (security.md 33, 34).
func TestHeadersEveryRoute(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	paths := map[string]string{"/nowhere": http.MethodGet, "/api/v1/nowhere": http.MethodGet, "/api/v1/token": http.MethodGet, "/static/nothing.js": http.MethodGet}
	for _, route := range h.Echo.Routes() {
		if route.Method == http.MethodGet || route.Method == http.MethodPost {
			paths[route.Path] = route.Method
		}
	}
	for path, method := range paths {
		for _, cookie := range []string{"", cookie} {
			if path == "/sign-out" && cookie != "" {
				continue // would end the session of the others
			}
			res := h.ask(method, strings.ReplaceAll(path, "*", "x"), "", "Cookie", cookie)
			checkHeaders(t, method+" "+path, res)
		}
	}
}

func checkHeaders(t *testing.T, what string, res *http.Response) {
	t.Helper()
	want := map[string]string{
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security":    "", // not over plain HTTP
		"Server":                       "",
		"X-Powered-By":                 "",
		"Access-Control-Allow-Origin":  "",
	}
	if !program(what) {
		want["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
			"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
	}
	for name, value := range want {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s: %s = %q, want %q", what, name, got, value)
		}
	}
	if len(res.Header.Get("X-Request-Id")) != 36 {
		t.Errorf("%s: no request id", what)
	}
	kind := strings.ToLower(res.Header.Get("Content-Type"))
	if len(bodyOf(t, res)) > 0 && kind != "application/json" && !strings.Contains(kind, "charset=utf-8") {
		t.Errorf("%s: Content-Type = %q", what, kind)
	}
}

func TestStrictTransportOverTLSOnly(t *testing.T) {
	proxied := func(cfg *web.Config) {
		cfg.PublicURL = must(url.Parse("https://keys.acme.test"))
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	}
	h := newHouse(t, proxied)
	res := h.ask(http.MethodGet, "/sign-in", "", "X-Forwarded-Proto", "https")
	if got := res.Header.Get("Strict-Transport-Security"); got != "max-age=63072000" {
		t.Errorf("over TLS: Strict-Transport-Security = %q", got)
	}
	res = h.ask(http.MethodGet, "/sign-in", "")
	if got := res.Header.Get("Strict-Transport-Security"); got != "" || res.StatusCode != http.StatusForbidden {
		t.Errorf("over plain HTTP: %d with Strict-Transport-Security %q, want 403 without", res.StatusCode, got)
	}
}

// TestPageOrFragment shows that one address answers both, and that caches are told so.
func TestPageOrFragment(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	for _, tt := range []struct {
		name    string
		headers []string
		want    string
	}{
		{"a browser", nil, "page: Applications"},
		{"htmx", []string{"HX-Request", "true", "HX-Request-Type", "partial", "HX-Target", "div#list"}, "fragment: Applications"},
		{"htmx wants the whole page", []string{"HX-Request", "true", "HX-Request-Type", "full"}, "page: Applications"},
		{"a boosted link", []string{"HX-Request", "true", "HX-Boosted", "true"}, "page: Applications"},
		{"Back", []string{"HX-Request", "true", "HX-History-Restore-Request", "true"}, "page: Applications"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := h.ask(http.MethodGet, "/applications", "", append(tt.headers, "Cookie", cookie)...)
			if got := bodyOf(t, res); got != tt.want {
				t.Errorf("body = %q, want %q", got, tt.want)
			}
			if got := res.Header.Get("Vary"); !strings.Contains(got, "HX-Request") {
				t.Errorf("Vary = %q", got)
			}
			if got := res.Header.Get("Cache-Control"); got != "private, no-cache" {
				t.Errorf("Cache-Control = %q", got)
			}
		})
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	h := newHouse(t, nil)
	address := serve(t, h) + "/sign-in"
	get, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer get.Body.Close()
	head, err := http.Head(address)
	if err != nil {
		t.Fatal(err)
	}
	defer head.Body.Close()
	if head.StatusCode != http.StatusOK || head.ContentLength != get.ContentLength || bodyOf(t, head) != "" {
		t.Errorf("HEAD /sign-in = %d, %d bytes; GET has %d", head.StatusCode, head.ContentLength, get.ContentLength)
	}
	if strings.Contains(h.log.String(), "level=ERROR") {
		t.Errorf("log: %s", h.log)
	}
}

// program reports whether "METHOD /path" is for programs, which get no markup.
func program(what string) bool {
	for _, prefix := range []string{" /api/", " /v1/", " /auth/", " /access/", " /.well-known/"} {
		if strings.Contains(what, prefix) {
			return true
		}
	}
	return false
}
