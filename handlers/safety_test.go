package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

// TestSafeMethodsAreSafe asks for every address with everything that could tempt
// it to act, and compares the database before and after: asking changes nothing
// but when the session was last seen (security.md 31). An export is recorded,
// and recording is all it does.
func TestSafeMethodsAreSafe(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _ := p.application("ci")
	rule := p.rule(app, access.Viewer, p.tenant())
	program := p.visitor().with("Authorization", "Bearer "+p.bearerAt("robot", access.SystemAdministrator, p.tenant()))
	tempting := url.Values{
		"_method": {"DELETE"}, "name": {"made-by-get"}, "value": {"x"}, "confirmName": {"ci"}, "id": {app.ID}, "theme": {"dark"},
		"column": {"name"}, "roleId": {viewerRole}, "scopeId": {access.TenantNodeID}, "form_key": {"k"}, "add": {"1"},
		"email": {adminEmail}, "password": {adminPassword}, "currentPassword": {adminPassword}, "newPassword": {adminPassword + "!"},
	}.Encode()
	before := p.digest()
	for _, route := range p.routes() {
		if !isSafe(route.Method) {
			continue
		}
		address := p.example(route, app.ID, rule.ID) + "?" + tempting
		for _, who := range []*browser{b, b.scripted(), b.with("X-HTTP-Method-Override", "DELETE"), program, p.visitor()} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				who.ask(method, address, "")
			}
		}
		if after := withoutExports(p.digest()); after != before {
			t.Fatalf("%s %s has changed the database: %s", route.Method, route.Path, difference(before, after))
		}
	}
	// The digest would see a change.
	b.post(applicationPath(app, "disable"), url.Values{}).wantStatus(http.StatusOK)
	if withoutExports(p.digest()) == before {
		t.Error("the digest does not see that an application was disabled")
	}
}

func withoutExports(digest string) string {
	lines := slices.DeleteFunc(strings.SplitAfter(digest, "\n"), func(line string) bool {
		return strings.Contains(line, "'export'") && strings.Contains(line, "'Succeeded'")
	})
	return strings.Join(lines, "")
}

// difference is what stands in one digest alone.
func difference(before, after string) string {
	var lines []string
	for line := range strings.Lines(after) {
		if !strings.Contains(before, line) {
			lines = append(lines, "now "+line)
		}
	}
	for line := range strings.Lines(before) {
		if !strings.Contains(after, line) {
			lines = append(lines, "was "+line)
		}
	}
	return strings.Join(lines, "")
}

// TestOnlyTheProductIsPublic: what looks into the process is not served
// (security.md 53).
func TestOnlyTheProductIsPublic(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/debug/requests", "/server-status", "/.git/config", "/latchkey.db", "/latchkey.key"} {
		for _, who := range []*browser{p.visitor(), b} {
			who.get(path).wantStatus(http.StatusNotFound)
		}
	}
	for _, probe := range []string{"/healthz", "/readyz"} {
		if got := p.visitor().get(probe).wantStatus(http.StatusOK); len(got.body) > 10 {
			t.Errorf("%s tells strangers %q", probe, got.body)
		}
	}
}

// TestLimits sends what is just allowed and what is one more (security.md 45).
// Lengths are in characters.
func TestLimits(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	bearer := p.visitor().with("Authorization", "Bearer "+p.bearerAt("robot", access.SystemAdministrator, p.tenant()))
	filters := func(n int) string {
		return "filterBy=" + strings.TrimSuffix(strings.Repeat("name!@x%d,", n), ",")
	}
	numbered := func(format string, n int) string {
		for i := range n {
			format = strings.Replace(format, "%d", fmt.Sprint(i), 1)
		}
		return format
	}
	create := func(name, description string) func() *answer {
		return func() *answer {
			return b.post("/applications", url.Values{"name": {name}, "description": {description}})
		}
	}
	get := func(who *browser, path string) func() *answer { return func() *answer { return who.get(path) } }
	sized := func(path string, bytes int) func() *answer {
		return func() *answer {
			return b.with(formHeaders...).ask(http.MethodPost, path, "name=&x="+strings.Repeat("y", bytes-len("name=&x=")))
		}
	}
	for _, limit := range []struct {
		what             string
		allowed, refused func() *answer
		fine, tooMuch    int
	}{
		{"64 characters of a name", create(strings.Repeat("a", 64), ""), create(strings.Repeat("a", 65), ""), 201, 422},
		{"1,000 characters of a description", create("d1", strings.Repeat("é", 1000)), create("d2", strings.Repeat("é", 1001)), 201, 422},
		{"characters are counted composed", create("d3", strings.Repeat("e\u0301", 1000)), create("d4", strings.Repeat("e\u0301", 1001)), 201, 422},
		{"64 KiB of a form", sized("/applications", 64<<10), sized("/applications", 64<<10+1), 422, 413},
		{"64 KiB of a token request", sized("/api/v2/token", 64<<10), sized("/api/v2/token", 64<<10+1), 400, 413},
		{"rows of a page", get(b, fmt.Sprintf("/applications?limit=%d", access.MaxLimit)), get(b, fmt.Sprintf("/applications?limit=%d", access.MaxLimit+1)), 200, 400},
		{"20 filters", get(b, "/applications?"+numbered(filters(20), 20)), get(b, "/applications?"+numbered(filters(21), 21)), 200, 400},
		{"20 filters of the API", get(bearer, "/api/v1/apps?"+numbered(filters(20), 20)), get(bearer, "/api/v1/apps?"+numbered(filters(21), 21)), 200, 400},
		{"characters of a search", get(b, "/applications?search="+strings.Repeat("x", access.MaxSearch)), get(b, "/applications?search="+strings.Repeat("x", access.MaxSearch+1)), 200, 400},
	} {
		if got := limit.allowed(); got.status != limit.fine {
			t.Errorf("%s: %d, want %d", limit.what, got.status, limit.fine)
		}
		before := p.digest()
		if got := limit.refused(); got.status != limit.tooMuch {
			t.Errorf("one more than %s: %d, want %d", limit.what, got.status, limit.tooMuch)
		}
		if p.digest() != before {
			t.Errorf("one more than %s changed the database", limit.what)
		}
	}
}

