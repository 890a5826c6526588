package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// application is the page of one application.
func (h *console) application(c echo.Context) error {
	screen, err := h.applicationPage(c)
	if err != nil {
		return h.gone(c, err)
	}
	page := screen.Page(web.Frame(c, screen.Title(), web.NavApplications))
	return web.RenderEither(c, http.StatusOK, page, screen.Fragment())
}

func (h *console) applicationPage(c echo.Context) (views.ApplicationPage, error) {
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("id")
	impact, err := h.svc.ApplicationImpact(ctx, caller, id)
	if err != nil {
		return views.ApplicationPage{}, err
	}
	app := impact.Application
	screen := views.ApplicationPage{
		Application: app,
		Impact:      h.impactOf(c, impact),
		MayUpdate:   access.Decide(caller.Grants, access.Update, access.Applications, app.ScopePath).Allowed,
		MayDelete:   access.Decide(caller.Grants, access.Delete, access.Applications, app.ScopePath).Allowed,
	}
	if screen.Rules, err = h.applicationRules().screen(c); err != nil {
		return screen, err
	}
	rules := make([]access.Rule, len(screen.Rules.Rules))
	for i, line := range screen.Rules.Rules {
		rules[i] = line.Rule
	}
	if screen.Reach, err = h.svc.ReachOf(ctx, rules); err != nil {
		return screen, err
	}
	if screen.ManagedIn, err = h.managedIn(ctx, caller, app); err != nil {
		return screen, err
	}
	if screen.ManagedIn != unseenPlace {
		screen.ManagedInHref = views.OrganizationAt(app.ScopeID)
	}
	if screen.PublicKeys, err = h.svc.PublicKeys(ctx, caller, id); err != nil {
		return screen, err
	}
	screen.Snippets = h.snippetsOf(app, screen.PublicKeys)
	screen.Activity, err = h.activityOf(c, app.ID, app.Name)
	return screen, err
}

// unseenPlace stands for the path of a node that a person may not see.
const unseenPlace = "A place that you may not see"

// managedIn is the path of the node that an application is managed in. Whoever
// may see the application may not see the node in every case.
func (h *console) managedIn(ctx context.Context, caller access.Caller, app access.Application) (string, error) {
	ids := app.ScopePath.IDs()
	scope, err := h.svc.Scope(ctx, caller, ids[len(ids)-1])
	if errors.Is(err, access.ErrNotFound) {
		return unseenPlace, nil
	}
	return scope.NamePath(), err
}

// snippetsOf shows signing with the newest public key: the others may be on their
// way out.
func (h *console) snippetsOf(app access.Application, keys []access.PublicKey) views.Snippets {
	s := views.Snippets{
		ClientID: app.ClientID,
		TokenURL: h.cfg.PublicURL + tokenPath,
		APIURL:   h.cfg.PublicURL + ownRulesPath,

		NoSecretKey: !app.HasSecretKey(),
	}
	if len(keys) > 0 {
		newest := keys[len(keys)-1]
		s.Signing = &views.SigningSnippet{
			Algorithm: newest.Algorithm, KeyID: newest.Thumbprint, Issuer: h.cfg.PublicURL, TokenURL: h.cfg.PublicURL + formTokenPath,
		}
	}
	return s
}
