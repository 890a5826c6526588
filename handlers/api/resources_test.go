package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

// TestBearer: 401 for a missing or bad token, in the words of RFC 6750.
func TestBearer(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci-pipeline-prod")
	good := p.tokenFor(t, app)
	for _, tt := range []struct {
		name    string
		headers []string
		status  int
		invalid bool
	}{
		{"none", nil, 401, false},
		{"none, but a cookie", []string{"Cookie", "latchkey=" + strings.Repeat("A", 43)}, 401, false},
		{"another scheme", []string{"Authorization", basic(app.ClientID, app.secret)}, 401, false},
		{"an empty token", []string{"Authorization", "Bearer "}, 401, false},
		{"two headers", []string{"Authorization", "Bearer " + good, "Authorization", "Bearer " + good}, 401, false},
		{"garbage", []string{"Authorization", "Bearer garbage"}, 401, true},
		{"a secret key", []string{"Authorization", "Bearer " + app.secret}, 401, true},
		{"a changed token", []string{"Authorization", "Bearer " + good[:len(good)-4] + "AAAA"}, 401, true},
		{"dots", []string{"Authorization", "Bearer " + strings.Repeat(".", 10_000)}, 401, true},
		{"a good one", []string{"Authorization", "Bearer " + good}, 200, false},
		{"a good one, lower case", []string{"Authorization", "bearer " + good}, 200, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := p.ask("GET", "/api/v1/authorization/me/access-rules", "", tt.headers...)
			if got.status != tt.status {
				t.Fatalf("%d %s, want %d", got.status, got.body, tt.status)
			}
			if got.status != 401 {
				return
			}
			var body struct {
				Code    int
				Message string
			}
			got.decode(t, &body)
			challenge := got.header.Get("WWW-Authenticate")
			if body.Code != 401 || body.Message == "" || !strings.HasPrefix(challenge, "Bearer ") || strings.Contains(challenge, "invalid_token") != tt.invalid {
				t.Errorf("%s, WWW-Authenticate %q", got.body, challenge)
			}
		})
	}
	if got := p.ask("GET", "/api/v1/apps?access_token="+good, ""); got.status != 401 {
		t.Errorf("a token in the address: %d", got.status)
	}
}

