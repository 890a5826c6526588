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
	scope := map[string]any{"scopeId": q.own.ID, "scopeType": q.own.Type}
	subject := map[string]any{"subjectId": s.app.ID, "subjectType": "app"}
	body, err := json.Marshal(map[string]any{
		"ids": []int32{s.rule.ID}, "action": "delete", "email": fields["email"],
		"payload": map[string]any{"roleId": access.Viewer, "subjects": []any{subject}, "scopes": []any{scope}},
		"name":    fields["name"], "description": "Changed.", "enabled": strings.Contains(path, "enable"),
		"subjectId": s.app.ID, "subjectType": "app", "roleId": access.Viewer,
		"scopeId": q.own.ID, "scopeType": q.own.Type, "resourceType": "apps",
		"currentPassword": adminPassword, "newPassword": nextPassword,
	})
	must(q.t, err)
	return string(body)
}
