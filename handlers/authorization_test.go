package handlers_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

// TestAuthorizationMatrix asks every route as everybody and compares with
// testdata/authorization.txt, which says what each may (security.md 36). A route
// that has no line there fails: deny by default begins with being asked about.
func TestAuthorizationMatrix(t *testing.T) {
	t.Parallel()
	table := readMatrix(t)
	q := newQuarter(t)
	for _, route := range q.routes() {
		name := route.Method + " " + route.Path
		want, listed := table[name]
		delete(table, name)
		var got []string
		for i, who := range q.everybody {
			q.wait(1e9) // sign-ins and searches are limited by the second
			cell := q.try(who, route.Method, route.Path)
			got = append(got, cell)
			if listed && cell != want[i] {
				t.Errorf("%s as %s: %s, the table says %s", name, who.name, cell, want[i])
			}
		}
		if !listed {
			t.Errorf("%s has no line in the table; it answers\n%-58s %s", name, name, strings.Join(got, " "))
		}
	}
	for name := range table {
		t.Errorf("the table has %s, which is no route", name)
	}
}

const matrixFile = "testdata/authorization.txt"

// readMatrix answers the cells of each route. The columns must be those of
// quarter.everybody, in order.
func readMatrix(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(matrixFile)
	must(t, err)
	table := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) != 2+len(everybody) {
			t.Fatalf("%s: %q has %d cells, want %d", matrixFile, line, len(fields)-2, len(everybody))
		}
		name, cells := fields[0]+" "+fields[1], fields[2:]
		if name == "method route" {
			for i, who := range everybody {
				if cells[i] != who.name {
					t.Fatalf("%s: column %d is %s, want %s", matrixFile, i+1, cells[i], who.name)
				}
			}
			continue
		}
		table[name] = cells
	}
	return table
}

// everybody is each relation to the department that owns the application asked
// about. The same rules are given to a user and to an application.
var everybody = []struct {
	name  string
	role  int32
	scope string
}{
	{"stranger", 0, ""},
	{"norule", 0, ""},
	{"viewer", access.Viewer, "tenant"}, // of workloads, not of applications
	{"sibling", cloudOperator, "sibling"},
	{"child", cloudOperator, "child"},
	{"reader", departmentAdmin, "own"},
	{"operator", cloudOperator, "own"},
	{"parent", cloudOperator, "parent"},
	{"admin", access.SystemAdministrator, "tenant"},
}

// quarter is an organisation with everybody in it.
type quarter struct {
	*product
	own       access.Scope
	everybody []resident
	made      int
}

// resident is one relation, as a person and as an application.
type resident struct {
	name          string
	person, token *browser
}

func newQuarter(t *testing.T) *quarter {
	t.Helper()
	q := &quarter{product: newProduct(t)}
	q.administrator() // the first one; the tests use another
	tenant, err := q.svc.Scope(context.Background(), q.operator(), access.TenantNodeID)
	must(t, err)
	parent := q.place(access.Scope{}, "eu-1")
	q.own = q.place(parent, "research")
	scopes := map[string]access.Scope{
		"tenant": tenant, "parent": parent, "own": q.own,
		"sibling": q.place(parent, "sales"), "child": q.place(q.own, "vision"),
	}
	for _, who := range everybody {
		at := scopes[who.scope]
		r := resident{name: who.name, person: q.visitor(), token: q.visitor()}
		if who.name != "stranger" {
			email := who.name + "@example.com"
			r.person = q.person(email, 0)
			if who.role != 0 {
				q.grant(access.SubjectUser, email, who.role, at)
			}
			r.token = q.visitor().with("Authorization", "Bearer "+q.bearerAt(who.name+"-bot", who.role, at))
		}
		q.everybody = append(q.everybody, r)
	}
	return q
}

// try asks a route about an application of the department that was made for
// this one question. The cell is the status; "in" stands for the way to the
// sign-in page, and a plus says that applications or rules have changed.
func (q *quarter) try(who resident, method, path string) string {
	q.t.Helper()
	path = wirePath(path)
	subject := q.subject(path)
	b, before := who.person, q.state(subject)
	if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/access/") {
		b = who.token
	}
	if path == "/sign-out" && who.name != "stranger" {
		b = q.person(fmt.Sprintf("leaves-%d@example.com", q.made), 0) // the others stay
	}
	got := q.question(b, method, path, subject)
	if got.status == http.StatusNotFound && (strings.Contains(path, ":id") || strings.Contains(path, ":user")) {
		q.wantLikeMissing(b, method, path, subject, got)
	}
	cell := fmt.Sprint(got.status)
	if strings.HasPrefix(got.header.Get("Location"), "/sign-in") && path != "/sign-out" {
		cell = "in"
	}
	if q.state(subject) != before {
		cell += "+"
	}
	return cell
}

// subject is what a question is about.
type subject struct {
	app  access.Application
	rule access.Rule
	// node is the id of something else that is asked about; user is the same, where
	// a page is about a user.
	node, user string
}

func (q *quarter) subject(path string) subject {
	q.t.Helper()
	q.made++
	s := subject{app: q.applicationAt(fmt.Sprintf("app-%d", q.made), q.own)}
	if strings.Contains(path, ":rule") || strings.HasSuffix(path, "/batch") || path == "/access-rules/delete" {
		s.rule = q.rule(s.app, access.Viewer, q.own)
	}
	q.wireSubject(path, &s)
	if s.user != "" {
		q.prepareUser(path, &s)
		return s
	}
	if strings.Contains(path, "enable") {
		_, err := q.svc.SetApplicationEnabled(context.Background(), q.operator(), s.app.ID, false)
		must(q.t, err)
	}
	if strings.Contains(path, "restore") {
		_, err := q.svc.DeleteApplication(context.Background(), q.operator(), s.app.ID)
		must(q.t, err)
	}
	return s
}

