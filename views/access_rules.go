package views

import (
	"strconv"

	"latchkey/access"
	"latchkey/views/ui"
)

// accessRulesHref is the table of all access rules; AccessRulesHref is one of
// its dialogs.
const accessRulesHref = "/access-rules"

// AccessRulesHref is the address of something that is done to access rules.
func AccessRulesHref(what string) string { return accessRulesHref + "/" + what }

// newRuleLink takes the focus when what opened a dialog has gone.
const newRuleLink = "#new-rule"

// InAccessRules is the table of all access rules.
func InAccessRules() Place {
	return Place{Heading: AccessRulesTable.Heading, Href: accessRulesHref, Focus: newRuleLink}
}

// AccessRulesTable is the table of all access rules.
var AccessRulesTable = &TableKind{
	Name:    "access-rules",
	Path:    accessRulesHref,
	Heading: "Access rules",
	Lead:    "A subject has a role in a scope, and in everything below it.",
	One:     "access rule",
	Many:    "access rules",
	Schema:  access.RuleSchema,
	Columns: []string{
		"subjectId", "subjectType", "roleName", "scopeName", "createdBy", "createdAt", "updatedAt",
		"scopeType", "roleId", "scopeId",
	},
	Shown:      7,
	Unfiltered: []string{"deletedAt", "phase"},
	Places:     []string{"scopeId"},
	API:        "/api/v1/authorization/access-rules",
	Reference:  "Access-rules",
	Ask:        "may read access rules, such as Editor",
}

// AccessRulesScreen is the table with its rows.
type AccessRulesScreen struct {
	TableScreen
	Rows []access.Rule
	// MayCreate offers "+New access rule".
	MayCreate bool
}

func (s AccessRulesScreen) parts() tableParts {
	return tableParts{
		Actions: accessRulesActions(s),
		More:    accessRulesMore(),
		Above:   bulkBanners(s.Jobs),
		Table:   accessRulesTable(s),
		Empty:   accessRulesEmpty(s),
		RowMenu: accessRuleRowMenu(),
	}
}

func (s AccessRulesScreen) actionBar() ui.ActionBarProps {
	return s.selectionBar(ui.Action{ID: "action-delete", Label: "Delete", Icon: ui.IconTrash, Href: AccessRulesHref("delete"), Dangers: true})
}

// ScopeTypeWord is what a level of the organization is called.
func ScopeTypeWord(t access.ScopeType) string {
	field, _ := access.RuleSchema.Field("scopeType")
	return field.ValueLabel(string(t))
}

// SubjectHref is the page of a subject; groups have none.
func SubjectHref(s access.Subject) string {
	switch s.Type {
	case access.SubjectApplication:
		return ApplicationHref(s.ID, "")
	case access.SubjectUser:
		return UserHref(s.ID, "")
	default:
		return ""
	}
}

// subjectRulesHref is the dialog of all rules of a subject; groups have none.
func subjectRulesHref(s access.Subject) string {
	switch s.Type {
	case access.SubjectApplication:
		return ApplicationHref(s.ID, "rules")
	case access.SubjectUser:
		return UserHref(s.ID, "rules")
	default:
		return ""
	}
}

// ScopeHref opens the tree of the organization at a node.
func ScopeHref(id string) string { return "/organization?scope=" + id }

// RoleHref is the page of a role.
func RoleHref(id int32) string { return "/roles/" + strconv.Itoa(int(id)) }

// subjectAndRule names a rule with whom it is about.
func subjectAndRule(r access.Rule) string { return r.Subject.Name + ": " + RuleTitle(r) }
