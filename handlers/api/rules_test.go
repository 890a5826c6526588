package api_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
)

const accessRules = "/api/v1/authorization/access-rules"

// ruleBody is the body of a new rule about an application.
func ruleBody(subject string, role int32, scope access.Scope) string {
	return fmt.Sprintf(`{"subjectId":%q,"subjectType":"service-account","roleId":%d,"scopeId":%q,"scopeType":%q}`, subject, role, scope.ID, scope.Type)
}

type wireRule struct {
	ID                                              int
	SubjectID, SubjectType, RoleName, ScopeName     string
	ScopeID, ScopeType, ClusterID, CreatedBy, Phase string
	ScopePath                                       string
	DeletedAt                                       *string
	Status                                          struct{ Phase string }
}

type wireRules struct {
	TotalRecords, DisplayRecords int
	AccessRules                  []wireRule
}

// subjects are the rules as "subject role", in order.
func (r wireRules) subjects() string {
	var all []string
	for _, rule := range r.AccessRules {
		all = append(all, rule.SubjectID+" "+rule.RoleName)
	}
	return strings.Join(all, ", ")
}

// TestRuleLife is all that a script does with an access rule.
func TestRuleLife(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	research := p.scope(t, eu.ID, "research")
	app := p.application(t, "ci-pipeline-prod")

	var made wireRule
	// By the application's id; the answer has the canonical name.
	p.send(bearer, "POST", accessRules, ruleBody(app.ID, 5, research)).want(t, 201).decode(t, &made)
	if made.SubjectID != "ci-pipeline-prod" || made.SubjectType != "app" || made.RoleName != "L1 researcher" || made.ScopeName != "research" ||
		made.ClusterID != eu.ID || made.CreatedBy != "admin" || made.ID == 0 || made.DeletedAt != nil || made.Status.Phase != "Ready" {
		t.Errorf("%+v", made)
	}
	p.send(bearer, "POST", accessRules, ruleBody("ci-pipeline-prod", 5, research)).want(t, 409, "already exists")

	one := fmt.Sprintf("%s/%d", accessRules, made.ID)
	var got wireRule
	p.get(t, bearer, one).want(t, 200).decode(t, &got)
	if !strings.HasSuffix(got.ScopePath, "/eu-1/research") {
		t.Errorf("%+v", got)
	}
	if deleted := p.send(bearer, "DELETE", one, "").want(t, 204); deleted.body != "" {
		t.Errorf("%q", deleted.body)
	}
	p.send(bearer, "DELETE", one, "").want(t, 404, "Resource id not found.")
	p.get(t, bearer, one).want(t, 404)

	for body, want := range map[string]string{
		ruleBody("nobody-there", 5, research):                                           "404 Resource id not found.",
		ruleBody("ci-pipeline-prod", 4242, research):                                    "400 no role 4242",
		ruleBody("ci-pipeline-prod", 5, access.Scope{ID: "no-such", Type: "project"}):   "404 Resource id not found.",
		ruleBody("ci-pipeline-prod", 5, access.Scope{ID: research.ID, Type: "project"}): "400 scopeType",
		ruleBody("ci-pipeline-prod", 5, access.Scope{ID: research.ID, Type: "planet"}):  "400 scopeType must be one of system, tenant, cluster, department, project",
		`{"subjectId":"x","subjectType":"robot","roleId":"5"}`:                          "400 subjectType must be one of",
		`{}`: "400 subjectType is missing.",
	} {
		var status int
		_, err := fmt.Sscan(want, &status)
		must(t, err)
		p.send(bearer, "POST", accessRules, body).want(t, status, want[4:])
	}
}

