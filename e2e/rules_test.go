package e2e

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// The access rules of an application, with the keyboard alone: what a role
// allows is told before it is given, every change says what it did, and the
// focus is on what changed.
func TestAccessRulesByKeyboard(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	i.createApplication("plain")
	p := signIn(t, i.serve())
	openRules(keyboard{p}, "plain")
	p.sees("No access")

	add := func(role string, scope func()) {
		p.choose(control("+Access rule"))
		p.write("Role", role)
		p.press("Enter")
		p.sees("What " + role + " allows")
		scope()
		p.choose(button("Save rule"))
	}
	add("Department administrator", func() {
		p.sees("gives access")
		p.sees("deletes")
		p.reach(option("acme").beginning())
		p.press("ArrowDown") // eu-1 stands below acme, which is open
		p.press("Enter")
		p.sees("acme / eu-1")
	})
	p.sees("Access rule added: Department administrator on acme / eu-1.")
	p.hears("Access rule added: Department administrator on acme / eu-1.")
	p.sees("What plain may do")
	if id := p.activeID(); !strings.HasPrefix(id, "rule-") {
		t.Errorf("after adding a rule the focus is on %q", id)
	}

	// One that adds nothing says so.
	add("Department administrator", func() {
		p.write("Search scope", "pla")
		p.node(option("acme / eu-1 / platform").beginning().first())
		p.press("ArrowDown")
		p.press("Enter")
	})
	p.sees("It allows nothing new")
	covered := p.activeID()

	p.choose(control("Delete rule: Department administrator on acme / eu-1 / platform"))
	p.sees("Access rule deleted: Department administrator on acme / eu-1 / platform.")
	eventually(t, p.ctx, func() string {
		if id := p.activeID(); id == covered || !strings.HasPrefix(id, "rule-") {
			return fmt.Sprintf("after deleting a rule the focus is on %q", id)
		}
		return ""
	})

	// The last one is asked about.
	p.choose(control("Delete rule: Department administrator on acme / eu-1"))
	p.sees("plain will have no access at all")
	p.focuses(link("Cancel"))
	p.choose(button("Delete rule"))
	p.sees("Access rule deleted: Department administrator on acme / eu-1.")
	if !p.focusIsInDialog() {
		t.Error("after deleting the last rule the focus is not in the dialog")
	}
	p.press("Escape")
	p.focuses(link("plain"))
}

// A branch of ten thousand nodes is opened, paged and searched without ever
// being in the page as a whole.
func TestALongBranchOfTheScopeTree(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	i.createApplication("plain")
	i.addProjects("platform", 10_000)
	p := signIn(t, i.serve())
	openRules(p, "plain")
	p.click(control("+Access rule"))
	p.reach(option("acme").beginning())
	p.press("ArrowDown")
	p.press("ArrowRight") // opens eu-1
	p.node(option("platform").beginning())
	p.typeText("plat")
	p.press("ArrowRight")
	more := option("Show more of platform")
	p.node(more)
	p.press("End") // us-2; above it stand research and the rest of platform
	p.press("ArrowUp")
	p.press("ArrowUp")
	p.focuses(more)
	p.press("Enter")
	p.focuses(option("edge-00").beginning())
	at := evaluate[[]string](p, `["aria-level", "aria-posinset", "aria-expanded"].map(a => document.activeElement.getAttribute(a) ?? "")`)
	if at[0] != "4" || at[1] != "101" || at[2] != "" {
		t.Errorf("the first node of the second piece has level %s, place %s, expanded %q", at[0], at[1], at[2])
	}
	p.press("Enter")
	p.sees("acme / eu-1 / platform / edge-00")
	if n := evaluate[int](p, `document.querySelectorAll("[role=treeitem]").length`); n > 500 {
		t.Errorf("there are %d nodes in the page", n)
	}

	p.fill("Search scope", "edge-09")
	p.click(option("acme / eu-1 / platform / edge-09000").beginning())
	p.sees("acme / eu-1 / platform / edge-09000")
}

// addProjects puts projects below a department of the sample organisation.
func (i *installation) addProjects(department string, n int) {
	i.t.Helper()
	db, err := sql.Open("sqlite", i.database)
	if err != nil {
		i.t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
		INSERT INTO scopes (id, type, name, name_folded, parent_id, path, created_by, created_at, updated_at, deleted_at)
		SELECT printf('edge-%05d', n), 'project', printf('edge-%05d', n), printf('edge-%05d', n), d.id, d.path || printf('edge-%05d', n) || '/', d.created_by, d.created_at, d.updated_at, 0
		FROM scopes d, numbers WHERE d.type = 'department' AND d.name = ?`, n, department)
	if err != nil {
		i.t.Fatal(err)
	}
}

// activeID is the id of what has the focus.
func (p *tab) activeID() string {
	p.t.Helper()
	p.settled()
	return evaluate[string](p, `document.activeElement.id`)
}

// hears waits until a screen reader was told something.
func (p *tab) hears(text string) {
	p.t.Helper()
	eventually(p.t, p.ctx, func() string {
		if told := evaluate[string](p, `[...document.querySelectorAll("[data-live]")].map(e => e.textContent).join(" ")`); !strings.Contains(told, text) {
			return fmt.Sprintf("the live regions say %q and not %q", told, text)
		}
		return ""
	})
}

// What a role allows scrolls within itself, by the keyboard too: the tree of
// scopes stays in view below it.
func TestTheScopesStayInViewBelowTheRole(t *testing.T) {
	p := atTheTable(t, "/applications")
	p.resize(1280, 800)
	openRules(p, "argo-deploy")
	p.click(control("+Access rule"))
	chooseRole(p, p, "Editor")
	p.reach(label{name: "What Editor allows", roles: []string{"region"}})
	if hidden := evaluate[float64](p, `document.querySelector("[role=tree]").getBoundingClientRect().bottom - document.querySelector(".dialog-body").getBoundingClientRect().bottom`); hidden > 0 {
		t.Errorf("%.0f px of the tree are out of view", hidden)
	}
}
