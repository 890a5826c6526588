package views

import (
	"strconv"
	"strings"

	"latchkey/access"
	"latchkey/views/ui"
)

// NewRules is the form behind "+New access rule": one rule for every
// combination of the subjects, roles and scopes that were chosen. What was
// chosen travels in the form itself, each under its field's name.
type NewRules struct {
	InPage   bool
	Problems Problems

	Subjects []access.Subject
	Roles    []access.Role
	Scopes   []access.Scope

	Subject   SubjectPicker
	RoleLines []RoleOption
	Scope     ScopePicker
	// Preview is of the role chosen last; nil before there is one.
	Preview *RolePreview
	// Existing is how many of the combinations are access rules already.
	Existing int
	// Focus is the field that was chosen in last; empty: none yet.
	Focus string
}

// Total is how many access rules the choices amount to.
func (s NewRules) Total() int { return len(s.Subjects) * len(s.Roles) * len(s.Scopes) }

// New is how many of them there are not yet.
func (s NewRules) New() int { return s.Total() - s.Existing }

// begun reports whether anything was chosen, which is lost with the dialog.
func (s NewRules) begun() bool { return len(s.Subjects)+len(s.Roles)+len(s.Scopes) > 0 }

// sum says what the choices amount to, or what is still missing.
func (s NewRules) sum() string {
	var missing []string
	for _, part := range []struct {
		n    int
		word string
	}{{len(s.Subjects), "a subject"}, {len(s.Roles), "a role"}, {len(s.Scopes), "a scope"}} {
		if part.n == 0 {
			missing = append(missing, part.word)
		}
	}
	if len(missing) > 0 {
		return "Choose " + inWords(missing) + ". Several of each make a rule for every combination."
	}
	text := Counted(s.Total(), "access rule", "access rules")
	if s.Total() > 1 {
		text = Counted(len(s.Subjects), "subject", "subjects") + " × " + Counted(len(s.Roles), "role", "roles") + " × " + Counted(len(s.Scopes), "scope", "scopes") + " = " + text
	}
	switch {
	case s.Existing == 0:
		return text + "."
	case s.New() == 0:
		return text + ". All of them exist already."
	default:
		return text + ", of which " + Grouped(s.Existing) + " exist already and stay as they are."
	}
}

// saveLabel says what pressing the button makes.
func (s NewRules) saveLabel() string {
	if s.New() > 1 {
		return "Save " + Grouped(s.New()) + " rules"
	}
	return "Save rule"
}

// choice is one thing that was chosen, as a chip that can be taken back.
type choice struct{ field, value, label string }

func (c choice) removal() string { return c.field + "=" + c.value }

func subjectChoices(subjects []access.Subject) []choice {
	choices := make([]choice, len(subjects))
	for i, s := range subjects {
		choices[i] = choice{FieldSubject, SubjectValue(s), s.Name}
	}
	return choices
}

func roleChoices(roles []access.Role) []choice {
	choices := make([]choice, len(roles))
	for i, r := range roles {
		choices[i] = choice{FieldRole, strconv.Itoa(int(r.ID)), r.Name}
	}
	return choices
}

func scopeChoices(scopes []access.Scope) []choice {
	choices := make([]choice, len(scopes))
	for i, s := range scopes {
		choices[i] = choice{FieldScope, s.ID, strings.Join(s.Names, " / ")}
	}
	return choices
}

// hiddenChoices carry all choices on.
func (s NewRules) hiddenChoices() []ui.HiddenField {
	var fields []ui.HiddenField
	for _, choices := range [][]choice{subjectChoices(s.Subjects), roleChoices(s.Roles), scopeChoices(s.Scopes)} {
		for _, c := range choices {
			fields = append(fields, ui.HiddenField{Name: c.field, Value: c.value})
		}
	}
	return fields
}
