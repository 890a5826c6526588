package e2e

import (
	"strings"
	"testing"
)

// The organisation with the keyboard alone: add, rename, move and delete, and
// after each the focus is on the node that it was about.
func TestOrganizationByKeyboard(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.visit("/organization")
	p.reach(option("acme").beginning())
	p.press("ArrowDown") // eu-1
	p.press("Enter")
	p.sees("Add department")
	if !strings.Contains(p.location(), "scope=") {
		t.Errorf("the address of a chosen node is %s", p.location())
	}
	p.hears("eu-1: cluster")

	p.choose(control("Add department"))
	p.write("Name", "vision")
	p.press("Enter")
	p.sees("acme / eu-1 / vision was added.")
	p.focuses(option("vision").beginning())
	p.sees("Add project")

	p.choose(control("Add project"))
	p.write("Name", "lidar")
	p.press("Enter")
	p.sees("acme / eu-1 / vision / lidar was added.")
	p.focuses(option("lidar").beginning())

	p.choose(control("Rename"))
	p.write("Name", "lidar-2")
	p.press("Enter")
	p.sees("lidar is called lidar-2 now.")
	p.focuses(option("lidar-2").beginning())

	p.choose(control("Move"))
	p.write("Search department", "platf")
	p.node(option("acme / eu-1 / platform").beginning().first())
	p.press("ArrowDown")
	p.press("Enter")
	p.choose(button("Move"))
	p.sees("lidar-2 was moved: it is acme / eu-1 / platform / lidar-2 now.")
	p.focuses(option("lidar-2").beginning())

	p.choose(control("Delete"))
	p.focuses(link("Cancel"))
	p.choose(button("Delete"))
	p.sees("acme / eu-1 / platform / lidar-2 was deleted.")
	p.focuses(option("platform").beginning())

	// What has rules is refused until these are ticked.
	p.choose(control("Delete"))
	p.choose(button("Delete"))
	p.sees("Say that they go with it, or delete them first.")
	p.press("Escape")
	p.focuses(control("Delete"))
}

// What the person had open of the tree is open after a change too, and shows
// what has become of it.
func TestTheTreeStaysOpen(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.visit("/organization")
	open := func(name string) {
		p.click(option(name).beginning())
		p.press("ArrowRight")
	}
	open("us-2")
	open("vision")
	p.node(option("satellite").beginning())
	open("eu-1")
	open("research")
	p.node(option("speech").beginning())
	p.click(option("eu-1").beginning())
	p.choose(control("Rename"))
	p.write("Name", "eu-west")
	p.press("Enter")
	p.sees("eu-1 is called eu-west now.")
	p.focuses(option("eu-west").beginning())
	for _, name := range []string{"research", "speech", "vision", "satellite"} {
		p.node(option(name).beginning())
	}
	// The branch that something left, and the one that it came to.
	p.click(option("satellite").beginning())
	p.choose(control("Move"))
	p.write("Search department", "resea")
	p.node(option("acme / eu-west / research").beginning().first())
	p.press("ArrowDown")
	p.press("Enter")
	p.choose(button("Move"))
	p.sees("satellite was moved: it is acme / eu-west / research / satellite now.")
	p.focuses(option("satellite").beginning())
	for _, name := range []string{"medical-imaging", "speech", "satellite"} {
		p.node(option(name).beginning())
	}
	if n := evaluate[int](p, `document.querySelectorAll("[role=treeitem][data-label=satellite]").length`); n != 1 {
		t.Errorf("what has moved is shown %d times", n)
	}
}

// A choice in the tree, a search in it, and Back.
func TestOrganizationIsItsAddress(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	i.addProjects("platform", 10_000)
	p := signIn(t, i.serve())
	p.visit("/organization")
	p.click(option("eu-1").beginning())
	p.sees("Add department")
	eu := p.location()
	p.fill("Search organization", "edge-09000")
	p.click(option("acme / eu-1 / platform / edge-09000").beginning())
	p.sees("edge-09000")
	p.node(control("Move"))
	p.back()
	p.sees("Add department")
	if p.location() != eu {
		t.Errorf("Back leads to %s, want %s", p.location(), eu)
	}
	p.visit("/organization?scope=edge-00042")
	p.node(option("edge-00042").beginning())
	if n := evaluate[int](p, `document.querySelectorAll("[role=treeitem]").length`); n > 500 {
		t.Errorf("there are %d nodes in the page", n)
	}
	p.accessibleInEveryLook("a node of ten thousand")
	p.click(control("Delete"))
	p.node(button("Delete"))
	p.accessibleInEveryLook("deleting a node")
}

