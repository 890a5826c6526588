package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// What the snippets call: the token endpoint, and what needs no access rule.
const (
	tokenPath     = "/api/v1/token"
	formTokenPath = "/api/v2/token" // for what signs
	ownRulesPath  = "/api/v1/authorization/me/access-rules"
)

// newApplication is the empty form behind "+New application".
func (h *console) newApplication(c echo.Context) error {
	key, err := h.formKey()
	if err != nil {
		return err
	}
	screen := views.NewApplication{
		FormKey:     key,
		Name:        c.QueryParam(views.FieldName),
		Description: c.QueryParam(views.FieldDescription),
		KeyLifetime: c.QueryParam(views.FieldKeyLifetime),
	}
	return h.showNewApplication(c, http.StatusOK, screen, c.QueryParam(views.FieldScope))
}

// createApplication makes the application. Its secret key travels in this one
// answer: never through a session, a redirect or a log.
func (h *console) createApplication(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.NewApplication{
		FormKey:     form.Get(views.FieldFormKey),
		Name:        form.Get(views.FieldName),
		Description: withoutCR(form.Get(views.FieldDescription)),
		KeyLifetime: form.Get(views.FieldKeyLifetime),
		PublicKey:   strings.TrimSpace(withoutCR(form.Get(views.FieldFirstPublicKey))),
	}
	scopeID := form.Get(views.FieldScope)

	app, key, err := h.create(c, screen, scopeID)
	if errors.Is(err, access.ErrAlreadyDone) && screen.PublicKey != "" {
		return h.signerExists(c, err)
	}
	if errors.Is(err, access.ErrAlreadyDone) {
		return h.repeated(c, err, "The application was created")
	}
	if problems, ok := problemsOf(err); ok {
		screen.Problems, screen.PublicKey = problems, shownAgain(screen.PublicKey, problems.For(views.FieldFirstPublicKey))
		return h.showNewApplication(c, web.StatusOf(err), screen, scopeID)
	}
	if err != nil {
		return err
	}
	if !app.HasSecretKey() {
		return h.signerCreated(c, app)
	}
	return h.showSecret(c, http.StatusCreated, "Application created", "", app, key, h.tryIt(c, app))
}

// signerCreated ends the making of an application without a secret key: there is
// nothing to copy.
func (h *console) signerCreated(c echo.Context, app access.Application) error {
	return h.showNotice(c, http.StatusCreated, views.Notice{
		Title:   "Application created",
		Text:    app.Name + " signs in with what its public key belongs to, and has no secret key. Its page shows how.",
		Action:  views.Link{Label: "Open its page", Href: views.ApplicationHref(app.ID, "")},
		Changed: true,
	})
}

// signerExists answers the second submission of that form.
func (h *console) signerExists(c echo.Context, err error) error {
	n := views.Notice{
		Title:   "Already done",
		Text:    "The application was created by the first submission of this form; the second changed nothing.",
		Changed: true,
	}
	if done := (*access.AlreadyDoneError)(nil); errors.As(err, &done) && done.EntityID != "" {
		n.Action = views.Link{Label: "Open its page", Href: views.ApplicationHref(done.EntityID, "")}
	}
	return h.showNotice(c, http.StatusConflict, n)
}

func (h *console) create(c echo.Context, screen views.NewApplication, scopeID string) (access.Application, access.SecretKey, error) {
	policy, err := h.svc.KeyPolicy(c.Request().Context())
	if err != nil {
		return access.Application{}, access.SecretKey{}, err
	}
	lifetime, err := parseKeyLifetime(screen.KeyLifetime, policy)
	if err != nil {
		return access.Application{}, access.SecretKey{}, err
	}
	in := access.NewApplication{
		Name:        screen.Name,
		Description: screen.Description,
		ScopeID:     scopeID,
		KeyLifetime: lifetime,
		FormKey:     screen.FormKey,
	}
	if screen.PublicKey != "" {
		in.PublicKey = &access.NewPublicKey{Key: screen.PublicKey}
	}
	return h.svc.CreateApplication(c.Request().Context(), web.CallerOf(c), in)
}

