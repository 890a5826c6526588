package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// logged is what a console wrote to standard error.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// visitor is a browser or a program that talks to a console.
type visitor struct {
	t      *testing.T
	base   string
	client http.Client
}

func newVisitor(t *testing.T, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, base: base, client: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// send answers status and body; headers are given as pairs.
func (v *visitor) send(method, path, body string, headers ...string) (int, string) {
	v.t.Helper()
	req, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func (v *visitor) post(path string, form url.Values) (int, string) {
	v.t.Helper()
	return v.send(http.MethodPost, path, form.Encode(), "Content-Type", formType)
}

const formType = "application/x-www-form-urlencoded"

var (
	secretOnPage      = regexp.MustCompile(`lk_[0-9A-Za-z]{49}`)
	applicationOnPage = regexp.MustCompile(`/applications/([0-9a-f-]{36})/`)
)

// TestNoSecretsInLogs lives through a day of the product at debug level, with
// everything done rightly and wrongly, and looks for every secret of that day in
// the log, in the database, and in the answers to what went wrong (security.md
// 52).
func TestNoSecretsInLogs(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			cfg := configIn(t.TempDir())
			cfg.LogLevel, cfg.LogFormat = "debug", format
			var log logged
			s := serveTelling(t, cfg, &log)
			secrets, refusals := liveThroughADay(t, s)
			if err := s.stop(); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(log.String(), "\n"); lines < 30 {
				t.Fatalf("only %d lines were logged", lines)
			}
			wantNoSecret(t, "the log", log.String(), secrets)
			wantNoSecret(t, "an answer to what went wrong", refusals, secrets)
			files, err := filepath.Glob(cfg.Database + "*")
			if err != nil || len(files) == 0 {
				t.Fatalf("no database: %v", err)
			}
			for _, file := range files {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				wantNoSecret(t, filepath.Base(file), string(content), secrets)
			}
		})
	}
}

