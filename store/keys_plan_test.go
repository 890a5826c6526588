package store_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
)

// Whose a key is, is found by an index, however many applications live, or wait
// in the bin, and however many access keys there are.
func TestTheOwnerOfAKeyIsFoundByAnIndex(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		s := open(t, url)
		const n = 2_000
		must(t, s.Write(t.Context(), func(ctx context.Context, tx access.Tx) error {
			owner := access.User{ID: "owner", Email: "ann@example.com", Version: 1, Times: access.Times{CreatedAt: present(), UpdatedAt: present()}}
			if err := tx.InsertUser(ctx, owner, "no password"); err != nil {
				return err
			}
			for i := range n {
				if err := insertKeys(ctx, tx, owner, i); err != nil {
					return err
				}
			}
			return nil
		}))
		execBehind(t, e, url, `ANALYZE`)
		plans, err := s.ExplainKeyLookUps(t.Context(), keyEnd(7), keyHash(7))
		must(t, err)
		for i, index := range []string{"applications_key_ends_in", "applications_bin_key", "access_keys_key"} {
			if !strings.Contains(plans[i], index) || strings.Contains(plans[i], "Seq Scan on applications") || strings.Contains(plans[i], "SCAN a") {
				t.Errorf("want it by %s:\n%s", index, plans[i])
			}
		}
		// Of the bin the odd ones are.
		for i, want := range map[int]string{7: "app-7", 8: "app-8"} {
			if app, err := s.ApplicationByKey(t.Context(), keyEnd(i), keyHash(i)); err != nil || app.ID != want {
				t.Errorf("the owner is %+v (%v), want %s", app, err, want)
			}
		}
		if key, err := s.AccessKeyByKey(t.Context(), keyEnd(7), keyHash(7)); err != nil || key.ID != "key-7" {
			t.Errorf("the access key is %+v (%v)", key, err)
		}
	})
}

func keyEnd(i int) string { return fmt.Sprintf("%04d", i) }

func keyHash(i int) (hash [32]byte) {
	binary.BigEndian.PutUint32(hash[:], uint32(i))
	return hash
}

// insertKeys makes an application, every second one in the bin, and an access
// key whose keys have the number i.
func insertKeys(ctx context.Context, tx access.Tx, owner access.User, i int) error {
	times := access.Times{CreatedAt: present(), UpdatedAt: present()}
	app := access.Application{
		ID: fmt.Sprintf("app-%d", i), Name: fmt.Sprintf("app-%d", i), ClientID: fmt.Sprintf("app-%d", i), Version: 1,
		ScopeID: access.TenantNodeID, ScopePath: access.TenantPath, Key: access.KeyFacts{EndsIn: keyEnd(i)}, Times: times,
	}
	if i%2 == 1 {
		app.DeletedAt = present()
	}
	credential := access.Credential{ApplicationID: app.ID, ClientID: app.ClientID, KeyHash: keyHash(i), Generation: 1}
	if err := tx.InsertApplication(ctx, app, credential); err != nil {
		return err
	}
	key := access.AccessKey{
		ID: fmt.Sprintf("key-%d", i), Name: fmt.Sprintf("key %d", i), ClientID: fmt.Sprintf("%s%d", access.AccessKeyClientPrefix, i),
		Owner: access.Subject{Type: access.SubjectUser, ID: owner.ID, Name: owner.Email}, EndsIn: keyEnd(i), CreatedAt: present(), UpdatedAt: present(),
	}
	return tx.InsertAccessKey(ctx, key, credential)
}
