package api

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// tokenRequest is the body of POST /api/v1/token. encoding/json matches the keys
// in any casing: appID, AppId, clientId and clientID are all in the wild.
type tokenRequest struct {
	GrantType    string `json:"grantType"`
	AppID        string `json:"appID"`
	AppSecret    string `json:"appSecret"`
	ClientID     string `json:"clientID"`
	ClientSecret string `json:"clientSecret"`
}

// credentials are those of the grant; the other pair's keys do as well, because
// both grants are for applications of either name.
func (r tokenRequest) credentials() (clientID, secret string) {
	if r.GrantType == grantAppToken {
		return cmp.Or(r.AppID, r.ClientID), cmp.Or(r.AppSecret, r.ClientSecret)
	}
	return cmp.Or(r.ClientID, r.AppID), cmp.Or(r.ClientSecret, r.AppSecret)
}

// The grants that applications use; the first is the older name of the second.
const (
	grantAppToken          = "app_token"
	grantClientCredentials = "client_credentials"
)

// grantPassword is refused (docs/decisions/0008), with more than the bare fact.
const (
	grantPassword = "password"
	noPasswords   = "Passwords are for the sign-in page alone. Create an access key and use client_credentials: it acts as its owner."
)

// The same words for an unknown client, a wrong key, a disabled application, an
// expired key: nobody learns which.
const badCredentials = "The client id or the secret key is not right, or the application may not sign in at the moment."

// token trades a secret key for an access token (api-contract.md 1.1). An
// Authorization header is not looked at: clients send their expired token along.
func (a *api) token(c echo.Context) error {
	var in tokenRequest
	if err := readJSON(c, &in); err != nil {
		return err
	}
	clientID, secret := in.credentials()
	switch {
	case in.GrantType == "":
		return badRequest("Required parameter is missing: grantType.", nil)
	case in.GrantType == grantPassword:
		return badRequest(noPasswords, nil)
	case in.GrantType != grantAppToken && in.GrantType != grantClientCredentials:
		return badRequest("This grant type is not supported. Use client_credentials, or app_token.", nil)
	case clientID == "" || secret == "":
		return badRequest("Required parameter is missing: a client id and its secret key.", nil)
	}
	issued, err := a.trade(c, secretKeyRequest(clientID, secret))
	if errors.Is(err, access.ErrUnauthenticated) {
		// 400 and not 401, which clients would repeat without showing the message.
		return badRequest(badCredentials, err)
	}
	if err != nil {
		return err
	}
	return answerToken(c, appendToken(nil, `{"accessToken":"`, issued, `,"expiresIn":`, "}"))
}

// legacyTokenRequest is the body of POST /v1/k8s/auth/oauth/apptoken.
type legacyTokenRequest struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Secret string `json:"secret"`
}

// legacyToken is the oldest of the JSON endpoints (api-contract.md 1.3).
func (a *api) legacyToken(c echo.Context) error {
	var in legacyTokenRequest
	if err := readJSON(c, &in); err != nil {
		return err
	}
	clientID := cmp.Or(in.Name, in.ID)
	if clientID == "" || in.Secret == "" {
		return badRequest("Required parameter is missing: name and secret.", nil)
	}
	issued, err := a.trade(c, secretKeyRequest(clientID, in.Secret))
	if errors.Is(err, access.ErrUnauthenticated) {
		return badRequest(badCredentials, err)
	}
	if err != nil {
		return err
	}
	b := append([]byte(`{"access_token":"`), issued.AccessToken...)
	b = append(b, `","id_token":"`...)
	b = append(b, issued.AccessToken...)
	return answerToken(c, append(b, `"}`...))
}

func secretKeyRequest(clientID, secret string) access.TokenRequest {
	return access.TokenRequest{ClientAuth: access.ClientAuth{ClientID: clientID, SecretKey: secret}}
}

// trade asks for the token, and slows down whoever keeps guessing. A right key
// passes however often others have guessed wrong.
func (a *api) trade(c echo.Context, in access.TokenRequest) (access.IssuedToken, error) {
	issued, err := a.svc.Trade(c.Request().Context(), web.OriginOf(c), in)
	return issued, a.slowGuessing(c, in.ClientAuth, err)
}

// slowGuessing is the refusal, or what to answer instead of it to whoever has
// been refused too often.
func (a *api) slowGuessing(c echo.Context, auth access.ClientAuth, refusal error) error {
	if errors.Is(refusal, access.ErrUnauthenticated) {
		if throttled := a.server.RefusedCredentials(c, auth.ClientID); throttled != nil {
			return throttled
		}
	}
	return refusal
}

// appendToken writes the token and its lifetime. An access token is made of
// letters, digits and -_. only, so it needs no escaping.
func appendToken(b []byte, before string, t access.IssuedToken, between, after string) []byte {
	b = append(b, before...)
	b = append(b, t.AccessToken...)
	b = append(b, '"')
	b = append(b, between...)
	b = strconv.AppendInt(b, int64(t.ExpiresIn/time.Second), 10)
	return append(b, after...)
}

// answerToken sends an answer that nobody may keep (RFC 6749 section 5.1).
func answerToken(c echo.Context, body []byte) error {
	web.NoStore(c)
	return c.Blob(http.StatusOK, contentJSON, body)
}