// question sends the request with everything that it needs to succeed.
func (q *quarter) question(b *browser, method, path string, s subject) *answer {
	q.t.Helper()
	query := ""
	if method == http.MethodGet && (strings.Contains(path, ":action") || path == "/scopes" || path == "/organization/nodes") {
		query = "?id=" + cmp.Or(s.user, s.app.ID) + "&parent=" + q.own.ID
	}
	if method == http.MethodGet && path == "/access-rules/delete" {
		query = "?id=" + fmt.Sprint(s.rule.ID)
	}
	return b.with(formHeaders...).ask(method, q.address(path, s)+query, q.body(path, s))
}

func (q *quarter) address(path string, s subject) string {
	if strings.HasPrefix(path, "/api/v1/audit/") {
		path += "?start=2020-01-01&end=2040-01-01"
	}
	return strings.NewReplacer(":id", s.app.ID, ":rule", fmt.Sprint(s.rule.ID), ":userId", s.node, ":user", s.node, ":cluster", s.node, ":department", s.node, ":project", s.node, ":accessKeyId", s.node, ":accessKey", s.node, ":session", s.node, ":publicKeyId", s.node, ":publicKey", s.node, ":node", s.node, ":action", "disable", ":realm", "acme", ":kid", q.signingKey(), "*", "x").Replace(path)
}

// signingKey is the kid of the newest signing key.
func (q *quarter) signingKey() string {
	q.t.Helper()
	keys, err := q.svc.SigningKeys(context.Background(), q.operator())
	must(q.t, err)
	return keys[0].ID
}

// fields are all that any form of ours has; a route takes those that are its own.
func (q *quarter) fields(path string, s subject) map[string]string {
	fields := map[string]string{
		"name": fmt.Sprintf("made-%d", q.made), "confirmName": s.app.Name, "id": cmp.Or(s.user, s.app.ID),
		"roleId": viewerRole, "scopeId": q.own.ID, "return": "/applications", "theme": "dark", "column": "name", "description": fmt.Sprintf("words %d", q.made),
		"version":       "1",
		"email":         fmt.Sprintf("nobody-%d@example.com", q.made), // guessing at one account is slowed down
		"tokenLifetime": "2h0m0s", "usualKeyLifetime": "720h0m0s", "longestKeyLifetime": "0s", "sessionIdle": "20m0s", "sessionLongest": "8h0m0s",
		"algorithm": "ES256", "key": publicKey,
	}
	if strings.HasPrefix(path, "/settings/signing-keys/:kid/") {
		fields["confirmName"] = q.signingKey()
	}
	if path == "/access-rules/delete" {
		fields["id"] = fmt.Sprint(s.rule.ID)
	}
	if path == "/access-rules" {
		fields["subject"] = "app:" + s.app.ID
	}
	if path == "/applications" {
		delete(fields, "scopeId") // wherever the person may
	}
	if strings.HasPrefix(path, "/organization/") {
		q.organizationFields(path, s, fields)
	}
	return fields
}

// state is all applications and rules, and the user that a page is about, as far
// as a request may change them.
func (q *quarter) state(s subject) string {
	q.t.Helper()
	now, err := q.svc.Application(context.Background(), q.operator(), s.app.ID)
	must(q.t, err)
	n, err := q.svc.CountAllApplications(context.Background(), q.operator(), access.List{})
	must(q.t, err)
	keys, err := q.db.PublicKeys(context.Background(), s.app.ID)
	must(q.t, err)
	state := fmt.Sprintf("%d %+v %+v %+v", n, now, q.rulesOf(s.app), keys)
	if s.user != "" {
		user, err := q.db.User(context.Background(), s.user)
		state += fmt.Sprintf(" %+v %v %+v", user, err, q.rulesOfUser(s.user))
	}
	return state
}

// wantLikeMissing: what somebody may not know of answers exactly like what does
// not exist.
func (q *quarter) wantLikeMissing(b *browser, method, path string, s subject, got *answer) {
	q.t.Helper()
	missing := s
	missing.app.ID = "0199aaaa-0000-7000-8000-000000000000"
	missing.node = missing.app.ID
	want := q.question(b, method, path, missing)
	plain := func(a *answer) string {
		text := strings.ReplaceAll(strings.ReplaceAll(a.body, s.app.ID, "ID"), missing.app.ID, "ID")
		if s.node != "" {
			text = strings.ReplaceAll(text, s.node, "ID")
		}
		return fmt.Sprint(a.status, requestNames.ReplaceAllString(text, "REQUEST"), headerNames(a.header))
	}
	if plain(got) != plain(want) {
		q.t.Errorf("%s differs from what does not exist:\n%s\n%s", got.what, plain(got), plain(want))
	}
}

// requestNames finds the names of requests, which error pages show.
var requestNames = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// headerNames are all headers but those that differ from one moment to the next.
func headerNames(h http.Header) []string {
	var lines []string
	for name, values := range h {
		if name != "X-Request-Id" && name != "Date" && name != "X-Session-Ends-In" {
			lines = append(lines, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(lines)
	return lines
}
