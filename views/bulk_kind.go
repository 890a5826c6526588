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
	// used names those in use, which a confirmation counts.
	used  string
	words func(access.BulkAction) bulkWords
}

// The kinds.
var (
	BulkApplications = &BulkKind{
		One: "application", Many: "applications", Path: bulkPath, At: InApplications(),
		used: "Used in the last 30 days", words: wordsOf,
	}
	BulkUsers = &BulkKind{
		One: "user", Many: "users", Path: usersBulkPath, At: InUsers(),
		used: "Signed in in the last 30 days", words: userWordsOf,
	}
)

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

func userWordsOf(action access.BulkAction) bulkWords {
	switch action {
	case access.BulkEnable:
		return bulkWords{
			verb: "Enable", done: "enabled", button: ui.ButtonPrimary,
			consequence: "They can sign in again, with the same passwords.",
			undo:        "Yes. Disable shuts them out again.",
			unchanged:   "enabled already",
		}
	case access.BulkDelete:
		return bulkWords{
			verb: "Delete", done: "deleted", button: ui.ButtonDanger,
			consequence: "They are signed out everywhere and cannot sign in, and their access rules and access keys are deleted with them. The audit log keeps their names.",
			undo:        "No. The addresses can be used for new users, who inherit nothing.",
		}
	default:
		return bulkWords{
			verb: "Disable", done: "disabled", button: ui.ButtonPrimary,
			consequence: "They are signed out everywhere and cannot sign in, and their access keys are refused, from the next request on. Access rules and history stay as they are.",
			undo:        "Yes. Enable lets them in again.",
			unchanged:   "disabled already",
		}
	}
}
