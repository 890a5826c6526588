package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
)

const (
	evaluation  = "/access/v1/evaluation"
	evaluations = "/access/v1/evaluations"
)

// decided is an answer as a client of the Authorization API reads it.
type decided struct {
	Decision *bool
	Context  struct {
		ReasonAdmin map[string]string `json:"reason_admin"`
		Rule        *struct {
			ID        int32
			RoleName  string
			ScopeName string
		}
		Error *struct {
			Status  int
			Message string
		}
	}
	Evaluations []decided
}

func (d decided) text() string {
	switch {
	case d.Decision == nil:
		return "nothing"
	case d.Context.Error != nil:
		return fmt.Sprintf("%v %d", *d.Decision, d.Context.Error.Status)
	}
	return fmt.Sprint(*d.Decision)
}

// decider is the API with an application that may read jobs in one department.
func decider(t testing.TB) (p *product, admin string, research access.Scope) {
	t.Helper()
	p = newProduct(t)
	must(t, p.svc.RenameTenant(t.Context(), operator(), "acme"))
	cluster := p.scope(t, access.TenantNodeID, "eu-1")
	research = p.scope(t, cluster.ID, "research")
	p.grant(t, p.application(t, "ci"), access.Viewer, research.ID)
	return p, p.admin(t), research
}

func question(subject, action, resource string) string {
	return fmt.Sprintf(`{"subject":{"type":"application","id":%q},"action":{"name":%q},"resource":%s}`, subject, action, resource)
}

// TestEvaluation is the table of questions and answers.
func TestEvaluation(t *testing.T) {
	p, admin, research := decider(t)
	app, err := p.svc.ListApplications(t.Context(), operator(), access.List{Search: "ci"})
	must(t, err)
	id := app.Rows[0].ID
	const inResearch = `{"type":"jobs","id":"42","properties":{"scope":"/eu-1/research"}}`
	tests := []struct {
		name, body, want string
	}{
		{"by client id", question("ci", "read", inResearch), "true"},
		{"by id", question(id, "read", inResearch), "true"},
		{"the other names of an application", strings.Replace(question("ci", "read", inResearch), `"application"`, `"service-account"`, 1), "true"},
		{"a scope by id", question("ci", "read", `{"type":"jobs","id":"42","properties":{"scope":"`+research.ID+`"}}`), "true"},
		{"another action", question("ci", "delete", inResearch), "false"},
		{"anywhere", question("ci", "read", `{"type":"jobs","id":"42"}`), "false"},
		{"above", question("ci", "read", `{"type":"jobs","id":"42","properties":{"scope":"/eu-1"}}`), "false"},
		{"a resource that is a scope", question("ci", "read", `{"type":"department","id":"`+research.ID+`"}`), "true"},
		{"keys that there are not", strings.Replace(question("ci", "read", inResearch), `{`, `{"x":{"y":[1]},"context":{"time":"now"},`, 1), "true"},
		{"an action that there is not", question("ci", "can_read", inResearch), "false 400"},
		{"a resource type that there is not", question("ci", "read", `{"type":"todo","id":"1"}`), "false 400"},
		{"a kind of subject that there is not", strings.Replace(question("ci", "read", inResearch), `"application"`, `"robot"`, 1), "false 400"},
		{"a subject that there is not", question("nobody", "read", inResearch), "false 404"},
		{"an odd subject", question("' OR 1=1 --", "read", inResearch), "false 404"},
		{"a user that there is not", strings.Replace(question("nobody@example.com", "read", inResearch), `"application"`, `"user"`, 1), "false 404"},
		{"a scope that there is not", question("ci", "read", `{"type":"jobs","id":"42","properties":{"scope":"/eu-2"}}`), "false 404"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got decided
			p.send(admin, "POST", evaluation, tt.body).want(t, 200).decode(t, &got)
			if got.text() != tt.want {
				t.Errorf("%s, want %s: %+v", got.text(), tt.want, got)
			}
			if rule := got.Context.Rule; (rule != nil) != (tt.want == "true") || rule != nil && (rule.RoleName != "Viewer" || rule.ScopeName != "acme / eu-1 / research") {
				t.Errorf("decided by %+v", rule)
			}
			if got.Context.Error == nil && got.Context.ReasonAdmin["en"] == "" {
				t.Error("no reason is told")
			}
		})
	}
	_, err = p.svc.SetApplicationEnabled(t.Context(), operator(), id, false)
	must(t, err)
	var got decided
	p.send(admin, "POST", evaluation, question("ci", "read", inResearch)).want(t, 200).decode(t, &got)
	if got.text() != "false" || !strings.Contains(got.Context.ReasonAdmin["en"], "disabled") {
		t.Errorf("disabled: %+v", got)
	}
}