var wireDate = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z$`)

// TestApplications: a bare array of all nine keys of the contract and our own
// description, under both names, of what the
// caller's access rules reach (api-contract.md 2.1, security.md 37).
func TestApplications(t *testing.T) {
	p := newProduct(t)
	ctx := context.Background()
	research := p.scope(t, access.TenantNodeID, "eu-1")
	sales := p.scope(t, access.TenantNodeID, "us-1")
	made := map[string]access.Application{}
	for name, scope := range map[string]access.Scope{"in-research": research, "in-sales": sales} {
		app, _, err := p.svc.CreateApplication(ctx, operator(), access.NewApplication{Name: name, ScopeID: scope.ID})
		must(t, err)
		made[name] = app
	}
	reader, nobody := p.application(t, "reader"), p.application(t, "nobody")
	const cloudOperator = 1711 // manages apps
	p.grant(t, reader, cloudOperator, research.ID)
	bearer := p.tokenFor(t, reader)
	must(t, p.svc.Flush(ctx))

	for _, noun := range []string{"/api/v1/apps", "/api/v1/service-accounts"} {
		got := p.get(t, bearer, noun)
		var list []map[string]any
		got.decode(t, &list)
		if got.status != 200 || len(list) != 1 || list[0]["name"] != "in-research" {
			t.Fatalf("GET %s: %d %s", noun, got.status, got.body)
		}
		want := []string{"clientId", "createdAt", "createdBy", "description", "enabled", "id", "lastLogin", "name", "tenantId", "updatedAt"}
		if keys := slices.Sorted(maps.Keys(list[0])); !slices.Equal(keys, want) {
			t.Errorf("keys %v, want %v", keys, want)
		}
		app := list[0]
		if app["id"] != made["in-research"].ID || app["clientId"] != "in-research" || app["enabled"] != true || app["tenantId"] != "1001" || app["lastLogin"] != nil || app["createdBy"] != "test" {
			t.Errorf("%v", app)
		}
		for _, key := range []string{"createdAt", "updatedAt"} {
			if text, _ := app[key].(string); !wireDate.MatchString(text) {
				t.Errorf("%s = %v", key, app[key])
			}
		}
		if app["createdAt"] != "2026-11-23T04:10:22.123456Z" {
			t.Errorf("createdAt = %v: cut to microseconds", app["createdAt"])
		}

		one := p.get(t, bearer, noun+"/"+made["in-research"].ID)
		if one.status != 200 || "["+strings.TrimSpace(one.body)+"]" != got.body {
			t.Errorf("GET %s/{id}: %d %s", noun, one.status, one.body)
		}
		for what, id := range map[string]string{"out of reach": made["in-sales"].ID, "missing": "0199aaaa-0000-7000-8000-000000000000", "odd": "a'b"} {
			missing := p.get(t, bearer, noun+"/"+id)
			if missing.status != 404 || missing.body != `{"code":404,"message":"Resource id not found."}` {
				t.Errorf("%s: %d %s", what, missing.status, missing.body)
			}
		}
		forbidden := p.get(t, p.tokenFor(t, nobody), noun)
		if forbidden.status != 403 || !strings.Contains(forbidden.body, "permission to read") {
			t.Errorf("without a rule: %d %s", forbidden.status, forbidden.body)
		}
	}
}

func TestApplicationLastLogin(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci-pipeline-prod")
	p.grant(t, app, access.SystemAdministrator, access.TenantNodeID)
	bearer := p.tokenFor(t, app)
	must(t, p.svc.Flush(context.Background()))
	got := p.get(t, bearer, "/api/v1/apps/"+app.ID)
	if !strings.Contains(got.body, `"lastLogin":"2026-11-23T04:10:22.123456Z"`) {
		t.Errorf("%s", got.body)
	}
}

// TestApplicationsGrammar: the grammar of the address bar works here too, and a
// list of any length comes whole unless a page is asked for.
func TestApplicationsGrammar(t *testing.T) {
	p := newProduct(t)
	admin := p.application(t, "admin")
	p.grant(t, admin, access.SystemAdministrator, access.TenantNodeID)
	for i := range 210 { // more than the largest page
		p.wait(1000)
		p.application(t, fmt.Sprintf("app-%03d", i))
	}
	bearer := p.tokenFor(t, admin)
	names := func(query string) []string {
		t.Helper()
		got := p.get(t, bearer, "/api/v1/apps?"+query)
		if got.status != 200 {
			t.Fatalf("?%s: %d %s", query, got.status, got.body)
		}
		var list []struct{ Name string }
		got.decode(t, &list)
		found := make([]string, len(list))
		for i, app := range list {
			found[i] = app.Name
		}
		return found
	}
	if all := names(""); len(all) != 211 || all[0] != "admin" || all[210] != "app-209" {
		t.Errorf("%d of 211, in order of creation: %v", len(all), all)
	}
	for query, want := range map[string][]string{
		"limit=2":                    {"admin", "app-000"},
		"limit=2&offset=209":         {"app-208", "app-209"},
		"search=APP-01&limit=3":      {"app-010", "app-011", "app-012"},
		"filterBy=name%3D%3Dapp-007": {"app-007"},
		"filterBy=name=^app-20,name!@app-209&sortBy=name&sortOrder=desc&limit=2": {"app-208", "app-207"},
		"search=nothing-like-this":             {},
		"offset=100000":                        {},
		"unknown=ignored&filterBy=name==admin": {"admin"},
	} {
		if got := names(query); !slices.Equal(got, want) {
			t.Errorf("?%s: %v, want %v", query, got, want)
		}
	}
	if got := p.get(t, bearer, "/api/v1/apps?search=nothing-like-this"); got.body != "[]" {
		t.Errorf("an empty list is %s", got.body)
	}
	for _, query := range []string{"filterBy=colour==red", "filterBy=name~~x", "sortBy=colour", "sortOrder=up", "limit=0", "limit=x", "offset=-1", "search=" + strings.Repeat("a", 300)} {
		got := p.get(t, bearer, "/api/v1/apps?"+query)
		var body struct{ Message string }
		got.decode(t, &body)
		if got.status != 400 || body.Message == "" || strings.Contains(got.body, "[") {
			t.Errorf("?%s: %d %s", query, got.status, got.body)
		}
	}
}

// TestMyRules: nested twice, as the wire has it (api-contract.md 3.2).
func TestMyRules(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci-pipeline-prod")
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	research := p.scope(t, eu.ID, "research")
	bearer := p.tokenFor(t, app)
	if got := p.get(t, bearer, "/api/v1/authorization/me/access-rules"); strings.TrimSpace(got.body) != `{"accessRules":{"accessRules":[],"displayRecords":0,"totalRecords":0}}` {
		t.Errorf("none: %s", got.body)
	}
	p.grant(t, app, access.Viewer, access.TenantNodeID)
	p.grant(t, app, 5, research.ID)

	var body struct {
		AccessRules struct {
			TotalRecords   int
			DisplayRecords int
			AccessRules    []map[string]any
		}
	}
	// The bare question mark is how runapy asks.
	got := p.get(t, bearer, "/api/v1/authorization/me/access-rules?")
	got.decode(t, &body)
	rules := body.AccessRules
	if rules.TotalRecords != 2 || rules.DisplayRecords != 2 || len(rules.AccessRules) != 2 {
		t.Fatalf("%s", got.body)
	}
	want := map[string]any{"subjectId": "ci-pipeline-prod", "subjectType": "app", "roleId": 5.0, "roleName": "L1 researcher",
		"scopeId": research.ID, "scopeType": "department", "scopeName": "research", "clusterId": eu.ID, "tenantId": 1001.0}
	second := rules.AccessRules[1]
	delete(second, "id")
	if !maps.Equal(second, want) {
		t.Errorf("%v, want %v", second, want)
	}

	for query, records := range map[string][2]int{
		"limit=1": {2, 1}, "offset=1": {2, 1}, "offset=9": {2, 0}, "search=VIEW": {1, 1}, "search=research": {1, 1}, "search=%20": {2, 2}, "search=zzz": {0, 0}, "limit=": {2, 2},
	} {
		p.get(t, bearer, "/api/v1/authorization/me/access-rules?"+query).decode(t, &body)
		if got := [2]int{body.AccessRules.TotalRecords, body.AccessRules.DisplayRecords}; got != records {
			t.Errorf("?%s: %v, want %v", query, got, records)
		}
	}
	for _, query := range []string{"limit=0", "limit=501", "limit=x", "offset=-1", "offset=99999999999999999999"} {
		if got := p.get(t, bearer, "/api/v1/authorization/me/access-rules?"+query); got.status != 400 {
			t.Errorf("?%s: %d %s", query, got.status, got.body)
		}
	}
	if got := p.get(t, bearer, "/api/v1/authorization/me/access-rules/count?search=viewer"); strings.TrimSpace(got.body) != `{"count":1}` {
		t.Errorf("count: %s", got.body)
	}
}

func TestKeySet(t *testing.T) {
	p := newProduct(t)
	got := p.ask("GET", "/.well-known/jwks.json", "")
	var set struct{ Keys []map[string]any }
	got.decode(t, &set)
	if got.status != 200 || len(set.Keys) == 0 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "k"} {
			if _, there := key[private]; there {
				t.Errorf("the key tells %s", private)
			}
		}
		for _, public := range []string{"kid", "alg", "use"} {
			if key[public] == nil {
				t.Errorf("the key has no %s", public)
			}
		}
	}
	if cache := got.header.Get("Cache-Control"); cache != "public, max-age=300" {
		t.Errorf("Cache-Control = %q", cache)
	}
	etag := got.header.Get("ETag")
	for header, want := range map[string]int{etag: 304, "W/" + etag: 304, `"x", ` + etag: 304, "*": 304, `"x"`: 200, "": 200} {
		again := p.ask("GET", "/.well-known/jwks.json", "", "If-None-Match", header)
		if again.status != want || again.header.Get("ETag") != etag || (want == 304) != (again.body == "") {
			t.Errorf("If-None-Match %q: %d, ETag %q", header, again.status, again.header.Get("ETag"))
		}
	}
}

// TestMetadata: the issuer is the configured one, whatever a request claims
// (security.md 12).
func TestMetadata(t *testing.T) {
	p := newProduct(t)
	got := p.ask("GET", "http://evil.test/.well-known/oauth-authorization-server", "", "X-Forwarded-Host", "evil.test", "X-Forwarded-Proto", "ftp")
	var body map[string]any
	got.decode(t, &body)
	app := p.application(t, "ci-pipeline-prod")
	claims := claimsOf(t, p.tokenFor(t, app))
	if got.status != 200 || body["issuer"] != issuer || claims["iss"] != body["issuer"] || strings.Contains(got.body, "evil") {
		t.Errorf("%s, tokens by %v", got.body, claims["iss"])
	}
	for _, key := range []string{"token_endpoint", "jwks_uri"} {
		address, _ := body[key].(string)
		path, ours := strings.CutPrefix(address, issuer)
		if !ours || p.ask("GET", path, "").status == http.StatusNotFound {
			t.Errorf("%s = %q", key, address)
		}
	}
	if _, isList := body["response_types_supported"].([]any); !isList {
		t.Errorf("response_types_supported = %v", body["response_types_supported"])
	}
}

func TestUnknownPaths(t *testing.T) {
	p := newProduct(t)
	for _, target := range []string{"/api/v1/nothing", "/api/v1/app", "/v1/k8s/apps", "/api/", "/.well-known/nothing", "/auth/realms/acme"} {
		got := p.ask("GET", target, "")
		if got.status != 404 || !json.Valid([]byte(got.body)) {
			t.Errorf("GET %s: %d %s", target, got.status, got.body)
		}
	}
	if got := p.ask("DELETE", "/api/v1/apps", ""); got.status != 405 || got.header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("DELETE /api/v1/apps: %d, Allow %q", got.status, got.header.Get("Allow"))
	}
}

// TestOpenIDConfigurationIsKept: a client that has it is told so.
func TestOpenIDConfigurationIsKept(t *testing.T) {
	p := newProduct(t)
	first := p.ask("GET", "/.well-known/openid-configuration", "")
	if again := p.ask("GET", "/.well-known/openid-configuration", "", "If-None-Match", first.header.Get("ETag")); first.status != http.StatusOK || again.status != http.StatusNotModified {
		t.Errorf("asked %d, asked again %d", first.status, again.status)
	}
}