func TestRulesOfOneApplicationAreLimited(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _ := p.application("ci")
	var places []access.Scope
	for i := range access.MaxRulesPerSubject + 1 {
		places = append(places, p.place(access.Scope{}, fmt.Sprintf("eu-%d", i)))
	}
	for _, place := range places[:access.MaxRulesPerSubject-1] {
		p.rule(app, access.Viewer, place)
	}
	add := func(place access.Scope) *answer {
		return b.scripted().post(applicationPath(app, "rules"), url.Values{"roleId": {viewerRole}, "scopeId": {place.ID}})
	}
	add(places[access.MaxRulesPerSubject-1]).wantStatus(http.StatusCreated)
	add(places[access.MaxRulesPerSubject]).wantStatus(http.StatusConflict)
	if n := len(p.rulesOf(app)); n != 50 {
		t.Errorf("%d rules, want 50", n)
	}
}

// oddities are what no page of ours sends.
var oddities = []string{
	"", "\x00", "\xff\xfe", "\xed\xa0\x80", "a\r\nb", "\u202eabc", "\ufeff", "%00", "%", "%zz", "' OR 1=1 --", `"; DROP TABLE events; --`,
	"../../etc/passwd", "..%2f..%2f", "-1", "0", "9223372036854775808", "1e309", "NaN", "0x7fffffff", "2147483648", "true", "null", "[]", "{}",
	strings.Repeat("9", 400), strings.Repeat("a", 5000), "0199AAAA-0000-7000-8000-000000000000", "status==", "==", ",,,,", "name=@", "createdAt>=yesterday",
	"roleName==", "name==a%2Cb", "lastLogin==never", "lastLogin!=NEVER", "unknown==1", "name<=5", "id==" + strings.Repeat("x", 300),
	"ORDER BY 1", "name; SELECT 1", "name DESC", "NAME", "SortFields.NAME",
}

// TestBadInputIsTheClientsMistake puts what does not belong there into every
// field, parameter and part of an address: the answer is a 4xx or no worse than
// that, and the log has no trouble to tell of (security.md 46).
func TestBadInputIsTheClientsMistake(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	bearer := p.visitor().with("Authorization", "Bearer "+p.bearerAt("robot", access.SystemAdministrator, p.tenant()))
	app, _ := p.application("ci")
	parameters := []string{"search", "filterBy", "sortBy", "sortOrder", "limit", "offset", "after", "before", "page", "deleted", "columns", "q", "parent",
		"roleId", "scopeId", "scopeSearch", "id", "all", "expected", "name", "description", "keyLifetime", "form_key", "email", "password", "token",
		"currentPassword", "newPassword", "confirmName", "next", "return", "column", "move", "theme", "timezone", "add", "added"}
	for _, odd := range oddities {
		p.wait(2e9)
		values := url.Values{}
		for _, parameter := range parameters {
			values.Set(parameter, odd)
		}
		for _, route := range p.routes() {
			if route.Path == "/sign-out" || strings.HasPrefix(route.Path, "/static") {
				continue
			}
			who := b
			if strings.HasPrefix(route.Path, "/api/") {
				who = bearer
			}
			real := p.example(route, app.ID, 1)
			mangled := strings.NewReplacer(":id", url.PathEscape(odd), ":user", url.PathEscape(odd), ":rule", url.PathEscape(odd), ":action", url.PathEscape(odd), ":realm", url.PathEscape(odd)).Replace(route.Path)
			for _, address := range []string{real, mangled} {
				query, body := "?"+values.Encode(), ""
				if route.Method != http.MethodGet {
					query, body = "", values.Encode()
				}
				if got := who.with(formHeaders...).ask(route.Method, address+query, body); got.status >= 500 {
					t.Errorf("%s %s with %.40q: %d", route.Method, address, odd, got.status)
				}
			}
		}
	}
}

