package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// tidy makes a request what the specification says it is, and refuses the one
// that cannot be. Clients in wide use send what no specification has
// (api-contract.md 0.2): empty parameters, the names of Python's enum members,
// bodies encoded twice, nulls, keys in another casing. All of that is known here
// and nowhere else; the handlers see clean values.
//
// What is wrong is an *access.InvalidError that names each parameter or key.
func (op *operation) tidy(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var wrong []access.FieldError
		problems, err := op.tidyParameters(c)
		if err != nil {
			return err
		}
		wrong = append(wrong, problems...)
		if op.body != nil {
			problems, err := op.tidyBody(c.Request())
			if err != nil {
				return err
			}
			wrong = append(wrong, problems...)
		}
		if len(wrong) > 0 {
			return &access.InvalidError{Fields: wrong}
		}
		return next(c)
	}
}

// tidyParameters rewrites the query and checks every parameter that the
// operation has. Others are left alone: they mean nothing.
func (op *operation) tidyParameters(c echo.Context) (wrong []access.FieldError, err error) {
	u := c.Request().URL
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, badRequest("The part of the address after the question mark cannot be read. Encode what is special in it, such as % as %25.", err)
	}
	for _, p := range op.parameters {
		var problem string
		switch p.In {
		case openapi3.ParameterInPath:
			_, problem = tidyText(p, c.Param(p.Name))
		case openapi3.ParameterInQuery:
			problem = tidyQuery(p, query)
		}
		if problem != "" {
			wrong = append(wrong, access.FieldError{Field: p.Name, Message: problem})
		}
	}
	u.RawQuery = query.Encode()
	return wrong, nil
}

// otherName is the extension that names a second spelling of a parameter.
const otherName = "x-other-name"

// tidyQuery leaves one clean value of the parameter, or none.
func tidyQuery(p *openapi3.Parameter, query url.Values) (problem string) {
	values := query[p.Name]
	if other, ok := p.Extensions[otherName].(string); ok {
		values = append(values, query[other]...)
	}
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
	isList := p.Schema.Value.Type.Is(openapi3.TypeArray)
	switch {
	case len(values) == 0:
		query.Del(p.Name)
		if p.Required {
			return p.Name + " is missing."
		}
		return ""
	case isList:
		// Repeating a list adds to it.
		query.Set(p.Name, strings.Join(values, ","))
		return ""
	case len(values) > 1:
		return p.Name + " is there more than once."
	}
	clean, problem := tidyText(p, values[0])
	query.Set(p.Name, clean)
	return problem
}

// tidyText checks one value of a parameter that is no list.
func tidyText(p *openapi3.Parameter, text string) (clean, problem string) {
	schema := p.Schema.Value
	var value any = text
	switch {
	case len(schema.Enum) > 0:
		text = enumValue(schema, text)
		value = text
	case schema.Type.Is(openapi3.TypeInteger):
		n, err := strconv.ParseInt(text, 10, bitsOf(schema))
		if err != nil {
			return text, fmt.Sprintf("%s must be %s.", p.Name, wanted(schema))
		}
		value = float64(n)
	case schema.Type.Is(openapi3.TypeBoolean):
		text = strings.ToLower(text)
		if text != "true" && text != "false" {
			return text, fmt.Sprintf("%s must be %s.", p.Name, wanted(schema))
		}
		value = text == "true"
	}
	if err := schema.VisitJSON(value); err != nil {
		return text, sentence(p.Name, err)
	}
	return text, ""
}

func bitsOf(schema *openapi3.Schema) int {
	if schema.Format == "int32" {
		return 32
	}
	return 64
}

// enumValue finds the value that is meant: in another casing, or by the name of
// an enum's member as Python prints it, "SortFields.CREATEDAT".
func enumValue(schema *openapi3.Schema, text string) string {
	member := text[strings.LastIndexByte(text, '.')+1:]
	for _, v := range schema.Enum {
		known, _ := v.(string)
		if strings.EqualFold(known, text) || strings.EqualFold(known, member) {
			return known
		}
	}
	return text
}