// TestEvaluationRefusesWhatIsNoQuestion: never with a 200, never as our fault.
func TestEvaluationRefusesWhatIsNoQuestion(t *testing.T) {
	p, admin, _ := decider(t)
	for name, body := range map[string]string{
		"nothing":               "",
		"no JSON":               "subject=ci",
		"half":                  `{"subject":`,
		"a list":                `[]`,
		"an empty object":       `{}`,
		"no subject":            `{"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`,
		"no action":             `{"subject":{"type":"user","id":"a"},"resource":{"type":"jobs","id":"1"}}`,
		"no resource":           `{"subject":{"type":"user","id":"a"},"action":{"name":"read"}}`,
		"no id of the subject":  `{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`,
		"no id of the resource": `{"subject":{"type":"user","id":"a"},"action":{"name":"read"},"resource":{"type":"jobs"}}`,
		"an empty name":         `{"subject":{"type":"user","id":"a"},"action":{"name":""},"resource":{"type":"jobs","id":"1"}}`,
		"null":                  `{"subject":null,"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`,
		"a number":              `{"subject":{"type":"user","id":7},"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`,
		"an action of text":     `{"subject":{"type":"user","id":"a"},"action":"read","resource":{"type":"jobs","id":"1"}}`,
		"a scope of numbers":    `{"subject":{"type":"user","id":"a"},"action":{"name":"read"},"resource":{"type":"jobs","id":"1","properties":{"scope":7}}}`,
		"an empty scope":        `{"subject":{"type":"user","id":"a"},"action":{"name":"read"},"resource":{"type":"jobs","id":"1","properties":{"scope":""}}}`,
		"a key twice":           `{"subject":{"type":"user","id":"a","id":"b"},"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`,
		"NUL":                   `{"subject":{"type":"user","id":"a\u0000"},"action":{"name":"read"},"resource":{"type":"jobs","id":"1"}}`,
		"no text":               "{\"subject\":{\"type\":\"user\",\"id\":\"\xff\"},\"action\":{\"name\":\"read\"},\"resource\":{\"type\":\"jobs\",\"id\":\"1\"}}",
		"very deep":             strings.Repeat(`{"subject":`, 60) + "1" + strings.Repeat("}", 60),
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{evaluation, evaluations} {
				var message string
				p.send(admin, "POST", path, body).want(t, 400).decode(t, &message)
				if message == "" {
					t.Error("it does not say what is wrong")
				}
			}
		})
	}
	long := question("ci", "read", `{"type":"jobs","id":"`+strings.Repeat("x", 70_000)+`"}`)
	p.send(admin, "POST", evaluation, long).want(t, 413)
	p.send(admin, "POST", evaluations, long).want(t, 413)
	p.send(admin, "POST", evaluations, `{"evaluations":[`+strings.Repeat("{},", 100)+`{}]}`).want(t, 400, "at most 100")
	p.send(admin, "POST", evaluations, `{"evaluations":[1]}`).want(t, 400)
	p.send(admin, "POST", evaluations, `{"evaluations":{}}`).want(t, 400)
}

// TestEvaluationIsForThoseWhoMayReadTheRules: about others it is a 403, whether
// they exist or not; among several questions it spoils its own alone.
func TestEvaluationIsForThoseWhoMayReadTheRules(t *testing.T) {
	p, _, _ := decider(t)
	nobody := p.tokenFor(t, p.application(t, "nobody"))
	resource := `{"type":"jobs","id":"42"}`
	known := p.send(nobody, "POST", evaluation, question("ci", "read", resource)).want(t, 403)
	unknown := p.send(nobody, "POST", evaluation, question("not-there", "read", resource)).want(t, 403)
	if known.body != unknown.body {
		t.Errorf("what exists is told:\n%s\n%s", known.body, unknown.body)
	}
	p.ask("POST", evaluation, question("ci", "read", resource)).want(t, 401, `"This needs an access token`)

	both := `{"evaluations":[` + question("ci", "read", resource) + `,` + question("ci", "read", resource) + `]}`
	var got decided
	p.send(nobody, "POST", evaluations, both).want(t, 200).decode(t, &got)
	for _, one := range got.Evaluations {
		if one.text() != "false 403" {
			t.Errorf("among several: %+v", one)
		}
	}
	if len(got.Evaluations) != 2 {
		t.Errorf("%d answers", len(got.Evaluations))
	}
}

