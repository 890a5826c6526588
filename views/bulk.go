package views

import (
	"strconv"

	"latchkey/access"
	"latchkey/views/ui"
)

// BulkConfirm asks before several are changed at once.
type BulkConfirm struct {
	InPage   bool
	Of       *BulkKind
	Action   access.BulkAction
	Problems Problems

	// Place chooses where they go; nil unless they are moved.
	Place *ScopePicker
	// Number is how many were selected, and what the person agrees to.
	Number int
	// Names are the first of them, in the order of the table; of access rules,
	// Rules are.
	Names []string
	Rules []access.Rule
	// Unchanged are already as the action would make them.
	Unchanged int
	// InUse signed in within the last 30 days.
	InUse int
	// Own are the person's own, Losing the names of those who will have no access
	// at all, and Kept cannot be changed, each with its reason.
	Own    int
	Losing []string
	Kept   []BulkFailure
	// Unexamined are too many to look at each, which leaves Losing and Kept open.
	Unexamined bool
	// Selection travels with the form: the rows, or all that match a list.
	Selection []Pair
}

// BulkReport says what became of each.
type BulkReport struct {
	InPage bool
	Of     *BulkKind
	// Heading is empty where the numbers below say it.
	Heading   string
	Action    access.BulkAction
	Succeeded int
	// Failed counts all that were left as they were with a reason; Failures are
	// the first of them.
	Failed   int
	Failures []BulkFailure
	// Left were not tried, and Why tells the reason.
	Left int
	Why  string
	// CSVHref is the report as a file; empty if there is none.
	CSVHref string
}

// BulkFailure is one that was left as it was, and why.
type BulkFailure struct{ Name, Reason string }

// BulkJob is a bulk action that runs in the background.
type BulkJob struct {
	InPage bool
	ID     string
	Of     *BulkKind
	Action access.BulkAction
	// Stopping: it was cancelled, and finishes what it has in hand.
	Stopping bool
	// Final: its report can be read.
	Final bool
	// Total is how many were agreed to, Done how many were tried, Failed how
	// many of those were left as they were.
	Total, Done, Failed int
	// Heard is how many quarters of the way were announced before.
	Heard int
}

// Pair is a named value that travels with a form.
type Pair struct{ Name, Value string }

// bulkWords are what an action is called in its dialogs.
type bulkWords struct {
	verb, doing, done string
	consequence       string
	undo              string
	unchanged         string
	button            ui.ButtonVariant
	// harmless: those in use notice nothing of it.
	harmless bool
}

func wordsOf(action access.BulkAction) bulkWords {
	switch action {
	case access.BulkEnable:
		return bulkWords{
			verb: "Enable", doing: "Enabling", done: "enabled", button: ui.ButtonPrimary,
			consequence: "Their keys work again from the next request on.",
			undo:        "Yes. Disable refuses the same keys again.",
			unchanged:   "enabled already",
		}
	case access.BulkDelete:
		return bulkWords{
			verb: "Delete", doing: "Deleting", done: "deleted", button: ui.ButtonDanger,
			consequence: "Their keys and tokens are refused from the next request on, and their access rules no longer count.",
			undo:        "For 30 days: each can be restored from the bin, with a new key.",
		}
	case access.BulkMove:
		return bulkWords{
			verb: "Move", doing: "Moving", done: "moved", button: ui.ButtonPrimary, harmless: true,
			consequence: "From then on, those who manage applications where they go may change, disable and delete them, and those who only manage them where they are now may not. Keys, tokens and access rules stay as they are.",
			undo:        "Yes. Whoever manages them there can move them back.",
		}
	default:
		return bulkWords{
			verb: "Disable", doing: "Disabling", done: "disabled", button: ui.ButtonPrimary,
			consequence: "Their keys and tokens are refused from the next request on. Keys, rules and history stay as they are.",
			undo:        "Yes. Enable makes the same keys work again.",
			unchanged:   "disabled already",
		}
	}
}

