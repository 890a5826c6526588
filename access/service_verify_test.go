package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/access"
)

// TestVerifyTokenMeetsRequirements: a permission must be held at the scope that
// the gateway names, and in the whole organisation if it names none.
func TestVerifyTokenMeetsRequirements(t *testing.T) {
	w := newWorld(t)
	_, key := w.app("ci", "east")
	w.rule(access.SubjectApplication, "ci", viewer, "east/a")
	raw := w.token("ci", key)
	tests := []struct {
		name   string
		need   access.Requirement
		want   error  // nil: it may pass
		reason string // a part of the error
		held   bool   // jobs:read is among what is held
	}{
		{"nothing", access.Requirement{}, nil, "", false},
		{"where the rule is, by names", access.Requirement{Permission: "jobs:read", Scope: "/east/a"}, nil, "", true},
		{"where the rule is, by id", access.Requirement{Permission: "jobs:read", Scope: w.scopes["east/a"].ID}, nil, "", true},
		{"names in another casing", access.Requirement{Permission: "jobs:read", Scope: "/EAST//a/"}, nil, "", true},
		{"below", access.Requirement{Permission: "jobs:read", Scope: "/east/a/1"}, nil, "", true},
		{"above", access.Requirement{Permission: "jobs:read", Scope: "/east"}, access.ErrForbidden, "read Jobs in", false},
		{"beside", access.Requirement{Permission: "jobs:read", Scope: "/east/b"}, access.ErrForbidden, "", false},
		{"everywhere", access.Requirement{Permission: "jobs:read"}, access.ErrForbidden, "", false},
		{"everywhere, by its path", access.Requirement{Permission: "jobs:read", Scope: "/"}, access.ErrForbidden, "", false},
		{"everywhere, by its id", access.Requirement{Permission: "jobs:read", Scope: access.TenantNodeID}, access.ErrForbidden, "", false},
		{"another action", access.Requirement{Permission: "jobs:delete", Scope: "/east/a"}, access.ErrForbidden, "delete Jobs in", true},
		{"a permission that there is not", access.Requirement{Permission: "cakes:read", Scope: "/east/a"}, access.ErrForbidden, `no permission "cakes:read"`, true},
		{"an action that there is not", access.Requirement{Permission: "jobs:sync", Scope: "/east/a"}, access.ErrForbidden, "no permission", true},
		{"no action", access.Requirement{Permission: "jobs", Scope: "/east/a"}, access.ErrForbidden, "no permission", true},
		{"a scope that there is not", access.Requirement{Scope: "/north"}, access.ErrForbidden, `no scope "/north"`, false},
		{"an id that there is not", access.Requirement{Scope: "north"}, access.ErrForbidden, "no scope", false},
		{"too deep", access.Requirement{Scope: "/east/a/1/x"}, access.ErrForbidden, "no scope", false},
		{"no text", access.Requirement{Scope: "/\xff"}, access.ErrForbidden, "no scope", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := w.VerifyToken(w.ctx, raw, tt.need)
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("got %v, want %v (%s)", err, tt.want, tt.reason)
			}
			if v.Name != "ci" || v.ClientID != "ci" {
				t.Errorf("it is %q by %q", v.Name, v.ClientID)
			}
			if got := strings.Contains(names(v.Held), " jobs:read "); got != tt.held {
				t.Errorf("holds%s", names(v.Held))
			}
		})
	}
}

func names(held []access.Permission) string {
	var all []string
	for _, p := range held {
		all = append(all, p.Names()...)
	}
	return " " + strings.Join(all, " ") + " "
}

// TestVerifyTokenSeesThePresent: what was done to an application or to its rules
// counts at the very next question (security.md 22).
func TestVerifyTokenSeesThePresent(t *testing.T) {
	need := access.Requirement{Permission: "jobs:read"}
	for _, tt := range []struct {
		name string
		do   func(w *world, app access.Application, rule access.Rule) error
		want error
	}{
		{"regenerated", func(w *world, app access.Application, _ access.Rule) error {
			_, _, err := w.RegenerateKey(w.ctx, w.admin, app.ID, 0, "")
			return err
		}, access.ErrUnauthenticated},
		{"disabled", func(w *world, app access.Application, _ access.Rule) error {
			return second(w.SetApplicationEnabled(w.ctx, w.admin, app.ID, false))
		}, access.ErrUnauthenticated},
		{"deleted", func(w *world, app access.Application, _ access.Rule) error {
			return second(w.DeleteApplication(w.ctx, w.admin, app.ID))
		}, access.ErrUnauthenticated},
		{"expired", func(w *world, _ access.Application, _ access.Rule) error {
			w.clock.move(time.Hour)
			return nil
		}, access.ErrUnauthenticated},
		{"rule deleted", func(w *world, _ access.Application, rule access.Rule) error {
			return second(w.DeleteRule(w.ctx, w.admin, rule.ID))
		}, access.ErrForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			app, key := w.app("ci", "")
			rule := w.rule(access.SubjectApplication, "ci", viewer, "")
			raw := w.token("ci", key)
			if _, err := w.VerifyToken(w.ctx, raw, need); err != nil {
				t.Fatal(err)
			}
			w.must(tt.do(w, app, rule))
			_, err := w.VerifyToken(w.ctx, raw, need)
			wantError(t, err, tt.want)
		})
	}
}

// TestPermissionsHaveNames: each name is read as what it was written for, and
// could stand in a header.
func TestPermissionsHaveNames(t *testing.T) {
	for _, r := range access.Resources() {
		for _, name := range (access.Permission{Resource: r.Type, Actions: access.CRUD}).Names() {
			resource, action, known := access.ParsePermission(name)
			if !known || resource != r.Type || string(resource)+":"+string(action) != name {
				t.Errorf("%s is read as %s %s (%v)", name, action, resource, known)
			}
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_:/") != "" {
				t.Errorf("%s is no word of a header", name)
			}
		}
	}
}
