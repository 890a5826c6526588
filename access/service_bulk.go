package access

import (
	"context"
	"errors"
	"fmt"
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

// MaxBulk is how many applications one bulk action changes at most.
const MaxBulk = CountCap

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
	for _, o := range severally(ctx, s, c, ids, Event{EntityType: applicationEntity}, do) {
		if o.Err != nil {
			report.Failed = append(report.Failed, BulkFailure{ID: o.Input, Name: o.Name, Err: o.Err})
		} else {
			report.Succeeded = append(report.Succeeded, o.Made)
		}
	}
	return report, nil
}

func (s *Service) bulkWork(c Caller, action BulkAction) (item[string, Application], error) {
	switch action {
	case BulkEnable, BulkDisable:
		return func(ctx context.Context, tx Tx, id string, e *Event) (Application, error) {
			e.Action, e.EntityID = EventUpdate, id
			return s.setEnabled(ctx, tx, c, id, action == BulkEnable, e)
		}, nil
	case BulkDelete:
		return func(ctx context.Context, tx Tx, id string, e *Event) (Application, error) {
			e.Action, e.EntityID = EventDelete, id
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
	ids := eachOnce(sel.IDs)
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
