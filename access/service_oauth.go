package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/token"
)

// ClientAuth is how a client says who it is: by a secret key, or by an assertion
// that it signed with a key whose public half is known here (RFC 7523).
type ClientAuth struct {
	ClientID  string // may be empty beside an assertion, which names it
	SecretKey string
	Assertion string
}

// TokenRequest is what a client asks for at the token endpoint.
type TokenRequest struct {
	ClientAuth
	// Scope is what the token shall be able to do, as TokenScopes has them,
	// separated by spaces; empty means all that the access rules allow.
	Scope string
	// Audiences are who the token shall be for; empty means our own API.
	Audiences []string
}

// signedIn is a client that has proved who it is.
type signedIn struct {
	Credential
	publicKey string // the id of the one that proved it, or empty
}

// Trade trades what a client proves itself with for an access token. Unknown,
// wrong, disabled, deleted and expired are one ErrUnauthenticated, alike in time.
// A scope beyond the access rules is ErrInvalidScope, another audience than the
// configured ones ErrInvalidTarget.
//
// Of a secret key nothing is written: Flush does, once a second. An assertion is
// remembered, since it must not work twice.
func (s *Service) Trade(ctx context.Context, o Origin, in TokenRequest) (IssuedToken, error) {
	now := s.now()
	if err := s.readyToSign(now); err != nil {
		return IssuedToken{}, err
	}
	client, err := s.signInClient(ctx, o, in.ClientAuth, now)
	if err != nil {
		return IssuedToken{}, err
	}
	audience, err := s.audienceOf(in.Audiences)
	if err != nil {
		return IssuedToken{}, err
	}
	scope, err := s.scopeFor(ctx, client.Credential, in.Scope)
	if err != nil {
		return IssuedToken{}, err
	}
	present, err := s.presentSince(ctx, client.Epoch, now)
	if err != nil {
		return IssuedToken{}, err
	}
	issued, expiresAt, err := s.sign(present, client, audience, scope, now)
	if err != nil {
		return IssuedToken{}, err
	}
	s.uses.add(TokenUse{
		ApplicationID: client.ApplicationID, AccessKey: client.Owner.ID != "", PublicKey: client.publicKey, Generation: client.Generation,
		At: now, ExpiresAt: expiresAt, Tokens: 1,
	})
	s.tally.issued.Add(1)
	return issued, nil
}

// signInClient finds out who a client is; ErrUnauthenticated if it cannot be
// told. The failure becomes an event once Flush is called.
func (s *Service) signInClient(ctx context.Context, o Origin, auth ClientAuth, now time.Time) (signedIn, error) {
	client, problem, err := s.identify(ctx, &auth, now)
	if err != nil {
		return signedIn{}, err
	}
	if problem != "" {
		s.tally.refuse(problem)
		s.evenOut(ctx, auth.ClientID, client.Credential)
		s.failures.add(failure{
			action: EventSignIn, subject: client.claimedSubject(auth.ClientID), entityType: sessionEntity, reason: problem, origin: o,
		})
		return signedIn{}, fmt.Errorf("%s: %w", problem, ErrUnauthenticated)
	}
	return client, nil
}

// identify completes the client id of an assertion, which is inside it.
func (s *Service) identify(ctx context.Context, auth *ClientAuth, now time.Time) (c signedIn, problem string, err error) {
	if auth.Assertion != "" {
		return s.authenticateAssertion(ctx, auth, now)
	}
	c.Credential, problem, err = s.authenticate(ctx, auth.ClientID, auth.SecretKey, now)
	return c, problem, err
}

