package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"latchkey/access"
	"latchkey/handlers/api"
)

// badRow is a request that must be refused with a sentence that holds the word,
// and that changes nothing.
type badRow struct {
	method, target, body string
	status               int // 0: any 4xx but 401, 403 and 429
	word                 string
}

// TestBadInput sends every operation what it cannot take: malformed, oversized,
// of the wrong type, unknown, foreign, twice, missing (security.md 46).
func TestBadInput(t *testing.T) {
	p := newProduct(t)
	bearer := p.person(t, "ada@example.com", access.SystemAdministrator)
	app := p.application(t, "bystander")
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	rows := p.badBodies()
	rows = append(rows, p.badParameters()...)
	rows = append(rows, badIDs(p)...)
	rows = append(rows, badFields(app.ID, eu.ID)...)
	if len(rows) < 150 {
		t.Errorf("only %d rows", len(rows))
	}
	before := p.everything(t)
	for _, row := range rows {
		p.wait(1e8) // searches are limited by the second
		got := p.send(bearer, row.method, row.target, row.body, "Content-Type", "application/json")
		wrong := got.status != row.status
		if row.status == 0 {
			wrong = got.status < 400 || got.status >= 500 || got.status == 401 || got.status == 403 || got.status == 429
		}
		if wrong || !strings.Contains(got.body, row.word) {
			t.Errorf("%s %.200s %.100q: %d %s, want %d and %q", row.method, row.target, row.body, got.status, got.body, row.status, row.word)
		}
		if strings.Contains(got.body, "goroutine") || strings.Contains(got.body, "SQL") {
			t.Errorf("%s %s tells of its inside: %s", row.method, row.target, got.body)
		}
	}
	if after := p.everything(t); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	t.Logf("%d rows", len(rows))
}

// everything is what could have changed.
func (p *product) everything(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	var all strings.Builder
	must(t, p.svc.EachApplication(ctx, operator(), access.List{}, func(row access.ApplicationRow) error {
		fmt.Fprintln(&all, row.Name, row.Version, row.RuleCount, row.Enabled)
		return nil
	}))
	rules, err := p.svc.CountRules(ctx, operator(), access.List{}, access.RuleSelection{IncludeDeleted: true})
	must(t, err)
	users, err := p.svc.ListUsers(ctx, operator(), access.List{})
	must(t, err)
	keys, err := p.svc.AllAccessKeys(ctx, operator(), access.AccessKeySelection{})
	must(t, err)
	fmt.Fprintln(&all, rules, users.Rows, keys)
	for _, kind := range []access.ScopeType{access.ScopeCluster, access.ScopeDepartment, access.ScopeProject} {
		n, err := p.svc.CountScopes(ctx, operator(), kind, access.List{})
		must(t, err)
		fmt.Fprintln(&all, kind, n)
	}
	return all.String()
}

// eachListed goes through the operations that take a token.
func (p *product) eachListed(do func(method, path string, item *openapi3.PathItem, op *openapi3.Operation)) {
	for path, item := range p.promise.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if _, _, listed := api.Needed(op.OperationID); listed {
				do(method, path, item, op)
			}
		}
	}
}

// badBodies sends what is no JSON object, or could be read in two ways, to every
// operation that takes a body.
func (p *product) badBodies() []badRow {
	var rows []badRow
	p.eachListed(func(method, path string, _ *openapi3.PathItem, op *openapi3.Operation) {
		if op.RequestBody == nil {
			return
		}
		target := pathParameter.ReplaceAllString(path, "1")
		for _, bad := range []struct {
			body, word string
			status     int
		}{
			{`{`, "JSON object", 400},
			{`{"name":}`, "JSON object", 400},
			{`{"name":"x"} {}`, "follows", 400},
			{`{"name":"x"}]`, "follows", 400},
			{`[]`, "JSON object", 400},
			{`7`, "JSON object", 400},
			{`null`, "JSON object", 400},
			{`"{\"name\":"`, "JSON object", 400},
			{`"\"{}\""`, "JSON object", 400},
			{`'{}'`, "JSON object", 400},
			{`{"name":"x","name":"y"}`, "twice", 400},
			{"{\"name\":\"\xff\"}", "UTF-8", 400},
			{`{"name":"a\u0000b"}`, "NUL", 400},
			{strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), "nested", 400},
			{`{"a":` + strings.Repeat("[", 20_000), "nested", 400},
			{`{"name":"` + strings.Repeat("a", 70_000) + `"}`, "64 KiB", 413},
			{`{}`, "", 400},
			{``, "", 400},
			{`{"unknown":1}`, "", 400},
		} {
			rows = append(rows, badRow{method, target, bad.body, bad.status, bad.word})
		}
	})
	return rows
}

