package web

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// maxUserAgent is how much of a User-Agent header the audit log keeps.
const maxUserAgent = 256

// OriginOf is where the request came from. The address is that of the socket
// unless a trusted proxy says otherwise.
func OriginOf(c echo.Context) access.Origin {
	r := c.Request()
	return access.Origin{
		SourceIP:   c.RealIP(),
		UserAgent:  clip(r.UserAgent(), maxUserAgent),
		HTTPMethod: r.Method,
		URL:        r.URL.EscapedPath(),
		RequestID:  requestID(c),
	}
}

func clip(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "")
}

// identifyRequest names the request. A name that the client sends is not taken
// over: it could repeat another request's.
func (s *Server) identifyRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := uuid.NewRandomFromReader(s.cfg.Random)
		if err != nil {
			return err
		}
		c.Response().Header()[requestIDHeader] = []string{id.String()}
		return next(c)
	}
}

// EchoRequestID answers under the name that the client has given its request, as
// the OpenID AuthZEN Authorization API 1.0 wants it (section 10.1.3). In the logs the
// request keeps the name that we gave it.
func EchoRequestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if theirs := c.Request().Header[requestIDHeader]; len(theirs) == 1 {
			c.Set(ownRequestID, requestID(c))
			c.Response().Header()[requestIDHeader] = theirs
		}
		return next(c)
	}
}

// ownRequestID is where our name of a request is while the answer has another.
const ownRequestID = "latchkey.request"

// Reference is what a person quotes when they ask for help with a refusal that a
// handler tells of by itself: the name of the request, as on error pages.
func Reference(c echo.Context) string { return requestID(c) }

// requestID is the name of the request, which error pages show and log lines carry.
func requestID(c echo.Context) string {
	if own, kept := c.Get(ownRequestID).(string); kept {
		return own
	}
	if id := c.Response().Header()[requestIDHeader]; len(id) == 1 {
		return id[0]
	}
	return ""
}

// headKey marks a request that came as HEAD while its route is looked up.
const headKey = "latchkey.head"

// routeHeadAsGet finds the route of GET for HEAD (RFC 9110 section 9.3.2).
func routeHeadAsGet(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := c.Request(); r.Method == http.MethodHead {
			c.Set(headKey, true)
			r.Method = http.MethodGet // Echo looks at this very request, not at a copy
		}
		return next(c)
	}
}

// restoreHead gives the method back once the route is found: net/http sends no
// body because of it.
func restoreHead(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Get(headKey) != nil {
			c.Request().Method = http.MethodHead
		}
		return next(c)
	}
}

// isSafe reports whether a request asks without changing anything.
func isSafe(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}
