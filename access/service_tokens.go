package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/token"
)

// sanityBegins is before this program was written. A clock that shows less is
// wrong, and would make tokens that are long expired.
const sanityBegins = 1577836800 // 2020-01-01T00:00:00Z

// IssuedToken is the answer of the token endpoint.
type IssuedToken struct {
	AccessToken string
	ExpiresIn   time.Duration // exactly exp - iat
}

// IssueToken trades a client id and secret key for an access token. Unknown,
// wrong, disabled, deleted and expired are one ErrUnauthenticated, alike in time.
// It writes nothing: Flush does, once a second.
func (s *Service) IssueToken(ctx context.Context, o Origin, clientID, secretKey string) (IssuedToken, error) {
	now := s.now()
	if err := s.readyToSign(now); err != nil {
		return IssuedToken{}, err
	}
	credential, problem, err := s.authenticate(ctx, clientID, secretKey, now)
	if err != nil {
		return IssuedToken{}, err
	}
	if problem != "" {
		s.tally.refuse(problem)
		s.evenOut(ctx, clientID, credential)
		s.failures.add(failure{
			action: EventSignIn, subject: credential.claimedSubject(clientID), entityType: sessionEntity, reason: problem, origin: o,
		})
		return IssuedToken{}, fmt.Errorf("%s: %w", problem, ErrUnauthenticated)
	}
	present, err := s.presentSince(ctx, credential.Epoch, now)
	if err != nil {
		return IssuedToken{}, err
	}
	issued, expiresAt, err := s.sign(present, credential, now)
	if err != nil {
		return IssuedToken{}, err
	}
	s.uses.add(TokenUse{
		ApplicationID: credential.ApplicationID, AccessKey: credential.Owner.ID != "", Generation: credential.Generation,
		At: now, ExpiresAt: expiresAt, Tokens: 1,
	})
	s.tally.issued.Add(1)
	return issued, nil
}

// readyToSign spares the store the question where the answer could not be signed.
func (s *Service) readyToSign(now time.Time) error {
	if now.Unix() < sanityBegins {
		return fmt.Errorf("the clock shows %s: %w", now.Format(time.RFC3339), ErrUnavailable)
	}
	_, err := s.presentAt(now)
	return err
}

// authenticate answers whose key this is, or the problem: a few words for the
// audit log that the client never sees. The error is for trouble of the store.
//
// A key whose checksum is wrong is refused before any query: it cannot be any
// application's, so the time that is saved tells only what the sender knows.
func (s *Service) authenticate(ctx context.Context, clientID, secretKey string, now time.Time) (c Credential, problem string, err error) {
	key, err := token.ParseKey(secretKey)
	if err != nil {
		return Credential{}, "malformed secret key", nil
	}
	if !canBeClientID(clientID) {
		return Credential{}, "unknown client id", nil
	}
	c, err = s.repo.Credential(ctx, clientID)
	unknown := errors.Is(err, ErrNotFound)
	if err != nil && !unknown {
		return Credential{}, "", fmt.Errorf("look up a credential: %w", err)
	}
	// An unknown client has the zero hash, which no key has; it is compared all
	// the same, and the order below decides nothing that can be measured.
	matches := c.KeyHash.Equal(key.Hash())
	switch {
	case unknown:
		return Credential{}, "unknown client id", nil
	case !matches:
		return c, "wrong secret key", nil
	case c.Deleted:
		return c, "deleted application", nil
	case !c.Enabled:
		return c, "disabled application", nil
	case c.expiredAt(now):
		return c, "expired secret key", nil
	}
	return c, "", nil
}

// evenOut makes the refusal of a living application take as long as that of an
// unknown or deleted one, for which the store has looked a second time: by id,
// and in the bin. The answer is not wanted, only its time. One that was found by
// its id has cost the second look already, and access keys are looked for once.
func (s *Service) evenOut(ctx context.Context, clientID string, c Credential) {
	if c.ClientID == clientID && !c.Deleted && c.Owner.ID == "" {
		_, _ = s.repo.Setting(ctx, TokenLifetimeSetting)
	}
}

func (c Credential) expiredAt(now time.Time) bool {
	return !c.KeyExpiresAt.IsZero() && c.KeyExpiresAt.Unix() <= now.Unix()
}