// tidyBody replaces the body by the clean one.
func (op *operation) tidyBody(r *http.Request) (wrong []access.FieldError, err error) {
	value, err := readValue(r)
	if err != nil {
		return nil, err
	}
	value = tidyValue(op.body, value)
	if err := op.body.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsRequest()); err != nil {
		return bodyProblems(err), nil
	}
	clean, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(clean)), int64(len(clean))
	// People who type curl forget it.
	r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	return nil, nil
}

// readValue reads the body of a request as JSON: none is an empty object.
func readValue(r *http.Request) (any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '"' {
		var inner string
		if err := json.Unmarshal(body, &inner); err != nil {
			return nil, badRequest(notObject, err)
		}
		body = bytes.TrimSpace([]byte(inner))
	}
	if len(body) == 0 {
		return map[string]any{}, nil
	}
	if !utf8.Valid(body) {
		return nil, badRequest("The body is not valid UTF-8 text.", nil)
	}
	d := &decoder{json.NewDecoder(bytes.NewReader(body))}
	d.UseNumber()
	value, err := d.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, badRequest("Something follows the JSON object in the body.", err)
	}
	if _, isObject := value.(map[string]any); !isObject {
		return nil, badRequest(notObject, nil)
	}
	return value, nil
}

const notObject = "The body must be a JSON object."

// decoder reads JSON as encoding/json does, and refuses what could be read in
// two ways: a key that is there twice.
type decoder struct{ *json.Decoder }

// maxDepth is far beyond what any operation takes.
const maxDepth = 32

func (d *decoder) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, badRequest(fmt.Sprintf("The body is nested more than %d deep.", maxDepth), nil)
	}
	t, err := d.Token()
	if err != nil {
		return nil, badRequest(notObject, err)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return d.object(depth)
		}
		return d.array(depth)
	case string:
		return t, checkString(t)
	}
	return t, nil
}

func (d *decoder) object(depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, badRequest(notObject, err)
		}
		key, _ := t.(string) // the decoder lets nothing else pass
		if _, twice := object[key]; twice {
			return nil, badRequest(fmt.Sprintf("The body has the key %.60q twice.", key), nil)
		}
		if object[key], err = d.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return object, d.end()
}

func (d *decoder) array(depth int) (any, error) {
	array := []any{}
	for d.More() {
		value, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	return array, d.end()
}

func (d *decoder) end() error {
	if _, err := d.Token(); err != nil {
		return badRequest(notObject, err)
	}
	return nil
}

// checkString refuses what no database keeps as text.
func checkString(s string) error {
	if strings.ContainsRune(s, 0) {
		return badRequest("The body holds a NUL character.", nil)
	}
	return nil
}

// numberToo is the extension of texts that clients also send as numbers.
const numberToo = "x-number-too"

// tidyValue leaves of an object the keys that the schema knows, spelled as it
// spells them, and no nulls: a key that is null counts as absent.
func tidyValue(schema *openapi3.Schema, value any) any {
	switch value := value.(type) {
	case json.Number:
		if schema.Extensions[numberToo] == true {
			return value.String()
		}
	case map[string]any:
		if len(schema.Properties) > 0 {
			return tidyObject(schema, value)
		}
	case []any:
		if schema.Items != nil {
			for i := range value {
				value[i] = tidyValue(schema.Items.Value, value[i])
			}
		}
	}
	return value
}

func tidyObject(schema *openapi3.Schema, object map[string]any) map[string]any {
	clean := map[string]any{}
	for key, value := range object {
		name, property := propertyOf(schema, key)
		if property == nil || value == nil {
			continue
		}
		if _, exact := object[name]; exact && name != key {
			continue // the exact spelling wins
		}
		clean[name] = tidyValue(property, value)
	}
	return clean
}

func propertyOf(schema *openapi3.Schema, key string) (string, *openapi3.Schema) {
	if property := schema.Properties[key]; property != nil {
		return key, property.Value
	}
	for name, property := range schema.Properties {
		if strings.EqualFold(name, key) {
			return name, property.Value
		}
	}
	return "", nil
}
