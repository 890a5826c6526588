package gallery

import "latchkey/views"

// referenceStates are what the server knows of the API reference; what the
// vendored renderer makes of it is for the browser tests.
func referenceStates() []State {
	parts := []views.ReferencePart{
		{Name: "Applications", Operations: []views.ReferenceOperation{
			{ID: "listApplications", Method: "GET", Path: "/api/v1/apps", Summary: "List applications"},
			{ID: "createApplication", Method: "POST", Path: "/api/v1/apps", Summary: "Create an application"},
		}},
		{Name: "Access rules", Operations: []views.ReferenceOperation{
			{ID: "oldRules", Method: "GET", Path: "/v1/k8s/rules", Summary: "List access rules", Deprecated: true},
		}},
	}
	frame := consoleFrame()
	frame.Title = "API reference"
	return []State{{Name: "reference/outline", Component: views.ReferencePage(frame, views.Reference{Parts: parts}), Document: true}}
}
