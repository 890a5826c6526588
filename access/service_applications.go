package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"latchkey/token"
)

// The kinds of entity that events about applications name.
const (
	applicationEntity = "application"
	secretEntity      = "application-secret"
)

// ListApplications is one page of those that the caller may read. A caller who
// may read none anywhere gets a *PermissionError, not an empty page.
func (s *Service) ListApplications(ctx context.Context, c Caller, l List) (ApplicationPage, error) {
	q, err := s.applicationQuery(ctx, c, l)
	if err != nil {
		return ApplicationPage{}, err
	}
	return s.repo.ListApplications(ctx, q)
}

// CountApplications counts what ListApplications would show, up to CountCap.
func (s *Service) CountApplications(ctx context.Context, c Caller, l List) (Count, error) {
	q, err := s.applicationQuery(ctx, c, l)
	if err != nil {
		return Count{}, err
	}
	return capped(s.repo.CountApplications(ctx, q, CountCap))
}

// CountAllApplications counts exactly, however many.
func (s *Service) CountAllApplications(ctx context.Context, c Caller, l List) (int, error) {
	q, err := s.applicationQuery(ctx, c, l)
	if err != nil {
		return 0, err
	}
	return s.repo.CountApplications(ctx, q, 0)
}

// EachApplication streams every match to fn in order, in constant memory; an
// error of fn ends it and is returned.
func (s *Service) EachApplication(ctx context.Context, c Caller, l List, fn func(ApplicationRow) error) error {
	q, err := s.applicationQuery(ctx, c, l)
	if err != nil {
		return err
	}
	return s.repo.EachApplication(ctx, q, fn)
}

// ExportApplications is EachApplication for a download, which is recorded.
func (s *Service) ExportApplications(ctx context.Context, c Caller, l List, fn func(ApplicationRow) error) error {
	q, err := s.applicationQuery(ctx, c, l)
	if err != nil {
		return err
	}
	if err := s.recordExport(ctx, c, applicationEntity, "CSV", l); err != nil {
		return err
	}
	return s.repo.EachApplication(ctx, q, fn)
}

// applicationQuery adds to a list what the caller may see.
func (s *Service) applicationQuery(ctx context.Context, c Caller, l List) (ApplicationQuery, error) {
	reach := c.reach(Read, Applications)
	if len(reach) == 0 {
		if err := c.require(ctx, s.repo, Read, Applications, TenantPath); err != nil {
			return ApplicationQuery{}, err
		}
	}
	return ApplicationQuery{List: l.filled(ApplicationSchema), Reach: reach, Now: s.now()}, nil
}

// Application finds one by id. One in the bin is found too, with DeletedAt set,
// so that it can be shown before it is restored.
func (s *Service) Application(ctx context.Context, c Caller, id string) (Application, error) {
	return visibleApplication(ctx, s.repo, c, id)
}

// visibleApplication answers ErrNotFound both for what does not exist and for
// what the caller may not know of.
func visibleApplication(ctx context.Context, r Reader, c Caller, id string) (Application, error) {
	app, err := r.Application(ctx, id)
	if err != nil {
		return Application{}, err
	}
	if !c.may(Read, Applications, app.ScopePath) {
		return Application{}, fmt.Errorf("application %s: %w", id, ErrNotFound)
	}
	return app, nil
}

// livingApplication is visibleApplication for what is not in the bin.
func livingApplication(ctx context.Context, r Reader, c Caller, id string) (Application, error) {
	app, err := visibleApplication(ctx, r, c, id)
	if err == nil && !app.DeletedAt.IsZero() {
		err = fmt.Errorf("application %s is in the bin: %w", id, ErrNotFound)
	}
	if err != nil {
		return Application{}, err
	}
	return app, nil
}

