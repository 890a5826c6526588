package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// newRules is the form of new access rules with what has been chosen so far:
// the address holds it, so that it needs no scripts.
func (h *console) newRules(c echo.Context) error {
	screen, err := h.newRulesScreen(c, c.QueryParams())
	if err != nil {
		return err
	}
	return showNewRules(c, http.StatusOK, screen)
}

func showNewRules(c echo.Context, status int, screen views.NewRules) error {
	return inAccessRules().show(c, status, "New access rule", func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.NewRulesDialog(screen)
	})
}

// newRulesScreen reads the choices. What is not there, or not for this person
// to see, is no choice.
func (h *console) newRulesScreen(c echo.Context, form url.Values) (views.NewRules, error) {
	screen := views.NewRules{Focus: form.Get("focus")}
	if err := h.readChoices(c, form, &screen); err != nil {
		return screen, err
	}
	if err := h.countExisting(c, &screen); err != nil {
		return screen, err
	}
	picker, err := h.subjectPicker(c, "", "", form.Get(views.FieldSubjectSearch))
	if err != nil {
		return screen, err
	}
	picker.Hint = "A user or an application. Choose several to give all of them the same."
	one, err := h.ruleForm(c, url.Values{views.FieldScopeSearch: form[views.FieldScopeSearch]})
	if err != nil {
		return screen, err
	}
	screen.Subject, screen.RoleLines, screen.Scope = picker, one.Roles, one.Scope
	screen.Scope.Autofocus = screen.Focus == views.FieldScope
	if n := len(screen.Roles); n > 0 {
		screen.Preview = rolePreviewOf(screen.Roles[n-1])
	}
	return screen, nil
}

// kept are the values of a field but for the one that is taken back, each once.
func kept(form url.Values, field string) []string {
	var values []string
	for _, value := range form[field] {
		taken := slices.Contains(form[views.FieldRemove], field+"="+value)
		if value != "" && !taken && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values[:min(len(values), access.MaxLimit)]
}

func (h *console) readChoices(c echo.Context, form url.Values, screen *views.NewRules) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	subjects := kept(form, views.FieldSubject)
	if group := strings.TrimSpace(form.Get(views.FieldGroup)); group != "" {
		subjects = append(subjects, views.SubjectValue(access.Subject{Type: access.SubjectGroup, ID: group}))
	}
	for _, value := range subjects {
		kind, id := views.ParseSubjectValue(value)
		if kind == access.SubjectGroup {
			screen.Subjects = append(screen.Subjects, access.Subject{Type: kind, ID: id, Name: id})
			continue
		}
		subject, err := h.svc.Subject(ctx, caller, kind, id)
		if err == nil {
			screen.Subjects = append(screen.Subjects, subject)
		} else if !errors.Is(err, access.ErrNotFound) && !errors.Is(err, access.ErrInvalid) {
			return err
		}
	}
	for _, value := range kept(form, views.FieldRole) {
		id, _ := strconv.ParseInt(value, 10, 32) // what is no number is no role
		if role, known := access.RoleByID(int32(id)); known {
			screen.Roles = append(screen.Roles, role)
		}
	}
	for _, value := range kept(form, views.FieldScope) {
		scope, err := h.svc.Scope(ctx, caller, value)
		if err == nil {
			screen.Scopes = append(screen.Scopes, scope)
		} else if !errors.Is(err, access.ErrNotFound) {
			return err
		}
	}
	return nil
}

