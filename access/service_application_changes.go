package access

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// ApplicationChange is the input of ChangeApplication. What is nil stays as it is.
type ApplicationChange struct {
	Enabled     *bool
	Description *string
	// TokenLifetime is that of its access tokens; 0: the tenant's.
	TokenLifetime *time.Duration
	// ScopeID is the node that it is managed in from now on.
	ScopeID *string
	// Version is the one that the caller read; 0 means whichever is there.
	Version int64
}

// ChangeApplication does several changes at once or none of them. Enabling needs
// what RegenerateKey does, another node what MoveApplications does. A Version
// that is not the present one is ErrStale.
func (s *Service) ChangeApplication(ctx context.Context, c Caller, id string, in ApplicationChange) (Application, error) {
	if in.Description != nil {
		clean, problem := cleanDescription(*in.Description)
		if problem != "" {
			return Application{}, Invalid(descriptionField, "%s", problem)
		}
		in.Description = &clean
	}
	if in.TokenLifetime != nil && *in.TokenLifetime != 0 && (*in.TokenLifetime < MinTokenLifetime || *in.TokenLifetime > MaxTokenLifetime) {
		return Application{}, Invalid(tokenLifetimeField, "Choose between %s and %s.", spanText(MinTokenLifetime), spanText(MaxTokenLifetime))
	}
	var app Application
	e := Event{Action: EventUpdate, EntityType: applicationEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		app, err = changeable(ctx, tx, c, id, in, e)
		if err != nil {
			return err
		}
		changed, err := in.apply(ctx, tx, c, &app, e)
		if err != nil {
			return err
		}
		if !changed {
			e.Action = ""
			return nil
		}
		app, err = s.updateApplication(ctx, tx, app)
		return err
	})
	if err != nil {
		return Application{}, err
	}
	return app, nil
}

// changeable finds the application if the caller may do this to it.
func changeable(ctx context.Context, tx Tx, c Caller, id string, in ApplicationChange, e *Event) (Application, error) {
	app, err := livingApplication(ctx, tx, c, id)
	if err != nil {
		return Application{}, err
	}
	e.EntityName = app.Name
	if in.Enabled != nil && *in.Enabled {
		err = mayImpersonate(ctx, tx, c, Update, app)
	} else {
		err = c.require(ctx, tx, Update, Applications, app.ScopePath)
	}
	if err != nil {
		return Application{}, err
	}
	return app, sameVersion(applicationEntity, app.ID, in.Version, app.Version)
}

// sameVersion is ErrStale if a version is wanted and another is there.
func sameVersion(kind, id string, wanted, present int64) error {
	if wanted == 0 || wanted == present {
		return nil
	}
	return fmt.Errorf("%s %s is at version %d, not %d: %w", kind, id, present, wanted, ErrStale)
}

// apply changes the application and tells of it in the event; false says that
// all was so already.
func (in ApplicationChange) apply(ctx context.Context, tx Tx, c Caller, app *Application, e *Event) (bool, error) {
	e.Metadata = map[string]string{}
	if in.ScopeID != nil && *in.ScopeID != app.ScopeID {
		place, err := placeFor(ctx, tx, c, *in.ScopeID)
		if err != nil {
			return false, err
		}
		if err := manageIn(ctx, tx, c, app, place, e); err != nil {
			return false, err
		}
	}
	if in.Enabled != nil && *in.Enabled != app.Enabled {
		e.Metadata["before.enabled"] = strconv.FormatBool(app.Enabled)
		e.Metadata["after.enabled"] = strconv.FormatBool(*in.Enabled)
		app.Enabled = *in.Enabled
	}
	if in.Description != nil && *in.Description != app.Description {
		e.Metadata["before.description"], e.Metadata["after.description"] = app.Description, *in.Description
		app.Description = *in.Description
	}
	if in.TokenLifetime != nil && *in.TokenLifetime != app.TokenLifetime {
		e.Metadata["before.tokenLifetime"], e.Metadata["after.tokenLifetime"] = ownLifetimeText(app.TokenLifetime), ownLifetimeText(*in.TokenLifetime)
		app.TokenLifetime = *in.TokenLifetime
	}
	return len(e.Metadata) > 0, nil
}

// ownLifetimeText is an application's lifetime of tokens in an event.
func ownLifetimeText(d time.Duration) string {
	if d == 0 {
		return "as in the settings"
	}
	return spanText(d)
}

// DeleteApplicationVersion is DeleteApplication for a caller who read this
// version; if it changed since, nothing happens and the error is ErrStale.
func (s *Service) DeleteApplicationVersion(ctx context.Context, c Caller, id string, version int64) (Application, error) {
	var app Application
	e := Event{Action: EventDelete, EntityType: applicationEntity, EntityID: id}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		// Whoever may not delete it is told so, whatever the version.
		app, err = s.bin(ctx, tx, c, id, e)
		if err != nil {
			return err
		}
		return sameVersion(applicationEntity, id, version, app.Version-1) // what it was before bin
	})
	if err != nil {
		return Application{}, err
	}
	return app, nil
}