const organizationFile = `tenant: acme
clusters:
  - name: eu-1
    departments:
      - name: research
        projects: [brand-new]
`

// An import shows its difference, applies that, and refuses it once the
// organisation has changed.
func TestImportAnOrganization(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.visit("/organization")
	p.click(control("Import"))
	p.fill("Or its text (optional)", "clusters:\n- eu-1\n- EU-1")
	p.click(button("Show the difference"))
	p.sees("Line 3: the cluster EU-1 comes twice.")
	p.accessibleInEveryLook("an import that is refused")
	if got := p.value("Or its text (optional)"); !strings.Contains(got, "EU-1") {
		t.Errorf("what was typed is %q now", got)
	}
	p.visit("/organization/import")
	p.fill("Or its text (optional)", organizationFile)
	p.click(button("Show the difference"))
	p.sees("+ project eu-1 / research / brand-new")
	p.sees("1 added.")
	p.accessibleInEveryLook("the difference of an import")
	p.click(button("Apply"))
	p.sees("The organization is what the file says now: 1 added.")
	p.click(link("Back to organization"))
	p.fill("Search organization", "brand-new")
	p.node(option("acme / eu-1 / research / brand-new").beginning())
}

// All of it as plain links and forms.
func TestOrganizationWithoutScripts(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.withoutScripts()
	p.visit("/organization")
	p.click(link("eu-1"))
	p.click(control("Add department"))
	p.fill("Name", "plain")
	p.click(button("Add"))
	p.sees("acme / eu-1 / plain was added.")
	p.click(link("Back to organization"))
	p.click(control("Add project"))
	p.fill("Name", "one")
	p.click(button("Add"))
	p.click(link("Back to organization"))
	p.click(control("Move"))
	p.fill("Find by name", "research")
	p.click(button("Find"))
	p.sees("1 place has “research” in its name") // both pages have the list
	p.pick("Department", "acme")
	p.click(button("Move"))
	p.sees("it is acme / eu-1 / research / one now")
	p.click(link("Back to organization"))
	p.click(control("Delete"))
	p.click(button("Delete"))
	p.sees("was deleted")
	p.click(link("Back to organization"))
	p.fill("Find by name", "plain")
	p.click(button("Find"))
	p.click(link("acme / eu-1 / plain"))
	p.sees("Add project")
}

// A node that manages applications leads to them, lets them go, and goes then.
func TestANodeIsEmptiedAndDeleted(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	choosePlace := func(text, path string) {
		p.write("Search managed in from now on", text)
		p.node(option(path).beginning().first())
		p.press("ArrowDown")
		p.press("Enter")
		p.choose(button("Move"))
		p.sees("2 applications moved to " + path + ".")
	}
	p.visit("/applications?search=arm-")
	p.click(checkbox("Select arm-teleop"))
	p.click(checkbox("Select arm-simulator-v1"))
	p.choose(control("Move").of(selectedRows))
	p.accessibleInEveryLook("moving applications")
	p.choose(button("Move"))
	p.sees("Choose where to manage them.")
	choosePlace("robot", "acme / us-2 / robotics")

	p.visit("/organization")
	p.fill("Search organization", "robotics")
	p.click(option("acme / us-2 / robotics").beginning())
	p.sees("Add project")
	robotics := p.location()
	p.choose(link("2"))
	p.node(link("arm-teleop"))
	p.sees("Managed in is acme / us-2 / robotics")
	p.back()
	p.choose(control("Delete"))
	p.sees("2 applications are managed here or below")
	p.accessibleInEveryLook("a node that applications hold")
	p.choose(control("Move them"))
	p.node(dialog("Move 2 applications"))
	choosePlace("us-2", "acme / us-2")
	if p.location() != robotics {
		t.Errorf("the move leads to %s, want to stay at %s", p.location(), robotics)
	}
	p.choose(control("Delete"))
	p.click(checkbox("Delete what is below it, too: 3 places"))
	p.choose(button("Delete"))
	p.sees("Say that they go with it, or delete them first.")
	p.click(checkbox("Delete 6 access rules, too"))
	p.choose(button("Delete"))
	p.sees("acme / us-2 / robotics was deleted.")
	p.visit("/applications?search=arm-teleop")
	p.click(link("arm-teleop"))
	p.sees("acme / us-2")
}
