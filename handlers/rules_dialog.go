package handlers

import (
	"context"
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

// rulesDialog is the dialog "Access rules" of one kind of subject. What every
// kind has in common is written once, in its methods.
type rulesDialog struct {
	console *console
	nav     string // the item of the navigation of the page that it stands on
	// find is whose rules they are, by the address.
	find func(c echo.Context) (access.Subject, views.RuleSubject, error)
	// rules are theirs, oldest first.
	rules func(ctx context.Context, caller access.Caller, id string) ([]access.Rule, error)
	// gone answers for a subject that is not there.
	gone func(c echo.Context, err error) error
}

// applicationRules is the dialog of applications.
func (h *console) applicationRules() *rulesDialog {
	return &rulesDialog{
		console: h,
		nav:     web.NavApplications,
		rules:   h.svc.ApplicationRules,
		gone:    h.gone,
		find: func(c echo.Context) (access.Subject, views.RuleSubject, error) {
			app, err := h.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
			at := views.InApplications()
			at.Focus = views.NameLink(app.ID)
			return access.Subject{Type: access.SubjectApplication, ID: app.ID, Name: app.ClientID},
				views.RuleSubject{Name: app.Name, Href: views.ApplicationHref(app.ID, "rules"), Page: views.ApplicationHref(app.ID, ""), Place: at},
				err
		},
	}
}

// show is the dialog. With ?add it has the form of a new rule open; the other
// parameters are what that form has been told so far, for those who choose a
// scope without scripts.
func (d *rulesDialog) show(c echo.Context) error {
	screen, err := d.screen(c)
	if err != nil {
		return d.gone(c, err)
	}
	query := c.QueryParams()
	if added := ruleByID(screen.Rules, query.Get("added")); added != nil {
		announceAdded(&screen, *added)
	}
	if query.Has("add") {
		if screen.Form, err = d.console.ruleForm(c, query); err != nil {
			return err
		}
	}
	return d.render(c, http.StatusOK, screen)
}

// save adds a rule, and shows it in its place in the list.
func (d *rulesDialog) save(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	rule, err := d.create(c, form)
	if err != nil {
		return d.refuse(c, err, form)
	}
	screen, err := d.screen(c)
	if err != nil {
		return d.gone(c, err)
	}
	if !web.IsFragment(c) {
		return web.Redirect(c, screen.Subject.Href+"?added="+formatID(rule.ID))
	}
	screen.Changed = true
	if added := ruleByID(screen.Rules, formatID(rule.ID)); added != nil {
		announceAdded(&screen, *added)
	}
	return d.render(c, http.StatusCreated, screen)
}

func (d *rulesDialog) create(c echo.Context, form url.Values) (access.Rule, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	subject, _, err := d.find(c)
	if err != nil {
		return access.Rule{}, err
	}
	in, err := newRule(subject, form)
	if err != nil {
		return access.Rule{}, err
	}
	if _, err := d.console.svc.Scope(ctx, caller, in.ScopeID); errors.Is(err, access.ErrNotFound) {
		return access.Rule{}, scopeGone()
	}
	rule, err := d.console.svc.CreateRule(ctx, caller, in)
	if errors.Is(err, access.ErrNotFound) { // it went between the two lines above
		return access.Rule{}, scopeGone()
	}
	return rule, err
}

func scopeGone() error {
	return access.Invalid(views.FieldScope, "This scope no longer exists: somebody deleted it while the dialog was open. Choose another.")
}

// newRule reads the form; everything that is missing is told at once.
func newRule(subject access.Subject, form url.Values) (access.NewRule, error) {
	in := access.NewRule{
		SubjectType: subject.Type,
		Subject:     subject.ID,
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

// refuse shows the form again with what was chosen and what is wrong with
// it: also when the role was not one of those on offer.
func (d *rulesDialog) refuse(c echo.Context, err error, form url.Values) error {
	problems, ok := problemsOf(err)
	if !ok {
		return d.gone(c, err)
	}
	screen, screenErr := d.screen(c)
	if screenErr != nil {
		return d.gone(c, screenErr)
	}
	if screen.Form, screenErr = d.console.ruleForm(c, form); screenErr != nil {
		return screenErr
	}
	screen.Form.Problems = problems
	return d.render(c, web.StatusOf(err), screen)
}

// confirmDelete asks before a rule goes; the dialog leads here for the last
// one, without which the application has no access.
func (d *rulesDialog) confirmDelete(c echo.Context) error {
	screen, err := d.screen(c)
	if err != nil {
		return d.gone(c, err)
	}
	line := ruleByID(screen.Rules, c.Param("rule"))
	if line == nil {
		screen.Problem = ruleWasGone
		return d.render(c, http.StatusNotFound, screen)
	}
	return d.at(screen).show(c, http.StatusOK, "Delete access rule", func(inPage bool) templ.Component {
		return views.DeleteRuleDialog(views.ConfirmDeleteRule{InPage: inPage, Subject: screen.Subject, Rule: *line})
	})
}

const ruleWasGone = "That access rule was gone already: somebody deleted it while the dialog was open."

// delete takes a rule away, from the next request of the application on.
func (d *rulesDialog) delete(c echo.Context) error {
	before, err := d.screen(c)
	if err != nil {
		return d.gone(c, err)
	}
	// The rule must be one of this application: its id alone proves nothing.
	line := ruleByID(before.Rules, c.Param("rule"))
	if line == nil {
		before.Problem = ruleWasGone
		return d.render(c, http.StatusNotFound, before)
	}
	_, err = d.console.svc.DeleteRule(c.Request().Context(), web.CallerOf(c), line.Rule.ID)
	if problems, ok := problemsOf(err); ok {
		before.Problem = problems.Form
		return d.render(c, web.StatusOf(err), before)
	}
	if err != nil && !errors.Is(err, access.ErrNotFound) {
		return err
	}
	if !web.IsFragment(c) {
		return web.Redirect(c, before.Subject.Href)
	}
	after, err := d.screen(c)
	if err != nil {
		return d.gone(c, err)
	}
	after.Changed = true
	after.Status = "Access rule deleted: " + line.Title() + "."
	after.FocusRule = neighbour(before.Rules, line.Rule.ID)
	return d.render(c, http.StatusOK, after)
}

// screen is the dialog as it stands: the rules, what each adds, and what
// they amount to.
func (d *rulesDialog) screen(c echo.Context) (views.RulesDialog, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	subject, words, err := d.find(c)
	if err != nil {
		return views.RulesDialog{}, err
	}
	rules, err := d.rules(ctx, caller, subject.ID)
	if err != nil {
		return views.RulesDialog{}, err
	}
	return views.RulesDialog{
		Subject:   words,
		Clock:     d.console.clock(c),
		Rules:     ruleLines(rules, caller),
		MayAdd:    len(access.Reach(caller.Grants, access.Create, access.AccessRules)) > 0,
		Effective: effectiveAccess(rules),
	}, nil
}

// at is the page that the dialog stands on.
func (d *rulesDialog) at(screen views.RulesDialog) place {
	return place{Place: screen.Subject.Place, nav: d.nav}
}

func (d *rulesDialog) render(c echo.Context, status int, screen views.RulesDialog) error {
	return d.at(screen).show(c, status, "Access rules of "+screen.Subject.Name, func(inPage bool) templ.Component {
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
