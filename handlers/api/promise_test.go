package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/uuid"

	"latchkey/handlers/api"
)

// promise is openapi.yaml as every answer is held against it: its status must be
// one that is documented, its body what the schema says, and no key more.
type promise struct{ doc *openapi3.T }

var loadPromise = sync.OnceValues(func() (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(api.Spec)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context, openapi3.EnableExamplesValidation()); err != nil {
		return nil, err
	}
	for name, schema := range doc.Components.Schemas {
		if schema.Value.Type.Is("object") && name != "AuditMetadata" {
			closed := false
			schema.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &closed}
		}
	}
	return doc, nil
})

func newPromise(t testing.TB) *promise {
	t.Helper()
	doc, err := loadPromise()
	must(t, err)
	return &promise{doc}
}

// operations are all of them, by their ids.
func (p *promise) operations() map[string]*openapi3.Operation {
	all := map[string]*openapi3.Operation{}
	for _, item := range p.doc.Paths.Map() {
		for _, op := range item.Operations() {
			all[op.OperationID] = op
		}
	}
	return all
}

// find is the operation at a path; a literal segment wins over a parameter.
func (p *promise) find(method, path string) (*openapi3.PathItem, *openapi3.Operation) {
	var found *openapi3.PathItem
	for template, item := range p.doc.Paths.Map() {
		pattern := "^" + regexp.MustCompile(`\\{[^/]*\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[^/]+`) + "$"
		if template == path {
			found = item
			break
		}
		if regexp.MustCompile(pattern).MatchString(path) {
			found = item
		}
	}
	if found == nil {
		return nil, nil
	}
	return found, found.GetOperation(method)
}

func (p *promise) check(t testing.TB, method, path string, got answer) {
	if _, measured := t.(*testing.B); measured {
		return
	}
	path = "/" + strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), "/")
	item, operation := p.find(method, path)
	if operation == nil {
		return
	}
	answered.saw(operation.OperationID, got.status)
	r := httptest.NewRequest(method, "/", nil)
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: r,
			Route:   &routers.Route{Spec: p.doc, PathItem: item, Method: method, Operation: operation},
		},
		Status: got.status,
		Header: got.header,
		Body:   http.NoBody,
		Options: &openapi3filter.Options{
			IncludeResponseStatus:   true,
			MultiError:              true,
			SchemaValidationOptions: formats,
			ExcludeResponseBody:     true,
		},
	})
	if err == nil {
		err = checkBody(operation, got)
	}
	if err != nil {
		t.Errorf("%s %s answers what %s does not promise: %v\n%d %s", method, path, operation.OperationID, err, got.status, got.body)
	}
}

// checkBody holds a body against the schema of its content type; a status
// without content must have none.
func checkBody(operation *openapi3.Operation, got answer) error {
	promised := operation.Responses.Status(got.status).Value.Content
	if len(promised) == 0 {
		if got.body != "" {
			return fmt.Errorf("there is a body")
		}
		return nil
	}
	content := promised.Get(got.header.Get("Content-Type"))
	if content == nil {
		return fmt.Errorf("it is %q", got.header.Get("Content-Type"))
	}
	if !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		return nil
	}
	value, err := decodeAny(got.body)
	if err != nil {
		return err
	}
	return content.Schema.Value.VisitJSON(value, append([]openapi3.SchemaValidationOption{openapi3.VisitAsResponse(), openapi3.MultiErrors()}, formats...)...)
}

// formats are those of the contract: dates as api-contract.md section 7 has them.
var formats = []openapi3.SchemaValidationOption{
	openapi3.EnableFormatValidation(),
	openapi3.WithStringFormatValidator("uuid", openapi3.NewCallbackValidator(func(s string) error { return uuid.Validate(s) })),
	openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(func(s string) error {
		if !wireDate.MatchString(s) {
			return fmt.Errorf("%q is no date of the wire", s)
		}
		_, err := time.Parse(time.RFC3339, s)
		return err
	})),
}
