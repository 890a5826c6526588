package handlers_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/access"
)

// TestMassAssignment sends the name of every column of every table to every
// route that writes, as tables, forms and programs spell it, in the query, in
// the body, and as JSON (security.md 41). What a form has a field for is sent
// rightly; all else is one value, of which nothing may reach the database, and
// an application that nobody asked about stays as it is.
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	q := newQuarter(t)
	admin := q.everybody[len(q.everybody)-1]
	bystander := q.applicationAt("bystander", q.own)
	before := q.untouched(bystander)
	names := q.columnNames()
	for _, canary := range []string{"canary-of-mass-assignment", "4242424242", "true"} {
		t.Run(canary, func(t *testing.T) {
			for _, route := range q.routes() {
				if isSafe(route.Method) || route.Path == "/sign-out" {
					continue
				}
				q.wait(2e9)
				s := q.subject(route.Path)
				fields := q.fields(route.Path, s)
				fields["form_key"] = fmt.Sprintf("form-%d", q.made)
				everything := assign(names, canary, bystander.ID)
				body := maps.Clone(everything)
				for name, value := range fields {
					body[name] = value
				}
				address := q.address(route.Path, s) + "?" + encode(everything)
				admin.person.with(formHeaders...).ask(route.Method, address, encode(body))
				asJSON, err := json.Marshal(body)
				must(t, err)
				admin.person.with("Content-Type", "application/json", "Sec-Fetch-Site", "same-origin").ask(route.Method, address, string(asJSON))
			}
			must(t, q.svc.Flush(context.Background()))
			if after := q.untouched(bystander); after != before {
				t.Errorf("an application that nobody named changed: %s", after)
			}
			q.wantNoneOf(canary)
		})
	}
}

// columnNames are those of the database as they stand there and as programs
// write them, with the names that attackers try first.
func (p *product) columnNames() []string {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+p.file+"?mode=ro")
	must(p.t, err)
	defer db.Close()
	names := map[string]bool{"is_admin": true, "isAdmin": true, "admin": true, "role": true, "tenant_id": true, "tenantId": true, "secret_hash": true,
		"status": true, "grants": true, "permissions": true, "_method": true, "user": true, "keyHash": true, "secret": true, "secretKey": true}
	for _, table := range p.tables(db) {
		for _, column := range p.columns(db, table) {
			names[column] = true
			names[camel(column)] = true
			names[table+"."+column] = true
		}
	}
	if len(names) < 150 {
		p.t.Fatalf("only %d names", len(names))
	}
	return slices.Sorted(maps.Keys(names))
}

func camel(column string) string {
	words := strings.Split(column, "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// assign gives each name the canary, and ids the id of another application.
func assign(names []string, canary, id string) map[string]string {
	values := map[string]string{}
	for _, name := range names {
		values[name] = canary
		if name == "id" || strings.HasSuffix(name, "entity_id") || strings.HasSuffix(name, "application_id") {
			values[name] = id
		}
	}
	return values
}

func encode(values map[string]string) string {
	form := url.Values{}
	for name, value := range values {
		form.Set(name, value)
	}
	return form.Encode()
}

// untouched is what should not change of an application.
func (q *quarter) untouched(app access.Application) string {
	_, state, _ := strings.Cut(q.state(subject{app: app}), " ") // less the number of all
	return state
}

// wantNoneOf looks for the canary in the database, and for what it might have
// brought about where it is a value that has a meaning.
func (q *quarter) wantNoneOf(canary string) {
	q.t.Helper()
	rows := q.digest()
	if len(canary) > 5 && strings.Contains(rows, canary) {
		for line := range strings.Lines(rows) {
			if strings.Contains(line, canary) {
				q.t.Errorf("the database holds %s", line)
			}
		}
	}
	users, err := q.db.Users(context.Background())
	must(q.t, err)
	for _, user := range users {
		if strings.HasPrefix(user.Email, "user-") {
			continue // what was asked about, and changed rightly
		}
		made := strings.HasPrefix(user.Email, "nobody-") // by the form, with a temporary password
		if user.Disabled || user.MustChangePassword != made || !user.DeletedAt.IsZero() || user.CreatedBy == canary {
			q.t.Errorf("%s has changed: %+v", user.Email, user)
		}
		for _, rule := range q.rulesOfUser(user.ID) {
			if made && rule.RoleID != access.Viewer {
				q.t.Errorf("%s is %s", user.Email, rule.RoleName)
			}
		}
	}
	page, err := q.svc.ListApplications(context.Background(), q.operator(), access.List{Limit: access.MaxLimit})
	must(q.t, err)
	for _, row := range page.Rows {
		asked := row.TokenLifetime == 0 || row.TokenLifetime == 2*time.Hour // by the form that is for it
		if !asked || row.CreatedBy == canary || row.CreatedAt.Before(q.own.CreatedAt) {
			q.t.Errorf("%s is %+v", row.Name, row.Application)
		}
		for _, rule := range q.rulesOf(row.Application) {
			if rule.RoleID == access.SystemAdministrator && !strings.HasSuffix(row.Name, "-bot") {
				q.t.Errorf("%s is System administrator", row.Name)
			}
		}
	}
}
