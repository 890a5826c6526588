package handlers_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latchkey/access"
)

func organizationPath(s access.Scope, what string) string {
	return "/organization/" + s.ID + "/" + what
}

// upload sends a file as a form with a file does.
func (b *browser) upload(path, text string, fields map[string]string) *answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		must(b.t, form.WriteField(name, value))
	}
	part, err := form.CreateFormFile("file", "org.yaml")
	must(b.t, err)
	_, err = part.Write([]byte(text))
	must(b.t, err)
	must(b.t, form.Close())
	got := b.with("Content-Type", form.FormDataContentType(), "Sec-Fetch-Site", "same-origin").ask(http.MethodPost, path, body.String())
	got.doc, err = goquery.NewDocumentFromReader(strings.NewReader(got.body))
	must(b.t, err)
	return got
}

func TestANodeIsChosenByItsAddress(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	eu := p.place(access.Scope{}, "eu-1")
	research := p.place(eu, "research")
	vision := p.place(research, "vision")

	page := b.get("/organization?scope=" + vision.ID).wantStatus(http.StatusOK)
	page.wantText("#organization-node", "vision")
	for _, s := range []access.Scope{eu, research, vision} { // the way to it is open
		page.wantText(`[id="node-`+s.ID+`"]`, s.Name)
	}
	if part := b.scripted().get("/organization?scope=" + vision.ID); part.isPage() {
		t.Error("a fragment is a page")
	}
	page.wantText("#scope-move", "Move")
	b.get("/organization?scope="+research.ID).wantText("#scope-add", "Add project").wantText("#scope-move", "Move")
	b.get("/organization?scope=" + eu.ID).wantNone("#scope-move")
	b.get("/organization").wantText("#organization-node", "organization")
	gone := b.get("/organization?scope=nothing").wantStatus(http.StatusNotFound)
	gone.wantText("#organization-gone", "does not exist")
	b.get("/organization?q=visi").wantText(`li a[href="/organization?scope=`+vision.ID+`"]`, "vision")
	// What is made at the node is one link away.
	app, _ := p.application("ci")
	p.rule(app, access.Viewer, vision)
	rules, _ := b.get("/organization?scope=" + vision.ID).find(`dd a[href^="/access-rules"]`).Attr("href")
	b.get(rules).wantStatus(http.StatusOK).wantText("#access-rules", "ci")
}

// TestTwoAdministratorsEditOneNode: the second is told, and nothing of theirs is
// done.
func TestTwoAdministratorsEditOneNode(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	eu := p.place(access.Scope{}, "eu-1")
	research, sales := p.place(eu, "research"), p.place(eu, "sales")
	vision := p.place(research, "vision")
	rename := b.fill(organizationPath(vision, "rename"), "#node-name-form")
	move := b.fill(organizationPath(vision, "move"), "#node-move-form")
	remove := b.fill(organizationPath(vision, "delete"), "#node-delete-form")
	p.wait(1e9)
	_, err := p.svc.RenameScope(context.Background(), p.operator(), vision.ID, "sight")
	must(t, err)
	before := p.digest()
	rename.Set("name", "mine")
	b.post(organizationPath(vision, "rename"), rename).wantStatus(http.StatusConflict).wantText("#node-name-problems", "Somebody changed this")
	move.Set("scopeId", sales.ID)
	b.post(organizationPath(vision, "move"), move).wantStatus(http.StatusConflict).wantText("#node-move-problems", "Somebody changed this")
	b.post(organizationPath(vision, "delete"), remove).wantStatus(http.StatusConflict).wantText("#node-delete-problems", "Somebody changed this")
	if after := p.digest(); after != before {
		t.Errorf("something changed: %s", difference(before, after))
	}
	// What hangs on it counts as well.
	remove = b.fill(organizationPath(vision, "delete"), "#node-delete-form")
	app, _ := p.application("ci")
	p.rule(app, access.Viewer, vision)
	remove.Set("withRules", "true")
	b.post(organizationPath(vision, "delete"), remove).wantStatus(http.StatusConflict).wantText("#node-delete-body", "1 (ci as Viewer)")
	// The form that comes back is of how it is now.
	remove = b.fill(organizationPath(vision, "delete"), "#node-delete-form")
	remove.Del("withRules") // no box is ticked at first
	b.post(organizationPath(vision, "delete"), remove).wantStatus(http.StatusConflict).wantText("#node-delete-problems", "1 access rule")
	remove.Set("withRules", "true")
	done := b.post(organizationPath(vision, "delete"), remove).wantStatus(http.StatusOK)
	if got := done.header.Get("HX-Push-Url"); got != "/organization?scope="+research.ID {
		t.Errorf("the address afterwards is %q", got)
	}
	b.get(organizationPath(vision, "rename")).wantStatus(http.StatusNotFound).wantText("#notice", "Nothing was changed")
}

