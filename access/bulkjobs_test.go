package access_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/access"
)

// hooked calls before ahead of each batch of a bulk job, with its number from 1;
// an error of it is the store's. It counts once armed.
type hooked struct {
	access.Repository
	armed  atomic.Bool
	writes atomic.Int64
	before func(batch int) error
}

func (h *hooked) Write(ctx context.Context, fn func(context.Context, access.Tx) error) error {
	if h.armed.Load() {
		if err := h.before(int(h.writes.Add(1))); err != nil {
			return err
		}
	}
	return h.Repository.Write(ctx, fn)
}

// hook makes the world's service one over such a repository.
func (w *world) hook(before func(batch int) error) {
	h := &hooked{Repository: w.store, before: before}
	w.Service = w.newService(h)
	w.must(w.PrepareSigningKeys(w.ctx))
	h.armed.Store(true)
}

// apps makes n applications in the tenant, ci-000 and so on.
func (w *world) apps(n int) {
	w.t.Helper()
	for i := range n {
		w.app(fmt.Sprintf("ci-%03d", i), "")
	}
}

// allThat is a selection of all that match a list.
func allThat(search string, expected int) access.Selection {
	return access.Selection{All: &access.List{Search: search}, Expected: expected}
}

// ended waits for the end of a job, and reads its report.
func (w *world) ended(c access.Caller, job access.BulkJob) access.BulkJob {
	w.t.Helper()
	select {
	case <-job.Ended:
	case <-w.ctx.Done():
		w.t.Fatal("the job has no end")
	}
	job, err := w.BulkJob(c, job.ID)
	w.must(err)
	return job
}

// disabled counts the applications that are.
func (w *world) disabled() int {
	w.t.Helper()
	status := access.Filter{Field: "status", Op: access.Equal, Value: string(access.StatusDisabled)}
	n, err := w.CountAllApplications(w.ctx, w.local, access.List{}.WithFilter(status))
	w.must(err)
	return n
}

func (w *world) wantJob(job access.BulkJob, state access.BulkState, succeeded, failed, left int) {
	w.t.Helper()
	if job.State != state || job.Succeeded != succeeded || job.Failed != failed || job.Left() != left {
		w.t.Fatalf("%s: %d succeeded, %d failed, %d left; want %s: %d, %d, %d", job.State, job.Succeeded, job.Failed, job.Left(), state, succeeded, failed, left)
	}
}

func TestABulkJobDoesEachAndReportsEachFailure(t *testing.T) {
	w := newWorld(t)
	operator := w.user("operator@example.com", cloudOperator, "")
	w.apps(250)
	_, err := w.Bulk(w.ctx, operator, access.Applications, access.BulkDisable, allThat("ci-", 250))
	wantInvalid(t, err, "ids") // more than a request can wait for
	w.ended(operator, w.start(operator, access.BulkDisable, 250))
	if n := w.disabled(); n != 250 {
		t.Fatalf("%d are disabled, want 250", n)
	}
	// Enabling what holds more than oneself would be a takeover.
	for _, name := range []string{"ci-007", "ci-170"} {
		app, err := w.store.ApplicationByClientID(w.ctx, name)
		w.must(err)
		w.rule(access.SubjectApplication, app.ID, administrator, "")
	}
	before := len(w.events())
	job := w.ended(operator, w.start(operator, access.BulkEnable, 250))
	w.wantJob(job, access.BulkDone, 248, 2, 0)
	if job.Failures[0].Name != "ci-007" || job.Failures[1].Name != "ci-170" || !errors.Is(job.Failures[1].Err, access.ErrForbidden) {
		t.Errorf("failures %+v", job.Failures)
	}
	if n := w.disabled(); n != 2 {
		t.Errorf("%d are disabled, want 2", n)
	}
	events := w.events()[:len(w.events())-before]
	refused := 0
	for _, e := range events {
		if e.Result == access.Failed {
			refused++
		}
		if e.Subject.Name != "operator@example.com" || e.Origin.RequestID != "r-1" || !strings.HasPrefix(e.EntityName, "ci-") {
			t.Fatalf("event %+v", e)
		}
	}
	if len(events) != 250 || refused != 2 {
		t.Errorf("%d events, %d of refusals; want 250 and 2", len(events), refused)
	}
}

func (w *world) start(c access.Caller, action access.BulkAction, expected int) access.BulkJob {
	w.t.Helper()
	job, err := w.StartBulk(w.ctx, c, access.Applications, action, allThat("ci-", expected))
	w.must(err)
	return job
}