// canBeClientID keeps out what no client id nor application id can be, before
// a database has to decide what to make of it.
func canBeClientID(text string) bool {
	if text == "" || len(text) > MaxNameLength {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// claimedSubject is who somebody claimed to be. What cannot be a client id is
// not written down: people paste secrets into the wrong field.
func (c Credential) claimedSubject(clientID string) Subject {
	subject := Subject{Type: SubjectApplication, ID: c.ApplicationID, Name: c.ClientID}
	switch {
	case subject.Name != "":
	case canBeClientID(clientID):
		subject.Name = clientID
	default:
		subject.Name = "(not a client id)"
	}
	return subject
}

func (s *Service) sign(p *present, c Credential, now time.Time) (issued IssuedToken, expiresAt time.Time, err error) {
	id, err := token.MintTokenID(s.cfg.Random)
	if err != nil {
		return IssuedToken{}, time.Time{}, err
	}
	issuedAt := now.Unix()
	expiry := issuedAt + int64(p.tokenLifetime(c)/time.Second)
	if !c.KeyExpiresAt.IsZero() {
		expiry = min(expiry, c.KeyExpiresAt.Unix()) // no token outlives the key that earned it
	}
	signed, err := p.signer.Sign(token.Claims{
		Issuer: s.cfg.Issuer, Audience: s.audience, TenantID: TenantID,
		Subject: c.ApplicationID, SubjectType: token.SubjectApplication, ClientID: c.ClientID,
		ID: id, IssuedAt: issuedAt, ExpiresAt: expiry, Generation: c.Generation,
	})
	if err != nil {
		return IssuedToken{}, time.Time{}, err
	}
	lifetime := time.Duration(expiry-issuedAt) * time.Second
	return IssuedToken{AccessToken: signed, ExpiresIn: lifetime}, time.Unix(expiry, 0).UTC(), nil
}

// tokenLifetime is the application's lifetime of tokens, or else the tenant's.
func (p *present) tokenLifetime(c Credential) time.Duration {
	lifetime := c.TokenLifetime
	if lifetime == 0 {
		lifetime = p.settings.TokenLifetime
	}
	return min(max(lifetime, MinTokenLifetime), MaxTokenLifetime)
}

// TokenPrincipal verifies an access token of ours and the present state of what
// it stands for; ErrUnauthenticated otherwise. The token of an access key is its
// owner. A token of an older key, of an application that is disabled or deleted
// by now, or of a sign-in that has ended, is no good (security.md 22).
func (s *Service) TokenPrincipal(ctx context.Context, raw string) (Principal, error) {
	claims, err := s.verify(ctx, raw)
	if errors.Is(err, token.ErrInvalidToken) {
		return Principal{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	if err != nil {
		return Principal{}, err
	}
	if claims.SubjectType == token.SubjectUser {
		return s.userTokenPrincipal(ctx, raw, claims)
	}
	return s.applicationTokenPrincipal(ctx, raw, claims)
}

func (s *Service) applicationTokenPrincipal(ctx context.Context, raw string, claims token.Claims) (Principal, error) {
	claimed := Subject{Type: SubjectApplication, ID: claims.Subject, Name: claims.ClientID}
	c, err := s.repo.Credential(ctx, claims.ClientID)
	if errors.Is(err, ErrNotFound) {
		return Principal{}, &refusedToken{claimed, "access token of an unknown application"}
	}
	if err != nil {
		return Principal{}, fmt.Errorf("look up the credential of a token: %w", err)
	}
	if c.ApplicationID != claims.Subject || c.Generation != claims.Generation || !c.Enabled || c.Deleted {
		return Principal{}, &refusedToken{claimed, "access token of a key or application that is no longer good"}
	}
	if err := s.stillTrusted(ctx, raw, c.Epoch); err != nil {
		return Principal{}, err
	}
	subject := Subject{Type: SubjectApplication, ID: c.ApplicationID, Name: c.ClientID}
	if c.Owner.ID != "" {
		subject = c.Owner
	}
	grants, err := s.repo.Grants(ctx, subject)
	if err != nil {
		return Principal{}, fmt.Errorf("read the grants of %s: %w", c.ApplicationID, err)
	}
	return Principal{Subject: subject, Grants: grants, ClientID: c.ClientID}, nil
}

// verify checks a token against the keys in memory, and looks for new ones if
// it names one that is not there: another process may have made it.
func (s *Service) verify(ctx context.Context, raw string) (token.Claims, error) {
	present, err := s.presentAt(s.now())
	if err != nil {
		return token.Claims{}, err
	}
	claims, err := s.verifier.Verify(raw, present.public)
	if !errors.Is(err, token.ErrUnknownKey) || !s.mayLookForKeys() {
		return claims, err
	}
	if present, err = s.presentNow(ctx); err != nil {
		return token.Claims{}, err
	}
	return s.verifier.Verify(raw, present.public)
}

// stillTrusted verifies a token again if a signing key was withdrawn, or
// anything else was set, since those in memory were read: epoch is the present
// one, which came with the look-up of the credential and so cost nothing.
func (s *Service) stillTrusted(ctx context.Context, raw, epoch string) error {
	now := s.now()
	if held, err := s.presentAt(now); err == nil && held.epoch == epoch {
		return nil
	}
	present, err := s.presentSince(ctx, epoch, now)
	if err != nil {
		return err
	}
	if _, err := s.verifier.Verify(raw, present.public); err != nil {
		return fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	return nil
}
