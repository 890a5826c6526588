package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const ruleEntity = "access-rule"

// ApplicationRules are all rules of an application that the caller may read,
// oldest first: whoever manages it must see what it can do, also elsewhere.
func (s *Service) ApplicationRules(ctx context.Context, c Caller, applicationID string) ([]Rule, error) {
	app, err := visibleApplication(ctx, s.repo, c, applicationID)
	if err != nil {
		return nil, err
	}
	return s.repo.RulesOf(ctx, subjectOf(app))
}

// MyRules are the caller's own; everybody may read these.
func (s *Service) MyRules(ctx context.Context, c Caller) ([]Rule, error) {
	if c.ID == "" {
		return nil, nil
	}
	return s.repo.RulesOf(ctx, c.Subject)
}

// CreateRule gives a subject a role in a scope. Subject and scope are found by
// id, the subject also by its e-mail address or client id; what the caller may
// not see is ErrNotFound.
//
// It needs the permission to create access rules there, every permission of the
// role there (nobody grants what they do not hold), and of the rules that the
// subject already has (editing a stronger identity would be a way around). The
// same rule twice is a *ConflictError that says "already exists".
func (s *Service) CreateRule(ctx context.Context, c Caller, in NewRule) (Rule, error) {
	var rule Rule
	e := Event{Action: EventCreate, EntityType: ruleEntity}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		rule, err = s.makeRule(ctx, tx, c, in, e)
		return err
	})
	if err != nil {
		return Rule{}, err
	}
	return rule, nil
}

// makeRule is CreateRule within a transaction. What it refuses, it refuses
// before it changes anything.
func (s *Service) makeRule(ctx context.Context, tx Tx, c Caller, in NewRule, e *Event) (Rule, error) {
	role, known := RoleByID(in.RoleID)
	if !known {
		return Rule{}, Invalid(roleField, "There is no role %d. Choose one of the list.", in.RoleID)
	}
	scope, err := visibleScope(ctx, tx, c, in.ScopeID)
	if err != nil {
		return Rule{}, err
	}
	if in.ScopeType != "" && in.ScopeType != scope.Type {
		return Rule{}, Invalid("scopeType", "The scope %s is a %s, not a %s.", scope.ID, scope.Type, in.ScopeType)
	}
	subject, err := findSubject(ctx, tx, c, in.SubjectType, in.Subject)
	if err != nil {
		return Rule{}, err
	}
	at := s.now()
	rule := Rule{
		Subject: subject, RoleID: role.ID, RoleName: role.Name, Scope: scope, CreatedBy: c.Name,
		Times: Times{CreatedAt: at, UpdatedAt: at},
	}
	rule.describe(e)
	if err := mayCreateRule(ctx, tx, c, rule); err != nil {
		return Rule{}, err
	}
	made, err := insertRule(ctx, tx, rule)
	if err != nil {
		return Rule{}, err
	}
	made.describe(e)
	return made, nil
}

// describe tells of the rule in an event.
func (r Rule) describe(e *Event) {
	if r.ID > 0 {
		e.EntityID = strconv.Itoa(int(r.ID))
	}
	e.EntityName = fmt.Sprintf("%s on %s", r.RoleName, r.Scope.NamePath())
	e.Metadata = map[string]string{
		"subject": r.Subject.Name, "subjectType": string(r.Subject.Type), SubjectIDKey: r.Subject.ID,
		"role": r.RoleName, "scope": r.Scope.NamePath(), "scopeId": r.Scope.ID,
	}
}

func mayCreateRule(ctx context.Context, tx Tx, c Caller, rule Rule) error {
	if err := c.require(ctx, tx, Create, AccessRules, rule.Scope.Path); err != nil {
		return err
	}
	if missing, ok := c.covers(rule.RoleID, rule.Scope.Path); !ok {
		return notHeld(missing, rule, "Granting %s on %s needs permissions that you do not hold there: %s.")
	}
	return holdsRulesOf(ctx, tx, c, rule.Subject)
}

// holdsRulesOf is nil if the caller holds all that the rules of a subject
// grant, each at its scope: only then may they act for it or change it
// (security.md 39). One's own identity is no stronger than oneself, unless one
// came with a token that may do less.
func holdsRulesOf(ctx context.Context, r Reader, c Caller, subject Subject) error {
	if c.local || c.is(subject) && c.within == nil {
		return nil
	}
	rules, err := r.RulesOf(ctx, subject)
	if err != nil {
		return fmt.Errorf("read the rules of %s: %w", subject.Name, err)
	}
	for _, rule := range rules {
		if missing, ok := c.covers(rule.RoleID, rule.Scope.Path); !ok {
			return notHeld(missing, rule, "The subject is %s on %s, which holds permissions that you do not: %s.")
		}
	}
	return nil
}

