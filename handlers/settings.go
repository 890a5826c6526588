package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// savedParam names, in the address after a change, the section that was saved.
const savedParam = "saved"

// chooser is one setting of the page: its words, and the steps that are offered.
type chooser struct {
	section            access.SettingsSection
	field, label, help string
	of                 func(*access.TenantSettings) *time.Duration
	steps              []time.Duration
	words              func(time.Duration) string
}

// choosers is every setting, in the order of the page.
func choosers() []chooser {
	minutes := func(counts ...int) []time.Duration { return times(time.Minute, counts) }
	return []chooser{
		{access.TokenSettings, views.FieldTokenLifetime, "Token lifetime", "",
			func(s *access.TenantSettings) *time.Duration { return &s.TokenLifetime },
			tokenLifetimeSteps(), spanLabel},
		{access.KeySettings, views.FieldUsualKeyLifetime, "Usual lifetime", "What is offered first for a new key, and what a key gets for which none is asked, as by the API.",
			func(s *access.TenantSettings) *time.Duration { return &s.Keys.Usual },
			times(day, keyLifetimeDays[:]), keyLifetimeLabel},
		{access.KeySettings, views.FieldLongestKeyLifetime, "Maximum age", "With a maximum, a new key that would live longer is refused.",
			func(s *access.TenantSettings) *time.Duration { return &s.Keys.Longest },
			times(day, keyLifetimeDays[:]), maximumLabel},
		{access.SessionSettings, views.FieldSessionIdle, "Idle time-out", "Since the last thing that somebody did.",
			func(s *access.TenantSettings) *time.Duration { return &s.Sessions.Idle },
			minutes(5, 10, 15, 20, 30), spanLabel},
		{access.SessionSettings, views.FieldSessionLongest, "Longest session", "Since the sign-in, however much is done.",
			func(s *access.TenantSettings) *time.Duration { return &s.Sessions.Longest },
			minutes(60, 2*60, 4*60, 8*60, 12*60), spanLabel},
	}
}

// day is what the lifetime of a key is counted in.
const day = 24 * time.Hour

func times(unit time.Duration, counts []int) []time.Duration {
	steps := make([]time.Duration, len(counts))
	for i, n := range counts {
		steps[i] = time.Duration(n) * unit
	}
	return steps
}

func tokenLifetimeSteps() []time.Duration {
	return times(time.Minute, []int{5, 10, 15, 30, 60, 2 * 60, 4 * 60, 8 * 60, 12 * 60, 24 * 60})
}

func spanLabel(d time.Duration) string {
	if d >= time.Hour && d%time.Hour == 0 {
		return views.Counted(int(d/time.Hour), "hour", "hours")
	}
	return views.Counted(int(d/time.Minute), "minute", "minutes")
}

func keyLifetimeLabel(d time.Duration) string { return lifetimeLabel(int(d / day)) }

func maximumLabel(d time.Duration) string {
	if d == 0 {
		return "No maximum"
	}
	return keyLifetimeLabel(d)
}

// choices are the steps, and the present value should it be none of them.
func (ch chooser) choices(present time.Duration) []views.Choice {
	steps := ch.steps
	if !slices.Contains(steps, present) {
		steps = append(slices.Clone(steps), present)
	}
	choices := make([]views.Choice, len(steps))
	for i, step := range steps {
		choices[i] = views.Choice{Value: step.String(), Label: ch.words(step)}
	}
	return choices
}

// settings is the page.
func (h *console) settings(c echo.Context) error {
	screen, err := h.settingsScreen(c)
	if err != nil {
		return err
	}
	return h.showSettings(c, http.StatusOK, screen)
}

func (h *console) settingsScreen(c echo.Context) (views.SettingsScreen, error) {
	caller := web.CallerOf(c)
	present, err := h.svc.Settings(c.Request().Context(), caller)
	if err != nil {
		return views.SettingsScreen{}, err
	}
	keys, err := h.signingKeyList(c)
	if err != nil {
		return views.SettingsScreen{}, err
	}
	screen := views.SettingsScreen{
		Clock: h.clock(c), MayChange: mayChangeSettings(caller), Present: present, SigningKeys: keys,
		Beyond: h.keysBeyond(present.Keys),
	}
	for _, section := range sections() {
		*formOf(&screen, section) = settingsForm(section, present)
	}
	return screen, nil
}