// authenticateAssertion is authenticate for a client that signs: whose assertion
// this is, or the problem in words that the client never sees.
func (s *Service) authenticateAssertion(ctx context.Context, auth *ClientAuth, now time.Time) (c signedIn, problem string, err error) {
	assertion, err := token.ParseAssertion(auth.Assertion)
	if err != nil {
		return signedIn{}, "malformed client assertion", nil
	}
	if auth.ClientID == "" {
		auth.ClientID = assertion.Subject
	}
	if auth.ClientID != assertion.Subject || !canBeClientID(assertion.Subject) {
		return signedIn{}, "unknown client id", nil
	}
	c.Credential, err = s.repo.Credential(ctx, assertion.Subject)
	unknown := errors.Is(err, ErrNotFound)
	if err != nil && !unknown {
		return signedIn{}, "", fmt.Errorf("look up a credential: %w", err)
	}
	signer, err := s.signerOf(ctx, assertion, c.ApplicationID)
	if err != nil {
		return signedIn{}, "", err
	}
	switch {
	case unknown:
		return c, "unknown client id", nil
	case signer == "":
		return c, "client assertion of an unknown public key", nil
	case c.Deleted:
		return c, "deleted application", nil
	case !c.Enabled:
		return c, "disabled application", nil
	}
	if err := assertion.Check(s.cfg.Issuer, now); err != nil {
		return c, err.Error(), nil
	}
	c.publicKey = signer
	problem, err = s.spend(ctx, assertion, c.ApplicationID)
	return c, problem, err
}

// signerOf is the id of the application's public key that has signed, or empty.
// Nobody's keys are asked for too, and a signature is looked at in any case: the
// time does not tell whether there is such a client.
func (s *Service) signerOf(ctx context.Context, assertion *token.Assertion, applicationID string) (string, error) {
	stored, err := s.repo.PublicKeys(ctx, applicationID)
	if err != nil {
		return "", fmt.Errorf("read the public keys of a client: %w", err)
	}
	ids := map[*token.ClientKey]string{}
	keys := make([]*token.ClientKey, 0, len(stored))
	for _, row := range stored {
		key, err := token.ParseClientKey([]byte(row.JWK))
		if err != nil {
			return "", fmt.Errorf("read public key %s: %w", row.ID, err)
		}
		ids[key] = row.ID
		keys = append(keys, key)
	}
	return ids[assertion.SignedBy(keys)], nil
}

// spend makes sure that an assertion works once, on whichever replica.
func (s *Service) spend(ctx context.Context, assertion *token.Assertion, applicationID string) (problem string, err error) {
	name := sha256.Sum256([]byte(applicationID + "\x00" + assertion.ID))
	err = s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.UseAssertion(ctx, name, assertion.UsableUntil())
	})
	if errors.Is(err, ErrConflict) {
		return "client assertion was used before", nil
	}
	return "", err
}

// audienceOf is who a token is for: our own API, unless others of the configured
// list are asked for.
func (s *Service) audienceOf(asked []string) ([]string, error) {
	if len(asked) == 0 {
		return s.audience, nil
	}
	var audience []string
	for _, one := range asked {
		if one != s.cfg.Issuer && !slices.Contains(s.cfg.Audiences, one) {
			return nil, ErrInvalidTarget
		}
		if !slices.Contains(audience, one) {
			audience = append(audience, one)
		}
	}
	return audience, nil
}

// scopeFor is the scope of a token, if the access rules of the moment allow all
// of it. They are read only if there is something to compare.
func (s *Service) scopeFor(ctx context.Context, c Credential, asked string) (string, error) {
	scope, err := parseTokenScope(asked)
	if err != nil || scope == nil {
		return asked, err
	}
	grants, err := s.repo.Grants(ctx, c.principal())
	if err != nil {
		return "", fmt.Errorf("read the grants of %s: %w", c.ApplicationID, err)
	}
	if !scope.coveredBy(grants) {
		return "", ErrInvalidScope
	}
	return scope.text, nil
}

// principal is who the credential acts as: an access key is its owner.
func (c Credential) principal() Subject {
	if c.Owner.ID != "" {
		return c.Owner
	}
	return Subject{Type: SubjectApplication, ID: c.ApplicationID, Name: c.ClientID}
}
