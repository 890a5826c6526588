package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// verifyPath is what gateways ask before they let a request through: nginx
// auth_request, Traefik ForwardAuth and Caddy forward_auth at this very address.
// Envoy ext_authz cannot: it asks with the method of the request, and puts its
// path and query behind verifyRequestPath. docs/forward-auth.md has the
// configurations of all four.
const (
	verifyPath        = "/api/v1/auth/verify"
	verifyRequestPath = verifyPath + "/request"
)

// verifyMethods are those of requests that Envoy can ask about.
var verifyMethods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// The headers of a yes. All of them are in each and none is empty, so that a
// gateway that copies them overwrites what the client has sent by these names:
// some versions of Caddy leave that alone if ours is empty.
const (
	headerClientID = "X-Latchkey-Client-Id"
	headerSubject  = "X-Latchkey-Subject"
	headerScopes   = "X-Latchkey-Scopes"
)

// The headers in which Envoy asks, of which the client's own never arrive.
const (
	headerPermission = "X-Latchkey-Permission"
	headerScope      = "X-Latchkey-Scope"
)

// requirement is how a gateway says what it wants. What cannot be understood is
// an *access.RequirementError: a gateway whose requirement is misspelt must not
// let everybody in.
type requirement func(r *http.Request) (access.Requirement, error)

// verify answers a gateway whether a request with this access token may pass:
// 200 with who it is, 401 or 403, and no body. Gateways take any other status
// for a fault of ours, and let nobody in.
func (a *api) verify(read requirement) echo.HandlerFunc {
	return func(c echo.Context) error { return a.verifyHolder(c, read) }
}

func (a *api) verifyHolder(c echo.Context, read requirement) error {
	raw, ok := bearerToken(c.Request())
	if !ok {
		return turnAway(c, http.StatusUnauthorized, challenge)
	}
	need, unreadable := read(c.Request())
	holder, err := a.svc.VerifyToken(c.Request().Context(), raw, need)
	web.SetPrincipal(c, holder.Principal)
	if err == nil {
		err = unreadable
	}
	switch {
	case errors.Is(err, access.ErrUnauthenticated):
		return a.refuseToken(c, raw, err)
	case errors.Is(err, access.ErrForbidden):
		return a.refuseHolder(c, need, err)
	case err != nil:
		return err
	}
	h := c.Response().Header()
	h.Set(headerClientID, holder.ClientID)
	h.Set(headerSubject, string(holder.Type)+":"+holder.ID)
	h.Set(headerScopes, scopesOf(holder.Held))
	return c.NoContent(http.StatusOK)
}

// scopesOf names single permissions as OAuth writes scopes. It is no longer than
// all permissions together, which are 3.5 kB.
func scopesOf(held []access.Permission) string {
	if len(held) == 0 {
		return noScopes
	}
	var text strings.Builder
	for _, p := range held {
		for _, name := range p.Names() {
			if text.Len() > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(name)
		}
	}
	return text.String()
}

// noScopes is no permission: those have a colon.
const noScopes = "none"

// refuseToken tells the audit log, and slows down whoever shows the same dead
// token again and again. Whoever shows others is not slowed: behind a gateway
// they may share their address with all its clients, who then could not learn
// that their own token has expired.
func (a *api) refuseToken(c echo.Context, raw string, err error) error {
	a.svc.RecordRefusedToken(web.OriginOf(c), err)
	var throttled *access.ThrottledError
	if errors.As(a.server.RefusedToken(c, raw), &throttled) {
		return throttled
	}
	return turnAway(c, http.StatusUnauthorized, challengeInvalid)
}

// refuseHolder refuses who is known. That a requirement is one that nobody can
// meet is for whoever runs the gateway to know, and for nobody else.
func (a *api) refuseHolder(c echo.Context, need access.Requirement, err error) error {
	var mistake *access.RequirementError
	if errors.As(err, &mistake) {
		a.server.Warn(c, "a gateway asks for what nobody can have, so that it lets nobody in", slog.String("error", mistake.Message))
		return turnAway(c, http.StatusForbidden, challengeScope)
	}
	web.ToldRefusal(c, err)
	return turnAway(c, http.StatusForbidden, challengeScope+fmt.Sprintf(`, scope=%q`, need.Permission))
}

// challengeScope is that of RFC 6750 section 3.1 for a good token that is not
// enough; the scope that would be follows, where there is one.
const challengeScope = `Bearer realm="latchkey", error="insufficient_scope"`

func turnAway(c echo.Context, status int, challenge string) error {
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, challenge)
	return c.NoContent(status)
}

// requirementInQuery is for gateways whose address is their own. A slash at its
// end is what remains where Envoy was given this address by mistake, and then
// the query is the client's.
func requirementInQuery(r *http.Request) (need access.Requirement, err error) {
	if strings.HasSuffix(addressedPath(r), "/") {
		return access.Requirement{}, &access.RequirementError{
			Message: "the address ends in a slash; it is " + verifyPath + ", and " + verifyRequestPath + " as the path_prefix of Envoy",
		}
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return access.Requirement{}, &access.RequirementError{Message: "the query cannot be read"}
	}
	for name := range values {
		var field *string
		switch name {
		case "permission":
			field = &need.Permission
		case "scope":
			field = &need.Scope
		default:
			return access.Requirement{}, &access.RequirementError{Message: fmt.Sprintf("the query has %q; it can have permission and scope", name)}
		}
		if *field, err = onlyOne(name, values[name]); err != nil {
			return access.Requirement{}, err
		}
	}
	return need, nil
}

// requirementInHeaders is for Envoy: the rest of the address is the client's.
// Envoy always adds a path, so that without one the query may be a requirement
// that somebody has put in the wrong place.
func requirementInHeaders(r *http.Request) (need access.Requirement, err error) {
	if strings.HasSuffix(addressedPath(r), verifyRequestPath) {
		return access.Requirement{}, &access.RequirementError{Message: "the address has no path of a request behind " + verifyRequestPath}
	}
	if need.Permission, err = onlyOne(headerPermission, r.Header[headerPermission]); err != nil {
		return access.Requirement{}, err
	}
	if need.Scope, err = onlyOne(headerScope, r.Header[headerScope]); err != nil {
		return access.Requirement{}, err
	}
	return need, nil
}

// addressedPath is the path as it was sent, before it was tidied.
func addressedPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return path
}

// onlyOne is the one value; empty if there is none. An empty one is likely a
// variable that was not set, and not meant to let everybody in.
func onlyOne(name string, values []string) (string, error) {
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", &access.RequirementError{Message: name + " is there more than once"}
	case values[0] == "":
		return "", &access.RequirementError{Message: name + " is there without a value"}
	}
	return values[0], nil
}
