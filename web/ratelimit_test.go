package web

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"latchkey/access"
)

// TestLimiterMemoryIsBounded: a flood of names costs no more than the shards
// hold, and still leaves everybody a bucket of their own.
func TestLimiterMemoryIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	l := newLimiter(Rate{PerSecond: 1, Burst: 1}, func() time.Time { return now })
	for i := range 100_000 {
		if err := l.take("client", strconv.Itoa(i)); err != nil {
			t.Fatalf("name %d has no bucket of its own: %v", i, err)
		}
	}
	kept := 0
	for i := range l.shards {
		kept += len(l.shards[i].buckets)
		if len(l.shards[i].buckets) != l.shards[i].recent.Len() {
			t.Errorf("shard %d: %d buckets, %d in order", i, len(l.shards[i].buckets), l.shards[i].recent.Len())
		}
	}
	if most := limiterShards * bucketsPerShard; kept > most {
		t.Errorf("%d buckets are kept, want at most %d", kept, most)
	}
}

func TestLimiterForgetsTheOldestFirst(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	l := newLimiter(Rate{PerSecond: 1, Burst: 1}, func() time.Time { return now })
	busy := func() error { return l.take("busy") }
	if err := busy(); err != nil {
		t.Fatal(err)
	}
	for i := range 50_000 {
		_ = l.take(strconv.Itoa(i))
		if i%100 == 0 && busy() == nil {
			t.Fatalf("after %d other names the busy one was forgotten", i)
		}
	}
}

func TestLimiterTellsHowLong(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	l := newLimiter(Rate{PerSecond: 0.1, Burst: 1}, func() time.Time { return now })
	_ = l.take("x")
	var throttled *access.ThrottledError
	if err := l.take("x"); !errors.As(err, &throttled) || throttled.RetryAfter != 10*time.Second {
		t.Errorf("%v", err)
	}
	now = now.Add(throttled.RetryAfter)
	if err := l.take("x"); err != nil {
		t.Errorf("after waiting as told: %v", err)
	}
}

func TestLimiterParts(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	l := newLimiter(Rate{PerSecond: 1, Burst: 1}, func() time.Time { return now })
	if l.take("ab", "c") != nil || l.take("a", "bc") != nil {
		t.Error("different names share a bucket")
	}
}

func TestLimiterInParallel(t *testing.T) {
	l := newLimiter(Rate{PerSecond: 1, Burst: 100}, func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) })
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		allowed int
	)
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if l.take("one") == nil {
					mu.Lock()
					allowed++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if allowed != 100 {
		t.Errorf("%d were let through, want 100", allowed)
	}
}
