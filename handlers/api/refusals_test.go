package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"latchkey/access"
	"latchkey/handlers/api"
	"latchkey/web"
)

// What every operation refuses in the same way; what each refuses in its own way
// is tested with its noun. checkStatuses sees to it that none is left out.

// documents says whether the specification has the status for the operation.
func documents(op *openapi3.Operation, status int) bool { return op.Responses.Status(status) != nil }

// failing is a service whose database is in trouble.
type failing struct {
	api.Service
	err error
}

func (f failing) TokenPrincipal(context.Context, string) (access.Principal, error) {
	return access.Principal{}, f.err
}

func (f failing) VerifyToken(context.Context, string, access.Requirement) (access.Verified, error) {
	return access.Verified{}, f.err
}

func (f failing) Trade(context.Context, access.Origin, access.TokenRequest) (access.IssuedToken, error) {
	return access.IssuedToken{}, f.err
}

func (f failing) Introspect(context.Context, access.Origin, access.ClientAuth, string) (access.Introspection, error) {
	return access.Introspection{}, f.err
}

func (f failing) RevokeToken(context.Context, access.Origin, access.ClientAuth, string) error {
	return f.err
}

func (f failing) JWKS(context.Context) ([]byte, error) { return nil, f.err }

// tokenRequests are well-formed ones, by operation.
var tokenRequests = map[string]struct{ address, body string }{
	"createToken":       {"/api/v1/token", object("grantType", "client_credentials", "clientId", "ci", "clientSecret", "lk_wrong")},
	"createOAuthToken":  {"/api/v2/token", "grant_type=client_credentials&client_id=ci&client_secret=lk_wrong"},
	"createRealmToken":  {"/auth/realms/acme/protocol/openid-connect/token", "grant_type=client_credentials&client_id=ci&client_secret=lk_wrong"},
	"introspectToken":   {"/api/v2/token/introspect", "token=a.b.c&client_id=ci&client_secret=lk_wrong"},
	"revokeToken":       {"/api/v2/token/revoke", "token=a.b.c&client_id=ci&client_secret=lk_wrong"},
	"createLegacyToken": {"/v1/k8s/auth/oauth/apptoken", object("name", "ci", "secret", "lk_wrong")},
}

func (p *product) tokenRequest(id, body string) answer {
	kind := "application/json"
	if strings.Contains(tokenRequests[id].body, "client_id=") {
		kind = formType
	}
	return p.ask(http.MethodPost, tokenRequests[id].address, body, "Content-Type", kind)
}

// TestTrouble: when the database is in trouble every operation says so, in the
// way that its clients read, and tells nothing of the inside.
func TestTrouble(t *testing.T) {
	for status, trouble := range map[int]error{
		500: errors.New("the disk is on fire"),
		503: fmt.Errorf("%w: the database is locked", access.ErrUnavailable),
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			parts := partsOver(t, sqliteFile(t))
			parts.around = func(svc api.Service) api.Service { return failing{svc, trouble} }
			p := newProductOf(t, parts)
			must(t, p.svc.RenameTenant(t.Context(), operator(), "acme"))
			for path, item := range p.promise.doc.Paths.Map() {
				for method, op := range item.Operations() {
					if !documents(op, status) {
						continue
					}
					var got answer
					if request, isToken := tokenRequests[op.OperationID]; isToken {
						got = p.tokenRequest(op.OperationID, request.body)
					} else {
						got = p.send("a.b.c", method, pathParameter.ReplaceAllString(path, "1"), "{}")
					}
					if got.status != status || strings.Contains(got.body, "fire") || strings.Contains(got.body, "locked") {
						t.Errorf("%s: %d %s", op.OperationID, got.status, got.body)
					}
					if later := got.header.Get("Retry-After"); (later != "") != (status == 503) {
						t.Errorf("%s: Retry-After %q", op.OperationID, later)
					}
				}
			}
		})
	}
}

// TestUnreadableQuery: whatever is asked, an address that cannot be read is told
// to be that, before anything is done.
func TestUnreadableQuery(t *testing.T) {
	p := newProduct(t)
	bearer := p.person(t, "ada@example.com", access.SystemAdministrator)
	p.eachListed(func(method, path string, _ *openapi3.PathItem, op *openapi3.Operation) {
		got := p.send(bearer, method, pathParameter.ReplaceAllString(path, "1")+"?limit=%zz", "{}")
		got.want(t, 400, "question mark")
	})
}

// TestLimits: searching and guessing without end is slowed down, with the time at
// which to come back.
func TestLimits(t *testing.T) {
	parts := partsOver(t, sqliteFile(t))
	one := web.Rate{PerSecond: 0.25, Burst: 1}
	parts.limits = web.Limits{SearchPerUser: one, RefusedPerClient: one, RefusedPerSource: web.Rate{Burst: -1}}
	p := newProductOf(t, parts)
	must(t, p.svc.RenameTenant(t.Context(), operator(), "acme"))
	bearer := p.person(t, "ada@example.com", access.SystemAdministrator)
	p.eachListed(func(method, path string, _ *openapi3.PathItem, op *openapi3.Operation) {
		if !documents(op, 429) || method != http.MethodGet {
			return
		}
		query := url.Values{"start": {"2026-01-01"}, "end": {"2027-01-01"}}
		query.Set(searchParameter(op))
		p.wait(10 * time.Second)
		p.get(t, bearer, path+"?"+query.Encode()).want(t, 200)
		if got := p.get(t, bearer, path+"?"+query.Encode()).want(t, 429, `"code":429`); got.header.Get("Retry-After") != "4" {
			t.Errorf("%s: Retry-After %q", op.OperationID, got.header.Get("Retry-After"))
		}
	})
	for id, request := range tokenRequests {
		p.wait(10 * time.Second)
		if first := p.tokenRequest(id, request.body); first.status != 400 && first.status != 401 {
			t.Errorf("%s: %d %s", id, first.status, first.body)
		}
		if got := p.tokenRequest(id, request.body).want(t, 429); got.header.Get("Retry-After") != "4" {
			t.Errorf("%s: Retry-After %q", id, got.header.Get("Retry-After"))
		}
	}
}

