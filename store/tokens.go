package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/access"
)

// A token is judged by one row, as the token endpoint judges a key: whoever asks
// about tokens asks often.
const (
	isRevoked = `EXISTS (SELECT 1 FROM revoked_tokens r WHERE r.issuer = $2 AND r.token_id = $3)`
	// keyIsGone is of a token that a public key earned; the others name none.
	keyIsGone = `($4 <> '' AND NOT EXISTS (SELECT 1 FROM public_keys p WHERE p.id = $4 AND p.application_id = applications.id))`

	selectTokenState = `SELECT ` + credentialColumns + `, scope_path, ` + isRevoked + `, ` +
		grantsOfStart + string(access.SubjectApplication) + `' AND r.subject_id = applications.id` + grantsOfEnd + `, ` + keyIsGone + `
		FROM applications WHERE client_id = $1 AND deleted_at = 0`
	selectOwnedTokenState = `SELECT ` + ownedCredentialColumns + `, ` + isRevoked + `, ` +
		grantsOfStart + string(access.SubjectUser) + `' AND r.subject_id = u.id` + grantsOfEnd + ownedCredentials

	// Between these two stand the type and the id of a subject: all its grants as
	// one text, so that they come with the row and cost no look-up of their own.
	grantsOfStart = `(SELECT string_agg(r.id || ' ' || r.role_id || ' ' || s.path, ',')
		FROM rules r JOIN scopes s ON s.id = r.scope_id WHERE r.deleted_at = 0 AND r.subject_type = '`
	grantsOfEnd = `)`
)

// TokenState finds by the client id alone: a token names no other.
func (r reader) TokenState(ctx context.Context, clientID string, id access.TokenID, publicKey string) (access.TokenState, error) {
	if r.dialect.brief() {
		ctx = context.WithoutCancel(ctx)
	}
	if strings.HasPrefix(clientID, access.AccessKeyClientPrefix) {
		return one(ctx, r, scanOwnedTokenState, selectOwnedTokenState, clientID, id.Issuer, id.ID)
	}
	return one(ctx, r, scanTokenState, selectTokenState, clientID, id.Issuer, id.ID, publicKey)
}

func scanTokenState(r row) (access.TokenState, error) {
	var s access.TokenState
	var deletedAt time.Time
	err := r.Scan(append(credentialFields(&s.Credential, &deletedAt), &s.ScopePath, &s.Revoked, grantList{&s.Grants}, &s.KeyGone)...)
	return s, err
}

func scanOwnedTokenState(r row) (s access.TokenState, err error) {
	s.Credential, err = scanOwned(r, &s.Revoked, grantList{&s.Grants})
	return s, err
}

// grantList scans the text of grants, in the order of their rules.
type grantList struct{ into *[]access.Grant }

func (g grantList) Scan(value any) error {
	if value == nil {
		return nil
	}
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("grants come as %T, want string", value)
	}
	for part := range strings.SplitSeq(text, ",") {
		grant, err := parseGrant(part)
		if err != nil {
			return err
		}
		*g.into = append(*g.into, grant)
	}
	slices.SortFunc(*g.into, func(a, b access.Grant) int { return cmp.Compare(a.RuleID, b.RuleID) })
	return nil
}

func parseGrant(text string) (access.Grant, error) {
	rule, rest, _ := strings.Cut(text, " ")
	role, path, _ := strings.Cut(rest, " ")
	ruleID, err := strconv.ParseInt(rule, 10, 32)
	if err != nil {
		return access.Grant{}, fmt.Errorf("read a grant: %w", err)
	}
	roleID, err := strconv.ParseInt(role, 10, 32)
	if err != nil {
		return access.Grant{}, fmt.Errorf("read a grant: %w", err)
	}
	return access.Grant{RuleID: int32(ruleID), RoleID: int32(roleID), Path: access.ScopePath(path)}, nil
}

func (r reader) TokenRevoked(ctx context.Context, id access.TokenID) (bool, error) {
	n, err := one(ctx, r, scanCount, `SELECT count(*) FROM revoked_tokens WHERE issuer = $1 AND token_id = $2`, id.Issuer, id.ID)
	return n > 0, err
}

func (r reader) CountRevoked(ctx context.Context, clientID string, now time.Time) (int, error) {
	return one(ctx, r, scanCount, `SELECT count(*) FROM revoked_tokens WHERE client_id = $1 AND expires_at > $2`, clientID, micros(now))
}

func (tx transaction) RevokeToken(ctx context.Context, t access.RevokedToken) (bool, error) {
	n, err := tx.change(ctx, `INSERT INTO revoked_tokens (issuer, token_id, client_id, expires_at)
		VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, token_id) DO NOTHING`, t.Issuer, t.ID, t.ClientID, micros(t.ExpiresAt))
	return n > 0, err
}

func (tx transaction) UseAssertion(ctx context.Context, hash [32]byte, expiresAt time.Time) error {
	n, err := tx.change(ctx, `INSERT INTO used_assertions (assertion, expires_at)
		VALUES ($1, $2) ON CONFLICT (assertion) DO NOTHING`, hash[:], micros(expiresAt))
	if err == nil && n == 0 {
		return fmt.Errorf("the assertion was used before: %w", access.ErrConflict)
	}
	return err
}

func (tx transaction) PurgeTokens(ctx context.Context, now time.Time) error {
	if _, err := tx.change(ctx, `DELETE FROM revoked_tokens WHERE expires_at <= $1`, micros(now)); err != nil {
		return err
	}
	_, err := tx.change(ctx, `DELETE FROM used_assertions WHERE expires_at <= $1`, micros(now))
	return err
}

func (r reader) PublicKeys(ctx context.Context, applicationID string) ([]access.PublicKey, error) {
	return all(ctx, r, scanPublicKey, `SELECT id, application_id, name, kid, thumbprint, algorithm, jwk, created_by, created_at, last_used
		FROM public_keys WHERE application_id = $1 ORDER BY created_at, id`, applicationID)
}

func scanPublicKey(r row) (access.PublicKey, error) {
	var k access.PublicKey
	err := r.Scan(&k.ID, &k.ApplicationID, &k.Name, &k.KeyID, &k.Thumbprint, &k.Algorithm, &k.JWK, &k.CreatedBy,
		stamp{&k.CreatedAt}, stamp{&k.LastUsed})
	return k, err
}

func (tx transaction) InsertPublicKey(ctx context.Context, k access.PublicKey) error {
	_, err := tx.change(ctx, `INSERT INTO public_keys (id, application_id, name, kid, thumbprint, algorithm, jwk, created_by, created_at, last_used)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		k.ID, k.ApplicationID, k.Name, k.KeyID, k.Thumbprint, k.Algorithm, k.JWK, k.CreatedBy, micros(k.CreatedAt), micros(k.LastUsed))
	return err
}

func (tx transaction) DeletePublicKey(ctx context.Context, applicationID, id string) error {
	return tx.changeOne(ctx, `DELETE FROM public_keys WHERE application_id = $1 AND id = $2`, applicationID, id)
}

func (tx transaction) DeletePublicKeys(ctx context.Context, applicationID string) error {
	_, err := tx.change(ctx, `DELETE FROM public_keys WHERE application_id = $1`, applicationID)
	return err
}
