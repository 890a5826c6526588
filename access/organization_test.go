package access_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
)

const worldFile = `tenant: My organization
clusters:
  - name: east
    departments:
      - name: a
        projects:
          - "1"
          - "2"
      - name: b
        projects:
          - "1"
  - name: west
    departments:
      - name: a
        projects:
          - "1"
`

func (w *world) exported(c access.Caller, ids bool) string {
	w.t.Helper()
	file, err := w.ExportOrganization(w.ctx, c, ids)
	w.must(err)
	text, err := file.YAML()
	w.must(err)
	return string(text)
}

func (w *world) organization(text string) access.OrganizationFile {
	w.t.Helper()
	file, err := access.ParseOrganization([]byte(text))
	w.must(err)
	return file
}

// named puts the ids of nodes where the text names their paths as <path>.
func (w *world) named(text string) string {
	for path, scope := range w.scopes {
		text = strings.ReplaceAll(text, "<"+path+">", scope.ID)
	}
	return text
}

func TestExportAndImportAreTheSameFile(t *testing.T) {
	w := newWorld(t)
	if got := w.exported(w.admin, false); got != worldFile {
		t.Errorf("exported\n%s\nwant\n%s", got, worldFile)
	}
	w.wantEvent("admin@example.com export tenant Succeeded")
	for _, ids := range []bool{false, true} {
		in := access.OrganizationImport{File: w.organization(w.exported(w.admin, ids)), Remove: true}
		difference, err := w.CompareOrganization(w.ctx, w.admin, in)
		if err != nil || difference.Text() != "" {
			t.Errorf("with ids %t an export differs from itself by %q (%v)", ids, difference.Text(), err)
		}
		told := len(w.events())
		_, err = w.ImportOrganization(w.ctx, w.admin, in)
		w.must(err)
		if len(w.events()) != told {
			t.Error("an import without a difference is told of")
		}
	}
	// Whoever sees a part exports that part and what leads there.
	east := w.user("east@example.com", departmentAdmin, "east/a")
	if got, want := w.exported(east, false), "tenant: My organization\nclusters:\n  - name: east\n    departments:\n      - name: a\n        projects:\n          - \"1\"\n          - \"2\"\n"; got != want {
		t.Errorf("east exports\n%s", got)
	}
	_, err := w.ExportOrganization(w.ctx, w.user("nobody@example.com", 0, ""), false)
	wantError(t, err, access.ErrForbidden)
}