func mayChangeSettings(caller access.Caller) bool {
	return access.Decide(caller.Grants, access.Update, access.Settings, access.TenantPath).Allowed
}

func formOf(s *views.SettingsScreen, section access.SettingsSection) *views.SettingsForm {
	switch section {
	case access.TokenSettings:
		return &s.Tokens
	case access.KeySettings:
		return &s.Keys
	default:
		return &s.Sessions
	}
}

func settingsForm(section access.SettingsSection, present access.TenantSettings) views.SettingsForm {
	form := views.SettingsForm{Section: section}
	for _, ch := range choosers() {
		if ch.section != section {
			continue
		}
		value := *ch.of(&present)
		form.Choosers = append(form.Choosers, views.SettingChooser{
			Field: ch.field, Label: ch.label, Help: ch.help, Value: value.String(), Was: value.String(), Choices: ch.choices(value),
		})
	}
	return form
}

// keysBeyond leads to the applications whose keys the policy would refuse now.
func (h *console) keysBeyond(p access.KeyPolicy) []views.Link {
	if p.Longest == 0 {
		return nil
	}
	until := h.cfg.Now().UTC().Add(p.Longest).AddDate(0, 0, 1).Format(time.DateOnly)
	return []views.Link{
		{Label: "Applications whose keys never expire", Href: filteredApplications("keyExpiresAt==" + access.Never)},
		{Label: "Keys that live longer than " + keyLifetimeLabel(p.Longest) + " from now", Href: filteredApplications("keyExpiresAt>=" + until)},
	}
}

func filteredApplications(filter string) string {
	return home + "?filterBy=" + url.QueryEscape(filter)
}

func (h *console) showSettings(c echo.Context, status int, screen views.SettingsScreen) error {
	frame := web.Frame(c, "Settings", web.NavSettings)
	if saved := access.SettingsSection(c.QueryParam(savedParam)); slices.Contains(sections(), saved) {
		frame.Message = views.SettingsSaved(saved.DisplayName())
	}
	return web.RenderEither(c, status, views.SettingsPage(frame, screen), views.SigningKeysPart(screen.SigningKeys))
}

func sections() []access.SettingsSection {
	return []access.SettingsSection{access.TokenSettings, access.KeySettings, access.SessionSettings}
}

// saveSettings keeps one section of the page.
func (h *console) saveSettings(section access.SettingsSection) echo.HandlerFunc {
	return func(c echo.Context) error {
		form, err := postForm(c)
		if err != nil {
			return err
		}
		was, to, err := settingsOf(form, section)
		if err == nil {
			err = h.svc.ChangeSettings(c.Request().Context(), web.CallerOf(c), section, was, to)
		}
		if err != nil {
			return h.refuseSettings(c, section, form, err)
		}
		return web.Redirect(c, "/settings?"+savedParam+"="+string(section))
	}
}

// settingsOf reads what a form wants, and what it was drawn with: nil for a form
// of somebody's own that does not say.
func settingsOf(form url.Values, section access.SettingsSection) (was *access.TenantSettings, to access.TenantSettings, err error) {
	var wrong []access.FieldError
	was = &access.TenantSettings{}
	for _, ch := range choosers() {
		if ch.section != section {
			continue
		}
		if *ch.of(&to), err = time.ParseDuration(form.Get(ch.field)); err != nil {
			wrong = append(wrong, access.FieldError{Field: ch.field, Message: "Choose one of the list."})
		}
		if was == nil {
			continue
		}
		if *ch.of(was), err = time.ParseDuration(form.Get(views.FieldDrawn + ch.field)); err != nil {
			was = nil
		}
	}
	if len(wrong) > 0 {
		return nil, to, &access.InvalidError{Fields: wrong}
	}
	return was, to, nil
}

