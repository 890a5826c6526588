package api_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"latchkey/access"
	"latchkey/handlers/api"
)

// attempt is a request that works for whoever may do it.
type attempt struct{ request, body string }

// attempts are one for each operation that needs a token, about things of the
// department research; see matrixStage. {role} is the role that is tried.
var attempts = map[string]attempt{
	"listApplications":            {"GET /api/v1/apps", ""},
	"createApplication":           {"POST /api/v1/apps", `{"name":"made-one","scopeId":"{research}"}`},
	"getApplication":              {"GET /api/v1/apps/{robot}", ""},
	"updateApplication":           {"PATCH /api/v1/apps/{robot}", `{"description":"Changed."}`},
	"deleteApplication":           {"DELETE /api/v1/apps/{victim1}", ""},
	"regenerateApplicationSecret": {"POST /api/v1/apps/{robot}/secret", ""},

	"listPublicKeys":  {"GET /api/v1/apps/{robot}/public-keys", ""},
	"addPublicKey":    {"POST /api/v1/apps/{robot}/public-keys", `{"key":"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\"}"}`},
	"deletePublicKey": {"DELETE /api/v1/apps/{robot}/public-keys/{pub}", ""},

	"removeApplicationSecret": {"DELETE /api/v1/apps/{robot}/secret", ""},

	"listServiceAccounts":            {"GET /api/v1/service-accounts", ""},
	"createServiceAccount":           {"POST /api/v1/service-accounts", `{"name":"made-two","scopeId":"{research}"}`},
	"getServiceAccount":              {"GET /api/v1/service-accounts/{robot}", ""},
	"updateServiceAccount":           {"PATCH /api/v1/service-accounts/{robot}", `{"description":"Changed again."}`},
	"deleteServiceAccount":           {"DELETE /api/v1/service-accounts/{victim2}", ""},
	"regenerateServiceAccountSecret": {"POST /api/v1/service-accounts/{robot}/secret", ""},
	"removeServiceAccountSecret":     {"DELETE /api/v1/service-accounts/{robot}/secret", ""},
	"listServiceAccountPublicKeys":   {"GET /api/v1/service-accounts/{robot}/public-keys", ""},
	"addServiceAccountPublicKey":     {"POST /api/v1/service-accounts/{robot}/public-keys", `{"key":"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"}`},
	"deleteServiceAccountPublicKey":  {"DELETE /api/v1/service-accounts/{robot}/public-keys/{pub2}", ""},

	"listAccessRules":        {"GET /api/v1/authorization/access-rules", ""},
	"countAccessRules":       {"GET /api/v1/authorization/access-rules/count", ""},
	"getAccessRule":          {"GET /api/v1/authorization/access-rules/{rule1}", ""},
	"createAccessRule":       {"POST /api/v1/authorization/access-rules", `{"subjectId":"the-team","subjectType":"group","roleId":{role},"scopeId":"{research}","scopeType":"department"}`},
	"deleteAccessRule":       {"DELETE /api/v1/authorization/access-rules/{rule2}", ""},
	"batchAccessRules":       {"POST /api/v1/authorization/access-rules/batch", `{"ids":["{rule3}"],"action":"delete"}`},
	"batchCreateAccessRules": {"POST /api/v1/authorization/access-rules/batch-create", `{"payload":{"roleId":{role},"subjects":[{"subjectId":"the-team","subjectType":"group"}],"scopes":[{"scopeId":"{vision}","scopeType":"project"}]}}`},
	"listMyAccessRules":      {"GET /api/v1/authorization/me/access-rules", ""},
	"countMyAccessRules":     {"GET /api/v1/authorization/me/access-rules/count", ""},

	"listRoles":           {"GET /api/v1/authorization/roles", ""},
	"getRole":             {"GET /api/v1/authorization/roles/7", ""},
	"listPermissions":     {"GET /api/v1/authorization/permissions", ""},
	"checkAccess":         {"POST /api/v1/authorization/check", `{"subjectId":"{robot}","subjectType":"app","resourceType":"jobs","action":"read","scopeId":"{research}"}`},
	"evaluateAccess":      {"POST /access/v1/evaluation", `{"subject":{"type":"app","id":"{robot}"},"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`},
	"evaluateAllAccess":   {"POST /access/v1/evaluations", `{"subject":{"type":"app","id":"{robot}"},"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`},
	"listPermittedScopes": {"POST /api/v1/authorization/permitted-scopes", `{"resourceType":"apps"}`},

	"listUsers":         {"GET /api/v1/users", ""},
	"countUsers":        {"GET /api/v1/users/count", ""},
	"createUser":        {"POST /api/v1/users", `{"email":"made@example.com"}`},
	"getUser":           {"GET /api/v1/users/{bob}", ""},
	"deleteUser":        {"DELETE /api/v1/users/{cyd}", ""},
	"logOutUser":        {"POST /api/v1/users/{bob}/logout", ""},
	"resetUserPassword": {"POST /api/v1/users/{bob}/password", ""},
	"changeMyPassword":  {"POST /api/v1/me/password", `{"currentPassword":"a","newPassword":"b"}`},

	"listUserApplications":            {"GET /api/v1/user-applications", ""},
	"createUserApplication":           {"POST /api/v1/user-applications", `{"name":"made"}`},
	"getUserApplication":              {"GET /api/v1/user-applications/{key1}", ""},
	"deleteUserApplication":           {"DELETE /api/v1/user-applications/{key1}", ""},
	"regenerateUserApplicationSecret": {"POST /api/v1/user-applications/{key1}/secret", ""},
	"listAccessKeys":                  {"GET /api/v1/access-keys", ""},
	"createAccessKey":                 {"POST /api/v1/access-keys", `{"name":"made"}`},
	"getAccessKey":                    {"GET /api/v1/access-keys/{key1}", ""},
	"deleteAccessKey":                 {"DELETE /api/v1/access-keys/{key1}", ""},
	"regenerateAccessKeySecret":       {"POST /api/v1/access-keys/{key1}/secret", ""},
	"listAllUserApplications":         {"GET /api/v1/administration/user-applications", ""},
	"deleteAnyUserApplication":        {"DELETE /api/v1/administration/user-applications/{key1}", ""},
	"listAllAccessKeys":               {"GET /api/v1/administration/access-keys", ""},
	"deleteAnyAccessKey":              {"DELETE /api/v1/administration/access-keys/{key2}", ""},

	"listAuditLog":     {"GET /api/v1/audit/log?start=2026-01-01&end=2027-01-01", ""},
	"downloadAuditLog": {"GET /api/v1/audit/log/file?start=2026-01-01&end=2027-01-01", ""},

	"listClusters":  {"GET /api/v1/clusters", ""},
	"countClusters": {"GET /api/v1/clusters/count", ""},
	"createCluster": {"POST /api/v1/clusters", `{"name":"made"}`},
	"getCluster":    {"GET /api/v1/clusters/{eu}", ""},
	"renameCluster": {"PATCH /api/v1/clusters/{eu}", `{"name":"eu-2"}`},
	"deleteCluster": {"DELETE /api/v1/clusters/{eu}", ""},

	"listDepartments":  {"GET /api/v1/org-unit/departments", ""},
	"countDepartments": {"GET /api/v1/org-unit/departments/count", ""},
	"createDepartment": {"POST /api/v1/org-unit/departments", `{"name":"made","clusterId":"{eu}"}`},
	"getDepartment":    {"GET /api/v1/org-unit/departments/{research}", ""},
	"renameDepartment": {"PATCH /api/v1/org-unit/departments/{research}", `{"name":"science"}`},
	"deleteDepartment": {"DELETE /api/v1/org-unit/departments/{research}", ""},

	"listProjects":  {"GET /api/v1/org-unit/projects", ""},
	"countProjects": {"GET /api/v1/org-unit/projects/count", ""},
	"createProject": {"POST /api/v1/org-unit/projects", `{"name":"made","parentId":"{research}"}`},
	"getProject":    {"GET /api/v1/org-unit/projects/{vision}", ""},
	"renameProject": {"PATCH /api/v1/org-unit/projects/{vision}", `{"name":"sight"}`},
	"deleteProject": {"DELETE /api/v1/org-unit/projects/{vision}", ""},
}