// ApplicationImpact is what a confirmation says before it breaks something.
func (s *Service) ApplicationImpact(ctx context.Context, c Caller, id string) (Impact, error) {
	app, err := livingApplication(ctx, s.repo, c, id)
	if err != nil {
		return Impact{}, err
	}
	tokens, err := s.repo.ActiveTokens(ctx, app.ID, s.now())
	if err != nil {
		return Impact{}, fmt.Errorf("count the active tokens: %w", err)
	}
	keys, err := s.repo.PublicKeys(ctx, app.ID)
	if err != nil {
		return Impact{}, fmt.Errorf("count the public keys: %w", err)
	}
	return Impact{Application: app, ActiveTokens: tokens, Rules: app.RuleCount, PublicKeys: len(keys)}, nil
}

// CreateApplication makes an application and its first secret key, which is
// returned here and never again; or, with a public key, one that has none: the
// key returned is the zero one then. A name that is taken is a *ConflictError about
// "name", a form that was submitted before an *AlreadyDoneError.
func (s *Service) CreateApplication(ctx context.Context, c Caller, in NewApplication) (Application, token.Key, error) {
	description, publicKey, err := in.check()
	if err != nil {
		return Application{}, token.Key{}, err
	}
	id, err := s.newID()
	if err != nil {
		return Application{}, token.Key{}, err
	}
	at := s.now()
	app := Application{
		ID: id, Name: in.Name, ClientID: in.Name, Description: description, Enabled: true,
		CreatedBy: c.Name, Version: 1,
		Times: Times{CreatedAt: at, UpdatedAt: at},
	}
	key, err := s.firstKey(app, publicKey)
	if err != nil {
		return Application{}, token.Key{}, err
	}
	e := Event{Action: EventCreate, EntityType: applicationEntity, EntityID: id, EntityName: in.Name}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		scope, err := managingScope(ctx, tx, c, in.ScopeID)
		if err != nil {
			return err
		}
		if err := s.claim(ctx, tx, c, in.FormKey, id); err != nil {
			return err
		}
		app.ScopeID, app.ScopePath = scope.ID, scope.Path
		e.Metadata = map[string]string{"scope": scope.NamePath()}
		if publicKey != nil {
			maps.Copy(e.Metadata, publicKey.told())
			return insertApplication(ctx, tx, app, key, *publicKey)
		}
		if app.Key, err = s.newKeyFacts(ctx, tx, key, at, in.KeyLifetime); err != nil {
			return err
		}
		e.Metadata["keyExpiresAt"] = timeText(app.Key.ExpiresAt)
		return insertApplication(ctx, tx, app, key)
	})
	if err != nil {
		return Application{}, token.Key{}, s.settled(ctx, c, in.FormKey, err)
	}
	return app, key, nil
}

// firstKey mints the secret key of a new application. One with a public key has
// none; the public key is completed instead.
func (s *Service) firstKey(app Application, public *PublicKey) (key token.Key, err error) {
	if public == nil {
		return token.MintKey(s.cfg.Random)
	}
	if public.ID, err = s.newID(); err != nil {
		return token.Key{}, err
	}
	public.ApplicationID, public.CreatedBy, public.CreatedAt = app.ID, app.CreatedBy, app.CreatedAt
	return token.Key{}, nil
}

// check answers the description and the public key, if one was given, in their
// stored form, or all that is wrong.
func (in NewApplication) check() (description string, public *PublicKey, err error) {
	var wrong findings
	wrong.add(nameField, checkName(in.Name))
	description, problem := cleanDescription(in.Description)
	wrong.add(descriptionField, problem)
	if in.PublicKey == nil {
		wrong.add(keyLifetimeField, checkKeyLifetime(in.KeyLifetime))
		return description, nil, wrong.err()
	}
	read, problems := in.PublicKey.read(firstPublicKeyField, firstPublicKeyField)
	wrong.fields = append(wrong.fields, problems.fields...)
	return description, &read, wrong.err()
}

