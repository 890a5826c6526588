package access

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// The bounds of bulk jobs. Those that have ended are kept so that their reports
// can be read.
const (
	// MaxBulk is how many things one bulk action changes at most: their ids, 16
	// bytes each, are held in memory until it ends.
	MaxBulk = 1_000_000
	// MaxBulkJobs run at the same time, of all people together; of one person, one.
	MaxBulkJobs = 4
	// MaxBulkFailures are kept with their reasons; the rest is counted, and
	// where somebody lacked a permission the audit log names it.
	MaxBulkFailures = 20_000
	// BulkReportKept is how long the report of a job can be read after its end.
	BulkReportKept = time.Hour

	maxEndedJobs    = 20 // of all people together
	maxEndedJobsOwn = 3  // of one person
	// maxLostBatches in a row end a job: the store does not recover by itself.
	maxLostBatches = 3
)

// BulkState is how far a bulk job is.
type BulkState string

// The states of a bulk job. The last three are final.
const (
	BulkRunning   BulkState = "running"
	BulkStopping  BulkState = "stopping" // cancelled; the batch in hand is being finished
	BulkDone      BulkState = "done"
	BulkCancelled BulkState = "cancelled"
	// BulkBroken ended before its time; BulkJob.Err says why.
	BulkBroken BulkState = "broken"
)

// Final reports whether nothing more will change.
func (s BulkState) Final() bool { return s != BulkRunning && s != BulkStopping }

// BulkJob is a bulk action that runs in the background, as it is at one moment.
type BulkJob struct {
	ID string
	// Of is what it is done to: Applications, Users or AccessRules.
	Of     ResourceType
	Action BulkAction
	State  BulkState
	// Total is how many the person agreed to; what neither succeeded nor failed
	// was not tried yet, or never will be.
	Total, Succeeded, Failed int
	// Failures are the first MaxBulkFailures; shared, not to be changed.
	Failures []BulkFailure
	// Err is why a broken job ended.
	Err       error
	StartedAt time.Time
	EndedAt   time.Time // zero: not yet
	// Ended is closed at the end.
	Ended <-chan struct{}
}

// Left is how many were not tried.
func (j BulkJob) Left() int { return j.Total - j.Succeeded - j.Failed }

// ErrStopping ends a job whose server is being stopped.
var ErrStopping = fmt.Errorf("the server is being stopped: %w", ErrUnavailable)

// bulkJobs are the jobs of this process.
type bulkJobs struct {
	mu   sync.Mutex
	jobs []*bulkJob // oldest first
	// stop is closed when the process ends: batches in hand are finished, no
	// further ones begun. patience ends those that take too long.
	stop     chan struct{}
	stopping bool
	patience context.Context
	giveUp   context.CancelFunc
	running  sync.WaitGroup
}

func newBulkJobs() *bulkJobs {
	b := &bulkJobs{stop: make(chan struct{})}
	b.patience, b.giveUp = context.WithCancel(context.Background())
	return b
}

// bulkJob is one job. What stands above mu never changes; its ids belong to the
// goroutine that runs it, and go with it.
type bulkJob struct {
	id        string
	task      bulkTask
	caller    Caller
	total     int
	startedAt time.Time
	cancelled chan struct{}
	ended     chan struct{}

	mu                sync.Mutex
	state             BulkState
	succeeded, failed int
	failures          []BulkFailure
	err               error
	endedAt           time.Time
	seen              bool
}

func (b *bulkJobs) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.stopping {
		b.stopping = true
		close(b.stop)
	}
}

func (b *bulkJobs) isStopping() bool {
	select {
	case <-b.stop:
		return true
	default:
		return false
	}
}

// room is nil if the caller may start a job now.
func (b *bulkJobs) room(c Caller, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.roomLocked(c, now)
}

