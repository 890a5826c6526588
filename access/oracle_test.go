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

// meter counts what a refusal makes the store do, in look-ups of one row.
type meter struct {
	access.Repository
	mu              sync.Mutex
	lookups, writes int
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

	m := &meter{Repository: w.store}
	metered := w.newService(m)
	w.must(metered.PrepareSigningKeys(w.ctx))
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
	} {
		m.lookups, m.writes = 0, 0
		_, err := metered.IssueToken(w.ctx, origin("203.0.113.9"), tried.clientID, tried.secret)
		if !errors.Is(err, access.ErrUnauthenticated) {
			t.Fatalf("%s: %v", tried.what, err)
		}
		if work := fmt.Sprintf("%d look-ups, %d writes", m.lookups, m.writes); work != "2 look-ups, 0 writes" {
			t.Errorf("%s costs %s, want 2 look-ups, 0 writes", tried.what, work)
		}
	}
}
