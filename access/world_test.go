package access_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/store"
	"latchkey/token"
)

// The roles that the tests give.
const (
	administrator   int32 = 1
	editor          int32 = 3
	viewer          int32 = 7
	departmentAdmin int32 = 1710
	cloudOperator   int32 = 1711
)

const password = "seven quiet herons wade upstream"

// world is an installation with a tree of scopes, over a real store.
type world struct {
	*access.Service
	t     testing.TB
	ctx   context.Context
	store *store.Store
	clock *clock
	file  string
	admin access.Caller
	local access.Caller
	// scopes by path from the tenant, such as "east/a/1"; "" is the tenant.
	scopes map[string]access.Scope
}

// clock stands nearly still until it is moved: each look at it is a microsecond
// later, so that events have an order.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const issuer = "http://127.0.0.1:8080"

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOver(t, filepath.Join(t.TempDir(), "latchkey.db"))
}

// newWorldOver is a world in a database, given by its file or URL.
func newWorldOver(t testing.TB, database string) *world {
	t.Helper()
	w := &world{
		t: t, ctx: t.Context(), file: database,
		clock: &clock{now: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)},
		local: access.LocalOperator("ines (local)"), scopes: map[string]access.Scope{},
	}
	w.store = w.open()
	w.Service = w.newService(w.store)
	w.must(w.PrepareSigningKeys(w.ctx))
	for _, path := range []string{"", "east", "west", "east/a", "east/b", "west/a", "east/a/1", "east/a/2", "east/b/1", "west/a/1"} {
		w.addScope(path)
	}
	w.admin = w.user("admin@example.com", administrator, "")
	return w
}

func (w *world) open() *store.Store {
	w.t.Helper()
	s, err := store.Open(w.ctx, store.Config{URL: w.file, Now: w.clock.Now})
	w.must(err)
	w.t.Cleanup(func() { _ = s.Close() })
	return s
}

func (w *world) newService(repo access.Repository) *access.Service {
	s := access.NewService(repo, access.Config{
		Issuer: issuer, Sealer: token.NewSealer([32]byte{1}), Now: w.clock.Now, Random: rand.Reader,
	})
	access.CheapPasswords(s)
	return s
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addScope(path string) {
	w.t.Helper()
	if path == "" {
		scope, err := w.Scope(w.ctx, w.local, access.TenantNodeID)
		w.must(err)
		w.scopes[path] = scope
		return
	}
	parent, name := filepath.Split(path)
	scope, err := w.CreateScope(w.ctx, w.local, access.NewScope{ParentID: w.scopes[filepath.Clean("/" + parent)[1:]].ID, Name: name})
	w.must(err)
	w.scopes[path] = scope
}

// user makes somebody who is role at scope.
func (w *world) user(email string, role int32, scope string) access.Caller {
	w.t.Helper()
	u, err := w.CreateUser(w.ctx, w.local, access.NewUser{Email: email, Password: password})
	w.must(err)
	if role != 0 {
		w.rule(access.SubjectUser, u.ID, role, scope)
	}
	return w.as(u.ID)
}

// as is the user with the grants of now.
func (w *world) as(userID string) access.Caller {
	w.t.Helper()
	principal, _, err := w.UserPrincipal(w.ctx, userID)
	w.must(err)
	return access.Caller{Principal: principal, Origin: origin("198.51.100.1")}
}

func origin(address string) access.Origin {
	return access.Origin{SourceIP: address, UserAgent: "test", HTTPMethod: "POST", URL: "/test", RequestID: "r-1"}
}

func (w *world) rule(kind access.SubjectType, subject string, role int32, scope string) access.Rule {
	w.t.Helper()
	r, err := w.CreateRule(w.ctx, w.local, access.NewRule{SubjectType: kind, Subject: subject, RoleID: role, ScopeID: w.scopes[scope].ID})
	w.must(err)
	return r
}

// app makes an application that is managed at scope.
func (w *world) app(name, scope string) (access.Application, token.Key) {
	w.t.Helper()
	a, key, err := w.CreateApplication(w.ctx, w.local, access.NewApplication{Name: name, ScopeID: w.scopes[scope].ID})
	w.must(err)
	return a, key
}

func (w *world) token(clientID string, key token.Key) string {
	w.t.Helper()
	issued, err := w.IssueToken(w.ctx, origin("203.0.113.9"), clientID, key.Reveal())
	w.must(err)
	return issued.AccessToken
}

// asApplication is what the API makes of a token.
func (w *world) asApplication(clientID string, key token.Key) access.Caller {
	w.t.Helper()
	principal, err := w.TokenPrincipal(w.ctx, w.token(clientID, key))
	w.must(err)
	return access.Caller{Principal: principal, Origin: origin("203.0.113.9")}
}

func (w *world) events() []access.Event {
	w.t.Helper()
	events, err := w.store.Events(w.ctx, 10_000)
	w.must(err)
	return events
}

// tell is an event in a few words, for comparison.
func tell(e access.Event) string {
	return fmt.Sprintf("%s %s %s %s", e.Subject.Name, e.Action, e.EntityType, e.Result)
}

func (w *world) lastEvent() access.Event {
	w.t.Helper()
	events, err := w.store.Events(w.ctx, 1)
	w.must(err)
	return events[0]
}

func (w *world) wantEvent(want string) access.Event {
	w.t.Helper()
	last := w.lastEvent()
	if got := tell(last); got != want {
		w.t.Errorf("the last event is %q, want %q", got, want)
	}
	return last
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// wantInvalid wants an InvalidError about exactly these fields.
func wantInvalid(t *testing.T, err error, fields ...string) {
	t.Helper()
	var invalid *access.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want an InvalidError", err)
	}
	var got []string
	for _, f := range invalid.Fields {
		got = append(got, f.Field)
	}
	if fmt.Sprint(got) != fmt.Sprint(fields) {
		t.Errorf("invalid are %v (%v), want %v", got, err, fields)
	}
}

func wantConflict(t *testing.T, err error, field string) {
	t.Helper()
	var conflict *access.ConflictError
	if !errors.As(err, &conflict) {
		t.Fatalf("got %v, want a ConflictError", err)
	}
	if conflict.Field != field || conflict.Message == "" {
		t.Errorf("the conflict is about %q: %q, want %q", conflict.Field, conflict.Message, field)
	}
}
