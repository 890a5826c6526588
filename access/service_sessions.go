package access

import (
	"context"
	"fmt"
	"slices"
)

// MySessions are where the caller is signed in now, the newest first.
func (s *Service) MySessions(ctx context.Context, c Caller) ([]Session, error) {
	if c.Type != SubjectUser || c.ID == "" {
		return nil, fmt.Errorf("only users have sessions: %w", ErrForbidden)
	}
	return s.openSessions(ctx, s.repo, c.ID)
}

// MySession is one of the caller's own by its handle. Another's, and one that
// has ended, is ErrNotFound.
func (s *Service) MySession(ctx context.Context, c Caller, handle string) (Session, error) {
	return s.ownSession(ctx, s.repo, c, handle)
}

func (s *Service) ownSession(ctx context.Context, r Reader, c Caller, handle string) (Session, error) {
	if c.Type != SubjectUser || c.ID == "" {
		return Session{}, fmt.Errorf("only users have sessions: %w", ErrForbidden)
	}
	open, err := s.openSessions(ctx, r, c.ID)
	if err != nil {
		return Session{}, err
	}
	at := slices.IndexFunc(open, func(session Session) bool { return session.Handle() == handle })
	if at < 0 {
		return Session{}, fmt.Errorf("session %s: %w", quote(handle), ErrNotFound)
	}
	return open[at], nil
}

// EndMySession signs the caller out in one place, from the next request there on.
func (s *Service) EndMySession(ctx context.Context, c Caller, handle string) (Session, error) {
	var session Session
	e := Event{Action: EventSignOut, EntityType: sessionEntity, EntityID: c.ID, EntityName: c.Name}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) (err error) {
		session, err = s.ownSession(ctx, tx, c, handle)
		if err != nil {
			return err
		}
		// The event's own origin is where it was asked for, which may be elsewhere.
		e.Metadata = map[string]string{"endedSourceIp": session.SourceIP, "endedUserAgent": session.UserAgent}
		return tx.EndSession(ctx, session.IDHash)
	})
	if err != nil {
		return Session{}, err
	}
	return session, nil
}

// openSessions are those that have not ended by themselves, the newest first.
func (s *Service) openSessions(ctx context.Context, r Reader, userID string) ([]Session, error) {
	sessions, err := r.SessionsOf(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("read the sessions of %s: %w", userID, err)
	}
	times, now := s.SessionTimes(), s.now()
	return slices.DeleteFunc(sessions, func(session Session) bool { return times.Ended(session, now) }), nil
}
