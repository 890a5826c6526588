package access

import (
	"context"
	"fmt"
	"strconv"
)

// Users belong to the tenant: whoever may read them there sees them all, and
// others see themselves.

// ListUsers is one page of the users.
func (s *Service) ListUsers(ctx context.Context, c Caller, l List) (Page[UserRow], error) {
	if err := c.require(ctx, s.repo, Read, Users, TenantPath); err != nil {
		return Page[UserRow]{}, err
	}
	return s.repo.ListUsers(ctx, l.filled(UserSchema))
}

// CountUsers counts, exactly, what ListUsers would show.
func (s *Service) CountUsers(ctx context.Context, c Caller, l List) (int, error) {
	if err := c.require(ctx, s.repo, Read, Users, TenantPath); err != nil {
		return 0, err
	}
	return s.repo.CountUsers(ctx, l.filled(UserSchema), 0)
}

// CountUsersOnScreen counts them up to CountCap.
func (s *Service) CountUsersOnScreen(ctx context.Context, c Caller, l List) (Count, error) {
	if err := c.require(ctx, s.repo, Read, Users, TenantPath); err != nil {
		return Count{}, err
	}
	return capped(s.repo.CountUsers(ctx, l.filled(UserSchema), CountCap))
}

// ExportUsers streams every match to fn in order, and records that.
func (s *Service) ExportUsers(ctx context.Context, c Caller, l List, fn func(UserRow) error) error {
	if err := c.require(ctx, s.repo, Read, Users, TenantPath); err != nil {
		return err
	}
	if err := s.recordExport(ctx, c, userEntity, "CSV", l); err != nil {
		return err
	}
	return s.repo.EachUser(ctx, l.filled(UserSchema), fn)
}

// User finds one by id: ErrNotFound for those that the caller may not know of.
func (s *Service) User(ctx context.Context, c Caller, id string) (User, error) {
	return visibleUser(ctx, s.repo, c, id)
}

func visibleUser(ctx context.Context, r Reader, c Caller, id string) (User, error) {
	user, err := r.User(ctx, id)
	if err != nil {
		return User{}, err
	}
	if !user.DeletedAt.IsZero() || !c.may(Read, Users, TenantPath) && !c.is(subjectOfUser(user)) {
		return User{}, fmt.Errorf("user %s: %w", id, ErrNotFound)
	}
	return user, nil
}

// UserImpact is what a confirmation says before a user is shut out.
func (s *Service) UserImpact(ctx context.Context, c Caller, id string) (UserImpact, error) {
	user, err := visibleUser(ctx, s.repo, c, id)
	if err != nil {
		return UserImpact{}, err
	}
	rules, err := s.repo.RulesOf(ctx, subjectOfUser(user))
	if err != nil {
		return UserImpact{}, fmt.Errorf("read the rules of %s: %w", id, err)
	}
	sessions, err := s.openSessions(ctx, s.repo, id)
	if err != nil {
		return UserImpact{}, err
	}
	keys, err := s.repo.AccessKeys(ctx, AccessKeySelection{OwnerID: id})
	if err != nil {
		return UserImpact{}, fmt.Errorf("read the access keys of %s: %w", id, err)
	}
	return UserImpact{User: user, Rules: len(rules), Sessions: len(sessions), AccessKeys: len(keys)}, nil
}

// UserRules are the rules of a user that the caller may see, oldest first.
func (s *Service) UserRules(ctx context.Context, c Caller, id string) ([]Rule, error) {
	user, err := visibleUser(ctx, s.repo, c, id)
	if err != nil {
		return nil, err
	}
	return s.repo.RulesOf(ctx, subjectOfUser(user))
}

// CreateLocalUser is CreateUser with a temporary password, which is returned
// here and never again, and which must be changed at the first sign-in.
func (s *Service) CreateLocalUser(ctx context.Context, c Caller, in NewUser) (User, TemporaryPassword, error) {
	password, err := mintTemporaryPassword(s.cfg.Random)
	if err != nil {
		return User{}, TemporaryPassword{}, err
	}
	in.Password, in.MustChangePassword = password.Reveal(), true
	user, err := s.CreateUser(ctx, c, in)
	if err != nil {
		return User{}, TemporaryPassword{}, err
	}
	return user, password, nil
}

