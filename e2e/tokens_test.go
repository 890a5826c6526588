package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// verifiers run the snippets of docs/tokens.md in their languages, of which each
// has one. Debian's python3 is the one that has Debian's PyJWT.
var verifiers = map[string]func(t *testing.T, s *server, code string) verifier{
	"go":     command("verify.go", "go", "run"),
	"python": command("verify.py", "/usr/bin/python3", "-W", "error"),
	"js":     inBrowser,
}

// verifier tells what a snippet has written about a token, or how it failed.
type verifier func(issuer, token string) (string, error)

// command runs a snippet from a file of its own.
func command(file string, run ...string) func(*testing.T, *server, string) verifier {
	return func(t *testing.T, _ *server, code string) verifier {
		path := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		return func(issuer, token string) (string, error) {
			cmd := exec.CommandContext(t.Context(), run[0], append(run[1:], path)...)
			cmd.Env = append(os.Environ(), "LATCHKEY="+issuer, "TOKEN="+token)
			output, err := cmd.CombinedOutput()
			return string(output), err
		}
	}
}

// inBrowser runs a snippet of JavaScript that keeps to what every runtime has, in
// the one that the tests need anyway.
func inBrowser(t *testing.T, s *server, code string) verifier {
	p := open(t, s, "/sign-in")
	p.expect("http://localhost") // another issuer, which pages of ours may not ask
	return func(issuer, token string) (string, error) {
		answer := evaluate[struct{ Output, Failure string }](p, fmt.Sprintf(`(async () => {
			const lines = [], process = {env: {LATCHKEY: %q, TOKEN: %q}}, console = {log: (line) => lines.push(line + "\n")}
			try {
				%s
				return {Output: lines.join("")}
			} catch (failure) {
				return {Output: lines.join(""), Failure: String(failure)}
			}
		})()`, issuer, token, code))
		if answer.Failure != "" {
			return answer.Output, errors.New(answer.Failure)
		}
		return answer.Output, nil
	}
}

// TestTokensAreVerifiedAsDocumented runs the snippets of docs/tokens.md as they
// stand, over a good token and over some that only look like one.
func TestTokensAreVerifiedAsDocumented(t *testing.T) {
	i := newInstallation(t)
	client := i.createApplication("ci")
	s := i.serve()
	good, _ := s.token(client)
	header, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	none := "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + payload + "."
	tokens := map[string]string{
		"another payload": header + "." + strings.Replace(payload, "a", "b", 1) + "." + signature,
		"none":            none, "nothing": "", "garbage": "guessed",
	}
	code := snippets(t, "../docs/tokens.md")
	for language, run := range verifiers {
		t.Run(language, func(t *testing.T) {
			verify := run(t, s, code[language])
			if output, err := verify(s.url, good); err != nil || output != "it is ci\n" {
				t.Errorf("a good token: %v\n%s", err, output)
			}
			if output, err := verify(strings.Replace(s.url, "127.0.0.1", "localhost", 1), good); err == nil {
				t.Errorf("another issuer: %s", output)
			}
			for name, token := range tokens {
				if output, err := verify(s.url, token); err == nil || strings.Contains(output, "it is") {
					t.Errorf("%s: %s", name, output)
				}
			}
		})
	}
}
