package handlers

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// amongPublicKeys is the page of an application, for the dialogs about its keys.
func amongPublicKeys(app access.Application) place { return inApplication(app, views.AddPublicKeyLink) }

// newPublicKey is the form behind "Add public key".
func (h *console) newPublicKey(c echo.Context) error {
	return h.showNewPublicKey(c, http.StatusOK, views.NewPublicKey{})
}

// addPublicKey lets the application sign in with one more key pair.
func (h *console) addPublicKey(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.NewPublicKey{Name: form.Get(views.FieldName), Key: withoutCR(form.Get(views.FieldPublicKey))}
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("id")
	key, err := h.svc.AddPublicKey(ctx, caller, id, access.NewPublicKey{Name: screen.Name, Key: screen.Key})
	if problems, ok := problemsOf(err); ok {
		screen.Problems, screen.Key = problems, shownAgain(screen.Key, problems.For(views.FieldPublicKey))
		return h.showNewPublicKey(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return h.gone(c, err)
	}
	app, err := h.svc.Application(ctx, caller, id)
	if err != nil {
		return h.gone(c, err)
	}
	return amongPublicKeys(app).changed(c, views.Notice{
		Title: "Public key added",
		Text:  app.Name + " can sign in with its " + key.Algorithm + " key from now on. See Use it from code for how.",
	})
}

// shownAgain is what was typed as a public key, unless it was refused: it may be a
// private one, which must not travel back.
func shownAgain(key, problem string) string {
	if problem != "" {
		return ""
	}
	return key
}

func (h *console) showNewPublicKey(c echo.Context, status int, screen views.NewPublicKey) error {
	app, err := h.livingApplication(c)
	if err != nil {
		return h.gone(c, err)
	}
	screen.Application = factsOf(app)
	return amongPublicKeys(app).show(c, status, "Add public key", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.AddPublicKeyDialog(screen)
	})
}

// livingApplication is the one that the page is about, if it is not in the bin.
func (h *console) livingApplication(c echo.Context) (access.Application, error) {
	app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err == nil && !app.DeletedAt.IsZero() {
		err = access.ErrNotFound
	}
	return app, err
}

// confirmDeletePublicKey asks before a public key goes, or says why it stays.
func (h *console) confirmDeletePublicKey(c echo.Context) error {
	return h.showDeletePublicKey(c, http.StatusOK, views.ConfirmPublicKey{})
}

// deletePublicKey ends a public key and what it has earned.
func (h *console) deletePublicKey(c echo.Context) error {
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("id")
	app, err := h.livingApplication(c)
	if err != nil {
		return h.gone(c, err)
	}
	err = h.svc.DeletePublicKey(ctx, caller, id, c.Param("publicKey"))
	if problems, ok := problemsOf(err); ok {
		return h.showDeletePublicKey(c, web.StatusOf(err), views.ConfirmPublicKey{Problems: problems})
	}
	if err != nil {
		return h.publicKeyGone(c, app, err)
	}
	return amongPublicKeys(app).changed(c, views.Notice{
		Title: "Public key deleted",
		Text:  "What is signed with it is refused from now on, and so are the tokens that " + app.Name + " had from it.",
	})
}

func (h *console) showDeletePublicKey(c echo.Context, status int, screen views.ConfirmPublicKey) error {
	app, err := h.livingApplication(c)
	if err != nil {
		return h.gone(c, err)
	}
	keys, err := h.svc.PublicKeys(c.Request().Context(), web.CallerOf(c), app.ID)
	if err != nil {
		return h.gone(c, err)
	}
	found := false
	for _, key := range keys {
		if key.ID == c.Param("publicKey") {
			screen.Key, found = key, true
		}
	}
	if !found {
		return h.publicKeyGone(c, app, access.ErrNotFound)
	}
	screen.Application, screen.Clock = factsOf(app), h.clock(c)
	screen.Last = len(keys) == 1 && !app.HasSecretKey()
	return amongPublicKeys(app).show(c, status, "Delete public key", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.DeletePublicKeyDialog(screen)
	})
}

// publicKeyGone answers about a public key that is not there.
func (h *console) publicKeyGone(c echo.Context, app access.Application, err error) error {
	if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	return amongPublicKeys(app).notice(c, http.StatusNotFound, views.Notice{
		Title:   "This public key is gone",
		Text:    app.Name + " has no such public key. Somebody may have deleted it a moment ago.",
		Changed: true,
	})
}

// confirmRemoveKey asks before a secret key goes and none comes in its place.
func (h *console) confirmRemoveKey(c echo.Context) error {
	return h.showRemoveKey(c, http.StatusOK, views.Problems{})
}

// removeKey leaves the application its public keys alone.
func (h *console) removeKey(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	app, err := h.svc.RemoveSecretKey(c.Request().Context(), web.CallerOf(c), c.Param("id"), form.Get(views.FieldKeyEndsIn))
	problems, ok := problemsOf(err)
	if errors.Is(err, access.ErrStale) {
		problems, ok = views.Problems{Form: whoWas(err) + " changed the secret key while this dialog was open. Look at it again before you remove it."}, true
	}
	if ok {
		return h.showRemoveKey(c, web.StatusOf(err), problems)
	}
	if err != nil {
		return h.gone(c, err)
	}
	return amongPublicKeys(app).changed(c, views.Notice{
		Title: "Secret key removed",
		Text:  app.Name + " has no secret key any more. It signs in with its public keys.",
	})
}

func (h *console) showRemoveKey(c echo.Context, status int, problems views.Problems) error {
	impact, err := h.svc.ApplicationImpact(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	app := impact.Application
	if !app.HasSecretKey() {
		return amongPublicKeys(app).notice(c, http.StatusConflict, views.Notice{
			Title:   "No secret key",
			Text:    app.Name + " has no secret key; somebody may have removed it already.",
			Changed: true,
		})
	}
	screen := views.ConfirmRemoveKey{Problems: problems, Application: factsOf(app), Impact: h.impactOf(c, impact)}
	return amongPublicKeys(app).show(c, status, "Remove secret key", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.RemoveKeyDialog(screen)
	})
}