// node is where the thing of an attempt is, if not in research itself.
var node = map[string]string{
	"batchCreateAccessRules": "vision",
	"getCluster":             "eu", "renameCluster": "eu", "deleteCluster": "eu", "createDepartment": "eu",
	"getProject": "vision", "renameProject": "vision", "deleteProject": "vision",
}

// places are where a role is given: in all, where the things are, and beside.
var places = []string{"tenant", "research", "sales"}

// TestRoles asks every operation as every role, given in the organisation, in the
// department that has the thing, and in the department beside it. The answer must
// be what the table of permissions and the role say, and testdata/roles.txt has
// all of them to be read: a check that was forgotten shows as a difference.
// -update writes it anew.
func TestRoles(t *testing.T) {
	set := newMatrixStage(t)
	rows := map[string]map[string][]string{} // by operation and outcome: the roles
	for _, role := range access.PredefinedRoles() {
		outcomes := map[string][]string{}
		for _, place := range places {
			for id, outcome := range set.tryAll(t, role, place) {
				outcomes[id] = append(outcomes[id], fmt.Sprint(outcome))
			}
		}
		for id, outcome := range outcomes {
			if rows[id] == nil {
				rows[id] = map[string][]string{}
			}
			line := strings.Join(outcome, " ")
			rows[id][line] = append(rows[id][line], role.Name)
		}
	}
	golden(t, "testdata/roles.txt", rolesText(set.operations, rows))
}

