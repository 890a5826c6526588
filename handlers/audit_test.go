package handlers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

// unrecorded are the routes that write no event, and why.
var unrecorded = map[string]string{
	"POST /account/preferences":                              "how one's own pages look gives nobody access",
	"POST /roles/columns":                                    "how one's own pages look gives nobody access",
	"POST /audit-log/columns":                                "how one's own pages look gives nobody access",
	"POST /applications/columns":                             "how one's own pages look gives nobody access",
	"POST /users/columns":                                    "how one's own pages look gives nobody access",
	"POST /access-rules/columns":                             "how one's own pages look gives nobody access",
	"POST /bulk-actions/:job/cancel":                         "what the job changed has its events; it only changes no more",
	"POST /organization/import":                              "shows what would change, and changes nothing",
	"POST /session":                                          "asks for time, and changes nothing",
	"POST /api/v1/token":                                     "tokens are counted per key, not told one by one; refusals are told",
	"POST /api/v2/token":                                     "as /api/v1/token",
	"POST /api/v2/token/introspect":                          "asks a question, and changes nothing; refusals are told",
	"POST /api/v2/token/revoke":                              "told, but by a client with its credentials, which TestRevoke is",
	"POST /v1/k8s/auth/oauth/apptoken":                       "as /api/v1/token",
	"POST /auth/realms/:realm/protocol/openid-connect/token": "as /api/v1/token",
	"POST /api/v1/auth/verify/request":                       "asks about a request, and changes nothing; refusals are told",
	"PUT /api/v1/auth/verify/request":                        "asks about a request, and changes nothing; refusals are told",
	"PATCH /api/v1/auth/verify/request":                      "asks about a request, and changes nothing; refusals are told",
	"DELETE /api/v1/auth/verify/request":                     "asks about a request, and changes nothing; refusals are told",
	"OPTIONS /api/v1/auth/verify/request":                    "asks about a request, and changes nothing; refusals are told",
	"POST /api/v1/auth/verify/request/*":                     "asks about a request, and changes nothing; refusals are told",
	"PUT /api/v1/auth/verify/request/*":                      "asks about a request, and changes nothing; refusals are told",
	"PATCH /api/v1/auth/verify/request/*":                    "asks about a request, and changes nothing; refusals are told",
	"DELETE /api/v1/auth/verify/request/*":                   "asks about a request, and changes nothing; refusals are told",
	"OPTIONS /api/v1/auth/verify/request/*":                  "asks about a request, and changes nothing; refusals are told",
	"POST /access/v1/evaluation":                             "asks a question, and changes nothing",
	"POST /access/v1/evaluations":                            "asks several questions, and changes nothing",
	"POST /api/v1/me/password":                               "as /account/password; applications have none",
	"POST /api/v1/authorization/check":                       "asks a question, and changes nothing",
	"POST /api/v1/authorization/permitted-scopes":            "asks a question that is too long for an address",
}

