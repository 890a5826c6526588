package access

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/google/uuid"
)

// StartBulk begins a bulk action in the background, and returns at once: the
// ids are gathered before, in one look at the list, since the action itself may
// change what matches and in which order. A list that no longer holds what the
// person agreed to, a second job of the same person, and too many jobs of
// others are a *ConflictError, and nothing happens. A caller who cannot do this
// to anything of the kind is refused with a *PermissionError.
func (s *Service) StartBulk(ctx context.Context, c Caller, of ResourceType, action BulkAction, sel Selection) (BulkJob, error) {
	return s.startBulk(ctx, c, bulkTask{of: of, action: action}, sel)
}

func (s *Service) startBulk(ctx context.Context, c Caller, task bulkTask, sel Selection) (BulkJob, error) {
	kind, need, err := s.bulk(task.of, task.action)
	if err != nil {
		return BulkJob{}, err
	}
	if !c.local && c.Type != SubjectUser {
		return BulkJob{}, &PermissionError{Action: need.Action, Resource: need.Resource, Message: "Only people start bulk actions that run in the background."}
	}
	if err := s.Admit(ctx, c, need); err != nil {
		return BulkJob{}, err
	}
	if err := s.checkTask(ctx, c, task); err != nil {
		return BulkJob{}, err
	}
	if err := s.jobs.room(c, s.now()); err != nil { // before the work of gathering
		return BulkJob{}, err
	}
	ids, err := s.gather(ctx, c, kind, sel)
	if err != nil {
		return BulkJob{}, err
	}
	id, err := s.newID()
	if err != nil {
		return BulkJob{}, err
	}
	job := &bulkJob{
		id: id, task: task, caller: c, total: len(ids), startedAt: s.now(), state: BulkRunning,
		cancelled: make(chan struct{}), ended: make(chan struct{}),
	}
	begun := job.snapshot()
	if err := s.jobs.add(job); err != nil {
		return BulkJob{}, err
	}
	go s.runBulk(job, ids)
	return begun, nil
}

// gather are the ids that are meant, by age, so that two runs do the same in
// the same order; but last, what the caller acts by.
func (s *Service) gather(ctx context.Context, c Caller, kind bulkKind, sel Selection) ([]uuid.UUID, error) {
	var ids []uuid.UUID // not made for sel.Expected, which is what a stranger says
	err := s.selected(ctx, c, kind, sel, MaxBulk, func(text string) error {
		id, err := kind.pack(text)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	if kind.last == nil {
		return ids, nil
	}
	last, err := kind.last(ctx, c)
	if err != nil {
		return nil, err
	}
	return putLast(ids, func(id uuid.UUID) bool { return slices.Contains(last, kind.unpack(id)) }), nil
}

// putLast moves some to the end; otherwise the order stays.
func putLast(ids []uuid.UUID, is func(uuid.UUID) bool) []uuid.UUID {
	var moved []uuid.UUID
	ids = slices.DeleteFunc(ids, func(id uuid.UUID) bool {
		if is(id) {
			moved = append(moved, id)
			return true
		}
		return false
	})
	return append(ids, moved...)
}

// BulkJob finds a job of the caller; those of others are ErrNotFound, as are
// those that ended too long ago or with the process that ran them.
func (s *Service) BulkJob(c Caller, id string) (BulkJob, error) {
	job, err := s.jobs.find(c, id, s.now())
	if err != nil {
		return BulkJob{}, err
	}
	return job.snapshot(), nil
}

// CancelBulk ends a job after the batch in hand. Doing it twice, or after the
// end, is no error.
func (s *Service) CancelBulk(c Caller, id string) (BulkJob, error) {
	job, err := s.jobs.find(c, id, s.now())
	if err != nil {
		return BulkJob{}, err
	}
	job.cancel()
	return job.snapshot(), nil
}

// BulkSeen notes that the caller has read the report of a job.
func (s *Service) BulkSeen(c Caller, id string) {
	if job, err := s.jobs.find(c, id, s.now()); err == nil {
		job.mu.Lock()
		defer job.mu.Unlock()
		job.seen = job.state.Final()
	}
}

// UnseenBulk are the jobs of the caller that run, or whose report they have not
// read yet, oldest first.
func (s *Service) UnseenBulk(c Caller) []BulkJob {
	var unseen []BulkJob
	for _, job := range s.jobs.of(c, s.now()) {
		if snapshot, seen := job.snapshot(), job.isSeen(); !seen {
			unseen = append(unseen, snapshot)
		}
	}
	return unseen
}

// runBulk does the work. Each batch is a transaction of its own, with the
// caller's permissions of that moment: a rule that is taken away meanwhile ends
// what it allowed.
func (s *Service) runBulk(job *bulkJob, ids []uuid.UUID) {
	defer s.jobs.running.Done()
	ctx := s.jobs.patience
	defer func() {
		if cause := recover(); cause != nil {
			s.cfg.Log.ErrorContext(ctx, "a bulk job panicked", "job", job.id, "cause", cause, "stack", string(debug.Stack()))
			job.end(s.now(), fmt.Errorf("a mistake in the program: %w", ErrUnavailable))
		}
	}()
	lost := 0
	for batch := range slices.Chunk(ids, batchSize) {
		if job.isCancelled() {
			break
		}
		outcomes, err := s.bulkBatch(ctx, job, batch)
		if outcomes != nil {
			job.note(outcomes)
		}
		if lost++; err == nil {
			lost = 0
		}
		if err != nil && (outcomes == nil || lost == maxLostBatches) {
			s.cfg.Log.WarnContext(ctx, "a bulk job ended before its time", "job", job.id, "error", err)
			job.end(s.now(), err)
			return
		}
	}
	job.end(s.now(), nil)
}

// bulkBatch does one batch. An error with outcomes is trouble of the store with
// these; an error without is the end of the job, and nothing was changed.
func (s *Service) bulkBatch(ctx context.Context, job *bulkJob, batch []uuid.UUID) ([]Outcome[string, string], error) {
	if s.jobs.isStopping() {
		return nil, ErrStopping
	}
	kind, need, err := s.bulk(job.task.of, job.task.action)
	if err != nil {
		return nil, err
	}
	c, err := s.atPresent(ctx, job.caller, need)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(batch))
	for i, id := range batch {
		ids[i] = kind.unpack(id)
	}
	outcomes, err := oneBatch(ctx, s, c, ids, Event{EntityType: job.task.of.entity()}, kind.work(c, job.task))
	switch {
	case err == nil:
		return outcomes, nil
	case ctx.Err() != nil:
		return nil, ErrStopping
	default:
		return failedBatch[string, string](ids, err), err
	}
}

// atPresent is the caller with the permissions of now; an error if they are gone
// or no longer have what is needed anywhere.
func (s *Service) atPresent(ctx context.Context, c Caller, need Need) (Caller, error) {
	if c.local {
		return c, nil
	}
	principal, _, err := s.UserPrincipal(ctx, c.ID)
	if err != nil {
		return Caller{}, err
	}
	c.Principal = principal
	return c, s.Admit(ctx, c, need)
}

// stopBulk ends all jobs after the batches in hand; those that take longer than
// patience are undone.
func (s *Service) stopBulk(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s.jobs.close()
	finished := make(chan struct{})
	go func() {
		s.jobs.running.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-ctx.Done():
		s.jobs.giveUp()
		<-finished
	}
}