// managingScope finds the node at which a new application is managed: the one
// asked for, or the widest at which the caller may create applications.
func managingScope(ctx context.Context, tx Tx, c Caller, id string) (Scope, error) {
	if id == "" {
		reach := c.reach(Create, Applications)
		if len(reach) == 0 {
			return Scope{}, c.require(ctx, tx, Create, Applications, TenantPath)
		}
		id = reach[0].nodeID()
	}
	scope, err := visibleScope(ctx, tx, c, id)
	if err != nil {
		return Scope{}, err
	}
	return scope, c.require(ctx, tx, Create, Applications, scope.Path)
}

func insertApplication(ctx context.Context, tx Tx, app Application, key token.Key, public ...PublicKey) error {
	if err := checkNameIsFree(ctx, tx, app.ClientID); err != nil {
		return err
	}
	err := tx.InsertApplication(ctx, app, credentialOf(app, key, 1))
	if errors.Is(err, ErrConflict) {
		return fmt.Errorf("%w: %w", nameTaken(app.ClientID), err)
	}
	if err != nil {
		return err
	}
	for _, p := range public {
		if err := tx.InsertPublicKey(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func checkNameIsFree(ctx context.Context, tx Tx, name string) error {
	_, err := tx.ApplicationByClientID(ctx, name)
	switch {
	case err == nil:
		return nameTaken(name)
	case errors.Is(err, ErrNotFound):
		return nil
	}
	return err
}

func nameTaken(name string) error {
	return &ConflictError{Field: nameField, Message: fmt.Sprintf("An application named %s already exists. Choose another name.", name)}
}

// newKeyFacts are those of a key that begins at a moment and lives as long as was asked,
// if the tenant's policy allows that.
func (s *Service) newKeyFacts(ctx context.Context, tx Tx, key token.Key, at time.Time, asked time.Duration) (KeyFacts, error) {
	settings, err := s.storedSettings(ctx, tx)
	if err != nil {
		return KeyFacts{}, err
	}
	lifetime, err := settings.Keys.lifetime(asked)
	if err != nil {
		return KeyFacts{}, err
	}
	facts := KeyFacts{EndsIn: key.EndsIn(), CreatedAt: at}
	if lifetime > 0 {
		facts.ExpiresAt = at.Add(lifetime)
	}
	return facts, nil
}

func credentialOf(app Application, key token.Key, generation int64) Credential {
	c := Credential{
		ApplicationID: app.ID, ClientID: app.ClientID, Generation: generation,
		Enabled: app.Enabled, KeyExpiresAt: app.Key.ExpiresAt, TokenLifetime: app.TokenLifetime,
	}
	if app.HasSecretKey() {
		c.KeyHash = key.Hash()
	}
	return c
}

// timeText is a time in the metadata of an event.
func timeText(t time.Time) string {
	if t.IsZero() {
		return Never
	}
	return t.UTC().Format(time.RFC3339)
}

// Regeneration says how a secret key is replaced.
type Regeneration struct {
	Lifetime time.Duration // 0: does not expire; or UsualKeyLifetime
	FormKey  string        // as in NewApplication
	// EndsIn are the last characters of the key that is meant to go, NoSecretKey
	// if there was none; empty: any.
	EndsIn string
}

// RegenerateKey is ReplaceKey whatever the present key is.
func (s *Service) RegenerateKey(ctx context.Context, c Caller, id string, lifetime time.Duration, formKey string) (Application, token.Key, error) {
	return s.ReplaceKey(ctx, c, id, Regeneration{Lifetime: lifetime, FormKey: formKey})
}

// ReplaceKey replaces the secret key; the old one and its tokens are refused
// from the next request on. It is ErrStale if the key is not the one that was
// meant: somebody else replaced it, and may just have put the new one to use.
//
// Whoever holds the new key can do what the application can. So the caller must
// hold every permission of its rules (security.md 39).
func (s *Service) ReplaceKey(ctx context.Context, c Caller, id string, r Regeneration) (Application, token.Key, error) {
	lifetime, formKey := r.Lifetime, r.FormKey
	key, err := s.nextKey(lifetime)
	if err != nil {
		return Application{}, token.Key{}, err
	}
	var app Application
	e := Event{Action: EventUpdate, EntityType: secretEntity, EntityID: id}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		app, err = livingApplication(ctx, tx, c, id)
		if err != nil {
			return err
		}
		e.EntityName = app.Name
		if err := mayImpersonate(ctx, tx, c, Update, app); err != nil {
			return err
		}
		if err := s.claim(ctx, tx, c, formKey, app.ID); err != nil {
			return err
		}
		before := app.Key
		if err := sameKey(app, r.EndsIn); err != nil {
			return err
		}
		app, err = s.replaceKey(ctx, tx, app, key, lifetime)
		e.Metadata = keyChange(before, app.Key)
		return err
	})
	if err != nil {
		return Application{}, token.Key{}, s.settled(ctx, c, formKey, err)
	}
	return app, key, nil
}

// sameKey is ErrStale if another key is meant than the present one.
func sameKey(app Application, end string) error {
	if end == "" || end == app.Key.End() {
		return nil
	}
	return fmt.Errorf("the key of application %s: %w", app.ID, ErrStale)
}

// RemoveSecretKey leaves an application its public keys alone: the secret key, and
// every token of the application, are refused from the next request on. RegenerateKey
// brings a secret key back. Without a public key it could not sign in at all, which
// a *ConflictError says. endsIn is that of Regeneration. Doing it twice is no error.
//
// It needs the permission to update the application, and no more: it only takes away.
func (s *Service) RemoveSecretKey(ctx context.Context, c Caller, id, endsIn string) (Application, error) {
	var app Application
	e := Event{Action: EventDelete, EntityType: secretEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		app, err = livingApplication(ctx, tx, c, id)
		if err != nil {
			return err
		}
		e.EntityName = app.Name
		if err := c.require(ctx, tx, Update, Applications, app.ScopePath); err != nil {
			return err
		}
		if err := sameKey(app, endsIn); err != nil {
			return err
		}
		if !app.HasSecretKey() {
			e.Action = ""
			return nil
		}
		e.Metadata = map[string]string{"before.keyEndsIn": app.Key.EndsIn, "before.keyExpiresAt": timeText(app.Key.ExpiresAt)}
		app, err = s.removeKey(ctx, tx, app)
		return err
	})
	if err != nil {
		return Application{}, err
	}
	return app, nil
}

