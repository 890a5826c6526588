package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"latchkey/access"
)

// served is a product behind a real address, which is its issuer.
func served(t *testing.T) (*product, string) {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	of := partsOver(t, sqliteFile(t))
	of.issuer = server.URL
	p := newProductOf(t, of)
	p.now = time.Now() // the clients look at the clock of this machine
	handler = p.web.Echo
	return p, server.URL
}

// TestRealClients: golang.org/x/oauth2 gets a token and another when that one has
// expired; go-oidc verifies them through discovery, and goes on while the signing
// key is rotated.
func TestRealClients(t *testing.T) {
	p, address := served(t)
	ctx := context.Background()
	app := p.application(t, "ci-pipeline")
	provider, err := oidc.NewProvider(ctx, address)
	must(t, err)
	verifier := provider.Verifier(&oidc.Config{ClientID: address, Now: p.clock})
	config := clientcredentials.Config{ClientID: app.ClientID, ClientSecret: app.secret, TokenURL: provider.Endpoint().TokenURL, AuthStyle: oauth2.AuthStyleInHeader}
	verified := func() *oauth2.Token {
		t.Helper()
		got, err := config.Token(ctx)
		must(t, err)
		claims, err := verifier.Verify(ctx, got.AccessToken)
		must(t, err)
		if claims.Subject != app.ID || claims.Issuer != address || !got.Valid() {
			t.Errorf("%+v", claims)
		}
		return got
	}
	first := verified()

	// A source gives the same token until it has expired, then another.
	source := config.TokenSource(ctx)
	held, err := source.Token()
	must(t, err)
	if again, err := source.Token(); err != nil || again.AccessToken != held.AccessToken {
		t.Errorf("a living token was not kept: %v", err)
	}
	old := *held
	old.Expiry = time.Now().Add(-time.Minute)
	fresh, err := oauth2.ReuseTokenSource(&old, config.TokenSource(ctx)).Token()
	must(t, err)
	if fresh.AccessToken == held.AccessToken {
		t.Error("an expired token was not replaced")
	}

	_, err = p.svc.RotateSigningKey(ctx, operator(), "RS256")
	must(t, err)
	before := verified() // published, not signing yet
	p.wait(2 * access.KeySetMaxAge)
	after := verified()
	if signedBy(t, before.AccessToken) == signedBy(t, after.AccessToken) {
		t.Error("the signing key did not change: the test proves nothing")
	}
	if _, err := verifier.Verify(ctx, first.AccessToken); err != nil {
		t.Errorf("a token from before the rotation: %v", err)
	}
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInParams, oauth2.AuthStyleAutoDetect} {
		config.AuthStyle = style
		verified()
	}
}

func signedBy(t *testing.T, raw string) string {
	t.Helper()
	return headerOf(t, raw)["kid"].(string)
}

func headerOf(t *testing.T, raw string) (header map[string]any) {
	t.Helper()
	encoded, _, _ := strings.Cut(raw, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	must(t, err)
	must(t, json.Unmarshal(decoded, &header))
	return header
}
