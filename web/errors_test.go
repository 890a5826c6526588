package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

func TestStatusOf(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("while doing something: %w", err) }
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 200},
		{access.ErrNotFound, 404},
		{access.ErrForbidden, 403},
		{&access.PermissionError{Action: access.Create, Resource: access.Applications, ScopeName: "acme"}, 403},
		{access.ErrUnauthenticated, 401},
		{access.Invalid("name", "Too long."), 422},
		{&access.ConflictError{Message: "Taken."}, 409},
		{access.ErrStale, 409},
		{&access.AlreadyDoneError{}, 409},
		{&access.ThrottledError{RetryAfter: time.Second}, 429},
		{access.ErrUnavailable, 503},
		{access.ErrSetupUnknown, 404},
		{access.ErrSetupExpired, 410},
		{access.ErrSetupUsed, 410},
		{access.ErrSetupDone, 404},
		{&http.MaxBytesError{Limit: 1}, 413},
		{context.DeadlineExceeded, 503},
		{&net.OpError{Op: "write", Err: syscall.EPIPE}, 499},
		{echo.ErrNotFound, 404},
		{echo.ErrMethodNotAllowed, 405},
		{echo.NewHTTPError(400, "odd").SetInternal(&http.MaxBytesError{Limit: 1}), 413},
		{&web.Problem{Status: 418, Message: "No coffee."}, 418},
		{&web.OAuthError{Status: 400, Code: "invalid_request"}, 400},
		{errors.New("anything else"), 500},
	} {
		if got := web.StatusOf(tt.err); got != tt.want {
			t.Errorf("StatusOf(%v) = %d, want %d", tt.err, got, tt.want)
		}
		if tt.err != nil && web.StatusOf(wrapped(tt.err)) != tt.want {
			t.Errorf("StatusOf(%v), wrapped = %d, want %d", tt.err, web.StatusOf(wrapped(tt.err)), tt.want)
		}
	}
}

// TestErrorPages shows what a person is told: a whole page with a title, a
// heading, plain words, a way on and a reference, or the short form of it; and
// never what went wrong inside (ux.md 43, security.md 46).
func TestErrorPages(t *testing.T) {
	tests := map[string]struct {
		err    error
		status int
		says   string
	}{
		"/not-found":   {access.ErrNotFound, 404, "does not exist"},
		"/forbidden":   {&access.PermissionError{Action: access.Delete, Resource: access.Applications, ScopeName: "acme / eu-1"}, 403, "delete"},
		"/conflict":    {&access.ConflictError{Message: "ci is taken."}, 409, "ci is taken."},
		"/invalid":     {access.Invalid("filterBy", "There is no column <b>colour</b>."), 422, "There is no column &lt;b&gt;colour&lt;/b&gt;."},
		"/throttled":   {&access.ThrottledError{RetryAfter: 90 * time.Second}, 429, "Try again in 1m30s."},
		"/unavailable": {fmt.Errorf("list: %w: %w", access.ErrUnavailable, errEngine), 503, "Nothing was changed."},
		"/broken":      {fmt.Errorf("list: %w", errEngine), 500, "in the log"},
		"/slow":        {context.DeadlineExceeded, 503, "Nothing was changed."},
		"/large":       {&http.MaxBytesError{Limit: 1}, 413, "64 KiB"},
	}
	h := newHouse(t, nil)
	for path, tt := range tests {
		h.fails(path, tt.err)
	}
	h.Console().GET("/panics", func(echo.Context) error { panic(errEngine) })
	tests["/panics"] = tests["/broken"]
	cookie := h.signIn(t)

	for path, tt := range tests {
		t.Run(path[1:], func(t *testing.T) {
			res := h.ask(http.MethodGet, path, "", "Cookie", cookie)
			body := bodyOf(t, res)
			if res.StatusCode != tt.status {
				t.Errorf("status %d, want %d", res.StatusCode, tt.status)
			}
			for _, part := range []string{"<title>", "<h1", tt.says, `href="/"`} {
				if !strings.Contains(body, part) {
					t.Errorf("the page has no %s: %s", part, body)
				}
			}
			if id := res.Header.Get("X-Request-Id"); tt.status != 422 && !strings.Contains(body, id) {
				t.Error("the page does not show the reference")
			}
			checkNothingInside(t, body)
			if got := res.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control = %q", got)
			}

			res = h.ask(http.MethodGet, path, "", "Cookie", cookie, "HX-Request", "true", "HX-Request-Type", "partial")
			body = bodyOf(t, res)
			if res.StatusCode != tt.status || strings.Contains(body, "<html") || !strings.Contains(body, tt.says) {
				t.Errorf("fragment: %d %s", res.StatusCode, body)
			}
			checkNothingInside(t, body)
		})
	}
}