// notHeld names the first of the missing permissions for programs, and a few of
// them for people. The format takes role, scope and permissions.
func notHeld(missing []Permission, rule Rule, format string) error {
	err := &PermissionError{
		ScopeName: rule.Scope.NamePath(),
		Message:   fmt.Sprintf(format, rule.RoleName, rule.Scope.NamePath(), summarize(missing)),
	}
	if len(missing) > 0 {
		err.Resource = missing[0].Resource
		err.Action = missing[0].Actions.List()[0]
	}
	return err
}

// summarize lists permissions for people; types that share a name are said once.
func summarize(missing []Permission) string {
	const shown = 3
	var words []string
	for _, p := range missing {
		if word := p.String(); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:shown], "; "), len(words)-shown)
	}
	return strings.Join(words, "; ")
}

func insertRule(ctx context.Context, tx Tx, rule Rule) (Rule, error) {
	rules, err := tx.RulesOf(ctx, rule.Subject)
	if err != nil {
		return Rule{}, err
	}
	same := func(r Rule) bool { return r.RoleID == rule.RoleID && r.Scope.ID == rule.Scope.ID }
	switch {
	case slices.ContainsFunc(rules, same):
		return Rule{}, ruleExists(rule)
	case len(rules) >= MaxRulesPerSubject:
		return Rule{}, &ConflictError{Message: fmt.Sprintf("%s has %d access rules, which are the most. Delete one first; a rule on a wider scope may stand for several.", rule.Subject.Name, len(rules))}
	}
	made, err := tx.InsertRule(ctx, rule)
	if errors.Is(err, ErrConflict) {
		return Rule{}, fmt.Errorf("%w: %w", ruleExists(rule), err)
	}
	if err != nil {
		return Rule{}, err
	}
	rule.ID = made.ID
	return rule, nil
}

func ruleExists(rule Rule) error {
	return &ConflictError{
		Message: fmt.Sprintf("This access rule already exists: %s is %s on %s.", rule.Subject.Name, rule.RoleName, rule.Scope.NamePath()),
		Exists:  true,
	}
}

// findSubject finds whom a rule is about.
func findSubject(ctx context.Context, tx Tx, c Caller, kind SubjectType, idOrName string) (Subject, error) {
	if idOrName == "" {
		return Subject{}, Invalid(subjectField, "Choose whom the rule is about.")
	}
	switch kind {
	case SubjectApplication, SubjectType(ServiceAccounts):
		return findApplication(ctx, tx, c, idOrName)
	case SubjectUser:
		return findUser(ctx, tx, c, idOrName)
	case SubjectGroup:
		return findGroup(idOrName)
	}
	return Subject{}, Invalid("subjectType", "A subject is a user, an app, a service-account or a group.")
}

func findApplication(ctx context.Context, tx Tx, c Caller, idOrName string) (Subject, error) {
	app, err := tx.Application(ctx, idOrName)
	if errors.Is(err, ErrNotFound) {
		app, err = tx.ApplicationByClientID(ctx, idOrName)
	}
	if err != nil {
		return Subject{}, err
	}
	app, err = livingApplication(ctx, tx, c, app.ID)
	if err != nil {
		return Subject{}, err
	}
	return subjectOf(app), nil
}

func findUser(ctx context.Context, tx Tx, c Caller, idOrEmail string) (Subject, error) {
	user, err := tx.User(ctx, idOrEmail)
	if errors.Is(err, ErrNotFound) {
		user, err = tx.UserByEmail(ctx, idOrEmail)
	}
	if err != nil {
		return Subject{}, err
	}
	if !user.DeletedAt.IsZero() || !c.may(Read, Users, TenantPath) {
		return Subject{}, fmt.Errorf("user %s: %w", idOrEmail, ErrNotFound)
	}
	return Subject{Type: SubjectUser, ID: user.ID, Name: user.Email}, nil
}

const maxGroupName = 256

// findGroup takes a group by its word: groups come from an identity provider.
func findGroup(name string) (Subject, error) {
	clean, problem := cleanText(name, maxGroupName)
	if problem != "" {
		return Subject{}, Invalid(subjectField, "The group's name %s.", problem)
	}
	if clean == "" || strings.ContainsFunc(clean, invisible) {
		return Subject{}, Invalid(subjectField, "The group's name holds nothing, or characters that cannot be seen.")
	}
	return Subject{Type: SubjectGroup, ID: clean, Name: clean}, nil
}

// DeleteRule takes a rule away. A rule that the caller may not read is
// ErrNotFound. It needs the permission to delete access rules at the rule's
// scope and to hold what the subject's rules grant; the rule that makes the last
// administrator one is a *ConflictError.
func (s *Service) DeleteRule(ctx context.Context, c Caller, id int32) (Rule, error) {
	var rule Rule
	e := Event{Action: EventDelete, EntityType: ruleEntity, EntityID: strconv.Itoa(int(id))}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		rule, err = s.removeRule(ctx, tx, c, id, e)
		return err
	})
	if err != nil {
		return Rule{}, err
	}
	return rule, nil
}

