package access_test

import (
	"errors"
	"testing"
	"time"

	"latchkey/access"
)

const day = 24 * time.Hour

// set changes a section of the settings as the administrator.
func (w *world) set(section access.SettingsSection, change func(*access.TenantSettings)) error {
	w.t.Helper()
	was, err := w.Settings(w.ctx, w.admin)
	w.must(err)
	to := was
	change(&to)
	return w.ChangeSettings(w.ctx, w.admin, section, &was, to)
}

func TestSettingsAreTheDefaultsUntilTheyAreChanged(t *testing.T) {
	w := newWorld(t)
	settings, err := w.Settings(w.ctx, w.admin)
	w.must(err)
	want := access.TenantSettings{
		TokenLifetime: time.Hour, Sessions: access.SessionTimes{Idle: 30 * time.Minute, Longest: 12 * time.Hour},
	}
	if settings != want {
		t.Errorf("the settings are %+v, want %+v", settings, want)
	}
}

func TestAChangeOfSettingsIsAnEvent(t *testing.T) {
	w := newWorld(t)
	w.must(w.set(access.SessionSettings, func(s *access.TenantSettings) { s.Sessions.Idle = 10 * time.Minute }))
	e := w.wantEvent("admin@example.com update setting Succeeded")
	if e.EntityID != "sessions" || e.EntityName != "Sessions" || e.Metadata["before.session.idle"] != "30 minutes" || e.Metadata["after.session.idle"] != "10 minutes" || len(e.Metadata) != 2 {
		t.Errorf("the event is %+v", e)
	}
	if got := w.SessionTimes().Idle; got != 10*time.Minute {
		t.Errorf("sessions idle for %v, want 10 minutes", got)
	}
	number := len(w.events())
	w.must(w.set(access.SessionSettings, func(*access.TenantSettings) {}))
	if len(w.events()) != number {
		t.Error("nothing was changed, and told")
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		section access.SettingsSection
		field   string
		change  func(*access.TenantSettings)
	}{
		{access.TokenSettings, "tokenLifetime", func(s *access.TenantSettings) { s.TokenLifetime = 4 * time.Minute }},
		{access.TokenSettings, "tokenLifetime", func(s *access.TenantSettings) { s.TokenLifetime = 25 * time.Hour }},
		{access.TokenSettings, "tokenLifetime", func(s *access.TenantSettings) { s.TokenLifetime = 0 }},
		{access.KeySettings, "usualKeyLifetime", func(s *access.TenantSettings) { s.Keys = access.KeyPolicy{Longest: 90 * day} }},
		{access.KeySettings, "usualKeyLifetime", func(s *access.TenantSettings) { s.Keys = access.KeyPolicy{Usual: 91 * day, Longest: 90 * day} }},
		{access.KeySettings, "longestKeyLifetime", func(s *access.TenantSettings) { s.Keys.Longest = -day }},
		{access.SessionSettings, "sessionIdle", func(s *access.TenantSettings) { s.Sessions.Idle = 31 * time.Minute }},
		{access.SessionSettings, "sessionLongest", func(s *access.TenantSettings) { s.Sessions.Longest = 13 * time.Hour }},
	} {
		before, err := w.Settings(w.ctx, w.admin)
		w.must(err)
		wantInvalid(t, w.set(tt.section, tt.change), tt.field)
		if after, _ := w.Settings(w.ctx, w.admin); after != before {
			t.Errorf("%s was changed all the same: %+v", tt.field, after)
		}
	}
	reader := w.user("reader@example.com", viewer, "")
	_, err := w.Settings(w.ctx, reader)
	wantError(t, err, access.ErrForbidden)
	was, _ := w.Settings(w.ctx, w.admin)
	wantError(t, w.ChangeSettings(w.ctx, reader, access.TokenSettings, &was, was), access.ErrForbidden)
	w.wantEvent("reader@example.com update setting Failed")
}

// TestTwoAdministratorsChangeTheSameSetting: the second is told who was first,
// and nothing of theirs happens; another section is no obstacle.
func TestTwoAdministratorsChangeTheSameSetting(t *testing.T) {
	w := newWorld(t)
	other := w.user("other@example.com", administrator, "")
	was, err := w.Settings(w.ctx, w.admin)
	w.must(err)
	mine, theirs := was, was
	mine.TokenLifetime, theirs.TokenLifetime, theirs.Sessions.Idle = 30*time.Minute, 2*time.Hour, 5*time.Minute
	w.must(w.ChangeSettings(w.ctx, w.admin, access.TokenSettings, &was, mine))
	err = w.ChangeSettings(w.ctx, other, access.TokenSettings, &was, theirs)
	var stale *access.StaleError
	if !errors.As(err, &stale) || stale.By != "admin@example.com" {
		t.Errorf("got %v, want who was first", err)
	}
	w.must(w.ChangeSettings(w.ctx, other, access.SessionSettings, &was, theirs))
	if got, _ := w.Settings(w.ctx, w.admin); got.TokenLifetime != 30*time.Minute || got.Sessions.Idle != 5*time.Minute {
		t.Errorf("the settings are %+v", got)
	}
}

