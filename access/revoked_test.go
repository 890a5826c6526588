package access_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/access"
)

// TestTheDenyListIsBounded: whoever makes tokens only to revoke them is stopped,
// is told when to come back, and keeps nobody else from revoking.
func TestTheDenyListIsBounded(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		app, key := w.app("noisy", "")
		other, otherKey := w.app("other", "")
		auth := func(id, secret string) access.ClientAuth { return access.ClientAuth{ClientID: id, SecretKey: secret} }
		end := w.clock.Now().Add(30 * time.Minute)
		w.must(w.store.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			for i := range access.MaxRevoked - 1 {
				t := access.RevokedToken{TokenID: access.TokenID{Issuer: issuer, ID: fmt.Sprint("t", i)}, ClientID: app.ID, ExpiresAt: end}
				if _, err := tx.RevokeToken(ctx, t); err != nil {
					return err
				}
			}
			return nil
		}))
		last, refused := w.token(app.ClientID, key), w.token(app.ClientID, key)
		w.must(w.RevokeToken(w.ctx, origin("203.0.113.9"), auth(app.ClientID, key.Reveal()), last))
		events := len(w.events())
		err := w.RevokeToken(w.ctx, origin("203.0.113.9"), auth(app.ClientID, key.Reveal()), refused)
		var throttled *access.ThrottledError
		if !errors.As(err, &throttled) || throttled.RetryAfter <= 0 || throttled.RetryAfter > 10*time.Minute {
			t.Fatalf("one more than the most: %v", err)
		}
		if w.isGood(last) || !w.isGood(refused) {
			t.Error("what was refused must change nothing, and what was not must")
		}
		if len(w.events()) != events {
			t.Error("a refusal is told as if it had happened")
		}
		// Who repeats has what they want already (RFC 7009 section 2.2).
		w.must(w.RevokeToken(w.ctx, origin("203.0.113.9"), auth(app.ClientID, key.Reveal()), last))
		theirs := w.token(other.ClientID, otherKey)
		w.must(w.RevokeToken(w.ctx, origin("203.0.113.9"), auth(other.ClientID, otherKey.Reveal()), theirs))
		if w.isGood(theirs) {
			t.Error("another cannot revoke")
		}
		// What has expired does not count, forgotten or not.
		w.clock.move(31 * time.Minute)
		w.must(w.RevokeToken(w.ctx, origin("203.0.113.9"), auth(app.ClientID, key.Reveal()), refused))
		if w.isGood(refused) {
			t.Error("there is room again, and it was not revoked")
		}
	})
}
