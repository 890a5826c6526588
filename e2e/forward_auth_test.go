package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gateway is a real one with its configuration of docs/forward-auth, before a
// small service that answers what it was told.
type gateway struct {
	t      *testing.T
	client *http.Client
}

// gatewayKind is how to run one with a configuration of docs/forward-auth.
type gatewayKind struct {
	name, config string
	// listen is how the address of the gateway is written there, and listenAt how
	// a socket is.
	listen, listenAt string
	start            func(t *testing.T, folder, config string)
	// unanswered is the status of a question that Latchkey did not answer.
	unanswered int
}

var (
	nginx = gatewayKind{
		name: "nginx", config: "../docs/forward-auth/nginx.conf",
		listen: "listen 127.0.0.1:8000;", listenAt: "listen unix:%s;",
		start: startNginx, unanswered: http.StatusServiceUnavailable,
	}
	caddy = gatewayKind{
		name: "Caddy", config: "../docs/forward-auth/Caddyfile",
		listen: "http://127.0.0.1:8000 {", listenAt: "http:// {\n\tbind unix/%s",
		start: startCaddy, unanswered: http.StatusBadGateway,
	}
)

func newGateway(t *testing.T, kind gatewayKind, s *server) *gateway {
	t.Helper()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // all of it before the answer begins, which would end it
		for name, values := range r.Header {
			w.Header()["Told-"+name] = values
		}
		w.Header().Set("Method", r.Method)
		_, _ = w.Write(body)
	}))
	t.Cleanup(service.Close)
	folder := t.TempDir()
	socket := filepath.Join(folder, "gateway.sock")
	config := configured(t, kind.config, map[string]string{
		"127.0.0.1:8080": strings.TrimPrefix(s.url, "http://"),
		"127.0.0.1:9000": service.Listener.Addr().String(),
		kind.listen:      fmt.Sprintf(kind.listenAt, socket),
	})
	kind.start(t, folder, config)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	eventually(t, t.Context(), func() string {
		if c, err := dial(t.Context(), "", ""); err == nil {
			c.Close()
			return ""
		}
		return kind.name + " does not listen"
	})
	return &gateway{t, &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// configured is a file of docs with the addresses of a test, each of which must
// stand in it.
func configured(t *testing.T, path string, addresses map[string]string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config := string(text)
	for written, used := range addresses {
		if !strings.Contains(config, written) {
			t.Fatalf("%s has no %q", path, written)
		}
		config = strings.ReplaceAll(config, written, used)
	}
	return config
}

// startNginx runs Debian's nginx over a file for its conf.d, in one process and
// with all that it writes in a folder.
func startNginx(t *testing.T, folder, config string) {
	t.Helper()
	main := `daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events {}
http {
	access_log off;
	client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
	include site.conf;
}
`
	writeFile(t, filepath.Join(folder, "nginx.conf"), main)
	writeFile(t, filepath.Join(folder, "site.conf"), config)
	log := filepath.Join(folder, "nginx.log")
	start(t, exec.Command("/usr/sbin/nginx", "-p", folder, "-c", filepath.Join(folder, "nginx.conf"), "-e", log), log)
}

// startCaddy runs Debian's Caddy, with all that it writes in a folder.
func startCaddy(t *testing.T, folder, config string) {
	t.Helper()
	path := filepath.Join(folder, "Caddyfile")
	writeFile(t, path, "{\n\tadmin off\n\tauto_https off\n}\n"+config)
	cmd := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", path)
	cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
	start(t, cmd, "")
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs a gateway until the test ends, and shows what it wrote if that
// failed. log, if not empty, is a file of its own.
func start(t *testing.T, cmd *exec.Cmd, log string) {
	t.Helper()
	output := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s (scripts/machine.sh installs it): %v", cmd.Path, err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			more, _ := os.ReadFile(log)
			t.Logf("%s:\n%s\n%s", cmd.Path, output, more)
		}
	})
}

// ask sends a request through the gateway.
func (g *gateway) ask(method, path, token, body string, headers ...string) *http.Response {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, "http://gateway"+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	answer.Body.Close()
	answer.Body = io.NopCloser(strings.NewReader(string(text)))
	return answer
}