func checkNothingInside(t *testing.T, body string) {
	t.Helper()
	for _, inside := range []string{"disk I/O", "latchkey.db", "goroutine", ".go:"} {
		if strings.Contains(body, inside) {
			t.Errorf("the answer tells %q", inside)
		}
	}
}

func TestErrorPageForStrangers(t *testing.T) {
	h := newHouse(t, nil)
	res := h.ask(http.MethodGet, "/no/such/page", "")
	body := bodyOf(t, res)
	if res.StatusCode != http.StatusNotFound || !strings.Contains(body, "<h1") || strings.Contains(body, "Sign out") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// TestErrorEnvelope shows what a program is told (api-contract.md 0.5).
func TestErrorEnvelope(t *testing.T) {
	h := newHouse(t, nil)
	h.fails("/invalid", access.Invalid("filterBy", "There is no column colour."))
	h.fails("/broken", errEngine)
	h.fails("/unavailable", access.ErrUnavailable)
	h.fails("/forbidden", &access.PermissionError{Action: access.Read, Resource: access.Applications, ScopeName: "acme"})
	for _, tt := range []struct {
		method, path string
		status       int
		message      string
	}{
		{"GET", "/api/v1/invalid", 400, "There is no column colour."},
		{"GET", "/api/v1/broken", 500, ""},
		{"GET", "/api/v1/unavailable", 503, ""},
		{"GET", "/api/v1/forbidden", 403, "This needs the permission to read"},
		{"GET", "/api/v1/nothing/here", 404, ""},
		{"GET", "/api", 404, ""},
		{"GET", "/.well-known/nothing", 404, ""},
		{"DELETE", "/api/v1/token", 405, ""},
		{"GET", "/v1/k8s/nothing", 404, ""},
	} {
		res := h.ask(tt.method, tt.path, "")
		body := bodyOf(t, res)
		var got struct {
			Code    int
			Message string
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Errorf("%s: %v in %s", tt.path, err, body)
			continue
		}
		if res.StatusCode != tt.status || got.Code != tt.status || got.Message == "" || !strings.HasPrefix(got.Message, tt.message) {
			t.Errorf("%s %s: %d %s, want %d", tt.method, tt.path, res.StatusCode, body, tt.status)
		}
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: Content-Type %q", tt.path, res.Header.Get("Content-Type"))
		}
		checkNothingInside(t, body)
		if tt.status == 405 && res.Header.Get("Allow") != "POST" {
			t.Errorf("Allow = %q", res.Header.Get("Allow"))
		}
	}
}

func TestOAuthErrors(t *testing.T) {
	h := newHouse(t, nil)
	res := h.ask(http.MethodPost, "/api/v2/token", "")
	want := `{"error":"invalid_client","error_description":"No."}`
	if got := bodyOf(t, res); got != want || res.StatusCode != 401 {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	if got := res.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Basic ") {
		t.Errorf("WWW-Authenticate = %q", got)
	}
	res = h.ask(http.MethodGet, "/api/v2/token", "")
	if got := bodyOf(t, res); res.StatusCode != 405 || !strings.Contains(got, `"error":"invalid_request"`) {
		t.Errorf("%d %s", res.StatusCode, got)
	}
}

// TestRefusedDownloadIsNoDownload: the page of an error must not be saved as the file.
func TestRefusedDownloadIsNoDownload(t *testing.T) {
	h := newHouse(t, nil)
	h.Console().GET("/x.csv", func(c echo.Context) error {
		c.Response().Header().Set("Content-Disposition", `attachment; filename="x.csv"`)
		web.Trigger(c, "exported", nil)
		return access.ErrForbidden
	})
	res := h.ask(http.MethodGet, "/x.csv", "", "Cookie", h.signIn(t))
	if res.StatusCode != 403 || res.Header.Get("Content-Disposition") != "" || res.Header.Get("HX-Trigger") != "" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}

