package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"latchkey/token"
)

const (
	publicKeyEntity    = "public-key"
	publicKeyField     = "key"
	publicKeyNameField = "name"
)

// PublicKeys are those of an application, oldest first. It needs what reading
// the application does.
func (s *Service) PublicKeys(ctx context.Context, c Caller, applicationID string) ([]PublicKey, error) {
	app, err := livingApplication(ctx, s.repo, c, applicationID)
	if err != nil {
		return nil, err
	}
	return s.repo.PublicKeys(ctx, app.ID)
}

// AddPublicKey lets an application prove itself with one more key pair, from the
// next request on. It needs what RegenerateKey does: whoever has the private half
// can act as the application.
func (s *Service) AddPublicKey(ctx context.Context, c Caller, applicationID string, in NewPublicKey) (PublicKey, error) {
	name, problem := cleanPublicKeyName(in.Name)
	if problem != "" {
		return PublicKey{}, Invalid(publicKeyNameField, "%s", problem)
	}
	parsed, err := token.ParseClientKey([]byte(in.Key))
	if err != nil {
		return PublicKey{}, Invalid(publicKeyField, "%s", keyProblem(err))
	}
	id, err := s.newID()
	if err != nil {
		return PublicKey{}, err
	}
	key := PublicKey{
		ID: id, Name: name, KeyID: parsed.ID, Thumbprint: parsed.Thumbprint, Algorithm: string(parsed.Algorithm), JWK: string(parsed.JWK()),
		CreatedBy: c.Name, CreatedAt: s.now(),
	}
	e := Event{Action: EventCreate, EntityType: publicKeyEntity, EntityID: applicationID}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		app, err := livingApplication(ctx, tx, c, applicationID)
		if err != nil {
			return err
		}
		e.EntityName = app.Name
		e.Metadata = key.told()
		if err := mayImpersonate(ctx, tx, c, Update, app); err != nil {
			return err
		}
		key.ApplicationID = app.ID
		if err := hasRoomFor(ctx, tx, key); err != nil {
			return err
		}
		return tx.InsertPublicKey(ctx, key)
	})
	if err != nil {
		return PublicKey{}, err
	}
	return key, nil
}

// DeletePublicKey ends a public key and every token that it has earned, from the
// next request on. It needs the permission to update the application.
func (s *Service) DeletePublicKey(ctx context.Context, c Caller, applicationID, id string) error {
	e := Event{Action: EventDelete, EntityType: publicKeyEntity, EntityID: applicationID}
	return s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		app, err := livingApplication(ctx, tx, c, applicationID)
		if err != nil {
			return err
		}
		e.EntityName = app.Name
		if err := c.require(ctx, tx, Update, Applications, app.ScopePath); err != nil {
			return err
		}
		keys, err := tx.PublicKeys(ctx, app.ID)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if key.ID == id {
				e.Metadata = key.told()
			}
		}
		return tx.DeletePublicKey(ctx, app.ID, id)
	})
}

// told is what the events of an application say of a key.
func (k PublicKey) told() map[string]string {
	return map[string]string{"publicKeyId": k.ID, "keyId": k.KeyID, "algorithm": k.Algorithm, "name": k.Name}
}

// hasRoomFor says which of the application's keys stands in the way of another.
func hasRoomFor(ctx context.Context, tx Tx, key PublicKey) error {
	others, err := tx.PublicKeys(ctx, key.ApplicationID)
	if err != nil {
		return err
	}
	for _, other := range others {
		switch {
		case other.Thumbprint == key.Thumbprint:
			return &ConflictError{Field: publicKeyField, Message: "The application has this public key already.", Exists: true}
		case other.KeyID == key.KeyID:
			return &ConflictError{Field: publicKeyField, Message: "The application has another public key with this kid. Give the new one a kid of its own."}
		}
	}
	if len(others) >= MaxPublicKeys {
		return &ConflictError{Field: publicKeyField, Message: fmt.Sprintf("The application has %d public keys, which is the most. Delete one that is not used any more.", MaxPublicKeys)}
	}
	return nil
}

func cleanPublicKeyName(name string) (clean, problem string) {
	clean = strings.TrimSpace(norm.NFC.String(name))
	switch {
	case !utf8.ValidString(clean) || strings.ContainsFunc(clean, invisible):
		return "", "The name holds characters that cannot be seen, such as a line break."
	case utf8.RuneCountInString(clean) > MaxPublicKeyNameLength:
		return "", fmt.Sprintf("The name has more than %d characters.", MaxPublicKeyNameLength)
	}
	return clean, ""
}

func keyProblem(err error) string {
	switch {
	case errors.Is(err, token.ErrPrivateKey):
		return "This is a private key, which must stay with the application. Make a new pair, since this one may be known to others now, and give its public half."
	case errors.Is(err, token.ErrWeakPublicKey):
		return "This kind of key is not accepted. Use P-256 (ES256), Ed25519 (EdDSA) or RSA with 3072 to 8192 bits (RS256)."
	}
	return "This is no public key. Give it as a JWK, or in PEM with BEGIN PUBLIC KEY."
}
