package access_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"latchkey/access"
)

// people makes n users without rules, p-000@example.com and so on.
func (w *world) people(n int) {
	w.t.Helper()
	now := w.clock.Now()
	w.must(w.store.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
		for i := range n {
			u := access.User{
				ID: fmt.Sprintf("01900000-0000-7000-8000-%012d", i), Email: fmt.Sprintf("p-%03d@example.com", i),
				Version: 1, Times: access.Times{CreatedAt: now, UpdatedAt: now},
			}
			if err := tx.InsertUser(ctx, u, "no password"); err != nil {
				return err
			}
		}
		return nil
	}))
}

// everyone is a selection of all users, n of them.
func everyone(n int) access.Selection { return access.Selection{All: &access.List{}, Expected: n} }

func (w *world) begin(c access.Caller, of access.ResourceType, action access.BulkAction, sel access.Selection) access.BulkJob {
	w.t.Helper()
	job, err := w.StartBulk(w.ctx, c, of, action, sel)
	w.must(err)
	return job
}

func TestABulkJobOfUsersSparesOneselfAndTheStronger(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.people(250)
		job := w.ended(w.admin, w.begin(w.admin, access.Users, access.BulkDisable, everyone(251)))
		w.wantJob(job, access.BulkDone, 250, 1, 0)
		if self := job.Failures[0]; self.Name != "admin@example.com" || !errors.Is(self.Err, access.ErrConflict) {
			t.Errorf("oneself: %+v", self)
		}
		off := access.List{}.WithFilter(access.Filter{Field: "status", Op: access.Equal, Value: string(access.UserDisabled)})
		if n, err := w.CountUsers(w.ctx, w.admin, off); err != nil || n != 250 {
			t.Errorf("%d are disabled (%v), want 250", n, err)
		}
		if job.Of != access.Users {
			t.Errorf("it is a job of %s", job.Of)
		}
		w.wantEvent("admin@example.com update user Succeeded")
	})
}

func TestABulkJobOfUsersLeavesAnAdministrator(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.people(240)
		for i := range 3 {
			w.user(fmt.Sprintf("boss-%d@example.com", i), administrator, "")
		}
		// The commands may do more than a person.
		job := w.ended(w.local, w.begin(w.local, access.Users, access.BulkDelete, everyone(244)))
		w.wantJob(job, access.BulkDone, 243, 1, 0)
		left, err := w.store.Administrators(w.ctx, administrator)
		w.must(err)
		if len(left) != 1 || left[0].Email != job.Failures[0].Name || !errors.Is(job.Failures[0].Err, access.ErrConflict) {
			t.Errorf("left are %+v, refused was %+v", left, job.Failures)
		}
	})
}

func TestABulkJobOfAccessRules(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		scopes := []string{"", "east", "west", "east/a", "east/b", "west/a", "east/a/1"}
		for i := range 30 {
			app, _ := w.app(fmt.Sprintf("ci-%02d", i), "")
			for _, scope := range scopes {
				w.rule(access.SubjectApplication, app.ID, viewer, scope)
			}
		}
		second := w.user("second@example.com", administrator, "")
		manager := w.user("manager@example.com", administrator, "east")

		// An administrator of a part may not touch whoever has rights elsewhere too.
		all := &access.List{}
		n, err := w.CountRules(w.ctx, manager, *all, access.RuleSelection{})
		w.must(err)
		wide := access.Selection{All: all, Expected: n}
		job := w.ended(manager, w.begin(manager, access.AccessRules, access.BulkDelete, wide))
		if job.State != access.BulkDone || job.Succeeded+job.Failed != n || !errors.Is(job.Failures[0].Err, access.ErrForbidden) {
			t.Fatalf("of %d: %+v", n, job)
		}

		// Of two administrators one is left, who is the one that did it: their own
		// rule comes last, although it is the oldest.
		n, err = w.CountRules(w.ctx, w.admin, *all, access.RuleSelection{})
		w.must(err)
		job = w.ended(w.admin, w.begin(w.admin, access.AccessRules, access.BulkDelete, access.Selection{All: all, Expected: n}))
		w.wantJob(job, access.BulkDone, n-1, 1, 0)
		wantError(t, job.Failures[0].Err, access.ErrConflict)
		left, err := w.store.Administrators(w.ctx, administrator)
		w.must(err)
		if len(left) != 1 || left[0].ID != w.admin.ID {
			t.Errorf("the administrators are %+v, want the one who did it", left)
		}
		if w.as(second.ID).Grants != nil {
			t.Error("the other administrator still holds something")
		}
		w.wantEvent("admin@example.com delete access-rule Succeeded")
	})
}

// Who loses the rule that lets them may do no more from the next batch on.
func TestABulkJobEndsWithTheRuleThatAllowedIt(t *testing.T) {
	w := newWorld(t)
	w.people(250)
	operator := w.user("operator@example.com", administrator, "")
	rules, err := w.store.RulesOf(w.ctx, operator.Subject)
	w.must(err)
	started := make(chan struct{})
	w.hook(func(batch int) error {
		<-started
		if batch == 2 {
			return w.store.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				return tx.DeleteRule(ctx, rules[0].ID, w.clock.Now())
			})
		}
		return nil
	})
	job := w.begin(operator, access.Users, access.BulkDelete, access.Selection{All: &access.List{Search: "p-"}, Expected: 250})
	close(started)
	job = w.ended(operator, job)
	w.wantJob(job, access.BulkBroken, 200, 0, 50)
	wantError(t, job.Err, access.ErrForbidden)
}

func TestABulkJobOfOtherKindsIsRefusedBeforeItBegins(t *testing.T) {
	w := newWorld(t)
	w.people(3)
	rules := access.Selection{All: &access.List{}, Expected: 1}
	wantRefused := func(of access.ResourceType, action access.BulkAction, sel access.Selection, field string) {
		t.Helper()
		_, err := w.StartBulk(w.ctx, w.admin, of, action, sel)
		wantInvalid(t, err, field)
	}
	wantRefused(access.AccessRules, access.BulkDisable, rules, "action")
	wantRefused(access.Users, "explode", everyone(4), "action")
	wantRefused(access.Clusters, access.BulkDelete, everyone(4), "kind")
	for _, expected := range []int{3, 5} {
		_, err := w.StartBulk(w.ctx, w.admin, access.Users, access.BulkDelete, everyone(expected))
		wantConflict(t, err, "")
	}
	part := w.user("part@example.com", administrator, "east") // users belong to the tenant
	_, err := w.StartBulk(w.ctx, part, access.Users, access.BulkDelete, everyone(5))
	wantError(t, err, access.ErrForbidden)
	reader := w.user("reader@example.com", viewer, "")
	_, err = w.StartBulk(w.ctx, reader, access.AccessRules, access.BulkDelete, rules)
	wantError(t, err, access.ErrForbidden)
	if n, _ := w.CountUsers(w.ctx, w.admin, access.List{}); n != 6 {
		t.Errorf("%d users are left of 6", n)
	}
}
