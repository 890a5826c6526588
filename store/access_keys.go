package store

import (
	"context"
	"strings"
	"time"

	"latchkey/access"
)

const selectAccessKeys = `SELECT k.id, k.name, k.client_id, k.owner_id, u.email, k.key_ends_in, k.generation, k.last_login, k.created_at, k.updated_at
	FROM access_keys k JOIN users u ON u.id = k.owner_id WHERE u.deleted_at = 0`

func scanAccessKey(r row) (access.AccessKey, error) {
	k := access.AccessKey{Owner: access.Subject{Type: access.SubjectUser}}
	err := r.Scan(&k.ID, &k.Name, &k.ClientID, &k.Owner.ID, &k.Owner.Name, &k.EndsIn, &k.Generation,
		stamp{&k.LastLogin}, stamp{&k.CreatedAt}, stamp{&k.UpdatedAt})
	return k, err
}

func (r reader) AccessKey(ctx context.Context, id string) (access.AccessKey, error) {
	return one(ctx, r, scanAccessKey, selectAccessKeys+` AND k.id = $1`, id)
}

func (r reader) AccessKeys(ctx context.Context, by access.AccessKeySelection) ([]access.AccessKey, error) {
	args := &arguments{}
	var text strings.Builder
	text.WriteString(selectAccessKeys)
	for _, c := range []struct{ column, value string }{
		{"k.owner_id", by.OwnerID}, {"k.client_id", by.ClientID}, {"u.email_folded", access.Fold(by.CreatedBy)},
	} {
		if c.value != "" {
			text.WriteString(` AND ` + c.column + ` = ` + args.add(c.value))
		}
	}
	text.WriteString(` ORDER BY k.created_at, k.id`)
	return all(ctx, r, scanAccessKey, text.String(), args.values...)
}

const selectAccessKeyByKey = selectAccessKeys + ` AND k.key_ends_in = $1 AND k.key_hash = $2`

// AccessKeyByKey is ApplicationByKey for access keys.
func (r reader) AccessKeyByKey(ctx context.Context, endsIn string, keyHash [32]byte) (access.AccessKey, error) {
	return one(ctx, r, scanAccessKey, selectAccessKeyByKey, endsIn, keyHash[:])
}

// selectOwnedCredential: an access key lives as long as its owner does.
const (
	selectOwnedCredential  = `SELECT ` + ownedCredentialColumns + ownedCredentials
	ownedCredentialColumns = `k.id, k.client_id, k.key_hash, k.generation, u.disabled, u.deleted_at, u.id, u.email, ` + presentEpoch
	ownedCredentials       = ` FROM access_keys k JOIN users u ON u.id = k.owner_id WHERE k.client_id = $1`
)

func scanOwnedCredential(r row) (access.Credential, error) { return scanOwned(r) }

// scanOwned reads ownedCredentialColumns, and more columns that follow them.
func scanOwned(r row, more ...any) (access.Credential, error) {
	c := access.Credential{Owner: access.Subject{Type: access.SubjectUser}}
	var disabled bool
	var deletedAt time.Time
	fields := []any{&c.ApplicationID, &c.ClientID, hash{(*[32]byte)(&c.KeyHash)}, &c.Generation, &disabled, stamp{&deletedAt},
		&c.Owner.ID, &c.Owner.Name, &c.Epoch}
	err := r.Scan(append(fields, more...)...)
	c.Enabled, c.Deleted = !disabled, !deletedAt.IsZero()
	return c, err
}

func (tx transaction) InsertAccessKey(ctx context.Context, k access.AccessKey, c access.Credential) error {
	_, err := tx.change(ctx, `INSERT INTO access_keys (id, name, client_id, owner_id, key_hash, key_ends_in, generation,
			last_login, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		k.ID, k.Name, k.ClientID, k.Owner.ID, c.KeyHash[:], k.EndsIn, max(c.Generation, 1),
		micros(k.LastLogin), micros(k.CreatedAt), micros(k.UpdatedAt))
	return err
}

func (tx transaction) ReplaceAccessKey(ctx context.Context, k access.AccessKey, c access.Credential) error {
	return tx.changeOne(ctx, `UPDATE access_keys SET key_hash = $1, key_ends_in = $2, generation = generation + 1, updated_at = $3
		WHERE id = $4`, c.KeyHash[:], k.EndsIn, micros(k.UpdatedAt), k.ID)
}

func (tx transaction) DeleteAccessKey(ctx context.Context, id string) error {
	return tx.changeOne(ctx, `DELETE FROM access_keys WHERE id = $1`, id)
}

// recordKeyUse notes when an access key was last used.
func (tx transaction) recordKeyUse(ctx context.Context, use access.TokenUse) error {
	at := micros(use.At)
	_, err := tx.change(ctx, `UPDATE access_keys SET last_login = $1 WHERE id = $2 AND generation = $3 AND last_login < $4`,
		at, use.ApplicationID, use.Generation, at)
	return err
}
