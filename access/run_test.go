package access_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/token"
)

// watched tells when uses were written.
type watched struct {
	access.Repository
	recorded chan int
}

func (r *watched) RecordUses(ctx context.Context, uses []access.TokenUse, failures []access.Event) error {
	err := r.Repository.RecordUses(ctx, uses, failures)
	r.recorded <- len(uses)
	return err
}

func TestRunRecordsUsesWhileServing(t *testing.T) {
	w := newWorld(t)
	_, key := w.app("builder", "")
	repo := &watched{Repository: w.store, recorded: make(chan int, 1)}
	w.Service = access.NewService(repo, access.Config{
		Issuer: issuer, Sealer: token.NewSealer([32]byte{1}), Now: w.clock.Now, FlushEvery: time.Millisecond,
	})
	w.must(w.PrepareSigningKeys(w.ctx))
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error)
	go func() { ended <- w.Run(ctx) }()
	for range 2 {
		w.token("builder", key)
		if n := <-repo.recorded; n != 1 {
			t.Errorf("%d applications' uses were written, want 1", n)
		}
	}
	cancel()
	w.must(<-ended)
}

func TestOldFailuresAreForgotten(t *testing.T) {
	w := newWorld(t)
	for range 6 {
		_, _ = w.SignIn(w.ctx, origin("192.0.2.1"), "made-up@example.com", "a wrong password, a long one")
	}
	w.clock.move(25 * time.Hour)
	ctx, cancel := context.WithCancel(w.ctx)
	repo := &watched{Repository: w.store, recorded: make(chan int, 1)}
	service := access.NewService(repo, access.Config{
		Issuer: issuer, Sealer: token.NewSealer([32]byte{1}), Now: w.clock.Now, FlushEvery: time.Millisecond,
	})
	w.must(service.PrepareSigningKeys(w.ctx))
	ended := make(chan error)
	go func() { ended <- service.Run(ctx) }()
	// The hourly work follows the first flush; the second flush says that it is done.
	_, key := w.app("builder", "")
	for range 2 {
		_, err := service.IssueToken(w.ctx, origin("203.0.113.9"), "builder", key.Reveal())
		w.must(err)
		<-repo.recorded
	}
	cancel()
	w.must(<-ended)
	left, err := w.store.Throttle(w.ctx, "address:192.0.2.1")
	w.must(err)
	if left.Failures != 0 {
		t.Errorf("%d failures are remembered after a day", left.Failures)
	}
}

func TestBulkSaysWhatTheStoreCouldNotDo(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("builder", "")
	healthy := w.Service
	w.Service = w.newService(failing{w.store})
	report, err := w.Bulk(w.ctx, w.admin, access.Applications, access.BulkDelete, access.Selection{IDs: []string{app.ID}})
	w.must(err)
	if len(report.Succeeded) != 0 || len(report.Failed) != 1 || !errors.Is(report.Failed[0].Err, access.ErrUnavailable) {
		t.Errorf("got %+v", report)
	}
	w.Service = healthy
	w.token("builder", key)
}

func TestARuleElsewhereIsVisibleToWhoReadsTheApplication(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("roaming", "east")
	rule := w.rule(access.SubjectApplication, app.ID, viewer, "west")
	boss := w.user("boss@example.com", administrator, "east")
	rules, err := w.ApplicationRules(w.ctx, boss, app.ID)
	w.must(err)
	if len(rules) != 1 {
		t.Errorf("%d rules are shown, want 1", len(rules))
	}
	_, err = w.DeleteRule(w.ctx, boss, rule.ID)
	wantError(t, err, access.ErrForbidden)
	stranger := w.user("stranger@example.com", administrator, "east/a")
	_, err = w.DeleteRule(w.ctx, stranger, rule.ID)
	wantError(t, err, access.ErrNotFound)
}

func TestEachApplicationIsNoExport(t *testing.T) {
	w := newWorld(t)
	w.app("eastern", "east")
	w.app("western", "west")
	before, seen := len(w.events()), 0
	w.must(w.EachApplication(w.ctx, w.admin, access.List{Limit: 1}, func(access.ApplicationRow) error { seen++; return nil }))
	if seen != 2 || len(w.events()) != before {
		t.Errorf("%d applications, %d events more", seen, len(w.events())-before)
	}
}

func TestStatusOfAnApplication(t *testing.T) {
	now := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		enabled bool
		expires time.Time
		want    access.Status
	}{
		{true, time.Time{}, access.StatusActive},
		{true, now.Add(time.Second), access.StatusActive},
		{true, now, access.StatusKeyExpired},
		{false, now, access.StatusDisabled},
	}
	for _, tt := range tests {
		app := access.Application{Enabled: tt.enabled, Key: access.KeyFacts{ExpiresAt: tt.expires}}
		if got := app.Status(now); got != tt.want {
			t.Errorf("enabled %v, expires %v: %s, want %s", tt.enabled, tt.expires, got, tt.want)
		}
	}
}
