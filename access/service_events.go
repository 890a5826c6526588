package access

import (
	"context"
	"time"
)

// Period is the moments from From up to, not including, Until; zero is no bound.
type Period struct{ From, Until time.Time }

// ListEvents is one page of the audit log, which belongs to the tenant as a
// whole: it needs the permission to read the event history there.
func (s *Service) ListEvents(ctx context.Context, c Caller, l List, within Period) (Page[Event], error) {
	q, err := s.eventQuery(ctx, c, l, within)
	if err != nil {
		return Page[Event]{}, err
	}
	return s.repo.ListEvents(ctx, q)
}

// CountEvents counts what ListEvents would show, up to CountCap.
func (s *Service) CountEvents(ctx context.Context, c Caller, l List, within Period) (Count, error) {
	q, err := s.eventQuery(ctx, c, l, within)
	if err != nil {
		return Count{}, err
	}
	return capped(s.repo.CountEvents(ctx, q, CountCap))
}

// CountAllEvents counts exactly, however many.
func (s *Service) CountAllEvents(ctx context.Context, c Caller, l List, within Period) (int, error) {
	q, err := s.eventQuery(ctx, c, l, within)
	if err != nil {
		return 0, err
	}
	return s.repo.CountEvents(ctx, q, 0)
}

// ExportEvents streams every match to fn in order, in constant memory, and
// records that; format is for that event, such as "CSV". An error of fn ends it
// and is returned.
func (s *Service) ExportEvents(ctx context.Context, c Caller, l List, within Period, format string, fn func(Event) error) error {
	q, err := s.eventQuery(ctx, c, l, within)
	if err != nil {
		return err
	}
	if err := s.recordExport(ctx, c, eventEntity, format, l); err != nil {
		return err
	}
	return s.repo.EachEvent(ctx, q, fn)
}

const eventEntity = "audit-log"

// Event finds one by id.
func (s *Service) Event(ctx context.Context, c Caller, id string) (Event, error) {
	if err := c.require(ctx, s.repo, Read, EventsHistory, TenantPath); err != nil {
		return Event{}, err
	}
	return s.repo.Event(ctx, id)
}

// EventBesides are the events before and after one in the order of a list, or
// nil at its ends.
type EventBesides struct{ Previous, Next *Event }

// EventBeside finds one by id, and those beside it in a list. It need not be in
// the list itself.
func (s *Service) EventBeside(ctx context.Context, c Caller, id string, l List) (Event, EventBesides, error) {
	q, err := s.eventQuery(ctx, c, l, Period{})
	if err != nil {
		return Event{}, EventBesides{}, err
	}
	event, err := s.repo.Event(ctx, id)
	if err != nil {
		return Event{}, EventBesides{}, err
	}
	beside, err := s.repo.EventsBeside(ctx, q, event)
	return event, beside, err
}

// Activity is the list of what was done by somebody, to them, and to their
// access rules; id is that of a subject, or of another entity.
func Activity(id string) List {
	return List{Filters: []Filter{{Field: aboutField, Op: Equal, Value: id}}}.filled(EventSchema)
}

func (s *Service) eventQuery(ctx context.Context, c Caller, l List, within Period) (EventQuery, error) {
	if err := c.require(ctx, s.repo, Read, EventsHistory, TenantPath); err != nil {
		return EventQuery{}, err
	}
	if !within.Until.IsZero() && within.Until.Before(within.From) {
		return EventQuery{}, Invalid("end", "The end is before the start.")
	}
	return EventQuery{List: l.filled(EventSchema), From: within.From, Until: within.Until}, nil
}

// EventsHead is the present end of the audit log: kept elsewhere, it shows later
// whether the log was tampered with.
func (s *Service) EventsHead(ctx context.Context, c Caller) (LogHead, error) {
	if err := c.require(ctx, s.repo, Read, EventsHistory, TenantPath); err != nil {
		return LogHead{}, err
	}
	return s.repo.EventsHead(ctx)
}

// VerifyEvents walks over the whole audit log and tells the first event, if any,
// that is not as it was written (security.md 43). Whoever can write to the
// database can make a whole log anew, or leave out its end: only a head that was
// kept elsewhere shows that. A zero one is not looked for.
func (s *Service) VerifyEvents(ctx context.Context, c Caller, kept LogHead) (LogCheck, error) {
	if err := c.require(ctx, s.repo, Read, EventsHistory, TenantPath); err != nil {
		return LogCheck{}, err
	}
	return s.repo.VerifyEvents(ctx, kept)
}

// tellHead writes the head to the log of the process, which often is gathered
// where whoever tampers with the database does not get at it.
func (s *Service) tellHead(ctx context.Context) error {
	head, err := s.repo.EventsHead(ctx)
	if err == nil {
		s.cfg.Log.InfoContext(ctx, "audit log", "head", head.String())
	}
	return err
}
