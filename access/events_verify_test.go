package access_test

import (
	"testing"

	"latchkey/access"
)

// TestWhoMayVerifyTheLog: those who may read it; and what everybody did to get
// here is told in one chain.
func TestWhoMayVerifyTheLog(t *testing.T) {
	w := newWorld(t)
	head, err := w.EventsHead(w.ctx, w.admin)
	w.must(err)
	if int(head.Position) != len(w.events()) {
		t.Errorf("the head is %s, of %d events", head, len(w.events()))
	}
	w.app("builder", "")
	checked, err := w.VerifyEvents(w.ctx, w.admin, head)
	w.must(err)
	if checked.Fault != nil || checked.Head.Position <= head.Position {
		t.Errorf("the log is %+v", checked)
	}
	reader := w.user("reader@example.com", viewer, "east")
	_, err = w.EventsHead(w.ctx, reader)
	wantError(t, err, access.ErrForbidden)
	_, err = w.VerifyEvents(w.ctx, reader, head)
	wantError(t, err, access.ErrForbidden)
}
