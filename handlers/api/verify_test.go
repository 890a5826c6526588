package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/web"
)

const verify = "/api/v1/auth/verify"

// verified is an application that may look at workloads in one department.
func verified(t testing.TB, p *product) (app application, bearer string) {
	t.Helper()
	cluster := p.scope(t, access.TenantNodeID, "eu-1")
	app = p.application(t, "ci")
	p.grant(t, app, access.Viewer, p.scope(t, cluster.ID, "research").ID)
	return app, p.tokenFor(t, app)
}

// wantEmpty: an answer to a gateway has no body, is kept by nobody and sets
// nothing in a browser.
func (a answer) wantEmpty(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status || a.body != "" || a.header.Get("Cache-Control") != "no-store" || a.header["Set-Cookie"] != nil {
		t.Errorf("%d %q %v, want %d and nothing", a.status, a.body, a.header, status)
	}
	if a.status != http.StatusOK && (a.header.Get("X-Latchkey-Client-Id")+a.header.Get("X-Latchkey-Subject")+a.header.Get("X-Latchkey-Scopes") != "" || a.header.Get("WWW-Authenticate") == "") {
		t.Errorf("a refusal says %v", a.header)
	}
	return a
}

func TestVerifySaysWhoItIs(t *testing.T) {
	p := newProduct(t)
	app, bearer := verified(t, p)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		got := p.ask(method, verify+"?scope=/eu-1/research", "", "Authorization", "Bearer "+bearer).wantEmpty(t, 200)
		if got.header.Get("X-Latchkey-Client-Id") != "ci" || got.header.Get("X-Latchkey-Subject") != "app:"+app.ID {
			t.Errorf("%v", got.header)
		}
		scopes := strings.Fields(got.header.Get("X-Latchkey-Scopes"))
		for _, name := range scopes {
			if _, action, known := access.ParsePermission(name); !known || action != access.Read {
				t.Errorf("a viewer may %s", name)
			}
		}
		if len(scopes) < 10 {
			t.Errorf("a viewer may only %v", scopes)
		}
	}
	// What is held in one department is not held everywhere; the header is there
	// all the same, so that the client's own is overwritten.
	got := p.get(t, bearer, verify).wantEmpty(t, 200)
	if values := got.header["X-Latchkey-Scopes"]; len(values) != 1 || values[0] != "none" {
		t.Errorf("in the whole organisation: %q", values)
	}
}

// TestVerifyKnowsUsers: what a person's token may do is what they may.
func TestVerifyKnowsUsers(t *testing.T) {
	p := newProduct(t)
	got := p.get(t, p.person(t, "ada@example.com", access.SystemAdministrator), verify+"?permission=users:delete").wantEmpty(t, 200)
	if !strings.HasPrefix(got.header.Get("X-Latchkey-Subject"), "user:") || got.header.Get("X-Latchkey-Client-Id") == "" {
		t.Errorf("%v", got.header)
	}
	if n := len(got.header.Get("X-Latchkey-Scopes")); n > 3500 {
		t.Errorf("the header has %d bytes: more than gateways have room for", n)
	}
}