// removeKey counts as one generation more, so that the tokens of the key go with it.
func (s *Service) removeKey(ctx context.Context, tx Tx, app Application) (Application, error) {
	public, err := tx.PublicKeys(ctx, app.ID)
	if err != nil {
		return Application{}, err
	}
	if len(public) == 0 {
		return Application{}, &ConflictError{Message: app.Name + " has no public key to sign in with instead. Add one first; to stop it at once, disable it."}
	}
	old, err := tx.Credential(ctx, app.ID)
	if err != nil {
		return Application{}, fmt.Errorf("read the credential of %s: %w", app.ID, err)
	}
	app.Key, app.UpdatedAt = KeyFacts{}, s.now()
	if err := tx.ReplaceKey(ctx, app, credentialOf(app, token.Key{}, old.Generation+1)); err != nil {
		return Application{}, err
	}
	return tx.Application(ctx, app.ID)
}

// mayImpersonate is the check before anything that lets the caller act as the
// application, or changes what it can do: the action itself, and holding all
// that its rules grant.
func mayImpersonate(ctx context.Context, tx Tx, c Caller, a Action, app Application) error {
	if err := c.require(ctx, tx, a, Applications, app.ScopePath); err != nil {
		return err
	}
	return holdsRulesOf(ctx, tx, c, subjectOf(app))
}

func subjectOf(app Application) Subject {
	return Subject{Type: SubjectApplication, ID: app.ID, Name: app.ClientID}
}

