package access

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// tally counts tokens as they are issued and refused, since the process started.
type tally struct {
	issued  atomic.Int64
	refused sync.Map // of *atomic.Int64 by reason, of which there are a handful
}

func (t *tally) refuse(reason string) {
	count, known := t.refused.Load(reason)
	if !known {
		count, _ = t.refused.LoadOrStore(reason, new(atomic.Int64))
	}
	count.(*atomic.Int64).Add(1)
}

// Vitals is how an installation is doing, for those who watch it. Nothing in it
// names anybody.
type Vitals struct {
	// TokensIssued and TokensRefused, by reason, are counts of this process.
	TokensIssued  int64
	TokensRefused map[string]int64
	// Sessions are those of all users that have not ended.
	Sessions int
	// NextKeyExpiry is when the first of the secret keys that are in use expires;
	// zero if none does.
	NextKeyExpiry time.Time
	// SigningKeySince is when the key that signs was made. It signs until another
	// takes its place.
	SigningKeySince time.Time
}

// Vitals asks the store for what it does not know itself. It is for the operator
// of the process, and for no caller who comes over the network.
func (s *Service) Vitals(ctx context.Context) (Vitals, error) {
	v := Vitals{TokensIssued: s.tally.issued.Load(), TokensRefused: map[string]int64{}}
	s.tally.refused.Range(func(reason, count any) bool {
		v.TokensRefused[reason.(string)] = count.(*atomic.Int64).Load()
		return true
	})
	var err error
	now := s.now()
	if v.Sessions, err = s.repo.CountSessions(ctx, now); err != nil {
		return Vitals{}, err
	}
	if v.NextKeyExpiry, err = s.repo.NextKeyExpiry(ctx, now); err != nil {
		return Vitals{}, err
	}
	v.SigningKeySince, err = s.signingSince(ctx, now)
	return v, err
}

// signingSince is when the key that signs was made.
func (s *Service) signingSince(ctx context.Context, now time.Time) (time.Time, error) {
	stored, err := s.repo.SigningKeys(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if signing := inState(stored, SigningKeySigns, now); signing != nil {
		return signing.CreatedAt, nil
	}
	return time.Time{}, nil
}
