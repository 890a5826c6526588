package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/access"
)

// BenchmarkToken is the token endpoint without the network: middleware, parsing,
// look-up, signature and answer.
func BenchmarkToken(b *testing.B) {
	p := newProduct(b)
	app := p.application(b, "ci-pipeline-prod")
	body := object("grantType", "client_credentials", "clientId", app.ClientID, "clientSecret", app.secret)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/token", strings.NewReader(body))
		w := httptest.NewRecorder()
		p.web.Echo.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkVerify is the question of a gateway, about tokens of one access rule:
// about one again and again, and about more than are remembered.
func BenchmarkVerify(b *testing.B) {
	p := newProduct(b)
	app := p.application(b, "ci-pipeline-prod")
	p.grant(b, app, access.Viewer, access.TenantNodeID)
	for _, tokens := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("%d tokens", tokens), func(b *testing.B) {
			bearers := make([]string, tokens)
			for i := range bearers {
				bearers[i] = "Bearer " + p.tokenFor(b, app)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r := httptest.NewRequest(http.MethodGet, "/api/v1/auth/verify", nil)
				r.Header.Set("Authorization", bearers[i%tokens])
				p.serve(b, r)
			}
		})
	}
}

// BenchmarkIntrospect is what a resource server asks that knows nothing of keys.
func BenchmarkIntrospect(b *testing.B) {
	p := newProduct(b)
	asker := p.gateway(b, "gateway")
	raw := p.tokenFor(b, p.application(b, "ci-pipeline-prod"))
	body := asker.by("token", raw).Encode()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, introspectEndpoint, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		p.serve(b, r)
	}
}

// serve answers a request without the network.
func (p *product) serve(b *testing.B, r *http.Request) {
	w := httptest.NewRecorder()
	p.web.Echo.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatal(w.Code, w.Body)
	}
}

// BenchmarkFrontDoor is what every request of a program pays around its handler.
func BenchmarkFrontDoor(b *testing.B) {
	p := newProduct(b)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		w := httptest.NewRecorder()
		p.web.Echo.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
