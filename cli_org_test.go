package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOrgIsExportedAndImported(t *testing.T) {
	x := newTerminal(t)
	file := filepath.Join(t.TempDir(), "org.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("clusters: [{name: eu-1, departments: [{name: research, projects: [vision]}]}]")
	const difference = "+ cluster eu-1\n+ department eu-1 / research\n+ project eu-1 / research / vision\n"
	if got := x.does("org", "import", file, "--dry-run"); got != difference {
		t.Errorf("the dry run says %q, want %q", got, difference)
	}
	if got := x.does("org", "export"); strings.Contains(got, "eu-1") {
		t.Errorf("the dry run made %s", got)
	}
	if got := x.does("org", "import", file); got != difference {
		t.Errorf("the import says %q", got)
	}
	if got := x.does("org", "import", file); got != "The organization is what the file says already.\n" {
		t.Errorf("the second import says %q", got)
	}
	exported := filepath.Join(t.TempDir(), "exported.yaml")
	x.does("org", "export", exported, "--ids")
	x.fails(exitFailed, "exists already", "org", "export", exported)
	text, err := os.ReadFile(exported)
	if err != nil || strings.Count(string(text), "id: ") != 3 {
		t.Errorf("the export holds %s (%v)", text, err)
	}
	write("clusters: []")
	if got := x.does("org", "import", file); !strings.HasPrefix(got, "The organization is") {
		t.Errorf("without --remove: %q", got)
	}
	if got := x.does("org", "import", file, "--remove"); strings.Count(got, "- ") != 3 {
		t.Errorf("with --remove: %q", got)
	}
	write("clusters:\n- a\n- A\n")
	x.fails(exitFailed, "Line 3: the cluster A comes twice.", "org", "import", file)
	x.fails(exitFailed, "no such file", "org", "import", file+".none")
}