// TestTheLifetimeOfTokensIsSetForEveryProcess: the next token of a process that
// was not told has the new lifetime.
func TestTheLifetimeOfTokensIsSetForEveryProcess(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		second := w.replica()
		app, key := w.app("builder", "")
		lives := func(s *access.Service) time.Duration {
			issued, err := s.IssueToken(w.ctx, origin("203.0.113.9"), "builder", key.Reveal())
			w.must(err)
			return issued.ExpiresIn
		}
		if got := lives(second); got != time.Hour {
			t.Errorf("at first %v, want an hour", got)
		}
		w.must(w.set(access.TokenSettings, func(s *access.TenantSettings) { s.TokenLifetime = 15 * time.Minute }))
		if got := lives(second); got != 15*time.Minute {
			t.Errorf("after the change %v, want 15 minutes", got)
		}
		own := 8 * time.Hour
		_, err := w.ChangeApplication(w.ctx, w.admin, app.ID, access.ApplicationChange{TokenLifetime: &own})
		w.must(err)
		if e := w.wantEvent("admin@example.com update application Succeeded"); e.Metadata["before.tokenLifetime"] != "as in the settings" || e.Metadata["after.tokenLifetime"] != "8 hours" {
			t.Errorf("the event is %+v", e)
		}
		if got := lives(second); got != own {
			t.Errorf("with its own %v, want %v", got, own)
		}
		wrong := time.Minute
		_, err = w.ChangeApplication(w.ctx, w.admin, app.ID, access.ApplicationChange{TokenLifetime: &wrong})
		wantInvalid(t, err, "tokenLifetime")
	})
}

// TestTheKeyPolicy holds wherever a key is made, and for no key that exists.
func TestTheKeyPolicy(t *testing.T) {
	w := newWorld(t)
	old, oldKey := w.app("old", "")
	binned, _ := w.app("binned", "")
	_, err := w.DeleteApplication(w.ctx, w.admin, binned.ID)
	w.must(err)
	w.must(w.set(access.KeySettings, func(s *access.TenantSettings) { s.Keys = access.KeyPolicy{Usual: 30 * day, Longest: 90 * day} }))

	// make asks for a key of this lifetime in each of the ways.
	make := func(name string, lifetime time.Duration) map[string]func() (access.Application, error) {
		return map[string]func() (access.Application, error){
			"creation": func() (access.Application, error) {
				a, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: name, KeyLifetime: lifetime})
				return a, err
			},
			"regeneration": func() (access.Application, error) {
				a, _, err := w.RegenerateKey(w.ctx, w.admin, old.ID, lifetime, "")
				return a, err
			},
			"restoring": func() (access.Application, error) {
				a, _, err := w.RestoreApplication(w.ctx, w.admin, binned.ID, lifetime, "")
				return a, err
			},
		}
	}
	for way, ask := range make("too-long", 91*day) {
		_, err := ask()
		t.Log(way)
		wantInvalid(t, err, "keyLifetime")
	}
	for way, ask := range make("for-ever", 0) {
		_, err := ask()
		t.Log(way)
		wantInvalid(t, err, "keyLifetime")
	}
	if _, err := w.IssueToken(w.ctx, origin("203.0.113.9"), "old", oldKey.Reveal()); err != nil {
		t.Errorf("the key from before does not work any more: %v", err)
	}
	for way, ask := range make("usual", access.UsualKeyLifetime) {
		app, err := ask()
		w.must(err)
		if got := app.Key.ExpiresAt.Sub(app.Key.CreatedAt); got != 30*day {
			t.Errorf("%s: the key lives %v, want 30 days", way, got)
		}
	}
	app, _, err := w.RegenerateKey(w.ctx, w.admin, old.ID, 90*day, "")
	w.must(err)
	if got := app.Key.ExpiresAt.Sub(app.Key.CreatedAt); got != 90*day {
		t.Errorf("the key lives %v, want 90 days", got)
	}
}

// TestShorterSessionsHoldForThoseThatExist: a token of a session dies with it.
func TestShorterSessionsHoldForThoseThatExist(t *testing.T) {
	w := newWorld(t)
	session := w.signedIn(w.admin, "laptop", access.MaxSessionLongest)
	w.clock.move(2 * time.Hour)
	issued, err := w.IssueUserToken(w.ctx, w.admin, session)
	w.must(err)
	_, err = w.TokenPrincipal(w.ctx, issued.AccessToken)
	w.must(err)
	w.must(w.set(access.SessionSettings, func(s *access.TenantSettings) { s.Sessions.Longest = time.Hour }))
	_, err = w.TokenPrincipal(w.ctx, issued.AccessToken)
	wantError(t, err, access.ErrUnauthenticated)
}
