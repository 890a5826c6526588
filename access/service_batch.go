package access

import (
	"context"
	"errors"
	"slices"
)

// Outcome is what became of one item of a batch: what was made of it, or why it
// was left as it was.
type Outcome[In, Out any] struct {
	Input In
	Made  Out
	// Name is what it is called, as far as it was found.
	Name string
	Err  error
}

// batchSize is how many items share a transaction: few enough that others get
// their turn, enough that the disk is not asked for each.
const batchSize = 100

// item changes one thing and completes the event that tells of it. What it
// refuses, it must refuse before it changes anything.
type item[In, Out any] func(ctx context.Context, tx Tx, in In, e *Event) (Out, error)

// severally does the same to many things. Each succeeds or fails for itself,
// with an event of its own, which begins as e says.
func severally[In, Out any](ctx context.Context, s *Service, c Caller, items []In, e Event, do item[In, Out]) []Outcome[In, Out] {
	var outcomes []Outcome[In, Out]
	for batch := range slices.Chunk(items, batchSize) {
		done, err := oneBatch(ctx, s, c, batch, e, do)
		if err != nil {
			done = failedBatch[In, Out](batch, err)
		}
		outcomes = append(outcomes, done...)
	}
	return outcomes
}

// oneBatch changes some in one transaction; trouble of the store undoes them all.
func oneBatch[In, Out any](ctx context.Context, s *Service, c Caller, items []In, e Event, do item[In, Out]) ([]Outcome[In, Out], error) {
	var outcomes []Outcome[In, Out]
	err := s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		outcomes = outcomes[:0]
		for _, in := range items {
			attempted := e
			made, err := do(ctx, tx, in, &attempted)
			if err != nil && !isRefusal(err) {
				return err
			}
			outcomes = append(outcomes, Outcome[In, Out]{Input: in, Made: made, Name: attempted.EntityName, Err: err})
			if err := s.recordOutcome(ctx, tx, c, attempted, err); err != nil {
				return err
			}
		}
		return nil
	})
	return outcomes, err
}

// recordOutcome tells of what was done and of what was forbidden.
func (s *Service) recordOutcome(ctx context.Context, tx Tx, c Caller, e Event, refusal error) error {
	switch {
	case refusal == nil:
		return s.record(ctx, tx, c, e)
	case errors.Is(refusal, ErrForbidden):
		e.Result, e.Metadata = Failed, map[string]string{"reason": refusal.Error()}
		return s.record(ctx, tx, c, e)
	}
	return nil
}

// isRefusal tells what is wrong with one item from trouble with all of them.
func isRefusal(err error) bool {
	for _, refusal := range []error{ErrForbidden, ErrNotFound, ErrInvalid, ErrConflict} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

func failedBatch[In, Out any](items []In, err error) []Outcome[In, Out] {
	outcomes := make([]Outcome[In, Out], len(items))
	for i, in := range items {
		outcomes[i] = Outcome[In, Out]{Input: in, Err: err}
	}
	return outcomes
}

// eachOnce leaves out what was there before, and keeps the order.
func eachOnce[T comparable](items []T) []T {
	seen := map[T]bool{}
	var once []T
	for _, in := range items {
		if !seen[in] {
			seen[in] = true
			once = append(once, in)
		}
	}
	return once
}
