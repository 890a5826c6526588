package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/access"
)

// applicationColumns are what scanApplication reads, of applications a.
const applicationColumns = `a.id, a.name, a.client_id, a.description, a.scope_id, a.scope_path, a.enabled,
	a.key_ends_in, a.key_created_at, a.key_expires_at, a.key_last_used, a.token_lifetime, a.rule_count,
	a.created_by, a.last_login, a.version, a.created_at, a.updated_at, a.deleted_at`

func scanApplication(r row) (access.Application, error) {
	var a access.Application
	err := r.Scan(applicationFields(&a)...)
	return a, err
}

// applicationFields are where applicationColumns go.
func applicationFields(a *access.Application) []any {
	return []any{&a.ID, &a.Name, &a.ClientID, &a.Description, &a.ScopeID, &a.ScopePath, &a.Enabled,
		&a.Key.EndsIn, stamp{&a.Key.CreatedAt}, stamp{&a.Key.ExpiresAt}, stamp{&a.Key.LastUsed}, &a.TokenLifetime, &a.RuleCount,
		&a.CreatedBy, stamp{&a.LastLogin}, &a.Version, stamp{&a.CreatedAt}, stamp{&a.UpdatedAt}, stamp{&a.DeletedAt}}
}

const (
	storedCredential  = `id, client_id, key_hash, generation, enabled, key_expires_at, token_lifetime, deleted_at`
	credentialColumns = storedCredential + `, ` + presentEpoch
)

func scanCredential(r row) (access.Credential, error) {
	var c access.Credential
	var deletedAt time.Time
	err := r.Scan(credentialFields(&c, &deletedAt)...)
	c.Deleted = !deletedAt.IsZero()
	return c, err
}

// credentialFields are where credentialColumns go.
func credentialFields(c *access.Credential, deletedAt *time.Time) []any {
	return []any{&c.ApplicationID, &c.ClientID, hash{(*[32]byte)(&c.KeyHash)}, &c.Generation, &c.Enabled,
		stamp{&c.KeyExpiresAt}, &c.TokenLifetime, stamp{deletedAt}, &c.Epoch}
}

// The client id of a living application is the first and nearly always the
// only question; the second is for those who sign in with an id, and for the bin.
// It asks for access keys too, so that all who are not found at once take alike.
const (
	selectLivingCredential = `SELECT ` + credentialColumns + ` FROM applications
		WHERE client_id = $1 AND deleted_at = 0`
	selectOtherCredential = `SELECT ` + credentialColumns + `, owner_id, owner_email FROM (
			SELECT ` + storedCredential + `, '' AS owner_id, '' AS owner_email FROM applications
				WHERE id = $1 OR (client_id = $1 AND deleted_at > 0)
			UNION ALL
			SELECT k.id, k.client_id, k.key_hash, k.generation, NOT u.disabled, 0, 0, u.deleted_at, u.id, u.email
				FROM access_keys k JOIN users u ON u.id = k.owner_id WHERE k.id = $1
		) AS others
		ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, deleted_at DESC LIMIT 1`
)

// scanOtherCredential reads a credential that may have an owner.
func scanOtherCredential(r row) (access.Credential, error) {
	var owner access.Subject
	c, err := scanCredential(withMore{r, []any{&owner.ID, &owner.Name}})
	if owner.ID != "" {
		owner.Type = access.SubjectUser
		c.Owner = owner
	}
	return c, err
}

// withMore is a row with more columns than its reader knows of.
type withMore struct {
	row
	more []any
}

func (r withMore) Scan(into ...any) error { return r.row.Scan(append(into, r.more...)...) }

// Credential is the hot path of the token endpoint.
func (r reader) Credential(ctx context.Context, clientIDOrID string) (access.Credential, error) {
	if r.dialect.brief() {
		ctx = context.WithoutCancel(ctx)
	}
	if strings.HasPrefix(clientIDOrID, access.AccessKeyClientPrefix) {
		return one(ctx, r, scanOwnedCredential, selectOwnedCredential, clientIDOrID)
	}
	c, err := one(ctx, r, scanCredential, selectLivingCredential, clientIDOrID)
	if errors.Is(err, access.ErrNotFound) {
		return one(ctx, r, scanOtherCredential, selectOtherCredential, clientIDOrID)
	}
	return c, err
}

// Application finds by id, in the bin too.
func (r reader) Application(ctx context.Context, id string) (access.Application, error) {
	return one(ctx, r, scanApplication, `SELECT `+applicationColumns+` FROM applications a WHERE a.id = $1`, id)
}

// ApplicationByClientID finds a living one.
func (r reader) ApplicationByClientID(ctx context.Context, clientID string) (access.Application, error) {
	return one(ctx, r, scanApplication,
		`SELECT `+applicationColumns+` FROM applications a WHERE a.client_id = $1 AND a.deleted_at = 0`, clientID)
}

