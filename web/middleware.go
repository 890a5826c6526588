package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// logRequests writes one line per request: never a query string, which may hold
// what people search for or a set-up secret, never a header, never a body. It
// stands outside of recoverPanics, so that a panic has its line too. Tokens and
// assets that were served as they should are told at debug level only: they come
// by the thousand, and the store counts the tokens.
//
// An answer that broke off half-way has its line too, before its connection is cut.
func (s *Server) logRequests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.cfg.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		took := s.cfg.Now().Sub(start)
		s.logRequest(c, took)
		if s.cfg.Observe != nil {
			s.cfg.Observe(knownMethod(c.Request().Method), c.Path(), c.Response().Status, took)
		}
		if broken := (*brokenAnswer)(nil); errors.As(err, &broken) {
			panic(http.ErrAbortHandler)
		}
		return nil // it has been answered
	}
}

// knownMethod is the method of a request, if it is one that has a meaning here.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "other"
	}
}

func (s *Server) logRequest(c echo.Context, took time.Duration) {
	ctx, level := c.Request().Context(), requestLevel(c)
	if !s.cfg.Log.Enabled(ctx, level) {
		return
	}
	s.cfg.Log.LogAttrs(ctx, level, "request",
		slog.String("request", requestID(c)),
		slog.String("method", c.Request().Method),
		slog.String("path", c.Request().URL.EscapedPath()),
		slog.Int("status", c.Response().Status),
		slog.Int64("bytes", c.Response().Size),
		slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.String("source", c.RealIP()),
		slog.String("by", CallerOf(c).Principal.Name),
	)
}

func requestLevel(c echo.Context) slog.Level {
	status, path := c.Response().Status, c.Path()
	switch {
	case status >= http.StatusBadRequest:
		return slog.LevelInfo
	case isProbe(path), strings.HasPrefix(path, "/static/"), strings.HasSuffix(path, "token"), strings.HasPrefix(path, "/api/v1/auth/verify"):
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}

// recordDenials tells the audit log of what somebody was not shown (security.md
// 42). Refused changes are told by the use case that refused them.
func (s *Server) recordDenials(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		refusal, told := err, false
		if err == nil && c.Response().Status == http.StatusForbidden {
			refusal, told = toldRefusal(c)
		}
		if errors.Is(refusal, access.ErrForbidden) && CallerOf(c).Principal.ID != "" && (told || isReading(c.Request(), refusal)) {
			s.svc.RecordDenial(CallerOf(c), refusal)
		}
		return err
	}
}

// isReading reports whether a refused request would have changed nothing; some
// questions are too long for an address, and are posted.
func isReading(r *http.Request, refusal error) bool {
	var missing *access.PermissionError
	return isSafe(r) || errors.As(refusal, &missing) && missing.Action == access.Read
}

// refusalKey is where a refusal travels that a handler has told by itself.
const refusalKey = "latchkey.refusal"

// ToldRefusal notes why a handler that changes nothing answers with a 403 of its
// own, instead of returning the error: the audit log wants to know what was missing.
func ToldRefusal(c echo.Context, refusal error) { c.Set(refusalKey, refusal) }

func toldRefusal(c echo.Context) (refusal error, told bool) {
	if refusal, told = c.Get(refusalKey).(error); told {
		return refusal, true
	}
	return access.ErrForbidden, false
}

// recoverPanics turns a panic into a 500. The stack goes to the log only.
func (s *Server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			r := recover()
			if r == nil {
				return
			}
			if r == http.ErrAbortHandler {
				panic(r) // net/http's own way to drop the connection
			}
			err = &panicError{value: r, stack: debug.Stack()}
		}()
		return next(c)
	}
}

type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// The headers of every answer (security.md 33 and 34). They are shared: setting
// them costs no allocation, and nobody may change them in place.
var (
	contentSecurityPolicy = []string{"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"}
	dataSecurityPolicy = []string{"default-src 'none'; frame-ancestors 'none'"}
	nosniff            = []string{"nosniff"}
	sameOrigin         = []string{"same-origin"}
	strictTransport    = []string{"max-age=63072000"}
	revalidate         = []string{"private, no-cache"}
)