// matrixStage is the stage of TestRoles, with where its nodes are.
type matrixStage struct {
	stage
	paths      map[string]access.ScopePath
	operations map[string]*openapi3.Operation
}

func newMatrixStage(t *testing.T) matrixStage {
	t.Helper()
	s := matrixStage{emptyStage(t), map[string]access.ScopePath{}, map[string]*openapi3.Operation{}}
	t.Run("stage", func(t *testing.T) { // whose end closes the database
		p := newProductOf(t, parts{database: s.database, keyFile: s.keyFile, random: exampleRandom("matrix")})
		for id, op := range p.promise.operations() {
			if _, _, listed := api.Needed(id); listed {
				s.operations[id] = op
			}
		}
		eu := p.scope(t, access.TenantNodeID, "eu-1")
		research, sales := p.scope(t, eu.ID, "research"), p.scope(t, eu.ID, "sales")
		vision := p.scope(t, research.ID, "vision")
		tenant, err := p.svc.Scope(t.Context(), operator(), access.TenantNodeID)
		must(t, err)
		for name, scope := range map[string]access.Scope{"tenant": tenant, "eu": eu, "research": research, "sales": sales, "vision": vision} {
			s.names[name], s.paths[name] = scope.ID, scope.Path
		}
		for _, name := range []string{"robot", "victim1", "victim2"} {
			app, _, err := p.svc.CreateApplication(t.Context(), operator(), access.NewApplication{Name: name, ScopeID: research.ID})
			must(t, err)
			s.names[name] = app.ID
		}
		for name, key := range map[string]string{"pub": examplePublicKey, "pub2": exampleECKey} {
			pub, err := p.svc.AddPublicKey(t.Context(), operator(), s.names["robot"], access.NewPublicKey{Key: key})
			must(t, err)
			s.names[name] = pub.ID
		}
		s.actors["caller"] = p.application(t, "caller")
		member := p.application(t, "member")
		for i, scope := range []access.Scope{research, research, research, vision} {
			p.wait(time.Second)
			p.grant(t, member, []int32{9, 11, 2256, 13}[i], scope.ID)
		}
		for i, rule := range p.rulesOf(t, member)[:3] {
			s.names[fmt.Sprint("rule", i+1)] = fmt.Sprint(rule.ID)
		}
		bobKey, bob := p.owner(t, "bob@example.com", 0)
		cydKey, cyd := p.owner(t, "cyd@example.com", 0)
		danKey, _ := p.owner(t, "dan@example.com", 0)
		maps.Copy(s.names, map[string]string{"bob": bob.ID, "cyd": cyd.ID, "key1": bobKey.ID, "key2": danKey.ID, "cyd.key": cydKey.ID})
	})
	return s
}

