package access_test

import (
	"testing"

	"latchkey/access"
)

func TestOnlyOnesOwnSessionsAreSeenAndEnded(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@example.com", viewer, "east")
	one, two, foreign := w.session(bob.ID, "one"), w.session(bob.ID, "two"), w.session(w.admin.ID, "admin's")
	mine, err := w.MySessions(w.ctx, bob)
	w.must(err)
	if len(mine) != 2 {
		t.Fatalf("bob sees %d sessions, want 2", len(mine))
	}
	for _, handle := range []string{access.Session{IDHash: foreign}.Handle(), "", "nothing"} {
		_, err := w.EndMySession(w.ctx, bob, handle)
		wantError(t, err, access.ErrNotFound)
	}
	_, err = w.EndMySession(w.ctx, bob, access.Session{IDHash: one}.Handle())
	w.must(err)
	w.wantEvent("bob@example.com sign-out session Succeeded")
	if w.hasSession(one) || !w.hasSession(two) || !w.hasSession(foreign) {
		t.Errorf("one: %v, two: %v, the administrator's: %v", w.hasSession(one), w.hasSession(two), w.hasSession(foreign))
	}
	w.clock.move(access.MaxSessionIdle + 1)
	if mine, err = w.MySessions(w.ctx, bob); err != nil || len(mine) != 0 {
		t.Errorf("sessions that have idled away: %d (%v)", len(mine), err)
	}
	_, err = w.MySession(w.ctx, bob, access.Session{IDHash: two}.Handle())
	wantError(t, err, access.ErrNotFound)
}

func TestApplicationsHaveNoSessions(t *testing.T) {
	w := newWorld(t)
	app := access.Caller{Principal: access.Principal{Subject: access.Subject{Type: access.SubjectApplication, ID: w.admin.ID}}}
	for _, err := range []error{second(w.MySessions(w.ctx, app)), second(w.MySession(w.ctx, app, "x")), second(w.EndMySession(w.ctx, app, "x"))} {
		wantError(t, err, access.ErrForbidden)
	}
}