// badParameters sends every parameter of every operation what its schema refuses.
func (p *product) badParameters() []badRow {
	var rows []badRow
	p.eachListed(func(method, path string, item *openapi3.PathItem, op *openapi3.Operation) {
		target := pathParameter.ReplaceAllString(path, "1")
		for _, parameter := range append(append(openapi3.Parameters{}, item.Parameters...), op.Parameters...) {
			param := parameter.Value
			if param.In != openapi3.ParameterInQuery {
				continue
			}
			schema := param.Schema.Value
			var bad []string
			switch {
			case len(schema.Enum) > 0:
				bad = []string{"nonsense", "a.b.c", "'", "%00", "%ff"}
			case schema.Type.Is("integer"):
				bad = []string{"x", "-1", "1.5", "1e3", "0x10", "%2B", "99999999999999999999", "2147483648", "٣", "NaN", "%00"}
			case schema.Type.Is("boolean"):
				bad = []string{"maybe", "2", "yes"}
			case schema.MaxLength != nil:
				bad = []string{strings.Repeat("a", int(*schema.MaxLength)+1), "%00", "%ff"}
			case param.Name == "filterBy":
				bad = []string{"colour==red", "==", "name", "name~~x", "=@x", "%00", "%ff", strings.Repeat("name==x,", 30)}
			case param.Name == "start" || param.Name == "end" || param.Name == "lastUpdated":
				bad = []string{"yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "99999-01-01", "1", "%00"}
			}
			for _, value := range bad {
				if param.Name == "filterBy" && value == strings.Repeat("name==x,", 30) {
					value = manyFilters(op)
				}
				rows = append(rows, badRow{method, target + "?" + param.Name + "=" + value, "", 400, ""})
			}
			if !schema.Type.Is("array") {
				rows = append(rows, badRow{method, target + "?" + param.Name + "=1&" + param.Name + "=2", "", 400, param.Name})
			}
		}
		if method == http.MethodGet {
			rows = append(rows, badRow{method, target + "?limit=%zz", "", 400, ""}, badRow{method, target + "?a=1;b=2", "", 400, ""})
		}
	})
	return rows
}

// manyFilters is one more than is taken, all different.
func manyFilters(op *openapi3.Operation) string {
	field := "name"
	switch {
	case strings.Contains(op.OperationID, "Rule"):
		field = "subjectId"
	case strings.Contains(op.OperationID, "User"):
		field = "username"
	case strings.Contains(op.OperationID, "Audit"):
		field = "subject"
	}
	var all []string
	for i := range access.MaxFilters + 1 {
		all = append(all, fmt.Sprintf("%s==x%d", field, i))
	}
	return strings.Join(all, ",")
}

// badIDs asks for what is not there.
func badIDs(p *product) []badRow {
	var rows []badRow
	p.eachListed(func(method, path string, _ *openapi3.PathItem, op *openapi3.Operation) {
		if !strings.Contains(path, "{") {
			return
		}
		for _, id := range []string{"0199aaaa-0000-7000-8000-000000000000", "0199AAAA-0000-7000-8000-000000000000", "2147483647", "x", "-1", "a'b", "%00", "%ff", "..", "%2e%2e%2f", "*", strings.Repeat("a", 3000), "😀", "{appId}"} {
			rows = append(rows, badRow{method, pathParameter.ReplaceAllString(path, id), "{}", 0, ""})
		}
	})
	return rows
}

// badFields are bodies in which one thing is wrong.
func badFields(app, cluster string) []badRow {
	const users, me, permitted = "/api/v1/users", "/api/v1/me/password", "/api/v1/authorization/permitted-scopes"
	long := strings.Repeat("a", 65)
	rule := func(changes string) string {
		return `{"subjectId":"bystander","subjectType":"app","roleId":7,"scopeId":"1001","scopeType":"tenant"` + changes + "}"
	}
	rows := []badRow{
		{"POST", accessRules, `{"subjectId":"bystander","subjectType":"app","roleId":7,"scopeId":"1001"}`, 400, "scopeType is missing."},
		{"POST", accessRules, strings.Replace(rule(""), `7`, `"7"`, 1), 400, "roleId must be a whole number"},
		{"POST", accessRules, strings.Replace(rule(""), `7`, `7.5`, 1), 400, "roleId must be a whole number"},
		{"POST", accessRules, strings.Replace(rule(""), `7`, `1e999`, 1), 400, "roleId"},
		{"POST", accessRules, strings.Replace(rule(""), `7`, `99999999999`, 1), 400, "roleId"},
		{"POST", accessRules, strings.Replace(rule(""), `7`, `-7`, 1), 400, "role"},
		{"POST", accessRules, strings.Replace(rule(""), `7`, `0`, 1), 400, "role"},
		{"POST", accessRules, strings.Replace(rule(""), `7`, `true`, 1), 400, "roleId must be a whole number"},
		{"POST", accessRules, strings.Replace(rule(""), `7`, `[7]`, 1), 400, "roleId must be a whole number"},
		{"POST", accessRules, strings.Replace(rule(""), `"app"`, `"robot"`, 1), 400, "subjectType must be one of"},
		{"POST", accessRules, strings.Replace(rule(""), `"app"`, `"user"`, 1), 404, ""},
		{"POST", accessRules, strings.Replace(rule(""), `"bystander"`, `""`, 1), 400, ""},
		{"POST", accessRules, strings.Replace(rule(""), `"bystander"`, `"missing"`, 1), 404, ""},
		{"POST", accessRules, strings.Replace(rule(""), `"bystander"`, `{"id":1}`, 1), 400, "subjectId must be text"},
		{"POST", accessRules, strings.Replace(rule(""), `"1001"`, `"1002"`, 1), 404, ""},
		{"POST", accessRules, strings.Replace(rule(""), `"1001"`, `1001`, 1), 400, "scopeId must be text"},
		{"POST", accessRules, strings.Replace(rule(""), `"tenant"`, `"project"`, 1), 400, "scope"},
		{"POST", accessRules, strings.Replace(rule(""), `"tenant"`, `"system"`, 1), 400, "scope"},
		{"POST", accessRules + "/batch", `{"ids":["1"],"action":null}`, 400, "action is missing."},
		{"POST", accessRules + "/batch", `{"ids":[` + strings.TrimSuffix(strings.Repeat(`"1",`, 1001), ",") + `],"action":"delete"}`, 400, "ids can have at most 1000"},
		{"POST", accessRules + "/batch-create", `{"payload":{"roleId":7,"subjects":[` + many(`{"subjectId":"x","subjectType":"app"}`, 40) + `],"scopes":[` + many(`{"scopeId":"1001","scopeType":"tenant"}`, 40) + `]}}`, 400, "more than 1000"},
		{"POST", users, `{"email":"ADA@example.com"}`, 409, "already"},
		{"POST", users, `{"email":["a@example.com"]}`, 400, "email must be text"},
		{"POST", users, `{"email":"a@b@example.com"}`, 400, "email"},
		{"POST", users, `{"email":"` + strings.Repeat("a", 300) + `@example.com"}`, 400, "email"},
		{"POST", users, `{"email":"a@example.com","notify":1}`, 400, "notify must be true or false"},
		{"POST", me, `{"currentPassword":"","newPassword":"x"}`, 400, "currentPassword is empty."},
		{"POST", me, `{"currentPassword":7,"newPassword":"x"}`, 400, "currentPassword must be text"},
		{"POST", permitted, `{"resourceType":"everything"}`, 400, "resourceType must be one of"},
		{"POST", permitted, `{"resourceType":"apps","action":"burn"}`, 400, "action must be one of"},
		{"POST", permitted, `{"resourceType":7}`, 400, "resourceType must be one of"},
		{"POST", clusters, `{"name":"eu-1"}`, 409, "already exists"},
		{"POST", clusters, `{"name":""}`, 400, "name"},
		{"POST", clusters, `{"name":7}`, 400, "name must be text"},
		{"POST", clusters, `{"name":"` + long + `"}`, 400, "64"},
		{"POST", clusters, `{"name":"\u202eevil"}`, 400, "cannot be seen"},
		{"POST", departments, object("name", "x", "clusterId", "1001"), 400, "clusterId"},
		{"POST", departments, object("name", "x", "clusterId", app), 404, ""},
		{"POST", projects, object("name", "x", "parentId", cluster), 400, "parentId"},
		{"PATCH", clusters + "/" + cluster, `{"name":"a/b"}`, 400, "slash"},
		{"PATCH", clusters + "/" + cluster, `{"name":{}}`, 400, "name must be text"},
	}
	for _, noun := range applicationNouns {
		for name, word := range map[string]string{
			`"x"`: "at least 2", `""`: "name", `"` + long + `"`: "64", `"A-b"`: "capitals", `"a b"`: "spaces", `"1a"`: "letter", `"a-"`: "letter or digit",
			`"ci\n"`: "cannot be seen", `"ünïcode"`: "name", `"a/b"`: "letters", `7`: "name must be text", `["a"]`: "name must be text", `{"a":1}`: "name must be text", `true`: "name must be text",
		} {
			rows = append(rows, badRow{"POST", noun, `{"name":` + name + `}`, 400, word})
		}
		one := noun + "/" + app
		rows = append(rows,
			badRow{"POST", noun, `{"name":"bystander"}`, 409, "already exists"},
			badRow{"POST", noun, `{"name":"ok-name","description":7}`, 400, "description must be text"},
			badRow{"POST", noun, `{"name":"ok-name","description":"` + strings.Repeat("é", 1001) + `"}`, 400, "1000"},
			badRow{"POST", noun, `{"name":"ok-name","description":"\u202e"}`, 400, "description"},
			badRow{"POST", noun, `{"name":"ok-name","scopeId":"no-such"}`, 404, ""},
			badRow{"PATCH", one, `{"enabled":"false"}`, 400, "enabled must be true or false"},
			badRow{"PATCH", one, `{"enabled":0}`, 400, "enabled must be true or false"},
			badRow{"PATCH", one, `{"enabled":null}`, 400, "none of the keys description, enabled"},
			badRow{"PATCH", one, `{"name":"other"}`, 400, "none of the keys"},
			badRow{"PATCH", one, `{"enabled":[],"description":{}}`, 400, "description must be text. enabled must be true or false."},
			badRow{"PUT", one, `{"enabled":false}`, 405, ""},
			badRow{"POST", one, `{}`, 405, ""},
			badRow{"DELETE", noun, ``, 405, ""},
		)
	}
	return rows
}

func many(item string, n int) string {
	return strings.TrimSuffix(strings.Repeat(item+",", n), ",")
}

// FuzzRouter asks anything, as somebody who may do all: nothing is a 5xx, every
// answer is what the specification promises.
func FuzzRouter(f *testing.F) {
	p := newProduct(f)
	bearer := p.person(f, "ada@example.com", access.SystemAdministrator)
	app := p.application(f, "bystander")
	p.eachListed(func(method, path string, _ *openapi3.PathItem, op *openapi3.Operation) {
		f.Add(method, pathParameter.ReplaceAllString(path, app.ID)+"?limit=1&filterBy=name==x", `{"name":"x"}`, `"1"`)
		f.Add(method, pathParameter.ReplaceAllString(path, "1"), `"{\"ids\":[1]}"`, "text/csv")
	})
	f.Fuzz(func(t *testing.T, method, target, body, header string) {
		if !strings.HasPrefix(target, "/api/") {
			target = "/api/v1/" + target
		}
		if r, err := http.NewRequest(method, "http://x"+target, nil); err != nil || strings.Contains(r.URL.Path, "password") {
			return // not a request, or a slow one
		}
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		parsed, err := http.NewRequest(method, "http://x"+target, nil)
		must(t, err)
		r.Method, r.URL = parsed.Method, parsed.URL
		for _, name := range []string{"If-Match", "If-None-Match", "Accept", "Idempotency-Key", "Content-Type"} {
			r.Header.Set(name, header)
		}
		r.Header.Set("Authorization", "Bearer "+bearer)
		rec := httptest.NewRecorder()
		p.web.Echo.ServeHTTP(rec, r)
		if rec.Code >= 500 && rec.Code != http.StatusNotImplemented {
			t.Errorf("%s %q %q %q: %d %s", method, target, body, header, rec.Code, rec.Body)
		}
		p.promise.check(t, method, r.URL.Path, answer{rec.Code, rec.Result().Header, rec.Body.String()})
	})
}