// removeRule is DeleteRule within a transaction.
func (s *Service) removeRule(ctx context.Context, tx Tx, c Caller, id int32, e *Event) (Rule, error) {
	rule, err := mayDeleteRule(ctx, tx, c, id, e)
	if err != nil {
		return Rule{}, err
	}
	return rule, tx.DeleteRule(ctx, id, s.now())
}

// mayDeleteRule answers the rule if the caller may take it away.
func mayDeleteRule(ctx context.Context, r Reader, c Caller, id int32, e *Event) (Rule, error) {
	rule, err := visibleRule(ctx, r, c, id)
	if err != nil {
		return Rule{}, err
	}
	rule.describe(e)
	if err := c.require(ctx, r, Delete, AccessRules, rule.Scope.Path); err != nil {
		return Rule{}, err
	}
	if err := holdsRulesOf(ctx, r, c, rule.Subject); err != nil {
		return Rule{}, err
	}
	return rule, keepsAnAdministrator(ctx, r, rule)
}

func visibleRule(ctx context.Context, r Reader, c Caller, id int32) (Rule, error) {
	rule, err := r.Rule(ctx, id)
	if err != nil {
		return Rule{}, err
	}
	visible, err := seesRule(ctx, r, c, rule)
	if err != nil {
		return Rule{}, err
	}
	if !rule.DeletedAt.IsZero() || !visible {
		return Rule{}, fmt.Errorf("access rule %d: %w", id, ErrNotFound)
	}
	return rule, nil
}

// seesRule reports whether the caller may know of a rule: by its scope, because
// it is their own, or because they may read the application that it is about.
func seesRule(ctx context.Context, r Reader, c Caller, rule Rule) (bool, error) {
	if c.may(Read, AccessRules, rule.Scope.Path) || c.is(rule.Subject) {
		return true, nil
	}
	if rule.Subject.Type != SubjectApplication {
		return false, nil
	}
	_, err := visibleApplication(ctx, r, c, rule.Subject.ID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// keepsAnAdministrator refuses to take the last administrator's rule away
// (security.md 40).
func keepsAnAdministrator(ctx context.Context, r Reader, rule Rule) error {
	if rule.RoleID != SystemAdministrator || rule.Subject.Type != SubjectUser || rule.Scope.Path != TenantPath {
		return nil
	}
	return keepsAdministratorsBut(ctx, r, rule.Subject.ID)
}

// keepsAdministratorsBut is nil if somebody other than this user can administer
// the installation.
func keepsAdministratorsBut(ctx context.Context, r Reader, userID string) error {
	administrators, err := r.Administrators(ctx, SystemAdministrator)
	if err != nil {
		return fmt.Errorf("look for other administrators: %w", err)
	}
	isThis := func(u User) bool { return u.ID == userID }
	if slices.ContainsFunc(administrators, isThis) && len(administrators) == 1 {
		return &ConflictError{Message: fmt.Sprintf("%s is the last administrator. Make another one first.", administrators[0].Email)}
	}
	return nil
}

// RoleChoice is a role in the picker; Unavailable says why the caller may not
// grant it anywhere, or is empty.
type RoleChoice struct {
	Role        Role
	Unavailable string
}

// RoleChoices are all roles, by name.
func (s *Service) RoleChoices(_ context.Context, c Caller) ([]RoleChoice, error) {
	var choices []RoleChoice
	for _, role := range PredefinedRoles() {
		choices = append(choices, RoleChoice{Role: role, Unavailable: c.cannotGrant(role.ID)})
	}
	slices.SortFunc(choices, func(a, b RoleChoice) int { return cmp.Compare(a.Role.Name, b.Role.Name) })
	return choices, nil
}

// cannotGrant says why the principal may not grant a role anywhere, or is
// empty. What is held only grows from a node down to those below, so the nodes
// of the grants are the ones to look at.
func (p Principal) cannotGrant(roleID int32) string {
	if p.local {
		return ""
	}
	var fewest []Permission
	anywhere := false
	for _, g := range p.Grants {
		if !p.may(Create, AccessRules, g.Path) {
			continue
		}
		missing, ok := p.covers(roleID, g.Path)
		if ok {
			return ""
		}
		if !anywhere || len(missing) < len(fewest) {
			fewest, anywhere = missing, true
		}
	}
	if !anywhere {
		return "You do not have the permission to create access rules."
	}
	return fmt.Sprintf("It holds permissions that you do not: %s.", summarize(fewest))
}