// TestRuleList has every parameter of api-contract.md 3.1.
func TestRuleList(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	research := p.scope(t, eu.ID, "research")
	us := p.scope(t, access.TenantNodeID, "us-1")
	tenant, err := p.svc.Scope(context.Background(), operator(), access.TenantNodeID)
	must(t, err)
	ci, cd := p.application(t, "ci"), p.application(t, "cd")
	for _, rule := range []struct {
		app   application
		role  int32
		scope access.Scope
	}{{ci, 5, research}, {ci, access.Viewer, tenant}, {cd, access.Viewer, us}} {
		p.wait(1000)
		p.grant(t, rule.app, rule.role, rule.scope.ID)
	}
	later := p.clock().UTC().Format("2006-01-02T15:04:05.999999Z07:00")
	p.wait(1000)
	p.grant(t, cd, 8, eu.ID)
	rules := p.rulesOf(t, cd)
	_, err = p.svc.DeleteRule(context.Background(), operator(), rules[len(rules)-1].ID)
	must(t, err)

	const all = "admin System administrator, ci L1 researcher, ci Viewer, cd Viewer"
	for query, want := range map[string]string{
		"":                            "4 " + all,
		"?":                           "4 " + all,
		"limit=2":                     "4 admin System administrator, ci L1 researcher",
		"limit=2&offset=3":            "4 cd Viewer",
		"offset=9":                    "4 ",
		"includeDeleted=true":         "5 " + all + ", cd L2 researcher",
		"includeDeleted=True":         "5 " + all + ", cd L2 researcher",
		"includeDeleted=false":        "4 " + all,
		"subjectType=app":             "4 " + all,
		"subjectType=SubjectType.APP": "4 " + all,
		"subjectType=service-account": "4 " + all,
		"subjectType=user":            "0 ",
		"subjectIdFilter=C":           "3 ci L1 researcher, ci Viewer, cd Viewer",
		"subjectIds=ci":               "2 ci L1 researcher, ci Viewer",
		"subjectIds=ci%2Ccd":          "3 ci L1 researcher, ci Viewer, cd Viewer",
		"subjectIds=ci,cd":            "3 ci L1 researcher, ci Viewer, cd Viewer",
		"subjectIds=" + cd.ID:         "1 cd Viewer",
		"clusterId=" + eu.ID:          "1 ci L1 researcher",
		"scopeType=department":        "1 ci L1 researcher",
		"scopeId=" + us.ID:            "1 cd Viewer",
		"scopeId=1001":                "2 admin System administrator, ci Viewer",
		"roleId=7":                    "2 ci Viewer, cd Viewer",
		"lastUpdated=" + later:        "1 cd Viewer",
		"search=researcher":           "1 ci L1 researcher",
		"filterBy=roleName==Viewer":   "2 ci Viewer, cd Viewer",
		"filterBy=roleName==Viewer,scopeType==cluster":                                  "1 cd Viewer",
		"filterBy=subjectType==service-account":                                         "4 " + all,
		"sortBy=AccessRulesSortFilterFields.ROLENAME&limit=1&sortOrder=desc":            "4 cd Viewer",
		"sortBy=subjectId&limit=1":                                                      "4 admin System administrator",
		"filterBy=phase==Ready&sortBy=createdAt&sortOrder=desc&limit=1&roleId=&search=": "4 cd Viewer",
	} {
		var list wireRules
		p.get(t, bearer, accessRules+"?"+query).want(t, 200).decode(t, &list)
		if got := fmt.Sprint(list.TotalRecords, " ", list.subjects()); got != want || list.DisplayRecords != len(list.AccessRules) {
			t.Errorf("?%s: %s (%d), want %s", query, got, list.DisplayRecords, want)
		}
		if query == "includeDeleted=true" && (list.AccessRules[4].DeletedAt == nil || list.AccessRules[4].Status.Phase != "Deleting") {
			t.Errorf("%+v", list.AccessRules[4])
		}
	}
	for query, want := range map[string]string{"": "4", "includeDeleted=true": "5", "filterBy=roleName==Viewer": "2", "search=zzz": "0"} {
		p.get(t, bearer, accessRules+"/count?"+query).want(t, 200, `{"count":`+want+`}`)
	}
	for _, query := range []string{"limit=0", "limit=501", "limit=x", "offset=-1", "sortBy=name", "sortOrder=up", "filterBy=name!=x", "filterBy=roleName", "roleId=x", "roleId=0",
		"roleId=9999999999", "includeDeleted=perhaps", "lastUpdated=yesterday", "subjectType=robot", "scopeType=planet", "limit=1&limit=2", "search=" + strings.Repeat("a", 201)} {
		name, _, _ := strings.Cut(query, "=")
		p.get(t, bearer, accessRules+"?"+query).want(t, 400, `"code":400`, name)
	}

	got := p.send(bearer, "GET", accessRules+"?filterBy=subjectId==ci", "", "Accept", "text/csv").want(t, 200)
	records, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	must(t, err)
	if len(records) != 3 || records[0][1] != "subjectId" || records[1][1] != "ci" || records[1][4] != "L1 researcher" {
		t.Errorf("%q", records)
	}
}

func (p *product) rulesOf(t testing.TB, app application) []access.Rule {
	t.Helper()
	rules, err := p.svc.ApplicationRules(context.Background(), operator(), app.ID)
	must(t, err)
	return rules
}

