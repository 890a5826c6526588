package storetest

import (
	"time"

	"latchkey/access"
)

var vitalTests = []namedTest{
	{"the next secret key to expire", func(w *world) {
		next := func() time.Time {
			w.Helper()
			at, err := w.NextKeyExpiry(w.ctx, w.now)
			w.ok(err)
			return at
		}
		expires := func(d time.Duration) func(*access.Application) {
			return func(a *access.Application) { a.Key.ExpiresAt = w.now.Add(d) }
		}
		w.application("for-ever")
		w.application("expired", expires(-time.Hour))
		w.application("disabled", expires(time.Hour), func(a *access.Application) { a.Enabled = false })
		if got := next(); !got.IsZero() {
			w.Errorf("%v, want never", got)
		}
		w.application("later", expires(3*time.Hour))
		w.application("sooner", expires(2*time.Hour))
		if got, want := next(), w.now.Add(2*time.Hour); !got.Equal(want) {
			w.Errorf("%v, want %v", got, want)
		}
	}},
	{"sessions that have not ended", func(w *world) {
		u := w.user("ann@example.com")
		for i, left := range []time.Duration{time.Hour, time.Minute, 0, -time.Minute} {
			w.ok(w.SaveSession(w.ctx, access.Session{
				IDHash: hashOf(string(rune('a' + i))), UserID: u.ID, CreatedAt: w.now, LastSeenAt: w.now, ExpiresAt: w.now.Add(left),
			}))
		}
		if n, err := w.CountSessions(w.ctx, w.now); err != nil || n != 2 {
			w.Errorf("%d sessions (%v), want 2", n, err)
		}
	}},
}
