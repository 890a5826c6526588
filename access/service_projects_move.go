package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ProjectsMove is the input of MoveProjects.
type ProjectsMove struct {
	FromID, ToID string // departments
	// Seen is how many projects the caller was told would go. If they are more or
	// fewer by now, nothing happens and the error is ErrStale.
	Seen int
}

// MoveProjects hangs all projects of a department on another one, of the same
// cluster or not: all or none. The department itself stays in its cluster (see
// docs/decisions/0010). It needs for every project what MoveScope does. Names
// that projects have there already are a *ConflictError that tells them. Each
// project has its own event. The answer is the other department, and how many
// have moved.
func (s *Service) MoveProjects(ctx context.Context, c Caller, in ProjectsMove) (to Scope, moved int, err error) {
	e := Event{Action: EventUpdate, EntityType: string(ScopeDepartment), EntityID: in.FromID}
	err = s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		from, err := visibleScope(ctx, tx, c, in.FromID)
		if err != nil {
			return err
		}
		e.EntityName, e.Metadata = from.Name, map[string]string{"scope": from.NamePath()}
		if to, err = s.departmentFor(ctx, tx, c, from, in.ToID); err != nil {
			return err
		}
		projects, err := projectsOf(ctx, tx, from)
		if err != nil {
			return err
		}
		if len(projects) != in.Seen {
			return fmt.Errorf("%s has %d projects, not %d: %w", from.ID, len(projects), in.Seen, ErrStale)
		}
		moved = len(projects)
		if err := s.moveProjects(ctx, tx, c, projects, to); err != nil {
			return err
		}
		e.Action = "" // each project has its own
		return nil
	})
	if err != nil {
		return Scope{}, 0, err
	}
	return to, moved, nil
}

// departmentFor finds where the projects of a department may go.
func (s *Service) departmentFor(ctx context.Context, tx Tx, c Caller, from Scope, id string) (Scope, error) {
	if from.Type != ScopeDepartment {
		return Scope{}, &ConflictError{Message: fmt.Sprintf("%s is %s. Only a department has projects to move.", from.Name, whichScope(from.Type))}
	}
	to, err := visibleScope(ctx, tx, c, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return Scope{}, Invalid(parentField, "That place no longer exists, or not where you can see it. Choose another.")
	case err != nil:
		return Scope{}, err
	case to.ID == from.ID:
		return Scope{}, Invalid(parentField, "They hang there already. Choose another department.")
	case to.Type != ScopeDepartment:
		return Scope{}, Invalid(parentField, "A project hangs below a department, and %s is %s. Choose a department.", to.Name, whichScope(to.Type))
	}
	if err := c.require(ctx, tx, Delete, Projects, from.Path); err != nil {
		return Scope{}, err
	}
	return to, c.require(ctx, tx, Create, Projects, to.Path)
}

// projectsOf are the projects that hang on a department.
func projectsOf(ctx context.Context, r Reader, department Scope) ([]Scope, error) {
	return r.Scopes(ctx, ScopeQuery{ParentID: department.ID, Reach: []ScopePath{department.Path}})
}

func (s *Service) moveProjects(ctx context.Context, tx Tx, c Caller, projects []Scope, to Scope) error {
	if len(projects) == 0 {
		return nil
	}
	if err := checkNamesAreFreeIn(ctx, tx, projects, to); err != nil {
		return err
	}
	begin, err := rulesThatBegin(ctx, tx, projects[0], to)
	if err != nil {
		return err
	}
	for _, project := range projects {
		if err := holdsRulesAt(c, begin, project); err != nil {
			return err
		}
		e := scopeEvent(EventUpdate, project)
		if _, err := s.moveScope(ctx, tx, project, to, &e); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c, e); err != nil {
			return err
		}
	}
	return nil
}

// checkNamesAreFreeIn looks whether a department has projects of these names.
func checkNamesAreFreeIn(ctx context.Context, r Reader, projects []Scope, to Scope) error {
	there, err := projectsOf(ctx, r, to)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, project := range there {
		names[Fold(project.Name)] = true
	}
	var taken []string
	for _, project := range projects {
		if names[Fold(project.Name)] {
			taken = append(taken, project.Name)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	const named = 5
	told := strings.Join(taken[:min(named, len(taken))], ", ")
	if more := len(taken) - named; more > 0 {
		told += fmt.Sprintf(" and %d more", more)
	}
	return &ConflictError{Field: parentField, Message: fmt.Sprintf("%s has %s of the same name: %s. Rename %s here or there, or choose another department.",
		to.Name, pick(len(taken), "a project", "projects"), told, pick(len(taken), "it", "them"))}
}
