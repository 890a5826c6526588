package storetest

import (
	"context"
	"errors"
	"reflect"
	"time"

	"latchkey/access"
)

var applicationTests = []namedTest{
	{"everything that goes in comes out", func(w *world) {
		a, c := w.newApplication("complete")
		a.Description = "Deploys \"web\"\nto 50% of ünïcode_hosts!"
		a.TokenLifetime = 15 * time.Minute
		a.LastLogin = w.now.Add(-time.Hour)
		a.Key = access.KeyFacts{EndsIn: "aB3x", CreatedAt: w.now, ExpiresAt: w.now.Add(time.Hour), LastUsed: w.now.Add(-time.Minute)}
		c.Generation, c.KeyExpiresAt, c.TokenLifetime = 7, a.Key.ExpiresAt, a.TokenLifetime
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.InsertApplication(ctx, a, c) })

		if got := w.get(a.ID); !reflect.DeepEqual(got, a) {
			w.Errorf("by id: %+v, want %+v", got, a)
		}
		if got, err := w.ApplicationByClientID(w.ctx, a.ClientID); err != nil || !reflect.DeepEqual(got, a) {
			w.Errorf("by client id: %+v (%v), want %+v", got, err, a)
		}
		if got, err := w.Credential(w.ctx, a.ClientID); err != nil || !reflect.DeepEqual(got, c) {
			w.Errorf("credential: %+v (%v), want %+v", got, err, c)
		}
		if got, err := w.Credential(w.ctx, a.ID); err != nil || !reflect.DeepEqual(got, c) {
			w.Errorf("credential by id: %+v (%v), want %+v", got, err, c)
		}
	}},
	{"what is not there is not found", func(w *world) {
		_, byID := w.Application(w.ctx, "nobody")
		_, byClientID := w.ApplicationByClientID(w.ctx, "nobody")
		_, credential := w.Credential(w.ctx, "nobody")
		var update, replace error
		a, c := w.newApplication("nobody")
		_ = w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			update, replace = tx.UpdateApplication(ctx, a), tx.ReplaceKey(ctx, a, c)
			return nil
		})
		for what, err := range map[string]error{"by id": byID, "by client id": byClientID, "credential": credential, "update": update, "replace": replace} {
			if !errors.Is(err, access.ErrNotFound) {
				w.Errorf("%s: %v, want ErrNotFound", what, err)
			}
		}
	}},
	{"an id that no engine would make is a client's mistake", func(w *world) {
		for _, id := range []string{"a\x00b", "\xff\xfe", "' OR 1=1 --", ""} {
			_, err := w.Application(w.ctx, id)
			if !errors.Is(err, access.ErrNotFound) && !errors.Is(err, access.ErrInvalid) {
				w.Errorf("Application(%q): %v, want ErrNotFound or ErrInvalid", id, err)
			}
		}
	}},
	{"names are unique among the living", func(w *world) {
		a := w.application("taken")
		insert := func(ctx context.Context, tx access.Tx) error {
			b, c := w.newApplication("taken")
			return tx.InsertApplication(ctx, b, c)
		}
		if err := w.Write(w.ctx, insert); !errors.Is(err, access.ErrConflict) {
			w.Fatalf("a second one of the name: %v, want ErrConflict", err)
		}
		a.DeletedAt = w.now
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, a) })
		w.write(insert) // the bin gave the name back
		a.DeletedAt, a.Version = time.Time{}, 2
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, a) })
		if !errors.Is(err, access.ErrConflict) {
			w.Errorf("restoring while the name is taken: %v, want ErrConflict", err)
		}
	}},
	{"of several of a name the living one answers", func(w *world) {
		for i := range 3 {
			a := w.application("again", func(a *access.Application) { a.CreatedAt = w.now.Add(time.Duration(i)) })
			a.DeletedAt = w.now.Add(time.Duration(i) * time.Hour)
			w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, a) })
		}
		last, err := w.Credential(w.ctx, "again")
		if err != nil || !last.Deleted || last.ApplicationID != "app-0003" {
			w.Errorf("all deleted: %+v (%v), want the last deleted", last, err)
		}
		living := w.application("again")
		got, err := w.Credential(w.ctx, "again")
		if err != nil || got.Deleted || got.ApplicationID != living.ID {
			w.Errorf("one living: %+v (%v), want %s", got, err, living.ID)
		}
		if old, err := w.Credential(w.ctx, "app-0001"); err != nil || !old.Deleted {
			w.Errorf("by id: %+v (%v), want the deleted one", old, err)
		}
	}},
	{"an update needs the version that was read", func(w *world) {
		a := w.application("versioned")
		a.Description, a.Enabled, a.TokenLifetime, a.UpdatedAt = "new", false, time.Hour, w.now.Add(time.Minute)
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, a) })
		want := a
		want.Version = 2
		if got := w.get(a.ID); !reflect.DeepEqual(got, want) {
			w.Errorf("got %+v, want %+v", got, want)
		}
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			a.Description = "late"
			return tx.UpdateApplication(ctx, a)
		})
		if !errors.Is(err, access.ErrStale) {
			w.Errorf("an update of version 1: %v, want ErrStale", err)
		}
		if got := w.get(a.ID); got.Description != "new" {
			w.Errorf("the late update took effect: %q", got.Description)
		}
	}},
	{"a new key replaces all that the old one was", func(w *world) {
		a, old := w.newApplication("rotated")
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.InsertApplication(ctx, a, old) })
		w.ok(w.RecordUses(w.ctx, []access.TokenUse{{ApplicationID: a.ID, Generation: 1, At: w.now, ExpiresAt: w.now.Add(time.Hour), Tokens: 1}}, nil))

		a.Key = access.KeyFacts{EndsIn: "zzzz", CreatedAt: w.now.Add(time.Minute), ExpiresAt: w.now.Add(24 * time.Hour)}
		next := access.Credential{KeyHash: old.KeyHash, Generation: 2}
		next.KeyHash[5] = 0x55
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.ReplaceKey(ctx, a, next) })

		got, err := w.Credential(w.ctx, "rotated")
		if err != nil || got.KeyHash != next.KeyHash || got.Generation != 2 || !got.KeyExpiresAt.Equal(a.Key.ExpiresAt) {
			w.Errorf("credential %+v (%v), want the new one", got, err)
		}
		after := w.get(a.ID)
		if !reflect.DeepEqual(after.Key, a.Key) || after.Version <= a.Version || !after.LastLogin.Equal(w.now) {
			w.Errorf("application %+v, want the new key's facts, a later version and the same last login", after)
		}
		if names := w.names(w.everywhere(access.List{Search: "ZZZZ"})); len(names) != 1 {
			w.Errorf("the new key's end is not found: %v", names)
		}
	}},
	{"the bin is emptied with the rules of what was in it", func(w *world) {
		for i, name := range []string{"old", "recent", "living"} {
			a := w.application(name)
			w.rule(a, access.Viewer, w.tenant())
			a = w.get(a.ID)
			if name != "living" {
				a.DeletedAt = w.now.Add(time.Duration(i) * time.Hour)
				w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateApplication(ctx, a) })
			}
			w.ok(w.RecordUses(w.ctx, []access.TokenUse{{ApplicationID: a.ID, Generation: 1, At: w.now, ExpiresAt: w.now.Add(time.Hour), Tokens: 1}}, nil))
		}
		var purged int
		w.write(func(ctx context.Context, tx access.Tx) (err error) {
			purged, err = tx.PurgeApplications(ctx, w.now.Add(time.Minute))
			return err
		})
		if purged != 1 {
			w.Errorf("%d purged, want 1", purged)
		}
		if _, err := w.Application(w.ctx, "app-0001"); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("the purged application: %v, want ErrNotFound", err)
		}
		if rules, err := w.RulesOf(w.ctx, access.Subject{Type: access.SubjectApplication, ID: "app-0001"}); err != nil || len(rules) != 0 {
			w.Errorf("its rules: %v (%v), want none", rules, err)
		}
		if got := w.names(w.everywhere(access.List{Deleted: true})); !reflect.DeepEqual(got, []string{"recent"}) {
			w.Errorf("in the bin: %v, want recent", got)
		}
		if names := w.names(w.everywhere(access.List{Search: "old"})); len(names) != 0 {
			w.Errorf("a search still finds %v", names)
		}
	}},
}
