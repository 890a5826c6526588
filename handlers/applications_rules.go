package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// rules is the dialog "Access rules". With ?add it has the form of a new rule
// open; the other parameters are what that form has been told so far, for
// those who choose a scope without scripts.
func (h *console) rules(c echo.Context) error {
	screen, err := h.rulesScreen(c)
	if err != nil {
		return h.gone(c, err)
	}
	query := c.QueryParams()
	if added := ruleByID(screen.Rules, query.Get("added")); added != nil {
		announceAdded(&screen, *added)
	}
	if query.Has("add") {
		if screen.Form, err = h.ruleForm(c, query); err != nil {
			return err
		}
	}
	return h.showRules(c, http.StatusOK, screen)
}

// saveRule adds a rule, and shows it in its place in the list.
func (h *console) saveRule(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	rule, err := h.createRule(c, form)
	if err != nil {
		return h.refuseRule(c, err, form)
	}
	if !web.IsFragment(c) {
		return web.Redirect(c, views.ApplicationHref(c.Param("id"), "rules")+"?added="+formatID(rule.ID))
	}
	screen, err := h.rulesScreen(c)
	if err != nil {
		return h.gone(c, err)
	}
	screen.Changed = true
	if added := ruleByID(screen.Rules, formatID(rule.ID)); added != nil {
		announceAdded(&screen, *added)
	}
	return h.showRules(c, http.StatusCreated, screen)
}

func (h *console) createRule(c echo.Context, form url.Values) (access.Rule, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	app, err := h.svc.Application(ctx, caller, c.Param("id"))
	if err != nil {
		return access.Rule{}, err
	}
	in, err := newRule(app.ID, form)
	if err != nil {
		return access.Rule{}, err
	}
	if _, err := h.svc.Scope(ctx, caller, in.ScopeID); errors.Is(err, access.ErrNotFound) {
		return access.Rule{}, scopeGone()
	}
	rule, err := h.svc.CreateRule(ctx, caller, in)
	if errors.Is(err, access.ErrNotFound) { // it went between the two lines above
		return access.Rule{}, scopeGone()
	}
	return rule, err
}

func scopeGone() error {
	return access.Invalid(views.FieldScope, "This scope no longer exists: somebody deleted it while the dialog was open. Choose another.")
}

// newRule reads the form; everything that is missing is told at once.
func newRule(applicationID string, form url.Values) (access.NewRule, error) {
	in := access.NewRule{
		SubjectType: access.SubjectApplication,
		Subject:     applicationID,
		ScopeID:     form.Get(views.FieldScope),
	}
	var wrong access.InvalidError
	role, err := strconv.ParseInt(form.Get(views.FieldRole), 10, 32)
	if _, known := access.RoleByID(int32(role)); err == nil && !known {
		wrong.Fields = append(wrong.Fields, access.FieldError{Field: views.FieldRole, Message: "Choose one of the roles in the list."})
	} else if err != nil {
		wrong.Fields = append(wrong.Fields, access.FieldError{Field: views.FieldRole, Message: "Choose a role."})
	}
	if in.ScopeID == "" {
		wrong.Fields = append(wrong.Fields, access.FieldError{Field: views.FieldScope, Message: "Choose a scope."})
	}
	if len(wrong.Fields) > 0 {
		return access.NewRule{}, &wrong
	}
	in.RoleID = int32(role)
	return in, nil
}

// refuseRule shows the form again with what was chosen and what is wrong with
// it: also when the role was not one of those on offer.
func (h *console) refuseRule(c echo.Context, err error, form url.Values) error {
	problems, ok := problemsOf(err)
	if !ok {
		return h.gone(c, err)
	}
	screen, screenErr := h.rulesScreen(c)
	if screenErr != nil {
		return h.gone(c, screenErr)
	}
	if screen.Form, screenErr = h.ruleForm(c, form); screenErr != nil {
		return screenErr
	}
	screen.Form.Problems = problems
	return h.showRules(c, web.StatusOf(err), screen)
}

// confirmDeleteRule asks before a rule goes; the dialog leads here for the last
// one, without which the application has no access.
func (h *console) confirmDeleteRule(c echo.Context) error {
	screen, err := h.rulesScreen(c)
	if err != nil {
		return h.gone(c, err)
	}
	line := ruleByID(screen.Rules, c.Param("rule"))
	if line == nil {
		screen.Problem = ruleWasGone
		return h.showRules(c, http.StatusNotFound, screen)
	}
	return h.showDialog(c, http.StatusOK, "Delete access rule", func(inPage bool) templ.Component {
		return views.DeleteRuleDialog(views.ConfirmDeleteRule{InPage: inPage, Application: screen.Application, Rule: *line})
	})
}