// recorded says which event each route that changes something must write, as
// "action entity".
var recorded = map[string]string{
	"POST /setup":                                          "create user",
	"POST /sign-in":                                        "sign-in session",
	"POST /sign-out":                                       "sign-out session",
	"POST /account/password":                               "reset-password user",
	"POST /account/sessions/sign-out":                      "sign-out user",
	"POST /account/sessions/:session/sign-out":             "sign-out session",
	"POST /account/access-keys":                            "create access-key",
	"POST /account/access-keys/:accessKey/regenerate":      "update access-key-secret",
	"POST /account/access-keys/:accessKey/delete":          "delete access-key",
	"POST /applications":                                   "create application",
	"POST /applications/bulk/:action":                      "update application",
	"POST /applications/:id/edit":                          "update application",
	"POST /applications/:id/regenerate":                    "update application-secret",
	"POST /applications/:id/remove-key":                    "delete application-secret",
	"POST /applications/:id/public-keys":                   "create public-key",
	"POST /applications/:id/public-keys/:publicKey/delete": "delete public-key",
	"POST /applications/:id/delete":                        "delete application",
	"POST /applications/:id/restore":                       "update application",
	"POST /applications/:id/disable":                       "update application",
	"POST /applications/:id/enable":                        "update application",
	"POST /applications/:id/rules":                         "create access-rule",
	"POST /applications/:id/rules/:rule/delete":            "delete access-rule",
	"GET /applications.csv":                                "export application",
	"GET /audit-log.csv":                                   "export audit-log",
	"GET /roles.csv":                                       "export role",
	"GET /audit-log.json":                                  "export audit-log",
	"POST /access-rules":                                   "create access-rule",
	"POST /users":                                          "create user",
	"POST /users/bulk/:action":                             "update user",
	"POST /users/:user/password":                           "reset-password user",
	"POST /users/:user/sign-out":                           "sign-out user",
	"POST /users/:user/disable":                            "update user",
	"POST /users/:user/enable":                             "update user",
	"POST /users/:user/delete":                             "delete user",
	"POST /users/:user/rules":                              "create access-rule",
	"POST /users/:user/rules/:rule/delete":                 "delete access-rule",
	"GET /users.csv":                                       "export user",
	"POST /organization/:node/new":                         "create project",
	"POST /organization/:node/rename":                      "update project",
	"POST /organization/:node/move":                        "update project",
	"POST /organization/:node/delete":                      "delete project",
	"POST /organization/import/apply":                      "update tenant",
	"GET /organization.yaml":                               "export tenant",
	"POST /access-rules/delete":                            "delete access-rule",
	"GET /access-rules.csv":                                "export access-rule",
	"POST /api-reference/token":                            "create access-token",
	"POST /applications/:id/token-lifetime":                "update application",
	"POST /settings/access-tokens":                         "update setting",
	"POST /settings/secret-keys":                           "update setting",
	"POST /settings/sessions":                              "update setting",
	"POST /settings/signing-keys/rotate":                   "create signing-key",
	"POST /settings/signing-keys/:kid/withdraw":            "update signing-key",
	"POST /palette/key":                                    "read application-secret",

	"POST /api/v1/apps":                                                          "create application",
	"PATCH /api/v1/apps/:appId":                                                  "update application",
	"DELETE /api/v1/apps/:appId":                                                 "delete application",
	"POST /api/v1/apps/:appId/secret":                                            "update application-secret",
	"POST /api/v1/apps/:appId/public-keys":                                       "create public-key",
	"DELETE /api/v1/apps/:appId/public-keys/:publicKeyId":                        "delete public-key",
	"DELETE /api/v1/apps/:appId/secret":                                          "delete application-secret",
	"POST /api/v1/service-accounts":                                              "create application",
	"PATCH /api/v1/service-accounts/:serviceAccountId":                           "update application",
	"DELETE /api/v1/service-accounts/:serviceAccountId":                          "delete application",
	"POST /api/v1/service-accounts/:serviceAccountId/secret":                     "update application-secret",
	"DELETE /api/v1/service-accounts/:serviceAccountId/secret":                   "delete application-secret",
	"POST /api/v1/service-accounts/:serviceAccountId/public-keys":                "create public-key",
	"DELETE /api/v1/service-accounts/:serviceAccountId/public-keys/:publicKeyId": "delete public-key",
	"POST /api/v1/authorization/access-rules":                                    "create access-rule",
	"DELETE /api/v1/authorization/access-rules/:accessRuleId":                    "delete access-rule",
	"POST /api/v1/authorization/access-rules/batch":                              "delete access-rule",
	"POST /api/v1/authorization/access-rules/batch-create":                       "create access-rule",
	"POST /api/v1/users":                                                         "create user",
	"DELETE /api/v1/users/:userId":                                               "delete user",
	"POST /api/v1/users/:userId/logout":                                          "sign-out user",
	"POST /api/v1/users/:userId/password":                                        "reset-password user",
	"POST /api/v1/user-applications":                                             "create access-key",
	"DELETE /api/v1/user-applications/:appId":                                    "delete access-key",
	"POST /api/v1/user-applications/:appId/secret":                               "update access-key-secret",
	"POST /api/v1/access-keys":                                                   "create access-key",
	"DELETE /api/v1/access-keys/:accessKeyId":                                    "delete access-key",
	"POST /api/v1/access-keys/:accessKeyId/secret":                               "update access-key-secret",
	"DELETE /api/v1/administration/user-applications/:appId":                     "delete access-key",
	"DELETE /api/v1/administration/access-keys/:accessKeyId":                     "delete access-key",
	"POST /api/v1/clusters":                                                      "create cluster",
	"PATCH /api/v1/clusters/:clusterUuid":                                        "update cluster",
	"DELETE /api/v1/clusters/:clusterUuid":                                       "delete cluster",
	"POST /api/v1/org-unit/departments":                                          "create department",
	"PATCH /api/v1/org-unit/departments/:departmentId":                           "update department",
	"DELETE /api/v1/org-unit/departments/:departmentId":                          "delete department",
	"POST /api/v1/org-unit/projects":                                             "create project",
	"PATCH /api/v1/org-unit/projects/:projectId":                                 "update project",
	"DELETE /api/v1/org-unit/projects/:projectId":                                "delete project",
	"GET /api/v1/audit/log/file":                                                 "export audit-log",
}

