package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/token"
)

// TokenClaims is what an access token says. The name spares the rooms that only
// pass it on from knowing token.
type TokenClaims = token.Claims

// Introspection is what somebody learns about a token (RFC 7662 section 2.2).
type Introspection struct {
	Active bool
	Claims TokenClaims // zero unless Active
	// AskedBy is the client id of who asked: a signed answer is for them alone.
	AskedBy string
}

// Introspect tells an application about a token, if it is good at this moment.
//
// It needs the permission to read applications: a token is a part of what there
// is to know about its application, so that whoever may read that at its node
// may know it, and nobody else (docs/decisions/0009). Tokens that act as users
// are for those who may read users. Who may read neither anywhere is told so by a
// *PermissionError; everything else that is not a good token within reach, for
// whatever reason, is not Active, and nothing more.
func (s *Service) Introspect(ctx context.Context, o Origin, auth ClientAuth, raw string) (Introspection, error) {
	client, err := s.signInClient(ctx, o, auth, s.now())
	if err != nil {
		return Introspection{}, err
	}
	told := Introspection{AskedBy: client.ClientID}
	grants, err := s.repo.Grants(ctx, client.principal())
	if err != nil {
		return Introspection{}, fmt.Errorf("read the grants of %s: %w", client.ApplicationID, err)
	}
	asker := Principal{Subject: client.principal(), Grants: grants}
	if len(asker.reach(Read, Applications)) == 0 && !asker.may(Read, Users, TenantPath) {
		return Introspection{}, s.Admit(ctx, Caller{Principal: asker, Origin: o}, Need{Action: Read, Resource: Applications})
	}
	claims, err := s.verifyIssued(ctx, raw)
	if err == nil {
		err = s.mayKnow(ctx, asker, raw, claims)
	}
	switch {
	case errors.Is(err, token.ErrInvalidToken), errors.Is(err, ErrUnauthenticated), errors.Is(err, errOutOfReach):
		return told, nil
	case err != nil:
		return Introspection{}, err
	}
	told.Active, told.Claims = true, claims
	return told, nil
}

// errOutOfReach says that a token is good, and that whoever asks may not know it.
var errOutOfReach = errors.New("token is out of reach")

// mayKnow is nil for a token that is good now and within the reach of who asks.
func (s *Service) mayKnow(ctx context.Context, asker Principal, raw string, claims token.Claims) error {
	if claims.SubjectType == token.SubjectUser {
		if !asker.may(Read, Users, TenantPath) {
			return errOutOfReach
		}
		_, err := s.userTokenPrincipal(ctx, raw, claims)
		return err
	}
	state, err := s.stateOf(ctx, raw, claims)
	if err != nil {
		return err
	}
	allowed := asker.may(Read, Applications, state.ScopePath)
	if state.Credential.Owner.ID != "" { // it acts as a user
		allowed = asker.may(Read, Users, TenantPath)
	}
	if !allowed {
		return errOutOfReach
	}
	return nil
}

// SignIntrospection signs the JSON of an answer for who asked (RFC 9701).
func (s *Service) SignIntrospection(ctx context.Context, told Introspection, answer []byte) (string, error) {
	now := s.now()
	if err := s.readyToSign(now); err != nil {
		return "", err
	}
	present, err := s.presentNow(ctx)
	if err != nil {
		return "", err
	}
	return present.signer.SignIntrospection(s.cfg.Issuer, told.AskedBy, now, answer)
}

const (
	// maxRevoked is how many living tokens one client can have revoked: whoever
	// makes tokens to revoke them must not fill the disk.
	maxRevoked = 10_000
	// revokedRetry is when there may be room again.
	revokedRetry = 5 * time.Minute
)

// RevokeToken ends a token of the client that asks (RFC 7009): it is refused from
// the next request on, by every replica. What is not a good token of its own
// changes nothing, and is no error: the client wanted it gone, and learns nothing
// of others' tokens.
func (s *Service) RevokeToken(ctx context.Context, o Origin, auth ClientAuth, raw string) error {
	client, err := s.signInClient(ctx, o, auth, s.now())
	if err != nil {
		return err
	}
	claims, err := s.verifyIssued(ctx, raw)
	if errors.Is(err, token.ErrInvalidToken) {
		return nil
	}
	if err != nil {
		return err
	}
	if claims.SubjectType != token.SubjectApplication || claims.Subject != client.ApplicationID {
		return nil
	}
	return s.revoke(ctx, client, o, claims)
}

func (s *Service) revoke(ctx context.Context, client signedIn, o Origin, claims token.Claims) error {
	revoked := RevokedToken{
		TokenID:  TokenID{Issuer: claims.Issuer, ID: claims.ID},
		ClientID: client.ApplicationID, ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC(),
	}
	caller := Caller{Principal: Principal{Subject: Subject{Type: SubjectApplication, ID: client.ApplicationID, Name: client.ClientID}}, Origin: o}
	e := Event{Action: EventDelete, EntityType: accessTokenEntity, EntityID: claims.ID, EntityName: client.ClientID}
	return s.change(ctx, caller, e, func(ctx context.Context, tx Tx, e *Event) error {
		fresh, err := tx.RevokeToken(ctx, revoked)
		if err != nil {
			return err
		}
		if !fresh {
			e.Action = "" // a repeat
			return nil
		}
		n, err := tx.CountRevoked(ctx, client.ApplicationID, s.now())
		if err == nil && n > maxRevoked {
			return &ThrottledError{RetryAfter: revokedRetry}
		}
		return err
	})
}

// forgetTokens removes what would be refused anyway by now.
func (s *Service) forgetTokens(ctx context.Context) error {
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error { return tx.PurgeTokens(ctx, s.now()) })
}
