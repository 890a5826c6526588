package api

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
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
	issued, err := a.trade(c, in)
	if err != nil {
		return oauthRefusal(err)
	}
	b := appendToken(nil, `{"access_token":"`, issued, `,"token_type":"Bearer","expires_in":`, "")
	if issued.Scope != in.Scope { // RFC 6749 section 5.1; made of names that we chose
		b = append(b, `,"scope":"`+issued.Scope+`"`...)
	}
	return answerToken(c, append(b, '}'))
}

// oauthRefusal is what a refusal is called in OAuth.
func oauthRefusal(err error) error {
	switch {
	case errors.Is(err, access.ErrThrottled):
		return err
	case errors.Is(err, access.ErrUnauthenticated):
		return invalidClient(badCredentials, err)
	case errors.Is(err, access.ErrInvalidScope):
		return &web.OAuthError{Status: http.StatusBadRequest, Code: "invalid_scope", Cause: err,
			Description: "The scope is not made of permissions such as apps:read, or is more than the access rules of the application allow."}
	case errors.Is(err, access.ErrInvalidTarget):
		return &web.OAuthError{Status: http.StatusBadRequest, Code: "invalid_target", Cause: err,
			Description: "Tokens are not made for this resource. An administrator lists those that they are made for in LATCHKEY_AUDIENCES."}
	case errors.Is(err, access.ErrForbidden):
		return &web.OAuthError{Status: http.StatusForbidden, Code: "unauthorized_client", Cause: err, Description: missingPermission(err)}
	}
	return err
}

func missingPermission(err error) string {
	var missing *access.PermissionError
	if errors.As(err, &missing) {
		return missing.Error()
	}
	return "The access rules of the application do not allow it."
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

// readTokenForm reads the body alone: what stands in the address would end up in
// logs (RFC 6749 section 2.3.1).
func readTokenForm(r *http.Request) (access.TokenRequest, error) {
	form, err := readForm(r)
	if err != nil {
		return access.TokenRequest{}, err
	}
	switch form.Get("grant_type") {
	case grantClientCredentials:
	case grantPassword:
		return access.TokenRequest{}, &web.OAuthError{Status: http.StatusBadRequest, Code: "unsupported_grant_type", Description: noPasswords}
	case "":
		return access.TokenRequest{}, invalidRequest("The parameter grant_type is missing.", nil)
	default:
		return access.TokenRequest{}, &web.OAuthError{Status: http.StatusBadRequest, Code: "unsupported_grant_type",
			Description: "Only the grant type client_credentials is supported."}
	}
	auth, err := clientOf(r, form)
	if err != nil {
		return access.TokenRequest{}, err
	}
	return access.TokenRequest{ClientAuth: auth, Scope: form.Get("scope"), Audiences: slices.Concat(form["resource"], form["audience"])}, nil
}

// severalTimes are the parameters that may be there more than once: tokens can be
// for several (RFC 8707 section 2).
var severalTimes = []string{"resource", "audience"}

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
	for name, values := range form {
		if len(values) > 1 && !slices.Contains(severalTimes, name) {
			return nil, invalidRequest("A parameter is there more than once.", nil)
		}
		// Without a value it counts as left out (RFC 6749 section 3.2).
		if form[name] = slices.DeleteFunc(values, func(v string) bool { return v == "" }); len(form[name]) == 0 {
			delete(form, name)
		}
	}
	return form, nil
}

// clientOf reads the client's credentials from where it put them: the header or
// the body, and never in two ways at once (RFC 6749 section 2.3).
func clientOf(r *http.Request, form url.Values) (access.ClientAuth, error) {
	inBody := access.ClientAuth{ClientID: form.Get("client_id"), SecretKey: form.Get("client_secret"), Assertion: form.Get("client_assertion")}
	inHeader, basic, err := basicCredentials(r)
	switch {
	case err != nil:
		return access.ClientAuth{}, err
	case ways(basic, inBody.SecretKey != "", form.Has("client_assertion")) > 1:
		return access.ClientAuth{}, invalidRequest("The client authenticates in more than one way: use the header, the body or an assertion.", nil)
	case basic && inBody.ClientID != "" && inBody.ClientID != inHeader.ClientID:
		return access.ClientAuth{}, invalidRequest("The header and the body name different clients.", nil)
	case basic:
		return inHeader, nil
	case form.Has("client_assertion_type") != form.Has("client_assertion"):
		return access.ClientAuth{}, invalidRequest("The parameters client_assertion and client_assertion_type belong together.", nil)
	case form.Has("client_assertion") && form.Get("client_assertion_type") != access.AssertionType:
		return access.ClientAuth{}, invalidClient("Only client assertions of the type jwt-bearer are supported.", nil)
	case inBody.Assertion != "":
		return inBody, nil
	case inBody.ClientID == "" || inBody.SecretKey == "":
		return access.ClientAuth{}, invalidClient("The client id or the secret key is missing.", nil)
	default:
		return inBody, nil
	}
}

func ways(used ...bool) (n int) {
	for _, one := range used {
		if one {
			n++
		}
	}
	return n
}

// basicCredentials reads HTTP Basic authentication. Both halves are form-encoded
// before they are joined (RFC 6749 section 2.3.1). Any other scheme counts as no
// authentication: clients send their expired bearer token along.
func basicCredentials(r *http.Request) (in access.ClientAuth, basic bool, err error) {
	values := r.Header["Authorization"]
	if len(values) > 1 {
		return access.ClientAuth{}, false, invalidRequest("There is more than one Authorization header.", nil)
	}
	if len(values) == 0 {
		return access.ClientAuth{}, false, nil
	}
	scheme, encoded, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Basic") {
		return access.ClientAuth{}, false, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return access.ClientAuth{}, false, invalidClient("The Authorization header is not valid HTTP Basic authentication.", nil)
	}
	user, password, found := strings.Cut(string(decoded), ":")
	clientID, errUser := url.QueryUnescape(user)
	secret, errPassword := url.QueryUnescape(password)
	if !found || errUser != nil || errPassword != nil || clientID == "" || secret == "" {
		return access.ClientAuth{}, false, invalidClient("The Authorization header does not hold a client id and its secret key.", nil)
	}
	return access.ClientAuth{ClientID: clientID, SecretKey: secret}, true, nil
}

func invalidRequest(description string, cause error) error {
	return &web.OAuthError{Status: http.StatusBadRequest, Code: "invalid_request", Description: description, Cause: cause}
}

func invalidClient(description string, cause error) error {
	return &web.OAuthError{Status: http.StatusUnauthorized, Code: "invalid_client", Description: description, Cause: cause}
}
