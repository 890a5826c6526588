package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/access"
)

func (r reader) Setting(ctx context.Context, name string) (string, error) {
	value, err := one(ctx, r, scanText, `SELECT value FROM settings WHERE name = $1`, name)
	if errors.Is(err, access.ErrNotFound) {
		return "", nil
	}
	return value, err
}

func (r reader) Settings(ctx context.Context) (map[string]string, error) {
	type setting struct{ name, value string }
	rows, err := all(ctx, r, func(r row) (s setting, err error) {
		err = r.Scan(&s.name, &s.value)
		return s, err
	}, `SELECT name, value FROM settings`)
	settings := make(map[string]string, len(rows))
	for _, s := range rows {
		settings[s.name] = s.value
	}
	return settings, err
}

func (tx transaction) SetSetting(ctx context.Context, name, value string) error {
	_, err := tx.change(ctx, `INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return err
	}
	return tx.beginEpoch(ctx)
}

// presentEpoch is the EpochSetting, for statements that bring it along.
const presentEpoch = `COALESCE((SELECT value FROM settings WHERE name = '` + access.EpochSetting + `'), '')`

// beginEpoch tells every process that the settings and signing keys it holds
// are no longer those that are stored.
func (tx transaction) beginEpoch(ctx context.Context) error {
	_, err := tx.change(ctx, `INSERT INTO settings (name, value) VALUES ($1, '1')
		ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)`, access.EpochSetting)
	return err
}

func (r reader) FormResult(ctx context.Context, formKey string) (string, error) {
	return one(ctx, r, scanText, `SELECT entity_id FROM forms WHERE form_key = $1`, formKey)
}

// formMemory is how long a form is remembered: nobody sends the same page
// again after that.
const formMemory = 7 * 24 * time.Hour

func (tx transaction) ClaimForm(ctx context.Context, formKey, entityID string, at time.Time) error {
	if _, err := tx.change(ctx, `DELETE FROM forms WHERE created_at < $1`, micros(at.Add(-formMemory))); err != nil {
		return err
	}
	n, err := tx.change(ctx, `INSERT INTO forms (form_key, entity_id, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (form_key) DO NOTHING`, formKey, entityID, micros(at))
	if err == nil && n == 0 {
		return fmt.Errorf("the form was claimed before: %w", access.ErrConflict)
	}
	return err
}
