package access_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"latchkey/access"
	"latchkey/store"
)

// crowd opens its gate once so many have asked for a user by e-mail, which is
// the last thing before a password is hashed.
type crowd struct {
	*store.Store
	waiting sync.WaitGroup
	gate    chan struct{}
}

func expect(n int, s *store.Store) *crowd {
	c := &crowd{Store: s, gate: make(chan struct{})}
	c.waiting.Add(n)
	go func() {
		c.waiting.Wait()
		close(c.gate)
	}()
	return c
}

func (c *crowd) UserByEmail(ctx context.Context, email string) (access.User, error) {
	defer c.waiting.Done()
	return c.Store.UserByEmail(ctx, email)
}

// TestACrowdAtTheDoor: five hundred people who sign in at once hash their
// passwords a few at a time, so that the memory of hashing is bounded (security.md
// 25). Nobody's hash is finished before all have come, so that all could be at it.
func TestACrowdAtTheDoor(t *testing.T) {
	const people = 500
	w := newWorld(t)
	door := expect(people, w.store)
	service := w.newService(door)
	var hashing, most, hashed atomic.Int64
	access.WatchHashing(service, func() {
		for n := hashing.Add(1); ; {
			if seen := most.Load(); n <= seen || most.CompareAndSwap(seen, n) {
				break
			}
		}
		<-door.gate
	}, func() {
		hashing.Add(-1)
		hashed.Add(1)
	})
	var group sync.WaitGroup
	for i := range people {
		group.Go(func() {
			address := fmt.Sprintf("198.51.%d.%d", 100+i/250, i%250)
			_, err := service.SignIn(w.ctx, origin(address), fmt.Sprintf("person-%d@example.com", i), password)
			wantError(t, err, access.ErrUnauthenticated)
		})
	}
	group.Wait()
	if hashed.Load() != people {
		t.Errorf("%d passwords were hashed, want %d", hashed.Load(), people)
	}
	if most.Load() < 1 || most.Load() > access.MaxHashers {
		t.Errorf("%d were hashed at once, want at most %d", most.Load(), access.MaxHashers)
	}
}
