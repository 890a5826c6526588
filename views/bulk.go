package views

import (
	"strconv"

	"latchkey/access"
	"latchkey/views/ui"
)

// BulkConfirm asks before several applications are changed at once.
type BulkConfirm struct {
	InPage  bool
	Action  access.BulkAction
	Problem string

	// Number is how many were selected, and what the person agrees to.
	Number int
	// Names are the first of them, in the order of the table.
	Names []string
	// Unchanged are already as the action would make them.
	Unchanged int
	// InUse signed in within the last 30 days.
	InUse int
	// Selection travels with the form: the rows, or all that match a list.
	Selection []Pair
}

// BulkReport says what became of each.
type BulkReport struct {
	InPage    bool
	Action    access.BulkAction
	Succeeded int
	Failures  []BulkFailure
}

// BulkFailure is one application that was left as it was, and why.
type BulkFailure struct{ Name, Reason string }

// Pair is a named value that travels with a form.
type Pair struct{ Name, Value string }

// bulkWords are what an action is called in its dialogs.
type bulkWords struct {
	verb, done  string
	consequence string
	undo        string
	unchanged   string
	button      ui.ButtonVariant
}

func wordsOf(action access.BulkAction) bulkWords {
	switch action {
	case access.BulkEnable:
		return bulkWords{
			verb: "Enable", done: "enabled", button: ui.ButtonPrimary,
			consequence: "Their keys work again from the next request on.",
			undo:        "Yes. Disable refuses the same keys again.",
			unchanged:   "enabled already",
		}
	case access.BulkDelete:
		return bulkWords{
			verb: "Delete", done: "deleted", button: ui.ButtonDanger,
			consequence: "Their keys and tokens are refused from the next request on, and their access rules no longer count.",
			undo:        "For 30 days: each can be restored from the bin, with a new key.",
		}
	default:
		return bulkWords{
			verb: "Disable", done: "disabled", button: ui.ButtonPrimary,
			consequence: "Their keys and tokens are refused from the next request on. Keys, rules and history stay as they are.",
			undo:        "Yes. Enable makes the same keys work again.",
			unchanged:   "disabled already",
		}
	}
}

// BulkTitle is such as "Disable 3 applications".
func BulkTitle(action access.BulkAction, n int) string {
	return wordsOf(action).verb + " " + Counted(n, "application", "applications")
}

// BulkDone is such as "3 applications disabled".
func BulkDone(action access.BulkAction, n int) string {
	return Counted(n, "application", "applications") + " " + wordsOf(action).done
}

func (s BulkConfirm) more() int { return s.Number - len(s.Names) }

func (s BulkConfirm) hidden() []ui.HiddenField { return hiddenPairs(s.Selection) }

func hiddenPairs(pairs []Pair) []ui.HiddenField {
	fields := make([]ui.HiddenField, len(pairs))
	for i, p := range pairs {
		fields[i] = ui.HiddenField(p)
	}
	return fields
}

func (r BulkReport) title() string {
	if r.Succeeded == 0 {
		return "Nothing was " + wordsOf(r.Action).done
	}
	return BulkDone(r.Action, r.Succeeded) + ", " + strconv.Itoa(len(r.Failures)) + " not"
}
