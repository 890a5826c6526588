package handlers

import (
	"cmp"
	"context"
	"slices"

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

// bulkRules is what is done to several access rules: they can only be deleted.
func (h *console) bulkRules() *bulk {
	return &bulk{
		console: h, of: access.AccessRules, table: views.AccessRulesTable, place: inAccessRules(),
		actions: []access.BulkAction{access.BulkDelete},
		facts:   h.factsOfRules,
	}
}

// factsOfRules says which rules go and which cannot, and who loses all access.
// Of more than a person waits for, it tells what can be counted.
func (h *console) factsOfRules(ctx context.Context, caller access.Caller, _ access.BulkAction, chosen selected) (views.BulkConfirm, selected, error) {
	if chosen.all != nil {
		n, err := h.svc.CountRules(ctx, caller, *chosen.all, access.RuleSelection{})
		if err != nil {
			return views.BulkConfirm{}, chosen, err
		}
		chosen.expected = n
		if n > access.BulkAtOnce {
			facts, err := h.factsOfAllRules(ctx, caller, chosen)
			return facts, chosen, err
		}
		if n == 0 {
			return views.BulkConfirm{}, chosen, nil
		}
		ids, err := h.svc.SelectedIDs(ctx, caller, access.AccessRules, chosen.service())
		if err != nil {
			return views.BulkConfirm{}, chosen, err
		}
		chosen = selected{ids: ids}
	}
	return h.factsOfTheseRules(ctx, caller, chosen.ids)
}

func (h *console) factsOfAllRules(ctx context.Context, caller access.Caller, chosen selected) (views.BulkConfirm, error) {
	own, err := h.svc.CountRules(ctx, caller, *chosen.all, access.RuleSelection{Subjects: []string{caller.ID}, SubjectType: caller.Type})
	if err != nil {
		return views.BulkConfirm{}, err
	}
	page, err := h.svc.ListRules(ctx, caller, chosen.all.WithLimit(namesShown), access.RuleSelection{})
	return views.BulkConfirm{Number: chosen.expected, Rules: page.Rows, Own: own, Unexamined: true}, err
}

func (h *console) factsOfTheseRules(ctx context.Context, caller access.Caller, ids []string) (views.BulkConfirm, selected, error) {
	if len(ids) == 0 {
		return views.BulkConfirm{}, selected{}, nil
	}
	outcomes, err := h.svc.BatchDeleteRules(ctx, caller, ids, true)
	if err != nil {
		return views.BulkConfirm{}, selected{}, err
	}
	var facts views.BulkConfirm
	var going []access.Rule
	var chosen selected
	for _, o := range outcomes {
		if o.Err != nil {
			facts.Kept = append(facts.Kept, ruleKept(o))
			continue
		}
		going = append(going, o.Made)
		chosen.ids = append(chosen.ids, o.Input)
		if caller.Subject.ID == o.Made.Subject.ID && caller.Subject.Type == o.Made.Subject.Type {
			facts.Own++
		}
	}
	facts.Number, facts.Rules = len(going), going[:min(len(going), namesShown)]
	facts.Losing, err = h.losing(ctx, caller, going)
	return facts, chosen, err
}

func ruleKept[In any](o access.Outcome[In, access.Rule]) views.BulkFailure {
	return views.BulkFailure{Name: cmp.Or(o.Name, "An access rule"), Reason: reasonOf(o.Err)}
}

// losing are the subjects that have no rules but these.
func (h *console) losing(ctx context.Context, caller access.Caller, going []access.Rule) ([]string, error) {
	number := map[access.Subject]int{}
	for _, rule := range going {
		number[rule.Subject]++
	}
	var names []string
	for subject, n := range number {
		left, err := h.svc.CountRules(ctx, caller, access.List{}, access.RuleSelection{Subjects: []string{subject.ID}, SubjectType: subject.Type})
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
