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
			p.ask(method, target, "{}").want(t, 401, "This needs an access token")
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

// TestRefusalsAreRecorded: a change that somebody may make nowhere is an event
// (security.md 42); a question is not.
func TestRefusalsAreRecorded(t *testing.T) {
	p := newProduct(t)
	bearer := p.tokenFor(t, p.application(t, "nobody"))
	target := p.application(t, "target")
	refused := func() []access.Event {
		page, err := p.svc.ListEvents(t.Context(), operator(), access.List{Sort: access.Sort{Field: "timestamp"}}, access.Period{})
		must(t, err)
		return slices.DeleteFunc(page.Rows, func(e access.Event) bool { return e.Result != access.Failed })
	}
	for i, tt := range []struct{ method, target, event string }{
		{"POST", "/api/v1/apps", "create application"},
		{"DELETE", "/api/v1/apps/" + target.ID, "delete application"},
		{"POST", "/api/v1/service-accounts/" + target.ID + "/secret", "update application"},
		{"POST", accessRules, "create access-rule"},
		{"DELETE", "/api/v1/users/1", "delete user"},
		{"PATCH", clusters + "/1", "update cluster"},
	} {
		p.wait(1000)
		p.send(bearer, tt.method, tt.target, "{}").want(t, 403)
		events := refused()
		if len(events) != i+1 {
			t.Fatalf("%s %s: %d events", tt.method, tt.target, len(events))
		}
		e := events[i]
		if got := fmt.Sprint(e.Action, " ", e.EntityType); got != tt.event || e.Subject.Name != "nobody" || e.Origin.URL != tt.target || e.Metadata["reason"] == "" {
			t.Errorf("%s %s: %+v", tt.method, tt.target, e)
		}
	}
	p.get(t, bearer, "/api/v1/apps").want(t, 403)
	if n := len(refused()); n != 6 {
		t.Errorf("%d events", n)
	}
}
