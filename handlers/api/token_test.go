package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/access"
)

// claimsOf reads a token as the client in wide use does: standard base64, which
// drops '-' and '_', and exp a number.
func claimsOf(t testing.TB, raw string) map[string]any {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 || strings.ContainsAny(parts[1], "-_") {
		t.Fatalf("token = %q", raw)
	}
	payload, err := base64.RawStdEncoding.DecodeString(parts[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(payload, &claims))
	return claims
}

// TestTokenV1Bodies sends the body of every client in the wild
// (api-contract.md 1.1).
func TestTokenV1Bodies(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci-pipeline-prod")
	id, secret := app.ClientID, app.secret
	for name, body := range map[string]string{
		"runapy, all versions":      object("grantType", "app_token", "AppId", id, "AppSecret", secret),
		"the specification":         object("grantType", "app_token", "appID", id, "appSecret", secret),
		"the specification, newer":  object("grantType", "client_credentials", "clientID", id, "clientSecret", secret),
		"NeMo-Run, older":           object("grantType", "app_token", "appId", id, "appSecret", secret),
		"NeMo-Run, newer":           object("grantType", "client_credentials", "clientId", id, "clientSecret", secret),
		"shouting":                  object("GRANTTYPE", "client_credentials", "CLIENTID", id, "CLIENTSECRET", secret),
		"by application id":         object("grantType", "client_credentials", "clientID", app.ID, "clientSecret", secret),
		"the other pair of keys":    object("grantType", "app_token", "clientId", id, "clientSecret", secret),
		"the other pair, reversed":  object("grantType", "client_credentials", "appId", id, "appSecret", secret),
		"unknown keys beside":       object("grantType", "app_token", "appId", id, "appSecret", secret, "realm", "acme"),
		"encoded twice":             string(mustMarshal(t, object("grantType", "app_token", "AppId", id, "AppSecret", secret))),
		"white space around":        "\n\t " + object("grantType", "app_token", "AppId", id, "AppSecret", secret) + "\r\n",
		"a null beside":             fmt.Sprintf(`{"grantType":"app_token","appId":%q,"appSecret":%q,"refreshToken":null}`, id, secret),
		"the other pair being null": fmt.Sprintf(`{"grantType":"app_token","appId":%q,"appSecret":%q,"clientId":null}`, id, secret),
	} {
		t.Run(name, func(t *testing.T) {
			// An expired bearer token, as runapy's grant_token sends along, and
			// curl's content type do not matter.
			got := p.ask(http.MethodPost, "/api/v1/token", body, "Authorization", "Bearer expired.token.here", "Content-Type", formType)
			var in struct {
				AccessToken string
				ExpiresIn   json.Number
			}
			got.decode(t, &in)
			if got.status != 200 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			claims := claimsOf(t, in.AccessToken)
			if in.ExpiresIn.String() != "3600" || claims["exp"].(float64)-claims["iat"].(float64) != 3600 {
				t.Errorf("expiresIn %s, claims %v", in.ExpiresIn, claims)
			}
			if claims["client_id"] != id || claims["sub"] != app.ID || claims["iss"] != issuer {
				t.Errorf("claims %v", claims)
			}
		})
	}
}

// TestAccessKeySignsIn: by its client id and by its id, at every endpoint, as its
// owner (api-contract.md 1.1).
func TestAccessKeySignsIn(t *testing.T) {
	p := newProduct(t)
	must(t, p.svc.RenameTenant(t.Context(), operator(), "acme"))
	key, ada := p.owner(t, "ada@example.com", access.SystemAdministrator)
	for _, id := range []string{key.ClientID, key.ID} {
		for _, got := range []answer{
			p.ask("POST", "/api/v1/token", object("grantType", "client_credentials", "clientId", id, "clientSecret", key.secret)),
			p.ask("POST", "/api/v1/token", object("grantType", "app_token", "AppId", id, "AppSecret", key.secret)),
			p.ask("POST", "/v1/k8s/auth/oauth/apptoken", object("id", id, "secret", key.secret)),
			p.form("/api/v2/token", url.Values{"grant_type": {"client_credentials"}}, "Authorization", basic(id, key.secret)),
			p.form("/auth/realms/acme/protocol/openid-connect/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {key.secret}}),
		} {
			var in struct {
				AccessToken string
				OAuth       string `json:"access_token"`
			}
			got.want(t, 200).decode(t, &in)
			bearer := in.AccessToken + in.OAuth
			if claims := claimsOf(t, bearer); claims["client_id"] != key.ClientID {
				t.Errorf("claims %v", claims)
			}
			p.get(t, bearer, "/api/v1/users/"+ada.ID).want(t, 200, "ada@example.com")
		}
		p.ask("POST", "/api/v1/token", object("grantType", "client_credentials", "clientId", id, "clientSecret", "lk_wrong")).want(t, 400, "not right")
	}
	other, _ := p.owner(t, "bob@example.com", 0)
	p.ask("POST", "/api/v1/token", object("grantType", "client_credentials", "clientId", other.ID, "clientSecret", key.secret)).want(t, 400, "not right")
}

// TestNoPasswordGrant: it is refused with the way that there is instead.
func TestNoPasswordGrant(t *testing.T) {
	p := newProduct(t)
	p.owner(t, "ada@example.com", 0)
	const instead = "Create an access key"
	p.ask("POST", "/api/v1/token", object("grantType", "password", "username", "ada@example.com", "password", userPassword)).want(t, 400, instead)
	p.form("/api/v2/token", url.Values{"grant_type": {"password"}, "username": {"ada@example.com"}, "password": {userPassword}}).
		want(t, 400, "unsupported_grant_type", instead)
}

func mustMarshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return b
}

// TestTokenSuccess looks at the whole answer of each endpoint (security.md 10).
func TestTokenSuccess(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci-pipeline-prod")
	credentials := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID}, "client_secret": {app.secret}}
	grantOnly := url.Values{"grant_type": {"client_credentials"}}
	openid := maps.Clone(credentials)
	openid["scope"], openid["response_type"] = []string{"openid"}, []string{"id_token"}
	tenant, err := p.svc.Scope(context.Background(), operator(), "1001")
	must(t, err)
	realm := "/auth/realms/" + url.PathEscape(tenant.Name) + "/protocol/openid-connect/token"

	for name, tt := range map[string]struct {
		got  answer
		keys []string
	}{
		"v1": {p.ask("POST", "/api/v1/token", object("grantType", "app_token", "AppId", app.ClientID, "AppSecret", app.secret)),
			[]string{"accessToken", "expiresIn"}},
		"v2, body":                {p.form("/api/v2/token", credentials), []string{"access_token", "expires_in", "token_type"}},
		"v2, Basic":               {p.form("/api/v2/token", grantOnly, "Authorization", basic(app.ClientID, app.secret)), []string{"access_token", "expires_in", "token_type"}},
		"v2, Basic, id in body":   {p.form("/api/v2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID}}, "Authorization", basic(app.ClientID, app.secret)), []string{"access_token", "expires_in", "token_type"}},
		"v2, Basic form-encoded":  {p.form("/api/v2/token", grantOnly, "Authorization", basic(url.QueryEscape(app.ClientID), strings.ReplaceAll(app.secret, "_", "%5F"))), []string{"access_token", "expires_in", "token_type"}},
		"v2, a bearer beside":     {p.form("/api/v2/token", credentials, "Authorization", "Bearer expired"), []string{"access_token", "expires_in", "token_type"}},
		"v2, charset":             {p.ask("POST", "/api/v2/token", credentials.Encode(), "Content-Type", formType+"; charset=UTF-8"), []string{"access_token", "expires_in", "token_type"}},
		"v2, an untidy base URL":  {p.form("/api/v2//token/", credentials), []string{"access_token", "expires_in", "token_type"}},
		"realm":                   {p.form(realm, openid), []string{"access_token", "expires_in", "token_type"}},
		"legacy, by name":         {p.ask("POST", "/v1/k8s/auth/oauth/apptoken", object("id", "x", "name", app.ClientID, "secret", app.secret)), []string{"access_token", "id_token"}},
		"legacy, by id":           {p.ask("POST", "/v1/k8s/auth/oauth/apptoken", object("id", app.ID, "secret", app.secret)), []string{"access_token", "id_token"}},
		"v1, an untidy base URL":  {p.ask("POST", "/api/v1//token", object("grantType", "app_token", "AppId", app.ClientID, "AppSecret", app.secret)), []string{"accessToken", "expiresIn"}},
		"v1, cookie of a browser": {p.ask("POST", "/api/v1/token", object("grantType", "app_token", "AppId", app.ClientID, "AppSecret", app.secret), "Cookie", "latchkey=x", "Sec-Fetch-Site", "cross-site"), []string{"accessToken", "expiresIn"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.got
			var body map[string]any
			got.decode(t, &body)
			if keys := slices.Sorted(maps.Keys(body)); got.status != 200 || !slices.Equal(keys, tt.keys) {
				t.Fatalf("%d with %v, want %v", got.status, keys, tt.keys)
			}
			for header, want := range map[string]string{"Cache-Control": "no-store", "Pragma": "no-cache", "Content-Type": "application/json; charset=utf-8", "Set-Cookie": ""} {
				if got.header.Get(header) != want {
					t.Errorf("%s = %q, want %q", header, got.header.Get(header), want)
				}
			}
			raw, _ := body[tt.keys[0]].(string)
			claims := claimsOf(t, raw)
			if in, there := body["expires_in"]; there && (in != claims["exp"].(float64)-claims["iat"].(float64) || body["token_type"] != "Bearer") {
				t.Errorf("%v with claims %v", body, claims)
			}
			if id, there := body["id_token"]; there && id != raw {
				t.Error("the id token differs")
			}
			if asked := p.get(t, raw, "/api/v1/authorization/me/access-rules"); asked.status != 200 {
				t.Errorf("the token is refused: %d %s", asked.status, asked.body)
			}
		})
	}
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// TestTokenErrors is the table of what a client gets told (security.md 8, 9).
func TestTokenErrors(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci-pipeline-prod")
	other := p.application(t, "other")
	disabled := p.application(t, "disabled")
	_, err := p.svc.SetApplicationEnabled(context.Background(), operator(), disabled.ID, false)
	must(t, err)
	deleted := p.application(t, "deleted")
	_, err = p.svc.DeleteApplication(context.Background(), operator(), deleted.ID)
	must(t, err)

	const grant = "grant_type=client_credentials"
	full := grant + "&client_id=" + app.ClientID + "&client_secret=" + app.secret
	auth := []string{"Authorization", basic(app.ClientID, app.secret)}
	broken := app.secret[:len(app.secret)-1] + "!" // the checksum does not match

	v2 := []struct {
		name, body string
		headers    []string
		status     int
		code       string
	}{
		{"nothing", "", nil, 400, "invalid_request"},
		{"no grant type", "client_id=a&client_secret=b", nil, 400, "invalid_request"},
		{"empty grant type", "grant_type=&client_id=a&client_secret=b", nil, 400, "invalid_request"},
		{"password grant", "grant_type=password&username=a&password=b&client_id=" + app.ClientID + "&client_secret=" + app.secret, nil, 400, "unsupported_grant_type"},
		{"refresh token grant", "grant_type=refresh_token&refresh_token=x", auth, 400, "unsupported_grant_type"},
		{"authorization code grant", "grant_type=authorization_code&code=x", auth, 400, "unsupported_grant_type"},
		{"JWT bearer grant", "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=x", auth, 400, "unsupported_grant_type"},
		{"device grant", "grant_type=urn:ietf:params:oauth:grant-type:device_code", auth, 400, "unsupported_grant_type"},
		{"the other API's grant", "grant_type=app_token", auth, 400, "unsupported_grant_type"},
		{"no client", grant, nil, 401, "invalid_client"},
		{"no secret", grant + "&client_id=" + app.ClientID, nil, 401, "invalid_client"},
		{"no id", grant + "&client_secret=" + app.secret, nil, 401, "invalid_client"},
		{"empty secret", grant + "&client_secret=&client_id=" + app.ClientID, nil, 401, "invalid_client"},
		{"bearer instead of Basic", grant, []string{"Authorization", "Bearer " + app.secret}, 401, "invalid_client"},
		{"client assertion", grant + "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=x", nil, 401, "invalid_client"},
		{"Basic that is not base64", grant, []string{"Authorization", "Basic ###"}, 401, "invalid_client"},
		{"Basic without a colon", grant, []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(app.ClientID))}, 401, "invalid_client"},
		{"Basic with a bad escape", grant, []string{"Authorization", basic("%zz", app.secret)}, 401, "invalid_client"},
		{"Basic with an empty id", grant, []string{"Authorization", basic("", app.secret)}, 401, "invalid_client"},
		{"unknown client", grant, []string{"Authorization", basic("nobody", app.secret)}, 401, "invalid_client"},
		{"wrong secret", grant, []string{"Authorization", basic(app.ClientID, other.secret)}, 401, "invalid_client"},
		{"mistyped secret", grant, []string{"Authorization", basic(app.ClientID, broken)}, 401, "invalid_client"},
		{"disabled", grant, []string{"Authorization", basic(disabled.ClientID, disabled.secret)}, 401, "invalid_client"},
		{"deleted", grant, []string{"Authorization", basic(deleted.ClientID, deleted.secret)}, 401, "invalid_client"},
		{"an id that is no text", grant + "&client_id=%00%ff&client_secret=" + app.secret, nil, 401, "invalid_client"},
		{"an id of 10,000 characters", grant + "&client_secret=x&client_id=" + strings.Repeat("a", 10_000), nil, 401, "invalid_client"},
		{"Basic and body", grant + "&client_secret=" + app.secret, auth, 400, "invalid_request"},
		{"Basic and all of the body", full, auth, 400, "invalid_request"},
		{"two different clients", grant + "&client_id=" + other.ClientID, auth, 400, "invalid_request"},
		{"two Authorization headers", grant, append(slices.Clone(auth), auth...), 400, "invalid_request"},
		{"a repeated secret", full + "&client_secret=" + app.secret, nil, 400, "invalid_request"},
		{"a repeated grant type", full + "&" + grant, nil, 400, "invalid_request"},
		{"a repeated unknown parameter", full + "&x=1&x=2", nil, 400, "invalid_request"},
		{"too much scope", full + "&scope=admin", nil, 400, "invalid_scope"},
		{"a bad escape", full + "&x=%zz", nil, 400, "invalid_request"},
		{"a semicolon", "grant_type=client_credentials;client_id=x", nil, 400, "invalid_request"},
		{"JSON in a form's clothes", `{"grant_type":"client_credentials"}`, nil, 400, "invalid_request"},
		{"a JSON content type", full, []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		{"no content type", full, []string{"Content-Type", ""}, 400, "invalid_request"},
		{"multipart", full, []string{"Content-Type", "multipart/form-data; boundary=x"}, 400, "invalid_request"},
		{"runapy's grant_token_v2", "", []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		{"over the limit", full + "&x=" + strings.Repeat("a", 70_000), nil, 413, "invalid_request"},
	}
	for _, tt := range v2 {
		t.Run("v2/"+tt.name, func(t *testing.T) {
			headers := tt.headers
			if !slices.Contains(headers, "Content-Type") {
				headers = append(slices.Clone(headers), "Content-Type", formType)
			}
			got := p.ask(http.MethodPost, "/api/v2/token", tt.body, headers...)
			var body struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
			}
			got.decode(t, &body)
			if got.status != tt.status || body.Error != tt.code || body.Description == "" {
				t.Errorf("%d %s, want %d %s", got.status, got.body, tt.status, tt.code)
			}
			if challenge := got.header.Get("WWW-Authenticate"); strings.HasPrefix(challenge, "Basic ") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate = %q", challenge)
			}
			checkTokenError(t, got, app, other, disabled, deleted)
		})
	}

	v1 := map[string]struct {
		body   string
		status int
	}{
		"nothing":                       {"", 400},
		"an empty object":               {"{}", 400},
		"runapy with a bearer token":    {`{"grantType":"app_token","AppId":null,"AppSecret":null}`, 400},
		"null":                          {"null", 400},
		"an array":                      {"[]", 400},
		"a number":                      {"7", 400},
		"a string that is no JSON":      {`"hello"`, 400},
		"a string that is no string":    {`"hello`, 400},
		"encoded three times":           {`"\"{}\""`, 400},
		"cut off":                       {`{"grantType":`, 400},
		"two objects":                   {`{}{}`, 400},
		"numbers for strings":           {`{"grantType":"app_token","appId":1,"appSecret":2}`, 400},
		"no grant type":                 {object("clientId", app.ClientID, "clientSecret", app.secret), 400},
		"refresh_token":                 {object("grantType", "refresh_token", "refreshToken", "x", "clientID", app.ClientID), 400},
		"password":                      {object("grantType", "password", "username", "a", "password", "b"), 400},
		"exchange_token":                {object("grantType", "exchange_token", "code", "x"), 400},
		"no secret":                     {object("grantType", "client_credentials", "clientId", app.ClientID), 400},
		"no id":                         {object("grantType", "client_credentials", "clientSecret", app.secret), 400},
		"unknown client":                {object("grantType", "client_credentials", "clientId", "nobody", "clientSecret", app.secret), 400},
		"wrong secret":                  {object("grantType", "client_credentials", "clientId", app.ClientID, "clientSecret", other.secret), 400},
		"disabled":                      {object("grantType", "client_credentials", "clientId", disabled.ClientID, "clientSecret", disabled.secret), 400},
		"deleted":                       {object("grantType", "client_credentials", "clientId", deleted.ClientID, "clientSecret", deleted.secret), 400},
		"an id that is no text":         {object("grantType", "client_credentials", "clientId", "a\x00b", "clientSecret", app.secret), 400},
		"invalid UTF-8":                 {"{\"grantType\":\"app_token\",\"appId\":\"\xff\",\"appSecret\":\"\xfe\"}", 400},
		"nested as deep as it goes":     {strings.Repeat("[", 30_000), 400},
		"a huge number":                 {`{"grantType":1e999999}`, 400},
		"the secret in the other place": {object("grantType", "client_credentials", "clientId", app.secret, "clientSecret", app.ClientID), 400},
		"over the limit":                {`{"x":"` + strings.Repeat("a", 70_000) + `"}`, 413},
	}
	for name, tt := range v1 {
		t.Run("v1/"+name, func(t *testing.T) {
			got := p.ask(http.MethodPost, "/api/v1/token", tt.body, "Content-Type", "application/json")
			var body struct {
				Code    int
				Message string
			}
			got.decode(t, &body)
			if got.status != tt.status || body.Code != tt.status || body.Message == "" {
				t.Errorf("%d %s, want %d", got.status, got.body, tt.status)
			}
			checkTokenError(t, got, app, other, disabled, deleted)
		})
	}
	if strings.Contains(p.log.String(), app.secret) || strings.Contains(p.log.String(), other.secret) {
		t.Error("a secret key is in the log")
	}
}

