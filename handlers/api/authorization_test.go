package api_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
	"latchkey/handlers/api"
)

// TestEveryOperationIsListed: the table of permissions and the specification
// have the same operations (security.md 36): one without a row has no doors, and
// is refused whoever asks.
func TestEveryOperationIsListed(t *testing.T) {
	p := newProduct(t)
	ids := p.promise.operations()
	for id, op := range ids {
		_, _, listed := api.Needed(id)
		if public := op.Security != nil && len(*op.Security) == 0; listed == public {
			t.Errorf("%s: public %v, in the table %v", id, public, listed)
		}
	}
	for _, id := range api.Listed() {
		if ids[id] == nil {
			t.Errorf("the table has %s, which is no operation", id)
		}
	}
}

var pathParameter = regexp.MustCompile(`\{[^/]*\}`)

// TestDenyByDefault asks every operation without a token, and as an application
// that has no access rule: the refusal names what is missing, and looks the same
// for what is there and what is not.
func TestDenyByDefault(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "nobody")
	bearer := p.tokenFor(t, app)
	for path, item := range p.promise.doc.Paths.Map() {
		for method, op := range item.Operations() {
			action, resource, listed := api.Needed(op.OperationID)
			if !listed {
				continue
			}
			target := pathParameter.ReplaceAllString(path, "1")
			p.ask(method, target, "{}").want(t, 401, `"code":401`)
			got := p.send(bearer, method, target, "{")
			if action == "" {
				if got.status == 403 && !strings.Contains(got.body, "Only users have") || got.status >= 500 {
					t.Errorf("%s: %d %s", op.OperationID, got.status, got.body)
				}
				continue
			}
			got.want(t, 403, fmt.Sprintf("This needs the permission to %s %s in ", action, resource.DisplayName()))
			existing := pathParameter.ReplaceAllString(path, app.ID)
			if there := p.send(bearer, method, existing, "{"); there.body != got.body {
				t.Errorf("%s tells what is there: %s", op.OperationID, there.body)
			}
		}
	}
}

// TestRolesMayWhatTheyHold asks every operation with every predefined role: who
// holds the permission is never told that it is missing, and who does not, always.
func TestRolesMayWhatTheyHold(t *testing.T) {
	p := newProduct(t)
	for _, role := range access.PredefinedRoles() {
		app := p.application(t, fmt.Sprintf("role-%d", role.ID))
		p.grant(t, app, role.ID, access.TenantNodeID)
		bearer := p.tokenFor(t, app)
		for path, item := range p.promise.doc.Paths.Map() {
			for method, op := range item.Operations() {
				action, resource, listed := api.Needed(op.OperationID)
				if !listed || action == "" {
					continue
				}
				// Nothing is found or understood, so that nothing changes.
				got := p.send(bearer, method, pathParameter.ReplaceAllString(path, "999"), "{")
				allowed := slices.Contains(role.Grants[resource].List(), action)
				if refused := got.status == 403; refused == allowed {
					t.Errorf("%s as %s: %d %s", op.OperationID, role.Name, got.status, got.body)
				}
				if strings.HasPrefix(fmt.Sprint(got.status), "5") {
					t.Errorf("%s: %s", op.OperationID, got.body)
				}
			}
		}
	}
}
