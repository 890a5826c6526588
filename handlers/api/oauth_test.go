package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"latchkey/access"
	"latchkey/handlers/api"
	"latchkey/web"
)

const (
	tokenEndpoint      = "/api/v2/token"
	introspectEndpoint = "/api/v2/token/introspect"
	revokeEndpoint     = "/api/v2/token/revoke"
	notActive          = `{"active":false}`
)

// by are the parameters of a client that sends its secret key in the body.
func (app application) by(pairs ...string) url.Values {
	form := url.Values{"client_id": {app.ClientID}, "client_secret": {app.secret}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

func (app application) forToken(pairs ...string) url.Values {
	return app.by(append(pairs, "grant_type", "client_credentials")...)
}

// oauthToken wants a token, and the answer that it came with.
func (p *product) oauthToken(t testing.TB, form url.Values) (raw string, body map[string]any) {
	t.Helper()
	got := p.form(tokenEndpoint, form).want(t, 200)
	got.decode(t, &body)
	return body["access_token"].(string), body
}

// introspected is what the asker learns of a token.
func (p *product) introspected(t testing.TB, asker application, raw string, headers ...string) answer {
	t.Helper()
	return p.form(introspectEndpoint, asker.by("token", raw), headers...).want(t, 200)
}

func (p *product) isActive(t testing.TB, asker application, raw string) bool {
	t.Helper()
	got := p.introspected(t, asker, raw)
	if got.body != notActive && !strings.HasPrefix(got.body, `{"active":true,`) {
		t.Fatalf("neither active nor exactly inactive: %s", got.body)
	}
	return got.body != notActive
}

// gateway is an application that may introspect everywhere.
func (p *product) gateway(t testing.TB, name string) application {
	t.Helper()
	app := p.application(t, name)
	p.grant(t, app, 1711, access.TenantNodeID)
	return app
}

// TestIntrospectActive: all that RFC 7662 section 2.2 knows of a token.
func TestIntrospectActive(t *testing.T) {
	p := newProduct(t)
	gateway, app := p.gateway(t, "gateway"), p.application(t, "ci")
	p.grant(t, app, access.Viewer, access.TenantNodeID)
	raw, _ := p.oauthToken(t, app.forToken("scope", "jobs:read", "resource", audience, "resource", issuer))
	var got map[string]any
	answer := p.introspected(t, gateway, raw)
	answer.decode(t, &got)
	claims := claimsOf(t, raw)
	for _, name := range []string{"exp", "iat", "sub", "sub_type", "iss", "jti", "client_id", "tenant_id", "scope"} {
		if got[name] != claims[name] || got[name] == nil {
			t.Errorf("%s is %v, in the token %v", name, got[name], claims[name])
		}
	}
	if got["active"] != true || got["token_type"] != "Bearer" || fmt.Sprint(got["aud"]) != fmt.Sprint([]string{audience, issuer}) {
		t.Errorf("%v", got)
	}
	if answer.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", answer.header)
	}
	// By HTTP Basic too, and of a token for one audience, which is then a string.
	plain := p.form(introspectEndpoint, url.Values{"token": {p.tokenFor(t, app)}, "token_type_hint": {"refresh_token"}}, "Authorization", basic(gateway.ClientID, gateway.secret)).want(t, 200)
	if !strings.Contains(plain.body, `"aud":"`+issuer+`"`) || strings.Contains(plain.body, "scope") {
		t.Errorf("%s", plain.body)
	}
}

// TestIntrospectInactive compares the bodies of every case byte for byte
// (security.md 19).
func TestIntrospectInactive(t *testing.T) {
	p, other := newProduct(t), newProduct(t)
	ctx := context.Background()
	gateway := p.gateway(t, "gateway")
	department := p.scope(t, p.scope(t, access.TenantNodeID, "eu-1").ID, "research")
	local := p.application(t, "local-gateway")
	p.grant(t, local, 1710, department.ID)
	change := map[string]func(app application) error{
		"revoked": func(app application) error { return nil }, // below
		"of an older key": func(app application) error {
			_, _, err := p.svc.RegenerateKey(ctx, operator(), app.ID, 0, "")
			return err
		},
		"of a disabled application": func(app application) error {
			_, err := p.svc.SetApplicationEnabled(ctx, operator(), app.ID, false)
			return err
		},
		"of a deleted application": func(app application) error {
			_, err := p.svc.DeleteApplication(ctx, operator(), app.ID)
			return err
		},
	}
	cases := map[string]string{
		"garbage": "garbage", "dots": strings.Repeat(".", 40_000), "empty parts": "..", "an opaque token": strings.Repeat("x", 64),
		"of another issuer's key": other.tokenFor(t, other.application(t, "ci")),
		"a secret key":            gateway.secret,
	}
	i := 0
	for name, do := range change {
		app := p.application(t, fmt.Sprint("app-", i))
		i++
		raw := p.tokenFor(t, app)
		if !p.isActive(t, gateway, raw) {
			t.Fatalf("%s: not active to begin with", name)
		}
		must(t, do(app))
		if name == "revoked" {
			p.form(revokeEndpoint, app.by("token", raw)).want(t, 200)
		}
		cases[name] = raw
	}
	for name, raw := range cases {
		if got := p.introspected(t, gateway, raw); got.body != notActive {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	outside := p.tokenFor(t, p.application(t, "outside"))
	if got := p.introspected(t, local, outside); got.body != notActive {
		t.Errorf("out of reach: %s", got.body)
	}
	app, key, err := p.svc.CreateApplication(ctx, operator(), access.NewApplication{Name: "inside", ScopeID: department.ID})
	must(t, err)
	inside := p.tokenFor(t, application{app, key.Reveal()})
	if !p.isActive(t, local, inside) {
		t.Error("a token within reach is not active")
	}
	person := p.person(t, "ada@example.com", 0)
	if !p.isActive(t, gateway, person) || p.isActive(t, local, person) {
		t.Error("a token that acts as a user is for those who may read users of the tenant")
	}
	p.wait(time.Hour)
	if got := p.introspected(t, gateway, inside); got.body != notActive {
		t.Errorf("expired: %s", got.body)
	}
}

// TestIntrospectNeedsPermission: strangers get 401, and applications that may
// read no applications 403, whatever they ask about (security.md 18).
func TestIntrospectNeedsPermission(t *testing.T) {
	p := newProduct(t)
	app, other := p.application(t, "ci"), p.application(t, "other")
	p.grant(t, app, access.Viewer, access.TenantNodeID)
	raw := p.tokenFor(t, app)
	p.form(introspectEndpoint, url.Values{"token": {raw}}).want(t, 401, "invalid_client")
	p.form(introspectEndpoint, url.Values{"token": {raw}, "client_id": {app.ClientID}, "client_secret": {other.secret}}).want(t, 401)
	for _, asked := range []string{raw, p.tokenFor(t, other), "garbage"} {
		p.form(introspectEndpoint, app.by("token", asked)).want(t, 403, `"error":"unauthorized_client"`, "read Applications")
	}
	p.form(introspectEndpoint, p.gateway(t, "gateway").by()).want(t, 400, "invalid_request")
	p.ask("GET", introspectEndpoint+"?token="+raw, "").want(t, 405)
	p.ask("POST", introspectEndpoint, `{"token":"x"}`, "Content-Type", "application/json").want(t, 400, "invalid_request")
}

// TestIntrospectSigned: RFC 9701. The answer is for who asked alone, and can pass
// for nothing else.
func TestIntrospectSigned(t *testing.T) {
	p := newProduct(t)
	gateway, app := p.gateway(t, "gateway"), p.application(t, "ci")
	raw := p.tokenFor(t, app)
	const signed = "application/token-introspection+jwt"
	for asked, active := range map[string]bool{raw: true, "garbage": false} {
		got := p.introspected(t, gateway, asked, "Accept", "application/json;q=0.5, "+signed)
		if got.header.Get("Content-Type") != signed || got.header.Get("Vary") == "" {
			t.Fatalf("%v", got.header)
		}
		parsed, err := jwt.ParseSigned(got.body, []jose.SignatureAlgorithm{jose.ES256})
		must(t, err)
		var claims struct {
			Issuer   string         `json:"iss"`
			Audience string         `json:"aud"`
			Subject  string         `json:"sub"`
			IssuedAt int64          `json:"iat"`
			Expiry   int64          `json:"exp"`
			Answer   map[string]any `json:"token_introspection"`
		}
		var set jose.JSONWebKeySet
		p.ask("GET", "/.well-known/jwks.json", "").decode(t, &set)
		must(t, parsed.Claims(set.Keys[0], &claims))
		if parsed.Headers[0].ExtraHeaders["typ"] != "token-introspection+jwt" {
			t.Errorf("%v", parsed.Headers)
		}
		if parsed.Headers[0].KeyID != set.Keys[0].KeyID {
			t.Errorf("signed by %s", parsed.Headers[0].KeyID)
		}
		if claims.Issuer != issuer || claims.Audience != gateway.ClientID || claims.IssuedAt != p.clock().Unix() || claims.Subject != "" || claims.Expiry != 0 {
			t.Errorf("%+v", claims)
		}
		if claims.Answer["active"] != active || (len(claims.Answer) == 1) == active {
			t.Errorf("%v", claims.Answer)
		}
		p.get(t, got.body, "/api/v1/authorization/me/access-rules").want(t, 401)
	}
	for _, accept := range []string{"", "*/*", "application/json", signed + ";q=0"} {
		if got := p.introspected(t, gateway, raw, "Accept", accept); !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
			t.Errorf("Accept %q: %v", accept, got.header)
		}
	}
}

// TestRevoke: a client ends its own tokens and no others; a repeat is harmless,
// and every replica sees it at the next request (security.md 20).
func TestRevoke(t *testing.T) {
	shared := partsOver(t, sqliteFile(t))
	p, replica := newProductOf(t, shared), newProductOf(t, shared)
	gateway, app, other := p.gateway(t, "gateway"), p.application(t, "ci"), p.application(t, "other")
	raw, second := p.tokenFor(t, app), p.tokenFor(t, app)
	before := p.events(t, "access-token")
	p.form(revokeEndpoint, other.by("token", raw)).want(t, 200)
	p.form(revokeEndpoint, other.by("token", "garbage", "token_type_hint", "nonsense")).want(t, 200)
	p.form(revokeEndpoint, url.Values{"token": {raw}, "client_id": {app.ClientID}, "client_secret": {other.secret}}).want(t, 401, "invalid_client")
	p.form(revokeEndpoint, app.by()).want(t, 400, "invalid_request")
	if !replica.isActive(t, gateway, raw) || len(p.events(t, "access-token")) != len(before) {
		t.Fatal("what is not one's own was revoked")
	}
	for range 3 {
		if got := p.form(revokeEndpoint, app.by("token", raw)).want(t, 200); got.body != "" {
			t.Errorf("%q", got.body)
		}
	}
	for _, each := range []*product{p, replica} {
		if each.isActive(t, gateway, raw) || !each.isActive(t, gateway, second) {
			t.Error("the revoked token alone is not active any more")
		}
		each.get(t, raw, "/api/v1/authorization/me/access-rules").want(t, 401)
		each.get(t, second, "/api/v1/authorization/me/access-rules").want(t, 200)
	}
	events := p.events(t, "access-token")
	if len(events) != len(before)+1 || events[0].EntityID != claimsOf(t, raw)["jti"] || events[0].Subject.Name != "ci" {
		t.Errorf("%+v", events)
	}
}

func (p *product) events(t testing.TB, entityType string) []access.Event {
	t.Helper()
	page, err := p.svc.ListEvents(context.Background(), operator(), access.List{Filters: []access.Filter{{Field: "entity_type", Op: access.Equal, Value: entityType}}}, access.Period{})
	must(t, err)
	return page.Rows
}

// TestRevokedMalleated: an ES256 signature (r, s) can be written as (r, n-s) by
// anybody, so that a token has two texts. Its jti is one (security.md 21).
func TestRevokedMalleated(t *testing.T) {
	p := newProduct(t)
	gateway, app := p.gateway(t, "gateway"), p.application(t, "ci")
	raw := p.tokenFor(t, app)
	parts := strings.Split(raw, ".")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	must(t, err)
	s := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(signature[32:]))
	s.FillBytes(signature[32:])
	twin := parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(signature)
	if twin == raw || !p.isActive(t, gateway, twin) {
		t.Fatal("the twin does not verify: the test proves nothing")
	}
	p.form(revokeEndpoint, app.by("token", raw)).want(t, 200)
	if p.isActive(t, gateway, twin) {
		t.Error("the twin of a revoked token is active")
	}
	p.get(t, twin, "/api/v1/authorization/me/access-rules").want(t, 401)
}

// TestTokenPrivilege: a token carries what was asked for, if the rules of the
// moment allow it, and no more (security.md 11).
func TestTokenPrivilege(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci")
	p.form(tokenEndpoint, app.forToken("scope", "apps:read")).want(t, 400, "invalid_scope")
	p.grant(t, app, access.SystemAdministrator, access.TenantNodeID)
	narrow, body := p.oauthToken(t, app.forToken("scope", "apps:read apps:update"))
	if body["scope"] != nil || claimsOf(t, narrow)["scope"] != "apps:read apps:update" {
		t.Errorf("%v, in the token %v", body, claimsOf(t, narrow)["scope"])
	}
	if _, body := p.oauthToken(t, app.forToken("scope", "apps:read openid apps:read")); body["scope"] != "apps:read openid" {
		t.Errorf("written otherwise: %v", body)
	}
	if whole, body := p.oauthToken(t, app.forToken("scope", "openid")); body["scope"] != nil || p.get(t, whole, "/api/v1/users").status != 200 {
		t.Error("openid means nothing")
	}
	for request, status := range map[string]int{
		"GET /api/v1/apps":                               200,
		"GET /api/v1/service-accounts":                   200, // the same by another name
		"GET /api/v1/apps/" + app.ID:                     200,
		"GET /api/v1/users":                              403,
		"GET /api/v1/clusters":                           403,
		"GET /api/v1/authorization/me/access-rules":      403,
		"GET /api/v1/authorization/access-rules":         403,
		"POST /api/v1/apps":                              403,
		"DELETE /api/v1/apps/" + app.ID:                  403,
		"GET /api/v1/authorization/permissions":          200,
		"GET /api/v1/auth/verify?permission=apps:read":   200,
		"GET /api/v1/auth/verify?permission=users:read":  403,
		"POST /api/v1/apps/" + app.ID + "/secret":        403, // a new key could do all
		"GET /api/v1/apps/" + app.ID + "/public-keys":    200,
		"GET /api/v1/audit/log?start=2026-01-01&end=now": 403,
	} {
		method, target, _ := strings.Cut(request, " ")
		if got := p.send(narrow, method, target, `{"name":"made"}`); got.status != status {
			t.Errorf("%s with %s: %d %s, want %d", request, "apps:read apps:update", got.status, got.body, status)
		}
	}
	var permissions []struct {
		ResourceType string
		Actions      []string
	}
	p.get(t, narrow, "/api/v1/authorization/permissions").decode(t, &permissions)
	for _, told := range permissions {
		if isApps := told.ResourceType == "apps" || told.ResourceType == "service-account"; isApps != (fmt.Sprint(told.Actions) == "[read update]") {
			t.Errorf("it says that it may %v", told)
		}
	}
	for _, rule := range p.rulesOf(t, app) {
		_, err := p.svc.DeleteRule(context.Background(), operator(), rule.ID)
		must(t, err)
	}
	p.get(t, narrow, "/api/v1/apps").want(t, 403)
	p.form(tokenEndpoint, app.forToken("scope", "apps:read")).want(t, 400, "invalid_scope")
}

// TestNarrowTokens: what needs no access rule, being one's own, needs the scope all
// the same: a key made with less would be a way out.
func TestNarrowTokens(t *testing.T) {
	p := newProduct(t)
	key, _ := p.owner(t, "ada@example.com", access.SystemAdministrator)
	narrow, _ := p.oauthToken(t, key.forToken("scope", "nodes:read"))
	told := 0
	p.eachListed(func(method, path string, _ *openapi3.PathItem, op *openapi3.Operation) {
		if action, _, _ := api.Needed(op.OperationID); action != "" || op.OperationID == "listPermissions" || op.OperationID == "listPermittedScopes" {
			return
		}
		told++
		got := p.send(narrow, method, pathParameter.ReplaceAllString(path, key.ID), "{}").want(t, 403, "scope")
		if !strings.Contains(got.header.Get("WWW-Authenticate"), `error="insufficient_scope", scope="`) {
			t.Errorf("%s: %v", op.OperationID, got.header)
		}
	})
	whole, _ := p.oauthToken(t, key.forToken())
	p.send(whole, "GET", "/api/v1/access-keys", "").want(t, 200)
	if told < 15 {
		t.Errorf("only %d operations were asked", told)
	}
}

// TestTokenAudience: RFC 8707. A token for somebody else is none for us.
func TestTokenAudience(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci")
	const own = "/api/v1/authorization/me/access-rules"
	for name, tt := range map[string]struct {
		form   url.Values
		aud    any
		status int // of our own API
	}{
		"nobody in particular": {app.forToken(), issuer, 200},
		"us":                   {app.forToken("resource", issuer), issuer, 200},
		"another":              {app.forToken("resource", audience), audience, 401},
		"by the other name":    {app.forToken("audience", audience), audience, 401},
		"both":                 {app.forToken("resource", audience, "resource", issuer), []any{audience, issuer}, 200},
		"one in two ways":      {app.forToken("resource", audience, "audience", audience), audience, 401},
	} {
		raw, _ := p.oauthToken(t, tt.form)
		if got := claimsOf(t, raw)["aud"]; fmt.Sprint(got) != fmt.Sprint(tt.aud) {
			t.Errorf("%s: for %v, want %v", name, got, tt.aud)
		}
		p.get(t, raw, own).want(t, tt.status)
	}
}

// keyPair is one whose public half an application can have.
type keyPair struct {
	private any
	alg     jose.SignatureAlgorithm
}

func newKeyPair(t testing.TB, alg jose.SignatureAlgorithm) keyPair {
	t.Helper()
	switch alg {
	case jose.RS256:
		key, err := rsa.GenerateKey(rand.Reader, 3072)
		must(t, err)
		return keyPair{key, alg}
	case jose.EdDSA:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		must(t, err)
		return keyPair{key, alg}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return keyPair{key, jose.ES256}
}

func (k keyPair) public(t testing.TB, kid string) string {
	t.Helper()
	key := jose.JSONWebKey{Key: k.private, KeyID: kid}
	return string(mustMarshal(t, key.Public()))
}

func (k keyPair) publicHalf() jose.JSONWebKey {
	key := jose.JSONWebKey{Key: k.private, Algorithm: string(k.alg)}
	return key.Public()
}

func (k keyPair) pem(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.publicHalf().Key)
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (k keyPair) sign(t testing.TB, claims map[string]any, header map[jose.HeaderKey]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.alg, Key: k.private}, &jose.SignerOptions{ExtraHeaders: header})
	must(t, err)
	signed, err := signer.Sign(mustMarshal(t, claims))
	must(t, err)
	raw, err := signed.CompactSerialize()
	must(t, err)
	return raw
}