// ResetPassword gives a user a new temporary password and ends their sessions.
// Whoever knows it can act as the user: the caller must hold every permission
// of the user's rules (security.md 39). formKey as in NewApplication.
func (s *Service) ResetPassword(ctx context.Context, c Caller, id, formKey string) (User, TemporaryPassword, error) {
	password, err := mintTemporaryPassword(s.cfg.Random)
	if err != nil {
		return User{}, TemporaryPassword{}, err
	}
	hash, err := s.passwords.hash(ctx, password.Reveal())
	if err != nil {
		return User{}, TemporaryPassword{}, err
	}
	user, err := s.changeUser(ctx, c, id, Update, EventResetPassword, func(ctx context.Context, tx Tx, user User, e *Event) (User, error) {
		if c.is(subjectOfUser(user)) {
			return User{}, &ConflictError{Message: "This is your own password. Change it with the present one instead."}
		}
		if err := holdsRulesOf(ctx, tx, c, subjectOfUser(user)); err != nil {
			return User{}, err
		}
		if err := s.claim(ctx, tx, c, formKey, user.ID); err != nil {
			return User{}, err
		}
		e.Metadata = map[string]string{"temporary": "true"}
		if err := tx.SetPasswordHash(ctx, user.ID, hash, s.now()); err != nil {
			return User{}, err
		}
		user.MustChangePassword = true
		return s.updateUser(ctx, tx, user, signedOut)
	})
	if err != nil {
		return User{}, TemporaryPassword{}, s.settled(ctx, c, formKey, err)
	}
	return user, password, nil
}

// userWork changes a user that the caller may change, and completes the event.
type userWork func(ctx context.Context, tx Tx, user User, e *Event) (User, error)

// changeUser finds the user and checks the permission before the work.
func (s *Service) changeUser(ctx context.Context, c Caller, id string, a Action, told EventAction, do userWork) (User, error) {
	var user User
	e := Event{Action: told, EntityType: userEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		user, err = workOnUser(ctx, tx, c, id, a, e, do)
		return err
	})
	if err != nil {
		return User{}, err
	}
	return user, nil
}

// workOnUser is changeUser within a transaction.
func workOnUser(ctx context.Context, tx Tx, c Caller, id string, a Action, e *Event, do userWork) (User, error) {
	user, err := visibleUser(ctx, tx, c, id)
	if err != nil {
		return User{}, err
	}
	e.EntityName = user.Email
	if err := c.require(ctx, tx, a, Users, TenantPath); err != nil {
		return User{}, err
	}
	return do(ctx, tx, user, e)
}

// signedOut says that a change ends the user's sessions.
const signedOut = true

// updateUser writes it as of now.
func (s *Service) updateUser(ctx context.Context, tx Tx, user User, endSessions bool) (User, error) {
	user.UpdatedAt = s.now()
	if err := tx.UpdateUser(ctx, user); err != nil {
		return User{}, err
	}
	user.Version++
	if !endSessions {
		return user, nil
	}
	return user, tx.EndSessions(ctx, user.ID, noSession)
}

// noSession is the hash of no session's id.
var noSession [32]byte

// SetUserDisabled refuses the user, their sessions and their access keys from
// the next request on, or lets them in again. Nobody disables themselves, a
// stronger user, or the last administrator.
func (s *Service) SetUserDisabled(ctx context.Context, c Caller, id string, disabled bool) (User, error) {
	return s.changeUser(ctx, c, id, Update, EventUpdate, s.disabling(c, disabled))
}