const ruleWasGone = "That access rule was gone already: somebody deleted it while the dialog was open."

// deleteRule takes a rule away, from the next request of the application on.
func (h *console) deleteRule(c echo.Context) error {
	before, err := h.rulesScreen(c)
	if err != nil {
		return h.gone(c, err)
	}
	// The rule must be one of this application: its id alone proves nothing.
	line := ruleByID(before.Rules, c.Param("rule"))
	if line == nil {
		before.Problem = ruleWasGone
		return h.showRules(c, http.StatusNotFound, before)
	}
	_, err = h.svc.DeleteRule(c.Request().Context(), web.CallerOf(c), line.Rule.ID)
	if problems, ok := problemsOf(err); ok {
		before.Problem = problems.Form
		return h.showRules(c, web.StatusOf(err), before)
	}
	if err != nil && !errors.Is(err, access.ErrNotFound) {
		return err
	}
	if !web.IsFragment(c) {
		return web.Redirect(c, views.ApplicationHref(c.Param("id"), "rules"))
	}
	after, err := h.rulesScreen(c)
	if err != nil {
		return h.gone(c, err)
	}
	after.Changed = true
	after.Status = "Access rule deleted: " + line.Title() + "."
	after.FocusRule = neighbour(before.Rules, line.Rule.ID)
	return h.showRules(c, http.StatusOK, after)
}

// rulesScreen is the dialog as it stands: the rules, what each adds, and what
// they amount to.
func (h *console) rulesScreen(c echo.Context) (views.RulesDialog, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	app, err := h.svc.Application(ctx, caller, c.Param("id"))
	if err != nil {
		return views.RulesDialog{}, err
	}
	rules, err := h.svc.ApplicationRules(ctx, caller, app.ID)
	if err != nil {
		return views.RulesDialog{}, err
	}
	return views.RulesDialog{
		Application: factsOf(app),
		Clock:       h.clock(c),
		Rules:       ruleLines(rules, caller),
		MayAdd:      len(access.Reach(caller.Grants, access.Create, access.AccessRules)) > 0,
		Effective:   effectiveAccess(rules),
	}, nil
}

func (h *console) showRules(c echo.Context, status int, screen views.RulesDialog) error {
	return h.showDialog(c, status, "Access rules of "+screen.Application.Name, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.AccessRulesDialog(screen)
	})
}

// ruleForm is the form of a new rule with what has been chosen so far.
func (h *console) ruleForm(c echo.Context, chosen url.Values) (*views.RuleForm, error) {
	choices, err := h.svc.RoleChoices(c.Request().Context(), web.CallerOf(c))
	if err != nil {
		return nil, err
	}
	form := &views.RuleForm{}
	for _, choice := range choices {
		form.Roles = append(form.Roles, views.RoleOption{
			ID:          choice.Role.ID,
			Name:        choice.Role.Name,
			Description: choice.Role.Description,
			Unavailable: choice.Unavailable,
		})
		if formatID(choice.Role.ID) == chosen.Get(views.FieldRole) {
			form.RoleID = choice.Role.ID
			form.Preview = rolePreviewOf(choice.Role)
		}
	}
	form.Scope, err = h.scopePicker(c, chosen.Get(views.FieldScope))
	if err != nil {
		return nil, err
	}
	form.Scope.Label = "Scope"
	form.Scope.Hint = "The rule reaches this place and everything below it."
	return form, h.searchWithoutScripts(c, &form.Scope, chosen.Get(views.FieldScopeSearch))
}

// announceAdded gives the focus to a new rule and says what it adds.
func announceAdded(screen *views.RulesDialog, added views.RuleLine) {
	screen.FocusRule = added.Rule.ID
	screen.Status = "Access rule added: " + added.Title() + "."
	if added.CoveredBy != "" {
		screen.Status += " It allows nothing new: " + added.CoveredBy + " covers it."
	}
}

// ruleByID finds a rule of the list by the text of its id, or nil.
func ruleByID(lines []views.RuleLine, id string) *views.RuleLine {
	for i := range lines {
		if formatID(lines[i].Rule.ID) == id {
			return &lines[i]
		}
	}
	return nil
}

// neighbour is the rule that takes the focus when this one goes: the next, or
// else the one before, or 0 when none is left.
func neighbour(lines []views.RuleLine, id int32) int32 {
	for i, line := range lines {
		switch {
		case line.Rule.ID != id:
		case i+1 < len(lines):
			return lines[i+1].Rule.ID
		case i > 0:
			return lines[i-1].Rule.ID
		}
	}
	return 0
}

// formatID is the text of the id of a rule or a role.
func formatID(id int32) string { return strconv.Itoa(int(id)) }