// TestVerifyRefuses is the table of refusals; the address is asked as it stands.
func TestVerifyRefuses(t *testing.T) {
	p := newProduct(t)
	_, bearer := verified(t, p)
	const (
		none     = `Bearer realm="latchkey"`
		invalid  = `Bearer realm="latchkey", error="invalid_token"`
		lacking  = `Bearer realm="latchkey", error="insufficient_scope"`
		research = "/eu-1/research"
	)
	tests := []struct {
		name, method, target string
		headers              []string
		status               int
		challenge            string
		warned               string // what the log says to whoever runs the gateway
	}{
		{"no token", "GET", verify, nil, 401, none, ""},
		{"no token, and a mistake", "GET", verify + "?x=1", nil, 401, none, ""},
		{"another scheme", "GET", verify, []string{"Authorization", "Basic Y2k6Y2k="}, 401, none, ""},
		{"two tokens", "GET", verify, []string{"Authorization", "Bearer " + bearer, "Authorization", "Bearer " + bearer}, 401, none, ""},
		{"a token in the query", "GET", verify + "?access_token=" + bearer, nil, 401, none, ""},
		{"a token in a cookie", "GET", verify, []string{"Cookie", "token=" + bearer}, 401, none, ""},
		{"garbage", "GET", verify, []string{"Authorization", "Bearer guessed"}, 401, invalid, ""},
		{"a permission that is not held there", "GET", verify + "?permission=jobs:delete&scope=" + research, []string{"Authorization", "Bearer " + bearer}, 403, lacking + `, scope="jobs:delete"`, ""},
		{"a permission that is not held everywhere", "GET", verify + "?permission=jobs:read", []string{"Authorization", "Bearer " + bearer}, 403, lacking + `, scope="jobs:read"`, ""},
		{"a permission that there is not", "GET", verify + "?permission=cakes:eat", []string{"Authorization", "Bearer " + bearer}, 403, lacking, `cakes:eat`},
		{"a scope that there is not", "GET", verify + "?scope=/eu-2", []string{"Authorization", "Bearer " + bearer}, 403, lacking, "/eu-2"},
		{"a parameter that there is not", "GET", verify + "?permision=jobs:read", []string{"Authorization", "Bearer " + bearer}, 403, lacking, "permision"},
		{"a parameter twice", "GET", verify + "?permission=jobs:read&permission=jobs:read&scope=" + research, []string{"Authorization", "Bearer " + bearer}, 403, lacking, "more than once"},
		{"a parameter without a value", "GET", verify + "?permission=&scope=" + research, []string{"Authorization", "Bearer " + bearer}, 403, lacking, "without a value"},
		{"a query that cannot be read", "GET", verify + "?permission=%zz", []string{"Authorization", "Bearer " + bearer}, 403, lacking, "cannot be read"},
		{"Envoy at the address of the others", "GET", verify + "/?permission=jobs:read&scope=" + research, []string{"Authorization", "Bearer " + bearer}, 403, lacking, "slash"},
		{"the others at the address of Envoy", "GET", verify + "/request?permission=jobs:read", []string{"Authorization", "Bearer " + bearer}, 403, lacking, "path of a request"},
		{"Envoy, lacking", "POST", verify + "/request/orders", []string{"Authorization", "Bearer " + bearer, "X-Latchkey-Permission", "jobs:create", "X-Latchkey-Scope", research}, 403, lacking + `, scope="jobs:create"`, ""},
		{"Envoy, and the client's query means nothing", "POST", verify + "/request/orders?scope=" + research, []string{"Authorization", "Bearer " + bearer, "X-Latchkey-Permission", "jobs:read"}, 403, lacking + `, scope="jobs:read"`, ""},
		{"Envoy, root", "GET", verify + "/request/?permission=jobs:read&scope=" + research, []string{"Authorization", "Bearer " + bearer, "X-Latchkey-Permission", "jobs:delete"}, 403, lacking + `, scope="jobs:delete"`, ""},
		{"Envoy, a header twice", "GET", verify + "/request/", []string{"Authorization", "Bearer " + bearer, "X-Latchkey-Permission", "jobs:read", "X-Latchkey-Permission", "jobs:read"}, 403, lacking, "more than once"},
		{"Envoy, a scope that is no text", "GET", verify + "/request/", []string{"Authorization", "Bearer " + bearer, "X-Latchkey-Scope", "/\xff"}, 403, lacking, "no scope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.log.Reset()
			got := p.ask(tt.method, tt.target, "", tt.headers...).wantEmpty(t, tt.status)
			if challenge := got.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, tt.challenge) || tt.challenge == none && challenge != none {
				t.Errorf("the challenge is %q, want %q", challenge, tt.challenge)
			}
			if warned := strings.Contains(p.log.String(), "level=WARN"); warned != (tt.warned != "") || !strings.Contains(p.log.String(), tt.warned) {
				t.Errorf("the log, which should say %q:\n%s", tt.warned, p.log)
			}
			if strings.Contains(p.log.String(), bearer) {
				t.Error("the token is in the log")
			}
		})
	}
}

// TestVerifyLetsIn is the table of those that pass.
func TestVerifyLetsIn(t *testing.T) {
	p := newProduct(t)
	_, bearer := verified(t, p)
	for _, tt := range []struct {
		name, method, target string
		headers              []string
	}{
		{"no requirement", "GET", verify, nil},
		{"the client's own headers mean nothing", "GET", verify, []string{"X-Latchkey-Permission", "jobs:delete", "X-Latchkey-Scopes", "users:delete"}},
		{"a permission where it is held", "GET", verify + "?permission=jobs:read&scope=/eu-1/research", nil},
		{"what Traefik and Caddy add", "GET", verify, []string{"X-Forwarded-Method", "DELETE", "X-Forwarded-Uri", "/?permission=x", "X-Forwarded-Host", "evil.test"}},
		{"Envoy", "DELETE", verify + "/request/orders/1?permission=cakes:eat", []string{"X-Latchkey-Permission", "jobs:read", "X-Latchkey-Scope", "/eu-1/research"}},
		{"Envoy, root", "PATCH", verify + "/request/", nil},
		{"Envoy, an odd path", "PUT", verify + "/request/../../apps//%2e%2e/x", nil},
		{"the scheme in another casing", "GET", verify, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := p.ask(tt.method, tt.target, "", append(tt.headers, "Authorization", "bEARER "+bearer)...).wantEmpty(t, 200)
			if got.header.Get("X-Latchkey-Client-Id") != "ci" || strings.Contains(got.header.Get("X-Latchkey-Scopes"), "delete") {
				t.Errorf("%v", got.header)
			}
		})
	}
}

