package api_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/access"
)

// TestClientQuirks sends, byte for byte, what the clients in wide use send and
// no specification has (api-contract.md 0.2).
func TestClientQuirks(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	p.wait(1000)
	app := p.application(t, "ci-pipeline-prod")
	p.application(t, "second")
	p.wait(1000)
	server := httptest.NewServer(p.web.Echo)
	defer server.Close()

	const apps, rules = "/api/v1/apps", "/api/v1/authorization/access-rules"
	body := func(text string) string {
		return fmt.Sprintf("content-type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	}
	const none = "\r\n"
	for name, tt := range map[string]struct {
		line, rest string
		status     int
		has        string
	}{
		"a bare question mark":              {"GET " + apps + "?", none, 200, "ci-pipeline-prod"},
		"two slashes":                       {"GET /api/v1//apps", none, 200, "ci-pipeline-prod"},
		"many slashes and one at the end":   {"GET //api//v1///apps/", none, 200, "ci-pipeline-prod"},
		"two slashes before the id":         {"GET /api/v1/apps//" + app.ID, none, 200, "ci-pipeline-prod"},
		"a content type without a body":     {"GET " + apps, "content-type: application/json\r\n\r\n", 200, "ci-pipeline-prod"},
		"a body that GET does not have":     {"GET " + apps, body(`{"a":1}`), 200, "ci-pipeline-prod"},
		"an enum's member to sort by":       {"GET " + apps + "?sortBy=AccessRulesSortFilterFields.CREATEDAT&limit=1", none, 200, `"name":"admin"`},
		"shouting":                          {"GET " + apps + "?sortBy=NAME&sortOrder=DESC&limit=1", none, 200, `"name":"second"`},
		"an enum's member as order":         {"GET " + apps + "?sortBy=name&sortOrder=SortOrder.DESC&limit=1", none, 200, `"name":"second"`},
		"an encoded comma":                  {"GET " + apps + "?filterBy=name%3D%3Dsecond%2Cstatus%3D%3DActive", none, 200, `[{"clientId":"second"`},
		"a raw comma and at sign":           {"GET " + apps + "?filterBy=name=@secon,status==Active", none, 200, `[{"clientId":"second"`},
		"the parameter twice":               {"GET " + apps + "?filterBy=name==second&filterBy=status==Active", none, 200, `[{"clientId":"second"`},
		"empty parameters":                  {"GET " + apps + "?limit=&offset=&sortBy=&sortOrder=&filterBy=&search=", none, 200, "ci-pipeline-prod"},
		"a parameter that nobody knows":     {"GET " + apps + "?verbosity=full&limit=1", none, 200, "admin"},
		"encoded twice":                     {"POST " + apps, body(`"{\"name\": \"app-1\"}"`), 201, "app-1"},
		"no content type":                   {"POST " + apps, fmt.Sprintf("Content-Length: %d\r\n\r\n%s", 16, `{"name":"app-2"}`), 201, "app-2"},
		"a form's content type":             {"POST " + apps, fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", 16, `{"name":"app-3"}`), 201, "app-3"},
		"an odd casing of the key":          {"POST " + apps, body(`{"NAME":"app-4"}`), 201, "app-4"},
		"two casings: the right one counts": {"POST " + apps, body(`{"Name":"wrong","name":"app-5"}`), 201, "app-5"},
		"null fields":                       {"POST " + apps, body(`{"name":"app-6","description":null,"scopeId":null}`), 201, "app-6"},
		"a null where there must be a name": {"POST " + apps, body(`{"name":null}`), 400, "name is missing."},
		"a chunked body in pieces":          {"POST " + apps, "content-type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"name\":\r\n8\r\n\"app-7\"}\r\n0\r\n\r\n", 201, "app-7"},
		"an empty chunked body":             {"POST " + apps, "content-type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "name is missing."},
		"an empty body":                     {"POST " + apps, "content-type: application/json\r\nContent-Length: 0\r\n\r\n", 400, "name is missing."},
		"an empty body where none is due":   {"POST " + apps + "/" + app.ID + "/secret", "content-type: application/json\r\nContent-Length: 0\r\n\r\n", 200, "lk_"},
		"an empty object where none is due": {"POST " + apps + "/" + app.ID + "/secret", "content-type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "lk_"},
		"a null action":                     {"POST /api/v1/authorization/permitted-scopes", body(`{"resourceType":"apps","action":null}`), 200, `"delete":{"tenant":"1001"`},
		"a rule from a backup": {"POST " + rules, body(`{"subjectId":"second","subjectType":"app","roleId":7,"scopeId":"1001","scopeType":"tenant","clusterId":null,"status":{"phase":"Ready"},"deletedAt":null}`),
			201, `"roleName":"Viewer"`},
		"a rule that is there already": {"POST " + rules, body(`{"subjectId":"admin","subjectType":"service-account","roleId":1,"scopeId":"1001","scopeType":"tenant"}`), 409, "already exists"},
		"no body on DELETE":            {"DELETE " + apps + "/no-such-application", none, 404, "Resource id not found."},
		"an id that was mangled":       {"DELETE " + apps + "/a b'c", none, 400, ""}, // no HTTP: the server itself refuses
		"an id with a percent":         {"GET " + apps + "/a%20b", none, 404, "Resource id not found."},
		"an id with a slash":           {"GET " + apps + "/a%2Fb", none, 404, "Resource id not found."},
	} {
		t.Run(name, func(t *testing.T) {
			head := tt.line + " HTTP/1.1\r\nHost: x\r\nauthorization: Bearer " + bearer + "\r\nUser-Agent: runai-api-client-python/1.224.0\r\nAccept-Encoding: identity\r\nConnection: close\r\n"
			got := raw(t, server.Listener.Addr().String(), head+tt.rest)
			if got.status != tt.status || !strings.Contains(got.body, tt.has) {
				t.Errorf("%d %s, want %d and %s", got.status, got.body, tt.status, tt.has)
			}
		})
	}
}

// raw sends bytes and reads one answer.
func raw(t *testing.T, address, request string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	must(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte(request))
	must(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer res.Body.Close()
	var body strings.Builder
	_, err = bufio.NewReader(res.Body).WriteTo(&body)
	must(t, err)
	return answer{res.StatusCode, res.Header, body.String()}
}

// TestRolesOnTheWire: all that are recorded, each with every resource type
// (api-contract.md 3.3).
func TestRolesOnTheWire(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	var roles []struct {
		ID          int
		Name        string
		CreatedBy   string
		Permissions []struct {
			ResourceType string
			Actions      []string
		}
	}
	p.get(t, bearer, "/api/v1/authorization/roles").want(t, 200).decode(t, &roles)
	if len(roles) != 18 || roles[0].ID != 1 || roles[0].Name != "System administrator" || roles[0].CreatedBy != "Run:ai" || len(roles[0].Permissions) != 43 {
		t.Errorf("%d roles, the first %+v", len(roles), roles[0])
	}
	viewer := p.get(t, bearer, "/api/v1/authorization/roles/7").want(t, 200, `"name":"Viewer"`, `"kubernetesPermissions":{"predefinedRole":null}`, `"actions":[]`)
	if strings.Contains(viewer.body, `"actions":null`) {
		t.Error("no actions are null")
	}
	p.get(t, bearer, "/api/v1/authorization/roles/9999").want(t, 404)
	p.get(t, bearer, "/api/v1/authorization/roles/x").want(t, 400, "roleId must be a whole number")
	p.get(t, bearer, "/api/v1/authorization/roles/99999999999").want(t, 400, "roleId")
	nobody := p.tokenFor(t, p.application(t, "nobody"))
	p.get(t, nobody, "/api/v1/authorization/roles").want(t, 403, "permission to read Roles in ")
}

func TestPermissionsOfTheCaller(t *testing.T) {
	p := newProduct(t)
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	research := p.scope(t, eu.ID, "research")
	vision := p.scope(t, research.ID, "vision")
	app := p.application(t, "ci-pipeline-prod")
	bearer := p.tokenFor(t, app)
	const permitted = "/api/v1/authorization/permitted-scopes"
	p.send(bearer, "POST", permitted, `{"resourceType":"apps"}`).want(t, 200, `{"create":{},"delete":{},"read":{},"update":{}}`)

	p.grant(t, app, 1711, eu.ID)           // manages applications
	p.grant(t, app, 1711, vision.ID)       // lies within
	p.grant(t, app, 4, research.ID)        // manages projects
	p.grant(t, app, access.Viewer, "1001") // looks at projects
	got := p.get(t, bearer, "/api/v1/authorization/permissions").want(t, 200)
	for _, want := range []string{
		`{"actions":["create","read","update","delete"],"displayName":"Applications","groupId":"iam","resourceType":"apps"}`,
		`{"actions":["create","read","update","delete"],"displayName":"Projects","groupId":"organization","resourceType":"project"}`,
		`{"actions":[],"displayName":"Security settings"`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %s in %s", want, got.body)
		}
	}
	p.send(bearer, "POST", permitted, `{"resourceType":"apps","action":"create"}`).want(t, 200,
		`{"create":{"clusters":["`+eu.ID+`"]},"delete":{},"read":{},"update":{}}`)
	p.send(bearer, "POST", permitted, `{"resourceType":"project"}`).want(t, 200,
		`"create":{"departments":["`+research.ID+`"]}`, `"read":{"tenant":"1001","tenants":["1001"]}`)
	p.send(bearer, "POST", permitted, `{"resourceType":"groups"}`).want(t, 400, "resourceType must be one of")
	p.send(bearer, "POST", permitted, `{}`).want(t, 400, "resourceType is missing.")
	p.send(bearer, "POST", permitted, `{"resourceType":"apps","action":"sync"}`).want(t, 400, "action must be one of create, read, update, delete")
}