func (b *bulkJobs) roomLocked(c Caller, now time.Time) error {
	b.forget(now)
	if b.stopping {
		return ErrStopping
	}
	running := 0
	for _, job := range b.jobs {
		if job.isFinal() {
			continue
		}
		if job.belongsTo(c) {
			return &ConflictError{Message: "A bulk action of yours is still under way. Wait for its end or cancel it, then try again; nothing was changed."}
		}
		running++
	}
	if running >= MaxBulkJobs {
		return &ConflictError{Message: "Other people's bulk actions are under way, as many as run at once. Try again in a few minutes; nothing was changed."}
	}
	return nil
}

// add takes a job in that is about to run.
func (b *bulkJobs) add(job *bulkJob) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.roomLocked(job.caller, job.startedAt); err != nil {
		return err
	}
	b.jobs = append(b.jobs, job)
	b.running.Add(1)
	return nil
}

// forget drops reports that are old or too many, the oldest first.
func (b *bulkJobs) forget(now time.Time) {
	all, own := 0, map[Subject]int{}
	kept := make([]*bulkJob, 0, len(b.jobs))
	for _, job := range slices.Backward(b.jobs) {
		if job.isFinal() {
			all++
			own[job.caller.Subject]++
			if now.Sub(job.endTime()) > BulkReportKept || all > maxEndedJobs || own[job.caller.Subject] > maxEndedJobsOwn {
				continue
			}
		}
		kept = append(kept, job)
	}
	slices.Reverse(kept)
	b.jobs = kept
}

// of are the jobs of the caller, oldest first.
func (b *bulkJobs) of(c Caller, now time.Time) []*bulkJob {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.jobs) == 0 {
		return nil
	}
	b.forget(now)
	var own []*bulkJob
	for _, job := range b.jobs {
		if job.belongsTo(c) {
			own = append(own, job)
		}
	}
	return own
}

func (b *bulkJobs) find(c Caller, id string, now time.Time) (*bulkJob, error) {
	for _, job := range b.of(c, now) {
		if job.id == id {
			return job, nil
		}
	}
	return nil, fmt.Errorf("bulk job %s: %w", id, ErrNotFound)
}

func (j *bulkJob) belongsTo(c Caller) bool { return j.caller.Subject == c.Subject }

func (j *bulkJob) snapshot() BulkJob {
	j.mu.Lock()
	defer j.mu.Unlock()
	return BulkJob{
		ID: j.id, Of: j.task.of, Action: j.task.action, State: j.state, Total: j.total, Succeeded: j.succeeded, Failed: j.failed,
		// Cut to its length: what is appended later is not seen through it.
		Failures: j.failures[:len(j.failures):len(j.failures)],
		Err:      j.err, StartedAt: j.startedAt, EndedAt: j.endedAt, Ended: j.ended,
	}
}

// note counts what became of a batch.
func (j *bulkJob) note(outcomes []Outcome[string, string]) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, o := range outcomes {
		if o.Err == nil {
			j.succeeded++
			continue
		}
		j.failed++
		if len(j.failures) < MaxBulkFailures {
			j.failures = append(j.failures, BulkFailure{ID: o.Input, Name: o.Name, Err: o.Err})
		}
	}
}

func (j *bulkJob) cancel() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state == BulkRunning {
		j.state = BulkStopping
		close(j.cancelled)
	}
}

func (j *bulkJob) isCancelled() bool {
	select {
	case <-j.cancelled:
		return true
	default:
		return false
	}
}

// end settles what the job has come to.
func (j *bulkJob) end(at time.Time, cause error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch tried := j.succeeded + j.failed; {
	case cause != nil:
		j.state, j.err = BulkBroken, cause
	case tried < j.total:
		j.state = BulkCancelled
	default:
		j.state = BulkDone
	}
	j.endedAt = at
	close(j.ended)
}

func (j *bulkJob) isFinal() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Final()
}

func (j *bulkJob) isSeen() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seen
}

func (j *bulkJob) endTime() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.endedAt
}