func (s *Service) disabling(c Caller, disabled bool) userWork {
	return func(ctx context.Context, tx Tx, user User, e *Event) (User, error) {
		e.Metadata = map[string]string{
			"before.disabled": strconv.FormatBool(user.Disabled), "after.disabled": strconv.FormatBool(disabled),
		}
		if err := mayTakeAway(ctx, tx, c, user, disabled); err != nil {
			return User{}, err
		}
		if user.Disabled == disabled {
			e.Action = ""
			return user, nil
		}
		user.Disabled = disabled
		return s.updateUser(ctx, tx, user, disabled)
	}
}

// mayTakeAway is the check before a user is shut out, or let in again: the
// caller is somebody else, and holds all that the user's rules grant; and
// somebody is left to administer.
func mayTakeAway(ctx context.Context, r Reader, c Caller, user User, shutOut bool) error {
	if shutOut && c.is(subjectOfUser(user)) {
		return &ConflictError{Message: "This is you. Ask another administrator to do that."}
	}
	if err := holdsRulesOf(ctx, r, c, subjectOfUser(user)); err != nil {
		return err
	}
	if !shutOut {
		return nil
	}
	return keepsAdministratorsBut(ctx, r, user.ID)
}

// DeleteUser removes a user for good: sessions, access keys and access rules go
// with them, each rule with an event of its own. The address can be taken
// again, and inherits nothing.
func (s *Service) DeleteUser(ctx context.Context, c Caller, id string) (User, error) {
	return s.DeleteUserVersion(ctx, c, id, 0)
}

// DeleteUserVersion is DeleteUser for a caller who read this version; if the
// user changed since, nothing happens and the error is ErrStale.
func (s *Service) DeleteUserVersion(ctx context.Context, c Caller, id string, version int64) (User, error) {
	return s.changeUser(ctx, c, id, Delete, EventDelete, s.deleting(c, version))
}

func (s *Service) deleting(c Caller, version int64) userWork {
	return func(ctx context.Context, tx Tx, user User, e *Event) (User, error) {
		if err := sameVersion(userEntity, user.ID, version, user.Version); err != nil {
			return User{}, err
		}
		if err := mayTakeAway(ctx, tx, c, user, true); err != nil {
			return User{}, err
		}
		rules, err := tx.RulesOf(ctx, subjectOfUser(user))
		if err != nil {
			return User{}, err
		}
		for _, rule := range rules {
			if err := s.dropRule(ctx, tx, c, rule); err != nil {
				return User{}, err
			}
		}
		keys, err := s.dropAccessKeys(ctx, tx, c, user.ID)
		if err != nil {
			return User{}, err
		}
		e.Metadata = map[string]string{"rules": strconv.Itoa(len(rules)), "accessKeys": strconv.Itoa(keys)}
		user.DeletedAt = s.now()
		return s.updateUser(ctx, tx, user, signedOut)
	}
}

// dropRule deletes a rule with an event of its own, when its subject goes.
func (s *Service) dropRule(ctx context.Context, tx Tx, c Caller, rule Rule) error {
	if err := tx.DeleteRule(ctx, rule.ID, s.now()); err != nil {
		return err
	}
	e := Event{Action: EventDelete, EntityType: ruleEntity}
	rule.describe(&e)
	return s.record(ctx, tx, c, e)
}

// SignOutEverywhere ends all sessions of a user but the one to keep (the zero
// value for none). Everybody may do so for themselves; for others it needs the
// permission to update users.
func (s *Service) SignOutEverywhere(ctx context.Context, c Caller, id string, keep [32]byte) (User, error) {
	var user User
	e := Event{Action: EventSignOut, EntityType: userEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		user, err = visibleUser(ctx, tx, c, id)
		if err != nil {
			return err
		}
		e.EntityName, e.Metadata = user.Email, map[string]string{"sessions": "all"}
		if !c.is(subjectOfUser(user)) {
			keep = noSession
			if err := c.require(ctx, tx, Update, Users, TenantPath); err != nil {
				return err
			}
		}
		return tx.EndSessions(ctx, user.ID, keep)
	})
	if err != nil {
		return User{}, err
	}
	return user, nil
}
