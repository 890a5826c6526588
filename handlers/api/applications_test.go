package api_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

// admin is the token of an application that may do everything.
func (p *product) admin(t testing.TB) string {
	t.Helper()
	app := p.application(t, "admin")
	p.grant(t, app, access.SystemAdministrator, access.TenantNodeID)
	return p.tokenFor(t, app)
}

// send asks with a token and a body.
func (p *product) send(bearer, method, target, body string, headers ...string) answer {
	return p.ask(method, target, body, append(headers, "Authorization", "Bearer "+bearer)...)
}

// want checks a status, and that an error says something that holds the words.
func (a answer) want(t testing.TB, status int, words ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%d %s, want %d", a.status, a.body, status)
	}
	for _, word := range words {
		if !strings.Contains(a.body, word) {
			t.Errorf("%d %s, want %q in it", a.status, a.body, word)
		}
	}
	return a
}

// applicationNouns are both names of applications.
var applicationNouns = []string{"/api/v1/apps", "/api/v1/service-accounts"}

type created struct{ ID, Name, ClientID, Secret, ClientSecret string }

// TestApplicationLife is all that a script does with an application, under both
// names and on both engines.
func TestApplicationLife(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		for _, noun := range applicationNouns {
			t.Run(noun, func(t *testing.T) {
				p := newProductOver(t, database(t))
				bearer := p.admin(t)

				// As runapy's dict bodies come: with keys that mean nothing here.
				var made created
				p.send(bearer, "POST", noun, `{"name":"ci-pipeline-prod","description":"Deploys the shop.","id":"x","tenantId":7,"enabled":false}`).want(t, 201).decode(t, &made)
				if made.Name != "ci-pipeline-prod" || made.ClientID != "ci-pipeline-prod" || made.Secret == "" || made.Secret != made.ClientSecret || made.ID == "x" {
					t.Fatalf("%+v", made)
				}
				p.send(bearer, "POST", noun, `{"name":"ci-pipeline-prod"}`).want(t, 409, `"code":409`, "already exists")

				self := application{access.Application{ID: made.ID, ClientID: made.ClientID}, made.Secret}
				own := p.tokenFor(t, self)

				one := noun + "/" + made.ID
				got := p.get(t, bearer, one).want(t, 200, `"enabled":true`, `"description":"Deploys the shop."`, `"createdBy":"admin"`)
				tag := got.header.Get("ETag")
				if tag == "" {
					t.Fatal("no ETag")
				}

				// Disabled: no tokens, and those there are die at once.
				updated := p.send(bearer, "PATCH", one, `{"enabled":false}`, "If-Match", tag).want(t, 200, `"enabled":false`)
				if updated.header.Get("ETag") == tag {
					t.Error("the ETag stayed")
				}
				p.get(t, own, "/api/v1/authorization/me/access-rules").want(t, 401)
				p.send(bearer, "PATCH", one, `{"enabled":true}`, "If-Match", tag).want(t, 412, `"code":412`)
				p.send(bearer, "PATCH", one, `{"enabled":true,"description":"Both at once."}`).want(t, 200, `"enabled":true`, "Both at once.")
				p.send(bearer, "PATCH", one, `{"description":""}`).want(t, 200, `"description":""`)

				var secret created
				p.send(bearer, "POST", one+"/secret", "", "Content-Type", "application/json").want(t, 200).decode(t, &secret)
				if secret.Secret == "" || secret.Secret == made.Secret || secret.Secret != secret.ClientSecret {
					t.Errorf("%+v", secret)
				}
				p.ask("POST", "/api/v1/token", object("grantType", "app_token", "AppId", made.ClientID, "AppSecret", made.Secret)).want(t, 400)
				self.secret = secret.Secret
				p.tokenFor(t, self)

				p.send(bearer, "DELETE", one, "", "If-Match", tag).want(t, 412)
				gone := p.send(bearer, "DELETE", one, "", "If-Match", p.get(t, bearer, one).header.Get("ETag")).want(t, 204)
				if gone.body != "" {
					t.Errorf("a body of %q", gone.body)
				}
				for _, again := range []answer{p.get(t, bearer, one), p.send(bearer, "DELETE", one, ""), p.send(bearer, "PATCH", one, `{"enabled":true}`), p.send(bearer, "POST", one+"/secret", "")} {
					again.want(t, 404, "Resource id not found.")
				}
				p.send(bearer, "POST", noun, `{"name":"ci-pipeline-prod"}`).want(t, 201)
			})
		}
	})
}