func TestABulkJobIsRefusedBeforeItBegins(t *testing.T) {
	w := newWorld(t)
	w.apps(3)
	start := func(c access.Caller, action access.BulkAction, sel access.Selection) error {
		_, err := w.StartBulk(w.ctx, c, access.Applications, action, sel)
		return err
	}
	for _, expected := range []int{2, 4} {
		wantConflict(t, start(w.admin, access.BulkDelete, allThat("ci-", expected)), "")
	}
	wantInvalid(t, start(w.admin, access.BulkDelete, access.Selection{}), "ids")
	wantInvalid(t, start(w.admin, "explode", allThat("ci-", 3)), "action")
	wantInvalid(t, start(w.admin, access.BulkDelete, allThat("ci-", access.MaxBulk+1)), "ids")
	wantInvalid(t, start(w.admin, access.BulkDelete, allThat("ci-", math.MaxInt)), "ids")
	wantInvalid(t, start(w.admin, access.BulkDelete, access.Selection{All: &access.List{Deleted: true}, Expected: 3}), "ids")
	reader := w.user("reader@example.com", editor, "")
	wantError(t, start(reader, access.BulkDelete, allThat("ci-", 3)), access.ErrForbidden)
	w.wantEvent("reader@example.com delete application Failed")
	if n, _ := w.CountAllApplications(w.ctx, w.local, access.List{}); n != 3 || len(w.UnseenBulk(w.admin)) != 0 {
		t.Errorf("%d applications are left of 3", n)
	}
}

func TestACancelledBulkJobFinishesTheBatchInHand(t *testing.T) {
	w := newWorld(t)
	w.apps(250)
	var job access.BulkJob
	started := make(chan struct{})
	w.hook(func(batch int) error {
		<-started
		if batch == 2 {
			for range 2 { // twice is no error
				at, err := w.CancelBulk(w.admin, job.ID)
				w.must(err)
				w.wantJob(at, access.BulkStopping, 100, 0, 150)
			}
		}
		return nil
	})
	job = w.start(w.admin, access.BulkDisable, 250)
	w.wantJob(job, access.BulkRunning, 0, 0, 250)
	close(started)
	job = w.ended(w.admin, job)
	w.wantJob(job, access.BulkCancelled, 200, 0, 50)
	if n := w.disabled(); n != 200 {
		t.Errorf("%d are disabled, want 200", n)
	}
	at, err := w.CancelBulk(w.admin, job.ID) // after the end
	w.must(err)
	w.wantJob(at, access.BulkCancelled, 200, 0, 50)
}

func TestABulkJobEndsWithThePermission(t *testing.T) {
	w := newWorld(t)
	w.apps(250)
	operator := w.user("operator@example.com", 0, "")
	rule := w.rule(access.SubjectUser, operator.ID, cloudOperator, "")
	operator = w.as(operator.ID)
	started := make(chan struct{})
	w.hook(func(batch int) error {
		<-started
		if batch == 1 {
			return w.store.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
				return tx.DeleteRule(ctx, rule.ID, w.clock.Now())
			})
		}
		return nil
	})
	job := w.start(operator, access.BulkDisable, 250)
	close(started)
	job = w.ended(operator, job)
	w.wantJob(job, access.BulkBroken, 100, 0, 150)
	wantError(t, job.Err, access.ErrForbidden)
	if n := w.disabled(); n != 100 {
		t.Errorf("%d are disabled, want 100", n)
	}
	w.wantEvent("operator@example.com update application Failed")
}

func TestABulkJobGivesUpOnAStoreThatDoes(t *testing.T) {
	w := newWorld(t)
	w.apps(550)
	w.hook(func(batch int) error {
		if batch == 1 || batch >= 3 { // one lost batch alone is no reason to give up
			return fmt.Errorf("disk full: %w", access.ErrUnavailable)
		}
		return nil
	})
	job := w.ended(w.admin, w.start(w.admin, access.BulkDisable, 550))
	w.wantJob(job, access.BulkBroken, 100, 400, 50)
	wantError(t, job.Err, access.ErrUnavailable)
	wantError(t, job.Failures[399].Err, access.ErrUnavailable)
	if n := w.disabled(); n != 100 {
		t.Errorf("%d are disabled, want 100", n)
	}
}