// FuzzConsole asks anything of the product as an administrator: nothing is a 5xx.
func FuzzConsole(f *testing.F) {
	fuzzProduct(f, []fuzzed{
		{"GET", "/applications?search=ci&filterBy=status==Active,lastLogin>=2026-01-01&sortBy=lastLogin&limit=50", ""},
		{"GET", "/applications?filterBy=name=@\x00&offset=99999999999999999999", ""},
		{"GET", "/applications?column=createdAt&createdAt.op===&createdAt.value=2026", ""},
		{"GET", "/applications.csv?columns=all&sortBy=accessRules", ""},
		{"GET", "/applications/%ff/rules?add=1&scopeId=%00", ""},
		{"GET", "/scopes?parent=1001&q=%F0%9F%98%80", ""},
		{"GET", "/applications/bulk/disable?id=a&id=b&all=true&expected=-5", ""},
		{"POST", "/applications", "name=ci&description=%00&keyLifetime=9999999999&scopeId=%ff&form_key=\x00"},
		{"POST", "/applications/bulk/delete", "all=true&expected=18446744073709551615&filterBy=name==x"},
		{"POST", "/account/preferences", "timezone=../../etc/passwd&theme=%00"},
		{"POST", "/applications/columns", "column=name&column=%ff&move=name:up&return=//evil.test"},
		{"GET", "/users?filterBy=isLocal==true,accessRules>=1,lastLogin==never&sortBy=type", ""},
		{"GET", "/users/%ff/rules?add=1&scopeId=%00", ""},
		{"GET", "/users/new?email=%00&roleId=-1&scopeSearch=%ff&add=1", ""},
		{"POST", "/users", "email=\x00&roleId=9999999999&scopeId=%ff&form_key=\x00"},
		{"POST", "/users/bulk/delete", "id=a&id=%00&all=true"},
		{"POST", "/sign-in", "email=%00&password=%ff&next=/%09/evil.test"},
		{"POST", "/setup", "token=%00&email=a&password=b"},
	}, func(p *product) *browser { return p.administrator().with(formHeaders...) })
}

// FuzzAPI asks anything of the product as an application that may do all.
func FuzzAPI(f *testing.F) {
	fuzzProduct(f, []fuzzed{
		{"GET", "/api/v1/apps?filterBy=name==ci&sortBy=AppFilterSortFields.NAME&limit=1&offset=0", ""},
		{"GET", "/api/v1/apps/%00", ""},
		{"GET", "/api/v1/service-accounts?limit=9e9&offset=-1&search=%E2%82", ""},
		{"GET", "/api/v1/authorization/me/access-rules?search=\xff&limit=501", ""},
		{"POST", "/api/v1/token", `{"grantType":"client_credentials","clientID":"\ud800","clientSecret":{"a":[[[[[[1e999]]]]]]}}`},
		{"POST", "/api/v1/token", `"{\"grantType\":\"app_token\",\"grantType\":\"x\",\"AppId\":null}"`},
		{"POST", "/api/v2/token", "grant_type=client_credentials&client_id=%00&client_secret=%zz"},
		{"POST", "/v1/k8s/auth/oauth/apptoken", `{"id":1,"name":[],"secret":""}`},
		{"POST", "/auth/realms/%2f/protocol/openid-connect/token", "grant_type=password"},
	}, func(p *product) *browser {
		return p.visitor().with("Authorization", "Bearer "+p.bearerAt("robot", access.SystemAdministrator, p.tenant()))
	})
}

// fuzzed is one request.
type fuzzed struct{ method, target, body string }

func fuzzProduct(f *testing.F, seeds []fuzzed, enter func(*product) *browser) {
	p := newProduct(f)
	b := enter(p)
	p.application("ci")
	for _, seed := range seeds {
		f.Add(seed.method, seed.target, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		p.wait(1e6)
		if _, err := http.NewRequestWithContext(context.Background(), method, b.base+target, nil); err != nil || !strings.HasPrefix(target, "/") {
			return // not a request
		}
		asker := *b
		asker.t = t
		if got := asker.ask(method, target, body); got.status >= 500 && got.status != http.StatusNotImplemented {
			t.Errorf("%s: %d", got.what, got.status)
		}
	})
}
