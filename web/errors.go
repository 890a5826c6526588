package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// Problem is an error with its status and with a sentence for whoever asked.
// Details is more for programs and those who write them: pages do not show it.
// Cause is for the log.
type Problem struct {
	Status     int
	Message    string
	Details    string
	RetryAfter time.Duration
	Cause      error
}

func (p *Problem) Error() string {
	if p.Cause != nil {
		return p.Message + ": " + p.Cause.Error()
	}
	return p.Message
}

func (p *Problem) Unwrap() error { return p.Cause }

// OAuthError is an error answer of RFC 6749 section 5.2. Description must not
// repeat what the client sent.
type OAuthError struct {
	Status      int
	Code        string // such as "invalid_client"
	Description string
	Cause       error
}

func (e *OAuthError) Error() string {
	if e.Cause != nil {
		return e.Code + ": " + e.Cause.Error()
	}
	return e.Code + ": " + e.Description
}

func (e *OAuthError) Unwrap() error { return e.Cause }

// statusClientGone is what the log says of a client that left before the
// answer; nobody receives it.
const statusClientGone = 499

// statuses is the one table from error to status.
var statuses = []struct {
	err    error
	status int
}{
	{access.ErrNotFound, http.StatusNotFound},
	{access.ErrForbidden, http.StatusForbidden},
	{access.ErrUnauthenticated, http.StatusUnauthorized},
	{access.ErrInvalid, http.StatusUnprocessableEntity},
	{access.ErrAlreadyDone, http.StatusConflict},
	{access.ErrConflict, http.StatusConflict},
	{access.ErrStale, http.StatusConflict},
	{access.ErrThrottled, http.StatusTooManyRequests},
	{access.ErrUnavailable, http.StatusServiceUnavailable},
	{access.ErrSetupUnknown, http.StatusNotFound},
	{access.ErrSetupDone, http.StatusNotFound},
	{access.ErrSetupExpired, http.StatusGone},
	{access.ErrSetupUsed, http.StatusGone},
	{errCrossOrigin, http.StatusForbidden},
	{context.DeadlineExceeded, http.StatusServiceUnavailable},
	{context.Canceled, statusClientGone},
	{syscall.EPIPE, statusClientGone}, // writing to a connection that the client has closed
	{syscall.ECONNRESET, statusClientGone},
}

// StatusOf is the HTTP status of an error; 500 for those nobody expected.
func StatusOf(err error) int {
	var (
		problem  *Problem
		oauthErr *OAuthError
		httpErr  *echo.HTTPError
		tooLarge *http.MaxBytesError
	)
	switch {
	case err == nil:
		return http.StatusOK
	case errors.As(err, &problem):
		return problem.Status
	case errors.As(err, &oauthErr):
		return oauthErr.Status
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	}
	for _, row := range statuses {
		if errors.Is(err, row.err) {
			return row.status
		}
	}
	if errors.As(err, &httpErr) {
		return httpErr.Code
	}
	return http.StatusInternalServerError
}

// failure is an error as it will be told.
type failure struct {
	status     int
	message    string
	details    string
	fields     []access.FieldError
	retryAfter time.Duration
}

// failureOf decides what is told. What the error itself says is told only where
// it was written for people; the rest is for the log.
func failureOf(err error) failure {
	f := failure{status: StatusOf(err)}
	var (
		problem    *Problem
		oauthErr   *OAuthError
		invalid    *access.InvalidError
		conflict   *access.ConflictError
		permission *access.PermissionError
		throttled  *access.ThrottledError
		done       *access.AlreadyDoneError
	)
	switch {
	case errors.As(err, &problem):
		f.message, f.details, f.retryAfter = problem.Message, problem.Details, problem.RetryAfter
	case errors.As(err, &oauthErr):
		f.message = oauthErr.Description
	case errors.As(err, &invalid):
		f.message, f.details = sentences(invalid.Fields), details(invalid.Fields)
		f.fields = invalid.Fields
	case errors.As(err, &conflict):
		f.message = conflict.Message
	case errors.As(err, &permission):
		f.message = permission.Error()
	case errors.As(err, &throttled):
		f.message, f.retryAfter = throttled.Error(), throttled.RetryAfter
	case errors.As(err, &done):
		f.message = done.Error()
	}
	if f.retryAfter == 0 && f.status == http.StatusServiceUnavailable {
		f.retryAfter = unavailableRetry
	}
	if f.message == "" {
		f.message = wordsFor(f.status).message
	}
	return f
}