func (h *console) showNewApplication(c echo.Context, status int, screen views.NewApplication, scopeID string) error {
	reach := access.Reach(web.CallerOf(c).Grants, access.Create, access.Applications)
	if len(reach) == 0 {
		return &access.PermissionError{Action: access.Create, Resource: access.Applications, Message: "You may not create applications anywhere. Ask an administrator for a role that may."}
	}
	if err := h.offerPlaces(c, &screen, reach, scopeID); err != nil {
		return err
	}
	policy, err := h.svc.KeyPolicy(c.Request().Context())
	if err != nil {
		return err
	}
	screen.Lifetimes = keyLifetimes(policy)
	if screen.KeyLifetime == "" {
		screen.KeyLifetime = usualChoice(policy)
	}
	return h.showDialog(c, status, "New application", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.NewApplicationDialog(screen)
	})
}

// offerPlaces lets people choose where the application is managed, unless
// there is only one place. The widest is where it goes if they do not.
func (h *console) offerPlaces(c echo.Context, screen *views.NewApplication, reach []access.ScopePath, chosen string) error {
	only, err := h.onlyPlace(c, reach)
	if err != nil || only != "" {
		return err
	}
	ids := reach[0].IDs()
	usual, err := h.svc.Scope(c.Request().Context(), web.CallerOf(c), ids[len(ids)-1])
	if err != nil {
		return err
	}
	screen.ManagedInDefault = usual.NamePath()
	screen.ManagedIn, err = h.placePicker(c, chosen)
	return err
}

// onlyPlace is the id of the one node within reach; empty if there are several,
// or none.
func (h *console) onlyPlace(c echo.Context, reach []access.ScopePath) (string, error) {
	if len(reach) != 1 {
		return "", nil
	}
	ids := reach[0].IDs()
	place, err := h.svc.Scope(c.Request().Context(), web.CallerOf(c), ids[len(ids)-1])
	if err != nil || place.Children > 0 {
		return "", err
	}
	return place.ID, nil
}

// placePicker chooses where applications are managed.
func (h *console) placePicker(c echo.Context, chosen string) (*views.ScopePicker, error) {
	picker, err := h.scopePicker(c, chosen)
	if err != nil {
		return nil, err
	}
	picker.Label = "Place"
	picker.Hint = "People with the permission there may manage it. What it may do itself comes from its access rules."
	return &picker, h.searchWithoutScripts(c, &picker, c.QueryParam(views.FieldScopeSearch))
}

// tryIt teaches with the application at hand; the first one of an installation
// finds it unfolded. It cannot fail: the key that exists by now must be shown.
func (h *console) tryIt(c echo.Context, app access.Application) *views.TryIt {
	count, err := h.svc.CountApplications(c.Request().Context(), web.CallerOf(c), access.List{})
	return &views.TryIt{
		Open:     err == nil && count.N <= 1,
		APIURL:   h.cfg.PublicURL + ownRulesPath,
		Received: firstTokenOf(app),
	}
}

// showSecret is the one way in which a secret key reaches a page.
func (h *console) showSecret(c echo.Context, status int, title, consequence string, app access.Application, key access.SecretKey, tryIt *views.TryIt) error {
	web.NoStore(c)
	ticket := views.SecretTicket{
		Title:         title,
		ApplicationID: app.ID,
		Name:          app.Name,
		ClientID:      app.ClientID,
		TokenURL:      h.cfg.PublicURL + tokenPath,
		SecretKey:     key.Reveal(),
		KeyExpiresAt:  app.Key.ExpiresAt,
		Clock:         h.clock(c),
		Consequence:   consequence,
		TryIt:         tryIt,
	}
	return h.showDialog(c, status, title, func(inPage bool) templ.Component {
		ticket.InPage = inPage
		return views.SecretDialog(ticket)
	})
}

// withoutCR undoes the line ends that HTML forms put into text.
func withoutCR(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
