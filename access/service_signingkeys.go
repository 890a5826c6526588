package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/token"
)

const signingKeyEntity = "signing-key"

// JWKS is the public part of the signing keys (RFC 7517), as of this moment:
// a key that another process withdrew is not in it.
func (s *Service) JWKS(ctx context.Context) ([]byte, error) {
	present, err := s.presentNow(ctx)
	if err != nil {
		return nil, err
	}
	return present.public.JWKS(), nil
}

// PrepareSigningKeys makes the first signing key if there is none, and loads
// them with the settings. Of two processes that start at once one makes it and
// both load it. With another key file than the database was made with it
// answers ErrWrongKeyFile.
func (s *Service) PrepareSigningKeys(ctx context.Context) error {
	stored, err := s.repo.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	if len(stored) == 0 {
		if err := s.makeFirstSigningKey(ctx); err != nil {
			return err
		}
	}
	s.checkClock(ctx)
	return s.refresh(ctx)
}

func (s *Service) makeFirstSigningKey(ctx context.Context) error {
	key, err := s.newSigningKey(token.ES256)
	if err != nil {
		return err
	}
	err = s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		if others, err := tx.SigningKeys(ctx); err != nil || len(others) > 0 {
			return err // another process was quicker
		}
		if err := tx.InsertSigningKey(ctx, key); err != nil {
			return err
		}
		e := Event{Action: EventCreate, EntityType: signingKeyEntity, EntityID: key.ID, EntityName: key.Algorithm}
		return s.record(ctx, tx, itself(), e)
	})
	if err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("store the first signing key: %w", err)
	}
	return nil
}

// newSigningKey makes a key that may sign at once, sealed and not yet stored.
func (s *Service) newSigningKey(algorithm token.Algorithm) (StoredSigningKey, error) {
	pair, err := token.GenerateSigningKey(s.cfg.Random, algorithm)
	if err != nil {
		return StoredSigningKey{}, err
	}
	private, err := pair.MarshalPrivate()
	if err != nil {
		return StoredSigningKey{}, err
	}
	sealed, err := s.cfg.Sealer.Seal(s.cfg.Random, private, sealContext(pair.ID))
	if err != nil {
		return StoredSigningKey{}, err
	}
	at := s.now()
	return StoredSigningKey{ID: pair.ID, Algorithm: string(pair.Algorithm), Sealed: sealed, CreatedAt: at, ActiveFrom: at}, nil
}

// itself is the caller of what the program does on its own.
func itself() Caller {
	return Caller{Principal: Principal{Subject: Subject{Type: SubjectApplication, Name: "Latchkey"}}}
}

// sealContext binds a sealed key to its row: moved to another, it does not open.
func sealContext(kid string) []byte { return []byte(kid) }

// SigningKeys are all that there ever were, the newest first.
func (s *Service) SigningKeys(ctx context.Context, c Caller) ([]SigningKeyFacts, error) {
	if err := c.require(ctx, s.repo, Read, Settings, TenantPath); err != nil {
		return nil, err
	}
	stored, err := s.repo.SigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the signing keys: %w", err)
	}
	now := s.now()
	facts := make([]SigningKeyFacts, len(stored))
	for i, key := range stored {
		facts[i] = key.factsAt(now)
	}
	slices.Reverse(facts)
	return facts, nil
}

// RotateSigningKey makes the key that signs next. It is published at once and
// signs after SigningKeyLead, when the present one retires; that one verifies on
// until the last token that it signed has expired (security.md 16). While a key
// waits to sign, another is a *ConflictError.
func (s *Service) RotateSigningKey(ctx context.Context, c Caller, algorithm string) (SigningKeyFacts, error) {
	chosen, err := token.ParseAlgorithm(algorithm)
	if err != nil {
		return SigningKeyFacts{}, Invalid(algorithmField, "Choose ES256, RS256 or EdDSA.")
	}
	next, err := s.newSigningKey(chosen) // takes a while; not within the transaction
	if err != nil {
		return SigningKeyFacts{}, err
	}
	next.ActiveFrom = next.CreatedAt.Add(SigningKeyLead)
	e := Event{Action: EventCreate, EntityType: signingKeyEntity, EntityID: next.ID, EntityName: next.Algorithm}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		if err := c.require(ctx, tx, Update, Settings, TenantPath); err != nil {
			return err
		}
		ring, err := tx.SigningKeys(ctx)
		if err != nil {
			return err
		}
		now := s.now()
		if waiting := inState(ring, SigningKeyPublished, now); waiting != nil {
			return &ConflictError{Message: fmt.Sprintf("The next key is published already: %s signs from %s. Rotate again after that.", waiting.ID, timeText(waiting.ActiveFrom))}
		}
		e.Metadata = map[string]string{"signsFrom": timeText(next.ActiveFrom)}
		if signing := inState(ring, SigningKeySigns, now); signing != nil {
			e.Metadata["replaces"] = signing.ID
			signing.RetiredAt = next.ActiveFrom
			if err := tx.UpdateSigningKey(ctx, *signing); err != nil {
				return err
			}
		}
		return tx.InsertSigningKey(ctx, next)
	})
	if err != nil {
		return SigningKeyFacts{}, err
	}
	return next.factsAt(s.now()), s.refresh(ctx)
}