// kind: what has something to choose is a form, and no alert.
func (s BulkConfirm) kind() ui.DialogKind {
	if s.Place != nil {
		return ui.DialogForm
	}
	return ui.DialogAlert
}

func (s BulkConfirm) heading() string {
	title := s.Of.Title(s.Action, s.Number)
	if s.Place != nil {
		return title
	}
	return title + "?"
}

func (s BulkConfirm) more() int { return s.Number - len(s.Names) - len(s.Rules) }

// losing names those who will have no access; of many, the first.
func (s BulkConfirm) losing() string {
	const most = 8
	if len(s.Losing) <= most {
		return inWords(s.Losing)
	}
	return firstOf(s.Losing[:most], len(s.Losing))
}

func (s BulkConfirm) hidden() []ui.HiddenField { return hiddenPairs(s.Selection) }

func hiddenPairs(pairs []Pair) []ui.HiddenField {
	fields := make([]ui.HiddenField, len(pairs))
	for i, p := range pairs {
		fields[i] = ui.HiddenField(p)
	}
	return fields
}

// Title is such as "248 applications enabled, 2 not".
func (r BulkReport) Title() string {
	if r.Heading != "" {
		return r.Heading
	}
	if r.Succeeded == 0 {
		return "Nothing was " + r.Of.words(r.Action).done
	}
	return r.Of.Done(r.Action, r.Succeeded) + ", " + Grouped(r.Failed+r.Left) + " not"
}

// unlisted are the failures that the report counts and does not name.
func (r BulkReport) unlisted() int { return r.Failed - len(r.Failures) }

const (
	// BulkProgressID is the part of a dialog that asks how far a job is.
	BulkProgressID = "bulk-progress"
	// ParamHeard is how many quarters of the way the asking page has announced.
	ParamHeard = "heard"

	bulkJobsPath = "/bulk-actions/"
)

// BulkJobHref is where a bulk job is watched, and its report read.
func BulkJobHref(id string) string { return bulkJobsPath + id }

// BulkCSVHref is the report of a bulk job as a file.
func BulkCSVHref(id string) string { return bulkJobsPath + id + "/report.csv" }

// Title is such as "Disabling 12,431 applications".
func (j BulkJob) Title() string {
	return j.Of.words(j.Action).doing + " " + j.Of.Counted(j.Total)
}

// pollHref asks by itself: it must not keep a session alive (security.md 29).
func (j BulkJob) pollHref() string {
	return BulkJobHref(j.ID) + "?background=true&" + ParamHeard + "=" + strconv.Itoa(max(j.Heard, j.quarters()))
}

// reportHref is asked for by the dialog itself, once the job has ended.
func (j BulkJob) reportHref() string { return BulkJobHref(j.ID) + "?background=true" }

func (j BulkJob) percent() int {
	if j.Total == 0 {
		return 100
	}
	return int(100 * int64(j.Done) / int64(j.Total))
}

func (j BulkJob) quarters() int { return j.percent() / 25 }

// announcement is heard at every quarter of the way, and not each time that the
// page asks.
func (j BulkJob) announcement() string {
	if j.quarters() <= j.Heard {
		return ""
	}
	return strconv.Itoa(j.percent()) + " % " + j.Of.words(j.Action).done
}

func (j BulkJob) progress() string {
	text := Grouped(j.Done) + " of " + Grouped(j.Total) + " done"
	if j.Failed > 0 {
		text += ", " + Grouped(j.Failed) + " of them left as they are"
	}
	return text
}

// banner says in the table what goes on beside it, or that it has ended.
func (j BulkJob) banner() string {
	switch {
	case j.Final:
		return j.Title() + " has ended. Its report says what was done."
	case j.Stopping:
		return j.Title() + ": cancelled, and finishing what is in hand."
	default:
		return j.Title() + ": " + strconv.Itoa(j.percent()) + " %."
	}
}

func (j BulkJob) bannerLink() string {
	if j.Final {
		return "Show report"
	}
	return "Show progress"
}
