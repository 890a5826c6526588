package api

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Spec is openapi.yaml: what the API promises, and what the server is made from.
//
//go:embed openapi.yaml
var Spec []byte

// specification is Spec as parsed once; nobody may change it.
var specification = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(Spec)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return doc, nil
})

// operation is one operation of the specification, as a request is held
// against it.
type operation struct {
	id         string
	parameters []*openapi3.Parameter
	body       *openapi3.Schema // nil: no body
	// public operations need no token; they are written by hand.
	public bool
	// replayable operations take an Idempotency-Key.
	replayable bool
}

// operations are all of them, by their ids.
func operations() (map[string]*operation, error) {
	doc, err := specification()
	if err != nil {
		return nil, err
	}
	all := map[string]*operation{}
	for _, path := range doc.Paths.Map() {
		for _, described := range path.Operations() {
			op := &operation{id: described.OperationID, public: described.Security != nil && len(*described.Security) == 0}
			for _, parameters := range []openapi3.Parameters{path.Parameters, described.Parameters} {
				for _, parameter := range parameters {
					op.parameters = append(op.parameters, parameter.Value)
					op.replayable = op.replayable || parameter.Value.Name == idempotencyKey
				}
			}
			if described.RequestBody != nil {
				content := described.RequestBody.Value.Content["application/json"]
				if content != nil {
					op.body = content.Schema.Value
				}
			}
			all[op.id] = op
		}
	}
	return all, nil
}
