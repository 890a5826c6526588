package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 11, 23, 4, 10, 0, 0, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// sessionRows keeps sessions in memory, as the store keeps them in a table.
type sessionRows struct {
	mu     sync.Mutex
	rows   map[[32]byte]access.Session
	writes int
	err    error // of every call, if set
}

func (s *sessionRows) Session(_ context.Context, idHash [32]byte) (access.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return access.Session{}, s.err
	}
	row, found := s.rows[idHash]
	if !found {
		return access.Session{}, access.ErrNotFound
	}
	return row, nil
}

func (s *sessionRows) SaveSession(_ context.Context, row access.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	s.rows[row.IDHash] = row
	return s.err
}

func (s *sessionRows) TouchSession(_ context.Context, idHash [32]byte, seen time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row, found := s.rows[idHash]; found {
		s.writes++
		row.LastSeenAt = seen
		s.rows[idHash] = row
	}
	return s.err
}

func (s *sessionRows) DeleteSession(_ context.Context, idHash [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, idHash)
	return s.err
}

func (s *sessionRows) DeleteExpiredSessions(_ context.Context, idleBefore, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for hash, row := range s.rows {
		if row.LastSeenAt.Before(idleBefore) || !row.ExpiresAt.After(now) {
			delete(s.rows, hash)
		}
	}
	return s.err
}

// people is the service as far as the front door asks it.
type people struct {
	mu    sync.Mutex
	users map[string]access.User
	times access.SessionTimes // zero: the usual ones
}

func (p *people) UserPrincipal(_ context.Context, id string) (access.Principal, access.User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	user, found := p.users[id]
	if !found || user.Disabled {
		return access.Principal{}, access.User{}, access.ErrUnauthenticated
	}
	return access.Principal{Subject: access.Subject{Type: access.SubjectUser, ID: id, Name: user.Email}}, user, nil
}

func (p *people) set(u access.User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[u.ID] = u
}

func (*people) Preferences(context.Context, access.Caller) (access.Preferences, error) {
	return access.Preferences{"theme": "dark"}, nil
}

func (*people) Scope(context.Context, access.Caller, string) (access.Scope, error) {
	return access.Scope{ID: access.TenantNodeID, Name: "acme"}, nil
}

func (p *people) SessionTimes() access.SessionTimes {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.times != (access.SessionTimes{}) {
		return p.times
	}
	return access.DefaultSettings().Sessions
}

func (*people) RecordDenial(access.Caller, error) {}

var ada = access.User{ID: "0199-ada", Email: "ada@acme.test"}

// house is a server with a few routes of each kind.
type house struct {
	*web.Server
	rows   *sessionRows
	people *people
	clock  *clock
	log    *logText
}

func newHouse(t testing.TB, change func(*web.Config)) *house {
	t.Helper()
	h := &house{
		rows:   &sessionRows{rows: map[[32]byte]access.Session{}},
		people: &people{users: map[string]access.User{ada.ID: ada}},
		clock:  newClock(),
		log:    &logText{},
	}
	cfg := web.Config{
		PublicURL:  must(url.Parse("http://127.0.0.1:8080")),
		Log:        slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:        h.clock.Now,
		SessionKey: []byte("a key for tests"),
	}
	if change != nil {
		change(&cfg)
	}
	h.Server = web.New(cfg, h.people, h.rows)
	h.addRoutes()
	return h
}

func (h *house) addRoutes() {
	public, console, api := h.Public(), h.Console(), h.API()
	public.GET("/sign-in", page("Sign in"))
	public.POST("/sign-in", func(c echo.Context) error {
		if err := web.StartSession(c, ada); err != nil {
			return err
		}
		return web.Redirect(c, c.FormValue("next"))
	})
	console.POST("/sign-out", func(c echo.Context) error {
		if err := web.EndSession(c); err != nil {
			return err
		}
		return web.Redirect(c, "/sign-in")
	})
	console.GET("/applications", page("Applications"))
	console.POST("/applications", page("Created"))
	console.GET("/account/password", page("Change password"))
	console.GET("/frame", func(c echo.Context) error {
		frame := web.Frame(c, "Applications", web.NavApplications)
		return c.JSON(http.StatusOK, map[string]any{
			"tenant": frame.Tenant, "user": frame.User.Name, "theme": frame.Preferences.Theme,
			"left": frame.SessionLeft.String(), "returnTo": frame.ReturnTo,
		})
	})
	console.GET("/caller", func(c echo.Context) error { return c.JSON(http.StatusOK, web.CallerOf(c).Origin) })
	api.GET("/api/v1/apps", func(c echo.Context) error { return c.JSON(http.StatusOK, []string{}) })
	api.POST("/api/v1/token", func(c echo.Context) error {
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, web.CallerOf(c).Origin)
	})
	api.POST("/api/v2/token", func(c echo.Context) error {
		return &web.OAuthError{Status: http.StatusUnauthorized, Code: "invalid_client", Description: "No."}
	})
}

// fails adds a console page that answers with the error.
func (h *house) fails(path string, err error) {
	h.Console().GET(path, func(echo.Context) error { return err })
	h.API().GET("/api/v1"+path, func(echo.Context) error { return err })
}

func page(title string) echo.HandlerFunc {
	return func(c echo.Context) error {
		return web.RenderEither(c, http.StatusOK, textPage("page: "+title), textPage("fragment: "+title))
	}
}

func textPage(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	})
}

// ask sends one request; headers are given as pairs.
func (h *house) ask(method, target, body string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	r.RemoteAddr = "192.0.2.7:4711"
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.Echo.ServeHTTP(rec, r)
	return rec.Result()
}

// signIn returns the cookie of a new session.
func (h *house) signIn(t testing.TB, headers ...string) string {
	t.Helper()
	return sessionCookie(t, h.ask(http.MethodPost, "/sign-in", "", headers...))
}

func sessionCookie(t testing.TB, res *http.Response) string {
	t.Helper()
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, "latchkey") {
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("no session cookie in %v", res.Header)
	return ""
}

func bodyOf(t testing.TB, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// logText is what was logged, read while the server may still be logging.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var errEngine = errors.New("disk I/O error at page 7 of /var/lib/latchkey.db")

// askTLS sends one request over a connection that is TLS.
func (h *house) askTLS(method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, "https://example.com"+target, nil) // sets r.TLS
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.Echo.ServeHTTP(rec, r)
	return rec.Result()
}
