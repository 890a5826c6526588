package handlers

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// recentUse is how long after its last use an application, or a user, still
// counts as used: deleting it asks for its name, and many at once are counted.
const recentUse = 30 * 24 * time.Hour

// confirmDelete asks before an application goes to the bin.
func (h *console) confirmDelete(c echo.Context) error {
	impact, err := h.svc.ApplicationImpact(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	return h.showDelete(c, http.StatusOK, impact, views.ConfirmDelete{})
}

// deleteApplication puts it into the bin. What is in use must be named: the
// server insists, whatever the form that was sent looked like.
func (h *console) deleteApplication(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("id")
	impact, err := h.svc.ApplicationImpact(ctx, caller, id)
	if err != nil {
		return h.gone(c, err)
	}
	screen := views.ConfirmDelete{Typed: form.Get(views.FieldConfirmName)}
	if h.inUse(impact) && strings.TrimSpace(screen.Typed) != impact.Application.Name {
		screen.Problems = views.About(views.FieldConfirmName, "Type "+impact.Application.Name+" exactly as it is written, or choose Cancel.")
		return h.showDelete(c, http.StatusUnprocessableEntity, impact, screen)
	}
	app, err := h.svc.DeleteApplication(ctx, caller, id)
	if problems, ok := problemsOf(err); ok {
		screen.Problems = problems
		return h.showDelete(c, web.StatusOf(err), impact, screen)
	}
	if err != nil {
		return h.gone(c, err)
	}
	return inApplications().left(c, views.ApplicationHref(id, ""), views.Notice{
		Title:  "Application deleted",
		Text:   app.Name + " was deleted. It waits in the bin for 30 days and can be restored with a new key.",
		Action: views.Link{Label: "Restore", Href: views.ApplicationHref(app.ID, "restore"), Dialog: true},
	})
}

// inUse reports whether deleting it would be noticed soon.
func (h *console) inUse(impact access.Impact) bool {
	lastUsed := impact.Application.LastLogin
	usedLately := !lastUsed.IsZero() && h.cfg.Now().Sub(lastUsed) < recentUse
	return usedLately || impact.ActiveTokens > 0
}

func (h *console) showDelete(c echo.Context, status int, impact access.Impact, screen views.ConfirmDelete) error {
	screen.Application, screen.Impact = factsOf(impact.Application), h.impactOf(c, impact)
	screen.Impact.LastUsed = impact.Application.LastLogin
	screen.InUse = h.inUse(impact)
	screen.Enabled = impact.Application.Enabled
	screen.BinUntil = h.cfg.Now().Add(access.BinRetention)
	return h.showDialog(c, status, "Delete "+screen.Application.Name, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.DeleteDialog(screen)
	})
}

// confirmRestore offers to take an application out of the bin.
func (h *console) confirmRestore(c echo.Context) error {
	key, err := h.formKey()
	if err != nil {
		return err
	}
	return h.showRestore(c, http.StatusOK, views.ConfirmRestore{FormKey: key})
}

// restoreApplication takes it out of the bin and shows its new key, once: the
// old one stays dead.
func (h *console) restoreApplication(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.ConfirmRestore{FormKey: form.Get(views.FieldFormKey), KeyLifetime: form.Get(views.FieldKeyLifetime)}
	policy, err := h.svc.KeyPolicy(c.Request().Context())
	if err != nil {
		return err
	}
	lifetime, err := parseKeyLifetime(screen.KeyLifetime, policy)
	if err != nil {
		return h.refuseRestore(c, err, screen)
	}
	app, key, err := h.svc.RestoreApplication(c.Request().Context(), web.CallerOf(c), c.Param("id"), lifetime, screen.FormKey)
	if err != nil {
		return h.refuseRestore(c, err, screen)
	}
	return h.showSecret(c, http.StatusOK, "Application restored", "The key from before it was deleted does not work any more.", app, key, nil)
}

func (h *console) refuseRestore(c echo.Context, err error, screen views.ConfirmRestore) error {
	if errors.Is(err, access.ErrAlreadyDone) {
		return h.repeated(c, err, "The application was restored")
	}
	problems, ok := problemsOf(err)
	if !ok {
		return h.gone(c, err)
	}
	screen.Problems = problems
	return h.showRestore(c, web.StatusOf(err), screen)
}

func (h *console) showRestore(c echo.Context, status int, screen views.ConfirmRestore) error {
	app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	if app.DeletedAt.IsZero() {
		return h.showNotice(c, http.StatusConflict, views.Notice{
			Title:   "Not in the bin",
			Text:    app.Name + " is not deleted; somebody may have restored it already.",
			Changed: true,
		})
	}
	screen.Application = factsOf(app)
	screen.DeletedAt, screen.BinUntil = app.DeletedAt, app.DeletedAt.Add(access.BinRetention)
	screen.Rules = app.RuleCount
	policy, err := h.svc.KeyPolicy(c.Request().Context())
	if err != nil {
		return err
	}
	screen.Lifetimes = keyLifetimes(policy)
	if screen.KeyLifetime == "" {
		screen.KeyLifetime = lifetimeChoice(app.Key, policy)
	}
	screen.Clock = h.clock(c)
	return h.showDialog(c, status, "Restore "+app.Name, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.RestoreDialog(screen)
	})
}
