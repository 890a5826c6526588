package web

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"
)

func isLoopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// refusePlainHTTP keeps an installation that is published over https from
// answering secrets over http: a client that was configured with the wrong
// scheme learns it at the first request, not after a redirect has carried its
// key in the clear twice. The machine itself may, for health checks and repairs.
func (s *Server) refusePlainHTTP(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if !s.cfg.secure() || r.TLS != nil || c.Scheme() == "https" || fromLoopback(r) || isProbe(r.URL.Path) {
			return next(c)
		}
		return &Problem{Status: http.StatusForbidden, Message: "This is only served over HTTPS. " +
			"If a proxy terminates TLS, it must be listed in LATCHKEY_TRUSTED_PROXIES and send X-Forwarded-Proto: https."}
	}
}

// fromLoopback looks at the socket, never at a header.
func fromLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && isLoopbackHost(host)
}

func isProbe(path string) bool { return path == healthPath || path == readyPath }