// TestRulesWithinReach: who may read no access rules sees their own.
func TestRulesWithinReach(t *testing.T) {
	p := newProduct(t)
	eu := p.scope(t, access.TenantNodeID, "eu-1")
	us := p.scope(t, access.TenantNodeID, "us-1")
	ci, viewer, manager := p.application(t, "ci"), p.application(t, "viewer"), p.application(t, "manager")
	p.grant(t, ci, 5, us.ID)
	p.grant(t, ci, 5, eu.ID)
	p.grant(t, viewer, access.Viewer, eu.ID)
	p.grant(t, manager, 1710, eu.ID) // Department administrator
	for _, tt := range []struct {
		app  application
		want string
	}{
		{viewer, "1 viewer Viewer"},
		{manager, "3 ci L1 researcher, manager Department administrator, viewer Viewer"},
	} {
		var list wireRules
		bearer := p.tokenFor(t, tt.app)
		p.get(t, bearer, accessRules+"?sortBy=subjectId").want(t, 200).decode(t, &list)
		if got := fmt.Sprint(list.TotalRecords, " ", list.subjects()); got != tt.want {
			t.Errorf("%s sees %s, want %s", tt.app.Name, got, tt.want)
		}
		hidden := p.rulesOf(t, ci)[0]
		p.get(t, bearer, fmt.Sprintf("%s/%d", accessRules, hidden.ID)).want(t, 404)
	}
	// Nobody grants what they do not hold, nor where.
	bearer := p.tokenFor(t, manager)
	_, _, err := p.svc.CreateApplication(context.Background(), operator(), access.NewApplication{Name: "robot", ScopeID: eu.ID})
	must(t, err)
	p.send(bearer, "POST", accessRules, ruleBody("robot", access.SystemAdministrator, eu)).want(t, 403, "do not hold")
	p.send(bearer, "POST", accessRules, ruleBody("robot", access.Viewer, us)).want(t, 404)
	p.send(bearer, "POST", accessRules, ruleBody("robot", access.Viewer, eu)).want(t, 201)
	p.send(bearer, "DELETE", fmt.Sprintf("%s/%d", accessRules, p.rulesOf(t, ci)[0].ID), "").want(t, 404)
}

// TestRuleBatches: each for itself, and a dry run that changes nothing.
func TestRuleBatches(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	eu, us := p.scope(t, access.TenantNodeID, "eu-1"), p.scope(t, access.TenantNodeID, "us-1")
	p.application(t, "ci")
	p.application(t, "cd")
	const batch, batchCreate = accessRules + "/batch", accessRules + "/batch-create"

	subjects := `"subjects":[{"subjectId":"ci","subjectType":"app"},{"subjectId":"cd","subjectType":"service-account"},{"subjectId":"missing","subjectType":"app"}]`
	scopes := fmt.Sprintf(`"scopes":[{"scopeId":%q,"scopeType":"cluster"},{"scopeId":%q,"scopeType":"cluster"}]`, eu.ID, us.ID)
	body := `{"payload":{"roleId":7,"clusterId":null,` + subjects + `,` + scopes + `}}`
	var created struct {
		Succeeded []wireRule
		Failed    []struct {
			Payload struct{ SubjectID, ScopeID string }
			Code    int
			Message string
		}
	}
	p.send(bearer, "POST", batchCreate, body).want(t, 200).decode(t, &created)
	if len(created.Succeeded) != 4 || len(created.Failed) != 2 || created.Failed[0].Payload.SubjectID != "missing" || created.Failed[0].Code != 404 {
		t.Fatalf("%+v", created)
	}
	p.send(bearer, "POST", batchCreate, body).want(t, 200, `"succeeded":[]`, "already exists", `"code":409`)

	ids := fmt.Sprintf(`["%d", %d, "999999", "x"]`, created.Succeeded[0].ID, created.Succeeded[1].ID)
	var result struct {
		ID        string
		Succeeded []string
		Failed    []struct {
			ID      string
			Code    int
			Message string
		}
	}
	for _, action := range []string{"validate_delete", "delete"} {
		p.send(bearer, "POST", batch, `{"ids":`+ids+`,"action":"`+action+`"}`).want(t, 200).decode(t, &result)
		if want := fmt.Sprint([]int{created.Succeeded[0].ID, created.Succeeded[1].ID}); fmt.Sprint(result.Succeeded) != want || len(result.Failed) != 2 || result.Failed[0].ID != "999999" || result.Failed[0].Code != 404 {
			t.Errorf("%s: %+v", action, result)
		}
	}
	p.send(bearer, "POST", batch, `{"ids":`+ids+`,"action":"delete"}`).want(t, 200).decode(t, &result)
	if len(result.Failed) != 4 {
		t.Errorf("%+v", result)
	}
	for body, words := range map[string]string{
		`{"ids":[],"action":"delete"}`:      "ids must have at least 1",
		`{"ids":["1"]}`:                     "action is missing.",
		`{"ids":["1"],"action":"burn"}`:     "action must be one of delete, validate_delete",
		`{"ids":"1","action":"delete"}`:     "ids must be a list",
		`{"ids":[true],"action":"delete"}`:  "ids.0 must be text",
		`{"ids":[["1"]],"action":"delete"}`: "ids.0 must be text",
		`["1"]`:                             "The body must be",
	} {
		p.send(bearer, "POST", batch, body).want(t, 400, words)
	}
	for body, words := range map[string]string{
		`{}`:             "payload is missing.",
		`{"payload":[]}`: "payload must be an object",
		`{"payload":{"roleId":7,` + scopes + `}}`:                                    "payload.subjects is missing.",
		`{"payload":{"roleId":"7",` + subjects + `,` + scopes + `}}`:                 "payload.roleId must be a whole number",
		`{"payload":{"roleId":7,"subjects":[{"subjectType":"app"}],` + scopes + `}}`: "payload.subjects.0.subjectId is missing.",
	} {
		p.send(bearer, "POST", batchCreate, body).want(t, 400, words)
	}
}
