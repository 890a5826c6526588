package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/token"
)

// IssuedToken is the answer of the token endpoint.
type IssuedToken struct {
	AccessToken string
	ExpiresIn   time.Duration // exactly exp - iat
	// Scope is that of the token, which may be written otherwise than it was
	// asked for; empty means all that the access rules allow.
	Scope string
}

// IssueToken is Trade for a client id and secret key, and nothing more.
func (s *Service) IssueToken(ctx context.Context, o Origin, clientID, secretKey string) (IssuedToken, error) {
	return s.Trade(ctx, o, TokenRequest{ClientAuth: ClientAuth{ClientID: clientID, SecretKey: secretKey}})
}

// readyToSign spares the store the question where the answer could not be signed.
func (s *Service) readyToSign(now time.Time) error {
	held, err := s.presentAt(now)
	if err != nil {
		return err
	}
	return checkClockAt(now, held.signingSince)
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
	matches := s.sameKeyHash(c.KeyHash, key.Hash())
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

func (s *Service) sign(p *present, c signedIn, audience []string, scope string, now time.Time) (issued IssuedToken, expiresAt time.Time, err error) {
	id, err := token.MintTokenID(s.cfg.Random)
	if err != nil {
		return IssuedToken{}, time.Time{}, err
	}
	issuedAt := now.Unix()
	expiry := issuedAt + int64(p.tokenLifetime(c.Credential)/time.Second)
	if !c.KeyExpiresAt.IsZero() && c.publicKey == "" {
		expiry = min(expiry, c.KeyExpiresAt.Unix()) // no token outlives the key that earned it
	}
	signed, err := p.signer.Sign(token.Claims{
		Issuer: s.cfg.Issuer, Audience: audience, TenantID: TenantID,
		Subject: c.ApplicationID, SubjectType: token.SubjectApplication, ClientID: c.ClientID,
		ID: id, IssuedAt: issuedAt, ExpiresAt: expiry, Generation: c.Generation, Scope: scope, PublicKey: c.publicKey,
	})
	if err != nil {
		return IssuedToken{}, time.Time{}, err
	}
	lifetime := time.Duration(expiry-issuedAt) * time.Second
	return IssuedToken{AccessToken: signed, ExpiresIn: lifetime, Scope: scope}, time.Unix(expiry, 0).UTC(), nil
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
	state, err := s.stateOf(ctx, raw, claims)
	if err != nil {
		return Principal{}, err
	}
	c := state.Credential
	return Principal{Subject: c.principal(), Grants: state.Grants, ClientID: c.ClientID}.narrow(newTokenScope(claims.Scope)), nil
}

// stateOf is the present state of what an application's token stands for; a
// *refusedToken says that it is no good any more.
func (s *Service) stateOf(ctx context.Context, raw string, claims token.Claims) (TokenState, error) {
	claimed := Subject{Type: SubjectApplication, ID: claims.Subject, Name: claims.ClientID}
	state, err := s.repo.TokenState(ctx, claims.ClientID, TokenID{Issuer: claims.Issuer, ID: claims.ID}, claims.PublicKey)
	if errors.Is(err, ErrNotFound) {
		return TokenState{}, &refusedToken{claimed, "access token of an unknown application"}
	}
	if err != nil {
		return TokenState{}, fmt.Errorf("look up the credential of a token: %w", err)
	}
	c := state.Credential
	switch {
	case c.ApplicationID != claims.Subject || c.Generation != claims.Generation || state.KeyGone || !c.Enabled || c.Deleted:
		return TokenState{}, &refusedToken{claimed, "access token of a key or application that is no longer good"}
	case state.Revoked:
		return TokenState{}, &refusedToken{claimed, "access token that was revoked"}
	}
	if err := s.stillTrusted(ctx, raw, c.Epoch); err != nil {
		return TokenState{}, err
	}
	return state, nil
}

// verify is verifyIssued for a token that is meant for our own API.
func (s *Service) verify(ctx context.Context, raw string) (token.Claims, error) {
	return s.verifyWith(ctx, raw, s.verifier.Verify)
}

// verifyIssued checks a token of ours, whoever it is meant for.
func (s *Service) verifyIssued(ctx context.Context, raw string) (token.Claims, error) {
	return s.verifyWith(ctx, raw, s.verifier.VerifyIssued)
}

// verifyWith checks a token against the keys in memory, and looks for new ones if
// it names one that is not there: another process may have made it.
func (s *Service) verifyWith(ctx context.Context, raw string, verify func(string, *token.KeySet) (token.Claims, error)) (token.Claims, error) {
	present, err := s.presentAt(s.now())
	if err != nil {
		return token.Claims{}, err
	}
	claims, err := verify(raw, present.public)
	if !errors.Is(err, token.ErrUnknownKey) || !s.mayLookForKeys() {
		return claims, err
	}
	if present, err = s.presentNow(ctx); err != nil {
		return token.Claims{}, err
	}
	return verify(raw, present.public)
}

// stillTrusted verifies a token again if a signing key was withdrawn, or
// anything else was set, since those in memory were read: epoch is the present
// one, which came with the look-up of the credential and so cost nothing. Whom
// the token is for has been looked at before.
func (s *Service) stillTrusted(ctx context.Context, raw, epoch string) error {
	now := s.now()
	if held, err := s.presentAt(now); err == nil && held.epoch == epoch {
		return nil
	}
	present, err := s.presentSince(ctx, epoch, now)
	if err != nil {
		return err
	}
	if _, err := s.verifier.VerifyIssued(raw, present.public); err != nil {
		return fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	return nil
}
