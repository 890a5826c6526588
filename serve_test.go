package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// serving is a console that runs within the test.
type serving struct {
	url     string
	welcome string
	stop    func() error
}

var (
	anyURL   = regexp.MustCompile(`http://\S+`)
	setupURL = regexp.MustCompile(`http://\S+/setup\?token=\S+`)
)

// serve runs a console on a port of the system's choice until the test ends.
func serve(t *testing.T, cfg Config) serving {
	t.Helper()
	return serveTelling(t, cfg, io.Discard)
}

// serveTelling is serve with somewhere for the log to go.
func serveTelling(t *testing.T, cfg Config, stderr io.Writer) serving {
	t.Helper()
	cfg.Listen = "127.0.0.1:0"
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, cfg, writer, stderr)
		writer.CloseWithError(err)
		ended <- err
	}()
	s := serving{stop: func() error { cancel(); return <-ended }}
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		if found := anyURL.FindString(lines.Text()); found != "" {
			s.welcome = found
			break
		}
	}
	if s.welcome == "" {
		t.Fatalf("the console did not start: %v", lines.Err())
	}
	go io.Copy(io.Discard, reader)
	u, err := url.Parse(s.welcome)
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + u.Host
	return s
}

func configIn(folder string) Config {
	return Config{Storage: Storage{Database: filepath.Join(folder, "latchkey.db"), LogLevel: "error"}}
}

func TestTheFirstRunPrintsALinkUntilThereIsAnAdministrator(t *testing.T) {
	cfg := configIn(t.TempDir())
	first := serve(t, cfg)
	if !setupURL.MatchString(first.welcome) {
		t.Errorf("the first run printed %s", first.welcome)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	second := serve(t, cfg)
	if !setupURL.MatchString(second.welcome) {
		t.Errorf("the second run without an administrator printed %s", second.welcome)
	}
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestTheFirstAdministratorComesFromTheEnvironment(t *testing.T) {
	cfg := configIn(t.TempDir())
	cfg.AdminEmail = "root@example.com"
	cfg.AdminPasswordFile = filepath.Join(filepath.Dir(cfg.Database), "password")
	if err := os.WriteFile(cfg.AdminPasswordFile, []byte("a juniper bush by the river\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := serve(t, cfg)
	if setupURL.MatchString(first.welcome) {
		t.Error("a set-up link was printed although there is an administrator")
	}
	if status := signIn(t, first.url, cfg.AdminEmail, "a juniper bush by the river"); status != http.StatusSeeOther {
		t.Errorf("signing in answered %d", status)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}

	// Once there is an administrator, the file is not needed any more.
	if err := os.Remove(cfg.AdminPasswordFile); err != nil {
		t.Fatal(err)
	}
	if err := serve(t, cfg).stop(); err != nil {
		t.Errorf("the second start: %v", err)
	}
}

func signIn(t *testing.T, base, email, password string) int {
	t.Helper()
	client := http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.PostForm(base+"/sign-in", url.Values{"email": {email}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestAWrongCertificateIsToldBeforeAnythingIsPromised(t *testing.T) {
	cfg := configIn(t.TempDir())
	cfg.Listen, cfg.TLSCert, cfg.TLSKey = "127.0.0.1:0", "/nonexistent.crt", "/nonexistent.key"
	var said writes
	if err := run(t.Context(), cfg, &said, io.Discard); err == nil || said > 0 {
		t.Errorf("the run ended with %v after printing %d times", err, said)
	}
}

// writes counts what was printed.
type writes int

func (w *writes) Write(p []byte) (int, error) { *w++; return len(p), nil }
