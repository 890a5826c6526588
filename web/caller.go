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

// requestID is the name of the request, which error pages show and log lines carry.
func requestID(c echo.Context) string {
	if id := c.Response().Header()[requestIDHeader]; len(id) == 1 {
		return id[0]
	}
	return ""
}

// headAsGet routes HEAD to the handler of GET. The connection still knows that
// it was HEAD and sends no body.
func headAsGet(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := c.Request(); r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			c.SetRequest(&get)
		}
		return next(c)
	}
}