// checkTokenError: JSON that nobody keeps and that repeats nothing of the request.
func checkTokenError(t *testing.T, got answer, apps ...application) {
	t.Helper()
	if got.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		t.Errorf("headers %v", got.header)
	}
	for _, app := range apps {
		if strings.Contains(got.body, app.secret) || strings.Contains(got.body, app.ClientID+" ") {
			t.Errorf("the answer repeats the request: %s", got.body)
		}
	}
	for _, echoed := range []string{"nobody", "aaaa", "hello", "%zz", "###"} {
		if strings.Contains(got.body, echoed) {
			t.Errorf("the answer repeats %q: %s", echoed, got.body)
		}
	}
}

// TestRefusalsAreAlike: unknown, wrong, disabled and deleted cannot be told apart
// (security.md 3).
func TestRefusalsAreAlike(t *testing.T) {
	p := newProduct(t)
	app, disabled, deleted := p.application(t, "good"), p.application(t, "disabled"), p.application(t, "deleted")
	_, err := p.svc.SetApplicationEnabled(context.Background(), operator(), disabled.ID, false)
	must(t, err)
	_, err = p.svc.DeleteApplication(context.Background(), operator(), deleted.ID)
	must(t, err)
	tried := [][2]string{{"nobody", app.secret}, {app.ClientID, disabled.secret}, {disabled.ClientID, disabled.secret}, {deleted.ClientID, deleted.secret}, {app.ClientID, "guess"}}
	for _, endpoint := range []func(id, secret string) answer{
		func(id, secret string) answer {
			return p.ask("POST", "/api/v1/token", object("grantType", "client_credentials", "clientId", id, "clientSecret", secret))
		},
		func(id, secret string) answer {
			return p.form("/api/v2/token", url.Values{"grant_type": {"client_credentials"}}, "Authorization", basic(id, secret))
		},
	} {
		first := endpoint(tried[0][0], tried[0][1])
		first.header.Del("X-Request-Id")
		for _, pair := range tried[1:] {
			got := endpoint(pair[0], pair[1])
			got.header.Del("X-Request-Id")
			if got.status != first.status || got.body != first.body || !maps.EqualFunc(got.header, first.header, slices.Equal) {
				t.Errorf("%s: %d %s %v, but %s: %d %s %v", pair[0], got.status, got.body, got.header, tried[0][0], first.status, first.body, first.header)
			}
		}
	}
}

