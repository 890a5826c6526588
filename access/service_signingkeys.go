package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/token"
)

const signingKeyEntity = "signing-key"

// ErrWrongKeyFile says that the signing keys in the database were sealed under
// another key file than the one given.
var ErrWrongKeyFile = errors.New("the key file is not the one that this database was made with: put back the right one, or name it with LATCHKEY_KEY_FILE")

// signingKeys is one state of the keys, never changed: the key that signs now
// and the public halves of those that are trusted.
type signingKeys struct {
	signer *token.Signer
	public *token.KeySet
}

// JWKS is the public part of the signing keys (RFC 7517).
func (s *Service) JWKS(context.Context) ([]byte, error) {
	keys := s.keys.Load()
	if keys == nil {
		return nil, fmt.Errorf("the signing keys are not loaded: %w", ErrUnavailable)
	}
	return keys.public.JWKS(), nil
}

// PrepareSigningKeys makes the first signing key if there is none, and loads
// them. Of two processes that start at once one makes it and both load it. With
// another key file than the database was made with it answers ErrWrongKeyFile.
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
	if err := s.loadSigningKeys(ctx); err != nil {
		return err
	}
	return s.loadTokenLifetime(ctx)
}

func (s *Service) makeFirstSigningKey(ctx context.Context) error {
	key, err := token.GenerateSigningKey(s.cfg.Random, token.ES256)
	if err != nil {
		return err
	}
	private, err := key.MarshalPrivate()
	if err != nil {
		return err
	}
	sealed, err := s.cfg.Sealer.Seal(s.cfg.Random, private, sealContext(key.ID))
	if err != nil {
		return err
	}
	at := s.now()
	err = s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		if others, err := tx.SigningKeys(ctx); err != nil || len(others) > 0 {
			return err // another process was quicker
		}
		err := tx.InsertSigningKey(ctx, StoredSigningKey{ID: key.ID, Algorithm: string(key.Algorithm), Sealed: sealed, CreatedAt: at, ActiveFrom: at})
		if err != nil {
			return err
		}
		e := Event{Action: EventCreate, EntityType: signingKeyEntity, EntityID: key.ID, EntityName: string(key.Algorithm)}
		return s.record(ctx, tx, itself(), e)
	})
	if err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("store the first signing key: %w", err)
	}
	return nil
}

// itself is the caller of what the program does on its own.
func itself() Caller {
	return Caller{Principal: Principal{Subject: Subject{Type: SubjectApplication, Name: "Latchkey"}}}
}

// sealContext binds a sealed key to its row: moved to another, it does not open.
func sealContext(kid string) []byte { return []byte(kid) }

func (s *Service) loadSigningKeys(ctx context.Context) error {
	stored, err := s.repo.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	now := s.now()
	var next signingKeys
	var trusted []*token.SigningKey
	for _, row := range stored {
		if !row.trustedAt(now) {
			continue
		}
		key, err := s.open(row)
		if err != nil {
			return err
		}
		trusted = append(trusted, key)
		if !row.signsAt(now) {
			continue
		}
		// The newest that may sign wins: they come oldest first.
		if next.signer, err = token.NewSigner(key); err != nil {
			return err
		}
	}
	next.public = token.NewKeySet(trusted...)
	s.keys.Store(&next)
	s.keysLookedUp.Store(now.UnixMicro())
	return nil
}

func (s *Service) open(row StoredSigningKey) (*token.SigningKey, error) {
	private, err := s.cfg.Sealer.Open(row.Sealed, sealContext(row.ID))
	if err != nil {
		return nil, fmt.Errorf("%w (signing key %s: %w)", ErrWrongKeyFile, row.ID, err)
	}
	key, err := token.ParsePrivate(private, token.Algorithm(row.Algorithm))
	if err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", row.ID, err)
	}
	return key, nil
}

// trustedAt: a withdrawn key never is; a retired one is until the last token
// that it signed has expired.
func (k StoredSigningKey) trustedAt(now time.Time) bool {
	if !k.WithdrawnAt.IsZero() {
		return false
	}
	return k.RetiredAt.IsZero() || now.Before(k.RetiredAt.Add(MaxTokenLifetime+time.Hour))
}

func (k StoredSigningKey) signsAt(now time.Time) bool {
	return k.trustedAt(now) && !now.Before(k.ActiveFrom) && (k.RetiredAt.IsZero() || now.Before(k.RetiredAt))
}

// keysRest is how long the keys in memory are believed when a token names
// another: strangers must not make us ask the store for each of theirs.
const keysRest = 5 * time.Second

// mayLookForKeys is true for one caller at a time, once in a while.
func (s *Service) mayLookForKeys() bool {
	now, last := s.now().UnixMicro(), s.keysLookedUp.Load()
	return now-last >= keysRest.Microseconds() && s.keysLookedUp.CompareAndSwap(last, now)
}

// loadTokenLifetime reads the tenant's lifetime of tokens; a setting that
// cannot be read leaves the default.
func (s *Service) loadTokenLifetime(ctx context.Context) error {
	text, err := s.repo.Setting(ctx, TokenLifetimeSetting)
	if err != nil {
		return fmt.Errorf("read the lifetime of tokens: %w", err)
	}
	lifetime := DefaultTokenLifetime
	if text != "" {
		if lifetime, err = time.ParseDuration(text); err != nil {
			s.cfg.Log.WarnContext(ctx, "the lifetime of tokens is no duration; the default is used", "setting", TokenLifetimeSetting)
			lifetime = DefaultTokenLifetime
		}
	}
	s.tokenLifetime.Store(int64(lifetime))
	return nil
}