// TestAuditCoverage asks every route that changes something: it writes the event
// that tells of it, with who, from where and what, and where the event cannot be
// written nothing happens (security.md 42). A route in neither list fails.
func TestAuditCoverage(t *testing.T) {
	t.Parallel()
	q := newQuarter(t)
	admin := q.everybody[len(q.everybody)-1]
	for _, route := range q.routes() {
		name := route.Method + " " + route.Path
		want, isRecorded := recorded[name]
		if _, excused := unrecorded[name]; excused == isRecorded && (isRecorded || !isSafe(route.Method)) {
			t.Errorf("%s must be either recorded or excused", name)
		}
		if !isRecorded || name == "POST /setup" { // which TestSetupIsRecorded asks for
			continue
		}
		q.wait(2e9)
		b, actor, path := admin.person, "admin@example.com", wirePath(route.Path)
		if strings.HasPrefix(path, "/api/") {
			b, actor = admin.token, "admin-bot"
		}
		s := q.subject(path)
		if isOwnKey(path) {
			actor = "admin@example.com"
			s.node, b = q.accessKey("own")
		}
		b = b.with("X-Forwarded-For", "10.66.66.66", "User-Agent", "audit/1.0")
		ask := q.changing(b, route.Method, path, s, actor)

		q.repo.set(func(f *faultyStore) { f.noEvents = true })
		before := withoutAttempts(q.digest())
		if got := ask(); got.status < 500 && !strings.Contains(got.body, "could not do it just now") {
			t.Errorf("%s without the audit log: %d", name, got.status)
		}
		if after := withoutAttempts(q.digest()); after != before {
			t.Errorf("%s changed without its event: %s", name, difference(before, after))
		}
		q.repo.set(func(f *faultyStore) { f.noEvents = false })

		q.wait(1e9) // the attempt above may have to be waited for
		if got := ask(); got.status >= 400 {
			t.Fatalf("%s: %d %s", name, got.status, got.body)
		}
		e := q.told(want)
		if got := fmt.Sprintf("%s %s", e.Action, e.EntityType); got != want || e.Result != access.Succeeded {
			t.Errorf("%s wrote %q (%s), want %q", name, got, e.Result, want)
		}
		if e.Subject.Name != actor || e.At.IsZero() || e.At.Location().String() != "UTC" || len(e.ID) != 36 {
			t.Errorf("%s: who and when: %+v", name, e)
		}
		if e.Origin.SourceIP != "127.0.0.1" || e.Origin.UserAgent != "audit/1.0" || e.Origin.HTTPMethod != route.Method || len(e.Origin.RequestID) != 36 {
			t.Errorf("%s: from where: %+v", name, e.Origin)
		}
		if strings.Contains(path, ":id") && e.EntityID != s.app.ID && e.EntityID != fmt.Sprint(s.rule.ID) && e.Metadata["subjectId"] != s.app.ID {
			t.Errorf("%s: of what: %+v", name, e)
		}
		if s.user != "" && e.EntityID != s.user && e.Metadata["subjectId"] != s.user {
			t.Errorf("%s: of whom: %+v", name, e)
		}
	}
}