// nextKey is a key in place of one that was there, or what is wrong with the
// lifetime that it is to have.
func (s *Service) nextKey(lifetime time.Duration) (token.Key, error) {
	if problem := checkKeyLifetime(lifetime); problem != "" {
		return token.Key{}, Invalid(keyLifetimeField, "%s", problem)
	}
	return token.MintKey(s.cfg.Random)
}

// replaceKey stores the key as one generation newer and answers the application
// as it then is. Where there was none before, no token goes bad: those that there
// are were earned by public keys.
func (s *Service) replaceKey(ctx context.Context, tx Tx, app Application, key token.Key, lifetime time.Duration) (Application, error) {
	old, err := tx.Credential(ctx, app.ID)
	if err != nil {
		return Application{}, fmt.Errorf("read the credential of %s: %w", app.ID, err)
	}
	generation := old.Generation
	if app.HasSecretKey() {
		generation++
	}
	at := s.now()
	if app.Key, err = s.newKeyFacts(ctx, tx, key, at, lifetime); err != nil {
		return Application{}, err
	}
	app.UpdatedAt = at
	if err := tx.ReplaceKey(ctx, app, credentialOf(app, key, generation)); err != nil {
		return Application{}, err
	}
	return tx.Application(ctx, app.ID)
}

func keyChange(before, after KeyFacts) map[string]string {
	return map[string]string{
		"before.keyEndsIn": before.End(), "before.keyExpiresAt": timeText(before.ExpiresAt),
		"after.keyEndsIn": after.EndsIn, "after.keyExpiresAt": timeText(after.ExpiresAt),
	}
}

// SetApplicationEnabled lets the application sign in again, or refuses it and
// its tokens from the next request on. Enabling needs what regenerating does;
// disabling only takes away. Doing it twice is no error.
func (s *Service) SetApplicationEnabled(ctx context.Context, c Caller, id string, enabled bool) (Application, error) {
	var app Application
	e := Event{Action: EventUpdate, EntityType: applicationEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		app, err = s.setEnabled(ctx, tx, c, id, enabled, e)
		return err
	})
	if err != nil {
		return Application{}, err
	}
	return app, nil
}

func (s *Service) setEnabled(ctx context.Context, tx Tx, c Caller, id string, enabled bool, e *Event) (Application, error) {
	app, err := livingApplication(ctx, tx, c, id)
	if err != nil {
		return Application{}, err
	}
	e.EntityName = app.Name
	e.Metadata = map[string]string{
		"before.enabled": strconv.FormatBool(app.Enabled),
		"after.enabled":  strconv.FormatBool(enabled),
	}
	check := c.require(ctx, tx, Update, Applications, app.ScopePath)
	if check == nil && enabled {
		check = holdsRulesOf(ctx, tx, c, subjectOf(app))
	}
	if check != nil {
		return Application{}, check
	}
	if app.Enabled == enabled {
		e.Action = ""
		return app, nil
	}
	app.Enabled = enabled
	return s.updateApplication(ctx, tx, app)
}

// updateApplication writes it as of now and answers it as it then is.
func (s *Service) updateApplication(ctx context.Context, tx Tx, app Application) (Application, error) {
	app.UpdatedAt = s.now()
	if err := tx.UpdateApplication(ctx, app); err != nil {
		return Application{}, err
	}
	app.Version++ // as UpdateApplication has made it
	return app, nil
}

// DescribeApplication changes the description; version is the one the caller
// read (0: whatever it is), ErrStale if it changed since.
func (s *Service) DescribeApplication(ctx context.Context, c Caller, id, description string, version int64) (Application, error) {
	description, problem := cleanDescription(description)
	if problem != "" {
		return Application{}, Invalid(descriptionField, "%s", problem)
	}
	var app Application
	e := Event{Action: EventUpdate, EntityType: applicationEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		app, err = livingApplication(ctx, tx, c, id)
		if err != nil {
			return err
		}
		e.EntityName = app.Name
		if err := c.require(ctx, tx, Update, Applications, app.ScopePath); err != nil {
			return err
		}
		if err := sameVersion(applicationEntity, id, version, app.Version); err != nil {
			return err
		}
		e.Metadata = map[string]string{"before.description": app.Description, "after.description": description}
		app.Description = description
		app, err = s.updateApplication(ctx, tx, app)
		return err
	})
	if err != nil {
		return Application{}, err
	}
	return app, nil
}