// inState is the newest key that does this now, or nil.
func inState(ring []StoredSigningKey, state SigningKeyState, now time.Time) *StoredSigningKey {
	for i := range slices.Backward(ring) {
		if ring[i].stateAt(now) == state {
			return &ring[i]
		}
	}
	return nil
}

// WithdrawSigningKey ends the trust in a key that others may know: it leaves the
// key set, and what it signed is refused at the next request to any process
// (security.md 17). If it was the one that signs, the published one or else a new
// one takes its place at once. It answers the key that signs then.
func (s *Service) WithdrawSigningKey(ctx context.Context, c Caller, id string) (SigningKeyFacts, error) {
	var signs StoredSigningKey
	e := Event{Action: EventUpdate, EntityType: signingKeyEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		if err := c.require(ctx, tx, Update, Settings, TenantPath); err != nil {
			return err
		}
		ring, err := tx.SigningKeys(ctx)
		if err != nil {
			return err
		}
		now := s.now()
		key, err := withdrawable(ring, id, now)
		if err != nil {
			return err
		}
		state := key.stateAt(now)
		e.EntityName = key.Algorithm
		e.Metadata = map[string]string{"before.state": string(state), "after.state": string(SigningKeyWithdrawn)}
		key.WithdrawnAt = now
		if err := tx.UpdateSigningKey(ctx, *key); err != nil {
			return err
		}
		if signs, err = s.takeOver(ctx, tx, ring, *key, now); err != nil {
			return err
		}
		e.Metadata["signsNow"] = signs.ID
		return nil
	})
	if err != nil {
		return SigningKeyFacts{}, err
	}
	return signs.factsAt(s.now()), s.refresh(ctx)
}

func withdrawable(ring []StoredSigningKey, id string, now time.Time) (*StoredSigningKey, error) {
	at := slices.IndexFunc(ring, func(k StoredSigningKey) bool { return k.ID == id })
	if at < 0 {
		return nil, fmt.Errorf("signing key %s: %w", id, ErrNotFound)
	}
	switch ring[at].stateAt(now) {
	case SigningKeyWithdrawn:
		return nil, &ConflictError{Message: "This key was withdrawn already. Nothing that it signed is trusted."}
	case SigningKeyOver:
		return nil, &ConflictError{Message: "This key is not trusted any more: all that it signed has expired."}
	}
	return &ring[at], nil
}

// takeOver sees to it that a key signs, now that one is withdrawn: the one that
// signs anyway, the published one, or a new one.
func (s *Service) takeOver(ctx context.Context, tx Tx, ring []StoredSigningKey, withdrawn StoredSigningKey, now time.Time) (StoredSigningKey, error) {
	waiting := inState(ring, SigningKeyPublished, now)
	if signing := inState(ring, SigningKeySigns, now); signing != nil {
		if waiting != nil || signing.RetiredAt.IsZero() {
			return *signing, nil
		}
		signing.RetiredAt = time.Time{} // what was to take its place is withdrawn
		return *signing, tx.UpdateSigningKey(ctx, *signing)
	}
	if waiting != nil {
		waiting.ActiveFrom = now
		return *waiting, tx.UpdateSigningKey(ctx, *waiting)
	}
	fresh, err := s.newSigningKey(token.Algorithm(withdrawn.Algorithm))
	if err != nil {
		return StoredSigningKey{}, err
	}
	fresh.ActiveFrom = now
	return fresh, tx.InsertSigningKey(ctx, fresh)
}
