package access

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"latchkey/token"
)

// UserTokenLifetime is how long a token is good that the console asks for on
// behalf of the signed-in person. It is short because a browser holds it.
const UserTokenLifetime = 5 * time.Minute

// consoleClientID stands in the tokens of users for what they signed in with.
// No application and no access key can have it: names of applications begin with
// a letter, ids have no o, and access keys begin with [AccessKeyClientPrefix].
const consoleClientID = "0console"

// accessTokenEntity is the kind of entity that events about them name.
const accessTokenEntity = "access-token"

// IssueUserToken makes an access token for the signed-in user: who shows it acts
// as they do, with their access rules of that moment. It lives and dies with the
// session, given by the hash of its id, that it was asked for in, so that signing
// out, a new password and whatever else ends sessions ends the token at once.
func (s *Service) IssueUserToken(ctx context.Context, c Caller, session [32]byte) (IssuedToken, error) {
	if c.Type != SubjectUser || c.ID == "" {
		return IssuedToken{}, fmt.Errorf("only users have sessions: %w", ErrForbidden)
	}
	now := s.now()
	if err := s.readyToSign(now); err != nil {
		return IssuedToken{}, err
	}
	present, err := s.presentNow(ctx)
	if err != nil {
		return IssuedToken{}, err
	}
	expiry, err := s.userTokenExpiry(ctx, c.ID, session, now)
	if err != nil {
		return IssuedToken{}, err
	}
	id, err := token.MintTokenID(s.cfg.Random)
	if err != nil {
		return IssuedToken{}, err
	}
	signed, err := present.signer.Sign(token.Claims{
		Issuer: s.cfg.Issuer, Audience: s.audience, TenantID: TenantID,
		Subject: c.ID, SubjectType: token.SubjectUser, ClientID: consoleClientID, Session: hex.EncodeToString(session[:]),
		ID: id, IssuedAt: now.Unix(), ExpiresAt: expiry.Unix(),
	})
	if err != nil {
		return IssuedToken{}, err
	}
	e := Event{
		Action: EventCreate, EntityType: accessTokenEntity, EntityID: id, EntityName: c.Name,
		Metadata: map[string]string{"expiresAt": expiry.Format(time.RFC3339)},
	}
	if err := s.change(ctx, c, e, func(context.Context, Tx, *Event) error { return nil }); err != nil {
		return IssuedToken{}, err
	}
	return IssuedToken{AccessToken: signed, ExpiresIn: expiry.Sub(now.Truncate(time.Second))}, nil
}

// userTokenExpiry is the end of the lifetime, in whole seconds, or that of the
// session if it comes sooner.
func (s *Service) userTokenExpiry(ctx context.Context, userID string, session [32]byte, now time.Time) (time.Time, error) {
	ends, err := s.sessionEnd(ctx, userID, session, now)
	if err != nil {
		return time.Time{}, err
	}
	expiry := now.Add(UserTokenLifetime)
	if ends.Before(expiry) {
		expiry = ends
	}
	return expiry.UTC().Truncate(time.Second), nil
}

// sessionEnd is when the session ends at the latest; ErrUnauthenticated if it is
// not the user's, or has ended.
func (s *Service) sessionEnd(ctx context.Context, userID string, idHash [32]byte, now time.Time) (time.Time, error) {
	session, err := s.repo.Session(ctx, idHash)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return time.Time{}, fmt.Errorf("look up the session of a token: %w", err)
	}
	ends := s.SessionTimes().latestEnd(session)
	if err != nil || session.UserID != userID || !now.Before(ends) {
		return time.Time{}, fmt.Errorf("the session has ended: %w", ErrUnauthenticated)
	}
	return ends, nil
}

// userTokenPrincipal is the user as they are now, while their session lasts.
func (s *Service) userTokenPrincipal(ctx context.Context, raw string, claims token.Claims) (Principal, error) {
	epoch, err := s.repo.Setting(ctx, EpochSetting)
	if err != nil {
		return Principal{}, fmt.Errorf("read the epoch: %w", err)
	}
	if err := s.stillTrusted(ctx, raw, epoch); err != nil {
		return Principal{}, err
	}
	claimed := Subject{Type: SubjectUser, ID: claims.Subject, Name: claims.Subject}
	revoked, err := s.repo.TokenRevoked(ctx, TokenID{Issuer: claims.Issuer, ID: claims.ID})
	if err != nil {
		return Principal{}, fmt.Errorf("look up whether a token was revoked: %w", err)
	}
	if revoked {
		return Principal{}, &refusedToken{claimed, "access token that was revoked"}
	}
	var idHash [32]byte
	decoded, err := hex.DecodeString(claims.Session)
	if err != nil || copy(idHash[:], decoded) != len(decoded) {
		return Principal{}, fmt.Errorf("a token of no session: %w", ErrUnauthenticated)
	}
	_, err = s.sessionEnd(ctx, claims.Subject, idHash, s.now())
	if errors.Is(err, ErrUnauthenticated) {
		return Principal{}, &refusedToken{claimed, "access token of a session that has ended"}
	}
	if err != nil {
		return Principal{}, err
	}
	principal, user, err := s.UserPrincipal(ctx, claims.Subject)
	if err == nil && user.MustChangePassword {
		err = fmt.Errorf("user %s has a temporary password: %w", user.ID, ErrUnauthenticated)
	}
	if err != nil {
		return Principal{}, err
	}
	principal.ClientID = claims.ClientID
	return principal, nil
}
