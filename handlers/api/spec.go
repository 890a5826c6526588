package api

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

// Spec is openapi.yaml: what the API promises, and what the server is made from.
//
//go:embed openapi.yaml
var Spec []byte

// operation is one operation of the specification, as a request is held
// against it.
type operation struct {
	parameters []*openapi3.Parameter
	body       *openapi3.Schema // nil: no body
	// replayable operations take an Idempotency-Key.
	replayable bool
}

// document is the specification, read. That takes longer than all else at a
// start, so that it waits for the first request.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(Spec)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return doc, nil
})

// operations are all of them, by their ids.
var operations = sync.OnceValues(func() (map[string]*operation, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	all := map[string]*operation{}
	for _, path := range doc.Paths.Map() {
		for _, described := range path.Operations() {
			all[described.OperationID] = newOperation(path, described)
		}
	}
	return all, nil
})

func newOperation(path *openapi3.PathItem, described *openapi3.Operation) *operation {
	op := &operation{}
	for _, parameters := range []openapi3.Parameters{path.Parameters, described.Parameters} {
		for _, parameter := range parameters {
			op.parameters = append(op.parameters, parameter.Value)
			op.replayable = op.replayable || parameter.Value.Name == idempotencyKey
		}
	}
	if described.RequestBody != nil {
		if content := described.RequestBody.Value.Content["application/json"]; content != nil {
			op.body = content.Schema.Value
		}
	}
	return op
}

// specified hands the operation of the specification to what stands before it.
func specified(id string, door func(op *operation, next echo.HandlerFunc) echo.HandlerFunc) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			all, err := operations()
			if err != nil {
				return err
			}
			op := all[id]
			if op == nil {
				return fmt.Errorf("the specification has no operation %s", id)
			}
			return door(op, next)(c)
		}
	}
}
