package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// accessRules is the table of all access rules that the person may see.
func (h *console) accessRules() *table[access.Rule] {
	all := access.RuleSelection{}
	return &table[access.Rule]{
		console: h,
		kind:    views.AccessRulesTable,
		nav:     web.NavAccessRules,
		list: func(ctx context.Context, caller access.Caller, l access.List) (access.Page[access.Rule], error) {
			return h.svc.ListRules(ctx, caller, l, all)
		},
		count: func(ctx context.Context, caller access.Caller, l access.List) (access.Count, error) {
			return h.svc.CountRulesOnScreen(ctx, caller, l, all)
		},
		countAll: func(ctx context.Context, caller access.Caller, l access.List) (int, error) {
			return h.svc.CountRules(ctx, caller, l, all)
		},
		export: func(ctx context.Context, caller access.Caller, l access.List, fn func(access.Rule) error) error {
			return h.svc.ExportRules(ctx, caller, l, all, fn)
		},
		screen: func(caller access.Caller, s views.TableScreen, rows []access.Rule) views.Screen {
			return views.AccessRulesScreen{TableScreen: s, Rows: rows, MayCreate: mayCreateRules(caller)}
		},
		cell: accessRuleCell,
	}
}

func mayCreateRules(caller access.Caller) bool {
	return len(access.Reach(caller.Grants, access.Create, access.AccessRules)) > 0
}

// accessRuleCell is a column of the file.
func accessRuleCell(rule access.Rule, column string, _ views.Clock) string {
	switch column {
	case "subjectId":
		return rule.Subject.Name
	case "subjectType":
		return views.SubjectKindWords(rule.Subject.Type)
	case "roleName":
		return rule.RoleName
	case "scopeName":
		return rule.Scope.NamePath()
	case "createdBy":
		return rule.CreatedBy
	case "createdAt":
		return wireTime(rule.CreatedAt)
	case "updatedAt":
		return wireTime(rule.UpdatedAt)
	case "scopeType":
		return views.ScopeTypeWord(rule.Scope.Type)
	case "roleId":
		return formatID(rule.RoleID)
	case "scopeId":
		return rule.Scope.ID
	default:
		return ""
	}
}

func inAccessRules() place {
	return place{Place: views.InAccessRules(), nav: web.NavAccessRules}
}

// selectedRules are the ids of the selected rows, or of all that match.
func (h *console) selectedRules(c echo.Context, values url.Values) ([]string, error) {
	chosen, err := selectedFrom(values, access.RuleSchema)
	if err != nil || chosen.all == nil {
		return chosen.ids, err
	}
	return h.svc.SelectedRules(c.Request().Context(), web.CallerOf(c), *chosen.all, chosen.expected)
}

// confirmDeleteRules asks before the selected rules go, and says what that
// means and which of them cannot go.
func (h *console) confirmDeleteRules(c echo.Context) error {
	ids, err := h.selectedRules(c, c.QueryParams())
	if problems, ok := problemsOf(err); ok {
		return inAccessRules().notice(c, web.StatusOf(err), views.Notice{Title: "Nothing was done", Text: sentenceOf(problems), Changed: true})
	}
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return inAccessRules().notice(c, http.StatusBadRequest, views.Notice{Title: "Nothing is selected", Text: "Tick at least one row of the table, then choose what to do with it."})
	}
	outcomes, err := h.svc.BatchDeleteRules(c.Request().Context(), web.CallerOf(c), ids, true)
	if err != nil {
		return err
	}
	screen, going := confirmationOf(outcomes)
	if len(going) == 0 {
		return h.showRulesReport(c, http.StatusConflict, views.RulesReport{Title: "None of them can be deleted", Kept: screen.Kept})
	}
	if screen.Losing, err = h.losing(c, going); err != nil {
		return err
	}
	title := "Delete " + views.Counted(screen.Number, "access rule", "access rules")
	return inAccessRules().show(c, http.StatusOK, title, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.DeleteRulesDialog(screen)
	})
}

// confirmationOf parts the rules that would go from those that would stay.
func confirmationOf(outcomes []access.Outcome[string, access.Rule]) (views.ConfirmDeleteRules, []access.Rule) {
	var screen views.ConfirmDeleteRules
	var going []access.Rule
	for _, o := range outcomes {
		if o.Err != nil {
			screen.Kept = append(screen.Kept, ruleKept(o))
			continue
		}
		going = append(going, o.Made)
		screen.Selection = append(screen.Selection, views.Pair{Name: views.FieldRow, Value: o.Input})
	}
	screen.Number = len(going)
	screen.Rules = going[:min(len(going), namesShown)]
	return screen, going
}

func ruleKept(o access.Outcome[string, access.Rule]) views.RuleKept {
	return views.RuleKept{Rule: cmp.Or(o.Name, "Access rule "+o.Input), Reason: reasonOf(o.Err)}
}

// losing are the subjects that have no rules but these.
func (h *console) losing(c echo.Context, going []access.Rule) ([]string, error) {
	number := map[access.Subject]int{}
	for _, rule := range going {
		number[rule.Subject]++
	}
	var names []string
	for subject, n := range number {
		left, err := h.svc.CountRules(c.Request().Context(), web.CallerOf(c), access.List{}, access.RuleSelection{Subjects: []string{subject.ID}, SubjectType: subject.Type})
		if err != nil {
			return nil, err
		}
		if left == n {
			names = append(names, subject.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// deleteRules deletes each that it may, and reports what stayed.
func (h *console) deleteRules(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	form.Del(views.FieldAll) // the form that confirms names each
	ids, err := h.selectedRules(c, form)
	if err != nil {
		return err
	}
	outcomes, err := h.svc.BatchDeleteRules(c.Request().Context(), web.CallerOf(c), ids, false)
	if err != nil {
		return err
	}
	kept, deleted := []views.RuleKept(nil), 0
	for _, o := range outcomes {
		if o.Err != nil {
			kept = append(kept, ruleKept(o))
		} else {
			deleted++
		}
	}
	done := views.Counted(deleted, "access rule", "access rules") + " deleted"
	if len(kept) == 0 {
		return inAccessRules().changed(c, views.Notice{Title: done, Text: done + ".", Changed: true})
	}
	return h.showRulesReport(c, http.StatusOK, views.RulesReport{Title: done + ", " + strconv.Itoa(len(kept)) + " not", Kept: kept})
}

func (h *console) showRulesReport(c echo.Context, status int, report views.RulesReport) error {
	return inAccessRules().show(c, status, report.Title, func(inPage bool) templ.Component {
		report.InPage = inPage
		return views.RulesReportDialog(report)
	})
}