// told is the event of the last request: the one that is wanted, if it wrote
// several at one moment.
func (q *quarter) told(want string) access.Event {
	q.t.Helper()
	events := q.events()
	for _, e := range events {
		if e.Origin.RequestID == events[0].Origin.RequestID && fmt.Sprintf("%s %s", e.Action, e.EntityType) == want {
			return e
		}
	}
	return events[0]
}

// changing is the request that succeeds, for a route that needs more than the
// fields of the matrix.
func (q *quarter) changing(b *browser, method, path string, s subject, actor string) func() *answer {
	fields := q.fields(path, s)
	switch path {
	case "/sign-in":
		b, fields = q.visitor().with(b.extra...), map[string]string{"email": actor, "password": nextPassword}
	case "/sign-out":
		leaving := q.visitor().with(b.extra...)
		leaving.post("/sign-in", url.Values{"email": {actor}, "password": {nextPassword}}).wantStatus(http.StatusSeeOther)
		b = leaving
	case "/users":
		delete(fields, "roleId") // a first access rule has an event of its own
		delete(fields, "scopeId")
	case "/palette/key":
		_, key := q.application(fmt.Sprintf("found-%d", q.made))
		fields = map[string]string{"key": key.Reveal()}
	case "/account/password":
		fields = map[string]string{"currentPassword": adminPassword, "newPassword": nextPassword}
	}
	body := encode(fields)
	if strings.HasPrefix(path, "/api/") {
		body = q.body(path, s)
	}
	return func() *answer { return b.with(formHeaders...).ask(method, q.address(path, s), body) }
}

// nextPassword is the administrator's once /account/password was asked, which is
// the first of the routes that need one.
const nextPassword = "nine loud geese cross the weir"

// withoutAttempts leaves out how often somebody tried to get in: that is counted
// before it is known whether they may.
func withoutAttempts(digest string) string {
	before, rest, _ := strings.Cut(digest, "throttles\n")
	for strings.HasPrefix(rest, " ") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return before + rest
}

func TestSetupIsRecorded(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	fields := url.Values{"token": {p.setupLink()}, "email": {adminEmail}, "password": {adminPassword}}
	p.repo.set(func(f *faultyStore) { f.noEvents = true })
	before := p.digest()
	p.visitor().post("/setup", fields).wantStatus(http.StatusServiceUnavailable)
	if after := p.digest(); after != before {
		t.Errorf("changed without its event: %s", difference(before, after))
	}
	p.repo.set(func(f *faultyStore) { f.noEvents = false })
	p.visitor().post("/setup", fields).wantStatus(http.StatusSeeOther)
	var told []string
	for _, e := range p.events() {
		told = append(told, fmt.Sprintf("%s %s by %s", e.Action, e.EntityType, e.Subject.Name))
	}
	for _, want := range []string{"create user by " + adminEmail, "create access-rule by " + adminEmail} {
		if !slices.Contains(told, want) {
			t.Errorf("%q is not in %q", want, told)
		}
	}
}