// liveThroughADay answers the secrets that were used, and what was said to every
// request that failed.
func liveThroughADay(t *testing.T, s serving) (secrets map[string]string, refusals string) {
	t.Helper()
	const (
		email     = "ada@example.com"
		password  = "canary seven otters row"
		next      = "canary nine geese wade off"
		wrong     = "canary wrong password here"
		misplaced = "canary where the address belongs"
		stranger  = "canary-stranger-7f3a9c"
		wrongKey  = "lk_canaryCanaryCanaryCanaryCanaryCanaryCanary12345678"
		wrongJWT  = "eyJhbGciOiJub25lIn0.Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5.canarysignature"
		wrongID   = "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5MTI"
		asANumber = "424242424242424242"
	)
	setup, err := url.Parse(s.welcome)
	if err != nil {
		t.Fatal(err)
	}
	b := newVisitor(t, s.url)
	var said strings.Builder
	refused := func(status int, body string) {
		t.Helper()
		if status < 400 {
			t.Errorf("%d, want a refusal: %.200s", status, body)
		}
		said.WriteString(body)
	}

	setupToken := setup.Query().Get("token")
	b.send("GET", setup.RequestURI(), "")
	refused(b.post("/setup", url.Values{"token": {setupToken}, "email": {"no address"}, "password": {password}}))
	refused(b.post("/setup", url.Values{"token": {stranger}, "email": {email}, "password": {password}}))
	refused(b.send("POST", "/setup", "token="+setupToken+"&password="+url.QueryEscape(password)+"%zz", "Content-Type", formType))
	if status, body := b.post("/setup", url.Values{"token": {setupToken}, "email": {email}, "password": {password}}); status != http.StatusSeeOther {
		t.Fatalf("set-up: %d %s", status, body)
	}
	refused(b.send("GET", "/setup?token="+stranger, ""))
	refused(b.post("/sign-in", url.Values{"email": {email}, "password": {wrong}}))
	b.post("/sign-in", url.Values{"email": {misplaced}, "password": {email}}) // the form shows it again, in the field that it was typed into
	refused(b.send("POST", "/sign-in", "email=a&password="+wrong, "Content-Type", formType, "Sec-Fetch-Site", "cross-site"))
	refused(b.send("POST", "/sign-in", strings.Repeat(wrong, 5000), "Content-Type", formType))
	refused(b.post("/account/password", url.Values{"currentPassword": {wrong}, "newPassword": {next}}))
	refused(b.post("/account/password", url.Values{"currentPassword": {password}, "newPassword": {password}}))
	if status, body := b.post("/account/password", url.Values{"currentPassword": {password}, "newPassword": {next}}); status != http.StatusSeeOther {
		t.Fatalf("change of password: %d %s", status, body)
	}

	_, page := b.post("/applications", url.Values{"name": {"ci"}})
	key, id := secretOnPage.FindString(page), applicationOnPage.FindStringSubmatch(page)
	if key == "" || id == nil {
		t.Fatalf("no key on %s", page)
	}
	_, page = b.post("/applications/"+id[1]+"/regenerate", url.Values{})
	second := secretOnPage.FindString(page)
	for _, address := range []string{"/applications?search=", "/palette?q=", "/applications/new?", "/applications/", "/" + id[1] + "/"} {
		_, page := b.send("GET", address+second, "", "Referer", s.url+address+second)
		said.WriteString(page)
	}
	refused(b.post("/applications/"+second+"/disable?search="+second, url.Values{}))
	program := newVisitor(t, s.url)
	status, body := program.send("POST", "/api/v1/token", `{"grantType":"client_credentials","clientId":"ci","clientSecret":"`+second+`"}`)
	var issued struct{ AccessToken string }
	if err := json.Unmarshal([]byte(body), &issued); err != nil || status != http.StatusOK {
		t.Fatalf("token: %d %s", status, body)
	}
	program.send("GET", "/api/v1/authorization/me/access-rules?access_token="+stranger, "", "Authorization", "Bearer "+issued.AccessToken)
	refused(program.send("GET", "/api/v1/apps", "", "Authorization", "Bearer "+issued.AccessToken)) // it has no rule
	for _, body := range []string{
		`{"grantType":"client_credentials","clientId":"ci","clientSecret":"` + key + `"}`,
		`{"grantType":"client_credentials","clientId":"ci","clientSecret":"` + wrongKey + `"}`,
		`{"grantType":"client_credentials","clientId":"` + second + `","clientSecret":"` + second + `"}`,
		`{"grantType":"client_credentials","clientId":"ci","clientSecret":` + asANumber + `}`,
		`{"grantType":"` + second + `","clientId":"ci","clientSecret":"` + second,
		second,
	} {
		refused(program.send("POST", "/api/v1/token", body))
		refused(program.send("POST", "/v1/k8s/auth/oauth/apptoken?secret="+stranger, body))
	}
	for _, body := range []string{
		"grant_type=client_credentials&client_id=ci&client_secret=" + key,
		"grant_type=" + second + "&client_id=ci&client_secret=" + second,
		"grant_type=client_credentials&client_id=ci&client_secret=" + second + "%zz",
		"grant_type=client_credentials&client_id=ci&client_secret=" + second + "&client_secret=" + second,
	} {
		refused(program.send("POST", "/api/v2/token", body, "Content-Type", formType))
	}
	basic := base64.StdEncoding.EncodeToString([]byte("ci:" + key))
	refused(program.send("POST", "/api/v2/token", "grant_type=client_credentials", "Content-Type", formType, "Authorization", "Basic "+basic))
	refused(program.send("POST", "/api/v2/token", "grant_type=client_credentials", "Content-Type", second, "Authorization", "Basic "+basic+"!"))
	for _, bearer := range []string{wrongJWT, second, "a.b.c." + stranger} {
		refused(program.send("GET", "/api/v1/apps", "", "Authorization", "Bearer "+bearer))
	}
	refused(program.send("GET", "/api/v1/apps?token="+stranger, "", "X-Api-Key", stranger, "Cookie", "latchkey="+wrongID))
	refused(program.send("GET", "/nowhere?secret="+stranger, "", "Cookie", "latchkey="+wrongID, "Referer", s.url+"/?token="+stranger))
	program.send("GET", "/applications?token="+stranger, "", "Cookie", "latchkey="+wrongID)
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	session := b.client.Jar.Cookies(u)[0].Value
	if status, _ := b.post("/sign-out", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("sign-out: %d", status)
	}
	return map[string]string{
		"the set-up token": setupToken, "the password": password, "the next password": next, "a wrong password": wrong, "a password in the wrong field": misplaced, "a stranger's secret": stranger,
		"the first key": key, "the second key": second, "a wrong key": wrongKey, "the access token": issued.AccessToken, "a wrong token": wrongJWT,
		"Basic credentials": basic, "the session": session, "a wrong session": wrongID, "a key that is a number": asANumber,
	}, said.String()
}

