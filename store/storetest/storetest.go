package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/access"
)

// Store is what the suite needs of a store.
type Store interface {
	access.Repository

	Session(ctx context.Context, idHash [32]byte) (access.Session, error)
	SaveSession(ctx context.Context, s access.Session) error
	DeleteSession(ctx context.Context, idHash [32]byte) error
	DeleteExpiredSessions(ctx context.Context, idleBefore, now time.Time) error

	Close() error
}

// Open opens the same database each time it is called, as a further process
// would. What it opens is closed with the test.
type Open func(t testing.TB) Store

// Run runs the suite. fresh makes an empty database for one test.
func Run(t *testing.T, fresh func(t testing.TB) Open) {
	groups := []struct {
		name  string
		tests []namedTest
	}{
		{"transactions", transactionTests},
		{"applications", applicationTests},
		{"lists", listTests},
		{"rules", ruleTests},
		{"rule lists", ruleListTests},
		{"scopes", scopeTests},
		{"scope lists", nodeListTests},
		{"event lists", eventListTests},
		{"people", peopleTests},
		{"user lists", userListTests},
		{"sign-in", signInTests},
		{"access keys", accessKeyTests},
		{"answers", answerTests},
		{"tokens", tokenTests},
		{"uses", useTests},
		{"vitals", vitalTests},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					test.run(newWorld(t, fresh(t)))
				})
			}
		})
	}
}

// RunLists runs the part of the suite that is about lists of applications: for
// a store that chooses other plans than it usually does.
func RunLists(t *testing.T, fresh func(t testing.TB) Open) {
	for _, test := range listTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(newWorld(t, fresh(t)))
		})
	}
}

type namedTest struct {
	name string
	run  func(*world)
}

// Start is the moment at which every world begins; a store under test takes it
// for the present time.
var Start = time.Date(2026, time.March, 1, 12, 0, 0, 123456000, time.UTC)

// world is one database and what a test puts into it.
type world struct {
	*testing.T
	Store
	open Open
	ctx  context.Context
	now  time.Time
	made int
}

func newWorld(t *testing.T, open Open) *world {
	return &world{T: t, Store: open(t), open: open, ctx: t.Context(), now: Start}
}

// ok ends the test on an error.
func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// write is Write that must succeed.
func (w *world) write(fn func(ctx context.Context, tx access.Tx) error) {
	w.Helper()
	w.ok(w.Write(w.ctx, fn))
}

// newApplication is an application that was not inserted yet.
func (w *world) newApplication(name string) (access.Application, access.Credential) {
	w.made++
	a := access.Application{
		ID: fmt.Sprintf("app-%04d", w.made), Name: name, ClientID: name,
		ScopeID: access.TenantNodeID, ScopePath: access.TenantPath,
		Enabled: true, CreatedBy: "ann@example.com", Version: 1,
		Key:   access.KeyFacts{EndsIn: fmt.Sprintf("%04d", w.made), CreatedAt: w.now},
		Times: access.Times{CreatedAt: w.now, UpdatedAt: w.now},
	}
	c := access.Credential{ApplicationID: a.ID, ClientID: name, Generation: 1, Enabled: true}
	c.KeyHash[0], c.KeyHash[31] = byte(w.made), 0xff
	return a, c
}

// application makes one, changed by the functions given.
func (w *world) application(name string, changes ...func(*access.Application)) access.Application {
	w.Helper()
	a, c := w.newApplication(name)
	for _, change := range changes {
		change(&a)
	}
	w.write(func(ctx context.Context, tx access.Tx) error { return tx.InsertApplication(ctx, a, c) })
	return a
}

// rule gives an application a role in a scope.
func (w *world) rule(a access.Application, roleID int32, scope access.Scope) access.Rule {
	w.Helper()
	return w.ruleOf(access.Subject{Type: access.SubjectApplication, ID: a.ID, Name: a.ClientID}, roleID, scope)
}

func (w *world) ruleOf(subject access.Subject, roleID int32, scope access.Scope) (made access.Rule) {
	w.Helper()
	w.write(func(ctx context.Context, tx access.Tx) (err error) {
		made, err = tx.InsertRule(ctx, access.Rule{
			Subject: subject, RoleID: roleID, Scope: scope, CreatedBy: "ann@example.com",
			Times: access.Times{CreatedAt: w.now, UpdatedAt: w.now},
		})
		return err
	})
	return made
}

// tenant is the root of the tree, which every store has from the start.
func (w *world) tenant() access.Scope {
	w.Helper()
	return w.node(access.TenantNodeID)
}

// node is a scope that must be there.
func (w *world) node(id string) access.Scope {
	w.Helper()
	s, err := w.Scope(w.ctx, id)
	w.ok(err)
	return s
}

// get is an application that must be there.
func (w *world) get(id string) access.Application {
	w.Helper()
	a, err := w.Application(w.ctx, id)
	w.ok(err)
	return a
}

// count is how many applications a query matches, however many.
func (w *world) count(q access.ApplicationQuery) int {
	w.Helper()
	n, err := w.CountApplications(w.ctx, q, 0)
	w.ok(err)
	return n
}

// scope makes a node below another.
func (w *world) scope(parent access.Scope, kind access.ScopeType, name string) access.Scope {
	w.Helper()
	w.made++
	id := fmt.Sprintf("node-%04d", w.made)
	w.write(func(ctx context.Context, tx access.Tx) error {
		return tx.InsertScope(ctx, access.Scope{
			ID: id, Type: kind, Name: name, ParentID: parent.ID, Path: parent.Path.Child(id), CreatedBy: "ann@example.com",
			Times: access.Times{CreatedAt: w.now, UpdatedAt: w.now},
		})
	})
	return w.node(id)
}

// user makes a person.
func (w *world) user(email string) access.User {
	w.Helper()
	w.made++
	u := access.User{
		ID: fmt.Sprintf("user-%04d", w.made), Email: email, CreatedBy: "ann@example.com", Version: 1,
		Times: access.Times{CreatedAt: w.now, UpdatedAt: w.now},
	}
	w.write(func(ctx context.Context, tx access.Tx) error { return tx.InsertUser(ctx, u, "argon2 of "+email) })
	return u
}

// everywhere is a query that sees all applications.
func (w *world) everywhere(l access.List) access.ApplicationQuery {
	if l.Sort.Field == "" {
		l.Sort.Field = "name"
	}
	if l.Limit == 0 {
		l.Limit = access.MaxLimit
	}
	return access.ApplicationQuery{List: l, Reach: []access.ScopePath{access.TenantPath}, Now: w.now}
}

// names are the names on one page.
func (w *world) names(q access.ApplicationQuery) []string {
	w.Helper()
	page, err := w.ListApplications(w.ctx, q)
	w.ok(err)
	return namesOf(page.Rows)
}

func namesOf(rows []access.ApplicationRow) []string {
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.Name
	}
	return names
}

func hashOf(text string) (h [32]byte) {
	copy(h[:], text)
	return h
}
