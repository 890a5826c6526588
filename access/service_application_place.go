package access

import (
	"context"
	"errors"
	"fmt"
)

// placeField is the input of the node that applications are managed in.
const placeField = "scopeId"

// placeFor finds a node for applications to be managed in from now on, if the
// caller may create some there.
func placeFor(ctx context.Context, r Reader, c Caller, id string) (Scope, error) {
	if id == "" {
		return Scope{}, Invalid(placeField, "Choose where to manage them.")
	}
	place, err := visibleScope(ctx, r, c, id)
	if errors.Is(err, ErrNotFound) {
		return Scope{}, Invalid(placeField, "That place no longer exists, or not where you can see it. Choose another.")
	}
	if err != nil {
		return Scope{}, err
	}
	return place, c.require(ctx, r, Create, Applications, place.Path)
}

// manageIn hands an application over to those who manage applications in a node
// that placeFor found, and tells of it.
//
// It is taken away from those who manage it now, as deleting it would, and given
// to others, who may then change and delete it: so the caller must hold both
// themselves, and hands out no more than they have (security.md 38). What the
// application may do itself stays as it is, and whoever wants its key needs all
// of that, there as here (security.md 39).
func manageIn(ctx context.Context, r Reader, c Caller, app *Application, place Scope, e *Event) error {
	for _, a := range []Action{Update, Delete} {
		if err := c.require(ctx, r, a, Applications, app.ScopePath); err != nil {
			return err
		}
	}
	e.Metadata["before.managedInId"], e.Metadata["after.managedInId"] = app.ScopeID, place.ID
	e.Metadata["after.managedIn"] = place.NamePath()
	before, err := r.Scope(ctx, app.ScopeID)
	switch {
	case err == nil:
		e.Metadata["before.managedIn"] = before.NamePath()
	case !errors.Is(err, ErrNotFound): // gone while it was in the bin
		return fmt.Errorf("read where %s was managed: %w", app.ID, err)
	}
	app.ScopeID, app.ScopePath = place.ID, place.Path
	return nil
}

// moveApplication is manageIn as an item of a bulk action.
func (s *Service) moveApplication(ctx context.Context, tx Tx, c Caller, id, placeID string, e *Event) (Application, error) {
	app, err := livingApplication(ctx, tx, c, id)
	if err != nil {
		return Application{}, err
	}
	e.EntityName = app.Name
	if app.ScopeID == placeID {
		e.Action = ""
		return app, nil
	}
	place, err := placeFor(ctx, tx, c, placeID)
	if err != nil {
		return Application{}, err
	}
	e.Metadata = map[string]string{}
	if err := manageIn(ctx, tx, c, &app, place, e); err != nil {
		return Application{}, err
	}
	return s.updateApplication(ctx, tx, app)
}

// MoveApplications has applications managed in another node from now on. Each
// needs the permissions to update and delete it where it is managed, and all the
// one to create applications where they go; a place where that cannot be is an
// error of the whole, before anything is done.
func (s *Service) MoveApplications(ctx context.Context, c Caller, placeID string, sel Selection) (BulkReport, error) {
	return s.bulkAtOnce(ctx, c, bulkTask{of: Applications, action: BulkMove, placeID: placeID}, sel)
}

// StartMove is MoveApplications in the background, as StartBulk is Bulk.
func (s *Service) StartMove(ctx context.Context, c Caller, placeID string, sel Selection) (BulkJob, error) {
	return s.startBulk(ctx, c, bulkTask{of: Applications, action: BulkMove, placeID: placeID}, sel)
}

// livingPlace is the node that an application from the bin is managed in: its
// own, or if that is gone the nearest one above that is left. Whoever may create
// applications in the first may do so in the second, since no rule is left on
// what is gone.
func livingPlace(ctx context.Context, r Reader, app Application) (Scope, error) {
	ids := app.ScopePath.IDs()
	for i := len(ids) - 1; i >= 0; i-- {
		place, err := r.Scope(ctx, ids[i])
		if err == nil || !errors.Is(err, ErrNotFound) {
			return place, err
		}
	}
	return Scope{}, fmt.Errorf("where %s is managed: %w", app.ID, ErrNotFound)
}
