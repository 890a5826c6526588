package access

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// The kinds of entity that events about people name.
const (
	userEntity    = "user"
	sessionEntity = "session"
)

// SignIn checks e-mail and password, throttled per account and per address. A
// wrong password, an unknown and a disabled user are one ErrUnauthenticated,
// alike in time; a *ThrottledError comes for known and unknown names alike.
func (s *Service) SignIn(ctx context.Context, o Origin, email, password string) (User, error) {
	email, problem := cleanEmail(email)
	known := problem == ""
	attempt := guesses(email, o)
	if err := s.charge(ctx, attempt); err != nil {
		if errors.Is(err, ErrThrottled) {
			s.failures.add(failure{
				action: EventSignIn, subject: typedUser(email, known), entityType: sessionEntity, reason: "too many attempts", origin: o,
			})
		}
		return User{}, err
	}
	user, outdated, err := s.checkPassword(ctx, email, known, password)
	if errors.Is(err, ErrUnauthenticated) {
		return User{}, errors.Join(err, s.recordFailedSignIn(ctx, o, typedUser(email, known), err))
	}
	if err != nil {
		return User{}, err
	}
	return s.signedIn(ctx, o, user, attempt, password, outdated)
}

// typedUser is who somebody claimed to be. What is no e-mail address is not
// written down: people type passwords into the wrong field.
func typedUser(email string, known bool) Subject {
	if !known {
		return Subject{Type: SubjectUser, Name: "(not an e-mail address)"}
	}
	return Subject{Type: SubjectUser, Name: email}
}

// checkPassword takes as long whether or not there is such a user.
func (s *Service) checkPassword(ctx context.Context, email string, known bool, password string) (user User, outdated bool, err error) {
	hash := ""
	if known {
		user, hash, err = s.userWithHash(ctx, email)
		if err != nil {
			return User{}, false, err
		}
	}
	matches, outdated, err := s.passwords.verify(ctx, password, hash)
	switch {
	case err != nil:
		return User{}, false, err
	case !matches:
		return User{}, false, fmt.Errorf("wrong password or unknown user: %w", ErrUnauthenticated)
	case user.Disabled:
		return User{}, false, fmt.Errorf("disabled user: %w", ErrUnauthenticated)
	}
	return user, outdated, nil
}

// userWithHash answers the empty hash, that of nobody, if there is no such user.
func (s *Service) userWithHash(ctx context.Context, email string) (User, string, error) {
	user, err := s.repo.UserByEmail(ctx, email)
	if errors.Is(err, ErrNotFound) || err == nil && !user.DeletedAt.IsZero() {
		return User{}, "", nil
	}
	if err != nil {
		return User{}, "", err
	}
	hash, err := s.repo.PasswordHash(ctx, user.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return User{}, "", err
	}
	return user, hash, nil
}

func (s *Service) recordFailedSignIn(ctx context.Context, o Origin, subject Subject, reason error) error {
	reasonText, _, _ := strings.Cut(reason.Error(), ":")
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		return s.record(ctx, tx, Caller{Principal: Principal{Subject: subject}, Origin: o}, Event{
			Action: EventSignIn, Result: Failed, EntityType: sessionEntity, EntityName: subject.Name,
			Metadata: map[string]string{"reason": reasonText},
		})
	})
}

// signedIn notes the success, and stores a stronger hash if today's are stronger.
func (s *Service) signedIn(ctx context.Context, o Origin, user User, attempt []guess, password string, outdated bool) (User, error) {
	upgraded := ""
	if outdated {
		var err error
		if upgraded, err = s.passwords.hash(ctx, password); err != nil {
			return User{}, err
		}
	}
	caller := Caller{Principal: Principal{Subject: subjectOfUser(user)}, Origin: o}
	e := Event{Action: EventSignIn, EntityType: sessionEntity, EntityID: user.ID, EntityName: user.Email}
	err := s.change(ctx, caller, e, func(ctx context.Context, tx Tx, _ *Event) (err error) {
		user, err = tx.User(ctx, user.ID)
		if err != nil {
			return err
		}
		if user.Disabled || !user.DeletedAt.IsZero() {
			return fmt.Errorf("disabled while signing in: %w", ErrUnauthenticated)
		}
		if upgraded != "" {
			if err := tx.SetPasswordHash(ctx, user.ID, upgraded, s.now()); err != nil {
				return err
			}
		}
		user.LastLogin = s.now()
		if err := tx.UpdateUser(ctx, user); err != nil {
			return err
		}
		if err := forgive(ctx, tx, attempt); err != nil {
			return err
		}
		return remember(ctx, tx, attempt, s.now())
	})
	if err != nil {
		return User{}, err
	}
	return user, nil
}

func subjectOfUser(u User) Subject { return Subject{Type: SubjectUser, ID: u.ID, Name: u.Email} }

