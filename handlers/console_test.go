package handlers_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/access"
	"latchkey/handlers"
	"latchkey/handlers/api"
	"latchkey/store"
	"latchkey/token"
	"latchkey/web"
)

const (
	adminEmail    = "ada@example.com"
	adminPassword = "seven quiet otters row north"
)

// product is the whole product over a database of its own, with a clock that
// stands still unless a test moves it, and a store that fails where a test
// wants it to.
type product struct {
	t    testing.TB
	file string // of SQLite; the URL of PostgreSQL
	db   *store.Store
	repo *faultyStore
	svc  *access.Service
	web  *web.Server
	url  string

	mu  sync.Mutex
	now time.Time
}

func newProduct(t testing.TB) *product {
	t.Helper()
	return newProductOver(t, sqliteFile(t))
}

func newProductOver(t testing.TB, url string) *product {
	t.Helper()
	p := assemble(t, installation{database: url, keyFile: filepath.Join(t.TempDir(), "latchkey.key")})
	must(t, p.svc.PrepareSigningKeys(context.Background()))
	return p
}

// installation is what the processes of one installation share.
type installation struct {
	database, keyFile string
	// publicURL leads to all of them; empty: to the product's own address.
	publicURL string
}

// assemble serves a product whose signing keys are not there yet.
func assemble(t testing.TB, at installation) *product {
	t.Helper()
	p := &product{t: t, file: at.database, now: time.Date(2026, time.November, 23, 4, 10, 22, 0, time.UTC)}
	db, err := store.Open(context.Background(), store.Config{URL: at.database, Now: p.clock})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	sealer, _, err := token.LoadOrCreateKeyFile(at.keyFile, rand.Reader)
	must(t, err)

	listener := httptest.NewUnstartedServer(nil)
	p.url = "http://" + listener.Listener.Addr().String()
	if at.publicURL == "" {
		at.publicURL = p.url
	}
	public, err := url.Parse(at.publicURL)
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	p.db, p.repo = db, &faultyStore{Store: db}
	p.svc = access.NewService(p.repo, access.Config{Issuer: at.publicURL, Sealer: sealer, Now: p.clock, Random: rand.Reader, Log: log})
	p.web = web.New(web.Config{PublicURL: public, Log: log, Now: p.clock, SessionKey: []byte("a session key of thirty-two bytes")}, p.svc, db)
	handlers.Register(p.web, p.svc, handlers.Config{Now: p.clock, PublicURL: at.publicURL})
	api.Register(p.web, p.svc, api.Config{PublicURL: at.publicURL})
	listener.Config = p.web.HTTPServer()
	listener.Start()
	t.Cleanup(listener.Close)
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

// operator is who runs the commands on the machine itself.
func (p *product) operator() access.Caller { return access.LocalOperator("test") }

// administrator sets the product up, and is signed in.
func (p *product) administrator() *browser {
	p.t.Helper()
	secret, err := p.svc.NewSetupLink(context.Background())
	must(p.t, err)
	b := p.visitor()
	got := b.post("/setup", url.Values{"token": {secret}, "email": {adminEmail}, "password": {adminPassword}})
	got.wantStatus(http.StatusSeeOther)
	return b
}

// person makes a user with a role on everything, and signs them in.
func (p *product) person(email string, role int32) *browser {
	p.t.Helper()
	_, err := p.svc.CreateUser(context.Background(), p.operator(), access.NewUser{Email: email, Password: adminPassword, RoleID: role})
	must(p.t, err)
	b := p.visitor()
	b.post("/sign-in", url.Values{"email": {email}, "password": {adminPassword}}).wantStatus(http.StatusSeeOther)
	return b
}

// application makes one without going through a page.
func (p *product) application(name string) (access.Application, token.Key) {
	p.t.Helper()
	app, key, err := p.svc.CreateApplication(context.Background(), p.operator(), access.NewApplication{Name: name})
	must(p.t, err)
	return app, key
}

// use trades the key for a token, as an application does.
func (p *product) use(clientID, secretKey string) error {
	_, err := p.svc.IssueToken(context.Background(), access.Origin{}, clientID, secretKey)
	if err == nil {
		err = p.svc.Flush(context.Background())
	}
	return err
}

// names are the applications outside of the bin.
func (p *product) names() []string {
	p.t.Helper()
	page, err := p.svc.ListApplications(context.Background(), p.operator(), access.List{Limit: access.MaxLimit, Sort: access.ApplicationSchema.DefaultSort})
	must(p.t, err)
	names := make([]string, len(page.Rows))
	for i, row := range page.Rows {
		names[i] = row.Name
	}
	return names
}

// browser is one person's cookies.
type browser struct {
	t      testing.TB
	base   string
	client *http.Client
	htmx   bool
	target string   // of htmx, as "tag#id"
	extra  []string // headers of every request, as pairs
}

func (p *product) visitor() *browser {
	jar, err := cookiejar.New(nil)
	must(p.t, err)
	return &browser{t: p.t, base: p.url, client: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// scripted is the same person with scripts running: htmx asks for fragments.
func (b *browser) scripted() *browser {
	with := *b
	with.htmx, with.target = true, "div#dialog-content"
	return &with
}

func (b *browser) get(path string) *answer {
	b.t.Helper()
	return b.send(http.MethodGet, path, nil)
}

func (b *browser) post(path string, form url.Values) *answer {
	b.t.Helper()
	return b.send(http.MethodPost, path, form)
}

func (b *browser) send(method, path string, form url.Values) *answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.base+path, strings.NewReader(form.Encode()))
	must(b.t, err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(b.extra); i += 2 {
		req.Header.Set(b.extra[i], b.extra[i+1])
	}
	if b.htmx {
		req.Header.Set("HX-Request", "true")
		req.Header.Set("HX-Request-Type", "partial")
		req.Header.Set("HX-Target", b.target)
		req.Header.Set("HX-Current-URL", b.base+"/applications")
	}
	res, err := b.client.Do(req)
	must(b.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(b.t, err)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	must(b.t, err)
	return &answer{t: b.t, what: method + " " + path, status: res.StatusCode, header: res.Header, body: string(body), doc: doc}
}

// fill asks for a form and answers what its fields hold, hidden ones included.
func (b *browser) fill(path, form string) url.Values {
	b.t.Helper()
	page := b.get(path)
	page.wantStatus(http.StatusOK)
	fields := url.Values{}
	page.find(form).Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		_, disabled := s.Attr("disabled")
		if name := s.AttrOr("name", ""); name != "" && !disabled && !fields.Has(name) {
			fields.Set(name, valueOf(s))
		}
	})
	return fields
}

func valueOf(s *goquery.Selection) string {
	switch goquery.NodeName(s) {
	case "select":
		return s.Find("option[selected]").AttrOr("value", s.Find("option").First().AttrOr("value", ""))
	case "textarea":
		return strings.TrimPrefix(s.Text(), "\n")
	default:
		return s.AttrOr("value", "")
	}
}

// answer is what came back, as a page.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   string
	doc    *goquery.Document
}