func (p *product) addKey(t testing.TB, app application, key string) access.PublicKey {
	t.Helper()
	added, err := p.svc.AddPublicKey(context.Background(), operator(), app.ID, access.NewPublicKey{Key: key})
	must(t, err)
	return added
}

// assertion are the claims of a good one, with changes; nil takes a claim away.
func (p *product) assertion(app application, changes ...any) map[string]any {
	now := p.clock().Unix()
	claims := map[string]any{
		"iss": app.ClientID, "sub": app.ClientID, "aud": issuer, "jti": rand.Text(), "iat": now, "exp": now + 60,
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if name := changes[i].(string); changes[i+1] == nil {
			delete(claims, name)
		} else {
			claims[name] = changes[i+1]
		}
	}
	return claims
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

func asserted(raw string, pairs ...string) url.Values {
	form := url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType}, "client_assertion": {raw}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// TestAssertions: each algorithm, as JWK and PEM, several keys at once beside the
// secret key; and what ends with a key.
func TestAssertions(t *testing.T) {
	p := newProduct(t)
	app, gateway := p.application(t, "ci"), p.gateway(t, "gateway")
	var last access.PublicKey
	var lastPair keyPair
	for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		asJWK, asPEM := newKeyPair(t, alg), newKeyPair(t, alg)
		p.addKey(t, app, asJWK.public(t, "kid-"+string(alg)))
		last, lastPair = p.addKey(t, app, asPEM.pem(t)), asPEM
		for _, pair := range []keyPair{asJWK, asPEM} {
			p.oauthToken(t, asserted(pair.sign(t, p.assertion(app), nil)))
			p.oauthToken(t, asserted(pair.sign(t, p.assertion(app, "aud", []string{issuer}), map[jose.HeaderKey]any{"typ": "client-authentication+jwt"}), "client_id", app.ClientID))
		}
		p.oauthToken(t, asserted(asJWK.sign(t, p.assertion(app), map[jose.HeaderKey]any{"kid": "kid-" + string(alg), "typ": "JWT"})))
	}
	p.oauthToken(t, app.forToken())

	earned, _ := p.oauthToken(t, asserted(lastPair.sign(t, p.assertion(app), nil)))
	p.form(revokeEndpoint, asserted(lastPair.sign(t, p.assertion(app), nil), "token", "garbage")).want(t, 200)
	bySecret := p.tokenFor(t, app)
	must(t, p.svc.DeletePublicKey(context.Background(), operator(), app.ID, last.ID))
	p.form(tokenEndpoint, asserted(lastPair.sign(t, p.assertion(app), nil))).want(t, 401, "invalid_client")
	if p.isActive(t, gateway, earned) || !p.isActive(t, gateway, bySecret) {
		t.Error("the tokens of a deleted key end with it, and no others")
	}
	p.get(t, earned, "/api/v1/authorization/me/access-rules").want(t, 401)
}

