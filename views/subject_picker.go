package views

import (
	"net/url"
	"strings"

	"latchkey/access"
	"latchkey/views/ui"
)

// SubjectPicker chooses a user or an application among those that the person
// may read.
type SubjectPicker struct {
	Label, Hint string
	// Kind leaves the other kind out; empty offers both.
	Kind access.SubjectType
	// Chosen is nil until one is chosen.
	Chosen *access.Subject
	// Results are the first there are, or where there are no scripts those that
	// the Search found.
	Search  string
	Results []access.Subject
}

// subjectSearchPath answers SubjectResults of what matches ?q=.
const subjectSearchPath = "/subjects"

// ParamSubjectKind leaves a kind of subject out of a search.
const ParamSubjectKind = "type"

// SubjectValue is what choosing a subject sends, such as "app:0193530f-...".
func SubjectValue(s access.Subject) string { return string(s.Type) + ":" + s.ID }

// ParseSubjectValue reads a SubjectValue; what is none has the empty id.
func ParseSubjectValue(value string) (kind access.SubjectType, id string) {
	before, after, found := strings.Cut(value, ":")
	if !found {
		return "", ""
	}
	return access.SubjectType(before), after
}

func (p SubjectPicker) value() string {
	if p.Chosen == nil {
		return ""
	}
	return SubjectValue(*p.Chosen)
}

func (p SubjectPicker) searchHref() string {
	if p.Kind == "" {
		return subjectSearchPath
	}
	return subjectSearchPath + "?" + ParamSubjectKind + "=" + url.QueryEscape(string(p.Kind))
}

// options are never less than what is chosen already.
func (p SubjectPicker) options() []ui.ComboOption {
	options := subjectOptions(p.Results)
	if p.Chosen == nil {
		return options
	}
	for _, s := range p.Results {
		if s.Type == p.Chosen.Type && s.ID == p.Chosen.ID {
			return options
		}
	}
	return append(subjectOptions([]access.Subject{*p.Chosen}), options...)
}

func subjectOptions(subjects []access.Subject) []ui.ComboOption {
	options := make([]ui.ComboOption, len(subjects))
	for i, s := range subjects {
		options[i] = ui.ComboOption{Value: SubjectValue(s), Label: s.Name, Description: SubjectKindWords(s.Type)}
	}
	return options
}

// SubjectKindWords is a kind of subject as people call it.
func SubjectKindWords(t access.SubjectType) string {
	switch t {
	case access.SubjectApplication:
		return "Application"
	case access.SubjectGroup:
		return "Group"
	default:
		return "User"
	}
}

func foundSubjects(n int) string {
	switch n {
	case 0:
		return "Nobody matches"
	case 1:
		return "1 subject matches"
	default:
		return Grouped(n) + " subjects match"
	}
}
