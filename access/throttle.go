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
// Over all addresses an account is slowed down late and little, and not at all
// for networks from which its owner has come in lately: many machines that guess
// at it cannot shut its owner out.
var (
	accountFromAddress = throttleRule{prefix: "account-address:", free: 5, longest: 15 * time.Minute}
	wholeAddress       = throttleRule{prefix: "address:", free: 20, longest: 15 * time.Minute}
	wholeAccount       = throttleRule{prefix: "account:", free: 50, longest: 30 * time.Second}
)

// guess is one attempt, as throttles count it. It is not counted where there is a
// row under the key unless.
type guess struct {
	rule   throttleRule
	key    string
	unless string
}

// knownFor is how long a network is remembered from which an account came in.
const knownFor = 30 * 24 * time.Hour

func guesses(account string, o Origin) []guess {
	address := o.Network()
	pair := digest(account + " " + address)
	return []guess{
		{rule: accountFromAddress, key: accountFromAddress.prefix + pair},
		{rule: wholeAddress, key: wholeAddress.prefix + address},
		{rule: wholeAccount, key: wholeAccount.prefix + digest(account), unless: "known:" + pair},
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
			known, err := isKnown(ctx, tx, g)
			if err != nil {
				return err
			}
			if known {
				continue
			}
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

func isKnown(ctx context.Context, tx Tx, g guess) (bool, error) {
	if g.unless == "" {
		return false, nil
	}
	t, err := tx.Throttle(ctx, g.unless)
	return !t.LastFailure.IsZero(), err
}

// remember makes the network of a success known. The row is swept away as those
// of failures are, once it is older than throttleMemory: hence its date.
func remember(ctx context.Context, tx Tx, attempt []guess, at time.Time) error {
	for _, g := range attempt {
		if g.unless == "" {
			continue
		}
		if err := tx.SetThrottle(ctx, Throttle{Key: g.unless, LastFailure: at.Add(knownFor - throttleMemory)}); err != nil {
			return err
		}
	}
	return nil
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
