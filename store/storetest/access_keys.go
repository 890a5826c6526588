package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"latchkey/access"
)

// accessKey makes one for a user.
func (w *world) accessKey(owner access.User, name string) access.AccessKey {
	w.Helper()
	k, c := w.newAccessKey(owner, name)
	w.write(func(ctx context.Context, tx access.Tx) error { return tx.InsertAccessKey(ctx, k, c) })
	return k
}

func (w *world) newAccessKey(owner access.User, name string) (access.AccessKey, access.Credential) {
	w.made++
	w.now = w.now.Add(time.Second)
	k := access.AccessKey{
		ID: fmt.Sprintf("key-%04d", w.made), Name: name, ClientID: fmt.Sprintf("%s%04d", access.AccessKeyClientPrefix, w.made),
		Owner: access.Subject{Type: access.SubjectUser, ID: owner.ID, Name: owner.Email}, EndsIn: "abcd", Generation: 1,
		CreatedAt: w.now, UpdatedAt: w.now,
	}
	return k, access.Credential{KeyHash: hashOf(k.ID)}
}

var accessKeyTests = []namedTest{
	{"an access key comes back, by its client id as a credential of its owner", func(w *world) {
		ann := w.user("ann@example.com")
		k := w.accessKey(ann, "laptop")
		if got, err := w.AccessKey(w.ctx, k.ID); err != nil || !reflect.DeepEqual(got, k) {
			w.Errorf("got %+v (%v), want %+v", got, err, k)
		}
		want := access.Credential{
			ApplicationID: k.ID, ClientID: k.ClientID, KeyHash: hashOf(k.ID), Generation: 1, Enabled: true, Owner: k.Owner,
		}
		if got, err := w.Credential(w.ctx, k.ClientID); err != nil || !reflect.DeepEqual(got, want) {
			w.Errorf("got %+v (%v), want %+v", got, err, want)
		}
		if got, err := w.Credential(w.ctx, k.ID); err != nil || !reflect.DeepEqual(got, want) {
			w.Errorf("by its id: got %+v (%v), want %+v", got, err, want)
		}
		for _, unknown := range []string{access.AccessKeyClientPrefix + "nobody", access.AccessKeyClientPrefix, k.ID + "x", k.Name} {
			if _, err := w.Credential(w.ctx, unknown); !errors.Is(err, access.ErrNotFound) {
				w.Errorf("%s: %v, want ErrNotFound", unknown, err)
			}
		}
	}},
	{"whose a secret key is", func(w *world) {
		k := w.accessKey(w.user("ann@example.com"), "laptop")
		if got, err := w.AccessKeyByKey(w.ctx, k.EndsIn, hashOf(k.ID)); err != nil || got.ID != k.ID {
			w.Errorf("got %+v (%v), want %s", got, err, k.ID)
		}
		for _, wrong := range []struct{ end, of string }{{"zzzz", k.ID}, {k.EndsIn, "another"}} {
			if _, err := w.AccessKeyByKey(w.ctx, wrong.end, hashOf(wrong.of)); !errors.Is(err, access.ErrNotFound) {
				w.Errorf("%+v: %v, want ErrNotFound", wrong, err)
			}
			if _, err := w.ApplicationByKey(w.ctx, wrong.end, hashOf(wrong.of)); !errors.Is(err, access.ErrNotFound) {
				w.Errorf("%+v: %v, want ErrNotFound", wrong, err)
			}
		}
	}},
	{"a credential is as good as its owner", func(w *world) {
		ann := w.user("ann@example.com")
		k := w.accessKey(ann, "laptop")
		ann.Disabled = true
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateUser(ctx, ann) })
		for _, name := range []string{k.ClientID, k.ID} {
			if got, err := w.Credential(w.ctx, name); err != nil || got.Enabled || got.Deleted {
				w.Errorf("%s of a disabled user: %+v (%v)", name, got, err)
			}
		}
		ann.DeletedAt = w.now
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.UpdateUser(ctx, ann) })
		for _, name := range []string{k.ClientID, k.ID} {
			if got, err := w.Credential(w.ctx, name); err != nil || !got.Deleted {
				w.Errorf("%s of a deleted user: %+v (%v)", name, got, err)
			}
		}
		if _, err := w.AccessKey(w.ctx, k.ID); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("the key of a deleted user: %v, want ErrNotFound", err)
		}
	}},
	{"names are unique per owner", func(w *world) {
		ann, bob := w.user("ann@example.com"), w.user("bob@example.com")
		w.accessKey(ann, "laptop")
		w.accessKey(bob, "laptop")
		err := w.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
			k, c := w.newAccessKey(ann, "laptop")
			return tx.InsertAccessKey(ctx, k, c)
		})
		if !errors.Is(err, access.ErrConflict) {
			w.Errorf("the same name again: %v, want ErrConflict", err)
		}
	}},
	{"selections are exact", func(w *world) {
		ann, bob := w.user("ann@example.com"), w.user("bob@example.com")
		first, second, third := w.accessKey(ann, "b"), w.accessKey(bob, "a"), w.accessKey(ann, "a")
		tests := []struct {
			by   access.AccessKeySelection
			want []access.AccessKey
		}{
			{access.AccessKeySelection{}, []access.AccessKey{first, second, third}},
			{access.AccessKeySelection{OwnerID: ann.ID}, []access.AccessKey{first, third}},
			{access.AccessKeySelection{CreatedBy: "Bob@example.com"}, []access.AccessKey{second}},
			{access.AccessKeySelection{ClientID: third.ClientID}, []access.AccessKey{third}},
			{access.AccessKeySelection{ClientID: third.ClientID, CreatedBy: "bob@example.com"}, nil},
			{access.AccessKeySelection{CreatedBy: "bob"}, nil},
		}
		for _, test := range tests {
			if got, err := w.AccessKeys(w.ctx, test.by); err != nil || !reflect.DeepEqual(got, test.want) {
				w.Errorf("%+v found %+v (%v), want %+v", test.by, got, err, test.want)
			}
		}
	}},
	{"a new secret key is a new generation", func(w *world) {
		k := w.accessKey(w.user("ann@example.com"), "laptop")
		use := access.TokenUse{ApplicationID: k.ID, AccessKey: true, Generation: 1, At: w.now.Add(time.Minute), ExpiresAt: w.now.Add(time.Hour), Tokens: 1}
		w.ok(w.RecordUses(w.ctx, []access.TokenUse{use}, nil))
		k.EndsIn, k.UpdatedAt = "wxyz", w.now.Add(time.Hour)
		w.write(func(ctx context.Context, tx access.Tx) error {
			return tx.ReplaceAccessKey(ctx, k, access.Credential{KeyHash: hashOf("new")})
		})
		got, err := w.Credential(w.ctx, k.ClientID)
		if err != nil || got.Generation != 2 || got.KeyHash != hashOf("new") {
			w.Errorf("got %+v (%v)", got, err)
		}
		use.At = w.now.Add(2 * time.Hour) // of the older key: too late to count
		w.ok(w.RecordUses(w.ctx, []access.TokenUse{use}, nil))
		k.Generation, k.LastLogin = 2, w.now.Add(time.Minute)
		if got, err := w.AccessKey(w.ctx, k.ID); err != nil || !reflect.DeepEqual(got, k) {
			w.Errorf("got %+v (%v), want %+v", got, err, k)
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeleteAccessKey(ctx, k.ID) })
		if _, err := w.Credential(w.ctx, k.ClientID); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("deleted: %v, want ErrNotFound", err)
		}
		for name, change := range map[string]func(context.Context, access.Tx) error{
			"delete":  func(ctx context.Context, tx access.Tx) error { return tx.DeleteAccessKey(ctx, k.ID) },
			"replace": func(ctx context.Context, tx access.Tx) error { return tx.ReplaceAccessKey(ctx, k, access.Credential{}) },
		} {
			if err := w.Write(w.ctx, change); !errors.Is(err, access.ErrNotFound) {
				w.Errorf("%s after that: %v, want ErrNotFound", name, err)
			}
		}
	}},
}

