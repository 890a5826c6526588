package views

import (
	"net/url"

	"latchkey/access"
	"latchkey/views/ui"
)

const accessCheckHref = "/access-check"

// AccessCheck is "Can it?": a question about a subject, and its answer.
type AccessCheck struct {
	Problems Problems
	Subject  SubjectPicker
	Scope    ScopePicker
	Resource access.ResourceType
	Action   access.Action
	// Answer is nil until everything is chosen.
	Answer *access.CheckedAccess
}

// AccessCheckQuery is a question in the address: the SubjectValue of whom it is
// about, and the id of a node.
type AccessCheckQuery struct {
	Subject, ScopeID string
	Resource         access.ResourceType
	Action           access.Action
}

// Href is the address of the question.
func (q AccessCheckQuery) Href() string {
	values := url.Values{}
	for _, pair := range []Pair{
		{FieldSubject, q.Subject}, {FieldResource, string(q.Resource)}, {FieldAction, string(q.Action)}, {FieldScope, q.ScopeID},
	} {
		if pair.Value != "" {
			values.Set(pair.Name, pair.Value)
		}
	}
	if len(values) == 0 {
		return accessCheckHref
	}
	return accessCheckHref + "?" + values.Encode()
}

func resourceOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose a resource type"}}
	shared := map[string]int{}
	for _, r := range access.Resources() {
		shared[r.DisplayName]++
	}
	for _, r := range access.Resources() {
		label := r.DisplayName
		if shared[label] > 1 {
			label += " (" + string(r.Type) + ")"
		}
		options = append(options, ui.Option{Value: string(r.Type), Label: label})
	}
	return options
}

func actionOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose an action"}}
	for _, action := range matrixActions {
		options = append(options, ui.Option{Value: string(action), Label: actionLabel(action)})
	}
	return options
}

// deed is what was asked about, such as "read Jobs in acme / eu-1".
func (s AccessCheck) deed() string {
	return string(s.Action) + " " + s.Resource.DisplayName() + " in " + s.Answer.Scope.NamePath()
}

// verdict is the answer in a sentence.
func (s AccessCheck) verdict() string {
	if s.Answer.Allowed {
		return "Yes. " + s.Answer.Subject.Name + " may " + s.deed() + "."
	}
	return "No. " + s.Answer.Subject.Name + " may not " + s.deed() + "."
}

// hindrance says what keeps a subject from doing anything, and what to do.
func (s AccessCheck) hindrance() string {
	switch s.Answer.Hindrance {
	case access.HinderedDisabled:
		return s.Answer.Subject.Name + " is disabled. Until it is enabled it may do nothing, whatever its rules say."
	case access.HinderedKeyExpiry:
		return "The secret key of " + s.Answer.Subject.Name + " has expired. Until it is regenerated no token can be had with it."
	case access.HinderedDeleted:
		return s.Answer.Subject.Name + " is deleted. Until it is restored from the bin it may do nothing."
	default:
		return ""
	}
}

// suggested are the roles that are named; the others are counted.
const suggested = 5

func (s AccessCheck) suggestions() []access.Role {
	return s.Answer.Would[:min(suggested, len(s.Answer.Would))]
}

// byHeading introduces the rules that allow it.
func (s AccessCheck) byHeading() string {
	switch {
	case !s.Answer.Allowed:
		return "Its rules would allow it"
	case len(s.Answer.By) == 1:
		return "This rule decides"
	default:
		return "The first of these rules decides; the others would do as well"
	}
}
