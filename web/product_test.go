package web_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/handlers"
	"latchkey/handlers/api"
	"latchkey/store"
	"latchkey/token"
	"latchkey/web"
)

// newProduct is the house with every route of the product in it, over a
// database of its own, and the cookie of its administrator.
func newProduct(t *testing.T) (*house, string) {
	t.Helper()
	ctx := context.Background()
	h := &house{clock: newClock()}
	db := must(store.Open(ctx, store.Config{URL: filepath.Join(t.TempDir(), "latchkey.db"), Now: h.clock.Now}))
	t.Cleanup(func() { _ = db.Close() })
	sealer, _, err := token.LoadOrCreateKeyFile(filepath.Join(t.TempDir(), "latchkey.key"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const address = "http://example.com" // what httptest asks for
	svc := access.NewService(db, access.Config{Issuer: address, Sealer: sealer, Now: h.clock.Now, Random: rand.Reader})
	if err := svc.PrepareSigningKeys(ctx); err != nil {
		t.Fatal(err)
	}
	h.Server = web.New(web.Config{PublicURL: must(url.Parse(address)), Now: h.clock.Now, SessionKey: []byte("a key for tests")}, svc, db)
	handlers.Register(h.Server, svc, handlers.Config{Now: h.clock.Now, PublicURL: address})
	api.Register(h.Server, svc, api.Config{PublicURL: address})

	const email, password = "ada@acme.test", "seven quiet otters row north"
	_, err = svc.CreateUser(ctx, access.LocalOperator("test"), access.NewUser{Email: email, Password: password, RoleID: access.SystemAdministrator})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"email": {email}, "password": {password}}
	res := h.ask(http.MethodPost, "/sign-in", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	return h, sessionCookie(t, res)
}

// routes are those that a request can reach.
func (h *house) routes() []*echo.Route {
	var reachable []*echo.Route
	for _, route := range h.Echo.Routes() {
		if route.Method != echo.RouteNotFound {
			reachable = append(reachable, route)
		}
	}
	return reachable
}

// example is a path that the route answers for.
func example(route *echo.Route) string {
	return strings.NewReplacer(":id", "0199aaaa-0000-7000-8000-000000000000", ":rule", "7", ":action", "disable", ":realm", "acme", "*", "x").Replace(route.Path)
}

// TestEveryRouteOfTheProduct asks every route as a stranger, as another site and
// as the administrator: all answers have their headers, nobody gets in without
// signing in, no other site gets through, and nothing is a 5xx.
func TestEveryRouteOfTheProduct(t *testing.T) {
	h, cookie := newProduct(t)
	if n := len(h.routes()); n < 35 {
		t.Fatalf("only %d routes", n)
	}
	for _, route := range h.routes() {
		t.Run(route.Method+" "+route.Path, func(t *testing.T) {
			path := example(route)
			program := program(" " + path)
			public := path == "/sign-in" || path == "/setup" || path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, "/static/")

			stranger := h.ask(route.Method, path, "")
			checkHeaders(t, route.Method+" "+path, stranger)
			where := stranger.Header.Get("Location")
			if asked := stranger.StatusCode == http.StatusSeeOther && strings.HasPrefix(where, "/sign-in"); asked == (program || public) {
				t.Errorf("a stranger: %d to %q", stranger.StatusCode, where)
			}

			for _, from := range [][]string{
				{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"},
				{"Sec-Fetch-Site", "same-site", "Origin", "http://other.example.com"},
				{"Origin", "null"},
			} {
				foreign := h.ask(route.Method, path, "", append(from, "Cookie", cookie)...)
				checkHeaders(t, route.Method+" "+path+" from another site", foreign)
				if refused := foreign.StatusCode == http.StatusForbidden; route.Method != http.MethodGet && refused == program {
					t.Errorf("another site (%v): %d", from, foreign.StatusCode)
				}
			}

			if path == "/sign-out" {
				return
			}
			for _, headers := range [][]string{{"Cookie", cookie}, {"Cookie", cookie, "HX-Request", "true", "HX-Request-Type", "partial"}} {
				own := h.ask(route.Method, path, "", headers...)
				checkHeaders(t, route.Method+" "+path+" signed in", own)
				if own.StatusCode >= 500 {
					t.Errorf("the administrator: %d", own.StatusCode)
				}
			}
		})
	}
}