// secureHeaders sets them before anything can answer. Same-origin as referrer
// policy, because a form posted after the session has ended leads back to its page.
func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h["X-Content-Type-Options"] = nosniff
		h["Referrer-Policy"] = sameOrigin
		h["Cross-Origin-Opener-Policy"] = sameOrigin
		h["Cross-Origin-Resource-Policy"] = sameOrigin
		if surfaceOf(c.Request().URL.Path) == pages {
			h["Content-Security-Policy"] = contentSecurityPolicy
			h["Cache-Control"] = revalidate
		} else {
			h["Content-Security-Policy"] = dataSecurityPolicy
			h["Cache-Control"] = noStore
		}
		if c.Scheme() == "https" {
			h["Strict-Transport-Security"] = strictTransport
		}
		return next(c)
	}
}

// refuseOddText refuses a path or a query that is not text: what no name, id or
// search term can be should not reach a database that would choke on it.
func refuseOddText(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if !isText(u.Path) {
			return echo.ErrNotFound
		}
		if !isTextQuery(u) {
			return &Problem{Status: http.StatusBadRequest, Message: "The address holds characters that are not text. Go back and try again."}
		}
		return next(c)
	}
}

// isTextQuery looks at names and values as they will be read, and at the query
// as it came: browsers encode what is no ASCII, others need not.
func isTextQuery(u *url.URL) bool {
	if !isText(u.RawQuery) {
		return false
	}
	if !strings.Contains(u.RawQuery, "%") {
		return true
	}
	for name, values := range u.Query() {
		if !isText(name) || slices.ContainsFunc(values, func(value string) bool { return !isText(value) }) {
			return false
		}
	}
	return true
}

// isText allows what people type, line breaks of a text area included.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// limitBody refuses bodies over 64 KiB, or over what AllowBody says of the
// route: at once where the length is announced, and while reading where it is
// not.
func (s *Server) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, limit := c.Request(), int64(maxBodyBytes)
		if larger, allowed := s.largerBodies[c.Path()]; allowed {
			limit = larger
		}
		if r.ContentLength > limit {
			return &http.MaxBytesError{Limit: limit}
		}
		if r.ContentLength < 0 {
			r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		}
		return next(c)
	}
}

// errCrossOrigin is a request that another site made the browser send.
var errCrossOrigin = errors.New("cross-origin request")

// refuseCrossOrigin protects everything that a cookie could authorise. API paths
// never look at cookies, so there is nothing that another site could borrow.
func (s *Server) refuseCrossOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if surfaceOf(r.URL.Path) != pages {
			return next(c)
		}
		if err := s.crossOrigin.Check(r); err != nil {
			return fmt.Errorf("%w: %w", errCrossOrigin, err)
		}
		return next(c)
	}
}

// deadlineKey finds the deadline of a request in its context.
type deadlineKey struct{}

// deadline ends the work of a request that takes too long, database included.
// Unlike a context.WithTimeout it can be lifted by an answer that is long on purpose.
type deadline struct {
	context.Context
	timer *time.Timer
}

func (d *deadline) Value(key any) any {
	if key == (deadlineKey{}) {
		return d
	}
	return d.Context.Value(key)
}

func (d *deadline) lift() { d.timer.Stop() }

// errTooSlow is the cause of a context that the deadline ended.
var errTooSlow = fmt.Errorf("the request took too long: %w", context.DeadlineExceeded)

// limitTime gives the work a deadline. The telling of an error is no part of it.
func (s *Server) limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		ctx, cancel := context.WithCancelCause(r.Context())
		timer := time.AfterFunc(s.cfg.Timeouts.Request, func() { cancel(errTooSlow) })
		defer func() {
			timer.Stop()
			cancel(nil)
			c.SetRequest(r)
		}()
		c.SetRequest(r.WithContext(&deadline{Context: ctx, timer: timer}))
		return causeOf(next(c), ctx)
	}
}

// causeOf tells a request that took too long from a client that left: the
// context of both is canceled.
func causeOf(err error, ctx context.Context) error {
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}
