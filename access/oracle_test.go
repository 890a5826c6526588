package access_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"latchkey/access"
)

// meter counts what a refusal costs: look-ups of one row and writes in the store,
// and comparisons of keys.
type meter struct {
	access.Repository
	mu                       sync.Mutex
	lookups, writes, compare int
}

// costs is what was counted since it was last asked.
func (m *meter) costs() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	told := fmt.Sprintf("%d look-ups, %d writes, %d comparisons", m.lookups, m.writes, m.compare)
	m.lookups, m.writes, m.compare = 0, 0, 0
	return told
}

func (m *meter) PublicKeys(ctx context.Context, applicationID string) ([]access.PublicKey, error) {
	m.count(1, 0)
	return m.Repository.PublicKeys(ctx, applicationID)
}

func (m *meter) count(lookups, writes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lookups += lookups
	m.writes += writes
}

// Credential costs one look-up where a living application has the client id, and
// a second, by id and in the bin, where none has (see Reader.Credential).
func (m *meter) Credential(ctx context.Context, clientIDOrID string) (access.Credential, error) {
	c, err := m.Repository.Credential(ctx, clientIDOrID)
	m.count(1, 0)
	if err != nil || c.Deleted || c.ClientID != clientIDOrID {
		m.count(1, 0)
	}
	return c, err
}

func (m *meter) Setting(ctx context.Context, name string) (string, error) {
	m.count(1, 0)
	return m.Repository.Setting(ctx, name)
}

func (m *meter) Write(ctx context.Context, fn func(context.Context, access.Tx) error) error {
	m.count(0, 1)
	return m.Repository.Write(ctx, fn)
}

// TestRefusalsDoTheSameWork: what cannot be told by the answer cannot be told by
// its time either, because every refusal of a well-formed key asks the store for
// the same (security.md 3). Counting, unlike a clock, does not depend on what
// else the machine does.
func TestRefusalsDoTheSameWork(t *testing.T) {
	w := newWorld(t)
	good, key := w.app("good", "")
	disabled, disabledKey := w.app("disabled", "")
	deleted, deletedKey := w.app("deleted", "")
	_, expiredKey, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "expired", KeyLifetime: time.Minute})
	w.must(err)
	_, err = w.SetApplicationEnabled(w.ctx, w.admin, disabled.ID, false)
	w.must(err)
	_, err = w.DeleteApplication(w.ctx, w.admin, deleted.ID)
	w.must(err)
	w.clock.move(time.Hour)

	signer, _ := w.signer("signer")
	m, metered := w.metered()
	for _, tried := range []struct{ what, clientID, secret string }{
		{"an unknown client id", "nobody", key.Reveal()},
		{"an unknown id", "0199aaaa-0000-7000-8000-000000000000", key.Reveal()},
		{"another's key", "good", deletedKey.Reveal()},
		{"another's key, by id", good.ID, deletedKey.Reveal()},
		{"a disabled application", "disabled", disabledKey.Reveal()},
		{"a disabled application with a wrong key", "disabled", key.Reveal()},
		{"a deleted application", "deleted", deletedKey.Reveal()},
		{"a deleted application with a wrong key", "deleted", key.Reveal()},
		{"an expired key", "expired", expiredKey.Reveal()},
		{"an application without a secret key", signer.ClientID, key.Reveal()},
	} {
		m.costs()
		_, err := metered.IssueToken(w.ctx, origin("203.0.113.9"), tried.clientID, tried.secret)
		if !errors.Is(err, access.ErrUnauthenticated) {
			t.Fatalf("%s: %v", tried.what, err)
		}
		if costs := m.costs(); costs != "2 look-ups, 0 writes, 1 comparisons" {
			t.Errorf("%s costs %s, want 2 look-ups, 0 writes, 1 comparisons", tried.what, costs)
		}
	}
}

func (w *world) metered() (*meter, *access.Service) {
	w.t.Helper()
	m := &meter{Repository: w.store}
	s := w.newService(m)
	access.WatchComparing(s, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.compare++
	})
	w.must(s.PrepareSigningKeys(w.ctx))
	return m, s
}

// TestRefusedAssertionsDoTheSameWork is the same for those who sign. That one
// signature is looked at in any case, package token holds.
func TestRefusedAssertionsDoTheSameWork(t *testing.T) {
	w := newWorld(t)
	_, mine := w.signer("good")
	disabled, disabledPair := w.signer("disabled")
	deleted, deletedPair := w.signer("deleted")
	w.app("secretive", "")
	_, err := w.SetApplicationEnabled(w.ctx, w.admin, disabled.ID, false)
	w.must(err)
	_, err = w.DeleteApplication(w.ctx, w.admin, deleted.ID)
	w.must(err)
	m, metered := w.metered()
	stranger := newPair(t)
	for _, tried := range []struct {
		what string
		auth access.ClientAuth
	}{
		{"an unknown client", stranger.assertion(w, "nobody")},
		{"another's key", stranger.assertion(w, "good")},
		{"an application without public keys", stranger.assertion(w, "secretive")},
		{"a disabled application", disabledPair.assertion(w, "disabled")},
		{"a disabled application with another's key", stranger.assertion(w, "disabled")},
		{"a deleted application", deletedPair.assertion(w, "deleted")},
	} {
		m.costs()
		_, err := metered.Trade(w.ctx, origin("203.0.113.9"), access.TokenRequest{ClientAuth: tried.auth})
		if !errors.Is(err, access.ErrUnauthenticated) {
			t.Fatalf("%s: %v", tried.what, err)
		}
		if costs := m.costs(); costs != "3 look-ups, 0 writes, 0 comparisons" {
			t.Errorf("%s costs %s, want 3 look-ups, 0 writes, 0 comparisons", tried.what, costs)
		}
	}
	late := mine.assertion(w, "good")
	w.clock.move(time.Hour)
	m.costs()
	if _, err := metered.Trade(w.ctx, origin("203.0.113.9"), access.TokenRequest{ClientAuth: late}); !errors.Is(err, access.ErrUnauthenticated) {
		t.Fatal(err)
	}
	if costs := m.costs(); costs != "3 look-ups, 0 writes, 0 comparisons" {
		t.Errorf("an assertion that is too old costs %s: whoever finds one must not fill the store", costs)
	}
}