func (h *console) refuseSettings(c echo.Context, section access.SettingsSection, form url.Values, err error) error {
	problems, ok := problemsOf(err)
	stale := errors.Is(err, access.ErrStale)
	if stale {
		problems, ok = views.Problems{Form: h.changedFirst(c, err)}, true
	}
	if !ok {
		return err
	}
	screen, readErr := h.settingsScreen(c)
	if readErr != nil {
		return err // whoever may not even read the page is told so by the refusal itself
	}
	refused := formOf(&screen, section)
	refused.Problems = problems
	for i := range refused.Choosers {
		if ch := &refused.Choosers[i]; !stale { // what others have set is shown instead
			ch.Value, ch.Was = form.Get(ch.Field), form.Get(views.FieldDrawn+ch.Field)
		}
	}
	return h.showSettings(c, web.StatusOf(err), screen)
}

// changedFirst says who came first.
func (h *console) changedFirst(c echo.Context, err error) string {
	when := ""
	if known := (*access.StaleError)(nil); errors.As(err, &known) {
		when = " at " + ui.ExactText(known.At, h.clock(c).Zone)
	}
	return whoWas(err) + " changed this" + when + ", while you had the page open. What is set now is shown here: choose again if it should be otherwise."
}

// tokenLifetimeForm chooses how long the tokens of one application are good.
func (h *console) tokenLifetimeForm(c echo.Context) error {
	app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if err == nil && !app.DeletedAt.IsZero() {
		err = access.ErrNotFound
	}
	if err != nil {
		return h.gone(c, err)
	}
	return h.showTokenLifetime(c, http.StatusOK, app, views.TokenLifetimeDialog{Lifetime: app.TokenLifetime.String()})
}

// setTokenLifetime keeps it. Tokens that were made before stay as they are.
func (h *console) setTokenLifetime(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	ctx, caller, id := c.Request().Context(), web.CallerOf(c), c.Param("id")
	screen := views.TokenLifetimeDialog{Lifetime: form.Get(views.FieldTokenLifetime)}
	lifetime, err := time.ParseDuration(screen.Lifetime)
	if err != nil {
		err = access.Invalid(views.FieldTokenLifetime, "Choose one of the list.")
	}
	version, _ := strconv.ParseInt(form.Get(views.FieldVersion), 10, 64) // none: whichever is there
	var app access.Application
	if err == nil {
		app, err = h.svc.ChangeApplication(ctx, caller, id, access.ApplicationChange{TokenLifetime: &lifetime, Version: version})
	}
	if err == nil {
		return inApplication(app, views.TokenLifetimeLink).changed(c, views.Notice{
			Title: "Token lifetime saved",
			Text:  "New access tokens of " + app.Name + " are good for " + h.ownLifetimeWords(c, app.TokenLifetime) + ".",
			Focus: views.TokenLifetimeLink,
		})
	}
	problems, ok := problemsOf(err)
	if errors.Is(err, access.ErrStale) {
		problems, ok = views.Problems{Form: h.changedFirst(c, err)}, true
	}
	present, lookUp := h.svc.Application(ctx, caller, id)
	if lookUp != nil {
		return h.gone(c, lookUp)
	}
	if !ok {
		return h.gone(c, err)
	}
	screen.Problems = problems
	return h.showTokenLifetime(c, web.StatusOf(err), present, screen)
}

func (h *console) ownLifetimeWords(c echo.Context, own time.Duration) string {
	if own != 0 {
		return spanLabel(own)
	}
	usual, err := h.svc.TokenLifetime(c.Request().Context())
	if err != nil {
		return "as long as the settings say"
	}
	return spanLabel(usual) + ", as the settings say"
}

func (h *console) showTokenLifetime(c echo.Context, status int, app access.Application, screen views.TokenLifetimeDialog) error {
	usual, err := h.svc.TokenLifetime(c.Request().Context())
	if err != nil {
		return err
	}
	screen.Application, screen.Version = factsOf(app), strconv.FormatInt(app.Version, 10)
	own := chooser{steps: tokenLifetimeSteps(), words: spanLabel}
	screen.Lifetimes = []views.Choice{{Value: time.Duration(0).String(), Label: "As in the settings: " + spanLabel(usual)}}
	present := app.TokenLifetime
	if present == 0 {
		present = usual
	}
	screen.Lifetimes = append(screen.Lifetimes, own.choices(present)...)
	at := inApplication(app, views.TokenLifetimeLink)
	screen.Place = at.Place
	return at.show(c, status, "Token lifetime", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.TokenLifetimePart(screen)
	})
}
