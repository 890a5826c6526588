package store

import (
	"context"

	"latchkey/access"
)

func scanSigningKey(r row) (access.StoredSigningKey, error) {
	var k access.StoredSigningKey
	err := r.Scan(&k.ID, &k.Algorithm, &k.Sealed, stamp{&k.CreatedAt}, stamp{&k.ActiveFrom}, stamp{&k.RetiredAt}, stamp{&k.WithdrawnAt})
	return k, err
}

func (r reader) SigningKeys(ctx context.Context) ([]access.StoredSigningKey, error) {
	return all(ctx, r, scanSigningKey, `SELECT id, algorithm, sealed, created_at, active_from, retired_at, withdrawn_at
		FROM signing_keys ORDER BY created_at, id`)
}

func (tx transaction) InsertSigningKey(ctx context.Context, k access.StoredSigningKey) error {
	err := tx.changeOne(ctx, `INSERT INTO signing_keys (id, algorithm, sealed, created_at, active_from, retired_at, withdrawn_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		k.ID, k.Algorithm, k.Sealed, micros(k.CreatedAt), micros(k.ActiveFrom), micros(k.RetiredAt), micros(k.WithdrawnAt))
	if err != nil {
		return err
	}
	return tx.beginEpoch(ctx)
}

func (tx transaction) UpdateSigningKey(ctx context.Context, k access.StoredSigningKey) error {
	err := tx.changeOne(ctx, `UPDATE signing_keys SET sealed = $1, active_from = $2, retired_at = $3, withdrawn_at = $4 WHERE id = $5`,
		k.Sealed, micros(k.ActiveFrom), micros(k.RetiredAt), micros(k.WithdrawnAt), k.ID)
	if err != nil {
		return err
	}
	return tx.beginEpoch(ctx)
}
