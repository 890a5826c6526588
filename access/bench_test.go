package access_test

import (
	"testing"
)

// BenchmarkIssueToken is the token endpoint without HTTP: one look-up, one
// comparison, one signature, and the use noted.
func BenchmarkIssueToken(b *testing.B) {
	w := newWorld(b)
	_, key := w.app("builder", "")
	secret, from := key.Reveal(), origin("203.0.113.9")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.IssueToken(w.ctx, from, "builder", secret); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTokenPrincipal is what each request to the API pays for its token.
func BenchmarkTokenPrincipal(b *testing.B) {
	w := newWorld(b)
	_, key := w.app("builder", "")
	raw := w.token("builder", key)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.TokenPrincipal(w.ctx, raw); err != nil {
			b.Fatal(err)
		}
	}
}
