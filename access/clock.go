package access

import (
	"context"
	"fmt"
	"time"
)

// sanityBegins is before this program was written. A clock that shows less is
// wrong, and would make tokens that are long expired.
const sanityBegins = 1577836800 // 2020-01-01T00:00:00Z

// clockLeeway is how far the clocks of replicas may differ.
const clockLeeway = time.Minute

// checkClockAt refuses to sign by a clock that cannot be right: a token made
// before the key that signs it was would be refused, or be good for far too long,
// somewhere else.
func checkClockAt(now, keySince time.Time) error {
	if now.Unix() < sanityBegins {
		return fmt.Errorf("the clock shows %s: %w", now.Format(time.RFC3339), ErrUnavailable)
	}
	if now.Add(clockLeeway).Before(keySince) {
		return clockBefore(now, keySince)
	}
	return nil
}

func clockBefore(now, keySince time.Time) error {
	return fmt.Errorf("the clock shows %s, which is before the signing key was made (%s): set the clock: %w",
		now.Format(time.RFC3339), keySince.Format(time.RFC3339), ErrUnavailable)
}

// checkClock compares the clock with the newest event: time does not go back. It
// is told and not more, because a clock that was wrong then may be right now.
func (s *Service) checkClock(ctx context.Context) {
	newest, err := s.repo.Events(ctx, 1)
	if err != nil || len(newest) == 0 {
		return // whatever is wrong with the store is told where it is needed
	}
	if now := s.now(); now.Add(clockLeeway).Before(newest[0].At) {
		s.cfg.Log.ErrorContext(ctx, "the system clock is behind the newest event of the audit log: set the clock, or tokens and events have wrong times",
			"clock", now.Format(time.RFC3339), "newestEvent", newest[0].At.Format(time.RFC3339))
	}
}
