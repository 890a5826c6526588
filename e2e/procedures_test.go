package e2e

import (
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Each test here is one procedure of the manual, step by step, in its words.

// signIn is how every procedure begins.
func signIn(t *testing.T, s *server) *tab {
	t.Helper()
	return signInAs(t, s, adminEmail)
}

// signInAs is signIn for somebody else with the administrator's password.
func signInAs(t *testing.T, s *server, email string) *tab {
	t.Helper()
	p := open(t, s, "/")
	p.fill("E-mail address", email)
	p.fill("Password", adminPassword)
	p.click(button("Sign in"))
	p.node(heading("Applications"))
	return p
}

// withAdministrator is an installation with somebody who can sign in.
func withAdministrator(t *testing.T) *installation {
	t.Helper()
	i := newInstallation(t)
	i.createAdministrator()
	return i
}

// takeSecret copies the secret key from the panel, says that it is stored, and
// closes the panel.
func takeSecret(p *tab, h hands) (secret string) {
	p.t.Helper()
	p.allowClipboard()
	p.sees("It will not be shown again")
	h.click(button("Copy secret key"))
	p.sees("Copied")
	secret = p.clipboard()
	h.click(checkbox("I have stored the secret key"))
	h.click(button("Done"))
	p.gone(button("Done"))
	return secret
}

// Creating an application.
func TestCreateAnApplication(t *testing.T) {
	s := withAdministrator(t).serve()
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		p := signIn(t, s)
		h := with(p)
		name := "ci-" + strings.ToLower(filepath.Base(t.Name()))
		h.click(control("+NEW APPLICATION").first())
		h.fill("Name", name)
		h.click(control("CREATE"))
		p.sees("Application name")
		p.sees(name)
		secret := takeSecret(p, h)
		p.node(link(name))
		if _, status := s.token(credentials{ClientID: name, ClientSecret: secret}); status != http.StatusOK {
			t.Errorf("the copied credentials were answered with %d", status)
		}
	})
}

// Adding an access rule to an application, and deleting it again.
func TestAddAndDeleteAnAccessRule(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		p := signIn(t, s)
		h := with(p)
		openRules(h, "arm-teleop")
		h.click(control("+ACCESS RULE"))
		chooseRole(p, h, "ML engineer")
		chooseScope(p, h, "billing", "acme / us-2 / operations / billing")
		h.click(control("SAVE RULE"))
		p.node(control("Delete rule: ML engineer on acme / us-2 / operations / billing"))

		h.click(control("Delete rule: ML engineer on acme / us-2 / operations / billing"))
		p.gone(control("Delete rule: ML engineer on acme / us-2 / operations / billing"))
		h.click(control("CLOSE").first())
		p.gone(dialog("Access rules of arm-teleop"))
	})
}

// openRules selects an application in the table and opens its access rules.
func openRules(h hands, name string) {
	h.click(checkbox("Select " + name))
	h.click(control("ACCESS RULES").of(selectedRows))
}

var selectedRows = label{name: "Selected rows", roles: []string{"group"}}

// chooseRole types the role's name and takes the first that is offered.
func chooseRole(p *tab, h hands, name string) {
	p.t.Helper()
	h.fill("Role", name)
	if _, withKeyboard := h.(keyboard); withKeyboard {
		p.press("ArrowDown")
		p.press("Enter")
		return
	}
	h.click(option(name).beginning().first())
}

// chooseScope searches the organisation for a node and takes it. path is how the
// node reads, from the tenant down.
func chooseScope(p *tab, h hands, search, path string) {
	p.t.Helper()
	h.fill("Search scope", search)
	node := label{name: path, roles: []string{"treeitem"}, prefix: true}
	p.node(node)
	h.click(node)
}

// Regenerating key.
func TestRegenerateAKey(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		name := "key-" + strings.ToLower(filepath.Base(t.Name()))
		old := i.createApplication(name)
		p := signIn(t, s)
		h := with(p)
		h.click(checkbox("Select " + name))
		h.click(control("REGENERATE KEY").of(selectedRows))
		h.click(control("REGENERATE"))
		fresh := old
		fresh.ClientSecret = takeSecret(p, h)
		if _, status := s.token(fresh); status != http.StatusOK {
			t.Errorf("the new key was answered with %d", status)
		}
		if _, status := s.token(old); status != http.StatusBadRequest {
			t.Errorf("the revoked key was answered with %d", status)
		}
	})
}

// Deleting an application.
func TestDeleteAnApplication(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		name := "old-" + strings.ToLower(filepath.Base(t.Name()))
		app := i.createApplication(name)
		p := signIn(t, s)
		h := with(p)
		h.click(checkbox("Select " + name))
		h.click(control("DELETE").of(selectedRows))
		sure := dialog("Delete " + name + "?")
		h.click(control("DELETE").of(sure))
		p.gone(sure)
		p.gone(link(name))
		if _, status := s.token(app); status != http.StatusBadRequest {
			t.Errorf("the deleted application was answered with %d", status)
		}
	})
}

// Customizing the table view.
func TestCustomizeTheTable(t *testing.T) {
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		i := withAdministrator(t) // each begins with columns that nobody has chosen yet
		i.run("demo")
		p := signIn(t, i.serve())
		h := with(p)

		// Filter
		h.click(control("ADD FILTER"))
		h.pick("Column", "Status")
		h.pick("Value", "Disabled")
		h.click(button("Apply"))
		p.gone(link("ci-pipeline-prod"))
		p.node(link("old-ci"))
		h.click(control("Remove filter: Status is Disabled"))
		p.node(link("ci-pipeline-prod"))

		// Search
		h.fill("Search applications", "climate")
		p.gone(link("ci-pipeline-prod"))
		p.node(link("climate-runner"))
		p.press("Escape")
		p.node(link("ci-pipeline-prod"))

		// Sort
		h.click(link("Created by"))
		p.node(label{name: "Created by", roles: []string{"columnheader"}})
		p.sees("amara@acme.example")
		if !strings.Contains(p.location(), "sortBy=createdBy") {
			t.Errorf("sorted by Created by, the address bar has %s", p.location())
		}

		// Column selection
		h.click(control("COLUMNS"))
		h.click(checkbox("Client ID"))
		h.click(button("Apply"))
		p.node(link("Client ID"))

		// Download table
		download := p.expectDownload()
		h.click(control("MORE"))
		h.click(control("Download as CSV"))
		rows := readCSV(t, download())
		if len(rows) != 59 || rows[0][0] != "Application" {
			t.Errorf("the download has %d lines and begins with %q", len(rows), rows[0])
		}
	})
}

// expectDownload lets the next download land in a folder of its own, and
// returns a function that waits for it and answers its path.
func (p *tab) expectDownload() (path func() string) {
	p.t.Helper()
	folder := p.t.TempDir()
	p.downloadTo(folder)
	return func() string {
		p.t.Helper()
		var found string
		eventually(p.t, p.ctx, func() string {
			entries, err := os.ReadDir(folder)
			if err != nil || len(entries) != 1 || strings.HasSuffix(entries[0].Name(), ".crdownload") {
				return "nothing was downloaded"
			}
			found = filepath.Join(folder, entries[0].Name())
			return ""
		})
		return found
	}
}

func (p *tab) downloadTo(folder string) {
	p.t.Helper()
	call(p, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder,
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s is not a table: %v", path, err)
	}
	return rows
}
