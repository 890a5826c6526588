package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// BulkAction is what can be done to several applications at once.
type BulkAction string

// The bulk actions.
const (
	BulkEnable  BulkAction = "enable"
	BulkDisable BulkAction = "disable"
	BulkDelete  BulkAction = "delete"
)

// Selection names applications: by id, or "all that match" the list, in which
// case Expected is the number the person agreed to; if it is no longer that,
// the bulk action is a ConflictError and does nothing.
type Selection struct {
	IDs      []string
	All      *List
	Expected int
}

// BulkReport tells what a bulk action did; each failure with its reason.
type BulkReport struct {
	Succeeded []Application
	Failed    []BulkFailure
}

// BulkFailure is one application that was left as it was, and why.
type BulkFailure struct {
	ID, Name string
	Err      error
}

const (
	// MaxBulk is how many applications one bulk action changes at most.
	MaxBulk = CountCap
	// bulkBatch is how many share a transaction: few enough that others get
	// their turn, enough that the disk is not asked for each.
	bulkBatch = 100
)

// BulkApplications does the same to many. Each application succeeds or fails
// for itself, with its own event; the error is for a selection that cannot be
// acted on at all.
func (s *Service) BulkApplications(ctx context.Context, c Caller, action BulkAction, sel Selection) (BulkReport, error) {
	do, err := s.bulkWork(c, action)
	if err != nil {
		return BulkReport{}, err
	}
	ids, err := s.selected(ctx, c, sel)
	if err != nil {
		return BulkReport{}, err
	}
	var report BulkReport
	for batch := range slices.Chunk(ids, bulkBatch) {
		done, err := s.bulkBatch(ctx, c, batch, do)
		if err != nil {
			done = failedBatch(batch, err)
		}
		report.Succeeded = append(report.Succeeded, done.Succeeded...)
		report.Failed = append(report.Failed, done.Failed...)
	}
	return report, nil
}

// bulkItem changes one application and completes the event that tells of it.
type bulkItem func(ctx context.Context, tx Tx, id string, e *Event) (Application, error)

func (s *Service) bulkWork(c Caller, action BulkAction) (bulkItem, error) {
	switch action {
	case BulkEnable, BulkDisable:
		return func(ctx context.Context, tx Tx, id string, e *Event) (Application, error) {
			e.Action = EventUpdate
			return s.setEnabled(ctx, tx, c, id, action == BulkEnable, e)
		}, nil
	case BulkDelete:
		return func(ctx context.Context, tx Tx, id string, e *Event) (Application, error) {
			e.Action = EventDelete
			return s.bin(ctx, tx, c, id, e)
		}, nil
	}
	return nil, Invalid("action", "There is no bulk action %s. Use enable, disable or delete.", quote(string(action)))
}

// selected are the ids that are meant, each once.
func (s *Service) selected(ctx context.Context, c Caller, sel Selection) ([]string, error) {
	if sel.All != nil {
		return s.selectedByList(ctx, c, sel)
	}
	var ids []string
	seen := map[string]bool{}
	for _, id := range sel.IDs {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	switch {
	case len(ids) == 0:
		return nil, Invalid("ids", "Select at least one application.")
	case len(ids) > MaxBulk:
		return nil, Invalid("ids", "%d applications are selected; %d are the most at once.", len(ids), MaxBulk)
	}
	return ids, nil
}

// errEnough ends the walk over a list that is already too long.
var errEnough = errors.New("enough")

func (s *Service) selectedByList(ctx context.Context, c Caller, sel Selection) ([]string, error) {
	if sel.Expected > MaxBulk {
		return nil, Invalid("ids", "%d applications are selected; %d are the most at once. Add a filter.", sel.Expected, MaxBulk)
	}
	if sel.All.Deleted {
		return nil, Invalid("ids", "What is in the bin can only be restored, one by one.")
	}
	q, err := s.applicationQuery(ctx, c, sel.All.FirstPage())
	if err != nil {
		return nil, err
	}
	var ids []string
	err = s.repo.EachApplication(ctx, q, func(row ApplicationRow) error {
		ids = append(ids, row.ID)
		if len(ids) > sel.Expected {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	if len(ids) != sel.Expected {
		return nil, &ConflictError{Message: fmt.Sprintf("The list changed meanwhile: it no longer holds the %d applications that you selected. Nothing was done; look at the list again.", sel.Expected)}
	}
	return ids, nil
}

// bulkBatch changes some in one transaction. What is refused is refused before
// it changes anything, so the others can be kept; trouble of the store undoes
// the whole batch.
func (s *Service) bulkBatch(ctx context.Context, c Caller, ids []string, do bulkItem) (BulkReport, error) {
	var report BulkReport
	err := s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		report = BulkReport{}
		for _, id := range ids {
			if err := s.bulkOne(ctx, tx, c, id, do, &report); err != nil {
				return err
			}
		}
		return nil
	})
	return report, err
}

func (s *Service) bulkOne(ctx context.Context, tx Tx, c Caller, id string, do bulkItem, report *BulkReport) error {
	e := Event{EntityType: applicationEntity, EntityID: id, Metadata: map[string]string{}}
	app, err := do(ctx, tx, id, &e)
	switch {
	case err == nil:
		report.Succeeded = append(report.Succeeded, app)
		return s.record(ctx, tx, c, e)
	case errors.Is(err, ErrForbidden):
		report.Failed = append(report.Failed, BulkFailure{ID: id, Name: e.EntityName, Err: err})
		e.Result, e.Metadata = Failed, map[string]string{"reason": err.Error()}
		return s.record(ctx, tx, c, e)
	case errors.Is(err, ErrNotFound):
		report.Failed = append(report.Failed, BulkFailure{ID: id, Name: e.EntityName, Err: err})
		return nil
	}
	return err
}

func failedBatch(ids []string, err error) BulkReport {
	var report BulkReport
	for _, id := range ids {
		report.Failed = append(report.Failed, BulkFailure{ID: id, Err: err})
	}
	return report
}
