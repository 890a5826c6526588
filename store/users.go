package store

import (
	"context"
	"time"

	"latchkey/access"
)

// userColumns are what scanUser reads, of users u.
const userColumns = `u.id, u.email, u.disabled, u.last_login, u.created_by, u.must_change_password, u.version,
	u.created_at, u.updated_at, u.deleted_at`

func scanUser(r row) (access.User, error) {
	var u access.User
	err := r.Scan(userFields(&u)...)
	return u, err
}

// userFields are where userColumns go.
func userFields(u *access.User) []any {
	return []any{&u.ID, &u.Email, &u.Disabled, stamp{&u.LastLogin}, &u.CreatedBy, &u.MustChangePassword, &u.Version,
		stamp{&u.CreatedAt}, stamp{&u.UpdatedAt}, stamp{&u.DeletedAt}}
}

func (r reader) User(ctx context.Context, id string) (access.User, error) {
	return one(ctx, r, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND u.deleted_at = 0`, id)
}

func (r reader) UserByEmail(ctx context.Context, email string) (access.User, error) {
	return one(ctx, r, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.email_folded = $1 AND u.deleted_at = 0`, access.Fold(email))
}

func (r reader) Users(ctx context.Context) ([]access.User, error) {
	return all(ctx, r, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.deleted_at = 0 ORDER BY u.email_folded, u.id`)
}

func (r reader) PasswordHash(ctx context.Context, userID string) (string, error) {
	return one(ctx, r, scanText, `SELECT password_hash FROM users WHERE id = $1 AND deleted_at = 0`, userID)
}

func scanText(r row) (string, error) {
	var text string
	err := r.Scan(&text)
	return text, err
}

func (r reader) Preferences(ctx context.Context, userID string) (access.Preferences, error) {
	chosen, err := all(ctx, r, scanPreference, `SELECT name, value FROM user_preferences WHERE user_id = $1`, userID)
	if err != nil {
		return nil, err
	}
	preferences := access.Preferences{}
	for _, p := range chosen {
		preferences[p.name] = p.value
	}
	return preferences, nil
}

type preference struct{ name, value string }

func scanPreference(r row) (preference, error) {
	var p preference
	err := r.Scan(&p.name, &p.value)
	return p, err
}

func (r reader) Administrators(ctx context.Context, roleID int32) ([]access.User, error) {
	return all(ctx, r, scanUser, `SELECT `+userColumns+` FROM users u
		WHERE u.deleted_at = 0 AND NOT u.disabled AND EXISTS (SELECT 1 FROM rules r
			WHERE r.subject_type = 'user' AND r.subject_id = u.id AND r.role_id = $1 AND r.scope_id = $2 AND r.deleted_at = 0)
		ORDER BY u.email_folded, u.id`, roleID, access.TenantNodeID)
}

func (tx transaction) InsertUser(ctx context.Context, u access.User, passwordHash string) error {
	_, err := tx.change(ctx, `INSERT INTO users (id, email, email_folded, password_hash, disabled, must_change_password,
			last_login, created_by, version, created_at, updated_at, deleted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		u.ID, u.Email, access.Fold(u.Email), passwordHash, u.Disabled, u.MustChangePassword,
		micros(u.LastLogin), u.CreatedBy, max(u.Version, 1), micros(u.CreatedAt), micros(u.UpdatedAt), micros(u.DeletedAt))
	return err
}

func (tx transaction) UpdateUser(ctx context.Context, u access.User) error {
	return tx.changeOne(ctx, `UPDATE users SET disabled = $1, must_change_password = $2, last_login = $3,
			updated_at = $4, deleted_at = $5, version = version + 1 WHERE id = $6`,
		u.Disabled, u.MustChangePassword, micros(u.LastLogin), micros(u.UpdatedAt), micros(u.DeletedAt), u.ID)
}

func (tx transaction) SetPasswordHash(ctx context.Context, userID, hash string, at time.Time) error {
	return tx.changeOne(ctx, `UPDATE users SET password_hash = $1, updated_at = $2, version = version + 1
		WHERE id = $3 AND deleted_at = 0`, hash, micros(at), userID)
}

func (tx transaction) SetPreference(ctx context.Context, userID, name, value string) error {
	_, err := tx.change(ctx, `INSERT INTO user_preferences (user_id, name, value) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value`, userID, name, value)
	return err
}

func (tx transaction) EndSession(ctx context.Context, idHash [32]byte) error {
	return tx.changeOne(ctx, `DELETE FROM sessions WHERE id_hash = $1`, idHash[:])
}

func (tx transaction) EndSessions(ctx context.Context, userID string, keep [32]byte) error {
	_, err := tx.change(ctx, `DELETE FROM sessions WHERE user_id = $1 AND id_hash <> $2`, userID, keep[:])
	return err
}