// TestAMoveSaysWhatIsWrong: each refusal is a sentence beside the tree.
func TestAMoveSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	eu := p.place(access.Scope{}, "eu-1")
	research, sales := p.place(eu, "research"), p.place(eu, "sales")
	vision := p.place(research, "vision")
	p.place(sales, "VISION")
	path := organizationPath(vision, "move")
	form := b.fill(path, "#node-move-form")
	before := p.digest()
	for to, because := range map[string]string{
		"": "Choose where it goes", "nothing": "no longer exists", research.ID: "hangs there already", vision.ID: "below itself",
		eu.ID: "a project hangs below a department", access.TenantNodeID: "is the organization", sales.ID: "named vision already exists",
	} {
		form.Set("scopeId", to)
		got := b.post(path, form)
		if got.status != http.StatusUnprocessableEntity && got.status != http.StatusConflict {
			t.Errorf("to %q: %d", to, got.status)
		}
		if text := strings.ToLower(got.text("#node-move-problems")); !strings.Contains(text, strings.ToLower(because)) {
			t.Errorf("to %q it says %q, want %q", to, text, because)
		}
	}
	if after := p.digest(); after != before {
		t.Errorf("something changed: %s", difference(before, after))
	}
	// The tree offers departments alone.
	picker := b.get("/scopes?only=department&parent=" + eu.ID).wantStatus(http.StatusOK)
	if n := picker.doc.Find(`[aria-disabled=true], [aria-expanded]`).Length(); n != 0 {
		t.Errorf("%d departments cannot be chosen, or can be opened", n)
	}
	if n := b.get("/scopes?only=department&parent=1001").find(`[aria-disabled=true]`).Length(); n != 1 {
		t.Errorf("%d clusters are marked as no department", n)
	}
	b.get("/scopes?only=department&q=vision").wantText(".tree-none", "Nothing here")
	for where, because := range map[string]string{
		eu.ID: "directly below the organization", access.TenantNodeID: "What can be moved are projects", p.place(eu, "empty").ID: "no projects that could be moved",
	} {
		b.get("/organization/"+where+"/move").wantStatus(http.StatusConflict).wantText("#notice", because)
	}
}

// TestTheProjectsOfADepartmentMove: the department stays and says why.
func TestTheProjectsOfADepartmentMove(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	eu, us := p.place(access.Scope{}, "eu-1"), p.place(access.Scope{}, "us-1")
	research, sales, labs := p.place(eu, "research"), p.place(eu, "sales"), p.place(us, "labs")
	p.place(research, "vision")
	p.place(research, "speech")
	p.place(sales, "VISION")
	path := organizationPath(research, "move")
	asked := b.get(path).wantStatus(http.StatusOK)
	asked.wantText("#node-move-heading", "Move the projects of research").wantText("#node-move-body", "The department itself stays in eu-1")
	asked.wantText("#node-move-form-submit", "Move 2 projects")
	form := formOf(asked, "#node-move-form")
	before := p.digest()
	for to, because := range map[string]string{
		"": "Choose where they go", "nothing": "no longer exists", research.ID: "hang there already",
		eu.ID: "Choose a department", sales.ID: "sales has a project of the same name: vision",
	} {
		form.Set("scopeId", to)
		got := b.post(path, form)
		if got.status != http.StatusUnprocessableEntity && got.status != http.StatusConflict {
			t.Errorf("to %q: %d", to, got.status)
		}
		got.wantText("#node-move-problems", because)
	}
	if after := p.digest(); after != before {
		t.Errorf("something changed: %s", difference(before, after))
	}
	late := p.place(research, "late")
	form.Set("scopeId", labs.ID)
	again := b.post(path, form).wantStatus(http.StatusConflict).wantText("#node-move-problems", "Somebody changed this")
	again.wantText("#node-move-form-submit", "Move 3 projects")
	_, err := p.svc.DeleteScope(context.Background(), p.operator(), late.ID)
	must(t, err)
	done := b.post(path, form).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "2 projects were moved from My organization / eu-1 / research to My organization / us-1 / labs.")
	if got := done.header.Get("HX-Push-Url"); got != "/organization?scope="+labs.ID {
		t.Errorf("the address afterwards is %q", got)
	}
	b.get(path).wantStatus(http.StatusConflict).wantText("#notice", "no projects that could be moved")
}