func TestPageThatFailsToDraw(t *testing.T) {
	h := newHouse(t, nil)
	half := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half a page")
		return errEngine
	})
	h.Public().GET("/half", func(c echo.Context) error { return web.Render(c, 200, half) })
	res := h.ask(http.MethodGet, "/half", "")
	if body := bodyOf(t, res); res.StatusCode != 500 || strings.Contains(body, "half a page") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// TestLogNamesTheCauseAndNoSecret: the log has the cause and the reference, and
// no query, header or body.
func TestLogNamesTheCauseAndNoSecret(t *testing.T) {
	h := newHouse(t, nil)
	h.fails("/broken", errEngine)
	cookie := h.signIn(t)
	res := h.ask(http.MethodGet, "/broken?token=canary-query", "", "Cookie", cookie, "Authorization", "Bearer canary-bearer")
	h.ask(http.MethodPost, "/api/v1/token", `{"clientSecret":"canary-body"}`)
	h.ask(http.MethodGet, "/nowhere%0alevel=INFO%20actor=root", "")
	log := h.log.String()
	for _, part := range []string{"disk I/O error", res.Header.Get("X-Request-Id"), "path=/broken", "source=192.0.2.7"} {
		if !strings.Contains(log, part) {
			t.Errorf("the log has no %q", part)
		}
	}
	_, id, _ := strings.Cut(cookie, "=")
	for _, secret := range []string{"canary", id} {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("a forged line: %q", line)
		}
	}
}

// TestOAuthDescriptions: the letters of an error_description are those of RFC 6749
// section 5.2, whatever somebody has called their department.
func TestOAuthDescriptions(t *testing.T) {
	h := newHouse(t, nil)
	h.API().GET("/api/v2/token/introspect", func(echo.Context) error {
		return &web.OAuthError{Status: 403, Code: "unauthorized_client", Description: "Not in \"Zürich\\\n東\"."}
	})
	res := h.ask(http.MethodGet, "/api/v2/token/introspect", "")
	var got struct {
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal([]byte(bodyOf(t, res)), &got); err != nil || got.Description != "Not in 'Z?rich???'." {
		t.Errorf("%q, %v", got.Description, err)
	}
}

// TestChallenges: whoever has no token that opens it is told what would (RFC 6750
// section 3), and nobody else is.
func TestChallenges(t *testing.T) {
	h := newHouse(t, nil)
	for path, tt := range map[string]struct {
		err  error
		want string
	}{
		"/none":    {access.ErrUnauthenticated, `Bearer realm="latchkey"`},
		"/lacking": {&access.PermissionError{Action: access.Read, Resource: access.Users, ScopeName: "acme"}, `Bearer realm="latchkey", error="insufficient_scope", scope="users:read"`},
		"/special": {&access.PermissionError{Action: access.Read, Resource: access.Users, Message: "Nobody grants what they do not hold."}, `Bearer realm="latchkey", error="insufficient_scope"`},
		"/absent":  {access.ErrNotFound, ""},
	} {
		h.fails(path, tt.err)
		if got := h.ask(http.MethodGet, "/api/v1"+path, "").Header.Get("WWW-Authenticate"); got != tt.want {
			t.Errorf("%s: %q, want %q", path, got, tt.want)
		}
	}
}

// TestDecisionErrors: the AuthZEN Authorization API tells of an error by a message
// string, also at an address below it that does not exist.
func TestDecisionErrors(t *testing.T) {
	h := newHouse(t, nil)
	h.API().GET("/access/v1/fails", func(echo.Context) error { return access.Invalid("action", "action is missing.") })
	for path, want := range map[string]struct {
		status  int
		message string
	}{"/access/v1/fails": {400, "action is missing."}, "/access/v1/nothing": {404, ""}} {
		res := h.ask(http.MethodGet, path, "")
		var got string
		if err := json.Unmarshal([]byte(bodyOf(t, res)), &got); err != nil || res.StatusCode != want.status || got == "" || want.message != "" && got != want.message {
			t.Errorf("%s: %d %q, %v", path, res.StatusCode, got, err)
		}
	}
}
