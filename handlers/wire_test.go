package handlers_test

import (
	"encoding/json"
	"strings"

	"latchkey/access"
)

// wireParameters are the names that the API has for what a question is about.
var wireParameters = strings.NewReplacer(":appId", ":id", ":serviceAccountId", ":id", ":accessRuleId", ":rule", ":roleId", "7")

// body is what a route takes: a form on a page, JSON in the API.
func (q *quarter) body(path string, s subject) string {
	q.t.Helper()
	fields := q.fields(path, s)
	if !strings.HasPrefix(path, "/api/v1/") {
		return encode(fields)
	}
	body, err := json.Marshal(map[string]any{
		"name": fields["name"], "description": "Changed.", "enabled": strings.Contains(path, "enable"),
		"subjectId": s.app.ID, "subjectType": "app", "roleId": access.Viewer,
		"scopeId": q.own.ID, "scopeType": q.own.Type, "resourceType": "apps",
	})
	must(q.t, err)
	return string(body)
}