// TestTokenQueryIsNotRead: nothing is taken from the address, and the address is
// in no log (security.md 7).
func TestTokenQueryIsNotRead(t *testing.T) {
	p := newProduct(t)
	app := p.application(t, "ci-pipeline-prod")
	query := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID}, "client_secret": {app.secret},
		"grantType": {"client_credentials"}, "clientId": {app.ClientID}, "clientSecret": {app.secret}}.Encode()
	for _, target := range []string{"/api/v1/token?", "/api/v2/token?"} {
		for _, contentType := range []string{formType, "application/json", ""} {
			if got := p.ask("POST", target+query, "", "Content-Type", contentType); got.status != 400 {
				t.Errorf("POST %s as %q: %d", target, contentType, got.status)
			}
		}
	}
	if strings.Contains(p.log.String(), app.secret) || strings.Contains(p.log.String(), "client_secret") {
		t.Error("the query is in the log")
	}
}

func TestTokenMethods(t *testing.T) {
	p := newProduct(t)
	for _, target := range []string{"/api/v1/token", "/api/v2/token", "/v1/k8s/auth/oauth/apptoken", "/auth/realms/acme/protocol/openid-connect/token"} {
		for _, method := range []string{"GET", "PUT", "DELETE", "PATCH"} {
			got := p.ask(method, target, "")
			if got.status != 405 || got.header.Get("Allow") != "POST" || !strings.HasPrefix(got.body, "{") {
				t.Errorf("%s %s: %d, Allow %q, %s", method, target, got.status, got.header.Get("Allow"), got.body)
			}
		}
	}
	if got := p.form("/auth/realms/elsewhere/protocol/openid-connect/token", url.Values{"grant_type": {"client_credentials"}}); got.status != 404 || !strings.HasPrefix(got.body, "{") {
		t.Errorf("another realm: %d %s", got.status, got.body)
	}
}

