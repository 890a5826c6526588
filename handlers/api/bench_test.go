package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
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
