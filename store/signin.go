package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/access"
)

func (r reader) Throttle(ctx context.Context, key string) (access.Throttle, error) {
	t, err := one(ctx, r, scanThrottle, `SELECT throttle_key, failures, last_failure, blocked_until
		FROM throttles WHERE throttle_key = $1`, key)
	if errors.Is(err, access.ErrNotFound) {
		return access.Throttle{}, nil
	}
	return t, err
}

func scanThrottle(r row) (access.Throttle, error) {
	var t access.Throttle
	err := r.Scan(&t.Key, &t.Failures, stamp{&t.LastFailure}, stamp{&t.BlockedUntil})
	return t, err
}

func (tx transaction) SetThrottle(ctx context.Context, t access.Throttle) error {
	_, err := tx.change(ctx, `INSERT INTO throttles (throttle_key, failures, last_failure, blocked_until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (throttle_key) DO UPDATE SET failures = excluded.failures,
			last_failure = excluded.last_failure, blocked_until = excluded.blocked_until`,
		t.Key, t.Failures, micros(t.LastFailure), micros(t.BlockedUntil))
	return err
}

func (tx transaction) ClearThrottle(ctx context.Context, key string) error {
	_, err := tx.change(ctx, `DELETE FROM throttles WHERE throttle_key = $1`, key)
	return err
}

func (tx transaction) PurgeThrottles(ctx context.Context, lastFailureBefore time.Time) error {
	_, err := tx.change(ctx, `DELETE FROM throttles WHERE last_failure < $1`, micros(lastFailureBefore))
	return err
}

func (r reader) SetupLinks(ctx context.Context) ([]access.SetupLink, error) {
	return all(ctx, r, scanSetupLink, `SELECT hash, created_at, expires_at, used_at FROM setup_links ORDER BY created_at, hash`)
}

func scanSetupLink(r row) (access.SetupLink, error) {
	var l access.SetupLink
	err := r.Scan(hash{&l.Hash}, stamp{&l.CreatedAt}, stamp{&l.ExpiresAt}, stamp{&l.UsedAt})
	return l, err
}

func (tx transaction) InsertSetupLink(ctx context.Context, l access.SetupLink) error {
	_, err := tx.change(ctx, `INSERT INTO setup_links (hash, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4)`,
		l.Hash[:], micros(l.CreatedAt), micros(l.ExpiresAt), micros(l.UsedAt))
	return err
}

func (tx transaction) UseSetupLink(ctx context.Context, hash [32]byte, at time.Time) error {
	n, err := tx.change(ctx, `UPDATE setup_links SET used_at = $1 WHERE hash = $2 AND used_at = 0`, micros(at), hash[:])
	if err != nil || n == 1 {
		return err
	}
	if _, err := one(ctx, tx.reader, scanSetupLink, `SELECT hash, created_at, expires_at, used_at FROM setup_links WHERE hash = $1`, hash[:]); err != nil {
		return err
	}
	return fmt.Errorf("the set-up link was used before: %w", access.ErrConflict)
}
