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

// BulkAtOnce is how many applications BulkApplications changes at most: what a
// person can wait for, and the rows of the longest page. StartBulk does more.
const BulkAtOnce = MaxLimit

// BulkApplications does the same to many. Each application succeeds or fails
// for itself, with its own event; the error is for a selection that cannot be
// acted on at all.
func (s *Service) BulkApplications(ctx context.Context, c Caller, action BulkAction, sel Selection) (BulkReport, error) {
	do, err := s.bulkWork(c, action)
	if err != nil {
		return BulkReport{}, err
	}
	var ids []string
	err = s.selected(ctx, c, sel, BulkAtOnce, func(id string) error {
		ids = append(ids, id)
		return nil
	})
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
	return nil, noSuchBulk(action)
}

func noSuchBulk(action BulkAction) error {
	return Invalid("action", "There is no bulk action %s. Use enable, disable or delete.", quote(string(action)))
}

// selected gives each id that is meant to add, once. More than most are refused.
func (s *Service) selected(ctx context.Context, c Caller, sel Selection, most int, add func(id string) error) error {
	if sel.All != nil {
		return s.selectedByList(ctx, c, sel, most, add)
	}
	ids := eachOnce(sel.IDs)
	switch {
	case len(ids) == 0:
		return Invalid("ids", "Select at least one application.")
	case len(ids) > most:
		return Invalid("ids", "%d applications are selected; %d are the most at once.", len(ids), most)
	}
	for _, id := range ids {
		if err := add(id); err != nil {
			return err
		}
	}
	return nil
}

// errEnough ends the walk over a list that is already too long.
var errEnough = errors.New("enough")

func (s *Service) selectedByList(ctx context.Context, c Caller, sel Selection, most int, add func(id string) error) error {
	if sel.Expected > most {
		return Invalid("ids", "%d applications are selected; %d are the most at once. Add a filter.", sel.Expected, most)
	}
	if sel.All.Deleted {
		return Invalid("ids", "What is in the bin can only be restored, one by one.")
	}
	q, err := s.applicationQuery(ctx, c, sel.All.FirstPage())
	if err != nil {
		return err
	}
	found := 0
	err = s.repo.EachApplicationID(ctx, q, func(id string) error {
		if found++; found > sel.Expected {
			return errEnough
		}
		return add(id)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if found != sel.Expected {
		return &ConflictError{Message: fmt.Sprintf("The list changed meanwhile: it no longer holds the %d applications that you selected. Nothing was done; look at the list again.", sel.Expected)}
	}
	return nil
}
