package access

import (
	"context"
	"errors"
	"slices"
)

// FindApplications are the first few applications that a text names, of those
// that the caller may read: the one of which it is the id or the client id, then
// those whose name begins with it, then those whose name holds it.
func (s *Service) FindApplications(ctx context.Context, c Caller, text string, limit int) ([]Application, error) {
	clean, problem := cleanText(text, MaxSearch)
	if problem != "" {
		return nil, Invalid("q", "The search text %s.", problem)
	}
	reach := c.reach(Read, Applications)
	if clean == "" || len(reach) == 0 {
		return nil, nil
	}
	found, err := s.namedApplication(ctx, c, clean)
	if err != nil {
		return nil, err
	}
	for _, op := range [...]Operator{StartsWith, Contains} {
		if len(found) >= limit {
			break
		}
		list := List{Limit: limit, Sort: Sort{Field: nameField}, Filters: []Filter{{Field: nameField, Op: op, Value: clean}}}
		page, err := s.repo.ListApplications(ctx, ApplicationQuery{List: list.filled(ApplicationSchema), Reach: reach, Now: s.now()})
		if err != nil {
			return nil, err
		}
		for _, row := range page.Rows {
			known := func(a Application) bool { return a.ID == row.ID }
			if len(found) < limit && !slices.ContainsFunc(found, known) {
				found = append(found, row.Application)
			}
		}
	}
	return found, nil
}

// namedApplication is the one living application with this client id or id, if
// there is one that the caller may read.
func (s *Service) namedApplication(ctx context.Context, c Caller, name string) ([]Application, error) {
	app, err := s.repo.ApplicationByClientID(ctx, name)
	if errors.Is(err, ErrNotFound) {
		app, err = livingApplication(ctx, s.repo, c, name)
	}
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil || !c.may(Read, Applications, app.ScopePath) {
		return nil, err
	}
	return []Application{app}, nil
}
