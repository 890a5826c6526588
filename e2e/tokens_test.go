package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// verifiers are the languages of docs/tokens.md whose snippets are run here, and
// how. Debian's python3 is the one that has Debian's PyJWT.
var verifiers = map[string]struct {
	file string
	run  []string
}{
	"go":     {"verify.go", []string{"go", "run"}},
	"python": {"verify.py", []string{"/usr/bin/python3", "-W", "error"}},
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
	for language, how := range verifiers {
		t.Run(language, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), how.file)
			if err := os.WriteFile(file, []byte(code[language]), 0o600); err != nil {
				t.Fatal(err)
			}
			verify := func(issuer, token string) (string, error) {
				cmd := exec.CommandContext(t.Context(), how.run[0], append(how.run[1:], file)...)
				cmd.Env = append(os.Environ(), "LATCHKEY="+issuer, "TOKEN="+token)
				output, err := cmd.CombinedOutput()
				return string(output), err
			}
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
