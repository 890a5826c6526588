package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"latchkey/access"
)

// SessionRepository keeps sessions as rows.
type SessionRepository interface {
	// Session is access.ErrNotFound if there is none.
	Session(ctx context.Context, idHash [32]byte) (access.Session, error)
	// SaveSession inserts or updates.
	SaveSession(ctx context.Context, s access.Session) error
	// TouchSession notes when a session was last seen. One that is not there
	// any more stays away: a request that was under way while its user signed
	// out must not bring the session back.
	TouchSession(ctx context.Context, idHash [32]byte, seen time.Time) error
	DeleteSession(ctx context.Context, idHash [32]byte) error
	// DeleteExpiredSessions removes what was last seen before idleBefore or
	// has reached its absolute end.
	DeleteExpiredSessions(ctx context.Context, idleBefore, now time.Time) error
}

// sessionTouch is how stale "last seen" may be, so that a busy page does not
// write a row per request.
const sessionTouch = time.Minute

// What a session of ours holds beside what others put into it.
type sessionValue string

const (
	sessionUser    sessionValue = "user"
	sessionCreated sessionValue = "created"
	sessionSeen    sessionValue = "seen"
	sessionEnd     sessionValue = "end"
	sessionOrigin  sessionValue = "origin" // of the sign-in; written once
)

// rowStore is a gorilla/sessions Store over rows. The cookie carries an opaque
// 256-bit id and nothing else; the row is found by a keyed hash of it, so that
// neither a stolen database nor a forged row is of use to anybody.
type rowStore struct {
	rows    SessionRepository
	key     []byte
	random  io.Reader
	now     func() time.Time
	times   func() access.SessionTimes
	options sessions.Options
}

var _ sessions.Store = (*rowStore)(nil)

// idBytes is the length of a session id: 256 random bits.
const idBytes = 32

var idEncoding = base64.RawURLEncoding.Strict()

func newRowStore(cfg Config, rows SessionRepository, times func() access.SessionTimes) *rowStore {
	return &rowStore{
		rows:   rows,
		key:    cfg.SessionKey,
		random: cfg.Random,
		now:    cfg.Now,
		times:  times,
		// No MaxAge: the cookie ends with the browser, the row decides about the rest.
		options: sessions.Options{Path: "/", HttpOnly: true, Secure: cfg.secure(), SameSite: http.SameSiteLaxMode},
	}
}

// cookieName carries the __Host- prefix wherever browsers accept it, that is
// over TLS: it ties the cookie to this host, this path and Secure.
func cookieName(cfg Config) string {
	if cfg.secure() {
		return "__Host-latchkey"
	}
	return "latchkey"
}

// Get returns the session of the request, read once per request.
func (s *rowStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie names. A cookie that means nothing to
// us (garbage, another key, an ended session) gives a fresh session and no
// error: its owner signs in again. An error is the repository's.
func (s *rowStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := s.options
	session.Options = &options
	session.IsNew = true

	cookie, err := r.Cookie(name)
	if err != nil || !wellFormedID(cookie.Value) {
		return session, nil
	}
	row, err := s.rows.Session(r.Context(), s.hash(cookie.Value))
	if errors.Is(err, access.ErrNotFound) {
		return session, nil
	}
	if err != nil {
		return session, fmt.Errorf("read the session: %w", err)
	}
	values, err := decodeValues(row.Data)
	if err != nil || s.times().Ended(row, s.now()) {
		return session, nil // the next sign-in sweeps it away
	}
	session.ID, session.Values, session.IsNew = cookie.Value, values, false
	session.Values[sessionUser] = row.UserID
	session.Values[sessionCreated] = row.CreatedAt
	session.Values[sessionSeen] = row.LastSeenAt
	session.Values[sessionEnd] = row.ExpiresAt
	return session, nil
}

// Save writes the row and the cookie. A session without an id gets one; one
// whose MaxAge is negative is removed.
func (s *rowStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		return s.remove(r.Context(), session)
	}
	if session.ID == "" {
		id, err := s.mintID()
		if err != nil {
			return err
		}
		session.ID = id
	}
	row, err := s.row(session)
	if err != nil {
		return err
	}
	if err := s.rows.SaveSession(r.Context(), row); err != nil {
		return fmt.Errorf("save the session: %w", err)
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

func (s *rowStore) remove(ctx context.Context, session *sessions.Session) error {
	if session.ID == "" {
		return nil
	}
	if err := s.rows.DeleteSession(ctx, s.hash(session.ID)); err != nil && !errors.Is(err, access.ErrNotFound) {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

func (s *rowStore) row(session *sessions.Session) (access.Session, error) {
	row := access.Session{IDHash: s.hash(session.ID)}
	row.UserID, _ = session.Values[sessionUser].(string)
	row.CreatedAt, _ = session.Values[sessionCreated].(time.Time)
	row.LastSeenAt, _ = session.Values[sessionSeen].(time.Time)
	row.ExpiresAt, _ = session.Values[sessionEnd].(time.Time)
	if origin, ok := session.Values[sessionOrigin].(access.Origin); ok {
		row.SourceIP, row.UserAgent = origin.SourceIP, origin.UserAgent
	}
	data, err := encodeValues(session.Values)
	row.Data = data
	return row, err
}

func (s *rowStore) mintID() (string, error) {
	var b [idBytes]byte
	if _, err := io.ReadFull(s.random, b[:]); err != nil {
		return "", fmt.Errorf("mint a session id: %w", err)
	}
	return idEncoding.EncodeToString(b[:]), nil
}

func (s *rowStore) hash(id string) (sum [32]byte) {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id))
	mac.Sum(sum[:0])
	return sum
}

func wellFormedID(value string) bool {
	b, err := idEncoding.DecodeString(value)
	return err == nil && len(b) == idBytes
}

// encodeValues keeps what others put into the session; our own values are
// columns of the row.
func encodeValues(values map[any]any) ([]byte, error) {
	rest := maps.Clone(values)
	maps.DeleteFunc(rest, func(key, _ any) bool { _, ours := key.(sessionValue); return ours })
	if len(rest) == 0 {
		return nil, nil
	}
	data, err := securecookie.GobEncoder{}.Serialize(rest)
	if err != nil {
		return nil, fmt.Errorf("encode the session: %w", err)
	}
	return data, nil
}

func decodeValues(data []byte) (map[any]any, error) {
	values := map[any]any{}
	if len(data) == 0 {
		return values, nil
	}
	if err := (securecookie.GobEncoder{}).Deserialize(data, &values); err != nil {
		return nil, fmt.Errorf("decode the session: %w", err)
	}
	return values, nil
}
