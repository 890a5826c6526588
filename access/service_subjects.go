package access

import (
	"context"
	"fmt"
	"strings"
)

// SubjectsShown is how many subjects of each kind SearchSubjects finds at most.
const SubjectsShown = 20

// SearchSubjects are the users and applications whose name holds the text, of
// one kind or, if kind is empty, of both, users first, each by name: those that
// the caller may read. Everybody may read themselves.
func (s *Service) SearchSubjects(ctx context.Context, c Caller, kind SubjectType, text string) ([]Subject, error) {
	clean, problem := cleanText(text, MaxSearch)
	if problem != "" {
		return nil, Invalid("q", "The search text %s.", problem)
	}
	var found []Subject
	if kind == "" || kind == SubjectUser {
		users, err := s.searchUsers(ctx, c, clean)
		if err != nil {
			return nil, err
		}
		found = append(found, users...)
	}
	if kind == "" || kind == SubjectApplication {
		applications, err := s.searchApplications(ctx, c, clean)
		if err != nil {
			return nil, err
		}
		found = append(found, applications...)
	}
	return found, nil
}

func (s *Service) searchUsers(ctx context.Context, c Caller, text string) ([]Subject, error) {
	if !c.may(Read, Users, TenantPath) {
		return c.ifNamed(text), nil
	}
	page, err := s.repo.ListUsers(ctx, namedLike(UserSchema, "username", text))
	if err != nil {
		return nil, err
	}
	subjects := make([]Subject, len(page.Rows))
	for i, row := range page.Rows {
		subjects[i] = subjectOfUser(row.User)
	}
	return subjects, nil
}

// ifNamed is the caller alone, if they are a user of such a name.
func (c Caller) ifNamed(text string) []Subject {
	if c.Type != SubjectUser || c.ID == "" || !strings.Contains(Fold(c.Name), Fold(text)) {
		return nil
	}
	return []Subject{c.Subject}
}

func (s *Service) searchApplications(ctx context.Context, c Caller, text string) ([]Subject, error) {
	reach := c.reach(Read, Applications)
	if len(reach) == 0 {
		return nil, nil
	}
	q := ApplicationQuery{List: namedLike(ApplicationSchema, "name", text), Reach: reach, Now: s.now()}
	page, err := s.repo.ListApplications(ctx, q)
	if err != nil {
		return nil, err
	}
	subjects := make([]Subject, len(page.Rows))
	for i, row := range page.Rows {
		subjects[i] = subjectOf(row.Application)
	}
	return subjects, nil
}

// namedLike is the first few whose name holds the text, by name.
func namedLike(schema *Schema, field, text string) List {
	l := List{Limit: SubjectsShown, Sort: Sort{Field: field}}.filled(schema)
	if text != "" {
		l.Filters = []Filter{{Field: field, Op: Contains, Value: text}}
	}
	return l
}

// Subject finds a user or an application by id: ErrNotFound for those that the
// caller may not know of. An application in the bin is found too.
func (s *Service) Subject(ctx context.Context, c Caller, kind SubjectType, id string) (Subject, error) {
	switch kind {
	case SubjectUser:
		user, err := visibleUser(ctx, s.repo, c, id)
		return subjectOfUser(user), err
	case SubjectApplication:
		app, err := visibleApplication(ctx, s.repo, c, id)
		return subjectOf(app), err
	default:
		return Subject{}, fmt.Errorf("%s %s: %w", kind, id, ErrNotFound)
	}
}