// unavailableRetry is when to come back after a 503: most of them pass quickly.
const unavailableRetry = 2 * time.Second

func sentences(fields []access.FieldError) string {
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = f.Message
	}
	return strings.Join(texts, " ")
}

// words are what is said of a status when the error has nothing better to say.
type words struct{ title, message string }

func wordsFor(status int) words {
	switch status {
	case http.StatusBadRequest:
		return words{"We could not read this request", "Something in it is not as expected. Go back and try again."}
	case http.StatusUnauthorized:
		return words{"Please sign in", "This needs somebody who is signed in."}
	case http.StatusForbidden:
		return words{"You may not do this", "Your access rules do not allow it. Ask an administrator for access."}
	case http.StatusNotFound:
		return words{"Not found", "It does not exist, or not where you can see it. Check the address, or start from the list."}
	case http.StatusMethodNotAllowed:
		return words{"This cannot be done here", "The address exists, but not for what was asked of it."}
	case http.StatusConflict:
		return words{"Something changed meanwhile", "Somebody else changed this a moment ago. Look at the present state and try again."}
	case http.StatusGone:
		return words{"This link is no longer good", "It was used before, or its time is over."}
	case http.StatusRequestEntityTooLarge:
		return words{"That is too much at once", "The request is larger than 64 KiB. Send less."}
	case http.StatusUnprocessableEntity:
		return words{"Something needs correcting", "Go back, correct it and send it again."}
	case http.StatusTooManyRequests:
		return words{"Too many attempts", "Wait a moment, then try again."}
	case http.StatusServiceUnavailable:
		return words{"Not available at the moment", "Nothing was changed. Try again in a few seconds."}
	default:
		if status < http.StatusInternalServerError {
			return words{"This did not work", "Go back and try again."}
		}
		return words{"Something went wrong", "It is our fault, not yours, and it is in the log. Try again; if it happens again, quote the reference below."}
	}
}

// crossOriginMessage says what a person can do about a refused form.
const crossOriginMessage = "This form was sent from another site, or from a page that was opened another way. Open the page again here and send it once more."

// handleError is the one place where an error becomes an answer.
func (s *Server) handleError(err error, c echo.Context) {
	f := failureOf(err)
	if errors.Is(err, errCrossOrigin) {
		f.message = crossOriginMessage
	}
	s.logFailure(c, f, err)
	if c.Response().Committed {
		return // half an answer is out; the log is all that can be told
	}
	if c.Request().Context().Err() != nil {
		c.Response().Status = statusClientGone // for the log; there is nobody to tell
		return
	}
	forgetAnswer(c.Response().Header())
	if drawErr := s.answerFailure(c, f, err); drawErr != nil {
		s.cfg.Log.ErrorContext(c.Request().Context(), "answer an error", "request", requestID(c), "error", drawErr)
		if !c.Response().Committed {
			http.Error(c.Response(), wordsFor(f.status).title, f.status)
		}
	}
}

// forgetAnswer takes back what the handler had said of an answer that there will
// not be: the page of an error is no download, and raises no events.
func forgetAnswer(h http.Header) {
	for _, name := range [...]string{"Content-Disposition", "Content-Encoding", "Content-Length", "Content-Type", "ETag", "Last-Modified",
		hxPushURL, hxRetarget, hxReswap, hxTrigger} {
		h.Del(name)
	}
}

// Warn tells whoever runs the installation of something that a request has shown
// to be wrong with it.
func (s *Server) Warn(c echo.Context, message string, attrs ...slog.Attr) {
	ctx := context.WithoutCancel(c.Request().Context())
	s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, message, append(attrs, slog.String("request", requestID(c)), slog.String("source", c.RealIP()))...)
}

func (s *Server) logFailure(c echo.Context, f failure, err error) {
	level := slog.LevelDebug
	if f.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	ctx := context.WithoutCancel(c.Request().Context())
	if !s.cfg.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("request", requestID(c)), slog.Int("status", f.status), slog.String("error", err.Error())}
	var p *panicError
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	s.cfg.Log.LogAttrs(ctx, level, "request failed", attrs...)
}

