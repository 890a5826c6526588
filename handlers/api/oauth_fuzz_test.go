package api_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
	"latchkey/web"
)

// unlimited is a product that slows nobody down.
func unlimited(t testing.TB) *product {
	t.Helper()
	parts := partsOver(t, sqliteFile(t))
	parts.limits = web.Limits{RefusedPerClient: web.Rate{Burst: -1}, RefusedPerSource: web.Rate{Burst: -1}}
	return newProductOf(t, parts)
}

// FuzzScopeAndResource asks with a good key for anything: what is issued can do no
// more than was asked and the rules allow, and is for nobody but those configured.
func FuzzScopeAndResource(f *testing.F) {
	p := unlimited(f)
	app := p.application(f, "ci")
	p.grant(f, app, access.Viewer, access.TenantNodeID)
	for _, seed := range [][2]string{
		{"", ""}, {"jobs:read", ""}, {"jobs:read nodes:read openid", audience}, {"openid", issuer}, {"jobs:create", ""}, {"jobs:read  nodes:read", issuer},
		{"jobs:read\x00", audience + "#x"}, {"JOBS:READ", strings.ToUpper(audience)}, {"*", "https://elsewhere.example"}, {"\xff", "\xff"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, scope, resource string) {
		form := app.forToken()
		form.Set("scope", scope)
		form.Set("resource", resource)
		got := p.form(tokenEndpoint, form)
		var told struct {
			Error string  `json:"error"`
			Token string  `json:"access_token"`
			Scope *string `json:"scope"`
		}
		must(t, json.Unmarshal([]byte(got.body), &told))
		if got.status != 200 {
			if got.status != 400 || told.Token != "" || !slices.Contains([]string{"invalid_scope", "invalid_target"}, told.Error) {
				t.Fatalf("%d %s", got.status, got.body)
			}
			return
		}
		claims := claimsOf(t, told.Token)
		granted, _ := claims["scope"].(string)
		asked := strings.Split(scope, " ")
		for _, word := range strings.Fields(granted) {
			if !slices.Contains(asked, word) || word != "openid" && !strings.HasSuffix(word, ":read") {
				t.Fatalf("%q was granted for %q", granted, scope)
			}
		}
		if scope != "" && granted == "" {
			t.Fatalf("%q became everything", scope)
		}
		if (told.Scope != nil) != (granted != scope) {
			t.Fatalf("%q for %q is told as %s", granted, scope, got.body)
		}
		if aud := claims["aud"]; aud != issuer && aud != audience || resource != "" && aud != resource {
			t.Fatalf("a token for %v, asked for %q", aud, resource)
		}
	})
}

// FuzzIntrospect asks about anything: the answer is 200, whole, and exactly
// inactive for all that is no token of ours; signed answers say the same.
func FuzzIntrospect(f *testing.F) {
	p := unlimited(f)
	gateway, app := p.gateway(f, "gateway"), p.application(f, "ci")
	good := p.tokenFor(f, app)
	for _, raw := range []string{good, good + "x", strings.ToUpper(good), "garbage", "..", strings.Repeat(".", 9000), app.secret, "\x00\xff"} {
		f.Add(raw, "access_token", "application/json")
		f.Add(raw, "\x00", "application/token-introspection+jwt")
	}
	f.Fuzz(func(t *testing.T, raw, hint, accept string) {
		got := p.form(introspectEndpoint, gateway.by("token", raw, "token_type_hint", hint), "Accept", accept)
		if raw == "" {
			got.want(t, 400, "invalid_request")
			return
		}
		body := got.want(t, 200).body
		if got.header.Get("Content-Type") == "application/token-introspection+jwt" {
			signed, err := base64.RawURLEncoding.DecodeString(strings.Split(body, ".")[1])
			must(t, err)
			var claims struct {
				Answer json.RawMessage `json:"token_introspection"`
			}
			must(t, json.Unmarshal(signed, &claims))
			body = string(claims.Answer)
		}
		active := strings.HasPrefix(body, `{"active":true,`)
		if !active && body != notActive || active != (raw == good) {
			t.Fatalf("%q: %s", raw, body)
		}
		if got.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%v", got.header)
		}
	})
}

// FuzzRevoke gives anything back: the answer is 200 and empty, and nobody else's
// token ends by it.
func FuzzRevoke(f *testing.F) {
	p := unlimited(f)
	gateway, app, other := p.gateway(f, "gateway"), p.application(f, "ci"), p.application(f, "other")
	own, theirs := p.tokenFor(f, app), p.tokenFor(f, other)
	for _, raw := range []string{theirs, theirs + "x", "garbage", "..", app.secret, "\x00\xff", own} {
		f.Add(raw, "refresh_token")
	}
	f.Fuzz(func(t *testing.T, raw, hint string) {
		got := p.form(revokeEndpoint, app.by("token", raw, "token_type_hint", hint))
		if raw == "" {
			got.want(t, 400, "invalid_request")
			return
		}
		if got.want(t, 200); got.body != "" {
			t.Fatalf("%q: %s", raw, got.body)
		}
		if !p.isActive(t, gateway, theirs) {
			t.Fatalf("%q ended the token of another", raw)
		}
		if raw == own && p.isActive(t, gateway, own) {
			t.Fatal("its own token is still good")
		}
	})
}