// DeleteApplication puts it into the bin for BinRetention. Its key and tokens
// are refused from the next request on, and its name can be taken again.
func (s *Service) DeleteApplication(ctx context.Context, c Caller, id string) (Application, error) {
	var app Application
	e := Event{Action: EventDelete, EntityType: applicationEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		app, err = s.bin(ctx, tx, c, id, e)
		return err
	})
	if err != nil {
		return Application{}, err
	}
	return app, nil
}

func (s *Service) bin(ctx context.Context, tx Tx, c Caller, id string, e *Event) (Application, error) {
	app, err := livingApplication(ctx, tx, c, id)
	if err != nil {
		return Application{}, err
	}
	e.EntityName = app.Name
	e.Metadata = map[string]string{"rules": strconv.Itoa(app.RuleCount)}
	if err := c.require(ctx, tx, Delete, Applications, app.ScopePath); err != nil {
		return Application{}, err
	}
	app.DeletedAt = s.now()
	return s.updateApplication(ctx, tx, app)
}

// RestoreApplication takes it out of the bin, with a new secret key: whoever
// deleted it may have done so because the old one was known to others. It needs
// the permission to create, and all that its rules grant. A name that was taken
// meanwhile is a *ConflictError.
func (s *Service) RestoreApplication(ctx context.Context, c Caller, id string, lifetime time.Duration, formKey string) (Application, token.Key, error) {
	key, err := s.nextKey(lifetime)
	if err != nil {
		return Application{}, token.Key{}, err
	}
	var app Application
	e := Event{Action: EventUpdate, EntityType: applicationEntity, EntityID: id, Metadata: map[string]string{"restored": "true"}}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		app, err = visibleApplication(ctx, tx, c, id)
		if err != nil {
			return err
		}
		e.EntityName = app.Name
		if err := mayImpersonate(ctx, tx, c, Create, app); err != nil {
			return err
		}
		if err := s.claim(ctx, tx, c, formKey, app.ID); err != nil {
			return err
		}
		app, err = s.restore(ctx, tx, app, key, lifetime)
		maps.Copy(e.Metadata, map[string]string{"after.keyEndsIn": app.Key.EndsIn, "after.keyExpiresAt": timeText(app.Key.ExpiresAt)})
		return err
	})
	if err != nil {
		return Application{}, token.Key{}, s.settled(ctx, c, formKey, err)
	}
	return app, key, nil
}

func (s *Service) restore(ctx context.Context, tx Tx, app Application, key token.Key, lifetime time.Duration) (Application, error) {
	if app.DeletedAt.IsZero() {
		return Application{}, &ConflictError{Message: fmt.Sprintf("%s is not in the bin.", app.Name)}
	}
	if _, err := tx.ApplicationByClientID(ctx, app.ClientID); !errors.Is(err, ErrNotFound) {
		if err != nil {
			return Application{}, err
		}
		return Application{}, &ConflictError{Message: fmt.Sprintf("Another application is named %s by now. Delete that one first, or leave this one in the bin.", app.Name)}
	}
	// Whoever deleted it may have done so because of these.
	if err := tx.DeletePublicKeys(ctx, app.ID); err != nil {
		return Application{}, err
	}
	place, err := livingPlace(ctx, tx, app)
	if err != nil {
		return Application{}, err
	}
	app.DeletedAt, app.ScopeID, app.ScopePath = time.Time{}, place.ID, place.Path
	app, err = s.updateApplication(ctx, tx, app)
	if err != nil {
		return Application{}, err
	}
	return s.replaceKey(ctx, tx, app, key, lifetime)
}