func (g *gateway) want(status int, method, path, token string, headers ...string) *http.Response {
	g.t.Helper()
	answer := g.ask(method, path, token, "", headers...)
	if answer.StatusCode != status {
		g.t.Errorf("%s %s: %d, want %d", method, path, answer.StatusCode, status)
	}
	return answer
}

// TestGatewaysAskLatchkey runs the documented configurations: a good token comes
// in and the service is told whose it is; without one, or without the permission,
// nobody does.
func TestGatewaysAskLatchkey(t *testing.T) {
	for _, kind := range []gatewayKind{nginx, caddy} {
		t.Run(kind.name, func(t *testing.T) { askThrough(t, kind) })
	}
}

func askThrough(t *testing.T, kind gatewayKind) {
	i := newInstallation(t)
	viewer, nobody := i.createApplication("viewer", "Viewer@/"), i.createApplication("nobody")
	s := i.serve()
	g := newGateway(t, kind, s)
	viewing, _ := s.token(viewer)
	idle, _ := s.token(nobody)

	forged := []string{"X-Latchkey-Client-Id", "root", "X-Latchkey-Subject", "user:root", "X-Latchkey-Scopes", "users:delete"}
	for _, tt := range []struct {
		token, client, subject, scopes string
	}{
		{viewing, "viewer", "app:" + viewer.ID, "jobs:read"},
		{idle, "nobody", "app:" + nobody.ID, "none"},
	} {
		told := g.want(200, "GET", "/orders?permission=users:delete", tt.token, forged...).Header
		if told.Get("Told-X-Latchkey-Client-Id") != tt.client || told.Get("Told-X-Latchkey-Subject") != tt.subject ||
			!strings.Contains(told.Get("Told-X-Latchkey-Scopes"), tt.scopes) || strings.Contains(told.Get("Told-X-Latchkey-Scopes"), "delete") {
			t.Errorf("the service was told %v", told)
		}
		if token := told.Get("Told-Authorization"); token != "" {
			t.Error("the service was given the token")
		}
	}
	for _, path := range []string{"/jobs/1", "/jobs/1?permission=", "/jobs/?scope=/nowhere", "//jobs/1", "/jobs%2F1", "/x/../jobs/1", "/%6aobs/1"} {
		g.want(403, "GET", path, idle)
		g.want(200, "GET", path, viewing)
	}
	posted := g.ask("POST", "/jobs/", viewing, strings.Repeat("a long order ", 10_000))
	if body, _ := io.ReadAll(posted.Body); posted.StatusCode != 200 || len(body) != 130_000 || posted.Header.Get("Method") != "POST" {
		t.Errorf("a post: %d, %d bytes", posted.StatusCode, len(body))
	}
	if kind.name == nginx.name {
		g.want(404, "GET", "/_latchkey/token", viewing) // the questions are nobody else's
	}

	if refused := g.want(401, "GET", "/", ""); refused.Header.Get("WWW-Authenticate") != `Bearer realm="latchkey"` {
		t.Errorf("no token: %v", refused.Header)
	}
	if refused := g.want(401, "GET", "/", viewing+"x"); !strings.Contains(refused.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
		t.Errorf("a broken token: %v", refused.Header)
	}
	for range 40 {
		g.ask("GET", "/", "dead", "")
	}
	g.want(429, "GET", "/", "dead")
	g.want(401, "GET", "/", "another")
	g.want(200, "GET", "/", viewing)
	s.stop()
	g.want(kind.unanswered, "GET", "/", viewing)
}

// TestNginxSeesThePresent: what another process does to an application counts at
// the very next request through the gateway.
func TestNginxSeesThePresent(t *testing.T) {
	i := newInstallation(t)
	names := []string{"regenerate", "disable", "delete"}
	apps := map[string]credentials{}
	for _, name := range names {
		apps[name] = i.createApplication("to-"+name, "Viewer@/")
	}
	s := i.serve()
	g := newGateway(t, nginx, s)
	for _, name := range names {
		token, _ := s.token(apps[name])
		g.want(200, "GET", "/jobs/", token)
		i.run("app", name, "to-"+name)
		g.want(401, "GET", "/jobs/", token)
	}
}