// SignedOut records that the caller ended their session.
func (s *Service) SignedOut(ctx context.Context, c Caller) error {
	e := Event{Action: EventSignOut, EntityType: sessionEntity, EntityID: c.ID, EntityName: c.Name}
	return s.change(ctx, c, e, func(context.Context, Tx, *Event) error { return nil })
}

// ChangePassword ends every other session of the user; keep is this one's hash.
// A wrong current password is an *InvalidError about "currentPassword", and is
// throttled as sign-ins are.
func (s *Service) ChangePassword(ctx context.Context, c Caller, current, next string, keep [32]byte) error {
	if c.Type != SubjectUser || c.ID == "" {
		return fmt.Errorf("only users have passwords: %w", ErrForbidden)
	}
	attempt := guesses(c.Name, c.Origin)
	if err := s.charge(ctx, attempt); err != nil {
		return err
	}
	if _, _, err := s.checkPassword(ctx, c.Name, true, current); err != nil {
		if !errors.Is(err, ErrUnauthenticated) {
			return err
		}
		wrong := Invalid(currentPasswordField, "This is not your present password.")
		return errors.Join(wrong, s.recordFailedChange(ctx, c))
	}
	if problem := checkNextPassword(current, next, c.Name); problem != "" {
		return errors.Join(Invalid(newPasswordField, "%s", problem), s.forgiveNow(ctx, attempt))
	}
	hash, err := s.passwords.hash(ctx, next)
	if err != nil {
		return err
	}
	e := Event{Action: EventResetPassword, EntityType: userEntity, EntityID: c.ID, EntityName: c.Name}
	return s.change(ctx, c, e, func(ctx context.Context, tx Tx, _ *Event) error {
		if err := s.setPassword(ctx, tx, c.ID, hash, keep); err != nil {
			return err
		}
		return forgive(ctx, tx, attempt)
	})
}

func checkNextPassword(current, next, email string) string {
	if cleanPassword(current) == cleanPassword(next) {
		return "This is the password that you have. Choose another one."
	}
	return checkPassword(next, email)
}

func (s *Service) recordFailedChange(ctx context.Context, c Caller) error {
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		return s.record(ctx, tx, c, Event{
			Action: EventResetPassword, Result: Failed, EntityType: userEntity, EntityID: c.ID, EntityName: c.Name,
			Metadata: map[string]string{"reason": "wrong present password"},
		})
	})
}

func (s *Service) forgiveNow(ctx context.Context, attempt []guess) error {
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error { return forgive(ctx, tx, attempt) })
}

// setPassword stores a password that its owner chose, and ends their other sessions.
func (s *Service) setPassword(ctx context.Context, tx Tx, userID, hash string, keep [32]byte) error {
	user, err := tx.User(ctx, userID)
	if err != nil {
		return err
	}
	at := s.now()
	if err := tx.SetPasswordHash(ctx, userID, hash, at); err != nil {
		return err
	}
	if user.MustChangePassword {
		user.MustChangePassword, user.UpdatedAt = false, at
		if err := tx.UpdateUser(ctx, user); err != nil {
			return err
		}
	}
	return tx.EndSessions(ctx, userID, keep)
}

// CreateUser adds somebody who can sign in, with a first access rule if a role
// is given. It needs the permission to create users, and for the rule what
// CreateRule needs. An address that is taken is a *ConflictError about "email",
// a scope that the caller may not see an *InvalidError about "scopeId".
func (s *Service) CreateUser(ctx context.Context, c Caller, in NewUser) (User, error) {
	user, hash, err := s.newUser(ctx, in)
	if err != nil {
		return User{}, err
	}
	user.CreatedBy = c.Name
	e := Event{Action: EventCreate, EntityType: userEntity, EntityID: user.ID, EntityName: user.Email}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, _ *Event) error {
		if err := c.require(ctx, tx, Create, Users, TenantPath); err != nil {
			return err
		}
		if err := s.claim(ctx, tx, c, in.FormKey, user.ID); err != nil {
			return err
		}
		if err := insertUser(ctx, tx, user, hash); err != nil {
			return err
		}
		if in.RoleID == 0 {
			return nil
		}
		scope, err := scopeOfFirstRule(ctx, tx, c, in.ScopeID)
		if err != nil {
			return err
		}
		rule := firstRule(c, user, in.RoleID, scope)
		if err := mayCreateRule(ctx, tx, c, rule); err != nil {
			return err
		}
		return s.addRule(ctx, tx, c, rule)
	})
	if err != nil {
		return User{}, s.settled(ctx, c, in.FormKey, err)
	}
	return user, nil
}

// newUser is a user as they come, with the hash of their password, or all that is
// wrong.
func (s *Service) newUser(ctx context.Context, in NewUser) (user User, hash string, err error) {
	email, hash, err := s.checkNewUser(ctx, in)
	if err != nil {
		return User{}, "", err
	}
	id, err := s.newID()
	at := s.now()
	return User{
		ID: id, Email: email, MustChangePassword: in.MustChangePassword, Version: 1,
		Times: Times{CreatedAt: at, UpdatedAt: at},
	}, hash, err
}