// TestRefusalsAreRecorded: who tried what they may not, and who could not get in
// (security.md 42).
func TestRefusalsAreRecorded(t *testing.T) {
	t.Parallel()
	q := newQuarter(t)
	reader := q.everybody[5]
	for _, what := range []string{"regenerate", "delete", "disable", "enable"} {
		s := q.subject(what)
		q.wait(1e6) // so that events have an order
		reader.person.post(applicationPath(s.app, what), url.Values{"confirmName": {s.app.Name}}).wantStatus(http.StatusForbidden)
		if e := q.events()[0]; e.Result != access.Failed || e.EntityID != s.app.ID || e.Subject.Name != "reader@example.com" || e.Metadata["reason"] == "" {
			t.Errorf("%s: %+v", what, e)
		}
	}
	q.wait(1e6)
	q.visitor().post("/sign-in", url.Values{"email": {"reader@example.com"}, "password": {"not the password of anybody"}}).wantStatus(http.StatusUnauthorized)
	if e := q.events()[0]; e.Action != access.EventSignIn || e.Result != access.Failed {
		t.Errorf("a failed sign-in: %+v", e)
	}
	q.wait(1e6)
	q.visitor().ask(http.MethodPost, "/api/v1/token", `{"grantType":"client_credentials","clientId":"reader-bot","clientSecret":"lk_nothing"}`)
	must(t, q.svc.Flush(context.Background()))
	if e := q.events()[0]; e.Action != access.EventSignIn || e.Result != access.Failed || e.Subject.Name != "reader-bot" || e.Origin.SourceIP != "127.0.0.1" {
		t.Errorf("a refused token request: %+v", e)
	}
}

// TestCSVAuthorization: a download shows what the table shows to the same person,
// is recorded, kept by nobody, and ends when its reader leaves (security.md 48).
func TestCSVAuthorization(t *testing.T) {
	t.Parallel()
	q := newQuarter(t)
	q.applicationAt("ours", q.own)
	for _, who := range q.everybody[3:] {
		q.wait(1e6) // so that events have an order
		table, download := who.person.get("/applications?sortBy=name&limit=200"), who.person.get("/applications.csv?sortBy=name").wantStatus(http.StatusOK)
		lines := strings.Split(strings.TrimSpace(download.body), "\r\n")[1:]
		var names []string
		for _, line := range lines {
			name, _, _ := strings.Cut(line, ",")
			names = append(names, name)
		}
		if !slices.Equal(names, table.rowNames()) {
			t.Errorf("%s downloads %v and sees %v", who.name, names, table.rowNames())
		}
		if seen := slices.Contains(names, "ours"); seen == (who.name == "sibling" || who.name == "child") {
			t.Errorf("%s downloads %v", who.name, names)
		}
		if e := q.events()[0]; e.Action != access.EventExport || e.Subject.Name != who.name+"@example.com" {
			t.Errorf("%s: the last event is %+v", who.name, e)
		}
		for header, want := range map[string]string{"Content-Type": "text/csv; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if got := download.header.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
		if !strings.HasPrefix(download.header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("Content-Disposition: %q", download.header.Get("Content-Disposition"))
		}
	}
	for _, who := range q.everybody[:3] {
		if got := who.person.get("/applications.csv"); got.status == http.StatusOK || strings.Contains(got.body, "ours") || got.header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %d %v", who.name, got.status, got.header)
		}
	}
	admin := q.everybody[len(q.everybody)-1].person

	// A store that fails half-way does not make half a table look whole.
	q.repo.set(func(f *faultyStore) { f.breaksAfter = 3 })
	if body, err := q.download(admin); err == nil {
		t.Errorf("the reader believes %d bytes to be all", len(body))
	}
	// Whoever leaves ends the walk over the rows.
	ended := make(chan error, 1)
	q.repo.set(func(f *faultyStore) { f.breaksAfter, f.endless = 0, ended })
	res, err := q.open(admin)
	must(t, err)
	_, err = res.Body.Read(make([]byte, 1))
	must(t, err)
	res.Body.Close()
	if err := <-ended; err == nil { // a walk that goes on is what the test's own time-out is for
		t.Error("the walk ended without a reason")
	}
}

func (q *quarter) open(b *browser) (*http.Response, error) {
	return b.client.Get(b.base + "/applications.csv")
}

func (q *quarter) download(b *browser) ([]byte, error) {
	res, err := q.open(b)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}