// TestTokenGuessing: 500 guesses are slowed, whatever forwarded address they
// claim; another application and the guessed one itself still sign in
// (security.md 50, 51).
func TestTokenGuessing(t *testing.T) {
	p := newProduct(t)
	app, other := p.application(t, "ci-pipeline-prod"), p.application(t, "other")
	counts := map[int]int{}
	for i := range 500 {
		got := p.form("/api/v2/token", url.Values{"grant_type": {"client_credentials"}},
			"Authorization", basic(app.ClientID, "bad"), "X-Forwarded-For", fmt.Sprintf("10.0.%d.%d", i/256, i%256))
		counts[got.status]++
		if got.status == 429 && (got.header.Get("Retry-After") == "" || !strings.Contains(got.body, `"error":`)) {
			t.Fatalf("429 without Retry-After: %v %s", got.header, got.body)
		}
	}
	if counts[429] < 400 || counts[401] < 5 || counts[429]+counts[401] != 500 {
		t.Errorf("answers: %v", counts)
	}
	p.tokenFor(t, other)
	p.tokenFor(t, app)
}

// TestTokenEmptyChunkedBody is what runapy sends for an empty object.
func TestTokenEmptyChunkedBody(t *testing.T) {
	p := newProduct(t)
	server := httptest.NewServer(p.web.Echo)
	defer server.Close()
	req, err := http.NewRequest("POST", server.URL+"/api/v1/token", io.NopCloser(bytes.NewReader(nil)))
	must(t, err)
	req.ContentLength = -1
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != 400 {
		t.Errorf("%d", res.StatusCode)
	}
}

