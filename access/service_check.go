package access

import (
	"context"
	"errors"
	"fmt"
)

// NewCheck is the input of CheckAccess: a subject by id or by name, a node by
// its id.
type NewCheck struct {
	SubjectType SubjectType
	Subject     string
	Action      Action
	Resource    ResourceType
	ScopeID     string
}

// CheckedAccess is the answer of CheckAccess.
type CheckedAccess struct {
	Subject Subject
	Scope   Scope
	Verdict
}

// CheckAccess answers whether a subject may do something somewhere, and why.
// The caller must be able to read the rules of the subject: a subject or a scope
// that they may not know of is ErrNotFound. Nothing is changed and nothing
// recorded.
func (s *Service) CheckAccess(ctx context.Context, c Caller, in NewCheck) (CheckedAccess, error) {
	if err := in.check(); err != nil {
		return CheckedAccess{}, err
	}
	subject, hindrance, err := s.checkedSubject(ctx, c, in)
	if err != nil {
		return CheckedAccess{}, err
	}
	scope, err := visibleScope(ctx, s.repo, c, in.ScopeID)
	if err != nil {
		return CheckedAccess{}, err
	}
	return s.checkAt(ctx, in, subject, hindrance, scope)
}

func (s *Service) checkAt(ctx context.Context, in NewCheck, subject Subject, hindrance Hindrance, scope Scope) (CheckedAccess, error) {
	rules, err := s.repo.RulesOf(ctx, subject)
	if err != nil {
		return CheckedAccess{}, fmt.Errorf("read the rules of %s: %w", subject.Name, err)
	}
	verdict := Check(rules, Question{Action: in.Action, Resource: in.Resource, At: scope.Path}, hindrance)
	return CheckedAccess{Subject: subject, Scope: scope, Verdict: verdict}, nil
}

func (in NewCheck) check() error {
	var wrong findings
	if in.Subject == "" {
		wrong.add(subjectField, "Choose whom to ask about.")
	}
	if in.Action.Set() == 0 {
		wrong.add("action", "An action is create, read, update or delete.")
	}
	if _, known := ParseResourceType(string(in.Resource)); !known {
		wrong.add("resourceType", "Choose one of the resource types.")
	}
	if in.ScopeID == "" {
		wrong.add(scopeField, "Choose a scope.")
	}
	return wrong.err()
}

// checkedSubject finds whom the question is about, also in the bin, and what
// keeps it from doing anything.
func (s *Service) checkedSubject(ctx context.Context, c Caller, in NewCheck) (Subject, Hindrance, error) {
	switch in.SubjectType {
	case SubjectUser:
		user, err := byIDOrName(ctx, in.Subject, s.repo.User, s.repo.UserByEmail)
		if err == nil {
			user, err = visibleUser(ctx, s.repo, c, user.ID)
		}
		if err != nil {
			return Subject{}, "", err
		}
		if user.Disabled {
			return subjectOfUser(user), HinderedDisabled, nil
		}
		return subjectOfUser(user), NotHindered, nil
	case SubjectApplication, SubjectType(ServiceAccounts):
		app, err := byIDOrName(ctx, in.Subject, s.repo.Application, s.repo.ApplicationByClientID)
		if err == nil {
			app, err = visibleApplication(ctx, s.repo, c, app.ID)
		}
		if err != nil {
			return Subject{}, "", err
		}
		return subjectOf(app), s.hindranceOf(app), nil
	default:
		return Subject{}, "", Invalid("subjectType", "A subject is a user, an app or a service-account.")
	}
}

// byIDOrName looks first by id, then by name.
func byIDOrName[T any](ctx context.Context, text string, byID, byName func(context.Context, string) (T, error)) (T, error) {
	found, err := byID(ctx, text)
	if errors.Is(err, ErrNotFound) {
		return byName(ctx, text)
	}
	return found, err
}

func (s *Service) hindranceOf(app Application) Hindrance {
	if !app.DeletedAt.IsZero() {
		return HinderedDeleted
	}
	switch app.Status(s.now()) {
	case StatusDisabled:
		return HinderedDisabled
	case StatusKeyExpired:
		return HinderedKeyExpiry
	default:
		return NotHindered
	}
}

// Evaluate is CheckAccess for services that ask on behalf of others: the scope is
// named as FindScope takes it, and a subject that the caller may not read is
// ErrForbidden, whether it exists or not. To whoever may read all of its kind a
// subject that does not exist is ErrNotFound.
func (s *Service) Evaluate(ctx context.Context, c Caller, in NewCheck) (CheckedAccess, error) {
	if err := in.check(); err != nil {
		return CheckedAccess{}, err
	}
	subject, hindrance, err := s.checkedSubject(ctx, c, in)
	if errors.Is(err, ErrNotFound) {
		return CheckedAccess{}, c.mayKnowOfAll(ctx, s.repo, in.SubjectType, err)
	}
	if err != nil {
		return CheckedAccess{}, err
	}
	scope, err := FindScope(ctx, s.repo, in.ScopeID)
	if err == nil && !c.seesNode(scope.Path) {
		err = fmt.Errorf("scope %s: %w", scope.ID, ErrNotFound)
	}
	if err != nil {
		return CheckedAccess{}, err
	}
	return s.checkAt(ctx, in, subject, hindrance, scope)
}

// mayKnowOfAll is the error itself if the principal may read every subject of
// the kind, and otherwise what they lack for that.
func (p Principal) mayKnowOfAll(ctx context.Context, r Reader, kind SubjectType, missing error) error {
	resource := Applications
	if kind == SubjectUser {
		resource = Users
	}
	if err := p.require(ctx, r, Read, resource, TenantPath); err != nil {
		return err
	}
	return missing
}
