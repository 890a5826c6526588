package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// languages are those of docs/use-it-from-code.md, and how their code is run.
var languages = map[string]struct {
	file string
	run  []string
}{
	"bash":   {"errand.sh", []string{"bash", "-euo", "pipefail", "errand.sh"}},
	"python": {"errand.py", []string{"python3", "-W", "error", "errand.py"}},
	"go":     {"errand.go", []string{"go", "run", "errand.go"}},
}

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// snippets are the fenced blocks of a page, those of a language after each other.
func snippets(t *testing.T, page string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	code := map[string]string{}
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		code[block[1]] += block[2] + "\n"
	}
	return code
}

// TestUseItFromCode runs every snippet of the page as it stands there, and looks
// at what the server has seen of it.
func TestUseItFromCode(t *testing.T) {
	i := newInstallation(t)
	client := i.createApplication("provisioning", "System administrator@/")
	i.createApplication("ci-pipeline-prod")
	i.createApplication("metrics-exporter")
	s := i.serve()
	code := snippets(t, "../docs/use-it-from-code.md")
	for language := range code {
		if _, known := languages[language]; !known {
			t.Errorf("nothing runs the snippets of %q", language)
		}
	}
	for language, how := range languages {
		t.Run(language, func(t *testing.T) {
			if code[language] == "" {
				t.Fatal("the page has none of it")
			}
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, how.file), []byte(code[language]), 0o600); err != nil {
				t.Fatal(err)
			}
			before := len(s.history(t, client))
			output := runCode(t, folder, how.run, "LATCHKEY="+s.url, "CLIENT_ID="+client.ClientID, "CLIENT_SECRET="+client.ClientSecret)

			for _, name := range []string{"ci-pipeline-prod", "metrics-exporter", "nightly-backup", "provisioning"} {
				if !strings.Contains(output, name) {
					t.Errorf("the pages did not show %s:\n%s", name, output)
				}
			}
			table, err := os.ReadFile(filepath.Join(folder, "applications.csv"))
			if err != nil || bytes.Count(table, []byte("\n")) != 5 {
				t.Errorf("downloaded (%v)\n%s", err, table)
			}
			want := []string{"create application", "create access-rule", "update application-secret", "delete application"}
			if got := s.history(t, client)[before:]; !slices.Equal(got, want) {
				t.Errorf("the server has seen %q, want %q", got, want)
			}
		})
	}
}

func runCode(t *testing.T, folder string, command []string, environment ...string) string {
	t.Helper()
	var output bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), environment...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, output.String())
	}
	return output.String()
}

// history is what the code of the page has changed, the oldest first.
func (s *server) history(t *testing.T, client credentials) []string {
	t.Helper()
	var signedIn struct{ AccessToken string }
	s.ask(t, http.MethodPost, "/api/v1/token", "", map[string]string{
		"grantType": "client_credentials", "clientId": client.ClientID, "clientSecret": client.ClientSecret,
	}, &signedIn)
	var log struct {
		AuditLogs []struct {
			Action     string
			EntityType string `json:"entity_type"`
		} `json:"audit_logs"`
	}
	s.ask(t, http.MethodGet, "/api/v1/audit/log?start=2000-01-01&end=2100-01-01&numberOfSamples=1000&filterBy=subject==provisioning,result==Succeeded",
		signedIn.AccessToken, nil, &log)
	var done []string
	for _, e := range log.AuditLogs {
		switch e.EntityType {
		case "application", "application-secret", "access-rule":
			done = append(done, e.Action+" "+e.EntityType)
		}
	}
	return done
}

// ask asks the API and decodes its answer.
func (s *server) ask(t *testing.T, method, path, token string, body, out any) {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s", method, path, answer.Status, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