// FuzzTokenRequest sends anything as body, content type and credentials: the
// answer is JSON and never a 5xx, and without the right key never a token.
func FuzzTokenRequest(f *testing.F) {
	p := newProduct(f)
	app := p.application(f, "ci-pipeline-prod")
	f.Add("/api/v1/token", object("grantType", "app_token", "AppId", app.ClientID, "AppSecret", "x"), "application/json", "")
	f.Add("/api/v1/token", `"{\"grantType\":\"app_token\"}"`, "application/json", "Bearer x")
	f.Add("/api/v2/token", "grant_type=client_credentials&client_id=a&client_secret=b", formType, "")
	f.Add("/api/v2/token", "grant_type=client_credentials&scope=%00", formType+"; charset=\xff", "Basic OjpAOg==")
	f.Add("/v1/k8s/auth/oauth/apptoken", `{"id":"\u0000","name":"\ud800","secret":"x"}`, "", "")
	f.Add("/auth/realms/acme/protocol/openid-connect/token", "grant_type=", formType, "basic ")
	f.Fuzz(func(t *testing.T, target, body, contentType, authorization string) {
		switch target {
		case "/api/v1/token", "/api/v2/token", "/v1/k8s/auth/oauth/apptoken", "/auth/realms/acme/protocol/openid-connect/token":
		default:
			target = "/api/v2/token"
		}
		got := p.ask("POST", target, body, "Content-Type", contentType, "Authorization", authorization)
		if got.status < 400 || got.status >= 500 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if !json.Valid([]byte(got.body)) {
			t.Fatalf("not JSON: %q", got.body)
		}
	})
}