// checkNewUser answers the address in its stored form and the hash of the
// password, or all that is wrong.
func (s *Service) checkNewUser(ctx context.Context, in NewUser) (email, hash string, err error) {
	var wrong findings
	email, problem := cleanEmail(in.Email)
	wrong.add(emailField, problem)
	wrong.add(passwordField, checkPassword(in.Password, email))
	if _, known := RoleByID(in.RoleID); !known && in.RoleID != 0 {
		wrong.add(roleField, fmt.Sprintf("There is no role %d. Choose one of the list.", in.RoleID))
	}
	if err := wrong.err(); err != nil {
		return "", "", err
	}
	hash, err = s.passwords.hash(ctx, in.Password)
	return email, hash, err
}

func insertUser(ctx context.Context, tx Tx, user User, hash string) error {
	taken := &ConflictError{Field: emailField, Message: fmt.Sprintf("A user with the address %s already exists.", user.Email)}
	_, err := tx.UserByEmail(ctx, user.Email)
	switch {
	case err == nil:
		return taken
	case !errors.Is(err, ErrNotFound):
		return err
	}
	err = tx.InsertUser(ctx, user, hash)
	if errors.Is(err, ErrConflict) {
		return fmt.Errorf("%w: %w", taken, err)
	}
	return err
}

// scopeOfFirstRule is the tenant if none is named.
func scopeOfFirstRule(ctx context.Context, tx Tx, c Caller, id string) (Scope, error) {
	if id == "" {
		return tx.Scope(ctx, TenantNodeID)
	}
	scope, err := visibleScope(ctx, tx, c, id)
	if errors.Is(err, ErrNotFound) {
		err = Invalid(scopeField, "This scope no longer exists: somebody deleted it meanwhile. Choose another.")
	}
	if err != nil {
		return Scope{}, err
	}
	return scope, nil
}

func firstRule(c Caller, user User, roleID int32, scope Scope) Rule {
	role, _ := RoleByID(roleID)
	return Rule{
		Subject: subjectOfUser(user), RoleID: role.ID, RoleName: role.Name, Scope: scope, CreatedBy: c.Name,
		Times: user.Times,
	}
}

// addRule inserts a rule with an event of its own.
func (s *Service) addRule(ctx context.Context, tx Tx, c Caller, rule Rule) error {
	rule, err := insertRule(ctx, tx, rule)
	if err != nil {
		return err
	}
	e := Event{Action: EventCreate, EntityType: ruleEntity}
	rule.describe(&e)
	return s.record(ctx, tx, c, e)
}

// UserPrincipal is the principal of a signed-in user, with the grants of this
// moment; ErrUnauthenticated if the user is disabled or gone.
func (s *Service) UserPrincipal(ctx context.Context, userID string) (Principal, User, error) {
	user, err := s.repo.User(ctx, userID)
	if errors.Is(err, ErrNotFound) || err == nil && (user.Disabled || !user.DeletedAt.IsZero()) {
		return Principal{}, User{}, fmt.Errorf("user %s is disabled or gone: %w", userID, ErrUnauthenticated)
	}
	if err != nil {
		return Principal{}, User{}, err
	}
	subject := subjectOfUser(user)
	grants, err := s.repo.Grants(ctx, subject)
	if err != nil {
		return Principal{}, User{}, fmt.Errorf("read the grants of %s: %w", userID, err)
	}
	return Principal{Subject: subject, Grants: grants}, user, nil
}

// Preferences are the caller's own; whoever is no user has none.
func (s *Service) Preferences(ctx context.Context, c Caller) (Preferences, error) {
	if c.Type != SubjectUser || c.ID == "" {
		return Preferences{}, nil
	}
	return s.repo.Preferences(ctx, c.ID)
}

const maxPreference = 1000 // bytes

// columnsPreference is the choice of columns of a table, such as
// "applications.columns".
var columnsPreference = regexp.MustCompile(`\A[a-z-]{1,50}\.columns\z`)

func isPreference(name string) bool {
	switch name {
	case "theme", "nav", "density", "times", "timezone", "shortcuts":
		return true
	}
	return columnsPreference.MatchString(name)
}

// SetPreference remembers what the caller chose; the empty value is the default.
// It is no event: it changes nobody's access.
func (s *Service) SetPreference(ctx context.Context, c Caller, name, value string) error {
	if c.Type != SubjectUser || c.ID == "" {
		return fmt.Errorf("only users have preferences: %w", ErrForbidden)
	}
	if !isPreference(name) {
		return fmt.Errorf("preference %s: %w", quote(name), ErrNotFound)
	}
	if len(value) > maxPreference || strings.ContainsFunc(value, invisible) || shorten(value, maxPreference) != value {
		return Invalid(name, "This is no value for a preference.")
	}
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.SetPreference(ctx, c.ID, name, value)
	})
}
