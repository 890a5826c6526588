package api

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// oauthToken is the token endpoint of RFC 6749 section 3.2 (api-contract.md 1.2).
func (a *api) oauthToken(c echo.Context) error {
	in, err := readTokenForm(c.Request())
	if err != nil {
		return err
	}
	issued, err := a.trade(c, in.clientID, in.secret)
	if errors.Is(err, access.ErrUnauthenticated) {
		return invalidClient(badCredentials, err)
	}
	if err != nil {
		return err
	}
	return answerToken(c, appendToken(nil, `{"access_token":"`, issued, `,"token_type":"Bearer","expires_in":`, "}"))
}

// realmToken is the same at the address of the oldest documented recipe. The
// realm is the name of the organisation (api-contract.md 1.4).
func (a *api) realmToken(c echo.Context) error {
	// Nobody has identified themselves yet, and the name is in the path already.
	tenant, err := a.tenant(c.Request().Context())
	if err != nil {
		return err
	}
	if c.Param("realm") != tenant.Name {
		return echo.ErrNotFound
	}
	return a.oauthToken(c)
}

// tokenForm is a token request that is well-formed; whether it is right is not
// known yet.
type tokenForm struct {
	clientID, secret string
}

// readTokenForm reads the body alone: what stands in the address would end up in
// logs (RFC 6749 section 2.3.1).
func readTokenForm(r *http.Request) (tokenForm, error) {
	form, err := readForm(r)
	if err != nil {
		return tokenForm{}, err
	}
	switch form.Get("grant_type") {
	case grantClientCredentials:
	case grantPassword:
		return tokenForm{}, &web.OAuthError{Status: http.StatusBadRequest, Code: "unsupported_grant_type", Description: noPasswords}
	case "":
		return tokenForm{}, invalidRequest("The parameter grant_type is missing.", nil)
	default:
		return tokenForm{}, &web.OAuthError{Status: http.StatusBadRequest, Code: "unsupported_grant_type",
			Description: "Only the grant type client_credentials is supported."}
	}
	in, err := clientOf(r, form)
	if err != nil {
		return tokenForm{}, err
	}
	// What a token may do comes from access rules, not from scopes. One recipe
	// in wide use asks for "openid" and does nothing with it.
	if scope := form.Get("scope"); scope != "" && scope != "openid" {
		return tokenForm{}, &web.OAuthError{Status: http.StatusBadRequest, Code: "invalid_scope",
			Description: "Scopes cannot be chosen: a token may do what the access rules of its application allow."}
	}
	return in, nil
}

func readForm(r *http.Request) (url.Values, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || mediaType != echo.MIMEApplicationForm {
		return nil, invalidRequest("Send the parameters as application/x-www-form-urlencoded.", err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest("The body is not form-encoded.", nil) // the cause would repeat a part of it
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, invalidRequest("A parameter is there more than once.", nil)
		}
	}
	return form, nil
}

// clientOf reads the client's credentials from where it put them: the header or
// the body, and never both (RFC 6749 section 2.3).
func clientOf(r *http.Request, form url.Values) (tokenForm, error) {
	inBody := tokenForm{clientID: form.Get("client_id"), secret: form.Get("client_secret")}
	inHeader, basic, err := basicCredentials(r)
	switch {
	case err != nil:
		return tokenForm{}, err
	case basic && inBody.secret != "":
		return tokenForm{}, invalidRequest("The client authenticates twice: use the header or the body.", nil)
	case basic && inBody.clientID != "" && inBody.clientID != inHeader.clientID:
		return tokenForm{}, invalidRequest("The header and the body name different clients.", nil)
	case basic:
		return inHeader, nil
	case inBody.clientID == "" || inBody.secret == "":
		return tokenForm{}, invalidClient("The client id or the secret key is missing.", nil)
	default:
		return inBody, nil
	}
}

// basicCredentials reads HTTP Basic authentication. Both halves are form-encoded
// before they are joined (RFC 6749 section 2.3.1). Any other scheme counts as no
// authentication: clients send their expired bearer token along.
func basicCredentials(r *http.Request) (in tokenForm, basic bool, err error) {
	values := r.Header["Authorization"]
	if len(values) > 1 {
		return tokenForm{}, false, invalidRequest("There is more than one Authorization header.", nil)
	}
	if len(values) == 0 {
		return tokenForm{}, false, nil
	}
	scheme, encoded, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Basic") {
		return tokenForm{}, false, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return tokenForm{}, false, invalidClient("The Authorization header is not valid HTTP Basic authentication.", nil)
	}
	user, password, found := strings.Cut(string(decoded), ":")
	clientID, errUser := url.QueryUnescape(user)
	secret, errPassword := url.QueryUnescape(password)
	if !found || errUser != nil || errPassword != nil || clientID == "" || secret == "" {
		return tokenForm{}, false, invalidClient("The Authorization header does not hold a client id and its secret key.", nil)
	}
	return tokenForm{clientID: clientID, secret: secret}, true, nil
}

func invalidRequest(description string, cause error) error {
	return &web.OAuthError{Status: http.StatusBadRequest, Code: "invalid_request", Description: description, Cause: cause}
}

func invalidClient(description string, cause error) error {
	return &web.OAuthError{Status: http.StatusUnauthorized, Code: "invalid_client", Description: description, Cause: cause}
}
