package api

import (
	"cmp"
	"net/http"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Part is one tag of the specification with its operations: what the API
// reference is divided into.
type Part struct {
	Name       string
	Operations []Outlined
}

// Outlined is one operation in one line.
type Outlined struct {
	ID         string
	Method     string
	Path       string
	Summary    string
	Deprecated bool
}

// Outline is the specification in few words: its parts in its order, and in each
// the operations by path.
var Outline = sync.OnceValues(func() ([]Part, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	parts := make([]Part, len(doc.Tags))
	for i, tag := range doc.Tags {
		parts[i] = Part{Name: tag.Name, Operations: operationsOf(doc, tag.Name)}
	}
	return parts, nil
})

func operationsOf(doc *openapi3.T, tag string) []Outlined {
	var found []Outlined
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if slices.Contains(op.Tags, tag) {
				found = append(found, Outlined{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Deprecated: op.Deprecated})
			}
		}
	}
	slices.SortFunc(found, func(a, b Outlined) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(methodOrder(a.Method), methodOrder(b.Method)))
	})
	return found
}

// methodOrder puts looking before changing, and deleting last.
func methodOrder(method string) int {
	return slices.Index([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, method)
}