func TestTheImportShowsItsDifferenceAndAppliesIt(t *testing.T) {
	tests := []struct {
		name, file string
		remove     bool
		want       string
	}{
		{"what is not named stays", "clusters: [north, {name: east, departments: [{name: a, projects: ['3']}]}]", false, `
+ project east / a / 3
+ cluster north
`},
		{"what is not named goes, with its rules", "clusters: [{name: east, departments: [a]}]", true, `
- project east / a / 1
- project east / a / 2
- department east / b
-   access rule: ops is Viewer
- project east / b / 1
-   access rule: ops is Viewer
- cluster west
- department west / a
- project west / a / 1
`},
		{"ids tell a rename from a new node", "clusters: [{id: <east>, name: orient, departments: [{id: <east/b>, name: beta}]}, {name: east}]", false, `
+ cluster east
~ cluster east -> orient
~ department east / b -> orient / beta
`},
		{"ids tell a move from a new node", "clusters: [{name: west, departments: [{name: a, projects: [{id: <east/a/2>, name: '2'}]}, {name: new, projects: [{id: <east/b/1>, name: uno}]}]}]", false, `
> project east / a / 2 -> west / a / 2
+ department west / new
> project east / b / 1 -> west / new / uno
`},
		{"two change names", "clusters: [{id: <east>, name: west}, {id: <west>, name: east}]", false, `
~ cluster west -> east
~ cluster east -> west
`},
		{"one takes the name of another that goes", "clusters: [{name: east, departments: [{id: <east/a>, name: b, projects: [{id: <east/b/1>, name: '2'}]}]}]", true, `
- project east / a / 1
- project east / a / 2
~ department east / a -> east / b
- department east / b
-   access rule: ops is Viewer
> project east / b / 1 -> east / b / 2
- cluster west
- department west / a
- project west / a / 1
`},
		{"projects change places", "clusters: [{name: east, departments: [{name: a, projects: [{id: <east/b/1>, name: '1'}]}, {name: b, projects: [{id: <east/a/1>, name: '1'}]}]}]", false, `
> project east / b / 1 -> east / a / 1
> project east / a / 1 -> east / b / 1
`},
		{"the organization and the spelling of a name", "{tenant: acme, clusters: [EAST]}", false, `
~ organization My organization -> acme
~ cluster east -> EAST
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.rule(access.SubjectGroup, "ops", viewer, "east/b")
			w.rule(access.SubjectGroup, "ops", viewer, "east/b/1")
			in := access.OrganizationImport{File: w.organization(w.named(test.file)), Remove: test.remove}
			before, told := w.exported(w.admin, true), len(w.events())
			difference, err := w.CompareOrganization(w.ctx, w.admin, in)
			w.must(err)
			if strings.TrimSpace(difference.Text()) != strings.TrimSpace(test.want) {
				t.Fatalf("the difference is\n%s\nwant%s", difference.Text(), test.want)
			}
			if w.exported(w.admin, true) != before {
				t.Fatal("the dry run changed something")
			}
			told = len(w.events())
			in.Digest = difference.Digest
			applied, err := w.ImportOrganization(w.ctx, w.admin, in)
			if err != nil || applied.Text() != difference.Text() {
				t.Fatalf("applied\n%s (%v)", applied.Text(), err)
			}
			// Each line has its event, and one sums them up.
			if got, want := len(w.events())-told, strings.Count(strings.TrimSpace(test.want), "\n")+2; got < want {
				t.Errorf("%d events, want %d", got, want)
			}
			if e := w.lastEvent(); tell(e) != "admin@example.com update tenant Succeeded" || e.Metadata["added"] != fmt.Sprint(difference.Count(access.NodeAdded)) {
				t.Errorf("the last event is %s %v", tell(e), e.Metadata)
			}
			// Once more there is nothing to do.
			in.Digest = ""
			again, err := w.CompareOrganization(w.ctx, w.admin, in)
			if err != nil || again.Text() != "" {
				t.Errorf("afterwards the file still differs by\n%s (%v)", again.Text(), err)
			}
		})
	}
}

func TestAnImportIsRefused(t *testing.T) {
	w := newWorld(t)
	w.app("ci", "west/a/1")
	east := w.user("east@example.com", departmentAdmin, "east/a")
	for _, test := range []struct {
		name, file string
		remove     bool
		who        access.Caller
		want       error
		because    string
	}{
		{"an unknown id", "clusters:\n- id: 0199aaaa-0000\n  name: x", false, w.admin, access.ErrInvalid, "Line 2: there is no cluster with the id 0199aaaa-0000"},
		{"an id of another level", "clusters: [{id: <east/a>, name: a}]", false, w.admin, access.ErrInvalid, "Line 1: the id <east/a> is that of the department a"},
		{"a department leaves its cluster", "clusters: [{name: west, departments: [{id: <east/b>, name: b}]}]", false, w.admin, access.ErrInvalid, "stays there"},
		{"a name that is taken", "clusters: [{id: <east>, name: west}]", false, w.admin, access.ErrInvalid, "west already, which the file does not name"},
		{"an application is managed there", "clusters: [east]", true, w.admin, access.ErrInvalid, "1 application is managed in 1. Move it"},
		{"no permission to add", "clusters: [north]", false, east, access.ErrForbidden, "Line 1: This needs the permission to create Clusters in My organization."},
		{"no permission to rename", "clusters: [{name: east, departments: [{id: <east/a>, name: x}]}]", false, east, access.ErrForbidden, "update Departments"},
		{"no permission for the organization", "{tenant: mine, clusters: []}", false, east, access.ErrForbidden, "Line 1"},
		{"what cannot be seen is not there", "clusters: [{id: <west>, name: x}]", false, east, access.ErrInvalid, "there is no cluster with the id"},
	} {
		before, in := w.exported(w.admin, true), access.OrganizationImport{File: w.organization(w.named(test.file)), Remove: test.remove}
		_, err := w.CompareOrganization(w.ctx, test.who, in)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), w.named(test.because)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.because)
		}
		if _, err := w.ImportOrganization(w.ctx, test.who, in); !errors.Is(err, test.want) {
			t.Errorf("%s: the import itself: %v", test.name, err)
		}
		if w.exported(w.admin, true) != before {
			t.Fatalf("%s: something changed", test.name)
		}
	}
	// Within their reach they may.
	in := access.OrganizationImport{File: w.organization("clusters: [{name: east, departments: [{name: a, projects: [new]}]}]"), Remove: true}
	difference, err := w.CompareOrganization(w.ctx, east, in)
	if want := "- project east / a / 1\n- project east / a / 2\n+ project east / a / new\n"; err != nil || difference.Text() != want {
		t.Errorf("east may change\n%s (%v)", difference.Text(), err)
	}
}

func TestAnImportOfAnotherDifferenceIsRefused(t *testing.T) {
	w := newWorld(t)
	in := access.OrganizationImport{File: w.organization("clusters: [{name: east, departments: [a]}, west]"), Remove: true}
	difference, err := w.CompareOrganization(w.ctx, w.admin, in)
	w.must(err)
	in.Digest = difference.Digest
	changed := func(what string) {
		t.Helper()
		before := w.exported(w.admin, true)
		_, err := w.ImportOrganization(w.ctx, w.admin, in)
		if !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), "has changed since") {
			t.Errorf("after %s: %v, want a refusal", what, err)
		}
		if w.exported(w.admin, true) != before {
			t.Errorf("after %s something changed", what)
		}
	}
	rule := w.rule(access.SubjectGroup, "ops", viewer, "east/b")
	changed("a new rule that would fall")
	_, err = w.DeleteRule(w.ctx, w.admin, rule.ID)
	w.must(err)
	project, err := w.CreateScope(w.ctx, w.admin, access.NewScope{ParentID: w.scopes["east/b"].ID, Name: "late"})
	w.must(err)
	changed("a new node that would go")
	_, err = w.DeleteScope(w.ctx, w.admin, project.ID)
	w.must(err)
	_, err = w.ImportOrganization(w.ctx, w.admin, in)
	w.must(err)
}

func TestAFileIsReadStrictly(t *testing.T) {
	many := func(n int) string { return "clusters:\n" + strings.Repeat("- x\n", n) }
	for _, test := range []struct{ name, file, because string }{
		{"nothing", " \n", "is empty"},
		{"comments alone", "# nothing\n", "is empty"},
		{"no YAML", "clusters: [", "is not YAML"},
		{"no text", "tenant: \xff", "is not UTF-8"},
		{"no mapping", "- a", `must begin with "tenant:"`},
		{"an unknown field", "clusters:\n- name: a\n  colour: red", `Line 3: a cluster has a field "colour", which is not known`},
		{"a level too deep", "clusters: [{name: a, departments: [{name: b, projects: [{name: c, departments: []}]}]}]", `a project of a / b has a field "departments"`},
		{"a level left out", "clusters: [{name: a, projects: [b]}]", `a cluster has a field "projects"`},
		{"a field twice", "tenant: a\ntenant: b", `Line 2: the organization has the field "tenant" twice`},
		{"a name twice", "clusters:\n- a\n- A", "Line 3: the cluster A comes twice"},
		{"an id twice", "clusters: [{id: x, name: a}, {id: x, name: b}]", "the id x comes twice: as a and as b"},
		{"below itself", "clusters:\n- id: x\n  name: a\n  departments:\n  - id: x\n    name: b", "Line 5: a / b lies below itself: the id x is also that of a above it. Give it the id of its own, or leave the id out"},
		{"no name", "clusters: [{id: x}]", "a cluster has no name"},
		{"an empty name", "clusters: [{name: }]", "a cluster has no name"},
		{"a bad name", "clusters: [a/b]", "slash"},
		{"a name that is a list", "clusters: [[a]]", "no name"},
		{"a list that is a name", "clusters: a", "must be a list"},
		{"an alias", "clusters:\n- &a {name: a, departments: [*a]}", "anchor"},
		{"a bomb", "a: &a [x,x]\nb: &b [*a,*a]\nclusters: [*b,*b]", `"a", which is not known`},
		{"a tag", "clusters: [!!binary YQ==]", "tag"},
		{"two documents", "tenant: a\n---\ntenant: b", "second document"},
		{"10,001 nodes", strings.Replace(many(10_001), "- x", "- y", 1), "more than 10000"},
		{"a hundred thousand lines", many(100_000), "more than 10000"},
		{"too many bytes", "tenant: " + strings.Repeat("x", access.MaxOrganizationFile), "larger than 2 MiB"},
		{"a deep one", strings.Repeat("[", 50_000), "is not YAML"},
	} {
		_, err := access.ParseOrganization([]byte(test.file))
		if !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), test.because) {
			t.Errorf("%s: %.300v, want %q", test.name, err, test.because)
		}
	}
	var lines strings.Builder
	lines.WriteString("clusters:\n")
	for i := range access.MaxOrganizationNodes {
		fmt.Fprintf(&lines, "- name: cluster-%d\n", i)
	}
	if file, err := access.ParseOrganization([]byte(lines.String())); err != nil || len(file.Clusters) != access.MaxOrganizationNodes {
		t.Errorf("10,000 nodes: %d (%v)", len(file.Clusters), err)
	}
	file, err := access.ParseOrganization([]byte("clusters: [2024, yes, {name: ~x, id: ~}, on]\r\n"))
	if err != nil || fmt.Sprint(file.Clusters[0].Name, file.Clusters[1].Name, file.Clusters[2].Name, file.Clusters[3].Name) != "2024yes~xon" {
		t.Errorf("names that look like something else: %+v (%v)", file, err)
	}
}

// FuzzParseOrganization: whatever is sent is read or refused with a sentence,
// and what was read is written and read again as the same.
func FuzzParseOrganization(f *testing.F) {
	for _, seed := range []string{worldFile, "clusters: [a, {id: x, name: 'yes', departments: [{name: 1, projects: [~x, '', \"\\u00e9\"]}]}]",
		"? [a]\n: b", "&a [*a]", "--- !!map {tenant: &x y}\n...\n", "clusters:\n- - - x", "%YAML 1.1\n---\ntenant: 0o7"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := access.ParseOrganization(data)
		if err != nil {
			if !errors.Is(err, access.ErrInvalid) {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		first, err := file.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := access.ParseOrganization(first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, first)
		}
		if second, _ := again.YAML(); string(first) != string(second) {
			t.Fatalf("%s\nbecame\n%s", first, second)
		}
	})
}
