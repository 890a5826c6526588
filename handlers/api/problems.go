package api

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"latchkey/access"
)

// bodyProblems says of each bad key of a body what is wrong with it.
func bodyProblems(err error) []access.FieldError {
	var wrong []access.FieldError
	for _, e := range flatten(err) {
		field := bodyField
		if problem := (*openapi3.SchemaError)(nil); errors.As(e, &problem) && len(problem.JSONPointer()) > 0 {
			field = strings.Join(problem.JSONPointer(), ".")
		}
		wrong = append(wrong, access.FieldError{Field: field, Message: sentence(field, e)})
	}
	slices.SortFunc(wrong, func(a, b access.FieldError) int { return cmp.Compare(a.Field, b.Field) })
	return wrong
}

// bodyField stands for the body itself.
const bodyField = "The body"

func flatten(err error) []error {
	several := openapi3.MultiError{}
	if !errors.As(err, &several) {
		return []error{err}
	}
	var all []error
	for _, e := range several {
		all = append(all, flatten(e)...)
	}
	return all
}

// sentence is what is wrong, for whoever reads the log of the client. It never
// repeats what was sent.
func sentence(field string, err error) string {
	var problem *openapi3.SchemaError
	if !errors.As(err, &problem) {
		return field + " is not as expected."
	}
	s := problem.Schema
	switch problem.SchemaField {
	case "required":
		return field + " is missing."
	case "minItems":
		return fmt.Sprintf("%s must have at least %d.", field, s.MinItems)
	case "maxItems":
		return fmt.Sprintf("%s can have at most %d.", field, *s.MaxItems)
	case "minLength":
		return field + " is empty."
	case "maxLength":
		return fmt.Sprintf("%s is longer than %d characters.", field, *s.MaxLength)
	case "minProperties":
		return field + " has none of the keys " + keysOf(s) + "."
	}
	return fmt.Sprintf("%s must be %s.", field, wanted(s))
}

func keysOf(s *openapi3.Schema) string {
	var keys []string
	for key := range s.Properties {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// wanted completes the sentence "x must be ...".
func wanted(s *openapi3.Schema) string {
	switch {
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		return "one of " + strings.Join(values, ", ")
	case s.Type.Is(openapi3.TypeInteger) && s.Min != nil && s.Max != nil:
		return fmt.Sprintf("a whole number from %.0f to %.0f", *s.Min, *s.Max)
	case s.Type.Is(openapi3.TypeInteger) && s.Min != nil:
		return fmt.Sprintf("a whole number, %.0f or more", *s.Min)
	case s.Type.Is(openapi3.TypeInteger):
		return "a whole number"
	case s.Type.Is(openapi3.TypeBoolean):
		return "true or false"
	case s.Type.Is(openapi3.TypeArray):
		return "a list"
	case s.Type.Is(openapi3.TypeObject):
		return "an object"
	case s.Format == "uuid":
		return "a UUID"
	}
	return "text"
}