func wantNoSecret(t *testing.T, where, text string, secrets map[string]string) {
	t.Helper()
	for what, secret := range secrets {
		// A set-up form that is shown again must carry its token on.
		if where == "an answer to what went wrong" && what == "the set-up token" {
			continue
		}
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		} {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("%s holds %s: …%s…", where, what, text[max(0, i-150):min(len(text), i+len(form)+50)])
			}
		}
	}
}

// TestLogInjection sends what could end a line of the log, turn its writing
// round or command a terminal: each request still is one line, of characters
// that show (security.md 44).
func TestLogInjection(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			cfg := configIn(t.TempDir())
			cfg.LogLevel, cfg.LogFormat = "debug", format
			var log logged
			s := serveTelling(t, cfg, &log)
			v := newVisitor(t, s.url)
			for _, forged := range []string{"a\nlevel=INFO actor=root", "a\r\n{\"level\":\"INFO\",\"actor\":\"root\"}", "\x1b[31mred", "\u202etxt.exe", "\u2066x\u2069", "\u2028line", "\u0085next", "\ufeff"} {
				escaped := url.QueryEscape(forged)
				v.send("GET", "/nowhere/"+url.PathEscape(forged), "")
				v.send("GET", "/applications?search="+escaped+"&filterBy="+escaped, "")
				v.send("GET", "/api/v1/apps?sortBy="+escaped, "", "Authorization", "Bearer "+url.QueryEscape(forged))
				v.send("GET", "/sign-in?next="+escaped, "", "User-Agent", strings.NewReplacer("\n", " ", "\r", " ", "\x1b", " ").Replace(forged))
				v.post("/sign-in", url.Values{"email": {forged}, "password": {forged}})
				v.post("/setup", url.Values{"token": {forged}, "email": {forged}, "password": {forged}})
				body, err := json.Marshal(map[string]string{"grantType": "client_credentials", "clientId": forged, "clientSecret": forged})
				if err != nil {
					t.Fatal(err)
				}
				v.send("POST", "/api/v1/token", string(body))
				v.send("POST", "/auth/realms/"+url.PathEscape(forged)+"/protocol/openid-connect/token", "grant_type="+escaped, "Content-Type", formType)
			}
			if err := s.stop(); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(log.String()) {
				line = strings.TrimSuffix(line, "\n")
				begins := map[string]string{"text": "time=", "json": `{"time":`}[format]
				if !strings.HasPrefix(line, begins) || strings.Contains(line, "\nlevel=INFO actor=root") {
					t.Errorf("a forged line: %q", line)
				}
				if hidden := func(r rune) bool { return !unicode.IsPrint(r) }; strings.ContainsFunc(line, hidden) {
					t.Errorf("a line with characters that do not show: %q", line)
				}
			}
		})
	}
}
