package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// The challenges of RFC 6750 section 3: a client that sent no token learns how
// to authenticate and nothing of errors.
const (
	challenge        = `Bearer realm="latchkey"`
	challengeInvalid = `Bearer realm="latchkey", error="invalid_token", error_description="The access token is not valid."`
)

// requireToken lets only the holder of a living access token pass. 401 is for a
// missing, expired or refused token only: clients repeat a 401 four times, so
// "may not" is always a 403.
func (a *api) requireToken(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		raw, ok := bearerToken(c.Request())
		if !ok {
			return unauthorized(c, challenge, "This needs an access token in the header Authorization, after the word Bearer.", nil)
		}
		principal, err := a.svc.TokenPrincipal(c.Request().Context(), raw)
		if errors.Is(err, access.ErrUnauthenticated) {
			a.svc.RecordRefusedToken(web.OriginOf(c), err)
			return unauthorized(c, challengeInvalid, "The access token is not valid: it has expired, or its application was disabled, deleted or given a new key.", err)
		}
		if err != nil {
			return err
		}
		web.SetPrincipal(c, principal)
		return next(c)
	}
}

func unauthorized(c echo.Context, challenge, message string, cause error) error {
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, challenge)
	return &web.Problem{Status: http.StatusUnauthorized, Message: message, Cause: cause}
}

// bearerToken reads the one Authorization header; the scheme's case is free
// (RFC 9110 section 11.1). A token in the query or the body is not looked at.
func bearerToken(r *http.Request) (string, bool) {
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return "", false
	}
	scheme, token, found := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if !found || token == "" || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return token, true
}
