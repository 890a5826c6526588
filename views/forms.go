package views

import "latchkey/access"

// Problems is what was wrong with a submitted form: sentences that belong
// beside a field, and one about the form as a whole. The zero value is a form
// without problems.
type Problems struct {
	Fields []access.FieldError
	Form   string
}

// Any reports whether there is anything to tell.
func (p Problems) Any() bool { return p.Form != "" || len(p.Fields) > 0 }

// For is the sentence for one field, or empty.
func (p Problems) For(field string) string {
	for _, f := range p.Fields {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}

// About makes Problems of one sentence beside one field.
func About(field, message string) Problems {
	return Problems{Fields: []access.FieldError{{Field: field, Message: message}}}
}

// Choice is one line of a list to choose from. Unavailable says why it cannot
// be chosen, or is empty.
type Choice struct {
	Value, Label, Unavailable string
}

// The names of the form fields, shared by the markup that sends them and the
// handlers that read them. They are also the Field of an access.FieldError, so
// that a message finds its place.
const (
	FieldFormKey         = "form_key" // ui.FormProps.Key
	FieldName            = "name"
	FieldDescription     = "description"
	FieldVersion         = "version"
	FieldWas             = "was"      // what a field held when the form was drawn
	FieldWasPlace        = "wasPlace" // where it was managed then
	FieldKeyLifetime     = "keyLifetime"
	FieldKeyEndsIn       = "keyEndsIn" // of the key that the form was about
	FieldPublicKey       = "key"
	FieldFirstPublicKey  = "publicKey" // of a new application
	FieldScope           = "scopeId"
	FieldScopeSearch     = "scopeSearch"
	FieldRole            = "roleId"
	FieldSubject         = "subject" // a SubjectValue
	FieldSubjectSearch   = "subjectSearch"
	FieldGroup           = "group"
	FieldRemove          = "remove" // a choice to take back: name=value
	FieldResource        = "resourceType"
	FieldAction          = "action"
	FieldCompareA        = "a"
	FieldCompareB        = "b"
	FieldOnlyDifferences = "only"
	FieldConfirmName     = "confirmName"
	FieldEmail           = "email"
	FieldPassword        = "password"
	FieldCurrentPassword = "currentPassword"
	FieldNewPassword     = "newPassword"
	FieldSetupToken      = "token"
	FieldNext            = "next"

	FieldTokenLifetime      = "tokenLifetime"
	FieldUsualKeyLifetime   = "usualKeyLifetime"
	FieldLongestKeyLifetime = "longestKeyLifetime"
	FieldSessionIdle        = "sessionIdle"
	FieldSessionLongest     = "sessionLongest"
	FieldAlgorithm          = "algorithm"
	FieldDrawn              = "drawn." // before the name of another: what its form was drawn with
)
