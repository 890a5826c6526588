package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// Service is what the front door asks of the use cases; *access.Service has it.
type Service interface {
	// UserPrincipal is the user and the grants of this moment;
	// access.ErrUnauthenticated if the user is disabled or gone.
	UserPrincipal(ctx context.Context, userID string) (access.Principal, access.User, error)
	Preferences(ctx context.Context, c access.Caller) (access.Preferences, error)
	Scope(ctx context.Context, c access.Caller, id string) (access.Scope, error)
	// SessionTimes are when sessions end by themselves, from memory: they are
	// asked for with every page.
	SessionTimes() access.SessionTimes
	// RecordDenial tells the audit log, later, of what the caller was not shown.
	RecordDenial(c access.Caller, refusal error)
}

// visit is what the front door knows of one request: who it is from, and, on
// pages, the session it belongs to.
type visit struct {
	server    *Server
	session   *sessions.Session // nil on API paths
	principal access.Principal
	user      access.User

	preferences       access.Preferences
	preferencesLoaded bool
}

// visitKey is where a visit travels in the echo.Context.
const visitKey = "latchkey.visit"

func visitOf(c echo.Context) *visit {
	v, _ := c.Get(visitKey).(*visit)
	return v
}

// withSession finds out who is asking. Nobody is not an error here.
func (s *Server) withSession(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		session, err := s.sessions.Get(c.Request(), s.cookie)
		if err != nil {
			return err
		}
		v := &visit{server: s, session: session}
		c.Set(visitKey, v)
		if err := v.identify(c); err != nil {
			return err
		}
		return next(c)
	}
}

// identify finds the user of the session, and lets the session live on. A user
// who was disabled or deleted meanwhile has no session any more.
func (v *visit) identify(c echo.Context) error {
	userID, _ := v.session.Values[sessionUser].(string)
	if v.session.IsNew || userID == "" {
		return nil
	}
	ctx := c.Request().Context()
	principal, user, err := v.server.svc.UserPrincipal(ctx, userID)
	if errors.Is(err, access.ErrUnauthenticated) || errors.Is(err, access.ErrNotFound) {
		return v.server.sessions.remove(ctx, v.session)
	}
	if err != nil {
		return err
	}
	v.principal, v.user = principal, user
	v.touch(c)
	c.Response().Header().Set(sessionEndsHeader, strconv.Itoa(int(v.endsAt().Sub(v.server.cfg.Now()).Seconds())))
	return nil
}

// touch notes that the session is in use, at most once a minute, and not for
// what the page does by itself in the background. If the store cannot write, the
// page is served all the same and the session ends as if it had not been used.
func (v *visit) touch(c echo.Context) {
	now := v.server.cfg.Now()
	seen, _ := v.session.Values[sessionSeen].(time.Time)
	if now.Sub(seen) < sessionTouch || isBackground(c.Request()) {
		return
	}
	ctx, store := c.Request().Context(), v.server.sessions
	if err := store.rows.TouchSession(ctx, store.hash(v.session.ID), now); err != nil {
		v.server.cfg.Log.WarnContext(ctx, "touch the session", "request", requestID(c), "error", err)
		return
	}
	v.session.Values[sessionSeen] = now
}

// isBackground reports whether the page asks by itself, as polling does. Such
// requests carry the header or the parameter, and do not extend the session.
func isBackground(r *http.Request) bool {
	return r.Header.Get(backgroundHeader) != "" || r.URL.Query().Get(backgroundParam) != ""
}

// endsAt is when the session ends if nothing more is asked.
func (v *visit) endsAt() time.Time {
	created, _ := v.session.Values[sessionCreated].(time.Time)
	seen, _ := v.session.Values[sessionSeen].(time.Time)
	end, _ := v.session.Values[sessionEnd].(time.Time)
	return v.server.svc.SessionTimes().End(access.Session{CreatedAt: created, LastSeenAt: seen, ExpiresAt: end})
}

// requireUser lets only signed-in users pass.
func requireUser(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if visitOf(c).user.ID == "" {
			return access.ErrUnauthenticated
		}
		return next(c)
	}
}

// requireOwnPassword keeps a user with a temporary password on the one page
// that ends that.
func requireOwnPassword(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Request().URL.Path
		if visitOf(c).user.MustChangePassword && path != passwordPath && path != signOutPath && path != sessionPath {
			return Redirect(c, passwordPath)
		}
		return next(c)
	}
}

