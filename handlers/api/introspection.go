package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// contentIntrospection is the media type of a signed answer (RFC 9701 section 4).
const contentIntrospection = "application/token-introspection+jwt"

// inactive is the whole answer about every token that is not good, or not within
// reach of who asks: nobody learns which (RFC 7662 section 2.2).
const inactive = `{"active":false}`

// introspection is the answer about a token that is good (RFC 7662 section 2.2).
type introspection struct {
	Active      bool   `json:"active"`
	Scope       string `json:"scope,omitempty"`
	ClientID    string `json:"client_id"`
	TokenType   string `json:"token_type"`
	ExpiresAt   int64  `json:"exp"`
	IssuedAt    int64  `json:"iat"`
	Subject     string `json:"sub"`
	SubjectType string `json:"sub_type"`
	Audience    any    `json:"aud"` // one string, or several
	Issuer      string `json:"iss"`
	ID          string `json:"jti"`
	TenantID    int64  `json:"tenant_id"`
}

// introspect tells a client about a token (RFC 7662), signed if the client would
// like to show the answer to others (RFC 9701).
func (a *api) introspect(c echo.Context) error {
	auth, raw, err := readTokenInQuestion(c.Request())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	told, err := a.svc.Introspect(ctx, web.OriginOf(c), auth, raw)
	if err = a.slowGuessing(c, auth, err); err != nil {
		return oauthRefusal(err)
	}
	body, err := introspectionBody(told)
	if err != nil {
		return err
	}
	web.NoStore(c)
	c.Response().Header().Add(echo.HeaderVary, echo.HeaderAccept)
	if !wantsSigned(c.Request().Header) {
		return c.Blob(http.StatusOK, contentJSON, body)
	}
	signed, err := a.svc.SignIntrospection(ctx, told, body)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, contentIntrospection, []byte(signed))
}

func introspectionBody(told access.Introspection) ([]byte, error) {
	if !told.Active {
		return []byte(inactive), nil
	}
	claims := told.Claims
	answer := introspection{
		Active: true, Scope: claims.Scope, ClientID: claims.ClientID, TokenType: "Bearer",
		ExpiresAt: claims.ExpiresAt, IssuedAt: claims.IssuedAt,
		Subject: claims.Subject, SubjectType: string(claims.SubjectType), Audience: claims.Audience,
		Issuer: claims.Issuer, ID: claims.ID, TenantID: claims.TenantID,
	}
	if len(claims.Audience) == 1 {
		answer.Audience = claims.Audience[0]
	}
	return json.Marshal(answer)
}

// wantsSigned: the media type must be named, since JSON is what everybody
// understands, and not be named as unwanted (RFC 9110 section 12.5.1).
func wantsSigned(h http.Header) bool {
	for accept := range strings.SplitSeq(strings.Join(h.Values(echo.HeaderAccept), ","), ",") {
		mediaType, parameters, err := mime.ParseMediaType(accept)
		if err != nil || mediaType != contentIntrospection {
			continue
		}
		quality, err := strconv.ParseFloat(parameters["q"], 64)
		return err != nil || quality > 0
	}
	return false
}

// revoke ends one of the client's own tokens (RFC 7009). There is nothing to tell
// of one that is not.
func (a *api) revoke(c echo.Context) error {
	auth, raw, err := readTokenInQuestion(c.Request())
	if err != nil {
		return err
	}
	err = a.svc.RevokeToken(c.Request().Context(), web.OriginOf(c), auth, raw)
	if err = a.slowGuessing(c, auth, err); err != nil {
		return oauthRefusal(err)
	}
	web.NoStore(c)
	return c.NoContent(http.StatusOK)
}

// readTokenInQuestion reads the body of both endpoints. There is one kind of
// token, so that a hint of its kind is not needed; and a hint that is wrong is to
// be ignored.
func readTokenInQuestion(r *http.Request) (auth access.ClientAuth, raw string, err error) {
	var form url.Values
	if form, err = readForm(r); err != nil {
		return access.ClientAuth{}, "", err
	}
	if auth, err = clientOf(r, form); err != nil {
		return access.ClientAuth{}, "", err
	}
	if raw = form.Get("token"); raw == "" {
		return access.ClientAuth{}, "", invalidRequest("The parameter token is missing.", nil)
	}
	return auth, raw, nil
}