func TestEvaluations(t *testing.T) {
	p, admin, _ := decider(t)
	const yes, no, odd = `{"action":{"name":"read"}}`, `{"action":{"name":"delete"}}`, `{"action":{}}`
	for _, tt := range []struct {
		name, semantic, questions, want string
	}{
		{"all of them", "", yes + "," + no + "," + yes, "true false true"},
		{"all of them, by name", "execute_all", no + "," + odd + "," + yes, "false false 400 true"},
		{"until the first no", "deny_on_first_deny", yes + "," + no + "," + yes, "true false"},
		{"what cannot be answered is a no", "deny_on_first_deny", yes + "," + odd + "," + yes, "true false 400"},
		{"no no", "deny_on_first_deny", yes + "," + yes, "true true"},
		{"until the first yes", "permit_on_first_permit", no + "," + odd + "," + yes + "," + no, "false false 400 true"},
		{"no yes", "permit_on_first_permit", no + "," + no, "false false"},
		{"an own subject", "", `{"subject":{"type":"application","id":"nobody"},"action":{"name":"read"}},` + yes, "false 404 true"},
		{"an own resource", "", `{"resource":{"type":"jobs","id":"1"},"action":{"name":"read"}},` + yes, "false true"},
		{"nothing of its own", "", `{}`, "false 400"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options := ""
			if tt.semantic != "" {
				options = fmt.Sprintf(`"options":{"evaluations_semantic":%q,"other":1},`, tt.semantic)
			}
			body := `{` + options + `"subject":{"type":"application","id":"ci"},"resource":{"type":"jobs","id":"42","properties":{"scope":"/eu-1/research"}},"evaluations":[` + tt.questions + `]}`
			var got decided
			p.send(admin, "POST", evaluations, body).want(t, 200).decode(t, &got)
			var texts []string
			for _, one := range got.Evaluations {
				texts = append(texts, one.text())
			}
			if strings.Join(texts, " ") != tt.want || got.Decision != nil {
				t.Errorf("%v, want %s", texts, tt.want)
			}
		})
	}
	// Without any evaluations it is one question.
	for _, none := range []string{``, `,"evaluations":[]`} {
		one := strings.TrimSuffix(question("ci", "read", `{"type":"jobs","id":"1","properties":{"scope":"/eu-1/research"}}`), "}") + none + "}"
		var got decided
		p.send(admin, "POST", evaluations, one).want(t, 200).decode(t, &got)
		if got.text() != "true" || got.Evaluations != nil {
			t.Errorf("%+v", got)
		}
	}
	p.send(admin, "POST", evaluations, `{"evaluations":[{}],"options":{"evaluations_semantic":"guess"}}`).want(t, 400, "evaluations_semantic")
}

// TestEvaluationEchoesTheRequestID, of refusals as well; the log has ours.
func TestEvaluationEchoesTheRequestID(t *testing.T) {
	p, admin, _ := decider(t)
	for _, headers := range [][]string{{"Authorization", "Bearer " + admin}, nil} {
		p.log.Reset()
		got := p.ask("POST", evaluation, "{}", append(headers, "X-Request-ID", "bfe9eb29 of the client")...)
		if got.header.Get("X-Request-Id") != "bfe9eb29 of the client" || strings.Contains(p.log.String(), "bfe9eb29") {
			t.Errorf("%v\n%s", got.header, p.log)
		}
	}
	if own := p.send(admin, "POST", evaluation, "{}").header.Get("X-Request-Id"); len(own) != 36 {
		t.Errorf("without one it is %q", own)
	}
}

func TestEvaluationMetadata(t *testing.T) {
	p := newProduct(t)
	var got map[string]string
	p.ask("GET", "/.well-known/authzen-configuration", "", "X-Forwarded-Host", "evil.test").want(t, 200).decode(t, &got)
	want := map[string]string{
		"policy_decision_point": issuer, "access_evaluation_endpoint": issuer + evaluation, "access_evaluations_endpoint": issuer + evaluations,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
}

// FuzzEvaluation: whatever is asked, it is no fault of ours, and a yes has a rule.
func FuzzEvaluation(f *testing.F) {
	p, admin, _ := decider(f)
	f.Add(question("ci", "read", `{"type":"jobs","id":"42","properties":{"scope":"/eu-1/research"}}`))
	f.Add(`{"evaluations":[{"subject":{"type":"user","id":"a"}},{}],"options":{"evaluations_semantic":"deny_on_first_deny"}}`)
	f.Add(`{"subject":{"type":"user","id":"\ud800"},"action":{"name":"read"},"resource":{"type":"project","id":"/////"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{evaluation, evaluations} {
			got := p.send(admin, "POST", path, body)
			if got.status >= 500 {
				t.Fatalf("%s: %d %s", path, got.status, got.body)
			}
			var answered decided
			if got.status == 200 && json.Unmarshal([]byte(got.body), &answered) == nil && answered.text() == "true" && answered.Context.Rule == nil {
				t.Errorf("%s allows it without a rule: %s", path, got.body)
			}
		}
	})
}
