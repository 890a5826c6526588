package access

import (
	"context"
	"errors"
	"fmt"

	"latchkey/token"
)

// KeyOwner is whose a secret key is: one of the two.
type KeyOwner struct {
	Application *Application
	AccessKey   *AccessKey
}

// WhoseKey tells whom a secret key belongs to: an application that the caller may
// read, in the bin too, or an access key of their own or, for those who may read
// users, of anybody. All else is ErrNotFound, alike. That somebody asked is
// recorded either way, since they hold the key.
func (s *Service) WhoseKey(ctx context.Context, c Caller, text string) (KeyOwner, error) {
	key, err := token.ParseKey(text)
	if err != nil {
		return KeyOwner{}, Invalid("key", "A secret key is lk_ followed by 49 letters and digits. Copy it whole: one wrong letter is enough.")
	}
	var owner KeyOwner
	var missing error
	err = s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		e := Event{
			Action: EventRead, Result: Succeeded, EntityType: secretEntity, EntityName: key.String(),
			Metadata: map[string]string{"keyEndsIn": key.EndsIn()},
		}
		owner, missing = KeyOwner{}, nil
		found, err := keyOwner(ctx, tx, key, &e)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err != nil || !c.maySee(found) {
			missing = fmt.Errorf("the owner of a secret key: %w", ErrNotFound)
			e.Result = Failed
			e.Metadata["reason"] = "no key of this installation that they may see"
		} else {
			owner = found
		}
		return s.record(ctx, tx, c, e)
	})
	if err != nil {
		return KeyOwner{}, err
	}
	return owner, missing
}

// keyOwner looks for the owner, and names them in the event.
func keyOwner(ctx context.Context, r Reader, key token.Key, e *Event) (KeyOwner, error) {
	app, err := r.ApplicationByKey(ctx, key.EndsIn(), key.Hash())
	if err == nil {
		e.EntityID, e.EntityName = app.ID, app.Name
		return KeyOwner{Application: &app}, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return KeyOwner{}, err
	}
	own, err := r.AccessKeyByKey(ctx, key.EndsIn(), key.Hash())
	if err != nil {
		return KeyOwner{}, err
	}
	e.EntityType, e.EntityID, e.EntityName = accessKeySecretEntity, own.ID, own.Name
	return KeyOwner{AccessKey: &own}, nil
}

func (c Caller) maySee(o KeyOwner) bool {
	if o.Application != nil {
		return c.may(Read, Applications, o.Application.ScopePath)
	}
	own := c.Type == SubjectUser && c.ID == o.AccessKey.Owner.ID
	return own || c.may(Read, Users, TenantPath)
}
