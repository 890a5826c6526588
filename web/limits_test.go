package web_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

func TestBodyLimit(t *testing.T) {
	h := newHouse(t, nil)
	for _, tt := range []struct {
		name   string
		length int
		hidden bool // chunked: the length is not announced
		want   int
	}{
		{"at the limit", 64 << 10, false, 200},
		{"over it", 64<<10 + 1, false, 413},
		{"at the limit, chunked", 64 << 10, true, 200},
		{"over it, chunked", 64<<10 + 1, true, 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := serve(t, h)
			var body io.Reader = strings.NewReader(strings.Repeat("x", tt.length))
			if tt.hidden {
				body = io.NopCloser(body)
			}
			res, err := http.Post(server+"/api/v1/token", "application/json", body)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != tt.want {
				t.Errorf("%d, want %d", res.StatusCode, tt.want)
			}
		})
	}
}

// TestSourceCannotBeForged: nobody chooses the address that limits and the audit
// log see (security.md 51).
func TestSourceCannotBeForged(t *testing.T) {
	for _, tt := range []struct {
		name, proxies, forwarded, want string
	}{
		{"no proxy, no header", "", "", "192.0.2.7"},
		{"no proxy, forged", "", "10.0.0.1", "192.0.2.7"},
		{"another proxy, forged", "198.51.100.0/24", "10.0.0.1", "192.0.2.7"},
		{"loopback is no proxy by itself", "198.51.100.0/24", "127.0.0.1", "192.0.2.7"},
		{"our proxy", "192.0.2.0/24", "203.0.113.9", "203.0.113.9"},
		{"our proxy, forged before it", "192.0.2.0/24", "10.0.0.1, 203.0.113.9", "203.0.113.9"},
		{"two of our proxies", "192.0.2.0/24", "203.0.113.9, 192.0.2.50", "203.0.113.9"},
		{"our proxy, garbage", "192.0.2.0/24", "unknown", "192.0.2.7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, func(cfg *web.Config) {
				if tt.proxies != "" {
					cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(tt.proxies)}
				}
			})
			res := h.ask(http.MethodPost, "/api/v1/token", "{}", "X-Forwarded-For", tt.forwarded, "X-Real-IP", "10.9.9.9")
			if body := bodyOf(t, res); !strings.Contains(body, `"SourceIP":"`+tt.want+`"`) {
				t.Errorf("%s, want %s", body, tt.want)
			}
		})
	}
}

func TestOrigin(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	res := h.ask(http.MethodGet, "/caller?search=secret", "", "Cookie", cookie, "User-Agent", strings.Repeat("a", 300)+"\xff", "X-Request-Id", "chosen")
	body := bodyOf(t, res)
	id := res.Header.Get("X-Request-Id")
	if id == "chosen" {
		t.Error("the client chose the request id")
	}
	want := fmt.Sprintf(`{"SourceIP":"192.0.2.7","UserAgent":"%s","HTTPMethod":"GET","URL":"/caller","RequestID":"%s"}`, strings.Repeat("a", 256), id)
	if strings.TrimSpace(body) != want {
		t.Errorf("origin = %s, want %s", body, want)
	}
}

