package access_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/token"
)

// TestTheClockDecidesWhetherAnythingIsSigned: a token that was made before the key
// that signs it is refused by others, and one of 1970 is expired or good for ever.
func TestTheClockDecidesWhetherAnythingIsSigned(t *testing.T) {
	w := newWorld(t)
	_, key := w.app("builder", "")
	app, p := w.signer("signer")
	gateway, gatewayKey := w.app("gateway", "")
	w.rule(access.SubjectApplication, gateway.ClientID, administrator, "")
	since := w.clock.Now()
	for _, tt := range []struct {
		what string
		at   time.Time
		good bool
	}{
		{"before there were computers like this one", time.Unix(0, 0), false},
		{"before this program was written", time.Date(2019, 12, 31, 23, 59, 59, 0, time.UTC), false},
		{"a day before the signing key was made", since.AddDate(0, 0, -1), false},
		{"a little more than a minute before", since.Add(-61 * time.Second), false},
		{"within what replicas may differ", since.Add(-58 * time.Second), true},
		{"now", since, true},
		{"years later", since.AddDate(20, 0, 0), true},
	} {
		w.clock.move(tt.at.Sub(w.clock.Now()))
		_, bySecret := w.IssueToken(w.ctx, origin("203.0.113.9"), "builder", key.Reveal())
		_, bySigning := w.signIn(p, app.ClientID)
		_, introspected := w.SignIntrospection(w.ctx, access.Introspection{AskedBy: gateway.ClientID}, []byte(`{"active":false}`))
		for what, err := range map[string]error{"a token": bySecret, "a token for an assertion": bySigning, "an introspection": introspected} {
			if tt.good && err != nil || !tt.good && !errors.Is(err, access.ErrUnavailable) {
				t.Errorf("%s, %s: %v", tt.what, what, err)
			}
			if !tt.good && !strings.Contains(err.Error(), "the clock shows "+tt.at.UTC().Format("2006-01-02T15:04")) {
				t.Errorf("%s, %s: the log does not tell what the clock shows: %v", tt.what, what, err)
			}
		}
	}
	// Nothing was remembered of it.
	w.clock.move(since.Sub(w.clock.Now()))
	w.token("gateway", gatewayKey)
}

// journal is what the service logs; each line about a wrong clock is sent to alarms.
type journal struct {
	mu     sync.Mutex
	text   bytes.Buffer
	alarms chan string
}

func (j *journal) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "the system clock is behind the newest event") {
		j.alarms <- string(b)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// TestAClockThatWentBackIsReported: at start, and for as long as it is so.
func TestAClockThatWentBackIsReported(t *testing.T) {
	w := newWorld(t)
	logged := &journal{alarms: make(chan string, 1)}
	start := func(now func() time.Time) (*access.Service, error) {
		s := access.NewService(w.store, access.Config{
			Issuer: issuer, Sealer: token.NewSealer([32]byte{1}), Now: now, Random: rand.Reader,
			Log: slog.New(slog.NewTextHandler(logged, nil)), FlushEvery: time.Millisecond,
		})
		return s, s.PrepareSigningKeys(w.ctx)
	}
	w.clock.move(365 * 24 * time.Hour)
	w.app("builder", "") // the newest event
	w.clock.move(-50 * time.Second)
	if _, err := start(w.clock.Now); err != nil || len(logged.alarms) != 0 {
		t.Errorf("told of a difference that replicas may have: %v", err)
	}
	w.clock.move(-364 * 24 * time.Hour)
	if _, err := start(w.clock.Now); err != nil || len(logged.alarms) != 1 {
		t.Fatalf("at start: %v, told %d times", err, len(logged.alarms))
	}
	if line := <-logged.alarms; !strings.Contains(line, "level=ERROR") || !strings.Contains(line, "clock=2026-05-05T") || !strings.Contains(line, "newestEvent=2027-05-04T") {
		t.Errorf("at start: %s", line)
	}

	// While it runs it is told every minute, and a minute passes at each look.
	s, err := start(func() time.Time { w.clock.move(time.Minute); return w.clock.Now() })
	w.must(err)
	<-logged.alarms
	ctx, stop := context.WithCancel(w.ctx)
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	for range 2 {
		select {
		case <-logged.alarms:
		case err := <-done:
			t.Fatalf("it stopped: %v", err)
		case <-t.Context().Done():
			t.Fatal("it is told at start only")
		}
	}
	stop()
	for finished := false; !finished; {
		select {
		case <-logged.alarms:
		case err := <-done:
			finished = true
			w.must(err)
		}
	}

	// A battery is empty: there is no use in starting, and it is said why.
	w.clock.move(-20 * 365 * 24 * time.Hour)
	if _, err := start(w.clock.Now); !errors.Is(err, access.ErrUnavailable) || !strings.Contains(err.Error(), "set the clock") {
		t.Errorf("twenty years back: %v", err)
	}
}
