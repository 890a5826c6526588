package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"latchkey/token"
)

// Config is what a Service needs to know of its installation.
type Config struct {
	// Issuer is the public URL: iss of tokens, base of links. No trailing slash.
	Issuer string
	// Audiences are those that tokens can be made for besides our own API, each
	// an absolute URI (RFC 8707).
	Audiences []string
	// Sealer encrypts what must be readable again (signing keys).
	Sealer *token.Sealer
	Now    func() time.Time
	Random io.Reader
	Log    *slog.Logger
	// FlushEvery is how often Run writes the gathered uses; 0 means every second.
	FlushEvery time.Duration
}

func (cfg Config) withDefaults() Config {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.FlushEvery <= 0 {
		cfg.FlushEvery = time.Second
	}
	return cfg
}

// Service is the use cases: each method checks what the caller may do, acts,
// and records the event in the same transaction. It is safe for concurrent use.
//
// The methods are told in the files service_*.go, one for each noun or chore;
// here is what they share.
type Service struct {
	repo      Repository
	cfg       Config
	passwords *passwords
	verifier  token.Verifier
	// audience is who tokens are for: our own API. Shared by all, never written.
	audience []string

	present      atomic.Pointer[present]
	presentMu    sync.Mutex   // held by the one who reads them anew
	keysLookedUp atomic.Int64 // when, in microseconds since 1970
	uses         useRecorder
	failures     failureRecorder // to come in
	denials      failureRecorder // to see something
	tally        tally
	sameKeyHash  func(stored, presented token.KeyHash) bool // in constant time; a field so that tests can count
	jobs         *bulkJobs
}

// NewService makes a Service over a repository. Call PrepareSigningKeys before
// tokens are wanted, and Run beside the server.
func NewService(repo Repository, cfg Config) *Service {
	cfg = cfg.withDefaults()
	return &Service{
		repo:      repo,
		cfg:       cfg,
		passwords: newPasswords(cfg.Random, presentCost()),
		verifier:  token.Verifier{Issuer: cfg.Issuer, Audience: cfg.Issuer, Now: cfg.Now},
		audience:  []string{cfg.Issuer},
		jobs:      newBulkJobs(),

		sameKeyHash: token.KeyHash.Equal,
	}
}

// now is the time in the precision in which it is stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// work does a change within a transaction and completes the event that tells
// of it; clearing the event's Action says that nothing had to be changed. It may
// run more than once.
type work func(ctx context.Context, tx Tx, e *Event) error

// change runs work and appends its event, both or neither. A change that was
// forbidden is an event too.
func (s *Service) change(ctx context.Context, c Caller, e Event, do work) error {
	var attempted Event
	err := s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		attempted = e
		attempted.Metadata = maps.Clone(e.Metadata)
		if err := do(ctx, tx, &attempted); err != nil {
			return err
		}
		attempted.Result = Succeeded
		return s.record(ctx, tx, c, attempted)
	})
	if errors.Is(err, ErrForbidden) {
		s.recordRefusal(ctx, c, attempted, err)
	}
	if errors.Is(err, ErrStale) {
		return s.whoWasFirst(ctx, attempted, err)
	}
	return err
}

// whoWasFirst adds to ErrStale who made the last change, as the audit log has
// it. It was a moment ago, so that the walk from the newest event is short; if
// it cannot be told, the error stays as it is.
func (s *Service) whoWasFirst(ctx context.Context, e Event, stale error) error {
	filters := []Filter{
		{Field: "entity_id", Op: Equal, Value: e.EntityID},
		{Field: "result", Op: Equal, Value: string(Succeeded)},
	}
	if e.EntityType == secretEntity { // only another key makes a key stale
		filters = append(filters, Filter{Field: "entity_type", Op: Equal, Value: secretEntity})
	}
	for _, other := range []EventAction{EventSignIn, EventSignOut, EventExport, EventRead} {
		filters = append(filters, Filter{Field: "action", Op: NotEqual, Value: string(other)})
	}
	page, err := s.repo.ListEvents(ctx, EventQuery{List: List{Filters: filters, Limit: 1}.filled(EventSchema)})
	if err != nil || len(page.Rows) == 0 {
		return stale
	}
	last := page.Rows[0]
	return &StaleError{By: last.Subject.Name, At: last.At, Cause: stale}
}