// TestAssertionsRefused: whatever is wrong, the answer is the same.
func TestAssertionsRefused(t *testing.T) {
	shared := partsOver(t, sqliteFile(t))
	shared.limits = web.Limits{RefusedPerClient: web.Rate{Burst: -1}, RefusedPerSource: web.Rate{Burst: -1}}
	p, replica := newProductOf(t, shared), newProductOf(t, shared)
	app, other, disabled := p.application(t, "ci"), p.application(t, "other"), p.application(t, "disabled")
	pair, stranger := newKeyPair(t, jose.ES256), newKeyPair(t, jose.ES256)
	public := p.addKey(t, app, pair.public(t, "first"))
	p.addKey(t, disabled, pair.public(t, "first"))
	_, err := p.svc.SetApplicationEnabled(context.Background(), operator(), disabled.ID, false)
	must(t, err)
	header := func(pairs ...any) map[jose.HeaderKey]any {
		h := map[jose.HeaderKey]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			h[jose.HeaderKey(pairs[i].(string))] = pairs[i+1]
		}
		return h
	}
	now := p.clock().Unix()
	signed := func(changes ...any) string { return pair.sign(t, p.assertion(app, changes...), nil) }
	used := signed("jti", "once")
	p.oauthToken(t, asserted(used))
	hmac, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(public.JWK)}, nil)
	must(t, err)
	confused, err := hmac.Sign(mustMarshal(t, p.assertion(app)))
	must(t, err)
	hs256, err := confused.CompactSerialize()
	must(t, err)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(mustMarshal(t, p.assertion(app))) + "."
	attached := stranger.publicHalf()
	for name, raw := range map[string]string{
		"garbage":                        "a.b.c",
		"another's key":                  stranger.sign(t, p.assertion(app), nil),
		"another's key with our kid":     stranger.sign(t, p.assertion(app), header("kid", "first")),
		"a key that it brings along":     stranger.sign(t, p.assertion(app), header("jwk", attached)),
		"a kid that is not there":        pair.sign(t, p.assertion(app), header("kid", "' OR 1=1")),
		"another type":                   pair.sign(t, p.assertion(app), header("typ", "at+jwt")),
		"a critical extension":           pair.sign(t, p.assertion(app), header("crit", []string{"exp"})),
		"none":                           none,
		"HS256 with the public key":      hs256,
		"an access token":                p.tokenFor(t, app),
		"an application without keys":    pair.sign(t, p.assertion(other), nil),
		"an unknown application":         pair.sign(t, p.assertion(app, "iss", "nobody", "sub", "nobody"), nil),
		"a disabled application":         pair.sign(t, p.assertion(disabled), nil),
		"an issuer that is not subject":  signed("iss", "other"),
		"no issuer":                      signed("iss", nil),
		"no audience":                    signed("aud", nil),
		"the endpoint as audience":       signed("aud", issuer+tokenEndpoint),
		"several audiences":              signed("aud", []string{issuer, issuer + tokenEndpoint}),
		"another audience":               signed("aud", "https://other.example"),
		"no jti":                         signed("jti", nil),
		"a long jti":                     signed("jti", strings.Repeat("x", 256)),
		"no exp":                         signed("exp", nil),
		"exp is text":                    signed("exp", fmt.Sprint(now+60)),
		"exp without end":                signed("exp", 1e300),
		"expired":                        signed("exp", now-61),
		"good for too long":              signed("exp", now+5*60+61),
		"not yet":                        signed("nbf", now+61),
		"made in the future":             signed("iat", now+61),
		"used before":                    used,
		"the jti of one that was used":   signed("jti", "once"),
		"a signature of something else":  strings.Join(append(strings.Split(signed(), ".")[:2], strings.Split(signed(), ".")[2]), "."),
		"a subject that is no client id": pair.sign(t, p.assertion(app, "iss", "a\x00b", "sub", "a\x00b"), nil),
	} {
		for _, each := range []*product{p, replica} {
			got := each.form(tokenEndpoint, asserted(raw)).want(t, 401, `{"error":"invalid_client","error_description":"The client id or the secret key is not right`)
			if got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: %v", name, got.header)
			}
		}
	}
	p.form(tokenEndpoint, asserted(signed(), "client_id", "other")).want(t, 401)
	// Within the leeway of a clock that is not quite right, with fractions.
	p.oauthToken(t, asserted(signed("exp", float64(now-59)+0.5)))
	p.oauthToken(t, asserted(signed("exp", now+5*60+60, "iat", now+60, "nbf", now+60)))
	// A used jti is remembered for as long as the assertion could be shown.
	long := signed("exp", now+5*60, "jti", "long")
	p.oauthToken(t, asserted(long))
	p.wait(5*time.Minute + 59*time.Second)
	p.form(tokenEndpoint, asserted(long)).want(t, 401)
}