// countExisting counts the combinations that are rules already, as far as the
// person may see them.
func (h *console) countExisting(c echo.Context, screen *views.NewRules) error {
	if screen.Total() == 0 {
		return nil
	}
	for _, subject := range screen.Subjects {
		only := access.RuleSelection{SubjectType: subject.Type, Subjects: []string{subject.ID}}
		page, err := h.svc.ListRules(c.Request().Context(), web.CallerOf(c), access.List{Limit: access.MaxRulesPerSubject}, only)
		if err != nil {
			return err
		}
		for _, rule := range page.Rows {
			isRole := func(r access.Role) bool { return r.ID == rule.RoleID }
			isScope := func(s access.Scope) bool { return s.ID == rule.Scope.ID }
			if slices.ContainsFunc(screen.Roles, isRole) && slices.ContainsFunc(screen.Scopes, isScope) {
				screen.Existing++
			}
		}
	}
	return nil
}

// createRules makes every combination that is not there yet, each for itself,
// and reports those that could not be made.
func (h *console) createRules(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen, err := h.newRulesScreen(c, form)
	if err != nil {
		return err
	}
	if problems := missingChoices(screen, form); problems.Any() {
		screen.Problems = problems
		return showNewRules(c, http.StatusUnprocessableEntity, screen)
	}
	outcomes, err := h.svc.BatchCreateRules(c.Request().Context(), web.CallerOf(c), combinations(screen))
	if problems, ok := problemsOf(err); ok {
		screen.Problems = views.Problems{Form: sentenceOf(problems)}
		return showNewRules(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return err
	}
	return h.reportRules(c, screen, outcomes)
}

func missingChoices(screen views.NewRules, form url.Values) views.Problems {
	var p views.Problems
	for _, part := range []struct {
		n              int
		field, message string
		gone           string
	}{
		{len(screen.Subjects), views.FieldSubject, "Choose whom the rule is about.", "The subject no longer exists: somebody deleted it while the dialog was open. Choose another."},
		{len(screen.Roles), views.FieldRole, "Choose a role.", "Choose one of the roles in the list."},
		{len(screen.Scopes), views.FieldScope, "Choose a scope.", "This scope no longer exists: somebody deleted it while the dialog was open. Choose another."},
	} {
		if part.n > 0 {
			continue
		}
		message := part.message
		if len(kept(form, part.field)) > 0 {
			message = part.gone
		}
		p.Fields = append(p.Fields, access.FieldError{Field: part.field, Message: message})
	}
	return p
}

func combinations(screen views.NewRules) []access.NewRule {
	rules := make([]access.NewRule, 0, screen.Total())
	for _, subject := range screen.Subjects {
		for _, role := range screen.Roles {
			for _, scope := range screen.Scopes {
				rules = append(rules, access.NewRule{SubjectType: subject.Type, Subject: subject.ID, RoleID: role.ID, ScopeID: scope.ID})
			}
		}
	}
	return rules
}

// reportRules tells what became of each. A single rule that could not be made
// is told in the form.
func (h *console) reportRules(c echo.Context, screen views.NewRules, outcomes []access.Outcome[access.NewRule, access.Rule]) error {
	if len(outcomes) == 1 && outcomes[0].Err != nil {
		err := outcomes[0].Err
		screen.Problems = views.Problems{Form: reasonOf(err)}
		return showNewRules(c, web.StatusOf(err), screen)
	}
	var report views.BulkReport
	made, existing := 0, 0
	for _, o := range outcomes {
		switch {
		case o.Err == nil:
			made++
		case existed(o.Err):
			existing++
		default:
			report.Failures = append(report.Failures, ruleKept(o))
		}
	}
	done := views.Counted(made, "access rule", "access rules") + " created"
	if existing > 0 {
		done += ", " + strconv.Itoa(existing) + " existed already"
	}
	if report.Failed = len(report.Failures); report.Failed > 0 {
		report.Heading = done + ", " + strconv.Itoa(report.Failed) + " not"
		return h.bulkRules().showReport(c, http.StatusOK, report)
	}
	return inAccessRules().changed(c, views.Notice{Title: done, Text: done + ".", Changed: true})
}

// existed tells a rule that was there already, which is no failure of many.
func existed(err error) bool {
	var conflict *access.ConflictError
	return errors.As(err, &conflict) && conflict.Exists
}