// TestIfMatch reads the header as RFC 9110 section 13.1.1 has it.
func TestIfMatch(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	app := p.application(t, "ci-pipeline-prod")
	one := "/api/v1/apps/" + app.ID
	for header, status := range map[string]int{
		"": 200, "*": 200, `"1"`: 200, ` "1" `: 200, `"7", "1"`: 200, `"1","x"`: 200,
		`"2"`: 412, `"7","8"`: 412, `W/"1"`: 412, `1`: 412, `"01"`: 412, `"+1"`: 412, `"x"`: 412, `"`: 412, `"99999999999999999999"`: 412, `"0"`: 412, `"-1"`: 412,
	} {
		// Nothing changes, so the version stays.
		p.send(bearer, "PATCH", one, `{"enabled":true}`, "If-Match", header).want(t, status)
	}
	// Whoever may not, is told that and not the version.
	reader := p.application(t, "reader")
	p.grant(t, reader, 1710, access.TenantNodeID)
	p.send(p.tokenFor(t, reader), "PATCH", one, `{"enabled":true}`, "If-Match", `"9"`).want(t, 403, "permission to update Applications")
}

// TestApplicationErrors: 403 names the permission and where, before anything is
// read; nobody grants or takes over what they do not hold.
func TestApplicationErrors(t *testing.T) {
	p := newProduct(t)
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	us := p.scope(t, access.TenantNodeID, "us-1")
	operator, nobody := p.application(t, "operator"), p.application(t, "nobody")
	p.grant(t, operator, 1711, eu.ID) // manages applications there
	strong, _, err := p.svc.CreateApplication(context.Background(), p.caller(), access.NewApplication{Name: "strong", ScopeID: eu.ID})
	must(t, err)
	p.grant(t, application{Application: strong}, access.SystemAdministrator, access.TenantNodeID)
	elsewhere, _, err := p.svc.CreateApplication(context.Background(), p.caller(), access.NewApplication{Name: "elsewhere", ScopeID: us.ID})
	must(t, err)
	bearer, stranger := p.tokenFor(t, operator), p.tokenFor(t, nobody)

	p.send(stranger, "POST", "/api/v1/apps", `{"name":"mine"}`).want(t, 403, "This needs the permission to create Applications in ")
	p.send(stranger, "DELETE", "/api/v1/apps/"+strong.ID, "").want(t, 403, "delete Applications")
	p.send(stranger, "DELETE", "/api/v1/apps/no-such", "").want(t, 403, "delete Applications")

	p.send(bearer, "POST", "/api/v1/apps", `{"name":"mine"}`).want(t, 201)
	p.send(bearer, "POST", "/api/v1/apps", object("name", "theirs", "scopeId", us.ID)).want(t, 404)
	p.send(bearer, "PATCH", "/api/v1/apps/"+elsewhere.ID, `{"enabled":false}`).want(t, 404)
	p.send(bearer, "POST", "/api/v1/apps/"+strong.ID+"/secret", "").want(t, 403, "System administrator")
	p.send(bearer, "PATCH", "/api/v1/apps/"+strong.ID, `{"enabled":false}`).want(t, 200)
	p.send(bearer, "PATCH", "/api/v1/apps/"+strong.ID, `{"enabled":true}`).want(t, 403, "System administrator")
}

// caller is whoever works on the machine.
func (p *product) caller() access.Caller { return operator() }

// TestApplicationPages: a page says where in the list it is.
func TestApplicationPages(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	for i := range 6 {
		p.wait(1000)
		p.application(t, fmt.Sprintf("app-%d", i))
	}
	for _, noun := range applicationNouns {
		for query, want := range map[string]struct{ total, link string }{
			"":                    {"", ""},
			"search=app-":         {"6", ""},
			"limit=3":             {"7", `<NOUN?limit=3&offset=0>; rel="first", <NOUN?limit=3&offset=3>; rel="next", <NOUN?limit=3&offset=6>; rel="last"`},
			"limit=3&offset=3":    {"7", `<NOUN?limit=3&offset=0>; rel="first", <NOUN?limit=3&offset=0>; rel="prev", <NOUN?limit=3&offset=6>; rel="next", <NOUN?limit=3&offset=6>; rel="last"`},
			"offset=6":            {"7", `<NOUN?limit=50&offset=0>; rel="first", <NOUN?limit=50&offset=0>; rel="prev", <NOUN?limit=50&offset=0>; rel="last"`},
			"search=zzz&limit=10": {"0", `<NOUN?limit=10&offset=0&search=zzz>; rel="first", <NOUN?limit=10&offset=0&search=zzz>; rel="last"`},
		} {
			got := p.get(t, bearer, noun+"?"+query).want(t, 200)
			link := strings.ReplaceAll(want.link, "NOUN", noun)
			if got.header.Get("X-Total-Count") != want.total || got.header.Get("Link") != link {
				t.Errorf("?%s: total %q, Link %q; want %q, %q", query, got.header.Get("X-Total-Count"), got.header.Get("Link"), want.total, link)
			}
		}
		// Following the links goes through the whole list.
		var names []string
		for next := noun + "?limit=2&sortBy=name"; next != ""; {
			got := p.get(t, bearer, next).want(t, 200)
			var page []created
			got.decode(t, &page)
			for _, app := range page {
				names = append(names, app.Name)
			}
			next = ""
			for link := range strings.SplitSeq(got.header.Get("Link"), ", ") {
				if address, isNext := strings.CutSuffix(link, `>; rel="next"`); isNext {
					next = strings.TrimPrefix(address, "<")
				}
			}
		}
		if want := []string{"admin", "app-0", "app-1", "app-2", "app-3", "app-4", "app-5"}; !slices.Equal(names, want) {
			t.Errorf("%v", names)
		}
	}
}

