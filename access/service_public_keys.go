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
	// firstPublicKeyField is that of a new application, whose own name is "name".
	firstPublicKeyField = "publicKey"
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
	key, wrong := in.read(publicKeyNameField, publicKeyField)
	if err := wrong.err(); err != nil {
		return PublicKey{}, err
	}
	id, err := s.newID()
	if err != nil {
		return PublicKey{}, err
	}
	key.ID, key.CreatedBy, key.CreatedAt = id, c.Name, s.now()
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

// read is the key as it will be kept, and all that is wrong with what was given.
func (in NewPublicKey) read(nameField, keyField string) (key PublicKey, wrong findings) {
	name, problem := cleanPublicKeyName(in.Name)
	wrong.add(nameField, problem)
	parsed, err := token.ParseClientKey([]byte(in.Key))
	if err != nil {
		wrong.add(keyField, keyProblem(err))
		return PublicKey{}, wrong
	}
	return PublicKey{
		Name: name, KeyID: parsed.ID, Thumbprint: parsed.Thumbprint, Algorithm: string(parsed.Algorithm), JWK: string(parsed.JWK()),
	}, wrong
}

// DeletePublicKey ends a public key and every token that it has earned, from the
// next request on. It needs the permission to update the application. The last
// one of an application without a secret key stays: a *ConflictError says why.
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
		if e.Metadata != nil && len(keys) == 1 && !app.HasSecretKey() {
			return &ConflictError{Message: app.Name + " has no secret key, and no other public key to sign in with. Add one or make a secret key first; to stop it at once, disable it."}
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

// keyProblem says what is wrong with a public key, and never repeats it.
func keyProblem(err error) string {
	var weak *token.WeakKeyError
	switch {
	case errors.Is(err, token.ErrPrivateKey):
		return "This is a private key, which must stay with the application. It was not kept. Make a new pair, since this one may be known to others now, and give its public half."
	case errors.As(err, &weak):
		return "This is " + weak.What + ", which is not accepted. Use P-256 (ES256), Ed25519 (EdDSA) or RSA with 3072 to 8192 bits (RS256)."
	case errors.Is(err, token.ErrCertificate):
		return "This is a certificate. Give the public key in it: openssl x509 -in FILE -pubkey -noout."
	case errors.Is(err, token.ErrSeveralKeys):
		return "This is a set of keys. Give one of them."
	}
	return "This is no public key. Give it as a JWK, or in PEM with BEGIN PUBLIC KEY."
}