// TestRefusedCredentialsLimit: guessing is slowed per client and per source, a
// stranger locks nobody out, and nothing but refusals counts (security.md 50).
func TestRefusedCredentialsLimit(t *testing.T) {
	h := newHouse(t, func(cfg *web.Config) {
		cfg.Limits.RefusedPerClient = web.Rate{PerSecond: 0.5, Burst: 5}
		cfg.Limits.RefusedPerSource = web.Rate{PerSecond: 1, Burst: 12}
	})
	h.API().POST("/api/v1/refused", func(c echo.Context) error {
		if err := h.RefusedCredentials(c, c.QueryParam("client")); err != nil {
			return err
		}
		return c.NoContent(http.StatusBadRequest)
	})
	refuse := func(client, forged string) *http.Response {
		return h.ask(http.MethodPost, "/api/v1/refused?client="+client, "", "X-Forwarded-For", forged)
	}
	for i := range 5 {
		if got := refuse("ci", "10.0.0."+strconv.Itoa(i)).StatusCode; got != 400 {
			t.Fatalf("refusal %d: %d", i+1, got)
		}
	}
	res := refuse("ci", "10.0.0.77")
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "2" {
		t.Errorf("%d, Retry-After %q; want 429 and 2", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if got := refuse("other", "").StatusCode; got != 400 {
		t.Errorf("another client is refused with %d: one noisy client starves it", got)
	}
	for range 5 {
		refuse("other", "")
	}
	if got := refuse("third", "").StatusCode; got != 429 {
		t.Errorf("the source goes on with a third name: %d", got)
	}
	h.clock.advance(2 * time.Second)
	if got := refuse("ci", "").StatusCode; got != 400 {
		t.Errorf("after waiting as told: %d", got)
	}
}

func TestSignInLimit(t *testing.T) {
	h := newHouse(t, func(cfg *web.Config) { cfg.Limits.SignInPerSource = web.Rate{PerSecond: 1, Burst: 3} })
	for range 3 {
		h.signIn(t)
	}
	res := h.ask(http.MethodPost, "/sign-in", "")
	if body := bodyOf(t, res); res.StatusCode != 429 || !strings.Contains(body, "<h1") || res.Header.Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if res := h.ask(http.MethodGet, "/sign-in", ""); res.StatusCode != 200 {
		t.Errorf("the form itself: %d", res.StatusCode)
	}
	h.clock.advance(time.Second)
	h.signIn(t)
}

func TestSearchLimit(t *testing.T) {
	h := newHouse(t, func(cfg *web.Config) { cfg.Limits.SearchPerUser = web.Rate{PerSecond: 1, Burst: 2} })
	cookie := h.signIn(t)
	get := func(target string) int { return h.ask(http.MethodGet, target, "", "Cookie", cookie).StatusCode }
	for i, want := range []int{200, 200, 429, 429, 429} {
		query := []string{"search=ci", "filterBy=status==Active", "q=eu", "field=name", "scopeSearch=eu"}[i]
		if got := get("/applications?" + query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if got := get("/applications?page=2"); got != 200 {
		t.Errorf("paging is limited too: %d", got)
	}
}

func TestNoLimit(t *testing.T) {
	h := newHouse(t, func(cfg *web.Config) { cfg.Limits.SignInPerSource = web.Rate{Burst: -1} })
	for range 100 {
		h.signIn(t)
	}
}

func TestTidyPaths(t *testing.T) {
	h := newHouse(t, nil)
	for _, path := range []string{"/api/v1//token", "//api/v1/token", "/api/v1/token/", "/api/v1/token//"} {
		if res := h.ask(http.MethodPost, path, "{}"); res.StatusCode != 200 {
			t.Errorf("POST %s = %d", path, res.StatusCode)
		}
	}
	for _, path := range []string{"/applications/", "//applications", "//evil.test/api/v1/token/.."} {
		if res := h.ask(http.MethodGet, "http://example.com"+path, ""); res.StatusCode != 404 {
			t.Errorf("GET %s = %d", path, res.StatusCode)
		}
	}
}

func TestOddText(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	for target, want := range map[string]int{
		"/applications?search=%00":     400,
		"/applications?search=%ff":     400,
		"/applications?search=%E2%82":  400,
		"/applications?search=\xff":    400, // as no browser sends it
		"/applications?%00=ci":         400,
		"/applications?search=%C3%A9":  200,
		"/applications?x=%zz":          200, // not decodable: as if it were not there
		"/applications/%00":            404,
		"/applications/%ff/regenerate": 404,
		"/%2e%2e/%2e%2e/etc/passwd":    404,
	} {
		if got := h.ask(http.MethodGet, target, "", "Cookie", cookie).StatusCode; got != want {
			t.Errorf("GET %s = %d, want %d", target, got, want)
		}
	}
}

func TestNoMethodOverride(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	res := h.ask(http.MethodPost, "/sign-in?_method=DELETE", "_method=DELETE", "Cookie", cookie, "X-HTTP-Method-Override", "DELETE",
		"Content-Type", "application/x-www-form-urlencoded")
	if res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
}

// serve starts the server as main does, and gives its address.
func serve(t *testing.T, h *house) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := h.HTTPServer()
	done := make(chan error, 1)
	go func() { done <- server.Serve(web.LimitConnections(listener)) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}

// TestSlowClient: five hundred connections that send a byte now and then are all
// closed when their time is over, and meanwhile others are served (security.md 49).
// The times are shorter than the product's, everything else is as main starts it.
func TestSlowClient(t *testing.T) {
	const connections = 500
	h := newHouse(t, func(cfg *web.Config) {
		cfg.Timeouts = web.Timeouts{ReadHeader: 500 * time.Millisecond, Read: time.Second}
	})
	base := serve(t, h)
	slow := make([]net.Conn, connections)
	for i := range slow {
		slow[i] = dialSlowly(t, strings.TrimPrefix(base, "http://"), i%2 == 0)
	}
	closed := make(chan error, connections)
	for _, conn := range slow {
		go func() { closed <- waitForEnd(conn) }()
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for left := connections; left > 0; {
		select {
		case err := <-closed:
			if left--; err != nil {
				t.Fatalf("a slow connection is kept: %v", err)
			}
		case <-tick.C:
			for _, conn := range slow { // which must not put the end off
				_, _ = io.WriteString(conn, "x") // to one that is closed already, an error
			}
			wantHealthy(t, base)
		}
	}
	wantHealthy(t, base)
}

// dialSlowly begins a request whose body, or else whose headers, never end.
func dialSlowly(t *testing.T, address string, inBody bool) net.Conn {
	t.Helper()
	conn := must(net.Dial("tcp", address))
	t.Cleanup(func() { _ = conn.Close() })
	start := "GET /healthz HT"
	if inBody {
		start = "POST /api/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"
	}
	if _, err := io.WriteString(conn, start); err != nil {
		t.Fatal(err)
	}
	return conn
}

// waitForEnd is nil once the server has closed the connection. A minute is far
// more than it takes; it is reached only if the server keeps it.
func waitForEnd(conn net.Conn) error {
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	_, err := io.Copy(io.Discard, conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return nil // closed in good order, or reset while it was still writing
}

func wantHealthy(t *testing.T, base string) {
	t.Helper()
	res, err := http.Get(base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("/healthz beside slow clients: %d", res.StatusCode)
	}
}

func TestHeaderLimit(t *testing.T) {
	h := newHouse(t, nil)
	req := must(http.NewRequest(http.MethodGet, serve(t, h)+"/healthz", nil))
	req.Header.Set("X-Long", strings.Repeat("x", 24<<10))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", res.StatusCode)
	}
}

// TestWorkIsLimitedInTime: a request that takes too long is a 503, and its
// context tells the database to stop.
func TestWorkIsLimitedInTime(t *testing.T) {
	h := newHouse(t, func(cfg *web.Config) { cfg.Timeouts.Request = time.Millisecond })
	h.API().GET("/api/v1/slow", func(c echo.Context) error {
		<-c.Request().Context().Done()
		return fmt.Errorf("query: %w", c.Request().Context().Err())
	})
	res := h.ask(http.MethodGet, "/api/v1/slow", "")
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", res.StatusCode, bodyOf(t, res))
	}
}

// TestStreamOutlivesTheDeadlines: a long answer goes on past every time-out as
// long as the client takes it, and ends when the client leaves.
func TestStreamOutlivesTheDeadlines(t *testing.T) {
	h := newHouse(t, func(cfg *web.Config) {
		cfg.Timeouts = web.Timeouts{Read: 20 * time.Millisecond, Write: 20 * time.Millisecond, Request: 20 * time.Millisecond}
	})
	left := make(chan struct{})
	h.API().GET("/api/v1/long", func(c echo.Context) error {
		w := web.Stream(c)
		for range 10 {
			if _, err := io.WriteString(w, "line\n"); err != nil {
				return web.Broken(err)
			}
			w.(interface{ Flush() }).Flush()
			select {
			case <-c.Request().Context().Done():
				return web.Broken(c.Request().Context().Err())
			case <-time.After(10 * time.Millisecond): // together longer than each time-out
			}
		}
		return nil
	})
	h.API().GET("/api/v1/endless", func(c echo.Context) error {
		w := web.Stream(c)
		_, _ = io.WriteString(w, "line\n")
		w.(interface{ Flush() }).Flush()
		<-c.Request().Context().Done()
		close(left)
		return web.Broken(c.Request().Context().Err())
	})
	base := serve(t, h)

	res, err := http.Get(base + "/api/v1/long")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || strings.Count(string(body), "line") != 10 {
		t.Errorf("%q, %v", body, err)
	}

	res, err = http.Get(base + "/api/v1/endless")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	select {
	case <-left:
	case <-time.After(10 * time.Second):
		t.Error("the work goes on for a client that has left")
	}
}

// TestBrokenAnswerIsNotWhole: half an answer must not look like a whole one.
func TestBrokenAnswerIsNotWhole(t *testing.T) {
	h := newHouse(t, nil)
	h.API().GET("/api/v1/half", func(c echo.Context) error {
		w := web.Stream(c)
		_, _ = io.WriteString(w, "[1,2")
		w.(interface{ Flush() }).Flush()
		return web.Broken(errEngine)
	})
	res, err := http.Get(serve(t, h) + "/api/v1/half")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("the client believes %q to be all", body)
	}
}

// TestPlainHTTPIsRefused: what is published over https never answers secrets
// over http, and never redirects them either (security.md 58).
func TestPlainHTTPIsRefused(t *testing.T) {
	h := newHouse(t, func(cfg *web.Config) {
		cfg.PublicURL = must(url.Parse("https://keys.acme.test"))
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	})
	for _, path := range []string{"/api/v1/token", "/api/v2/token", "/sign-in"} {
		if res := h.ask(http.MethodPost, path, "{}"); res.StatusCode != 403 {
			t.Errorf("POST %s over plain HTTP = %d", path, res.StatusCode)
		}
		if res := h.ask(http.MethodPost, path, "{}", "X-Forwarded-Proto", "https"); res.StatusCode == 403 {
			t.Errorf("POST %s through the proxy is refused", path)
		}
	}
	if res := h.ask(http.MethodGet, "/healthz", ""); res.StatusCode != 200 {
		t.Errorf("/healthz = %d", res.StatusCode)
	}
}

func TestCallerOfStranger(t *testing.T) {
	h := newHouse(t, nil)
	h.Public().GET("/who", func(c echo.Context) error {
		if got := web.CallerOf(c); got.Principal.ID != "" || got.Origin.SourceIP == "" || !web.SessionEnds(c).IsZero() || web.PreferencesOf(c) != nil {
			t.Errorf("caller = %+v", got)
		}
		return c.NoContent(http.StatusNoContent)
	})
	h.API().GET("/api/v1/who", func(c echo.Context) error {
		if web.CallerOf(c).Principal.ID != "" || web.SessionHash(c) != [32]byte{} {
			t.Error("a cookie counts on an API path")
		}
		web.SetPrincipal(c, access.Principal{Subject: access.Subject{ID: "0199-ci"}})
		if web.CallerOf(c).Principal.ID != "0199-ci" {
			t.Error("the principal of the token is lost")
		}
		return c.NoContent(http.StatusNoContent)
	})
	for _, path := range []string{"/who", "/api/v1/who"} {
		cookie := ""
		if strings.HasPrefix(path, "/api/") {
			cookie = h.signIn(t)
		}
		if res := h.ask(http.MethodGet, path, "", "Cookie", cookie); res.StatusCode != http.StatusNoContent {
			t.Errorf("GET %s = %d", path, res.StatusCode)
		}
	}
}
