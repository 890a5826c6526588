package store

import (
	"context"
	"time"

	"latchkey/access"
)

const selectSessions = `SELECT id_hash, user_id, data, created_at, last_seen_at, expires_at, source_ip, user_agent FROM sessions`

func scanSession(r row) (access.Session, error) {
	var s access.Session
	err := r.Scan(hash{&s.IDHash}, &s.UserID, &s.Data, stamp{&s.CreatedAt}, stamp{&s.LastSeenAt}, stamp{&s.ExpiresAt},
		&s.SourceIP, &s.UserAgent)
	return s, err
}

// Session finds a session by the hash of its id, expired or not.
func (s *Store) Session(ctx context.Context, idHash [32]byte) (access.Session, error) {
	if s.dialect.brief() {
		ctx = context.WithoutCancel(ctx)
	}
	return one(ctx, s.reader, scanSession, selectSessions+` WHERE id_hash = $1`, idHash[:])
}

// SessionsOf are the sign-ins of a user, ended ones included, the newest first.
func (r reader) SessionsOf(ctx context.Context, userID string) ([]access.Session, error) {
	return all(ctx, r, scanSession, selectSessions+` WHERE user_id = $1 ORDER BY created_at DESC, id_hash`, userID)
}

// SaveSession makes or replaces a session. When and from where it was begun
// stays as it was.
func (s *Store) SaveSession(ctx context.Context, session access.Session) error {
	return s.change(ctx, `INSERT INTO sessions (id_hash, user_id, data, created_at, last_seen_at, expires_at, source_ip, user_agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id_hash) DO UPDATE SET user_id = excluded.user_id, data = excluded.data,
			last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at`,
		session.IDHash[:], session.UserID, notNil(session.Data),
		micros(session.CreatedAt), micros(session.LastSeenAt), micros(session.ExpiresAt),
		session.SourceIP, session.UserAgent)
}

// TouchSession notes when a session was last seen; one that is not there is no
// error, and stays away.
func (s *Store) TouchSession(ctx context.Context, idHash [32]byte, seen time.Time) error {
	return s.change(ctx, `UPDATE sessions SET last_seen_at = $2 WHERE id_hash = $1`, idHash[:], micros(seen))
}

// DeleteSession forgets a session; one that is not there is no error.
func (s *Store) DeleteSession(ctx context.Context, idHash [32]byte) error {
	return s.change(ctx, `DELETE FROM sessions WHERE id_hash = $1`, idHash[:])
}

// DeleteExpiredSessions forgets those last seen before idleBefore and those
// whose absolute end has come.
func (s *Store) DeleteExpiredSessions(ctx context.Context, idleBefore, now time.Time) error {
	return s.change(ctx, `DELETE FROM sessions WHERE last_seen_at < $1 OR expires_at <= $2`, micros(idleBefore), micros(now))
}

// change runs one statement as a transaction of its own.
func (s *Store) change(ctx context.Context, statement string, args ...any) error {
	return s.Write(ctx, func(ctx context.Context, tx access.Tx) error {
		_, err := tx.(transaction).change(ctx, statement, args...)
		return err
	})
}

// notNil: a nil slice would be NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