func TestAMistakeInABulkJobEndsNothingElse(t *testing.T) {
	w := newWorld(t)
	w.apps(3)
	w.hook(func(batch int) error {
		if batch == 1 {
			panic("a mistake")
		}
		return nil
	})
	job := w.ended(w.admin, w.start(w.admin, access.BulkDisable, 3))
	w.wantJob(job, access.BulkBroken, 0, 0, 3)
	w.wantJob(w.ended(w.admin, w.start(w.admin, access.BulkDisable, 3)), access.BulkDone, 3, 0, 0)
}

func TestTheServerStopsAfterTheBatchInHand(t *testing.T) {
	w := newWorld(t)
	w.apps(250)
	ctx, stop := context.WithCancel(w.ctx)
	finished := make(chan error, 1)
	inHand, goOn := make(chan struct{}), make(chan struct{})
	w.hook(func(batch int) error {
		if batch == 1 {
			close(inHand)
			<-goOn
		}
		return nil
	})
	go func() { finished <- w.Run(ctx) }()
	job := w.start(w.admin, access.BulkDisable, 250)
	<-inHand
	stop()
	// Run has been told; nobody is let in any more once it has noticed.
	for !errors.Is(w.startError(), access.ErrUnavailable) {
	}
	close(goOn)
	w.must(<-finished)
	job = w.ended(w.admin, job)
	w.wantJob(job, access.BulkBroken, 100, 0, 150)
	wantError(t, job.Err, access.ErrStopping)
	if n := w.disabled(); n != 100 {
		t.Errorf("%d are disabled, want 100", n)
	}
}

// startError is why no job can be started that would do nothing.
func (w *world) startError() error {
	_, err := w.StartBulk(w.ctx, w.local, access.Applications, access.BulkDisable, allThat("nothing", 0))
	return err
}

func TestBulkJobsOfOthers(t *testing.T) {
	w := newWorld(t)
	w.apps(3)
	goOn := make(chan struct{})
	w.hook(func(int) error { <-goOn; return nil })
	var people []access.Caller
	var running []access.BulkJob
	for i := range access.MaxBulkJobs {
		person := w.unhookedUser(fmt.Sprintf("person-%d@example.com", i))
		people = append(people, person)
		running = append(running, w.start(person, access.BulkDisable, 3))
	}
	if _, err := w.BulkJob(people[1], running[0].ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("somebody else's job: %v", err)
	}
	if _, err := w.CancelBulk(people[1], running[0].ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("cancelling somebody else's job: %v", err)
	}
	_, err := w.StartBulk(w.ctx, people[0], access.Applications, access.BulkDisable, allThat("ci-", 3))
	wantConflict(t, err, "")
	_, err = w.StartBulk(w.ctx, w.unhookedUser("late@example.com"), access.Applications, access.BulkDisable, allThat("ci-", 3))
	wantConflict(t, err, "")
	close(goOn)
	for i, person := range people {
		w.wantJob(w.ended(person, running[i]), access.BulkDone, 3, 0, 0)
	}
}

// unhookedUser is an administrator who is made without the service in use.
func (w *world) unhookedUser(email string) access.Caller {
	w.t.Helper()
	hooked := w.Service
	defer func() { w.Service = hooked }()
	w.Service = w.newService(w.store)
	return w.user(email, administrator, "")
}

func TestReportsOfBulkJobsAreKeptForAWhile(t *testing.T) {
	w := newWorld(t)
	w.apps(1)
	first := w.ended(w.admin, w.start(w.admin, access.BulkDisable, 1))
	if unseen := w.UnseenBulk(w.admin); len(unseen) != 1 || unseen[0].ID != first.ID || len(w.UnseenBulk(w.local)) != 0 {
		t.Errorf("unseen are %+v", unseen)
	}
	w.BulkSeen(w.admin, first.ID)
	if unseen := w.UnseenBulk(w.admin); len(unseen) != 0 {
		t.Errorf("unseen are %+v although it was read", unseen)
	}
	var last access.BulkJob
	for range 3 {
		last = w.ended(w.admin, w.start(w.admin, access.BulkDisable, 1))
	}
	if _, err := w.BulkJob(w.admin, first.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the fourth latest job: %v", err)
	}
	w.clock.move(access.BulkReportKept - time.Minute)
	if _, err := w.BulkJob(w.admin, last.ID); err != nil {
		t.Errorf("within the hour: %v", err)
	}
	w.clock.move(2 * time.Minute)
	if _, err := w.BulkJob(w.admin, last.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("after an hour: %v", err)
	}
}