// TestTheImportShowsItsDifference compares what the page says, as text.
func TestTheImportShowsItsDifference(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	eu := p.place(access.Scope{}, "eu-1")
	research := p.place(eu, "research")
	p.place(research, "vision")
	app, _ := p.application("ci")
	p.rule(app, access.Viewer, research)

	const file = "clusters:\n  - name: eu-1\n    departments:\n      - sales\n"
	before := p.digest()
	b.upload("/organization/import", file, nil).wantStatus(http.StatusOK).wantText("#difference-text", "+ department eu-1 / sales")
	shown := b.upload("/organization/import", file, map[string]string{"removeUnnamed": "true"}).wantStatus(http.StatusOK)
	want := "- department eu-1 / research\n-   access rule: ci is Viewer\n- project eu-1 / research / vision\n+ department eu-1 / sales\n"
	if got := shown.find("#difference-text").Text(); got != want {
		t.Errorf("the difference is\n%s\nwant\n%s", got, want)
	}
	if after := p.digest(); after != before {
		t.Errorf("the dry run changed %s", difference(before, after))
	}
	apply := url.Values{}
	shown.doc.Find("#apply-form input").Each(func(_ int, input *goquery.Selection) {
		name, _ := input.Attr("name")
		value, _ := input.Attr("value")
		apply.Set(name, value)
	})
	// Somebody changes what it would take away: it is refused, and shown anew.
	late := p.place(research, "late")
	before = p.digest()
	again := b.post("/organization/import/apply", apply).wantStatus(http.StatusConflict)
	again.wantText("#difference-problems", "has changed since").wantText("#difference-text", "- project eu-1 / research / late")
	if after := p.digest(); after != before {
		t.Errorf("a refused import changed %s", difference(before, after))
	}
	_, err := p.svc.DeleteScope(context.Background(), p.operator(), late.ID)
	must(t, err)
	b.post("/organization/import/apply", apply).wantStatus(http.StatusOK).wantText("#notice", "1 added, 2 removed, 1 access rules deleted")
	if got := b.get("/organization.yaml").wantStatus(http.StatusOK); !strings.HasSuffix(got.body, "clusters:\n  - name: eu-1\n    departments:\n      - name: sales\n") {
		t.Errorf("the export is\n%s", got.body)
	}
}

// TestBadFilesAreRefused: a sentence each, and nothing changes.
func TestBadFilesAreRefused(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	p.place(access.Scope{}, "eu-1")
	before := p.digest()
	for because, file := range map[string]string{
		"comes twice":             "clusters: [a, a]",
		"there is no cluster":     "clusters: [{id: x, name: a}]",
		"lies below itself":       "clusters: [{id: x, name: a, departments: [{id: x, name: b}]}]",
		"more than 10000":         "clusters:\n" + strings.Repeat("- a\n", 10_001),
		"is not YAML":             "clusters: [",
		"Choose a file, or paste": "",
		"larger than 2 MiB":       strings.Repeat("x", access.MaxOrganizationFile+1),
		"not UTF-8":               "clusters: [\xff]",
	} {
		for _, path := range []string{"/organization/import", "/organization/import/apply"} {
			b.upload(path, file, map[string]string{"digest": "x"}).wantStatus(http.StatusUnprocessableEntity).wantText("#import-problems", because)
		}
	}
	b.upload("/organization/import", strings.Repeat("x", 3*access.MaxOrganizationFile), nil).wantStatus(http.StatusRequestEntityTooLarge)
	b.upload("/organization/import/apply", "clusters: [us-1]", nil).wantStatus(http.StatusUnprocessableEntity).wantText("#import-problems", "Look at the difference first")
	if after := p.digest(); after != before {
		t.Errorf("something changed: %s", difference(before, after))
	}
	var large strings.Builder
	large.WriteString("clusters:\n")
	for i := range 9_000 {
		fmt.Fprintf(&large, "  - name: cluster-%06d\n", i)
	}
	b.upload("/organization/import", large.String(), nil).wantStatus(http.StatusOK).wantText("#difference-summary", "9000 added")
}
