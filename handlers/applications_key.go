package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// confirmRegenerate asks before the secret key is replaced, and says what will
// break.
func (h *console) confirmRegenerate(c echo.Context) error {
	key, err := h.formKey()
	if err != nil {
		return err
	}
	return h.showRegenerate(c, http.StatusOK, views.ConfirmRegenerate{FormKey: key})
}

// regenerateKey replaces the secret key and shows the new one, once.
func (h *console) regenerateKey(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.ConfirmRegenerate{
		FormKey:     form.Get(views.FieldFormKey),
		KeyLifetime: form.Get(views.FieldKeyLifetime),
	}
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("id")
	impact, err := h.svc.ApplicationImpact(ctx, caller, id)
	if err != nil {
		return h.gone(c, err)
	}
	policy, err := h.svc.KeyPolicy(c.Request().Context())
	if err != nil {
		return err
	}
	lifetime, err := parseKeyLifetime(screen.KeyLifetime, policy)
	if err != nil {
		return h.refuseRegenerate(c, err, screen)
	}
	app, secretKey, err := h.svc.ReplaceKey(ctx, caller, id, access.Regeneration{
		Lifetime: lifetime,
		FormKey:  screen.FormKey,
		EndsIn:   form.Get(views.FieldKeyEndsIn),
	})
	if err != nil {
		return h.refuseRegenerate(c, err, screen)
	}
	title := "Key regenerated"
	if !impact.Application.HasSecretKey() {
		title = "Secret key created"
	}
	return h.showSecret(c, http.StatusOK, title, consequenceOf(impact), app, secretKey, nil)
}

func (h *console) refuseRegenerate(c echo.Context, err error, screen views.ConfirmRegenerate) error {
	if errors.Is(err, access.ErrAlreadyDone) {
		return h.repeated(c, err, "The key was regenerated")
	}
	problems, ok := problemsOf(err)
	if errors.Is(err, access.ErrStale) {
		problems, ok = h.keyReplaced(c, err)
	}
	if !ok {
		return h.gone(c, err)
	}
	screen.Problems = problems
	return h.showRegenerate(c, web.StatusOf(err), screen)
}

// keyReplaced says that the dialog was about a key that is gone. The dialog that
// comes back is about the present one.
func (h *console) keyReplaced(c echo.Context, stale error) (p views.Problems, ok bool) {
	app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return p, false
	}
	p.Form = whoWas(stale) + " removed the secret key while this dialog was open. Make a new one only if there should be one."
	if app.HasSecretKey() {
		p.Form = whoWas(stale) + " regenerated the key while this dialog was open, at " + ui.ExactText(app.Key.CreatedAt, h.clock(c).Zone) +
			". It ends in " + app.Key.EndsIn + " now. Regenerate it only if that new key should stop working too."
	}
	return p, true
}

// whoWas begins a sentence about a change that came first.
func whoWas(stale error) string {
	if known := (*access.StaleError)(nil); errors.As(stale, &known) {
		return known.By
	}
	return "Somebody"
}

func (h *console) showRegenerate(c echo.Context, status int, screen views.ConfirmRegenerate) error {
	impact, err := h.svc.ApplicationImpact(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err != nil {
		return h.gone(c, err)
	}
	screen.Application, screen.Impact = factsOf(impact.Application), h.impactOf(c, impact)
	policy, err := h.svc.KeyPolicy(c.Request().Context())
	if err != nil {
		return err
	}
	screen.Lifetimes = keyLifetimes(policy)
	if screen.KeyLifetime == "" {
		screen.KeyLifetime = lifetimeChoice(impact.Application.Key, policy)
	}
	return h.showDialog(c, status, "Regenerate key of "+screen.Application.Name, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.RegenerateDialog(screen)
	})
}

// consequenceOf says what happened to the key before this one.
func consequenceOf(impact access.Impact) string {
	if !impact.Application.HasSecretKey() {
		return ""
	}
	switch ending := impact.Application.Key.EndsIn; impact.ActiveTokens {
	case 0:
		return fmt.Sprintf("The previous key, ending in %s, no longer works.", ending)
	case 1:
		return fmt.Sprintf("The previous key, ending in %s, no longer works, nor does the token that was active.", ending)
	default:
		return fmt.Sprintf("The previous key, ending in %s, no longer works, nor do the %d tokens that were active.", ending, impact.ActiveTokens)
	}
}

func factsOf(app access.Application) views.ApplicationFacts {
	return views.ApplicationFacts{ID: app.ID, Name: app.Name, ClientID: app.ClientID}
}

func (h *console) impactOf(c echo.Context, impact access.Impact) views.Impact {
	return views.Impact{
		Clock:        h.clock(c),
		LastUsed:     impact.Application.Key.LastUsed,
		KeyEndsIn:    impact.Application.Key.End(),
		ActiveTokens: impact.ActiveTokens,
		Rules:        impact.Rules,
		PublicKeys:   impact.PublicKeys,
	}
}
