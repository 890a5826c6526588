package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// surface is the kind of client that a path is for. It decides in which
// language errors are told, and whether cookies count.
type surface uint8

const (
	pages     surface = iota // people with a browser
	jsonAPI                  // programs, envelope errors (api-contract.md 0.5)
	oauth                    // programs, RFC 6749 errors (api-contract.md 1.2)
	decisions                // programs, error message strings (AuthZEN Authorization API 1.0)
)

// surfaceOf decides by the path alone, so that it also answers for paths that
// do not exist.
func surfaceOf(path string) surface {
	switch {
	case path == "/api/v2/token", strings.HasPrefix(path, "/api/v2/token/"), strings.HasPrefix(path, "/auth/realms/"):
		return oauth
	case strings.HasPrefix(path, "/access/"):
		return decisions
	case strings.HasPrefix(path, "/api/"), path == "/api",
		strings.HasPrefix(path, "/v1/k8s/"),
		strings.HasPrefix(path, "/.well-known/"):
		return jsonAPI
	default:
		return pages
	}
}

// tidyPath makes "//" and a trailing "/" of an API path the plain path, without
// a redirect: base URLs are typed by people, and many clients turn a redirected
// POST into a GET (api-contract.md section 7).
func tidyPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if untidy(u.Path) && surfaceOf(tidied(u.Path)) != pages {
			u.Path, u.RawPath = tidied(u.Path), tidied(u.RawPath)
		}
		return next(c)
	}
}

func untidy(path string) bool {
	return strings.Contains(path, "//") || (len(path) > 1 && path[len(path)-1] == '/')
}

func tidied(path string) string {
	if !untidy(path) {
		return path
	}
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	return "/" + strings.Join(segments, "/")
}

// notFound answers for every path that has no route. A path that has one for
// another method is a 405: the catch-all route of the groups hides that from
// Echo, so it is found out here.
func (s *Server) notFound(c echo.Context) error {
	allowed := s.methodsAt(c.Request())
	if len(allowed) == 0 {
		return echo.ErrNotFound
	}
	c.Response().Header().Set(echo.HeaderAllow, strings.Join(allowed, ", "))
	return echo.ErrMethodNotAllowed
}

func (s *Server) methodsAt(r *http.Request) []string {
	var allowed []string
	for _, method := range [...]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := s.Echo.NewContext(r, nil)
		s.Echo.Router().Find(method, echo.GetPath(r), probe)
		if path := probe.Path(); path != "" && path != catchAll {
			allowed = append(allowed, method)
			if method == http.MethodGet { // whatever answers GET answers HEAD
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	return allowed
}

// catchAll is the route of last resort.
const catchAll = "/*"