// StartSession signs the user in: a new id, and the end of whatever session the
// browser had before (session fixation).
func StartSession(c echo.Context, u access.User) error {
	v, ctx := visitOf(c), c.Request().Context()
	store, now := v.server.sessions, v.server.cfg.Now()
	if err := store.remove(ctx, v.session); err != nil {
		return err
	}
	clear(v.session.Values)
	v.session.ID, v.session.IsNew = "", false
	v.session.Values[sessionUser] = u.ID
	v.session.Values[sessionCreated] = now
	v.session.Values[sessionSeen] = now
	v.session.Values[sessionEnd] = now.Add(v.server.svc.SessionTimes().Longest)
	v.session.Values[sessionOrigin] = OriginOf(c)
	if err := store.Save(c.Request(), c.Response(), v.session); err != nil {
		return err
	}
	v.user = u
	v.server.sweepSessions(ctx, now)
	return nil
}

// sweepSessions removes what has ended. A sign-in is a good moment: there are
// no more ended sessions than there were sign-ins.
func (s *Server) sweepSessions(ctx context.Context, now time.Time) {
	if err := s.sessions.rows.DeleteExpiredSessions(ctx, now.Add(-s.svc.SessionTimes().Idle), now); err != nil {
		s.cfg.Log.WarnContext(ctx, "sweep sessions", "error", err)
	}
}

// EndSession signs the user out, here and on the server, and asks the browser
// to forget what it kept.
func EndSession(c echo.Context) error {
	v := visitOf(c)
	v.session.Options.MaxAge = -1
	if err := v.server.sessions.Save(c.Request(), c.Response(), v.session); err != nil {
		return err
	}
	v.principal, v.user = access.Principal{}, access.User{}
	h := c.Response().Header()
	h.Set("Clear-Site-Data", clearSiteDataValue)
	h.Del(sessionEndsHeader)
	return nil
}

// CallerOf is who is asking and from where; the zero Principal if nobody has
// identified themselves. Origin is always set.
func CallerOf(c echo.Context) access.Caller {
	caller := access.Caller{Origin: OriginOf(c)}
	if v := visitOf(c); v != nil {
		caller.Principal = v.principal
	}
	return caller
}

// SetPrincipal says who is asking, where a token and not a session told it.
func SetPrincipal(c echo.Context, p access.Principal) {
	c.Set(visitKey, &visit{principal: p})
}

// UserOf is the signed-in user, or the zero User.
func UserOf(c echo.Context) access.User {
	if v := visitOf(c); v != nil {
		return v.user
	}
	return access.User{}
}

// PreferencesOf is what the signed-in user chose. A page is never refused over
// them: if they cannot be read there are none.
func PreferencesOf(c echo.Context) access.Preferences {
	v := visitOf(c)
	if v == nil || v.user.ID == "" {
		return nil
	}
	if !v.preferencesLoaded {
		v.preferencesLoaded = true
		ctx := c.Request().Context()
		chosen, err := v.server.svc.Preferences(ctx, CallerOf(c))
		if err != nil {
			v.server.cfg.Log.WarnContext(ctx, "read preferences", "error", err, "request", requestID(c))
		}
		v.preferences = chosen
	}
	return v.preferences
}

// SessionHash is what the session of this request is stored under.
func SessionHash(c echo.Context) [32]byte {
	v := visitOf(c)
	if v == nil || v.session == nil || v.session.ID == "" {
		return [32]byte{}
	}
	return v.server.sessions.hash(v.session.ID)
}

// SessionEnds is when the session of this request ends if nothing more is
// asked; the zero time if there is none. Pages warn two minutes before.
func SessionEnds(c echo.Context) time.Time {
	v := visitOf(c)
	if v == nil || v.session == nil || v.user.ID == "" {
		return time.Time{}
	}
	return v.endsAt()
}

// sessionLasts tells a page, in a header, how long the session lasts. Asked with
// the background mark it does not extend it.
func sessionLasts(c echo.Context) error { return c.NoContent(http.StatusNoContent) }

// staySignedIn is what "Stay signed in" posts to; withSession has done the work.
func staySignedIn(c echo.Context) error {
	if isHTMX(c.Request()) {
		return c.NoContent(http.StatusNoContent)
	}
	return Redirect(c, pagePath(c.Request()))
}