// TestTokensEndWithTheirKey: a regenerated key, a disabled and a deleted
// application end what was issued before, at the next request (security.md 22).
func TestTokensEndWithTheirKey(t *testing.T) {
	p := newProduct(t)
	ctx := context.Background()
	alive := func(raw string) bool {
		got := p.get(t, raw, "/api/v1/authorization/me/access-rules/count")
		if got.status != 200 && got.status != 401 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		return got.status == 200
	}
	app := p.application(t, "ci-pipeline-prod")
	old := p.tokenFor(t, app)
	if !alive(old) {
		t.Fatal("a fresh token is refused")
	}
	_, key, err := p.svc.RegenerateKey(ctx, operator(), app.ID, 0, "")
	must(t, err)
	stale := app
	app.secret = key.Reveal()
	young := p.tokenFor(t, app) // within the same second
	if alive(old) || !alive(young) {
		t.Error("the old token should be refused and the young one not")
	}
	if got := p.ask("POST", "/api/v1/token", object("grantType", "app_token", "AppId", stale.ClientID, "AppSecret", stale.secret)); got.status != 400 {
		t.Errorf("the old key: %d", got.status)
	}
	_, err = p.svc.SetApplicationEnabled(ctx, operator(), app.ID, false)
	must(t, err)
	if alive(young) {
		t.Error("the token of a disabled application is accepted")
	}
	_, err = p.svc.SetApplicationEnabled(ctx, operator(), app.ID, true)
	must(t, err)
	young = p.tokenFor(t, app)
	p.wait(59 * time.Minute)
	if !alive(young) {
		t.Error("refused before its time")
	}
	p.wait(2 * time.Minute)
	if alive(young) {
		t.Error("accepted after its time")
	}
	young = p.tokenFor(t, app)
	_, err = p.svc.DeleteApplication(ctx, operator(), app.ID)
	must(t, err)
	if alive(young) {
		t.Error("the token of a deleted application is accepted")
	}
}
