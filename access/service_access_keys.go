package access

import (
	"context"
	"fmt"
	"slices"

	"latchkey/token"
)

// The kinds of entity that events about access keys name.
const (
	accessKeyEntity       = "access-key"
	accessKeySecretEntity = "access-key-secret"
)

// owner is the caller, if they can have access keys.
func (c Caller) owner() (Subject, error) {
	if c.Type != SubjectUser || c.ID == "" {
		return Subject{}, &PermissionError{Action: Read, Resource: AccessKeys, Message: "Only users have access keys."}
	}
	return c.Subject, nil
}

// MyAccessKeys are the caller's own, oldest first.
func (s *Service) MyAccessKeys(ctx context.Context, c Caller) ([]AccessKey, error) {
	owner, err := c.owner()
	if err != nil {
		return nil, err
	}
	return s.repo.AccessKeys(ctx, AccessKeySelection{OwnerID: owner.ID})
}

// MyAccessKey is one of the caller's own; another's is ErrNotFound.
func (s *Service) MyAccessKey(ctx context.Context, c Caller, id string) (AccessKey, error) {
	return ownAccessKey(ctx, s.repo, c, id)
}

func ownAccessKey(ctx context.Context, r Reader, c Caller, id string) (AccessKey, error) {
	owner, err := c.owner()
	if err != nil {
		return AccessKey{}, err
	}
	key, err := r.AccessKey(ctx, id)
	if err == nil && key.Owner.ID != owner.ID {
		err = fmt.Errorf("access key %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return AccessKey{}, err
	}
	return key, nil
}

// CreateAccessKey makes one for the caller, and its secret key, which is
// returned here and never again. A name that another of theirs has is a
// *ConflictError about "name".
func (s *Service) CreateAccessKey(ctx context.Context, c Caller, in NewAccessKey) (AccessKey, token.Key, error) {
	owner, err := c.owner()
	if err != nil {
		return AccessKey{}, token.Key{}, err
	}
	if problem := checkName(in.Name); problem != "" {
		return AccessKey{}, token.Key{}, Invalid(nameField, "%s", problem)
	}
	key, secret, err := s.mintAccessKey(in.Name, owner)
	if err != nil {
		return AccessKey{}, token.Key{}, err
	}
	e := Event{Action: EventCreate, EntityType: accessKeyEntity, EntityID: key.ID, EntityName: key.Name}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		e.Metadata = map[string]string{"clientId": key.ClientID, "owner": owner.Name}
		// First: the second submission of a form would find its own name taken.
		if err := s.claim(ctx, tx, c, in.FormKey, key.ID); err != nil {
			return err
		}
		if err := checkAccessKeyIsFree(ctx, tx, key); err != nil {
			return err
		}
		return tx.InsertAccessKey(ctx, key, Credential{KeyHash: secret.Hash()})
	})
	if err != nil {
		return AccessKey{}, token.Key{}, s.settled(ctx, c, in.FormKey, err)
	}
	return key, secret, nil
}

func (s *Service) mintAccessKey(name string, owner Subject) (AccessKey, token.Key, error) {
	id, err := s.newID()
	if err != nil {
		return AccessKey{}, token.Key{}, err
	}
	secret, err := token.MintKey(s.cfg.Random)
	if err != nil {
		return AccessKey{}, token.Key{}, err
	}
	clientID := []byte(AccessKeyClientPrefix)
	for range 20 { // 99 bits: it is no secret, but nobody should guess whose there are
		letter, err := randomLetter(s.cfg.Random, temporaryAlphabet)
		if err != nil {
			return AccessKey{}, token.Key{}, fmt.Errorf("mint a client id: %w", err)
		}
		clientID = append(clientID, letter)
	}
	at := s.now()
	key := AccessKey{
		ID: id, Name: name, ClientID: string(clientID), Owner: owner, EndsIn: secret.EndsIn(), Generation: 1, CreatedAt: at, UpdatedAt: at,
	}
	return key, secret, nil
}

// checkAccessKeyIsFree looks at the owner too, who may be gone by now.
func checkAccessKeyIsFree(ctx context.Context, tx Tx, key AccessKey) error {
	if _, err := tx.User(ctx, key.Owner.ID); err != nil {
		return err
	}
	others, err := tx.AccessKeys(ctx, AccessKeySelection{OwnerID: key.Owner.ID})
	if err != nil {
		return err
	}
	sameName := func(k AccessKey) bool { return k.Name == key.Name }
	switch {
	case slices.ContainsFunc(others, sameName):
		return &ConflictError{Field: nameField, Message: fmt.Sprintf("You have an access key named %s already. Choose another name.", key.Name)}
	case len(others) >= MaxAccessKeys:
		return &ConflictError{Message: fmt.Sprintf("You have %d access keys, which are the most. Delete one first.", len(others))}
	}
	return nil
}