// TestApplicationsCSV: the CSV of exactly the query, for whoever asks for CSV.
func TestApplicationsCSV(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	for i := range 5 {
		p.wait(1000)
		p.application(t, fmt.Sprintf("app-%d", i))
	}
	p.wait(1000)
	app := p.application(t, "formula")
	_, err := p.svc.DescribeApplication(context.Background(), operator(), app.ID, "=1+1, \"quoted\"", 0)
	must(t, err)
	for query, want := range map[string][]string{
		"":                       {"admin", "app-0", "app-1", "app-2", "app-3", "app-4", "formula"},
		"filterBy=name=^app-":    {"app-0", "app-1", "app-2", "app-3", "app-4"},
		"limit=2&offset=1":       {"app-0", "app-1"},
		"search=zzz":             {},
		"sortBy=name&limit=1":    {"admin"},
		"offset=5&sortOrder=asc": {"app-4", "formula"},
	} {
		got := p.send(bearer, "GET", "/api/v1/apps?"+query, "", "Accept", "text/csv").want(t, 200)
		if kind := got.header.Get("Content-Type"); kind != "text/csv; charset=utf-8" || got.header.Get("Content-Disposition") != "attachment" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", got.header)
		}
		records, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
		must(t, err)
		if header := strings.Join(records[0], " "); header != "id name clientId description enabled tenantId createdBy createdAt updatedAt lastLogin" {
			t.Errorf("columns %s", header)
		}
		var names []string
		for _, record := range records[1:] {
			names = append(names, record[1])
			if record[1] == "formula" && record[3] != `'=1+1, "quoted"` {
				t.Errorf("the cell %q could be a formula", record[3])
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("?%s: %v, want %v", query, names, want)
		}
	}
	for accept, isCSV := range map[string]bool{
		"text/csv": true, "text/csv, */*": true, "TEXT/CSV;q=0.9, application/json;q=0.8": true, "application/json, text/csv;q=0.5": false,
		"*/*": false, "": false, "text/*": false, "text/csv;q=0": false, "application/json": false, ";;;": false,
	} {
		got := p.send(bearer, "GET", "/api/v1/apps", "", "Accept", accept).want(t, 200)
		if strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") != isCSV || got.header.Get("Vary") != "Accept" {
			t.Errorf("Accept %q: %v", accept, got.header)
		}
	}
}

// TestHeadOfACSV: HEAD takes nothing away, so no download is recorded; who may
// not read is refused all the same.
func TestHeadOfACSV(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	stranger := p.tokenFor(t, p.application(t, "stranger"))
	for _, target := range []string{"/api/v1/apps", "/api/v1/users", "/api/v1/audit/log/file?fileType=CSV&start=2026-01-01T00:00:00Z&end=2027-01-01T00:00:00Z"} {
		before := p.exports(t)
		got := p.send(bearer, "HEAD", target, "", "Accept", "text/csv").want(t, 200)
		if got.body != "" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("HEAD %s: %v %q", target, got.header, got.body)
		}
		if p.exports(t) != before {
			t.Errorf("HEAD %s is recorded as a download", target)
		}
		p.send(stranger, "HEAD", target, "", "Accept", "text/csv").want(t, 403)
		p.send(bearer, "GET", target, "", "Accept", "text/csv").want(t, 200)
		if p.exports(t) != before+1 {
			t.Errorf("GET %s is not recorded as a download", target)
		}
	}
}

// exports are the downloads that were recorded.
func (p *product) exports(t *testing.T) (n int) {
	t.Helper()
	page, err := p.svc.ListEvents(context.Background(), operator(), access.List{Limit: 200}, access.Period{})
	must(t, err)
	for _, e := range page.Rows {
		if e.Action == access.EventExport && e.Result == access.Succeeded {
			n++
		}
	}
	return n
}