// TestVerifySeesThePresent: a token is refused at the first question after its
// key was regenerated, or its application disabled or deleted.
func TestVerifySeesThePresent(t *testing.T) {
	p := newProduct(t)
	ctx := t.Context()
	for name, end := range map[string]func(id string) error{
		"regenerated": func(id string) error { _, _, err := p.svc.RegenerateKey(ctx, operator(), id, 0, ""); return err },
		"disabled":    func(id string) error { _, err := p.svc.SetApplicationEnabled(ctx, operator(), id, false); return err },
		"deleted":     func(id string) error { _, err := p.svc.DeleteApplication(ctx, operator(), id); return err },
		"expired":     func(string) error { p.wait(time.Hour); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			app := p.application(t, name)
			bearer := p.tokenFor(t, app)
			p.get(t, bearer, verify).wantEmpty(t, 200)
			must(t, end(app.ID))
			p.get(t, bearer, verify).wantEmpty(t, 401)
		})
	}
}

// TestVerifyLimits: whoever shows a dead token without end is slowed down, alone.
func TestVerifyLimits(t *testing.T) {
	parts := partsOver(t, sqliteFile(t))
	parts.limits = web.Limits{RefusedPerClient: web.Rate{PerSecond: 0.25, Burst: 2}, RefusedPerSource: web.Rate{PerSecond: 0.25, Burst: 2}}
	p := newProductOf(t, parts)
	_, bearer := verified(t, p)
	for range 10 {
		p.get(t, bearer, verify).wantEmpty(t, 200)
	}
	for range 2 {
		p.get(t, "dead", verify).wantEmpty(t, 401)
	}
	if got := p.get(t, "dead", verify).want(t, 429); got.header.Get("Retry-After") != "4" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	p.get(t, "dead too", verify).wantEmpty(t, 401) // by another client behind the same gateway
	p.get(t, bearer, verify).wantEmpty(t, 200)
	p.wait(4 * time.Second)
	p.get(t, "dead", verify).wantEmpty(t, 401)
}

// TestVerifyTellsTheAuditLog of refusals, whatever the method of the request was.
func TestVerifyTellsTheAuditLog(t *testing.T) {
	p := newProduct(t)
	_, bearer := verified(t, p)
	p.ask("DELETE", verify+"/request/orders/1", "", "Authorization", "Bearer "+bearer, "X-Latchkey-Permission", "jobs:delete").wantEmpty(t, 403)
	p.get(t, "guessed", verify).wantEmpty(t, 401)
	must(t, p.svc.Flush(t.Context()))
	page, err := p.svc.ListEvents(t.Context(), operator(), access.List{Filters: []access.Filter{{Field: "result", Op: access.Equal, Value: "Failed"}}}, access.Period{})
	must(t, err)
	told := map[string]access.Event{}
	for _, e := range page.Rows {
		told[e.Subject.Name] = e
	}
	if e := told["ci"]; len(page.Rows) != 2 || e.Metadata["permission"] != "delete Jobs" || e.Origin.URL != verify+"/request/orders/1" {
		t.Errorf("the denial: %+v", e)
	}
	if e := told["(access token)"]; e.Metadata["reason"] != "access token is not valid" {
		t.Errorf("the refused token: %+v", e)
	}
}

// FuzzVerify: whatever a gateway and a client send, the answer is one that
// gateways understand, and without a good token it is never a yes.
func FuzzVerify(f *testing.F) {
	p := newProduct(f)
	_, bearer := verified(f, p)
	f.Add("", "", "", false)
	f.Add("?permission=jobs:read&scope=/eu-1/research", "jobs:read", "/eu-1", true)
	f.Add("/request/x?permission=%zz", "jobs:read", "\xff", true)
	f.Add("/request/%00", "\r\nSet-Cookie: x=1", "/////", true)
	f.Fuzz(func(t *testing.T, rest, permission, scope string, good bool) {
		token := "guessed"
		if good {
			token = bearer
		}
		r := httptest.NewRequest(http.MethodGet, verify, nil)
		r.RequestURI = verify + rest
		parsed, err := r.URL.Parse(r.RequestURI)
		if err != nil || !strings.HasPrefix(parsed.Path, verify) {
			return // net/http or the router would have refused it
		}
		r.URL = parsed
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header["X-Latchkey-Permission"], r.Header["X-Latchkey-Scope"] = []string{permission}, []string{scope}
		rec := httptest.NewRecorder()
		p.web.Echo.ServeHTTP(rec, r)
		switch rec.Code {
		case 200, 401, 403, 404, 429, 400:
		default:
			t.Errorf("%q: %d", rest, rec.Code)
		}
		if rec.Code == 200 && !good {
			t.Errorf("%q lets a stranger in", rest)
		}
	})
}
