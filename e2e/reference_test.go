package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// The API reference opens at the part that a screen's More menu names, and tries
// an operation out as the person who is signed in, with nothing pasted anywhere.
func TestTryTheAPIOut(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	p := signIn(t, s)
	p.visit("/access-rules")
	p.click(control("More"))
	p.click(control("API reference for access rules"))
	p.node(heading("API reference"))
	p.inView(`[data-tag="Access rules"]`)
	p.click(link("Applications").of(label{name: "Parts of the API", roles: []string{"navigation"}}))
	p.inView(`[data-tag="Applications"]`)

	p.click(button("GET /api/v1/apps List applications"))
	p.click(button("Try it out"))
	p.click(button("Execute"))
	p.sees("Response body")
	p.sees(`"name": "jenkins-legacy"`)
	p.sees(`-H "Authorization: Bearer $TOKEN"`)

	// The token is nowhere but in the memory of the script.
	if page := evaluate[string](p, `document.documentElement.outerHTML`); strings.Contains(page, "eyJ") {
		t.Error("the page shows the token")
	}
	if kept := evaluate[int](p, `localStorage.length + sessionStorage.length`); kept != 0 {
		t.Errorf("the page keeps %d things in storage", kept)
	}

	p.accessibleInEveryLook("an operation that was tried out")
}

// inView waits until the first match has been scrolled into the window.
func (p *tab) inView(selector string) {
	p.t.Helper()
	eventually(p.t, p.ctx, func() string {
		script := fmt.Sprintf(`(() => {
			const box = document.querySelector(%q)?.getBoundingClientRect()
			return Boolean(box) && box.top >= 0 && box.bottom <= innerHeight
		})()`, selector)
		if evaluate[bool](p, script) {
			return ""
		}
		return selector + " is not in view"
	})
}

func TestTheAPIReferenceIsAccessible(t *testing.T) {
	i := withAdministrator(t)
	p := signIn(t, i.serve())
	p.visit("/api-reference")
	p.node(button("GET /api/v1/apps List applications"))
	p.accessibleInEveryLook("the API reference")

	p.visit("/api-reference#operation/createApplication")
	p.click(button("Try it out"))
	p.node(label{name: "Request body", roles: []string{"textbox"}})
	p.click(label{name: "Schema", roles: []string{"tab"}}.first())
	p.accessibleInEveryLook("a schema")
	p.visit("/api-reference#operation/createOAuthToken")
	p.click(button("Try it out"))
	p.accessibleInEveryLook("forms to fill in")
}

// A person whose session has ended meanwhile is told so in the place of the answer.
func TestTryOutAfterTheSessionHasEnded(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	p := signIn(t, s)
	p.visit("/api-reference#operation/listApplications")
	p.click(button("Try it out"))
	p.signOutElsewhere()
	p.click(button("Execute"))
	p.sees("You are not signed in any more")
}

// signOutElsewhere ends the session as another tab would.
func (p *tab) signOutElsewhere() {
	p.t.Helper()
	if status := evaluate[int](p, `fetch("/sign-out", {method: "POST"}).then(answer => answer.status)`); status != 200 {
		p.t.Fatalf("sign out: %d", status)
	}
}

func TestAPIReferenceWithoutScripts(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	p := newTab(t, s)
	p.withoutScripts()
	p.visit("/")
	p.fill("E-mail address", adminEmail)
	p.fill("Password", adminPassword)
	p.click(button("Sign in"))
	p.node(heading("Applications"))
	p.click(link("API reference"))
	p.node(heading("Access rules"))
	p.sees("GET /api/v1/apps")
	p.node(link("Download openapi.yaml"))
}
