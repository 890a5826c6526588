package views

import (
	"latchkey/access"
	"latchkey/views/ui"
)

// BulkKind is what a bulk action is done to.
type BulkKind struct {
	One, Many string
	// Path leads to the actions, each by its name.
	Path string
	At   Place
	// used names those in use, which a confirmation counts; empty for what is not
	// used as such.
	used  string
	words func(access.BulkAction) bulkWords
}

var (
	bulkApplications = &BulkKind{
		One: "application", Many: "applications", Path: bulkPath, At: InApplications(),
		used: "Used in the last 30 days", words: wordsOf,
	}
	bulkUsers = &BulkKind{
		One: "user", Many: "users", Path: usersBulkPath, At: InUsers(),
		used: "Signed in in the last 30 days", words: userWordsOf,
	}
	bulkRules = &BulkKind{
		One: "access rule", Many: "access rules", Path: accessRulesHref + "/", At: InAccessRules(),
		words: ruleWordsOf,
	}
)

// BulkKindOf is what is said of bulk actions on applications, users or access
// rules.
func BulkKindOf(of access.ResourceType) *BulkKind {
	switch of {
	case access.Users:
		return bulkUsers
	case access.AccessRules:
		return bulkRules
	default:
		return bulkApplications
	}
}

// Counted is such as "3 applications".
func (k *BulkKind) Counted(n int) string { return Counted(n, k.One, k.Many) }

// Title is such as "Disable 3 applications".
func (k *BulkKind) Title(action access.BulkAction, n int) string {
	return k.words(action).verb + " " + k.Counted(n)
}

// Done is such as "3 applications disabled".
func (k *BulkKind) Done(action access.BulkAction, n int) string {
	return k.Counted(n) + " " + k.words(action).done
}

// None is such as "None of them can be deleted".
func (k *BulkKind) None(action access.BulkAction) string {
	return "None of them can be " + k.words(action).done
}

func userWordsOf(action access.BulkAction) bulkWords {
	switch action {
	case access.BulkEnable:
		return bulkWords{
			verb: "Enable", doing: "Enabling", done: "enabled", button: ui.ButtonPrimary,
			consequence: "They can sign in again, with the same passwords.",
			undo:        "Yes. Disable shuts them out again.",
			unchanged:   "enabled already",
		}
	case access.BulkDelete:
		return bulkWords{
			verb: "Delete", doing: "Deleting", done: "deleted", button: ui.ButtonDanger,
			consequence: "They are signed out everywhere and cannot sign in, and their access rules and access keys are deleted with them. The audit log keeps their names.",
			undo:        "No. The addresses can be used for new users, who inherit nothing.",
		}
	default:
		return bulkWords{
			verb: "Disable", doing: "Disabling", done: "disabled", button: ui.ButtonPrimary,
			consequence: "They are signed out everywhere and cannot sign in, and their access keys are refused, from the next request on. Access rules and history stay as they are.",
			undo:        "Yes. Enable lets them in again.",
			unchanged:   "disabled already",
		}
	}
}

func ruleWordsOf(access.BulkAction) bulkWords {
	return bulkWords{
		verb: "Delete", doing: "Deleting", done: "deleted", button: ui.ButtonDanger,
		consequence: "What they allow is refused from the next request on.",
		undo:        "Only by creating the same rules again.",
	}
}
