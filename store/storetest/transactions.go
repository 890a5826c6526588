package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/access"
)

var errChangedMind = errors.New("changed my mind")

var transactionTests = []namedTest{
	{"an error undoes everything", func(w *world) {
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			a, c := w.newApplication("undone")
			if err := tx.InsertApplication(ctx, a, c); err != nil {
				return err
			}
			if err := tx.AppendEvent(ctx, access.Event{ID: "e1", At: w.now, Action: access.EventCreate, Result: access.Succeeded}); err != nil {
				return err
			}
			if _, err := tx.Application(ctx, a.ID); err != nil {
				w.Errorf("a transaction must see its own changes: %v", err)
			}
			return errChangedMind
		})
		if !errors.Is(err, errChangedMind) {
			w.Fatalf("Write returned %v, want the function's own error", err)
		}
		if _, err := w.ApplicationByClientID(w.ctx, "undone"); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("the application is there (%v)", err)
		}
		if events, err := w.Events(w.ctx, 10); err != nil || len(events) != 0 {
			w.Errorf("the events are %v (%v)", events, err)
		}
	}},
	{"what cannot be recorded does not happen", func(w *world) {
		w.write(func(ctx context.Context, tx access.Tx) error {
			return tx.AppendEvent(ctx, access.Event{ID: "taken", At: w.now, Action: access.EventCreate, Result: access.Succeeded})
		})
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			a, c := w.newApplication("unrecorded")
			if err := tx.InsertApplication(ctx, a, c); err != nil {
				return err
			}
			return tx.AppendEvent(ctx, access.Event{ID: "taken", At: w.now, Action: access.EventCreate, Result: access.Succeeded})
		})
		if !errors.Is(err, access.ErrConflict) {
			w.Errorf("the second event of one id: %v, want ErrConflict", err)
		}
		if _, err := w.ApplicationByClientID(w.ctx, "unrecorded"); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("the application is there without its event (%v)", err)
		}
	}},
	{"the first error of the engine ends the transaction", func(w *world) {
		w.application("taken")
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			a, c := w.newApplication("taken")
			_ = tx.InsertApplication(ctx, a, c)
			b, c := w.newApplication("free")
			_ = tx.InsertApplication(ctx, b, c)
			return nil
		})
		if !errors.Is(err, access.ErrConflict) {
			w.Errorf("Write returned %v for a transaction that swallowed an error, want ErrConflict", err)
		}
		if _, err := w.ApplicationByClientID(w.ctx, "free"); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("the rest of the transaction took effect (%v)", err)
		}
	}},
	{"what was acknowledged is there after reopening", func(w *world) {
		a := w.application("kept", func(a *access.Application) { a.Description = "äöü \U0001F511" })
		w.ok(w.Close())
		got, err := w.open(w.T).Application(w.ctx, a.ID)
		w.ok(err)
		if got.Description != a.Description || !got.CreatedAt.Equal(a.CreatedAt) {
			w.Errorf("reopened: %+v, want %+v", got, a)
		}
	}},
	{"a change is seen by another process at once", func(w *world) {
		other := w.open(w.T)
		a := w.application("shared")
		w.ok(other.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			a.Enabled = false
			return tx.UpdateApplication(ctx, a)
		}))
		if c, err := w.Credential(w.ctx, "shared"); err != nil || c.Enabled {
			w.Errorf("the first process sees enabled=%v (%v)", c.Enabled, err)
		}
	}},
	{"writers at the same time", func(w *world) {
		const writers, each = 8, 25
		stores := []Store{w.Store, w.open(w.T)}
		var failed atomic.Int64
		inParallel(writers, func(writer int) {
			for i := range each {
				name := fmt.Sprintf("w%d-%02d", writer, i)
				err := stores[writer%2].Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
					a := access.Application{ID: name, Name: name, ClientID: name, ScopeID: access.TenantNodeID, ScopePath: access.TenantPath, Enabled: true}
					if err := tx.InsertApplication(ctx, a, access.Credential{Generation: 1}); err != nil {
						return err
					}
					if i%5 == 4 {
						return errChangedMind
					}
					return nil
				})
				if errors.Is(err, errChangedMind) {
					failed.Add(1)
				} else if err != nil {
					w.Error(err)
				}
			}
		})
		n := w.count(w.everywhere(access.List{}))
		if n != writers*each*4/5 || failed.Load() != writers*each/5 {
			w.Errorf("%d applications are there and %d writes failed, want %d and %d", n, failed.Load(), writers*each*4/5, writers*each/5)
		}
	}},
	{"those who fail leave no gap in the log, before others or after them", func(w *world) {
		const writers = 12
		gate := make(chan struct{})
		inParallel(writers+1, func(writer int) {
			if writer == writers { // lets the first one go once others have come
				close(gate)
				return
			}
			err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				<-gate
				e := access.Event{ID: fmt.Sprintf("e%02d", writer), At: w.now, Action: access.EventCreate, Result: access.Succeeded}
				if err := tx.AppendEvent(ctx, e); err != nil {
					return err
				}
				if writer%3 == 0 {
					return errChangedMind
				}
				return nil
			})
			if failed := errors.Is(err, errChangedMind); failed != (writer%3 == 0) || err != nil && !failed {
				w.Error(err)
			}
		})
		check, err := w.VerifyEvents(w.ctx, access.LogHead{})
		w.ok(err)
		if check.Fault != nil || check.Head.Position != writers*2/3 {
			w.Errorf("the log is %+v, want %d events in their chain", check, writers*2/3)
		}
	}},
	{"check and act are one", func(w *world) {
		// Ten processes' worth of "if nobody is there yet, I am": one wins.
		stores := []Store{w.Store, w.open(w.T)}
		var won atomic.Int64
		inParallel(10, func(i int) {
			err := stores[i%2].Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				users, err := tx.Users(ctx)
				if err != nil || len(users) > 0 {
					return errors.Join(err, errChangedMind)
				}
				name := fmt.Sprintf("admin%d", i)
				return tx.InsertUser(ctx, access.User{ID: name, Email: name + "@example.com"}, "hash")
			})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, errChangedMind) {
				w.Error(err)
			}
		})
		if won.Load() != 1 {
			w.Errorf("%d won, want 1", won.Load())
		}
	}},
	{"a panic unwinds at its own place and leaves nothing", func(w *world) {
		func() {
			defer func() {
				if got := recover(); got != "ouch" {
					w.Errorf("recovered %v, want the panic of the function", got)
				}
			}()
			_ = w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				a, c := w.newApplication("half-done")
				if err := tx.InsertApplication(ctx, a, c); err != nil {
					return err
				}
				panic("ouch")
			})
		}()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = w.Write(w.ctx, func(context.Context, access.Tx) error {
				runtime.Goexit()
				return nil
			})
		}()
		<-ended
		w.application("afterwards")
		if got := w.names(w.everywhere(access.List{})); len(got) != 1 {
			w.Errorf("there are %v, want afterwards alone", got)
		}
	}},
	{"a transaction within a transaction is an error and no deadlock", func(w *world) {
		w.write(func(ctx context.Context, _ access.Tx) error {
			if err := w.Write(ctx, func(context.Context, access.Tx) error { return nil }); err == nil {
				w.Error("a Write within a Write succeeded")
			}
			return nil
		})
	}},
	{"a context that ended keeps the function from running", func(w *world) {
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		err := w.Write(ctx, func(context.Context, access.Tx) error {
			w.Error("the function ran")
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			w.Errorf("Write returned %v, want context.Canceled", err)
		}
	}},
	{"a context that ends halfway harms nobody else", func(w *world) {
		ctx, cancel := context.WithCancel(w.ctx)
		err := w.Write(ctx, func(ctx context.Context, tx access.Tx) error {
			cancel()
			a, c := w.newApplication("begun")
			return tx.InsertApplication(ctx, a, c)
		})
		_, missing := w.ApplicationByClientID(w.ctx, "begun")
		if (err == nil) != (missing == nil) {
			w.Errorf("Write returned %v, and reading back %v: the two must agree", err, missing)
		}
		w.application("next")
	}},
	{"events come newest first and whole", func(w *world) {
		e := access.Event{
			ID: "e2", At: w.now, Action: access.EventUpdate, Result: access.Failed,
			Subject:    access.Subject{Type: access.SubjectUser, ID: "u1", Name: "ann@example.com"},
			EntityType: "application", EntityID: "a1", EntityName: "ci",
			Origin:   access.Origin{SourceIP: "2001:db8::1", UserAgent: "curl/8", HTTPMethod: "POST", URL: "/applications", RequestID: "r1"},
			Metadata: map[string]string{"before.enabled": "true", "reason": "\"quoted\" \\ ü"},
		}
		w.write(func(ctx context.Context, tx access.Tx) error {
			older := access.Event{ID: "e1", At: w.now.Add(-time.Second), Action: access.EventCreate, Result: access.Succeeded}
			return errors.Join(tx.AppendEvent(ctx, older), tx.AppendEvent(ctx, e))
		})
		events, err := w.Events(w.ctx, 1)
		w.ok(err)
		if len(events) != 1 || !reflect.DeepEqual(events[0], e) {
			w.Errorf("got %+v, want %+v", events, e)
		}
	}},
}

// inParallel runs fn n times at once and waits for all.
func inParallel(n int, fn func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { fn(i) })
	}
	group.Wait()
}