// searchParameter is what makes a list a search.
func searchParameter(op *openapi3.Operation) (name, value string) {
	for _, parameter := range op.Parameters {
		if parameter.Value.Name == "search" {
			return "search", "a"
		}
	}
	if strings.Contains(op.OperationID, "Audit") {
		return "filterBy", "action==create"
	}
	return "filterBy", "name==a"
}

// TestPasswordGuessing: whoever has somebody's token does not learn the password
// by trying.
func TestPasswordGuessing(t *testing.T) {
	p := newProduct(t)
	ada := p.person(t, "ada@example.com", 0)
	guess := object("currentPassword", "guessed", "newPassword", "seven quiet otters swim upstream")
	for range 30 {
		got := p.send(ada, "POST", "/api/v1/me/password", guess)
		if got.status == 429 {
			got.want(t, 429, "Try again in")
			return
		}
		got.want(t, 400, "not your present password")
	}
	t.Error("it is never slowed down")
}

// TestLargeTokenRequests: a body over the limit is told to be that, in the words
// of each endpoint.
func TestLargeTokenRequests(t *testing.T) {
	p := newProduct(t)
	must(t, p.svc.RenameTenant(t.Context(), operator(), "acme"))
	for id := range tokenRequests {
		p.tokenRequest(id, strings.Repeat("a", 70_000)).want(t, 413, "64 KiB")
		bad := p.tokenRequest(id, "grant_type=%zz")
		bad.want(t, 400)
		if isOAuth := strings.Contains(tokenRequests[id].body, "client_id="); isOAuth != strings.Contains(bad.body, `"error":`) {
			t.Errorf("%s: %s", id, bad.body)
		}
	}
}

// TestLateReplays: the answer to a regeneration is kept for ten minutes; after
// that nobody gets it, and nothing is regenerated a second time.
func TestLateReplays(t *testing.T) {
	p := newProduct(t)
	ada := p.person(t, "ada@example.com", access.SystemAdministrator)
	app := p.application(t, "ci")
	for noun, id := range map[string]string{
		"/api/v1/apps":              app.ID,
		"/api/v1/service-accounts":  app.ID,
		"/api/v1/access-keys":       p.idOf(t, p.send(ada, "POST", "/api/v1/access-keys", `{"name":"laptop"}`)),
		"/api/v1/user-applications": p.idOf(t, p.send(ada, "POST", "/api/v1/user-applications", `{"name":"desktop"}`)),
	} {
		target := noun + "/" + id + "/secret"
		first := p.send(ada, "POST", target, "", "Idempotency-Key", noun).want(t, 200)
		if again := p.send(ada, "POST", target, "", "Idempotency-Key", noun).want(t, 200); again.body != first.body {
			t.Errorf("%s: %s, first %s", noun, again.body, first.body)
		}
		p.wait(11 * time.Minute)
		if late := p.send(ada, "POST", target, "", "Idempotency-Key", noun).want(t, 409, "no longer kept"); strings.Contains(late.body, "lk_") {
			t.Errorf("%s: %s", noun, late.body)
		}
	}
}

// TestConflicts are those that no other test has.
func TestConflicts(t *testing.T) {
	p := newProduct(t)
	ada := p.person(t, "ada@example.com", access.SystemAdministrator)
	var list wireRules
	p.get(t, ada, accessRules+"?subjectIds=ada@example.com").want(t, 200).decode(t, &list)
	p.send(ada, "DELETE", fmt.Sprint(accessRules, "/", list.AccessRules[0].ID), "").want(t, 409, "administrator")

	eu := p.make(t, ada, clusters, `{"name":"eu-1"}`)
	p.make(t, ada, clusters, `{"name":"us-1"}`)
	p.send(ada, "PATCH", clusters+"/"+eu, `{"name":"us-1"}`).want(t, 409, "already exists")
	research := p.make(t, ada, departments, object("name", "research", "clusterId", eu))
	vision := p.make(t, ada, projects, object("name", "vision", "parentId", research))
	p.make(t, ada, projects, object("name", "audio", "parentId", research))
	p.send(ada, "PATCH", projects+"/"+vision, `{"name":"audio"}`).want(t, 409, "already exists")
}

// TestApplicationsHaveNoAccessKeys: neither those of others nor any of their own.
func TestApplicationsHaveNoAccessKeys(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	for _, noun := range []string{"/api/v1/access-keys", "/api/v1/user-applications"} {
		p.send(bearer, "POST", noun, `{"name":"laptop"}`).want(t, 403, "Only users have access keys.")
		for method, address := range map[string]string{"GET": noun + "/1", "DELETE": noun + "/1", "POST": noun + "/1/secret"} {
			p.send(bearer, method, address, "").want(t, 403, "Only users have access keys.")
		}
	}
}
