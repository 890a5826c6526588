package gallery

import (
	"time"

	"latchkey/access"
	"latchkey/views"
)

// accessRuleStates are the table of all access rules and its dialogs.
func accessRuleStates() []State {
	return []State{
		{Name: "access-rules/many", Document: true, Component: views.TablePage(consoleFrame(), rulesTable(exampleRules()))},
		{Name: "access-rules/all-columns", Component: views.TableFragment(withAllColumns(rulesTable(exampleRules())))},
		{Name: "access-rules/none-yet", Component: views.TableFragment(rulesTable(nil))},
		{Name: "access-rules/delete", Component: views.BulkConfirmDialog(deleteRules())},
		{Name: "access-rules/delete-all", Component: views.BulkConfirmDialog(deleteAllRules())},
		{Name: "access-rules/new", Component: views.NewRulesDialog(newRules())},
		{Name: "access-rules/new-chosen", Component: views.NewRulesDialog(newRulesChosen())},
		{Name: "access-rules/new-errors", Component: views.NewRulesDialog(newRulesRefused())},
		{Name: "access-rules/report", Component: views.BulkReportDialog(views.BulkReport{
			Of: views.BulkKindOf(access.AccessRules), Action: access.BulkDelete, Succeeded: 4, Failed: 1, Failures: keptRules(),
		})},
	}
}

func keptRules() []views.BulkFailure {
	return []views.BulkFailure{{Name: "System administrator on acme", Reason: "dana@acme.example is the last administrator. Make another one first."}}
}

func deleteRules() views.BulkConfirm {
	return views.BulkConfirm{
		Of: views.BulkKindOf(access.AccessRules), Action: access.BulkDelete,
		Rules: exampleRules()[:2], Number: 5, Losing: []string{"billing-sync", "ana@acme.example"}, Kept: keptRules(),
		Selection: []views.Pair{{Name: "id", Value: "1"}, {Name: "id", Value: "2"}},
	}
}

func deleteAllRules() views.BulkConfirm {
	return views.BulkConfirm{
		Of: views.BulkKindOf(access.AccessRules), Action: access.BulkDelete,
		Rules: exampleRules(), Number: 12_431, Own: 1, Unexamined: true,
		Selection: []views.Pair{{Name: "all", Value: "true"}, {Name: "expected", Value: "12431"}},
	}
}

func rulesTable(rules []access.Rule) views.AccessRulesScreen {
	list, err := access.ParseList(nil, access.RuleSchema)
	if err != nil {
		panic(err) // a mistake in the gallery
	}
	return views.AccessRulesScreen{
		TableScreen: views.TableScreen{
			Kind:      views.AccessRulesTable,
			List:      list,
			Count:     access.Count{N: len(rules), Exact: true},
			Length:    len(rules),
			Columns:   views.AccessRulesTable.DefaultColumns(),
			Clock:     views.Clock{Now: Now, Zone: time.UTC},
			PublicURL: "https://latchkey.acme.example",
		},
		Rows:      rules,
		MayCreate: true,
	}
}

func withAllColumns(s views.AccessRulesScreen) views.AccessRulesScreen {
	s.Columns = s.Kind.Columns
	return s
}

// exampleRules are one of each kind of subject.
func exampleRules() []access.Rule {
	rules := []access.Rule{
		ruleOn("Researcher", "acme", "eu-1", "research"),
		ruleOn("System administrator", "acme"),
		ruleOn("Viewer", "acme", "us-1", "vision", "labels"),
	}
	subjects := exampleSubjects()
	for i := range rules {
		rules[i].ID, rules[i].RoleID, rules[i].Subject = int32(i+1), int32(i+1), subjects[i]
		rules[i].Scope.ID, rules[i].Scope.Type = "0193530f-7a00-7000-8000-0000000000ff", access.ScopeDepartment
		rules[i].CreatedBy = "dana@acme.example"
		rules[i].Times = access.Times{CreatedAt: Now.AddDate(0, -i, -1), UpdatedAt: Now.AddDate(0, -i, -1)}
	}
	return rules
}

func exampleSubjects() []access.Subject {
	return []access.Subject{
		{Type: access.SubjectApplication, ID: "0193530f-7a00-7000-8000-000000000001", Name: "billing-sync"},
		{Type: access.SubjectUser, ID: "0193530f-7a00-7000-8000-000000000002", Name: "dana@acme.example"},
		{Type: access.SubjectGroup, ID: "ml-platform", Name: "ml-platform"},
	}
}

func newRules() views.NewRules {
	form := *rulesForm(views.Problems{}).Form
	return views.NewRules{
		Subject:   views.SubjectPicker{Label: "Subject", Hint: "A user or an application. Choose several to give all of them the same.", Results: exampleSubjects()[:2]},
		RoleLines: form.Roles, Scope: form.Scope,
	}
}

func newRulesChosen() views.NewRules {
	s := newRules()
	s.Subjects = exampleSubjects()
	s.Roles = access.PredefinedRoles()[:1]
	s.Scopes = []access.Scope{ruleOn("", "acme", "eu-1").Scope, ruleOn("", "acme", "us-1", "vision").Scope}
	s.Existing, s.Focus = 2, views.FieldScope
	s.Preview = rulesFormChosen().Form.Preview
	return s
}

func newRulesRefused() views.NewRules {
	s := newRules()
	s.InPage = true
	s.Problems = views.Problems{Fields: []access.FieldError{
		{Field: views.FieldSubject, Message: "Choose whom the rule is about."},
		{Field: views.FieldRole, Message: "Choose a role."},
		{Field: views.FieldScope, Message: "Choose a scope."},
	}}
	return s
}
