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

// denials are the events of what was not shown, and of refused tokens, the
// newest first.
func (p *product) denials() []access.Event {
	p.t.Helper()
	must(p.t, p.svc.Flush(context.Background()))
	return slices.DeleteFunc(p.events(), func(e access.Event) bool {
		return e.Action != access.EventRead && (e.Action != access.EventSignIn || e.Result != access.Failed)
	})
}

// TestDeniedReadsAreRecorded: whoever asks for a page or a list that they may not
// see is told of, with what was missing (security.md 42); the request itself
// writes nothing (security.md 31).
func TestDeniedReadsAreRecorded(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		p.administrator()
		nobody := p.person("nobody@example.com", 0)
		bot := p.bearer(p.bearerAt("bot", 0, access.Scope{}))
		for _, ask := range []struct {
			who                        *browser
			method, path, subject, url string
			entity, permission         string
		}{
			{nobody, http.MethodGet, "/applications?search=what+they+look+for", "nobody@example.com", "/applications", "application", "read Applications"},
			{bot, http.MethodGet, "/api/v1/apps", "bot", "/api/v1/apps", "application", "read Applications"},
			{bot, http.MethodGet, "/api/v1/users?filterBy=name==secret", "bot", "/api/v1/users", "user", "read Users"},
			{bot, http.MethodGet, "/api/v1/audit/log", "bot", "/api/v1/audit/log", "events-history", "read Event history"},
		} {
			before := len(p.events())
			p.wait(1e6) // so that events have an order
			got := ask.who.ask(ask.method, ask.path, "").wantStatus(http.StatusForbidden)
			if len(p.events()) != before {
				t.Errorf("%s %s has written an event by itself", ask.method, ask.path)
			}
			e := p.denials()[0]
			if e.Action != access.EventRead || e.Result != access.Failed || e.Subject.Name != ask.subject || e.EntityType != ask.entity {
				t.Errorf("%s: %+v", ask.path, e)
			}
			if e.Metadata["permission"] != ask.permission || e.Metadata["scope"] == "" || e.Metadata["count"] != "1" {
				t.Errorf("%s: what was missing: %v", ask.path, e.Metadata)
			}
			if e.Origin.URL != ask.url || e.Origin.HTTPMethod != ask.method || e.Origin.SourceIP != "127.0.0.1" || e.Origin.RequestID != got.header.Get("X-Request-Id") {
				t.Errorf("%s: from where: %+v", ask.path, e.Origin)
			}
		}
	})
}

// TestRefusedTokensAreRecorded: a token that is refused is told of, by the name of
// its application if we have signed it; the token itself is not.
func TestRefusedTokensAreRecorded(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		admin := p.administrator()
		app, key := reader(p)
		raw := p.tokenFor("reader", key)
		admin.post(applicationPath(app, "disable"), nil).wantStatus(http.StatusOK)
		forged := raw[:strings.LastIndex(raw, ".")+1] + strings.Repeat("A", 86)
		for _, refused := range []struct{ token, subject, reason string }{
			{raw, "reader", "access token of a key or application that is no longer good"},
			{forged, "(access token)", "access token is not valid"},
			{"\u202enot.a.token", "(access token)", "access token of an unknown signing key"}, // its header is none of ours
		} {
			p.wait(1e6)
			p.wantTokenRefused(refused.token)
			e := p.denials()[0]
			if e.Subject.Name != refused.subject || e.Metadata["reason"] != refused.reason || e.Origin.URL != "/api/v1/apps" || e.Origin.SourceIP != "127.0.0.1" {
				t.Errorf("%.20q: %+v", refused.token, e)
			}
			if strings.Contains(fmt.Sprint(e), refused.token) {
				t.Errorf("the event holds the token: %+v", e)
			}
		}
		p.wait(24 * 3600e9)
		admin = p.visitor()
		admin.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}}).wantStatus(http.StatusSeeOther)
		p.wantTokenRefused(raw)
		if e := p.denials()[0]; e.Metadata["reason"] != "expired access token" {
			t.Errorf("a token whose time is over: %+v", e)
		}
		p.visitor().get("/api/v1/apps").wantStatus(http.StatusUnauthorized)
		if n := len(p.denials()); n != 4 {
			t.Errorf("%d events, want 4: who sends no token has not been refused one", n)
		}
	})
}

// TestAFloodOfDenialsIsAFewEvents: somebody who asks without end for what they
// may not see fills neither the memory nor the audit log, and is counted all the
// same.
func TestAFloodOfDenialsIsAFewEvents(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	bot := p.bearer(p.bearerAt("bot", 0, access.Scope{}))
	const asked = 300
	for i := range asked {
		bot.get([]string{"/api/v1/users", "/api/v1/apps", "/api/v1/audit/log"}[i%3]).wantStatus(http.StatusForbidden)
	}
	events, counted := p.denials(), 0
	for _, e := range events {
		n := 0
		_, err := fmt.Sscan(e.Metadata["count"], &n)
		must(t, err)
		counted += n
	}
	if len(events) != 3 || counted != asked {
		t.Errorf("%d events tell of %d denials, want 3 of %d", len(events), counted, asked)
	}
}
