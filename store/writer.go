package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"latchkey/access"
)

// maxBatch bounds how many transactions share one commit, and with it how long
// the first of them waits for the last.
const maxBatch = 64

var (
	errClosed = fmt.Errorf("%w: the store is closed", access.ErrUnavailable)
	// errAbandoned ends a transaction whose function panicked.
	errAbandoned = errors.New("the transaction was abandoned")
	// errNested answers what would otherwise wait for itself for ever.
	errNested = errors.New("a transaction within a transaction: use tx, not the repository")
)

// withinWrite marks the context of a transaction's function.
type withinWrite struct{}

// writer is the one that writes. A durable commit costs a flush of the disk,
// whatever is in it, so transactions that wait at the same time share one:
// each after the first runs in a savepoint of its own, and nobody is answered
// before the commit that holds their change is on disk. Alone, a transaction is
// committed at once.
//
// One transaction at a time also is what makes "the last administrator stays"
// and "one set-up wins" true: whoever checks and then acts in one transaction
// sees every change made before, and nobody acts in between. PostgreSQL is
// brought to the same by an advisory lock (see its begin), which unlike
// SERIALIZABLE never makes anybody run again.
//
// The functions run on the goroutines of their callers, which take turns, so
// that a panic unwinds where it belongs.
type writer struct {
	pool    *sql.DB
	dialect dialect
	reader  reader // of the store; each transaction reads through its session
	jobs    chan *job
	session *session // used by run alone

	stopOnce sync.Once
	stop     chan struct{}
	stopped  chan struct{}
}

// job is one transaction on its way through the writer.
type job struct {
	ctx   context.Context
	turn  chan transaction // the writer: your turn
	ended chan error       // the caller: fn returned this
	done  chan error       // the writer: this is what became of it
	err   error
}

func startWriter(pool *sql.DB, r reader) *writer {
	w := &writer{
		pool: pool, dialect: r.dialect, reader: r, jobs: make(chan *job),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go w.run()
	return w
}

// write runs fn in a transaction. A context that ends before its turn comes
// keeps fn from running; once it ran, the answer is what became of it.
func (w *writer) write(ctx context.Context, fn func(context.Context, access.Tx) error) error {
	if ctx.Value(withinWrite{}) != nil {
		return errNested
	}
	j := &job{ctx: ctx, turn: make(chan transaction), ended: make(chan error, 1), done: make(chan error, 1)}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return errClosed
	}
	select {
	case tx := <-j.turn:
		j.perform(tx, fn)
		return <-j.done
	case err := <-j.done:
		return err
	}
}

// perform runs fn. The context no longer ends: interrupting a statement makes
// SQLite roll back the whole transaction, and with it everybody else's part.
func (j *job) perform(tx transaction, fn func(context.Context, access.Tx) error) {
	err := errAbandoned
	defer func() { j.ended <- err }()
	err = fn(context.WithValue(context.WithoutCancel(j.ctx), withinWrite{}, true), tx)
}

func (w *writer) close() error {
	w.stopOnce.Do(func() { close(w.stop) })
	<-w.stopped
	return nil
}

func (w *writer) run() {
	defer close(w.stopped)
	defer w.dropSession()
	for {
		select {
		case <-w.stop:
			return
		case first := <-w.jobs:
			batch := w.runBatch(first)
			for _, j := range batch {
				j.done <- j.err
			}
		}
	}
}

// runBatch runs the first job and all that wait meanwhile, and commits them.
// The jobs come back with their outcome in err.
func (w *writer) runBatch(first *job) []*job {
	batch := []*job{first}
	succeeded, intact := 0, true
	for j := first; j != nil && intact; j = w.next(&batch) {
		if succeeded == 0 {
			intact = w.runAlone(j)
		} else {
			intact = w.runBeside(j)
		}
		if intact && j.err == nil {
			succeeded++
		}
	}
	if err := w.finish(succeeded, intact); err != nil {
		for _, j := range batch {
			j.err = err
		}
	}
	return batch
}

// next takes a job that waits already, or nil.
func (w *writer) next(batch *[]*job) *job {
	if len(*batch) == maxBatch {
		return nil
	}
	select {
	case j := <-w.jobs:
		*batch = append(*batch, j)
		return j
	default:
		return nil
	}
}

// runAlone gives a job its turn while nobody else has changed anything: it
// begins the transaction, and ends it again if the job fails. It needs no
// savepoint, which on SQLite would keep a copy of every page that a large
// transaction touches, and walk through them all after each statement. It
// reports whether what is begun still stands.
func (w *writer) runAlone(j *job) (intact bool) {
	if j.err = j.ctx.Err(); j.err != nil {
		return true
	}
	if j.err = w.begin(); j.err != nil {
		return true // nothing is
	}
	if w.turn(j); j.err == nil {
		return true
	}
	// A full disk has ended the transaction itself: then this fails.
	return w.session.control("ROLLBACK") == nil
}

