package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/token"
)

// EpochSetting is a setting that the store itself counts up with every change of
// a setting or signing key. Whoever holds them in memory reads them anew when it
// differs; it comes along with each Credential, so that no token is signed or
// trusted by what another process has changed a moment before.
const EpochSetting = "epoch"

// ErrWrongKeyFile says that the signing keys in the database were sealed under
// another key file than the one given.
var ErrWrongKeyFile = errors.New("the key file is not the one that this database was made with: put back the right one, or name it with LATCHKEY_KEY_FILE")

// present is what a process holds in memory of the settings and signing keys, as
// they were at an epoch. It is never changed: a newer one takes its place.
type present struct {
	epoch    string
	settings TenantSettings
	keys     []openedKey // oldest first; those that may be trusted now or later

	// signer is the newest key that may sign, public are those that are trusted:
	// until changesAt, if not zero, when time alone makes it other ones.
	signer       *token.Signer
	signingID    string
	signingSince time.Time // when it was made
	public       *token.KeySet
	changesAt    time.Time
}

// openedKey is a signing key with its private part at hand.
type openedKey struct {
	StoredSigningKey
	pair   *token.SigningKey
	signer *token.Signer
}

// at is the same settings and keys at another moment.
func (p *present) at(now time.Time) *present {
	if p.changesAt.IsZero() || now.Before(p.changesAt) {
		return p
	}
	return newPresent(p.epoch, p.settings, p.keys, now)
}

func newPresent(epoch string, settings TenantSettings, keys []openedKey, now time.Time) *present {
	p := &present{epoch: epoch, settings: settings, keys: keys}
	var trusted []*token.SigningKey
	for _, key := range keys {
		p.changesAt = firstAfter(now, p.changesAt, key.ActiveFrom, key.RetiredAt, key.trustEnds())
		if !key.trustedAt(now) {
			continue
		}
		trusted = append(trusted, key.pair)
		if key.signsAt(now) { // the newest that may sign wins: they come oldest first
			p.signer, p.signingID, p.signingSince = key.signer, key.ID, key.CreatedAt
		}
	}
	p.public = token.NewKeySet(trusted...)
	return p
}

// firstAfter is the first of the moments that lie after now; zero if none does.
func firstAfter(now time.Time, moments ...time.Time) time.Time {
	var first time.Time
	for _, m := range moments {
		if m.After(now) && (first.IsZero() || m.Before(first)) {
			first = m
		}
	}
	return first
}

// presentAt is what is held in memory; ErrUnavailable as long as there is no key.
func (s *Service) presentAt(now time.Time) (*present, error) {
	held := s.present.Load()
	if held == nil {
		return nil, fmt.Errorf("the signing keys are not loaded: %w", ErrUnavailable)
	}
	if p := held.at(now); p != held {
		s.present.CompareAndSwap(held, p)
		held = p
	}
	if held.signer == nil {
		return nil, held.whyNone(now)
	}
	return held, nil
}

// whyNone tells of a clock that is before the first signing key was made, as it is
// where a battery is empty.
func (p *present) whyNone(now time.Time) error {
	if len(p.keys) > 0 && now.Before(p.keys[0].ActiveFrom) {
		return clockBefore(now, p.keys[0].ActiveFrom)
	}
	return fmt.Errorf("there is no signing key yet: %w", ErrUnavailable)
}

// presentSince is what is held in memory if it is of this epoch, else what is
// stored now.
func (s *Service) presentSince(ctx context.Context, epoch string, now time.Time) (*present, error) {
	if held, err := s.presentAt(now); err == nil && held.epoch == epoch {
		return held, nil
	}
	if err := s.readAnew(ctx, epoch); err != nil {
		return nil, err
	}
	return s.presentAt(now)
}

// presentNow asks the store for the epoch first.
func (s *Service) presentNow(ctx context.Context) (*present, error) {
	epoch, err := s.repo.Setting(ctx, EpochSetting)
	if err != nil {
		return nil, fmt.Errorf("read the epoch: %w", err)
	}
	return s.presentSince(ctx, epoch, s.now())
}

// refresh notices what other processes have changed.
func (s *Service) refresh(ctx context.Context) error {
	_, err := s.presentNow(ctx)
	return err
}

// readAnew replaces what is held unless it is of this epoch by now: of many that
// notice a change at once, one reads.
func (s *Service) readAnew(ctx context.Context, epoch string) error {
	s.presentMu.Lock()
	defer s.presentMu.Unlock()
	held := s.present.Load()
	if held != nil && held.epoch == epoch {
		return nil
	}
	// The epoch comes first: of what changes between the two reads the newer is
	// held under the older epoch, and so read once more.
	epoch, err := s.repo.Setting(ctx, EpochSetting)
	if err != nil {
		return fmt.Errorf("read the epoch: %w", err)
	}
	stored, err := s.repo.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	settings, err := s.storedSettings(ctx, s.repo)
	if err != nil {
		return err
	}
	keys, err := s.openAll(stored, held)
	if err != nil {
		return err
	}
	s.present.Store(newPresent(epoch, settings, keys, s.now()))
	return nil
}

// openAll opens the keys that are or may yet be trusted, unless they are open.
func (s *Service) openAll(stored []StoredSigningKey, held *present) ([]openedKey, error) {
	var keys []openedKey
	for _, row := range stored {
		if !row.WithdrawnAt.IsZero() {
			continue
		}
		key, err := s.openedBefore(row, held)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (s *Service) openedBefore(row StoredSigningKey, held *present) (openedKey, error) {
	if held != nil {
		same := func(k openedKey) bool { return k.ID == row.ID }
		if at := slices.IndexFunc(held.keys, same); at >= 0 {
			key := held.keys[at]
			key.StoredSigningKey = row
			return key, nil
		}
	}
	pair, err := s.open(row)
	if err != nil {
		return openedKey{}, err
	}
	signer, err := token.NewSigner(pair)
	return openedKey{StoredSigningKey: row, pair: pair, signer: signer}, err
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

// keysRest is how long the keys in memory are believed when a token names
// another: strangers must not make us ask the store for each of theirs.
const keysRest = time.Second

// mayLookForKeys is true for one caller at a time, once in a while.
func (s *Service) mayLookForKeys() bool {
	now, last := s.now().UnixMicro(), s.keysLookedUp.Load()
	return now-last >= keysRest.Microseconds() && s.keysLookedUp.CompareAndSwap(last, now)
}
