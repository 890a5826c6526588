package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

func build(ctx context.Context, folder string) error {
	for name, pkg := range map[string]string{"latchkey": "latchkey", "bare": "latchkey/bench/bare"} {
		output, err := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, name), pkg).CombinedOutput()
		if err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, output)
		}
	}
	return nil
}

// process is one of the two programs, running.
type process struct {
	name string
	url  string
	host string
	cmd  *exec.Cmd
}

var ready = regexp.MustCompile(`ready: (http://\S+)`)

// start runs a program and waits until it prints where it listens.
func start(ctx context.Context, folder, name string, environment []string, args ...string) (*process, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(folder, name), args...)
	cmd.Dir, cmd.Env, cmd.Stderr = folder, environment, &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if found := ready.FindStringSubmatch(lines.Text()); found != nil {
			go io.Copy(io.Discard, stdout)
			return &process{name: name, url: found[1], host: strings.TrimPrefix(found[1], "http://"), cmd: cmd}, nil
		}
	}
	cmd.Wait()
	return nil, fmt.Errorf("%s did not start: %s", name, stderr.String())
}

func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.cmd.Wait()
}

// cpu is the user and system time of the process so far, in seconds.
func (p *process) cpu() (float64, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the CPU time (Linux only): %w", err)
	}
	// The fields are counted after the name, which may hold spaces (proc(5)).
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	const ticksPerSecond = 100
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticksPerSecond, err
}

func latchkeyEnvironment(folder, database string) []string {
	return []string{
		"LATCHKEY_DATABASE=" + database, "LATCHKEY_KEY_FILE=" + filepath.Join(folder, engine(database)+".key"),
		"LATCHKEY_LISTEN=127.0.0.1:0", "LATCHKEY_LOG_LEVEL=warn", "HOME=" + folder,
	}
}

func engine(database string) string {
	if strings.HasPrefix(database, "postgres") {
		return "PostgreSQL"
	}
	return "SQLite"
}

// The administrator who looks at the table.
const (
	adminEmail    = "bench@example.com"
	adminPassword = "a juniper bush by the river"
)

// signIn answers the session cookie.
func signIn(base string) (string, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(base+"/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	for _, cookie := range answer.Cookies() {
		if cookie.Value != "" {
			return cookie.Name + "=" + cookie.Value, nil
		}
	}
	return "", fmt.Errorf("sign-in answered %s without a cookie", answer.Status)
}
