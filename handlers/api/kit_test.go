package api_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/handlers/api"
	"latchkey/store"
	"latchkey/token"
	"latchkey/web"
)

const (
	issuer   = "https://keys.acme.test"
	audience = "https://shop.acme.test/api" // another that tokens are made for
)

// product is the API over a real service and a database of its own, with a clock
// that stands still unless a test moves it.
//
// Every answer is held against the specification.
type product struct {
	t       testing.TB
	promise *promise
	svc     *access.Service
	web     *web.Server
	log     *bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

func newProduct(t testing.TB) *product {
	t.Helper()
	return newProductOver(t, sqliteFile(t))
}

func newProductOver(t testing.TB, database string) *product {
	t.Helper()
	return newProductOf(t, partsOver(t, database))
}

func partsOver(t testing.TB, database string) parts {
	return parts{database: database, keyFile: filepath.Join(t.TempDir(), "latchkey.key"), random: rand.Reader}
}

// parts are what a product is made of.
type parts struct {
	database, keyFile string
	random            io.Reader
	limits            web.Limits
	issuer            string // empty: the one of the tests
	// around, if any, stands between the API and the use cases.
	around func(api.Service) api.Service
}

func newProductOf(t testing.TB, of parts) *product {
	t.Helper()
	p := &product{t: t, promise: newPromise(t), log: &bytes.Buffer{}, now: time.Date(2026, 11, 23, 4, 10, 22, 123456789, time.UTC)}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{URL: of.database, Now: p.clock})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	sealer, _, err := token.LoadOrCreateKeyFile(of.keyFile, of.random)
	must(t, err)
	level := slog.LevelDebug
	if _, measured := t.(*testing.B); measured {
		level = slog.LevelInfo // as it runs
	}
	log := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: level}))
	public := cmp.Or(of.issuer, issuer)
	p.svc = access.NewService(db, access.Config{Issuer: public, Audiences: []string{audience}, Sealer: sealer, Now: p.clock, Random: of.random, Log: log})
	must(t, p.svc.PrepareSigningKeys(ctx))
	p.web = web.New(web.Config{Log: log, Now: p.clock, Random: of.random, Limits: of.limits, SessionKey: []byte("a key for tests")}, p.svc, db)
	var svc api.Service = p.svc
	if of.around != nil {
		svc = of.around(svc)
	}
	api.Register(p.web, svc, api.Config{PublicURL: public})
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *product) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *product) wait(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

func operator() access.Caller { return access.LocalOperator("test") }

// application is one that a test can sign in with.
type application struct {
	access.Application
	secret string
}

func (p *product) application(t testing.TB, name string) application {
	t.Helper()
	app, key, err := p.svc.CreateApplication(context.Background(), operator(), access.NewApplication{Name: name})
	must(t, err)
	return application{app, key.Reveal()}
}

// grant gives the application a role in a scope.
func (p *product) grant(t testing.TB, app application, role int32, scope string) {
	t.Helper()
	_, err := p.svc.CreateRule(context.Background(), operator(), access.NewRule{
		SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: role, ScopeID: scope,
	})
	must(t, err)
}

func (p *product) scope(t testing.TB, parent, name string) access.Scope {
	t.Helper()
	scope, err := p.svc.CreateScope(context.Background(), operator(), access.NewScope{ParentID: parent, Name: name})
	must(t, err)
	return scope
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends one request; headers are given as pairs.
func (p *product) ask(method, target, body string, headers ...string) answer {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	p.web.Echo.ServeHTTP(rec, r)
	res := rec.Result()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		panic(err) // a recorder's body is in memory
	}
	got := answer{res.StatusCode, res.Header, string(b)}
	p.promise.check(p.t, method, r.URL.Path, got)
	return got
}

const formType = "application/x-www-form-urlencoded"

// form posts parameters as OAuth clients do.
func (p *product) form(target string, values url.Values, headers ...string) answer {
	return p.ask(http.MethodPost, target, values.Encode(), append(headers, "Content-Type", formType)...)
}

// tokenFor signs the application in.
func (p *product) tokenFor(t testing.TB, app application) string {
	t.Helper()
	got := p.ask(http.MethodPost, "/api/v1/token", object("grantType", "client_credentials", "clientID", app.ClientID, "clientSecret", app.secret))
	var body struct{ AccessToken string }
	got.decode(t, &body)
	if got.status != http.StatusOK || body.AccessToken == "" {
		t.Fatalf("no token: %d %s", got.status, got.body)
	}
	return body.AccessToken
}

// get asks with a token.
func (p *product) get(t testing.TB, bearer, target string) answer {
	t.Helper()
	return p.ask(http.MethodGet, target, "", "Authorization", "Bearer "+bearer)
}

func (a answer) decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%v in %q", err, a.body)
	}
}

// object is a JSON object of strings, given as pairs.
func object(pairs ...string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func decodeAny(body string) (value any, err error) {
	return value, json.Unmarshal([]byte(body), &value)
}
