package store

import (
	"context"
	"time"

	"latchkey/access"
)

// RecordUses adds a second's worth of token uses and failures. Time only moves
// forward, and what an older key did does not count for the present one: two
// processes may report late and out of order.
func (s *Store) RecordUses(ctx context.Context, uses []access.TokenUse, failures []access.Event) error {
	if len(uses) == 0 && len(failures) == 0 {
		return nil
	}
	return s.Write(ctx, func(ctx context.Context, tx access.Tx) error {
		t := tx.(transaction)
		for _, use := range uses {
			if err := t.recordUse(ctx, use); err != nil {
				return err
			}
		}
		for _, failure := range failures {
			if err := t.AppendEvent(ctx, failure); err != nil {
				return err
			}
		}
		return t.forgetGrants(ctx, s.cfg.Now())
	})
}

func (tx transaction) recordUse(ctx context.Context, use access.TokenUse) error {
	if use.AccessKey {
		return tx.recordKeyUse(ctx, use)
	}
	record := tx.recordSecretKeyUse
	if use.PublicKey != "" {
		record = tx.recordPublicKeyUse
	}
	err := record(ctx, use)
	if err != nil || use.Tokens <= 0 {
		return err
	}
	// SELECT, not VALUES: an application that was purged meanwhile is no error.
	_, err = tx.change(ctx, `INSERT INTO token_grants (application_id, generation, expires_at, tokens)
		SELECT id, CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM applications WHERE id = $4
		ON CONFLICT (application_id, generation, expires_at) DO UPDATE SET tokens = token_grants.tokens + excluded.tokens`,
		use.Generation, micros(upToMinute(use.ExpiresAt)), use.Tokens, use.ApplicationID)
	return err
}

func (tx transaction) recordSecretKeyUse(ctx context.Context, use access.TokenUse) error {
	at := micros(use.At)
	_, err := tx.change(ctx, `UPDATE applications SET
			last_login = CASE WHEN last_login < $1 THEN $2 ELSE last_login END,
			key_last_used = CASE WHEN key_last_used < $3 THEN $4 ELSE key_last_used END
		WHERE id = $5 AND generation = $6 AND (last_login < $7 OR key_last_used < $8)`,
		at, at, at, at, use.ApplicationID, use.Generation, at, at)
	return err
}

// recordPublicKeyUse leaves alone when the secret key was last used.
func (tx transaction) recordPublicKeyUse(ctx context.Context, use access.TokenUse) error {
	at := micros(use.At)
	_, err := tx.change(ctx, `UPDATE applications SET last_login = $1 WHERE id = $2 AND generation = $3 AND last_login < $4`,
		at, use.ApplicationID, use.Generation, at)
	if err != nil {
		return err
	}
	_, err = tx.change(ctx, `UPDATE public_keys SET last_used = $1 WHERE id = $2 AND last_used < $3`, at, use.PublicKey, at)
	return err
}

// upToMinute rounds up, so that grants of the same minute share a row and none
// is forgotten before its time.
func upToMinute(t time.Time) time.Time {
	rounded := t.Truncate(time.Minute)
	if rounded.Before(t) {
		rounded = rounded.Add(time.Minute)
	}
	return rounded
}

// forgetGrants removes those that expired, a few at a time.
func (tx transaction) forgetGrants(ctx context.Context, now time.Time) error {
	_, err := tx.change(ctx, `DELETE FROM token_grants WHERE expires_at <= $1`, micros(now))
	return err
}

func (r reader) ActiveTokens(ctx context.Context, applicationID string, now time.Time) (int, error) {
	return one(ctx, r, scanCount, `SELECT CAST(COALESCE(sum(g.tokens), 0) AS BIGINT) FROM applications a
		JOIN token_grants g ON g.application_id = a.id AND g.generation = a.generation
		WHERE a.id = $1 AND g.expires_at > $2`, applicationID, micros(now))
}

func scanCount(r row) (int, error) {
	var n int
	err := r.Scan(&n)
	return n, err
}