// tryAll is every operation, by somebody with the role at the place.
func (s matrixStage) tryAll(t *testing.T, role access.Role, place string) map[string]int {
	t.Helper()
	p := s.perform(t, fmt.Sprint(role.ID, place))
	p.grant(t, s.actors["caller"], role.ID, s.names[place])
	p.names["role"] = fmt.Sprint(role.ID)
	bearer := p.token(t, "caller")
	outcomes := map[string]int{}
	for _, id := range slices.Sorted(maps.Keys(s.operations)) {
		try, there := attempts[id]
		if !there {
			t.Fatalf("nothing tries %s: add it to attempts", id)
		}
		p.wait(time.Second)
		method, target, _ := strings.Cut(p.fill(try.request), " ")
		got := p.send(bearer, method, target, p.fill(try.body))
		outcomes[id] = got.outcome(t)
		if allowed, known := s.allowed(id, role, place); known && allowed != mayDo(outcomes[id]) {
			t.Errorf("%s as %s in %s: %d %s, and the table says %v", id, role.Name, place, got.status, got.body, allowed)
		}
	}
	return outcomes
}

// outcome is the status; of a batch of one, that of the one.
func (a answer) outcome(t *testing.T) int {
	t.Helper()
	var batch struct{ Failed []struct{ Code int } }
	if a.status == 200 && strings.HasPrefix(a.body, "{") {
		a.decode(t, &batch)
	}
	if len(batch.Failed) > 0 {
		return batch.Failed[0].Code
	}
	return a.status
}

// mayDo reads an outcome: whoever is told that a node is still in use was allowed
// to ask for it.
func mayDo(status int) bool { return status < 300 || status == 409 }

// allowed is what the table of permissions and the role say of an attempt. Of
// what is the caller's own, and of what some see for other reasons, they do not
// tell all.
func (s matrixStage) allowed(id string, role access.Role, place string) (allowed, known bool) {
	action, resource, _ := api.Needed(id)
	if action == "" {
		return false, false
	}
	grants := []access.Grant{{RuleID: 1, RoleID: role.ID, Path: s.paths[place]}}
	switch {
	case api.TenantWide(id):
		return access.Decide(grants, action, resource, access.TenantPath).Allowed, true
	case api.Anywhere(id):
		return len(access.Reach(grants, action, resource)) > 0, true
	}
	at := "research"
	if elsewhere, there := node[id]; there {
		at = elsewhere
	}
	return access.Decide(grants, action, resource, s.paths[at]).Allowed, true
}

// rolesText lists for each operation which roles are answered alike.
func rolesText(operations map[string]*openapi3.Operation, rows map[string]map[string][]string) string {
	text := &strings.Builder{}
	text.WriteString(`# What every operation answers to every role (security.md 36), written by
# TestRoles: go test ./handlers/api -run TestRoles -update
#
# The first column is for the role given in all the organisation, the second in
# the department research, the third in the department sales beside it. What the
# operation is about is in research, or research itself; a cluster is above it.
#
# 403  the permission is missing, and where it is missing is told
# 404  whoever lacks it may not know that there is such a thing
# 409  they may, and the node is still in use
#
# The callers are applications, which have neither access keys nor a password.
`)
	for _, id := range slices.Sorted(maps.Keys(operations)) {
		fmt.Fprintf(text, "\n%s: %s\n", id, api.NeededText(id))
		outcomes := slices.SortedFunc(maps.Keys(rows[id]), func(a, b string) int {
			return cmp.Or(cmp.Compare(len(rows[id][a]), len(rows[id][b])), strings.Compare(a, b))
		})
		for i, outcome := range outcomes {
			names := rows[id][outcome]
			slices.Sort(names)
			if i == len(outcomes)-1 { // most of them
				names = []string{map[bool]string{true: "every role", false: "every other role"}[i == 0]}
			}
			fmt.Fprintf(text, "  %s  %s\n", outcome, wrapped(names))
		}
	}
	return text.String()
}

// wrapped breaks a list of names into lines.
func wrapped(names []string) string {
	const width = 100
	var lines []string
	line := ""
	for i, name := range names {
		if i < len(names)-1 {
			name += ","
		}
		if line != "" && len(line)+1+len(name) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + name)
	}
	return strings.Join(append(lines, line), "\n"+strings.Repeat(" ", 15))
}
