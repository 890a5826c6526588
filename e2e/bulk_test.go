package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// All that match, over several pages, are more than a request can wait for: the
// person watches a bar, reads what was refused and why, and finds in the
// installation what the report says (ux.md 12).
func TestBulkOverSeveralPages(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo", "--applications", "448")
	for _, name := range []string{"guarded-1", "guarded-2"} {
		i.createApplication(name, "System administrator@/")
	}
	i.run("user", "create", operatorEmail, "--role", "Cloud operator", "--password-file", filepath.Join(i.folder, "password"))
	s := i.serve()
	p := signInAs(t, s, operatorEmail)

	// Two of the sample are in the bin.
	p.selectAll("/applications", "448")
	p.watchForABar()
	p.click(control("Disable").of(selectedRows))
	p.click(button("Disable").of(dialog("Disable 448 applications?")))
	p.sees("448 applications disabled")
	if !evaluate[bool](p, `window.sawBar`) {
		t.Error("no progress bar was shown")
	}
	p.until("no row is selected any more", `!document.querySelector("[data-select-row]:checked")`)
	if n := i.countStatus("Disabled"); n != 448 {
		t.Errorf("%d are disabled, want 448", n)
	}

	// To enable what holds more than oneself would be a takeover.
	p.selectAll("/applications", "448")
	p.click(control("Enable").of(selectedRows))
	p.click(button("Enable").of(dialog("Enable 448 applications?")))
	p.sees("These were left as they are:")
	heading := evaluate[string](p, `document.querySelector("#bulk-report-heading").textContent`)
	var enabled, left int
	if _, err := fmt.Sscanf(heading, "%d applications enabled, %d not", &enabled, &left); err != nil || enabled+left != 448 {
		t.Errorf("the report says %q (%v), want 448 in all", heading, err)
	}
	p.until("the file names both that are guarded, and why", `fetch(document.querySelector("#bulk-csv").href).then(r => r.text()).then(t =>
		["guarded-1", "guarded-2"].every(name => t.split("\n").some(line => line.startsWith(name) && line.includes("System administrator"))))`)
	p.press("Escape")
	if n := i.countStatus("Disabled"); n != left {
		t.Errorf("%d are disabled, the report says %d", n, left)
	}
}

// The same for access rules, of which one cannot go: the last administrator's.
func TestBulkOfAccessRulesOverSeveralPages(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo", "--applications", "400")
	s := i.serve()
	p := signIn(t, s)

	p.visit("/access-rules")
	p.settled()
	p.click(checkbox("Select all rows on this page"))
	label := evaluate[string](p, `document.querySelector("[data-match-all]").textContent`)
	n := strings.TrimSuffix(strings.TrimPrefix(label, "Select all "), " that match")
	p.click(button(label))
	p.statusSays("All " + n + " selected")
	p.watchForABar()
	p.click(control("Delete").of(selectedRows))
	p.sees("Too many to look at each")
	p.click(button("Delete").of(dialog("Delete " + n + " access rules?")))
	p.sees("These were left as they are:")
	p.sees("is the last administrator")
	if !evaluate[bool](p, `window.sawBar`) {
		t.Error("no progress bar was shown")
	}
	p.press("Escape")
	p.until("the last administrator's rule is what is left", `document.querySelectorAll("#access-rules tbody tr").length === 1`)
	p.sees("System administrator")
}

const operatorEmail = "operator@acme.example"

// selectAll selects all n that match, in the two steps that it takes.
func (p *tab) selectAll(path, n string) {
	p.t.Helper()
	p.visit(path)
	p.settled()
	p.click(checkbox("Select all rows on this page"))
	p.click(button("Select all " + n + " that match"))
	p.statusSays("All " + n + " selected")
}

// watchForABar notes whether a progress bar of the bulk action was ever there.
func (p *tab) watchForABar() {
	p.t.Helper()
	evaluate[bool](p, `(() => {
		window.sawBar = false
		new MutationObserver(() => { window.sawBar ||= Boolean(document.querySelector("#bulk-bar")) }).observe(document.body, { childList: true, subtree: true })
		return true
	})()`)
}

// countStatus asks the installation itself.
func (i *installation) countStatus(status string) int {
	i.t.Helper()
	return strings.Count(i.run("app", "list"), status)
}
