package access

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"
)

// BulkAction is what can be done to several things at once.
type BulkAction string

// The bulk actions. Access rules can only be deleted, and applications alone be
// moved.
const (
	BulkEnable  BulkAction = "enable"
	BulkDisable BulkAction = "disable"
	BulkDelete  BulkAction = "delete"
	BulkMove    BulkAction = "move" // see MoveApplications
)

// bulkTask is a bulk action with what it needs to know.
type bulkTask struct {
	of      ResourceType
	action  BulkAction
	placeID string // of BulkMove: the node to manage them in
}

// Selection names things of one kind: by id, or "all that match" the list, in
// which case Expected is the number the person agreed to; if it is no longer
// that, the bulk action is a ConflictError and does nothing.
type Selection struct {
	IDs      []string
	All      *List
	Expected int
}

// BulkReport tells what a bulk action did; each failure with its reason.
type BulkReport struct {
	Succeeded []string // ids
	Failed    []BulkFailure
}

// BulkFailure is one thing that was left as it was, and why.
type BulkFailure struct {
	ID, Name string
	Err      error
}

// BulkAtOnce is how many of "all that match" Bulk changes at most: what a person
// can wait for, and the rows of the longest page. StartBulk does more.
const BulkAtOnce = MaxLimit

// bulkKind is how things of one kind are found and changed in bulk.
type bulkKind struct {
	many string // as in "3 users"
	// need is what an action takes at the least; not ok for what cannot be done.
	need func(BulkAction) (n Need, ok bool)
	// each gives the id of all of a list that the caller may see.
	each func(context.Context, Caller, List, func(id string) error) error
	// work does it to one, and answers its id.
	work func(Caller, bulkTask) item[string, string]
	// pack makes a few bytes of an id that sort as the ids do, by age: a job
	// holds a million of them.
	pack   func(string) (uuid.UUID, error)
	unpack func(uuid.UUID) string
	// last are the ids of those that the caller acts by, which come last; nil if
	// there are none.
	last func(context.Context, Caller) ([]string, error)
}

// bulkKind knows applications, users and access rules.
func (s *Service) bulkKind(of ResourceType) (bulkKind, error) {
	switch of {
	case Applications:
		return bulkKind{
			many: "applications", need: enableDeleteOrMove, each: s.eachApplicationID, work: s.bulkApplication,
			pack: uuid.Parse, unpack: uuid.UUID.String,
		}, nil
	case Users:
		return bulkKind{
			many: "users", need: enableOrDelete(Users, true), each: s.eachUserID, work: s.bulkUser,
			pack: uuid.Parse, unpack: uuid.UUID.String,
		}, nil
	case AccessRules:
		return bulkKind{
			many: "access rules", need: onlyDelete(AccessRules), each: s.eachRuleID, work: s.bulkRule,
			pack: packRuleID, unpack: unpackRuleID, last: s.ownRuleIDs,
		}, nil
	}
	return bulkKind{}, Invalid("kind", "There is no bulk action on %s.", of)
}

func enableOrDelete(r ResourceType, tenantWide bool) func(BulkAction) (Need, bool) {
	return func(action BulkAction) (Need, bool) {
		switch action {
		case BulkEnable, BulkDisable:
			return Need{Action: Update, Resource: r, TenantWide: tenantWide}, true
		case BulkDelete:
			return Need{Action: Delete, Resource: r, TenantWide: tenantWide}, true
		}
		return Need{}, false
	}
}

func enableDeleteOrMove(action BulkAction) (Need, bool) {
	if action == BulkMove {
		return Need{Action: Delete, Resource: Applications}, true // see manageIn
	}
	return enableOrDelete(Applications, false)(action)
}

func onlyDelete(r ResourceType) func(BulkAction) (Need, bool) {
	return func(action BulkAction) (Need, bool) {
		return Need{Action: Delete, Resource: r}, action == BulkDelete
	}
}

// bulk is a kind and what an action on it takes.
func (s *Service) bulk(of ResourceType, action BulkAction) (bulkKind, Need, error) {
	kind, err := s.bulkKind(of)
	if err != nil {
		return bulkKind{}, Need{}, err
	}
	need, ok := kind.need(action)
	if !ok {
		return bulkKind{}, Need{}, Invalid("action", "There is no bulk action %s on %s.", quote(string(action)), kind.many)
	}
	return kind, need, nil
}

// Bulk does the same to many applications, users or access rules. Each succeeds
// or fails for itself, with its own event, as if it were done to it alone; the
// error is for a selection that cannot be acted on at all.
func (s *Service) Bulk(ctx context.Context, c Caller, of ResourceType, action BulkAction, sel Selection) (BulkReport, error) {
	return s.bulkAtOnce(ctx, c, bulkTask{of: of, action: action}, sel)
}

func (s *Service) bulkAtOnce(ctx context.Context, c Caller, task bulkTask, sel Selection) (BulkReport, error) {
	kind, _, err := s.bulk(task.of, task.action)
	if err != nil {
		return BulkReport{}, err
	}
	if err := s.checkTask(ctx, c, task); err != nil {
		return BulkReport{}, err
	}
	ids, err := s.selectedIDs(ctx, c, kind, sel)
	if err != nil {
		return BulkReport{}, err
	}
	var report BulkReport
	for _, o := range severally(ctx, s, c, ids, Event{EntityType: task.of.entity()}, kind.work(c, task)) {
		if o.Err != nil {
			report.Failed = append(report.Failed, BulkFailure{ID: o.Input, Name: o.Name, Err: o.Err})
		} else {
			report.Succeeded = append(report.Succeeded, o.Made)
		}
	}
	return report, nil
}

