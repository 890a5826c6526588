package access_test

import (
	"testing"
	"time"

	"latchkey/access"
)

func TestVitals(t *testing.T) {
	w := newWorld(t)
	vitals := func() access.Vitals {
		t.Helper()
		v, err := w.Vitals(w.ctx)
		w.must(err)
		return v
	}
	_, forEver := w.app("builder", "")
	if v := vitals(); !v.NextKeyExpiry.IsZero() || v.TokensIssued != 0 || len(v.TokensRefused) != 0 || v.SigningKeySince.IsZero() {
		t.Errorf("at first: %+v", v)
	}
	made := map[string]access.Application{}
	for name, lifetime := range map[string]time.Duration{"soon": 24 * time.Hour, "later": 48 * time.Hour} {
		a, _, err := w.CreateApplication(w.ctx, w.local, access.NewApplication{Name: name, KeyLifetime: lifetime})
		w.must(err)
		made[name] = a
	}
	w.token("builder", forEver)
	w.token("builder", forEver)
	for _, clientID := range []string{"nobody", "nowhere", "soon"} {
		_, err := w.IssueToken(w.ctx, origin("203.0.113.9"), clientID, forEver.Reveal())
		wantError(t, err, access.ErrUnauthenticated)
	}
	v := vitals()
	if v.TokensIssued != 2 || len(v.TokensRefused) != 2 || v.TokensRefused["unknown client id"] != 2 || v.TokensRefused["wrong secret key"] != 1 {
		t.Errorf("tokens: %+v", v)
	}
	if want := made["soon"].Key.ExpiresAt; !v.NextKeyExpiry.Equal(want) {
		t.Errorf("the next key expires at %v, want %v", v.NextKeyExpiry, want)
	}
	_, err := w.SetApplicationEnabled(w.ctx, w.local, made["soon"].ID, false)
	w.must(err)
	if want := made["later"].Key.ExpiresAt; !vitals().NextKeyExpiry.Equal(want) {
		t.Errorf("the key of a disabled application is still told of")
	}
	w.clock.move(72 * time.Hour)
	if got := vitals().NextKeyExpiry; !got.IsZero() {
		t.Errorf("an expired key is still told of: %v", got)
	}
}
