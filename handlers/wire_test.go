package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"latchkey/access"
)

// wirePath gives what a question is about the names that the pages have for it.
func wirePath(path string) string {
	if strings.Contains(path, "user-applications") {
		path = strings.ReplaceAll(path, ":appId", ":accessKeyId")
	}
	return wireParameters.Replace(path)
}

var wireParameters = strings.NewReplacer(":appId", ":id", ":serviceAccountId", ":id", ":accessRuleId", ":rule", ":roleId", "7",
	":clusterUuid", ":cluster", ":departmentId", ":department", ":projectId", ":project")

// wireSubject makes what a path of the API is about besides an application: a
// cluster beside the one around the department, a department beside it, a
// project within it; and an access key of the administrator.
func (q *quarter) wireSubject(path string, s *subject) {
	q.t.Helper()
	ctx, name := context.Background(), fmt.Sprintf("node-%d", q.made)
	for parameter, parent := range map[string]string{":cluster": access.TenantNodeID, ":department": q.own.ParentID, ":project": q.own.ID} {
		if strings.Contains(path, parameter) {
			node, err := q.svc.CreateScope(ctx, q.operator(), access.NewScope{ParentID: parent, Name: name})
			must(q.t, err)
			s.node = node.ID
		}
	}
	if strings.Contains(path, ":node") {
		s.node = q.organizationNode(path, name)
	}
	if strings.Contains(path, ":publicKey") || strings.HasSuffix(path, "/secret") || strings.HasSuffix(path, "/remove-key") {
		key, err := q.svc.AddPublicKey(ctx, q.operator(), s.app.ID, access.NewPublicKey{Key: otherPublicKey})
		must(q.t, err)
		s.node = key.ID
	}
	if strings.Contains(path, ":session") {
		s.node = q.session("admin@example.com")
	}
	if strings.Contains(path, ":accessKey") {
		s.node, _ = q.accessKey(fmt.Sprintf("key-%d", q.made))
	}
	if strings.Contains(path, ":user") || strings.HasPrefix(path, "/users/bulk/") {
		user, err := q.svc.CreateUser(ctx, q.operator(), access.NewUser{Email: fmt.Sprintf("user-%d@example.com", q.made), Password: adminPassword})
		must(q.t, err)
		s.node = user.ID
		if !strings.Contains(path, ":userId") {
			s.user = user.ID
		}
	}
}

// publicKey and otherPublicKey are those of examples in RFC 8037 and elsewhere.
const (
	publicKey      = `{"kty":"OKP","crv":"Ed25519","x":"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"}`
	otherPublicKey = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
)

// accessKey makes one for the administrator, and answers its id and a browser
// that asks with it.
func (q *quarter) accessKey(name string) (string, *browser) {
	q.t.Helper()
	ctx := context.Background()
	page, err := q.svc.ListUsers(ctx, q.operator(), access.List{Search: "admin@example.com"})
	must(q.t, err)
	principal, _, err := q.svc.UserPrincipal(ctx, page.Rows[0].ID)
	must(q.t, err)
	caller := access.Caller{Principal: principal}
	keys, err := q.svc.MyAccessKeys(ctx, caller)
	must(q.t, err)
	for _, key := range keys { // nobody may have more than a few
		must(q.t, q.svc.DeleteMyAccessKey(ctx, caller, key.ID))
	}
	key, secret, err := q.svc.CreateAccessKey(ctx, caller, access.NewAccessKey{Name: name})
	must(q.t, err)
	return key.ID, q.visitor().with("Authorization", "Bearer "+q.trade(key.ClientID, secret.Reveal()))
}

func (q *quarter) trade(clientID, secret string) string {
	q.t.Helper()
	issued, err := q.svc.IssueToken(context.Background(), access.Origin{}, clientID, secret)
	must(q.t, err)
	return issued.AccessToken
}

// isOwnKey finds the paths that only users have something behind.
func isOwnKey(path string) bool {
	return strings.HasPrefix(path, "/api/v1/access-keys") || strings.HasPrefix(path, "/api/v1/user-applications")
}

// body is what a route takes: a form on a page, JSON in the API.
func (q *quarter) body(path string, s subject) string {
	q.t.Helper()
	fields := q.fields(path, s)
	if strings.HasPrefix(path, "/access/v1/") {
		return fmt.Sprintf(`{"subject":{"type":"application","id":%q},"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`, s.app.ID)
	}
	if !strings.HasPrefix(path, "/api/v1/") {
		return encode(fields)
	}
	scope := map[string]any{"scopeId": q.own.ID, "scopeType": q.own.Type}
	subject := map[string]any{"subjectId": s.app.ID, "subjectType": "app"}
	body, err := json.Marshal(map[string]any{
		"name": fields["name"], "description": "Changed.", "enabled": strings.Contains(path, "enable"),
		"subjectId": s.app.ID, "subjectType": "app", "roleId": access.Viewer,
		"scopeId": q.own.ID, "scopeType": q.own.Type, "resourceType": "apps",
		"ids": []int32{s.rule.ID}, "action": "delete", "email": fields["email"],
		"payload":         map[string]any{"roleId": access.Viewer, "subjects": []any{subject}, "scopes": []any{scope}},
		"currentPassword": adminPassword, "newPassword": nextPassword,
		"clusterId": q.own.ParentID, "parentId": q.own.ID, "key": publicKey,
	})
	must(q.t, err)
	return string(body)
}