// checkTask refuses what cannot be done to any of them.
func (s *Service) checkTask(ctx context.Context, c Caller, task bulkTask) error {
	if task.action != BulkMove {
		return nil
	}
	_, err := placeFor(ctx, s.repo, c, task.placeID)
	return err
}

// selected gives each id that is meant to add, once. More than most of all that
// match are refused, and more than MaxAtOnce that are named.
func (s *Service) selected(ctx context.Context, c Caller, kind bulkKind, sel Selection, most int, add func(id string) error) error {
	if sel.All != nil {
		return s.selectedByList(ctx, c, kind, sel, most, add)
	}
	ids := eachOnce(sel.IDs)
	switch {
	case len(ids) == 0:
		return Invalid("ids", "Select at least one of the %s.", kind.many)
	case len(ids) > MaxAtOnce:
		return Invalid("ids", "%d %s are selected; %d are the most at once.", len(ids), kind.many, MaxAtOnce)
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

func (s *Service) selectedByList(ctx context.Context, c Caller, kind bulkKind, sel Selection, most int, add func(id string) error) error {
	if sel.Expected > most {
		return Invalid("ids", "%d %s are selected; %d are the most at once. Add a filter.", sel.Expected, kind.many, most)
	}
	if sel.All.Deleted {
		return Invalid("ids", "What is in the bin can only be restored, one by one.")
	}
	found := 0
	err := kind.each(ctx, c, sel.All.FirstPage(), func(id string) error {
		if found++; found > sel.Expected {
			return errEnough
		}
		return add(id)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if found != sel.Expected {
		return &ConflictError{Message: fmt.Sprintf("The list changed meanwhile: it no longer holds the %d %s that you selected. Nothing was done; look at the list again.", sel.Expected, kind.many)}
	}
	return nil
}

// SelectedIDs are the ids that Bulk would act on, for a question that looks at
// each of them.
func (s *Service) SelectedIDs(ctx context.Context, c Caller, of ResourceType, sel Selection) ([]string, error) {
	kind, err := s.bulkKind(of)
	if err != nil {
		return nil, err
	}
	return s.selectedIDs(ctx, c, kind, sel)
}

func (s *Service) selectedIDs(ctx context.Context, c Caller, kind bulkKind, sel Selection) ([]string, error) {
	var ids []string
	err := s.selected(ctx, c, kind, sel, BulkAtOnce, func(id string) error {
		ids = append(ids, id)
		return nil
	})
	return ids, err
}

// ---- applications ----

func (s *Service) eachApplicationID(ctx context.Context, c Caller, l List, fn func(id string) error) error {
	q, err := s.applicationQuery(ctx, c, l)
	if err != nil {
		return err
	}
	return s.repo.EachApplicationID(ctx, q, fn)
}

func (s *Service) bulkApplication(c Caller, task bulkTask) item[string, string] {
	return func(ctx context.Context, tx Tx, id string, e *Event) (_ string, err error) {
		e.Action, e.EntityID = EventUpdate, id
		switch task.action {
		case BulkDelete:
			e.Action = EventDelete
			_, err = s.bin(ctx, tx, c, id, e)
		case BulkMove:
			_, err = s.moveApplication(ctx, tx, c, id, task.placeID, e)
		default:
			_, err = s.setEnabled(ctx, tx, c, id, task.action == BulkEnable, e)
		}
		return id, err
	}
}

// ---- users ----

func (s *Service) eachUserID(ctx context.Context, c Caller, l List, fn func(id string) error) error {
	if err := c.require(ctx, s.repo, Read, Users, TenantPath); err != nil {
		return err
	}
	return s.repo.EachUserID(ctx, l.filled(UserSchema), fn)
}

func (s *Service) bulkUser(c Caller, task bulkTask) item[string, string] {
	needed, told, do := Update, EventUpdate, s.disabling(c, task.action == BulkDisable)
	if task.action == BulkDelete {
		needed, told, do = Delete, EventDelete, s.deleting(c, 0)
	}
	return func(ctx context.Context, tx Tx, id string, e *Event) (string, error) {
		e.Action, e.EntityID = told, id
		_, err := workOnUser(ctx, tx, c, id, needed, e, do)
		return id, err
	}
}

// ---- access rules ----

func (s *Service) eachRuleID(ctx context.Context, c Caller, l List, fn func(id string) error) error {
	q, err := ruleQuery(c, l, RuleSelection{})
	if err != nil {
		return err
	}
	return s.repo.EachRuleID(ctx, q, fn)
}

func (s *Service) bulkRule(c Caller, _ bulkTask) item[string, string] {
	return func(ctx context.Context, tx Tx, text string, e *Event) (string, error) {
		e.Action, e.EntityID = EventDelete, text
		_, err := s.removeRuleNamed(ctx, tx, c, text, e)
		return text, err
	}
}

// ownRuleIDs are the rules that let a person do this: if they went first, the
// rest could not follow.
func (s *Service) ownRuleIDs(ctx context.Context, c Caller) ([]string, error) {
	rules, err := s.MyRules(ctx, c)
	var ids []string
	for _, rule := range rules {
		ids = append(ids, strconv.Itoa(int(rule.ID)))
	}
	return ids, err
}
