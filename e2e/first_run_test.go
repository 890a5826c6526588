package e2e

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// The way of a stranger: the link that the server printed, an administrator, an
// application, its key, and a first token by the page's own snippet, pasted into
// a shell as it is.
func TestFirstRunEndsInATokenInUse(t *testing.T) { onEachEngine(t, firstRun) }

func firstRun(t *testing.T, i *installation) {
	s := i.serve()
	if s.setupURL == "" {
		t.Fatal("the first run printed no set-up link")
	}
	p := open(t, s, s.setupURL)
	p.fill("E-mail address", adminEmail)
	p.fill("Password", adminPassword)
	p.click(button("Create account"))
	p.node(heading("No applications yet"))

	p.click(control("+New application").first())
	p.fill("Name", "ci-pipeline-prod")
	p.click(button("Create"))
	p.allowClipboard()
	p.sees("It will not be shown again")
	p.click(button("Copy secret key"))
	p.sees("Copied")
	secret := p.clipboard()
	p.click(button("Copy: 2. Trade it for a token and call the API"))
	eventually(t, p.ctx, func() string {
		if !strings.Contains(p.clipboard(), "curl") {
			return "the snippet was not copied"
		}
		return ""
	})
	if answer := paste(t, p.clipboard(), secret); !strings.Contains(answer, "HTTP 200") {
		t.Errorf("the snippet, pasted as it is, answered:\n%s", answer)
	}
	p.sees("First token received")
	p.click(checkbox("I have stored the secret key"))
	p.click(button("Done"))
	p.node(link("ci-pipeline-prod"))
	p.sees("just now")

	for _, link := range []string{s.setupURL, s.url + "/setup"} {
		answer, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusGone {
			t.Errorf("%s answers %d after there is an administrator", link, answer.StatusCode)
		}
	}
}

// paste runs a snippet in bash with the secret where the page says to put it.
func paste(t *testing.T, snippet, secret string) string {
	t.Helper()
	return inShell(t, snippet, "CLIENT_SECRET="+secret)
}

func inShell(t *testing.T, script string, variables ...string) string {
	t.Helper()
	shell := exec.Command("bash", "-c", script)
	shell.Env = append(shell.Environ(), variables...)
	output, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("bash: %v\n%s", err, output)
	}
	return string(output)
}
