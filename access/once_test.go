package access_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/access"
)

// asked counts how often something was done.
type asked struct{ times atomic.Int32 }

func (a *asked) answer(text string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { a.times.Add(1); return []byte(text), nil }
}

func TestALostAnswerCanBeAskedForAgain(t *testing.T) {
	w := newWorld(t)
	var done asked
	first, replayed, err := w.Once(w.ctx, w.admin, "key-1", []byte("request"), done.answer("the secret"))
	if err != nil || replayed || string(first) != "the secret" {
		t.Fatalf("first: %q %v %v", first, replayed, err)
	}
	w.clock.move(9 * time.Minute)
	again, replayed, err := w.Once(w.ctx, w.admin, "key-1", []byte("request"), done.answer("another"))
	if err != nil || !replayed || string(again) != "the secret" || done.times.Load() != 1 {
		t.Errorf("again: %q %v %v, done %d times", again, replayed, err, done.times.Load())
	}

	_, _, err = w.Once(w.ctx, w.admin, "key-1", []byte("another request"), done.answer("another"))
	wantInvalid(t, err, "Idempotency-Key")
	other, replayed, err := w.Once(w.ctx, w.user("bob@example.com", viewer, ""), "key-1", []byte("request"), done.answer("bob's"))
	if err != nil || replayed || string(other) != "bob's" {
		t.Errorf("another caller with that key: %q %v %v", other, replayed, err)
	}

	w.clock.move(2 * time.Minute)
	_, _, err = w.Once(w.ctx, w.admin, "key-1", []byte("request"), done.answer("another"))
	wantConflict(t, err, "Idempotency-Key")
	if done.times.Load() != 2 {
		t.Errorf("done %d times, want once for each caller", done.times.Load())
	}
	w.clock.move(25 * time.Hour)
	_, replayed, err = w.Once(w.ctx, w.admin, "key-1", []byte("request"), done.answer("anew"))
	if err != nil || replayed {
		t.Errorf("a day later: %v %v", replayed, err)
	}
}

func TestAKeptAnswerIsSealed(t *testing.T) {
	w := newWorld(t)
	var done asked
	_, _, err := w.Once(w.ctx, w.admin, "key-1", nil, done.answer("lk_very_secret_indeed"))
	w.must(err)
	w.must(w.store.Close())
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(w.file + suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "lk_very_secret") {
			t.Errorf("the database%s holds the answer as it is", suffix)
		}
	}
}

func TestWhatFailedCanBeTriedAgainWithTheSameKey(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.Once(w.ctx, w.admin, "key-1", nil, func(context.Context) ([]byte, error) { return nil, access.ErrUnavailable })
	wantError(t, err, access.ErrUnavailable)
	var done asked
	_, replayed, err := w.Once(w.ctx, w.admin, "key-1", nil, done.answer("made"))
	if err != nil || replayed || done.times.Load() != 1 {
		t.Errorf("again: %v %v, done %d times", replayed, err, done.times.Load())
	}
}

// The client that loses the connection is the one that will ask again.
func TestTheAnswerIsKeptForAClientThatLeft(t *testing.T) {
	w := newWorld(t)
	ctx, leave := context.WithCancel(w.ctx)
	_, _, err := w.Once(ctx, w.admin, "key-1", nil, func(context.Context) ([]byte, error) { leave(); return []byte("made"), nil })
	w.must(err)
	var done asked
	got, replayed, err := w.Once(w.ctx, w.admin, "key-1", nil, done.answer("again"))
	if err != nil || !replayed || string(got) != "made" {
		t.Errorf("got %q %v %v", got, replayed, err)
	}
}

func TestAKeyIsUsedByOneAtATime(t *testing.T) {
	w := newWorld(t)
	var done asked
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			_, _, err := w.Once(w.ctx, w.admin, "key-1", nil, done.answer("made"))
			if err != nil && !errors.Is(err, access.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if done.times.Load() != 1 {
		t.Errorf("done %d times, want once", done.times.Load())
	}
}

func TestARequestThatWasBrokenOffIsNotDoneAgain(t *testing.T) {
	w := newWorld(t)
	var inside error
	_, _, err := w.Once(w.ctx, w.admin, "key-1", nil, func(ctx context.Context) ([]byte, error) {
		// Meanwhile the client has lost patience, and asks again; later on, anew.
		_, _, inside = w.Once(w.ctx, w.admin, "key-1", nil, nil)
		wantConflict(t, inside, "Idempotency-Key")
		w.clock.move(2 * time.Minute)
		_, _, inside = w.Once(w.ctx, w.admin, "key-1", nil, nil)
		return []byte("made"), nil
	})
	w.must(err)
	if !errors.Is(inside, access.ErrConflict) || !strings.Contains(inside.Error(), "broken off") {
		t.Errorf("two minutes later: %v, want that it was broken off", inside)
	}
}

func TestOnceKeys(t *testing.T) {
	w := newWorld(t)
	for _, bad := range []string{"", " ", "ü", "a\x00", "a b", strings.Repeat("x", 256)} {
		_, _, err := w.Once(w.ctx, w.admin, bad, nil, nil)
		wantInvalid(t, err, "Idempotency-Key")
	}
}