// RegenerateAccessKey replaces the secret key of one of the caller's own; the
// old one and its tokens are refused from the next request on.
func (s *Service) RegenerateAccessKey(ctx context.Context, c Caller, id, formKey string) (AccessKey, token.Key, error) {
	secret, err := token.MintKey(s.cfg.Random)
	if err != nil {
		return AccessKey{}, token.Key{}, err
	}
	var key AccessKey
	e := Event{Action: EventUpdate, EntityType: accessKeySecretEntity, EntityID: id}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		key, err = ownAccessKey(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if err := s.claim(ctx, tx, c, formKey, key.ID); err != nil {
			return err
		}
		e.EntityName = key.Name
		e.Metadata = map[string]string{"before.keyEndsIn": key.EndsIn, "after.keyEndsIn": secret.EndsIn()}
		key.EndsIn, key.UpdatedAt = secret.EndsIn(), s.now()
		key.Generation++
		return tx.ReplaceAccessKey(ctx, key, Credential{KeyHash: secret.Hash()})
	})
	if err != nil {
		return AccessKey{}, token.Key{}, s.settled(ctx, c, formKey, err)
	}
	return key, secret, nil
}

// DeleteMyAccessKey removes one of the caller's own for good.
func (s *Service) DeleteMyAccessKey(ctx context.Context, c Caller, id string) error {
	return s.DeleteMyAccessKeyVersion(ctx, c, id, 0)
}

// DeleteMyAccessKeyVersion is DeleteMyAccessKey for a caller who read this
// generation; if the key is another by now, it stays and the error is ErrStale.
func (s *Service) DeleteMyAccessKeyVersion(ctx context.Context, c Caller, id string, generation int64) error {
	return s.deleteAccessKey(ctx, c, id, func(ctx context.Context, tx Tx) (AccessKey, error) {
		key, err := ownAccessKey(ctx, tx, c, id)
		if err != nil {
			return AccessKey{}, err
		}
		return key, sameVersion(accessKeyEntity, id, generation, key.Generation)
	})
}

// AllAccessKeys are everybody's, for those who may read users: the keys are a
// part of them. ClientID and CreatedBy select exactly.
func (s *Service) AllAccessKeys(ctx context.Context, c Caller, by AccessKeySelection) ([]AccessKey, error) {
	if err := c.require(ctx, s.repo, Read, Users, TenantPath); err != nil {
		return nil, err
	}
	return s.repo.AccessKeys(ctx, by)
}

// DeleteAccessKey removes anybody's, for those who may update users.
func (s *Service) DeleteAccessKey(ctx context.Context, c Caller, id string) error {
	return s.deleteAccessKey(ctx, c, id, func(ctx context.Context, tx Tx) (AccessKey, error) {
		key, err := tx.AccessKey(ctx, id)
		if err == nil && !c.may(Read, Users, TenantPath) {
			err = fmt.Errorf("access key %s: %w", id, ErrNotFound)
		}
		if err != nil {
			return AccessKey{}, err
		}
		return key, c.require(ctx, tx, Update, Users, TenantPath)
	})
}

func (s *Service) deleteAccessKey(ctx context.Context, c Caller, id string, find func(context.Context, Tx) (AccessKey, error)) error {
	e := Event{Action: EventDelete, EntityType: accessKeyEntity, EntityID: id}
	return s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		key, err := find(ctx, tx)
		e.EntityName = key.Name
		if err != nil {
			return err
		}
		return s.dropAccessKey(ctx, tx, key, e)
	})
}

func (s *Service) dropAccessKey(ctx context.Context, tx Tx, key AccessKey, e *Event) error {
	e.EntityName = key.Name
	e.Metadata = map[string]string{"clientId": key.ClientID, "owner": key.Owner.Name}
	return tx.DeleteAccessKey(ctx, key.ID)
}

// dropAccessKeys removes those of a user who goes, each with its event.
func (s *Service) dropAccessKeys(ctx context.Context, tx Tx, c Caller, ownerID string) (int, error) {
	keys, err := tx.AccessKeys(ctx, AccessKeySelection{OwnerID: ownerID})
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		e := Event{Action: EventDelete, EntityType: accessKeyEntity, EntityID: key.ID}
		if err := s.dropAccessKey(ctx, tx, key, &e); err != nil {
			return 0, err
		}
		if err := s.record(ctx, tx, c, e); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}
