package store

import (
	"context"
	"fmt"
	"time"

	"latchkey/access"
)

func (r reader) Answer(ctx context.Context, key [32]byte) (access.StoredAnswer, error) {
	return one(ctx, r, scanAnswer, `SELECT answer_key, request_hash, sealed, created_at, answered_at FROM answers WHERE answer_key = $1`, key[:])
}

func scanAnswer(r row) (access.StoredAnswer, error) {
	var a access.StoredAnswer
	err := r.Scan(hash{&a.Key}, hash{&a.Request}, &a.Sealed, stamp{&a.CreatedAt}, stamp{&a.AnsweredAt})
	return a, err
}

func (tx transaction) InsertAnswer(ctx context.Context, a access.StoredAnswer) error {
	n, err := tx.change(ctx, `INSERT INTO answers (answer_key, request_hash, sealed, created_at, answered_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (answer_key) DO NOTHING`,
		a.Key[:], a.Request[:], notNil(a.Sealed), micros(a.CreatedAt), micros(a.AnsweredAt))
	if err == nil && n == 0 {
		return fmt.Errorf("the key was used before: %w", access.ErrConflict)
	}
	return err
}

func (tx transaction) SetAnswer(ctx context.Context, key [32]byte, sealed []byte, at time.Time) error {
	return tx.changeOne(ctx, `UPDATE answers SET sealed = $1, answered_at = $2 WHERE answer_key = $3`, notNil(sealed), micros(at), key[:])
}

func (tx transaction) DeleteAnswer(ctx context.Context, key [32]byte) error {
	_, err := tx.change(ctx, `DELETE FROM answers WHERE answer_key = $1`, key[:])
	return err
}

func (tx transaction) PurgeAnswers(ctx context.Context, answeredBefore, madeBefore time.Time) error {
	if _, err := tx.change(ctx, `DELETE FROM answers WHERE created_at < $1`, micros(madeBefore)); err != nil {
		return err
	}
	_, err := tx.change(ctx, `UPDATE answers SET sealed = $1 WHERE answered_at > 0 AND answered_at < $2 AND length(sealed) > 0`,
		[]byte{}, micros(answeredBefore))
	return err
}
