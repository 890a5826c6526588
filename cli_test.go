package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminal runs command lines over one database in a temporary folder, as a
// person in a shell does.
type terminal struct {
	t      *testing.T
	folder string
}

func newTerminal(t *testing.T) *terminal { return &terminal{t: t, folder: t.TempDir()} }

func (x *terminal) run(args ...string) (stdout, stderr string, code int) {
	x.t.Helper()
	var out, err bytes.Buffer
	args = append([]string{"--database", filepath.Join(x.folder, "latchkey.db")}, args...)
	code = execute(x.t.Context(), args, streams{in: strings.NewReader(""), out: &out, err: &err})
	return out.String(), err.String(), code
}

// does runs a command that has to succeed.
func (x *terminal) does(args ...string) string {
	x.t.Helper()
	stdout, stderr, code := x.run(args...)
	if code != exitDone {
		x.t.Fatalf("latchkey %s ended with %d: %s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// fails runs a command that has to fail, in one line on standard error.
func (x *terminal) fails(code int, sentence string, args ...string) {
	x.t.Helper()
	stdout, stderr, got := x.run(args...)
	said := lastLine(stderr)
	if got != code || !strings.Contains(said, sentence) || !strings.HasPrefix(said, "latchkey: ") {
		x.t.Errorf("latchkey %s ended with %d, said %q and printed %q; wanted %d and %q", strings.Join(args, " "), got, stderr, stdout, code, sentence)
	}
}

// lastLine leaves out what was logged before the end.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[len(lines)-1]
}

func TestAppCreatePrintsWhatScriptsNeed(t *testing.T) {
	x := newTerminal(t)
	var made struct{ ID, Name, ClientID, ClientSecret string }
	if err := json.Unmarshal([]byte(x.does("app", "create", "ci-1", "--rule", "Viewer@/", "--json")), &made); err != nil {
		t.Fatal(err)
	}
	if made.Name != "ci-1" || made.ClientID != "ci-1" || made.ID == "" || !strings.HasPrefix(made.ClientSecret, "lk_") {
		t.Errorf("app create --json printed %+v", made)
	}
	list := x.does("app", "list")
	if !strings.Contains(list, "ci-1") || !strings.Contains(list, "Active") {
		t.Errorf("app list prints:\n%s", list)
	}
	if strings.Contains(list, made.ClientSecret) {
		t.Error("app list prints the secret key")
	}
}

func TestAppCommandsChangeWhatTheyName(t *testing.T) {
	x := newTerminal(t)
	x.does("app", "create", "ci-1")
	x.does("app", "disable", "ci-1")
	if list := x.does("app", "list"); !strings.Contains(list, "Disabled") {
		t.Errorf("after app disable, app list prints:\n%s", list)
	}
	x.does("app", "enable", "ci-1")
	first := x.does("app", "regenerate", "ci-1")
	if second := x.does("app", "regenerate", "ci-1"); first == second {
		t.Error("app regenerate printed the same key twice")
	}
	x.does("app", "delete", "ci-1")
	if list := x.does("app", "list"); strings.Contains(list, "ci-1") {
		t.Errorf("after app delete, app list prints:\n%s", list)
	}
}

func TestMistakesAreToldInOneLine(t *testing.T) {
	x := newTerminal(t)
	x.does("app", "create", "ci-1")
	x.fails(exitWrongUsage, "--help", "ap")
	x.fails(exitWrongUsage, "--help", "app", "create")
	x.fails(exitWrongUsage, "ROLE@SCOPE", "app", "create", "ci-2", "--rule", "Viewer")
	x.fails(exitWrongUsage, "there is no role", "app", "create", "ci-2", "--rule", "Emperor@/")
	x.fails(exitFailed, "there is no scope /nowhere", "app", "create", "ci-2", "--rule", "Viewer@/nowhere")
	x.fails(exitFailed, "ci-1", "app", "create", "ci-1")
	x.fails(exitFailed, "name", "app", "create", "Capital")
	x.fails(exitFailed, "there is no such application", "app", "disable", "ci-9")
	x.fails(exitWrongUsage, "refusing to serve plain HTTP", "serve", "--listen", "192.0.2.1:8080")
	if list := x.does("app", "list"); strings.Contains(list, "ci-2") {
		t.Error("a rule with a typing mistake left an application behind")
	}
}

func TestALostKeyFileIsNotReplaced(t *testing.T) {
	x := newTerminal(t)
	key := filepath.Join(x.folder, "latchkey.key")
	x.does("app", "create", "ci-1")
	kept, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}

	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	x.fails(exitFailed, "put it back", "app", "list")
	if _, err := os.Stat(key); err == nil {
		t.Error("a new key file took the place of the lost one")
	}

	if err := os.WriteFile(key, bytes.Repeat([]byte("x"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	x.fails(exitFailed, "this database was made with", "app", "list")

	if err := os.WriteFile(key, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	x.fails(exitFailed, "chmod 600", "app", "list")

	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	x.does("app", "list")
}

func TestUserCreateMakesATemporaryPassword(t *testing.T) {
	x := newTerminal(t)
	if said := x.does("user", "create", "ada@example.com"); !strings.Contains(said, "Temporary password: ") || !strings.Contains(said, "System administrator") {
		t.Errorf("user create printed:\n%s", said)
	}
	x.fails(exitFailed, "ada@example.com", "user", "create", "ada@example.com")
	x.fails(exitFailed, "password", "user", "create", "bob@example.com", "--password-file", filepath.Join(x.folder, "absent"))
}

func TestDemoMakesAnOrganisationOnce(t *testing.T) {
	x := newTerminal(t)
	said := x.does("demo")
	for _, u := range demoUsers {
		if !strings.Contains(said, u.email) {
			t.Errorf("demo does not say how to sign in as %s", u.email)
		}
	}
	list := x.does("app", "list")
	for _, word := range []string{"ci-pipeline-prod", "Active", "Disabled", "Key expired", "never"} {
		if !strings.Contains(list, word) {
			t.Errorf("the sample has nothing that is %q", word)
		}
	}
	if lines := strings.Count(list, "\n") - 1; lines != 58 {
		t.Errorf("the sample lists %d applications, not 60 less the 2 deleted ones", lines)
	}
	x.fails(exitFailed, "has applications already", "demo")
}

func TestDemoMakesAsManyAsAsked(t *testing.T) {
	x := newTerminal(t)
	x.does("demo", "--applications", "700")
	if lines := strings.Count(x.does("app", "list"), "\n") - 1; lines != 698 {
		t.Errorf("demo --applications 700 lists %d, not 700 less the 2 deleted ones", lines)
	}
}

func TestDemoNamesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range 100_000 {
		name := demoApplicationAt(i).name
		if seen[name] {
			t.Fatalf("the name %s comes twice", name)
		}
		seen[name] = true
	}
}

func TestBackupIsPrivate(t *testing.T) {
	x := newTerminal(t)
	x.does("app", "create", "ci-1")
	file := filepath.Join(x.folder, "copy.db")
	x.does("backup", file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %v", info.Mode())
	}
	x.fails(exitFailed, "copy.db", "backup", file)
}

func TestVersionAndHelp(t *testing.T) {
	x := newTerminal(t)
	if said := x.does("version"); !strings.HasPrefix(said, "latchkey ") {
		t.Errorf("version printed %q", said)
	}
	help := x.does("--help")
	for _, word := range []string{"serve", "user create", "app create", "demo", "backup", "LATCHKEY_DATABASE"} {
		if !strings.Contains(help, word) {
			t.Errorf("--help does not name %q", word)
		}
	}
}

func TestProgressLine(t *testing.T) {
	got := progressLine("applications", 250, 1000, 5*time.Second)
	want := "███████" + strings.Repeat("░", 21) + "  25 %  250 of 1000 applications, 15s left"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
