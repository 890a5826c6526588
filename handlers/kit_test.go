package handlers_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/store"
)

// This file is for the tests that ask the product as a whole: every route, as
// everybody.

// The predefined roles that the tests speak of (api-contract.md section 6).
const (
	cloudOperator   int32 = 1711 // manages applications, makes no rules
	departmentAdmin int32 = 1710 // reads applications, makes rules
)

// faultyStore is the store of the product until a test breaks a part of it.
type faultyStore struct {
	*store.Store
	mu       sync.Mutex
	noEvents bool // no event can be appended
	// beforeWrite, if set, is called ahead of each transaction.
	beforeWrite func()
	breaksAfter int // a list breaks off after so many rows; 0: never
	// endless, if set, makes lists go on for ever, and is told why they ended.
	endless chan<- error
}

func (s *faultyStore) set(change func(*faultyStore)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *faultyStore) Write(ctx context.Context, fn func(context.Context, access.Tx) error) error {
	s.mu.Lock()
	broken, before := s.noEvents, s.beforeWrite
	s.mu.Unlock()
	if before != nil {
		before()
	}
	return s.Store.Write(ctx, func(ctx context.Context, tx access.Tx) error {
		if broken {
			tx = silentTx{tx}
		}
		return fn(ctx, tx)
	})
}

func (s *faultyStore) EachApplication(ctx context.Context, q access.ApplicationQuery, fn func(access.ApplicationRow) error) error {
	s.mu.Lock()
	left, breaks, ended := s.breaksAfter, s.breaksAfter > 0, s.endless
	s.mu.Unlock()
	if ended != nil {
		row := access.ApplicationRow{}
		err := fn(row)
		for ; err == nil; err = fn(row) {
		}
		ended <- err
		return err
	}
	return s.Store.EachApplication(ctx, q, func(row access.ApplicationRow) error {
		if left--; breaks && left < 0 {
			return fmt.Errorf("disk on fire: %w", access.ErrUnavailable)
		}
		return fn(row)
	})
}

// silentTx is a transaction in which no event can be told.
type silentTx struct{ access.Tx }

func (silentTx) AppendEvent(context.Context, access.Event) error { return access.ErrUnavailable }

// routes are those that a request can reach, in a steady order.
func (p *product) routes() []*echo.Route {
	reachable := slices.DeleteFunc(p.web.Echo.Routes(), func(r *echo.Route) bool { return r.Method == echo.RouteNotFound })
	slices.SortFunc(reachable, func(a, b *echo.Route) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return reachable
}

// example is an address that a route answers for, about an application or, where
// it is about users, about the administrator.
func (p *product) example(route *echo.Route, id string, rule int32) string {
	p.t.Helper()
	return strings.NewReplacer(":id", id, ":rule", fmt.Sprint(rule), ":action", "disable", ":realm", "acme", "*", "x",
		":session", p.sessionOf(adminEmail), ":accessKey", "none", ":userId", p.user(adminEmail).ID, ":user", p.user(adminEmail).ID).Replace(route.Path)
}

// user finds one by their address.
func (p *product) user(email string) access.User {
	p.t.Helper()
	user, err := p.db.UserByEmail(context.Background(), email)
	must(p.t, err)
	return user
}

func isSafe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// grant gives a subject a role at a node.
func (p *product) grant(kind access.SubjectType, subject string, role int32, at access.Scope) access.Rule {
	p.t.Helper()
	rule, err := p.svc.CreateRule(context.Background(), p.operator(), access.NewRule{SubjectType: kind, Subject: subject, RoleID: role, ScopeID: at.ID})
	must(p.t, err)
	return rule
}

// personAt makes a user with a role at a node, and signs them in.
func (p *product) personAt(email string, role int32, at access.Scope) *browser {
	p.t.Helper()
	b := p.person(email, 0)
	p.grant(access.SubjectUser, email, role, at)
	return b
}

// applicationAt makes one that is managed at a node.
func (p *product) applicationAt(name string, at access.Scope) access.Application {
	p.t.Helper()
	app, _, err := p.svc.CreateApplication(context.Background(), p.operator(), access.NewApplication{Name: name, ScopeID: at.ID})
	must(p.t, err)
	return app
}

// bearerAt is an access token of an application with a role at a node; role 0
// is none.
func (p *product) bearerAt(name string, role int32, at access.Scope) string {
	p.t.Helper()
	app, key := p.application(name)
	if role != 0 {
		p.grant(access.SubjectApplication, app.ID, role, at)
	}
	issued, err := p.svc.IssueToken(context.Background(), access.Origin{}, app.ClientID, key.Reveal())
	must(p.t, err)
	return issued.AccessToken
}

// with is the same browser with headers of its own on every request, given as
// pairs.
func (b *browser) with(headers ...string) *browser {
	other := *b
	other.extra = append(slices.Clone(b.extra), headers...)
	return &other
}

// ask sends any request with any body.
func (b *browser) ask(method, path, body string) *answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.base+path, strings.NewReader(body))
	must(b.t, err)
	for i := 0; i+1 < len(b.extra); i += 2 {
		req.Header.Add(b.extra[i], b.extra[i+1])
	}
	res, err := b.client.Do(req)
	must(b.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(b.t, err)
	return &answer{t: b.t, what: method + " " + path, status: res.StatusCode, header: res.Header, body: string(text)}
}

// formHeaders are those of a form that a page of ours sends.
var formHeaders = []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}

// digest is the whole database but what may change by being asked for: when a
// session was last seen.
func (p *product) digest() string {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+p.file+"?mode=ro")
	must(p.t, err)
	defer db.Close()
	var text strings.Builder
	for _, table := range p.tables(db) {
		columns := slices.DeleteFunc(p.columns(db, table), func(c string) bool { return table == "sessions" && c == "last_seen_at" })
		fmt.Fprintln(&text, table)
		rows, err := db.Query(`SELECT quote(` + strings.Join(columns, `) || ' ' || quote(`) + `) FROM ` + table + ` ORDER BY 1`)
		must(p.t, err)
		for rows.Next() {
			var row string
			must(p.t, rows.Scan(&row))
			fmt.Fprintln(&text, " ", row)
		}
		must(p.t, rows.Err())
	}
	return text.String()
}

// tables are those that hold something; the shadows of the search index are
// made from them.
func (p *product) tables(db *sql.DB) []string {
	p.t.Helper()
	return texts(p.t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'application_search%' ORDER BY name`)
}

func (p *product) columns(db *sql.DB, table string) []string {
	p.t.Helper()
	return texts(p.t, db, `SELECT name FROM pragma_table_info(?)`, table)
}

func texts(t testing.TB, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(query, args...)
	must(t, err)
	defer rows.Close()
	var found []string
	for rows.Next() {
		var text string
		must(t, rows.Scan(&text))
		found = append(found, text)
	}
	must(t, rows.Err())
	return found
}

// events are all of them, the newest first.
func (p *product) events() []access.Event {
	p.t.Helper()
	events, err := p.db.Events(context.Background(), 100_000)
	must(p.t, err)
	return events
}
