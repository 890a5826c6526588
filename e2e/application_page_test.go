package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The page of an application: what it is, what it may do and where, what it
// did, and what is done to it from there.
func TestTheApplicationPage(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		p := signIn(t, s)
		h := with(p)
		p.visit("/applications?search=billing-sync")
		h.click(link("billing-sync"))
		p.node(heading("billing-sync"))
		p.sees("Where they reach")
		p.sees("What billing-sync may do")
		p.accessible("the application page")

		h.click(control("Edit"))
		h.fill("Description (optional)", "Asks the ledger, as "+filepath.Base(t.Name()))
		h.click(button("Save"))
		p.sees("The description of billing-sync is saved.")
		p.sees("Asks the ledger, as " + filepath.Base(t.Name()))

		h.click(control("Disable"))
		h.click(button("Disable").of(dialog("Disable billing-sync?")))
		p.gone(dialog("Disable billing-sync?"))
		p.gone(control("Disable"))
		h.click(control("Enable"))
		h.click(button("Enable"))
		p.node(control("Disable"))

		h.click(control("Access rules").of(label{name: "Access rules", roles: []string{"region"}}))
		p.node(dialog("Access rules of billing-sync"))
		h.click(control("Close").first())
		p.gone(dialog("Access rules of billing-sync"))
		h.click(link("Applications").of(label{name: "Breadcrumb", roles: []string{"navigation"}}))
		p.node(heading("Applications"))
	})
}

// Whoever deletes an application on its own page is led to the table, from where
// it can be had back.
func TestDeletingAnApplicationOnItsPage(t *testing.T) {
	i := withAdministrator(t)
	i.createApplication("ci", "Viewer@/")
	p := signIn(t, i.serve())
	p.click(link("ci"))
	p.node(heading("ci"))
	p.click(control("Delete"))
	p.click(button("Delete"))
	p.node(heading("Applications"))
	p.sees("ci was deleted. It waits in the bin for 30 days")
	p.click(link("Restore"))
	p.node(dialog("Restore ci?"))
}

// The snippets of the page, run as they stand with nothing but the secret key.
func TestTheSnippetsOfAnApplication(t *testing.T) {
	i := withAdministrator(t)
	app := i.createApplication("ci", "Viewer@/")
	s := i.serve()
	p := signIn(t, s)
	p.click(link("ci"))
	p.node(heading("ci"))
	folder := t.TempDir()
	for _, snippet := range []struct {
		id, file string
		run      []string
	}{
		{"curl", "curl.sh", []string{"bash", "-c", `. ./curl.sh <<<"$CLIENT_SECRET"`}},
		{"python", "main.py", []string{"python3", "main.py"}},
		{"go", "main.go", []string{"go", "run", "main.go"}},
		{"actions", "actions.sh", []string{"bash", "-c", `. ./actions.sh; TOKEN=$(sed -n s/^token=//p "$GITHUB_OUTPUT"); . ./actions-2.sh`}},
	} {
		code := evaluate[string](p, `document.getElementById("snippet-`+snippet.id+`").textContent`)
		if strings.Contains(code, app.ClientSecret) {
			t.Fatalf("%s holds the secret key", snippet.id)
		}
		for n, part := range steps(code) {
			name := snippet.file
			if n > 0 {
				name = "actions-2.sh"
			}
			if err := os.WriteFile(filepath.Join(folder, name), []byte(part), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		answer := runCode(t, folder, snippet.run, "CLIENT_SECRET="+app.ClientSecret, "GITHUB_OUTPUT="+filepath.Join(folder, "output"))
		if !strings.Contains(answer, "Viewer") {
			t.Errorf("%s answered\n%s", snippet.id, answer)
		}
	}
}

// steps are the commands of each step of a workflow; other code is one step.
func steps(code string) []string {
	parts := strings.Split(code, "  run: |\n")
	if len(parts) == 1 {
		return parts
	}
	commands := make([]string, len(parts)-1)
	for i, part := range parts[1:] {
		command, _, _ := strings.Cut(part, "\n\n- ")
		commands[i] = strings.ReplaceAll(command, "\n    ", "\n")
	}
	return commands
}
