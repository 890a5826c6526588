package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take before a test gives up on it. It is
// generous: it decides when a failure is told, never whether a test passes.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	code := m.Run()
	closeBrowser()
	if err := postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	removeBinary()
	os.Exit(code)
}

var built struct {
	sync.Once
	folder string
	err    error
}

// binary builds the product once for all tests of a run.
func binary(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		built.folder, built.err = os.MkdirTemp("", "latchkey-e2e-")
		if built.err != nil {
			return
		}
		build := exec.Command("go", "build", "-o", filepath.Join(built.folder, "latchkey"), "latchkey")
		if output, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build the binary: %w\n%s", err, output)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.folder, "latchkey")
}

func removeBinary() {
	if built.folder != "" {
		os.RemoveAll(built.folder)
	}
}

// installation is a database with its key file, and the commands over it.
type installation struct {
	t        *testing.T
	folder   string
	database string
}

// newInstallation is one over SQLite in a temporary folder.
func newInstallation(t *testing.T) *installation {
	t.Helper()
	folder := t.TempDir()
	return &installation{t: t, folder: folder, database: filepath.Join(folder, "latchkey.db")}
}

func (i *installation) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary(i.t), args...)
	cmd.Dir = i.folder
	cmd.Env = []string{
		"LATCHKEY_DATABASE=" + i.database, "LATCHKEY_KEY_FILE=" + filepath.Join(i.folder, "latchkey.key"),
		"LATCHKEY_LISTEN=127.0.0.1:0", "PATH=" + os.Getenv("PATH"), "HOME=" + i.folder,
	}
	return cmd
}

// run runs a command that has to succeed, and returns what it printed.
func (i *installation) run(args ...string) string {
	i.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := i.command(args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		i.t.Fatalf("latchkey %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String()
}

// The administrator of installations that were set up without a browser.
const (
	adminEmail    = "admin@acme.example"
	adminPassword = "a juniper bush by the river"
)

func (i *installation) createAdministrator() {
	i.t.Helper()
	file := filepath.Join(i.folder, "password")
	if err := os.WriteFile(file, []byte(adminPassword+"\n"), 0o600); err != nil {
		i.t.Fatal(err)
	}
	i.run("user", "create", adminEmail, "--password-file", file)
}

// credentials is what `app create --json` prints.
type credentials struct{ ID, Name, ClientID, ClientSecret string }

func (i *installation) createApplication(name string, rules ...string) credentials {
	i.t.Helper()
	args := []string{"app", "create", name, "--json"}
	for _, rule := range rules {
		args = append(args, "--rule", rule)
	}
	var c credentials
	if err := json.Unmarshal([]byte(i.run(args...)), &c); err != nil {
		i.t.Fatal(err)
	}
	return c
}

// server is a running `latchkey serve`.
type server struct {
	*installation
	url      string
	setupURL string // empty once there is an administrator
	cmd      *exec.Cmd
	log      *lockedBuffer
	ended    chan error
}

var (
	readyLine = regexp.MustCompile(`ready: (http://\S+)`)
	setupLine = regexp.MustCompile(`(http://[^/\s]+)(/setup\?token=\S+)`)
)

// serve starts the server and waits until it listens; the test's end stops it
// and fails the test if it did not end in good order.
func (i *installation) serve(extra ...string) *server {
	i.t.Helper()
	s := &server{installation: i, log: &lockedBuffer{}, ended: make(chan error, 1)}
	s.cmd = i.command(append([]string{"serve"}, extra...)...)
	s.cmd.Stderr = s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		i.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	ready := make(chan bool, 1)
	go s.read(stdout, ready)
	i.t.Cleanup(func() { s.stop() })
	select {
	case ok := <-ready:
		if !ok {
			i.t.Fatalf("the server did not start:\n%s", s.log)
		}
	case <-time.After(patience):
		i.t.Fatalf("the server did not say that it is ready:\n%s", s.log)
	}
	return s
}

// read follows standard output until it ends, and says when the address stood
// there.
func (s *server) read(stdout io.Reader, ready chan<- bool) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if found := readyLine.FindStringSubmatch(lines.Text()); found != nil {
			s.url = found[1]
			ready <- true
		}
		if found := setupLine.FindStringSubmatch(lines.Text()); found != nil {
			s.url, s.setupURL = found[1], found[0]
			ready <- true
		}
	}
	s.ended <- s.cmd.Wait()
	close(ready)
}

// stop asks the server to end and waits for it.
func (s *server) stop() {
	s.t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("the server ended with %v:\n%s", err, s.log)
		}
	case <-time.After(patience):
		s.cmd.Process.Kill()
		s.t.Errorf("the server did not stop when asked to:\n%s", s.log)
	}
	if s.t.Failed() {
		s.t.Logf("server log:\n%s", s.log)
	}
}

// kill ends the server as a power cut would.
func (s *server) kill() {
	s.t.Helper()
	s.cmd.Process.Kill()
	<-s.ended
}

// lockedBuffer is the log of a server, readable while it is written.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// token trades credentials for an access token; status is the answer's.
func (s *server) token(c credentials) (token string, status int) {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"grantType": "client_credentials", "clientId": c.ClientID, "clientSecret": c.ClientSecret})
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := http.Post(s.url+"/api/v1/token", "application/json", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var parsed struct{ AccessToken string }
	if err := json.NewDecoder(answer.Body).Decode(&parsed); err != nil {
		s.t.Fatalf("the token answer is not JSON: %v", err)
	}
	return parsed.AccessToken, answer.StatusCode
}

// eventually waits until holds answers an empty string, which otherwise says
// what is missing still.
func eventually(t *testing.T, ctx context.Context, holds func() (missing string)) {
	t.Helper()
	deadline := time.After(patience)
	pause := time.NewTicker(25 * time.Millisecond)
	defer pause.Stop()
	for {
		missing := holds()
		if missing == "" {
			return
		}
		select {
		case <-pause.C:
		case <-deadline:
			t.Fatal(missing)
		case <-ctx.Done():
			t.Fatalf("%s (%v)", missing, ctx.Err())
		}
	}
}
