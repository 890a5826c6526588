package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// atThePalette opens the palette on a page of an installation with sample data.
func atThePalette(t *testing.T) *tab {
	t.Helper()
	p := atTheTable(t, "/applications")
	p.press("Control+k")
	p.node(dialog("Find anything"))
	p.settled()
	return p
}

// wantActive asserts which option Enter would follow.
func (p *tab) wantActive(name string) {
	p.t.Helper()
	p.until("the palette does not offer "+name, fmt.Sprintf(`(() => {
		const option = document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))
		return option && option.getAttribute("aria-selected") === "true" && option.querySelector(".find-name").textContent === %q
	})()`, name))
}

// Ctrl-K finds an application by a part of its name, and goes there.
func TestThePaletteGoesToAnApplication(t *testing.T) {
	p := atThePalette(t)
	p.wantActive("Applications")
	p.typeText("billing-s")
	p.wantActive("billing-sync")
	p.press("Enter")
	p.until("not at the application", `location.pathname.startsWith("/applications/")`)
	p.sees("billing-sync")
}

// The keys of a combobox move among the options while the focus stays where one types.
func TestThePaletteIsWorkedByKeys(t *testing.T) {
	p := atThePalette(t)
	p.wantFocus("Find anything")
	p.press("ArrowDown")
	p.wantActive("Access rules")
	p.press("ArrowUp")
	p.press("ArrowUp")
	p.wantActive("System theme") // around the end
	p.press("Home")
	p.wantActive("Applications")
	p.press("End")
	p.wantActive("System theme")
	p.wantFocus("Find anything")
	p.press("Escape")
	p.gone(dialog("Find anything"))

	// Enter that comes before the answer goes to what the answer says first.
	p.press("Control+k")
	p.typeText("audit l")
	p.press("Enter")
	p.until("not at the audit log", `location.pathname === "/audit-log"`)
}

// The button does what the keys do, and Escape gives the focus back to it.
func TestThePaletteOpensByItsButton(t *testing.T) {
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		p := atTheTable(t, "/applications")
		h := with(p)
		h.click(link("Find anything"))
		p.node(dialog("Find anything"))
		p.settled()
		p.press("Escape")
		p.gone(dialog("Find anything"))
		p.wantFocus("Find anything")
		h.click(link("Find anything"))
		p.typeText("new app")
		p.wantActive("New application")
		p.press("Enter")
		p.node(dialog("New application"))
		p.gone(dialog("Find anything"))
		p.press("Control+k") // not above another dialog
		p.settled()
		p.gone(dialog("Find anything"))
	})
}

// What was typed last is what is shown, however late the answers are.
func TestThePaletteDropsStaleAnswers(t *testing.T) {
	p := atThePalette(t)
	p.forgetRequests()
	for _, letter := range "billing-sync" {
		p.press(string(letter))
	}
	p.wantActive("billing-sync")
	if n := len(p.requested()); n > 3 {
		t.Errorf("twelve letters made %d requests", n)
	}
}

func TestThePaletteChangesTheTheme(t *testing.T) {
	p := atThePalette(t)
	p.typeText("dark")
	p.wantActive("Dark theme")
	p.press("Enter")
	p.gone(dialog("Find anything"))
	p.until("the page is not dark", `document.documentElement.dataset.theme === "dark"`)
	p.settled()
	p.reload()
	p.until("the choice was not kept", `document.documentElement.dataset.theme === "dark"`)
}

func TestThePaletteIsAccessible(t *testing.T) {
	p := atThePalette(t)
	p.accessibleInEveryLook("the palette")
	p.typeText("a")
	p.wantActive("Applications")
	p.settled()
	p.accessibleInEveryLook("the palette with results")
}

// A key that is pasted is in no address; it leaves the input, and the card says whose it is.
func TestThePaletteKnowsAPastedKey(t *testing.T) {
	i := withAdministrator(t)
	c := i.createApplication("billing-sync")
	p := signIn(t, i.serve())
	p.visit("/applications")
	p.press("Control+k")
	p.node(dialog("Find anything"))
	p.settled()
	p.forgetRequests()
	p.typeText("CLIENT_SECRET=" + c.ClientSecret)
	p.sees("The secret key of billing-sync")
	p.accessibleInEveryLook("whose key this is")
	p.until("the key is still in the page", fmt.Sprintf(`document.getElementById("palette-input").value === "" && !document.documentElement.outerHTML.includes(%q)`, c.ClientSecret))
	for _, address := range p.requested() {
		if strings.Contains(address, "lk_") {
			t.Errorf("a part of the key was asked for: %s", address)
		}
	}
	p.click(link("Regenerate key"))
	p.gone(dialog("Find anything"))
	p.node(button("Regenerate"))
}

// A key that is pasted into the search of a table is asked for as if it had been
// pasted into the palette; a part of one goes nowhere.
func TestAKeyInTheSearchOfATableGoesToThePalette(t *testing.T) {
	i := withAdministrator(t)
	c := i.createApplication("billing-sync")
	p := signIn(t, i.serve())
	for _, path := range []string{"/applications", "/users"} {
		p.visit(path)
		p.settled()
		p.forgetRequests()
		p.press("/")
		p.paste(c.ClientSecret)
		p.sees("The secret key of billing-sync")
		p.until("the key is still in the page", fmt.Sprintf(`document.getElementById("search-input").value === "" && !document.documentElement.outerHTML.includes(%q)`, c.ClientSecret))
		p.press("Escape")
		p.gone(dialog("Find anything"))
		p.until("the focus is not back in the search", `document.activeElement.id === "search-input"`)

		p.paste(c.ClientSecret[:40])
		p.sees("This looks like a part of a secret key")
		p.press("Enter")
		p.settled()
		p.until("the address has changed", fmt.Sprintf(`location.pathname + location.search === %q`, path))
		p.accessible("a part of a key in the search")
		for _, address := range p.requested() {
			if strings.Contains(address, "lk_") {
				t.Errorf("a part of the key was asked for: %s", address)
			}
		}
	}

	// The field of a filter asks by its address too.
	p.visit("/applications")
	p.settled()
	p.forgetRequests()
	evaluate[bool](p, fmt.Sprintf(`(() => {
		const form = document.querySelector("form[method=get] input[type=text]").form
		const field = form.querySelector("input[type=text]")
		field.value = %q
		form.requestSubmit()
		return true
	})()`, c.ClientSecret))
	p.sees("The secret key of billing-sync")
	for _, address := range p.requested() {
		if strings.Contains(address, "lk_") {
			t.Errorf("the filter asked for the key: %s", address)
		}
	}
}

// In a dialog the palette cannot open: it says where to go.
func TestAKeyInTheSearchOfADialogGoesNowhere(t *testing.T) {
	i := withAdministrator(t)
	c := i.createApplication("billing-sync")
	p := signIn(t, i.serve())
	p.visit("/access-rules")
	p.click(link("+New access rule"))
	p.node(dialog("New access rule"))
	p.settled()
	p.forgetRequests()
	p.click(field("Subject"))
	p.paste(c.ClientSecret)
	p.sees("This is a secret key, and was not sent anywhere.")
	p.accessible("a key in the search of a dialog")
	for _, address := range p.requested() {
		if strings.Contains(address, "lk_") {
			t.Errorf("the key was asked for: %s", address)
		}
	}
	p.until("the key is still in the page", fmt.Sprintf(`!document.documentElement.outerHTML.includes(%q)`, c.ClientSecret))
}