// recordRefusal tells of a change that did not happen. The caller is refused
// whether or not this can be written.
func (s *Service) recordRefusal(ctx context.Context, c Caller, e Event, refusal error) {
	e.Result = Failed
	e.Metadata = map[string]string{"reason": refusal.Error()}
	err := s.repo.Write(ctx, func(ctx context.Context, tx Tx) error { return s.record(ctx, tx, c, e) })
	if err != nil {
		s.cfg.Log.ErrorContext(ctx, "a forbidden change could not be recorded", "error", err)
	}
}

// record appends an event of this moment, done by the caller, unless nothing
// was done.
func (s *Service) record(ctx context.Context, tx Tx, c Caller, e Event) error {
	if e.Action == "" {
		return nil
	}
	e, err := s.complete(c, e)
	if err != nil {
		return err
	}
	return tx.AppendEvent(ctx, e)
}

func (s *Service) complete(c Caller, e Event) (Event, error) {
	id, err := s.newID()
	if err != nil {
		return Event{}, err
	}
	e.ID, e.At, e.Subject, e.Origin = id, s.now(), c.Subject, c.Origin.bounded()
	if e.Result == "" {
		e.Result = Succeeded
	}
	return e, nil
}

// The most that is kept of what a client says of itself, in bytes.
const (
	maxUserAgent = 256
	maxURL       = 512
	maxOriginID  = 64
)

// bounded keeps a stranger from filling the audit log with long headers.
func (o Origin) bounded() Origin {
	o.SourceIP = shorten(o.SourceIP, maxOriginID)
	o.UserAgent = shorten(o.UserAgent, maxUserAgent)
	o.HTTPMethod = shorten(o.HTTPMethod, maxOriginID)
	o.URL = shorten(o.URL, maxURL)
	o.RequestID = shorten(o.RequestID, maxOriginID)
	return o
}

// shorten cuts at a character, and leaves out what no database keeps as text.
func shorten(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "")
	}
	return strings.ReplaceAll(text, "\x00", "")
}

// claim takes the key of a rendered form for the thing that it makes. The
// second submission finds it taken: an *AlreadyDoneError, and nothing happens.
// The key is bound to the caller, so that nobody learns of another's forms.
func (s *Service) claim(ctx context.Context, tx Tx, c Caller, formKey, entityID string) error {
	if formKey == "" {
		return nil
	}
	if len(formKey) > maxFormKey || !utf8.ValidString(formKey) || strings.ContainsRune(formKey, 0) {
		return Invalid("form_key", "This form was not made by the console. Reload the page.")
	}
	key := c.ID + " " + formKey
	made, err := tx.FormResult(ctx, key)
	if err == nil {
		return &AlreadyDoneError{EntityID: made}
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	err = tx.ClaimForm(ctx, key, entityID, s.now())
	if errors.Is(err, ErrConflict) {
		// Another process was quicker; what it made is not visible here yet.
		return fmt.Errorf("%w: %w", &AlreadyDoneError{}, err)
	}
	return err
}

const maxFormKey = 128

// settled completes an AlreadyDoneError that could not look, within its own
// transaction, at what the other one made.
func (s *Service) settled(ctx context.Context, c Caller, formKey string, err error) error {
	var done *AlreadyDoneError
	if !errors.As(err, &done) || done.EntityID != "" {
		return err
	}
	made, lookUp := s.repo.FormResult(ctx, c.ID+" "+formKey)
	if lookUp != nil {
		return lookUp
	}
	return &AlreadyDoneError{EntityID: made}
}