// The end of a key comes first: for that there is an index, of the living and of
// the bin, and few end alike.
const (
	selectByKey       = `SELECT ` + applicationColumns + ` FROM applications a WHERE a.key_ends_in = $1 AND a.key_hash = $2 AND a.deleted_at `
	selectLivingByKey = selectByKey + `= 0`
	selectBinnedByKey = selectByKey + `> 0`
)

// ApplicationByKey finds in the bin too.
func (r reader) ApplicationByKey(ctx context.Context, endsIn string, keyHash [32]byte) (access.Application, error) {
	app, err := one(ctx, r, scanApplication, selectLivingByKey, endsIn, keyHash[:])
	if errors.Is(err, access.ErrNotFound) {
		return one(ctx, r, scanApplication, selectBinnedByKey, endsIn, keyHash[:])
	}
	return app, err
}

func (tx transaction) InsertApplication(ctx context.Context, a access.Application, c access.Credential) error {
	_, err := tx.change(ctx, `INSERT INTO applications (id, name, client_id, description, description_folded, description_key,
			scope_id, scope_path, enabled, key_hash, key_ends_in, key_created_at, key_expires_at, key_last_used,
			generation, token_lifetime, created_by, created_by_folded, last_login, search_text, version,
			created_at, updated_at, deleted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		a.ID, a.Name, a.ClientID, a.Description, access.Fold(a.Description), descriptionKey(a.Description),
		a.ScopeID, string(a.ScopePath), a.Enabled, c.KeyHash[:], a.Key.EndsIn, micros(a.Key.CreatedAt), micros(a.Key.ExpiresAt), micros(a.Key.LastUsed),
		max(c.Generation, 1), int64(a.TokenLifetime), a.CreatedBy, access.Fold(a.CreatedBy), micros(a.LastLogin), searchText(a), max(a.Version, 1),
		micros(a.CreatedAt), micros(a.UpdatedAt), micros(a.DeletedAt))
	if index := tx.dialect.indexNew(); err == nil && index != "" {
		_, err = tx.change(ctx, index, a.ID, searchText(a))
	}
	return err
}

func (tx transaction) UpdateApplication(ctx context.Context, a access.Application) error {
	n, err := tx.change(ctx, `UPDATE applications SET description = $1, description_folded = $2, description_key = $3,
			search_text = $4, enabled = $5, token_lifetime = $6, updated_at = $7, deleted_at = $8,
			scope_id = $9, scope_path = $10, version = version + 1
		WHERE id = $11 AND version = $12`,
		a.Description, access.Fold(a.Description), descriptionKey(a.Description),
		searchText(a), a.Enabled, int64(a.TokenLifetime), micros(a.UpdatedAt), micros(a.DeletedAt),
		a.ScopeID, string(a.ScopePath), a.ID, a.Version)
	if err != nil || n == 1 {
		return err
	}
	if _, err := tx.Application(ctx, a.ID); err != nil {
		return err
	}
	return fmt.Errorf("application %s is no longer at version %d: %w", a.ID, a.Version, access.ErrStale)
}

// ReplaceKey forgets the old key altogether: its hash, when it was used, and
// what it left in the search text.
func (tx transaction) ReplaceKey(ctx context.Context, a access.Application, c access.Credential) error {
	return tx.changeOne(ctx, `UPDATE applications SET key_hash = $1, key_ends_in = $2, key_created_at = $3, key_expires_at = $4,
			key_last_used = $5, generation = $6, search_text = $7, updated_at = $8, version = version + 1
		WHERE id = $9`,
		c.KeyHash[:], a.Key.EndsIn, micros(a.Key.CreatedAt), micros(a.Key.ExpiresAt),
		micros(a.Key.LastUsed), c.Generation, searchText(a), micros(a.UpdatedAt), a.ID)
}

func (tx transaction) PurgeApplications(ctx context.Context, deletedBefore time.Time) (int, error) {
	const gone = `deleted_at > 0 AND deleted_at < $1`
	_, err := tx.change(ctx, `DELETE FROM rules WHERE subject_type = 'app'
		AND subject_id IN (SELECT id FROM applications WHERE `+gone+`)`, micros(deletedBefore))
	if err != nil {
		return 0, err
	}
	n, err := tx.change(ctx, `DELETE FROM applications WHERE `+gone, micros(deletedBefore))
	return int(n), err
}

// sortKeyLength is how many characters of a description decide its place: an
// index entry of PostgreSQL has no room for all of them.
const sortKeyLength = 64

func descriptionKey(description string) string {
	folded := []rune(access.Fold(description))
	return string(folded[:min(len(folded), sortKeyLength)])
}

// searchText is what a search looks through: the text that the table can show,
// folded, with a character between the pieces that nobody types, so that no hit
// spans two.
func searchText(a access.Application) string {
	pieces := []string{a.Name}
	for _, text := range []string{a.ClientID, a.Description, a.CreatedBy, a.Key.EndsIn} {
		if text != "" && text != a.Name {
			pieces = append(pieces, text)
		}
	}
	return access.Fold(strings.Join(pieces, "\x1f"))
}
