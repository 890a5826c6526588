package store

import (
	"context"
	"errors"
	"time"

	"latchkey/access"
)

// CountSessions counts those that have not reached their end, whether or not they
// were left alone for too long.
func (r reader) CountSessions(ctx context.Context, now time.Time) (int, error) {
	return one(ctx, r, scanCount, `SELECT count(*) FROM sessions WHERE expires_at > $1`, micros(now))
}

// NextKeyExpiry is when the first secret key of a living, enabled application
// expires after now; zero if none does. The index of the list by status has them
// in order.
func (r reader) NextKeyExpiry(ctx context.Context, now time.Time) (time.Time, error) {
	us, err := one(ctx, r, scanCount, `SELECT a.key_expires_at FROM applications a
		WHERE a.deleted_at = 0 AND a.enabled AND a.key_expires_at > $1
			AND `+keyEnd+` > $2
		ORDER BY `+keyEnd+`, a.id LIMIT 1`,
		micros(now), micros(now))
	if errors.Is(err, access.ErrNotFound) {
		return time.Time{}, nil
	}
	return moment(int64(us)), err
}

// Pool is how busy the connections of one kind are.
type Pool struct {
	Name        string // "readers" or "writer"
	Open, InUse int
	Waits       int64 // how often somebody had to wait for one
	WaitTime    time.Duration
}

// Pools are those of the store.
func (s *Store) Pools() []Pool {
	names := [...]string{"writer", "readers"} // in the order of open
	pools := make([]Pool, len(s.pools))
	for i, pool := range s.pools {
		stats := pool.Stats()
		pools[i] = Pool{names[i], stats.OpenConnections, stats.InUse, stats.WaitCount, stats.WaitDuration}
	}
	return pools
}