var answerTests = []namedTest{
	{"an answer is asked for by one, and kept", func(w *world) {
		a := access.StoredAnswer{Key: hashOf("key"), Request: hashOf("request"), CreatedAt: w.now}
		stores := []Store{w.Store, w.open(w.T)}
		var won atomic.Int64
		inParallel(6, func(i int) {
			err := stores[i%2].Write(w.ctx, func(ctx context.Context, tx access.Tx) error { return tx.InsertAnswer(ctx, a) })
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, access.ErrConflict) {
				w.Error(err)
			}
		})
		if won.Load() != 1 {
			w.Errorf("%d asked first, want 1", won.Load())
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.SetAnswer(ctx, a.Key, []byte{1, 0, 2}, w.now) })
		got, err := w.Answer(w.ctx, a.Key)
		if err != nil || got.Request != a.Request || !bytes.Equal(got.Sealed, []byte{1, 0, 2}) || !got.AnsweredAt.Equal(w.now) {
			w.Errorf("got %+v (%v)", got, err)
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.DeleteAnswer(ctx, a.Key) })
		if _, err := w.Answer(w.ctx, a.Key); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("deleted: %v, want ErrNotFound", err)
		}
	}},
	{"answers are blotted out first and forgotten later", func(w *world) {
		for name, age := range map[string]time.Duration{"new": 0, "old": time.Hour, "ancient": 48 * time.Hour, "pending": time.Hour} {
			w.write(func(ctx context.Context, tx access.Tx) error {
				a := access.StoredAnswer{Key: hashOf(name), CreatedAt: w.now.Add(-age)}
				if err := tx.InsertAnswer(ctx, a); err != nil || name == "pending" {
					return err
				}
				return tx.SetAnswer(ctx, a.Key, []byte(name), w.now.Add(-age))
			})
		}
		w.write(func(ctx context.Context, tx access.Tx) error {
			return tx.PurgeAnswers(ctx, w.now.Add(-10*time.Minute), w.now.Add(-24*time.Hour))
		})
		for name, want := range map[string]string{"new": "new", "old": "", "pending": ""} {
			if got, err := w.Answer(w.ctx, hashOf(name)); err != nil || string(got.Sealed) != want {
				w.Errorf("%s: %q (%v), want %q", name, got.Sealed, err, want)
			}
		}
		if _, err := w.Answer(w.ctx, hashOf("ancient")); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("ancient: %v, want ErrNotFound", err)
		}
	}},
}