// TestTokenRequests is the token endpoint to the letter (RFC 6749, 7521, 8707).
func TestTokenRequests(t *testing.T) {
	p := unlimited(t)
	app, other := p.application(t, "ci-pipeline"), p.application(t, "other")
	p.grant(t, app, access.Viewer, access.TenantNodeID)
	pair := newKeyPair(t, jose.EdDSA)
	p.addKey(t, app, pair.public(t, ""))
	assertion := func() string { return url.QueryEscape(pair.sign(t, p.assertion(app), nil)) }
	id, secret := app.ClientID, app.secret
	const grant = "grant_type=client_credentials"
	body := grant + "&client_id=" + id + "&client_secret=" + secret
	jwtBearer := "&client_assertion_type=" + url.QueryEscape(assertionType)
	ok := basic(id, secret)
	rows := []struct {
		name, body, authorization string
		status                    int
		code                      string
	}{
		{"in the body", body, "", 200, ""},
		{"by Basic", grant, ok, 200, ""},
		{"by Basic, with its own id in the body", grant + "&client_id=" + id, ok, 200, ""},
		{"basic in small letters", grant, "basic " + strings.TrimPrefix(ok, "Basic "), 200, ""},
		{"BASIC with two spaces", grant, "BASIC  " + strings.TrimPrefix(ok, "Basic "), 200, ""},
		{"by the application's id", grant, basic(app.ID, secret), 200, ""},
		{"percent-encoded Basic", grant, basic("%63i-pipeline", secret), 200, ""},
		{"an expired bearer token beside the body", body, "Bearer a.b.c", 200, ""},
		{"unknown parameters", body + "&foo=bar&baz=", "", 200, ""},
		{"parameters without a value", body + "&resource=&audience=&scope=&client_assertion=&client_assertion_type=", "", 200, ""},
		{"Basic and an empty body of its own", grant + "&client_id=&client_secret=", ok, 200, ""},
		{"a resource and an empty one", body + "&resource=&resource=" + url.QueryEscape(audience), "", 200, ""},
		{"an empty scope", body + "&scope=", "", 200, ""},
		{"openid", body + "&scope=openid", "", 200, ""},
		{"one permission", body + "&scope=jobs:read", "", 200, ""},
		{"two permissions", body + "&scope=jobs:read+nodes:read", "", 200, ""},
		{"a permission by its percent-encoding", body + "&scope=jobs%3Aread", "", 200, ""},
		{"one permission twice", body + "&scope=jobs:read+jobs:read", "", 200, ""},
		{"a resource", body + "&resource=" + url.QueryEscape(audience), "", 200, ""},
		{"two resources", body + "&resource=" + url.QueryEscape(audience) + "&resource=" + url.QueryEscape(issuer), "", 200, ""},
		{"an audience", body + "&audience=" + url.QueryEscape(audience), "", 200, ""},
		{"an assertion", grant + jwtBearer + "&client_assertion=" + assertion(), "", 200, ""},
		{"an assertion with its client id", grant + jwtBearer + "&client_id=" + id + "&client_assertion=" + assertion(), "", 200, ""},
		{"an assertion and a scope", grant + jwtBearer + "&scope=jobs:read&client_assertion=" + assertion(), "", 200, ""},

		{"nothing", "", "", 400, "invalid_request"},
		{"no grant type", "client_id=" + id + "&client_secret=" + secret, "", 400, "invalid_request"},
		{"an empty grant type", "grant_type=&client_id=" + id + "&client_secret=" + secret, "", 400, "invalid_request"},
		{"password", "grant_type=password&username=a&password=b", ok, 400, "unsupported_grant_type"},
		{"refresh token", "grant_type=refresh_token&refresh_token=x", ok, 400, "unsupported_grant_type"},
		{"authorization code", "grant_type=authorization_code&code=x", ok, 400, "unsupported_grant_type"},
		{"implicit", "grant_type=implicit", ok, 400, "unsupported_grant_type"},
		{"device code", "grant_type=urn:ietf:params:oauth:grant-type:device_code", ok, 400, "unsupported_grant_type"},
		{"JWT bearer", "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c", ok, 400, "unsupported_grant_type"},
		{"token exchange", "grant_type=urn:ietf:params:oauth:grant-type:token-exchange", ok, 400, "unsupported_grant_type"},
		{"SAML", "grant_type=urn:ietf:params:oauth:grant-type:saml2-bearer", ok, 400, "unsupported_grant_type"},
		{"the JSON API's name", "grant_type=app_token", ok, 400, "unsupported_grant_type"},
		{"another case", "grant_type=Client_Credentials", ok, 400, "unsupported_grant_type"},
		{"a space behind", "grant_type=client_credentials+", ok, 400, "unsupported_grant_type"},

		{"the grant type twice", body + "&" + grant, "", 400, "invalid_request"},
		{"the client id twice", body + "&client_id=" + id, "", 400, "invalid_request"},
		{"the secret twice", body + "&client_secret=" + secret, "", 400, "invalid_request"},
		{"the scope twice", body + "&scope=jobs:read&scope=jobs:read", "", 400, "invalid_request"},
		{"an unknown parameter twice", body + "&x=1&x=2", "", 400, "invalid_request"},
		{"Basic and a secret", grant + "&client_secret=" + secret, ok, 400, "invalid_request"},
		{"Basic and another secret", grant + "&client_secret=x", ok, 400, "invalid_request"},
		{"Basic and another id", grant + "&client_id=other", ok, 400, "invalid_request"},
		{"Basic and an assertion", grant + jwtBearer + "&client_assertion=" + assertion(), ok, 400, "invalid_request"},
		{"a secret and an assertion", body + jwtBearer + "&client_assertion=" + assertion(), "", 400, "invalid_request"},
		{"an assertion without its type", grant + "&client_assertion=" + assertion(), "", 400, "invalid_request"},
		{"a type without its assertion", grant + jwtBearer, "", 400, "invalid_request"},
		{"not form-encoded", grant + "&%zz=1", ok, 400, "invalid_request"},
		{"a semicolon", grant + ";client_id=x", ok, 400, "invalid_request"},

		{"nobody", grant, "", 401, "invalid_client"},
		{"no secret", grant + "&client_id=" + id, "", 401, "invalid_client"},
		{"an empty secret", grant + "&client_id=" + id + "&client_secret=", "", 401, "invalid_client"},
		{"no id", grant + "&client_secret=" + secret, "", 401, "invalid_client"},
		{"an empty Basic", grant, "Basic", 401, "invalid_client"},
		{"Basic without a colon", grant, "Basic " + base64.StdEncoding.EncodeToString([]byte(id)), 401, "invalid_client"},
		{"Basic that is not base64", grant, "Basic ###", 401, "invalid_client"},
		{"Basic in base64url", grant, "Basic " + base64.URLEncoding.EncodeToString([]byte("\xff\xfe:\xff")), 401, "invalid_client"},
		{"Basic with a bad percent", grant, basic("%zz", secret), 401, "invalid_client"},
		{"Basic with an empty half", grant, basic("", secret), 401, "invalid_client"},
		{"a bearer token alone", grant, "Bearer a.b.c", 401, "invalid_client"},
		{"a wrong secret", grant, basic(id, other.secret), 401, "invalid_client"},
		{"a secret without its checksum", grant, basic(id, secret[:len(secret)-1]), 401, "invalid_client"},
		{"an unknown client", grant, basic("nobody", secret), 401, "invalid_client"},
		{"another case of the id", grant, basic("CI-pipeline", secret), 401, "invalid_client"},
		{"a NUL in the id", grant, basic("ci%00", secret), 401, "invalid_client"},
		{"an assertion of another type", grant + "&client_assertion_type=saml&client_assertion=x", "", 401, "invalid_client"},
		{"an empty assertion", grant + jwtBearer + "&client_assertion=", "", 400, "invalid_request"},
		{"an assertion that is none", grant + jwtBearer + "&client_assertion=x", "", 401, "invalid_client"},
		{"an assertion of another client", grant + jwtBearer + "&client_id=other&client_assertion=" + assertion(), "", 401, "invalid_client"},

		{"more than the rules allow", body + "&scope=jobs:create", "", 400, "invalid_scope"},
		{"more beside what they allow", body + "&scope=jobs:read+users:delete", "", 400, "invalid_scope"},
		{"an unknown resource type", body + "&scope=moons:read", "", 400, "invalid_scope"},
		{"an unknown action", body + "&scope=jobs:own", "", 400, "invalid_scope"},
		{"no action", body + "&scope=jobs", "", 400, "invalid_scope"},
		{"everything", body + "&scope=*", "", 400, "invalid_scope"},
		{"an old name", body + "&scope=admin", "", 400, "invalid_scope"},
		{"two spaces", body + "&scope=jobs:read++nodes:read", "", 400, "invalid_scope"},
		{"a tab", body + "&scope=jobs:read%09nodes:read", "", 400, "invalid_scope"},
		{"a NUL", body + "&scope=jobs:read%00", "", 400, "invalid_scope"},
		{"an endless scope", body + "&scope=" + strings.Repeat("jobs:read+", 300), "", 400, "invalid_scope"},
		{"another resource", body + "&resource=https://elsewhere.example", "", 400, "invalid_target"},
		{"a part of a resource", body + "&resource=https://shop.acme.test", "", 400, "invalid_target"},
		{"a resource with a fragment", body + "&resource=" + url.QueryEscape(audience+"#x"), "", 400, "invalid_target"},
		{"a good resource and another", body + "&resource=" + url.QueryEscape(audience) + "&resource=x", "", 400, "invalid_target"},
		{"another audience", body + "&audience=x", "", 400, "invalid_target"},
		{"a wrong secret and a wrong scope", grant + "&scope=*&client_id=" + id + "&client_secret=x", "", 401, "invalid_client"},
	}
	if len(rows) < 60 {
		t.Errorf("%d rows", len(rows))
	}
	// What a request leaves behind: the tokens that are good now, and the application.
	left := func() (tokens int, rest string) {
		must(t, p.svc.Flush(t.Context()))
		impact, err := p.svc.ApplicationImpact(t.Context(), operator(), app.ID)
		must(t, err)
		now := impact.Application
		now.LastLogin, now.Key.LastUsed = time.Time{}, time.Time{}
		return impact.ActiveTokens, fmt.Sprintf("%+v %+v", now, p.rulesOf(t, app))
	}
	_, asMade := left()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			before, _ := left()
			defer func() {
				after, rest := left()
				if issued := after - before; (row.status == 200) != (issued == 1) || issued > 1 {
					t.Errorf("it left %d tokens", issued)
				}
				if rest != asMade {
					t.Errorf("it changed the application:\n%s\n%s", rest, asMade)
				}
			}()
			headers := []string{"Content-Type", formType}
			if row.authorization != "" {
				headers = append(headers, "Authorization", row.authorization)
			}
			got := p.ask(http.MethodPost, tokenEndpoint, row.body, headers...)
			var told struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
				AccessToken string `json:"access_token"`
				TokenType   string `json:"token_type"`
				ExpiresIn   int64  `json:"expires_in"`
				Refresh     string `json:"refresh_token"`
			}
			must(t, json.Unmarshal([]byte(got.body), &told))
			if got.status != row.status || told.Error != row.code || (row.status == 200) != (told.AccessToken != "") {
				t.Fatalf("%d %s, want %d %s", got.status, got.body, row.status, row.code)
			}
			if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Pragma") != "no-cache" || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
				t.Errorf("%v", got.header)
			}
			if challenge := got.header.Get("WWW-Authenticate"); (row.status == 401) != strings.HasPrefix(challenge, "Basic ") {
				t.Errorf("WWW-Authenticate: %q", challenge)
			}
			if row.status == 200 {
				claims := claimsOf(t, told.AccessToken)
				if told.TokenType != "Bearer" || told.Refresh != "" || float64(told.ExpiresIn) != claims["exp"].(float64)-claims["iat"].(float64) {
					t.Errorf("%s", got.body)
				}
			} else if told.Description == "" || strings.Contains(told.Description, id) {
				t.Errorf("the description is %q", told.Description)
			}
		})
	}
}
