package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"
)

// SetupLinkLifetime is how long a set-up link can be used.
const SetupLinkLifetime = 60 * time.Minute

// The ways in which a set-up link can be no good.
var (
	ErrSetupUnknown = errors.New("set-up link is not one of ours")
	ErrSetupExpired = errors.New("set-up link has expired")
	ErrSetupUsed    = errors.New("set-up link was used")
	ErrSetupDone    = errors.New("an administrator exists")
)

// NeedsSetup reports whether there is no administrator yet.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) {
	return needsSetup(ctx, s.repo)
}

func needsSetup(ctx context.Context, r Reader) (bool, error) {
	administrators, err := r.Administrators(ctx, SystemAdministrator)
	if err != nil {
		return false, fmt.Errorf("look for administrators: %w", err)
	}
	return len(administrators) == 0, nil
}

// NewSetupLink makes a one-time set-up secret of 256 random bits, valid for
// SetupLinkLifetime; only its hash is kept. ErrSetupDone once there is an
// administrator.
func (s *Service) NewSetupLink(ctx context.Context) (string, error) {
	var random [32]byte
	if _, err := io.ReadFull(s.cfg.Random, random[:]); err != nil {
		return "", fmt.Errorf("make a set-up link: %w", err)
	}
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	err := s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		if err := stillNeedsSetup(ctx, tx); err != nil {
			return err
		}
		at := s.now()
		return tx.InsertSetupLink(ctx, SetupLink{Hash: setupHash(secret), CreatedAt: at, ExpiresAt: at.Add(SetupLinkLifetime)})
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

func setupHash(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

func stillNeedsSetup(ctx context.Context, r Reader) error {
	needed, err := needsSetup(ctx, r)
	if err == nil && !needed {
		err = ErrSetupDone
	}
	return err
}

// CheckSetupLink is nil while the link can be used. Otherwise it is one of
// ErrSetupUsed, for who follows their own link again; ErrSetupDone, for everybody
// else once there is an administrator; ErrSetupExpired; and ErrSetupUnknown.
func (s *Service) CheckSetupLink(ctx context.Context, secret string) error {
	return s.checkSetupLink(ctx, s.repo, secret)
}

func (s *Service) checkSetupLink(ctx context.Context, r Reader, secret string) error {
	link, err := findSetupLink(ctx, r, secret)
	if err != nil && !errors.Is(err, ErrSetupUnknown) {
		return err
	}
	if !link.UsedAt.IsZero() {
		return ErrSetupUsed
	}
	if done := stillNeedsSetup(ctx, r); done != nil {
		return done
	}
	if err == nil && !s.now().Before(link.ExpiresAt) {
		return ErrSetupExpired
	}
	return err
}

// findSetupLink looks the link up by the hash of its secret, so the time that
// the comparison takes tells nothing of the secret.
func findSetupLink(ctx context.Context, r Reader, secret string) (SetupLink, error) {
	links, err := r.SetupLinks(ctx)
	if err != nil {
		return SetupLink{}, fmt.Errorf("read the set-up links: %w", err)
	}
	hash := setupHash(secret)
	for _, link := range links {
		if link.Hash == hash {
			return link, nil
		}
	}
	return SetupLink{}, ErrSetupUnknown
}

// CompleteSetup makes the first administrator; of several at once one wins. It
// fails as CheckSetupLink does, or with an *InvalidError about "email" or
// "password", which leaves the link good.
func (s *Service) CompleteSetup(ctx context.Context, o Origin, secret, email, password string) (User, error) {
	if err := s.CheckSetupLink(ctx, secret); err != nil {
		return User{}, err
	}
	return s.firstAdministrator(ctx, o, NewUser{Email: email, Password: password}, func(ctx context.Context, tx Tx) error {
		if err := s.checkSetupLink(ctx, tx, secret); err != nil {
			return err
		}
		err := tx.UseSetupLink(ctx, setupHash(secret), s.now())
		if errors.Is(err, ErrConflict) {
			return fmt.Errorf("%w: %w", ErrSetupUsed, err)
		}
		return err
	})
}

// firstAdministrator makes one if allow, asked within the transaction, agrees.
func (s *Service) firstAdministrator(ctx context.Context, o Origin, in NewUser, allow func(context.Context, Tx) error) (User, error) {
	user, hash, err := s.newUser(ctx, in)
	if err != nil {
		return User{}, err
	}
	user.CreatedBy = user.Email
	caller := Caller{Principal: Principal{Subject: subjectOfUser(user)}, Origin: o}
	e := Event{Action: EventCreate, EntityType: userEntity, EntityID: user.ID, EntityName: user.Email, Metadata: map[string]string{"setup": "first administrator"}}
	err = s.change(ctx, caller, e, func(ctx context.Context, tx Tx, _ *Event) error {
		if err := allow(ctx, tx); err != nil {
			return err
		}
		if err := insertUser(ctx, tx, user, hash); err != nil {
			return err
		}
		tenant, err := tx.Scope(ctx, TenantNodeID)
		if err != nil {
			return err
		}
		return s.addRule(ctx, tx, caller, firstRule(caller, user, SystemAdministrator, tenant))
	})
	if err != nil {
		return User{}, err
	}
	return user, nil
}
