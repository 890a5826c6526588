package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"
)

// throttleRule is how guessing at one thing is slowed down: some failures are
// free, then each doubles the wait, from a second up to the longest. Failures
// that long ago nobody added to are forgotten.
type throttleRule struct {
	prefix  string
	free    int
	longest time.Duration
}

const throttleMemory = 24 * time.Hour

// The three things that are counted at each sign-in. An account is counted for
// each address apart: whoever guesses from elsewhere cannot lock its owner out.
// Over all addresses an account is slowed down late and little, which stops
// guessing by many machines without shutting the owner out for good.
var (
	accountFromAddress = throttleRule{prefix: "account-address:", free: 5, longest: 15 * time.Minute}
	wholeAddress       = throttleRule{prefix: "address:", free: 20, longest: 15 * time.Minute}
	wholeAccount       = throttleRule{prefix: "account:", free: 50, longest: 30 * time.Second}
)

// guess is one attempt, as throttles count it.
type guess struct {
	rule throttleRule
	key  string
}

func guesses(account string, o Origin) []guess {
	address := o.Network()
	return []guess{
		{accountFromAddress, accountFromAddress.prefix + digest(account+" "+address)},
		{wholeAddress, wholeAddress.prefix + address},
		{wholeAccount, wholeAccount.prefix + digest(account)},
	}
}

// Network is whom an address stands for when attempts are counted. Whoever has
// one address of IPv6 has the 64 bits below it as well.
func (o Origin) Network() string {
	ip, err := netip.ParseAddr(o.SourceIP)
	if err != nil {
		return shorten(o.SourceIP, maxOriginID)
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		prefix, _ := ip.Prefix(64) // 64 bits are there
		return prefix.String()
	}
	return ip.String()
}

// digest stands for what somebody typed, which may be anything, even a password
// in the wrong field.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// afterFailure is the memory after one more failure.
func (r throttleRule) afterFailure(t Throttle, at time.Time) Throttle {
	if at.Sub(t.LastFailure) > throttleMemory {
		t.Failures = 0
	}
	t.Failures++
	t.LastFailure = at
	if t.Failures >= r.free {
		t.BlockedUntil = at.Add(r.delay(t.Failures - r.free))
	}
	return t
}

// delay doubles with each failure that was not free.
func (r throttleRule) delay(doublings int) time.Duration {
	const tooMany = 30 // 2^30 seconds are beyond every limit
	return min(r.longest, time.Second<<min(doublings, tooMany))
}

// charge counts an attempt as failed before it is judged, so that attempts made
// at once cannot all slip through; forgive takes it back. A *ThrottledError
// says how long to wait.
func (s *Service) charge(ctx context.Context, attempt []guess) error {
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		at := s.now()
		var charged []Throttle
		for _, g := range attempt {
			t, err := tx.Throttle(ctx, g.key)
			if err != nil {
				return err
			}
			if wait := t.BlockedUntil.Sub(at); wait > 0 {
				return &ThrottledError{RetryAfter: wait}
			}
			t.Key = g.key
			charged = append(charged, g.rule.afterFailure(t, at))
		}
		for _, t := range charged {
			if err := tx.SetThrottle(ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// forgive ends the memory of failures with this account after a success. The
// address is only given back what this attempt cost: signing in to an account
// of one's own must not pay for guessing at others.
func forgive(ctx context.Context, tx Tx, attempt []guess) error {
	for _, g := range attempt {
		if g.rule.prefix != wholeAddress.prefix {
			if err := tx.ClearThrottle(ctx, g.key); err != nil {
				return err
			}
			continue
		}
		t, err := tx.Throttle(ctx, g.key)
		if err != nil {
			return err
		}
		t.Key, t.Failures, t.BlockedUntil = g.key, max(0, t.Failures-1), time.Time{}
		if err := tx.SetThrottle(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
