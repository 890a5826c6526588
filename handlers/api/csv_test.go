package api_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"latchkey/access"
)

// TestEveryListHasCSV: whatever answers with a list, or with scopes, does so in
// CSV as well, and the specification says it.
func TestEveryListHasCSV(t *testing.T) {
	for id, op := range newPromise(t).operations() {
		ok := op.Responses.Status(200)
		if !strings.HasPrefix(id, "list") || ok == nil {
			continue
		}
		if ok.Value.Content["text/csv"] == nil {
			t.Errorf("%s has no CSV", id)
		}
	}
}

// records reads CSV.
func (a answer) records(t *testing.T) [][]string {
	t.Helper()
	if kind := a.header.Get("Content-Type"); a.status != 200 || kind != "text/csv; charset=utf-8" || a.header.Get("Content-Disposition") != "attachment" {
		t.Fatalf("%d %s %s", a.status, kind, a.body)
	}
	records, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	must(t, err)
	return records
}

func (p *product) csv(t *testing.T, bearer, method, target, body string) [][]string {
	t.Helper()
	return p.send(bearer, method, target, body, "Accept", "text/csv").records(t)
}

// TestRolesCSV: what has parts is JSON in its cell, so that nothing is lost.
func TestRolesCSV(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	for _, query := range []string{"", "?limit=1&offset=3"} { // which mean nothing here
		records := p.csv(t, bearer, "GET", "/api/v1/authorization/roles"+query, "")
		if len(records) != 19 || records[0][1] != "name" || records[1][1] != "System administrator" || records[1][7] != "Run:ai" {
			t.Errorf("%d records, %.80q", len(records), records[:2])
		}
		var permissions []struct{ ResourceType string }
		must(t, json.Unmarshal([]byte(records[1][3]), &permissions))
		if len(permissions) != 43 {
			t.Errorf("%d permissions", len(permissions))
		}
	}
	records := p.csv(t, bearer, "GET", "/api/v1/authorization/permissions", "")
	found := false
	for _, record := range records {
		found = found || strings.Join(record, " ") == `apps Applications iam ["create","read","update","delete"]`
	}
	if len(records) != 44 || strings.Join(records[0], " ") != "resourceType displayName groupId actions" || !found {
		t.Errorf("%q", records)
	}
}

func TestMyRulesCSV(t *testing.T) {
	p := newProduct(t)
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	app := p.application(t, "ci")
	bearer := p.tokenFor(t, app)
	const mine = "/api/v1/authorization/me/access-rules"
	for _, role := range []int32{5, 6, 7} {
		p.wait(1000)
		p.grant(t, app, role, eu.ID)
	}
	for query, want := range map[string]string{
		"": "5 6 7", "?": "5 6 7", "?limit=2": "5 6", "?limit=2&offset=1": "6 7", "?offset=9": "", "?search=viewer": "7", "?search=zzz": "",
	} {
		records := p.csv(t, bearer, "GET", mine+query, "")
		if header := strings.Join(records[0], " "); header != "id subjectId subjectType roleId roleName scopeId scopeType scopeName clusterId tenantId" {
			t.Errorf("columns %s", header)
		}
		var roles []string
		for _, record := range records[1:] {
			roles = append(roles, record[3])
			if record[8] != eu.ID {
				t.Errorf("%q", record)
			}
		}
		if got := strings.Join(roles, " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	got := p.get(t, bearer, mine+"?limit=2").want(t, 200)
	if got.header.Get("X-Total-Count") != "3" || !strings.Contains(got.header.Get("Link"), `offset=2>; rel="next"`) {
		t.Errorf("%v", got.header)
	}
}

func TestPermittedScopesCSV(t *testing.T) {
	p := newProduct(t)
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	research := p.scope(t, eu.ID, "research")
	vision := p.scope(t, research.ID, "vision")
	app := p.application(t, "ci")
	bearer := p.tokenFor(t, app)
	p.grant(t, app, 1711, eu.ID)
	p.grant(t, app, access.Viewer, "1001")
	p.grant(t, app, 4, vision.ID)
	for body, want := range map[string]string{
		`{"resourceType":"apps","action":"read"}`: "action,scopeType,scopeId\r\nread,cluster," + eu.ID + "\r\n",
		`{"resourceType":"project"}`: "action,scopeType,scopeId\r\ncreate,project," + vision.ID + "\r\nread,tenant,1001\r\nupdate,project," + vision.ID +
			"\r\ndelete,project," + vision.ID + "\r\n",
		`{"resourceType":"users","action":"create"}`: "action,scopeType,scopeId\r\n",
	} {
		got := p.send(bearer, "POST", "/api/v1/authorization/permitted-scopes", body, "Accept", "text/csv")
		got.records(t)
		if text := strings.TrimPrefix(got.body, "\ufeff"); text != want {
			t.Errorf("%s: %q, want %q", body, text, want)
		}
	}
}