func (s *Server) answerFailure(c echo.Context, f failure, err error) error {
	if f.status == statusClientGone {
		f.status = http.StatusServiceUnavailable // the client is there: something of ours gave up
	}
	h := c.Response().Header()
	h["Cache-Control"] = noStore
	if f.retryAfter > 0 {
		h.Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(f.retryAfter.Seconds()))))
	}
	switch surfaceOf(c.Request().URL.Path) {
	case oauth:
		return answerOAuth(c, f, err)
	case jsonAPI:
		return answerEnvelope(c, f, err)
	case decisions:
		return answerDecision(c, f, err)
	default:
		return s.answerPage(c, f)
	}
}

// envelope is the error body of api-contract.md 0.5.
type envelope struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Details string `json:"details,omitempty"`
}

func answerEnvelope(c echo.Context, f failure, err error) error {
	status := challenged(c, f, err)
	return answerJSON(c, status, envelope{Code: status, Message: f.message, Details: f.details})
}

// answerDecision is the error body of the AuthZEN Authorization API: "an error
// message string".
func answerDecision(c echo.Context, f failure, err error) error {
	return answerJSON(c, challenged(c, f, err), f.message)
}

// challenged is the status for a program, and says in the header how to get past it.
func challenged(c echo.Context, f failure, err error) (status int) {
	// The contract knows no 422: bad input is a 400 there.
	if f.status == http.StatusUnprocessableEntity {
		f.status = http.StatusBadRequest
	}
	if challenge := challengeFor(f.status, err); challenge != "" && c.Response().Header().Get(echo.HeaderWWWAuthenticate) == "" {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, challenge)
	}
	return f.status
}

// details names the fields, for programs that point at them.
func details(fields []access.FieldError) string {
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = f.Field + ": " + f.Message
	}
	return strings.Join(texts, " ")
}

// The challenges of RFC 6750 section 3 and RFC 7617.
const (
	bearerChallenge = `Bearer realm="latchkey"`
	basicChallenge  = `Basic realm="latchkey", charset="UTF-8"`
)

// challengeFor is what comes with every refusal of whoever has no token, or one
// that does not open what it was shown to (RFC 6750 sections 3 and 3.1). The scope
// is the permission that would; it is left out where no single one would.
func challengeFor(status int, err error) string {
	switch status {
	case http.StatusUnauthorized:
		return bearerChallenge
	case http.StatusForbidden:
		challenge := bearerChallenge + `, error="insufficient_scope"`
		if missing := (*access.PermissionError)(nil); errors.As(err, &missing) && missing.Message == "" {
			challenge += `, scope="` + string(missing.Resource) + ":" + string(missing.Action) + `"`
		}
		return challenge
	}
	return ""
}

// oauthBody is the error body of RFC 6749 section 5.2. A failure of ours carries
// the envelope's two keys as well (api-contract.md 1.2).
type oauthBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
	Code        int    `json:"code,omitempty"`
	Message     string `json:"message,omitempty"`
}

func answerOAuth(c echo.Context, f failure, err error) error {
	if f.status == http.StatusUnprocessableEntity {
		f.status = http.StatusBadRequest
	}
	body := oauthBody{Error: oauthCode(f.status), Description: oauthText(f.message)}
	var known *OAuthError
	if errors.As(err, &known) {
		body.Error = known.Code
	}
	if f.status >= http.StatusInternalServerError {
		body.Code, body.Message = f.status, f.message
	}
	if f.status == http.StatusUnauthorized {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, basicChallenge)
	}
	c.Response().Header()["Pragma"] = noCache
	return answerJSON(c, f.status, body)
}

// oauthText leaves out what an error_description must not have (RFC 6749 section
// 5.2): our own sentences have none of it, but the names that people gave do.
func oauthText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r < ' ' || r > '~' || r == '\\':
			return '?'
		}
		return r
	}, s)
}

func oauthCode(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "invalid_client"
	case status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
		return "temporarily_unavailable"
	case status >= http.StatusInternalServerError:
		return "server_error"
	default:
		return "invalid_request"
	}
}

func answerJSON(c echo.Context, status int, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.Blob(status, contentJSON, b)
}

const contentJSON = "application/json; charset=utf-8"