// runBeside gives a job its turn after others, whose changes stay if it fails:
// it runs in a savepoint.
func (w *writer) runBeside(j *job) (intact bool) {
	if j.err = j.ctx.Err(); j.err != nil {
		return true
	}
	s := w.session
	head := s.head
	if err := s.control("SAVEPOINT job"); err != nil {
		return false
	}
	if w.turn(j); j.err != nil {
		s.head = head
		// As in runAlone.
		if err := s.control("ROLLBACK TO SAVEPOINT job"); err != nil {
			return false
		}
	}
	return s.control("RELEASE SAVEPOINT job") == nil
}

// turn lets the job's function run, and waits for what became of it.
func (w *writer) turn(j *job) {
	s := w.session
	s.failed = nil
	j.turn <- transaction{w.reader.through(s), s}
	j.err = <-j.ended
	if j.err == nil && s.failed != nil {
		// The first error ends the transaction, on both engines, whether
		// fn minds or not: PostgreSQL would refuse what follows.
		j.err = wrap(w.dialect, s.failed)
	}
}

// begin begins the transaction of a batch, on a new connection if the one at
// hand was lost since the last.
func (w *writer) begin() error {
	fresh := w.session == nil
	err := w.tryBegin()
	if err != nil && !fresh && w.dialect.classify(err) == connectionLost {
		w.dropSession()
		err = w.tryBegin()
	}
	if err != nil {
		w.dropSession()
		return wrap(w.dialect, err)
	}
	return nil
}

func (w *writer) tryBegin() error {
	if w.session == nil {
		s, err := openSession(w.pool)
		if err != nil {
			return err
		}
		w.session = s
	}
	w.session.head = nil // another process may have appended since
	for _, statement := range w.dialect.begin() {
		if err := w.session.control(statement); err != nil {
			return err
		}
	}
	return nil
}

// finish commits what has succeeded; without any of that nothing is begun. After
// an error nobody may be told that their change is kept.
func (w *writer) finish(succeeded int, intact bool) error {
	if !intact {
		cause := w.session.failed
		w.dropSession()
		return fmt.Errorf("%w: the transaction was lost: %w", access.ErrUnavailable, orUnknown(cause))
	}
	if succeeded == 0 {
		return nil
	}
	if err := w.session.control("COMMIT"); err != nil {
		w.dropSession() // closing the connection rolls back what is open
		return fmt.Errorf("%w: not committed: %w", access.ErrUnavailable, err)
	}
	return nil
}

func orUnknown(err error) error {
	if err == nil {
		return errors.New("unknown cause")
	}
	return err
}

func (w *writer) dropSession() {
	if w.session != nil {
		w.session.close()
		w.session = nil
	}
}

// session is the writer's connection with its prepared statements.
type session struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	// failed is the first error of the engine in this job; after it every
	// statement is refused.
	failed error
	// head is the end of the audit log as this transaction has left it, once it
	// was asked for: until the commit nobody else can append.
	head *access.LogHead
}

func openSession(pool *sql.DB) (*session, error) {
	conn, err := pool.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, prepared: map[string]*sql.Stmt{}}, nil
}

func (s *session) close() {
	ctx := context.Background()
	for _, statement := range s.prepared {
		_ = statement.Close() // the connection goes anyway
	}
	// Out of a broken transaction before the pool gets the connection back;
	// without one open this fails, and should.
	_, _ = s.conn.ExecContext(ctx, "ROLLBACK")
	_ = s.conn.Close()
}

// control runs a statement of the transaction itself.
func (s *session) control(text string) error {
	statement, err := s.prepare(context.Background(), text)
	if err != nil {
		return err
	}
	_, err = statement.ExecContext(context.Background())
	return err
}

func (s *session) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return noted(ctx, s, text, func(ctx context.Context, statement *sql.Stmt) (sql.Result, error) {
		return statement.ExecContext(ctx, args...)
	})
}

func (s *session) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return noted(ctx, s, text, func(ctx context.Context, statement *sql.Stmt) (*sql.Rows, error) {
		return statement.QueryContext(ctx, args...)
	})
}

// noted runs a statement, unless one before it has failed.
func noted[T any](ctx context.Context, s *session, text string, run func(context.Context, *sql.Stmt) (T, error)) (result T, err error) {
	if s.failed != nil {
		return result, s.failed
	}
	ctx = context.WithoutCancel(ctx)
	statement, err := s.prepare(ctx, text)
	if err == nil {
		result, err = run(ctx, statement)
	}
	return result, s.note(err)
}

// note remembers the first error of the engine.
func (s *session) note(err error) error {
	if err != nil && s.failed == nil {
		s.failed = err
	}
	return err
}

func (s *session) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if statement := s.prepared[text]; statement != nil {
		return statement, nil
	}
	if len(s.prepared) >= maxStatements {
		for _, statement := range s.prepared {
			_ = statement.Close()
		}
		clear(s.prepared)
	}
	statement, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.prepared[text] = statement
	return statement, nil
}
