package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/access"
	"latchkey/handlers/api"
)

// TestReferencePage: anybody who is signed in may read it, under the policy of
// every other page, and without scripts it still lists what there is.
func TestReferencePage(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	admin := p.administrator()
	reader := p.person("reader@example.com", 0)
	page := reader.get("/api-reference").wantStatus(http.StatusOK)
	if got, want := page.header.Get("Content-Security-Policy"), admin.get("/applications").header.Get("Content-Security-Policy"); got != want {
		t.Errorf("the policy is %q, that of other pages %q", got, want)
	}
	page.wantText(`nav [aria-current="page"]`, "API reference")
	for _, line := range []string{"GET /api/v1/apps<", "POST /api/v1/authorization/access-rules<", `id="tag/Access-rules"`} {
		if !strings.Contains(page.body, line) {
			t.Errorf("without scripts the page lacks %q", line)
		}
	}
	if got := page.find(`nav[aria-label="Parts of the API"] a[href="#tag/Access-rules"]`).Length(); got != 1 {
		t.Errorf("the page has %d links to the access rules", got)
	}
	for screen, href := range map[string]string{"/applications": "/api-reference#tag/Applications", "/access-rules": "/api-reference#tag/Access-rules"} {
		if admin.get(screen).find(`#more-menu a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("More of %s does not lead to %s", screen, href)
		}
	}
}

func TestSpecificationIsServedAsItIs(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	reader := p.person("reader@example.com", 0)
	got := reader.get("/api-reference/openapi.yaml").wantStatus(http.StatusOK)
	if got.body != string(api.Spec) || got.header.Get("Content-Type") != "application/yaml; charset=utf-8" {
		t.Errorf("%d bytes of %s", len(got.body), got.header.Get("Content-Type"))
	}
	tag := got.header.Get("ETag")
	if again := reader.with("If-None-Match", tag).get("/api-reference/openapi.yaml"); again.status != http.StatusNotModified || tag == "" {
		t.Errorf("asked again with the tag %s: %d", tag, again.status)
	}
}

// referenceToken is what the page asks for before its first request.
func (b *browser) referenceToken() (raw string, expiresIn int) {
	b.t.Helper()
	got := b.post("/api-reference/token", nil).wantStatus(http.StatusOK).wantNoStore()
	var token struct {
		AccessToken string `json:"accessToken"`
		ExpiresIn   int    `json:"expiresIn"`
	}
	must(b.t, json.Unmarshal([]byte(got.body), &token))
	return token.AccessToken, token.ExpiresIn
}

// TestReferenceToken: it does in the API what its owner may, is told of in the
// audit log, and ends with the session.
func TestReferenceToken(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		p.administrator()
		p.application("builder")
		operator := p.person("operator@example.com", cloudOperator)
		p.wait(1e6) // so that events have an order
		raw, expiresIn := operator.referenceToken()
		if expiresIn != 300 {
			t.Errorf("it is good for %d s", expiresIn)
		}
		if e := p.events()[0]; e.Action != access.EventCreate || e.EntityType != "access-token" || e.Subject.Name != "operator@example.com" || strings.Contains(e.EntityID, raw) {
			t.Errorf("the event is %+v", e)
		}
		p.wantApplications(raw, "builder")
		if got := p.bearer(raw).get("/api/v1/users"); got.status != http.StatusOK {
			t.Errorf("users, which cloud operators read: %d", got.status)
		}
		if got := p.bearer(raw).ask(http.MethodPost, "/api/v1/authorization/access-rules", `{}`); got.status == http.StatusCreated {
			t.Errorf("cloud operators make no rules: %d", got.status)
		}

		norule, _ := p.person("norule@example.com", 0).referenceToken()
		p.bearer(norule).get("/api/v1/apps").wantStatus(http.StatusForbidden)

		operator.post("/sign-out", url.Values{}).wantStatus(http.StatusSeeOther)
		p.wantTokenRefused(raw)
	})
}