func (a *answer) wantStatus(want int) *answer {
	a.t.Helper()
	if a.status != want {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, want, a.excerpt())
	}
	return a
}

func (a *answer) excerpt() string {
	text := strings.Join(strings.Fields(a.doc.Find("body").Text()), " ")
	if len(text) > 400 {
		text = text[:400] + "…"
	}
	return text
}

// find is the one element of a selector.
func (a *answer) find(selector string) *goquery.Selection {
	a.t.Helper()
	found := a.doc.Find(selector)
	if found.Length() != 1 {
		a.t.Fatalf("%s: %d elements match %s: %s", a.what, found.Length(), selector, a.excerpt())
	}
	return found
}

func (a *answer) text(selector string) string {
	a.t.Helper()
	return strings.Join(strings.Fields(a.find(selector).Text()), " ")
}

func (a *answer) wantText(selector, part string) *answer {
	a.t.Helper()
	if text := a.text(selector); !strings.Contains(text, part) {
		a.t.Errorf("%s: %s says %q, want %q in it", a.what, selector, text, part)
	}
	return a
}

func (a *answer) wantNone(selector string) *answer {
	a.t.Helper()
	if n := a.doc.Find(selector).Length(); n != 0 {
		a.t.Errorf("%s: %d elements match %s", a.what, n, selector)
	}
	return a
}

func (a *answer) wantNoStore() *answer {
	a.t.Helper()
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		a.t.Errorf("%s: Cache-Control %q", a.what, got)
	}
	return a
}

// secret is the key that the answer shows.
func (a *answer) secret() string {
	a.t.Helper()
	return a.find("[data-secret-value]").AttrOr("value", "")
}

// isPage tells a whole page from a fragment of one.
func (a *answer) isPage() bool {
	return strings.HasPrefix(a.body, "<!doctype html>") || strings.HasPrefix(a.body, "<!DOCTYPE html>")
}

func applicationPath(app access.Application, what string) string {
	return fmt.Sprintf("/applications/%s/%s", app.ID, what)
}
