package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"latchkey/access"
)

// TestIdempotencyKey: a lost answer can be asked for again, secret key included,
// without a second application.
func TestIdempotencyKey(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	other := p.application(t, "other")
	p.grant(t, other, access.SystemAdministrator, access.TenantNodeID)
	stranger := p.tokenFor(t, other)
	const key, body = "8e03978e-40d5-43dd-bc93-6894a57f9324", `{"name":"ci-pipeline-prod"}`
	for _, noun := range applicationNouns {
		body := strings.ReplaceAll(body, "ci", "ci-"+noun[8:9])
		key := key + noun[8:9]
		first := p.send(bearer, "POST", noun, body, "Idempotency-Key", key).want(t, 201)
		again := p.send(bearer, "POST", noun, " "+body+" ", "Idempotency-Key", key).want(t, 201)
		if again.body != first.body || first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s %v, first %s", again.body, again.header, first.body)
		}
		p.send(bearer, "POST", noun, `{"name":"another"}`, "Idempotency-Key", key).want(t, 400, "Idempotency-Key", "another request")
		p.send(stranger, "POST", noun, body, "Idempotency-Key", key).want(t, 409, "already exists")
		p.send(bearer, "POST", noun, body, "Idempotency-Key", key+"x").want(t, 409, "already exists")

		p.wait(11 * time.Minute)
		late := p.send(bearer, "POST", noun, body, "Idempotency-Key", key).want(t, 409, "no longer kept")
		if strings.Contains(late.body, "lk_") {
			t.Errorf("%s", late.body)
		}
	}
	// A refusal is not kept: it is asked again.
	p.send(bearer, "POST", "/api/v1/apps", `{"name":"B A D"}`, "Idempotency-Key", "k1").want(t, 400)
	p.send(bearer, "POST", "/api/v1/apps", `{"name":"good"}`, "Idempotency-Key", "k1").want(t, 201)
	for _, bad := range []string{strings.Repeat("k", 256), "a b"} {
		p.send(bearer, "POST", "/api/v1/apps", `{"name":"x1"}`, "Idempotency-Key", bad).want(t, 400, "Idempotency-Key")
	}
	n, err := p.svc.CountAllApplications(context.Background(), operator(), access.List{})
	must(t, err)
	if n != 5 { // admin, other, two by key, good
		t.Errorf("%d applications", n)
	}
}

// TestEveryCreationTakesAKey: the specification has it for each POST that makes
// something, and a replay makes nothing.
func TestEveryCreationTakesAKey(t *testing.T) {
	p := newProduct(t)
	for id, op := range p.promise.operations() {
		_, creates := op.Responses.Map()["201"]
		takes := false
		for _, parameter := range op.Parameters {
			takes = takes || parameter.Value.Name == "Idempotency-Key"
		}
		if creates && !takes {
			t.Errorf("%s creates and takes no Idempotency-Key", id)
		}
	}
	ada := p.person(t, "ada@example.com", access.SystemAdministrator)
	eu := p.make(t, ada, clusters, `{"name":"eu-1"}`)
	research := p.make(t, ada, departments, object("name", "research", "clusterId", eu))
	for target, body := range map[string]string{
		"/api/v1/apps":              `{"name":"one-more"}`,
		"/api/v1/users":             `{"email":"bob@example.com"}`,
		"/api/v1/access-keys":       `{"name":"laptop"}`,
		"/api/v1/user-applications": `{"name":"desktop"}`,
		clusters:                    `{"name":"us-1"}`,
		departments:                 object("name", "sales", "clusterId", eu),
		projects:                    object("name", "vision", "parentId", research),
		accessRules:                 `{"subjectId":"ada@example.com","subjectType":"user","roleId":7,"scopeId":"1001","scopeType":"tenant"}`,
	} {
		first := p.send(ada, "POST", target, body, "Idempotency-Key", target).want(t, 201)
		if again := p.send(ada, "POST", target, body, "Idempotency-Key", target).want(t, 201); again.body != first.body {
			t.Errorf("%s: %s, first %s", target, again.body, first.body)
		}
		p.send(ada, "POST", target, body).want(t, 409)
	}
}
