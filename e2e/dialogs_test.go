package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// Whatever a person does to leave a form with something in it, they are asked
// once, and what they typed is still there when they stay.
func TestLeavingAChangedFormAsks(t *testing.T) {
	i := withAdministrator(t)
	i.createApplication("taken")
	p := signIn(t, i.serve())
	discard := dialog("Discard what you typed?")

	p.click(control("+New application").first())
	p.node(field("Name"))
	p.press("Escape")
	p.gone(field("Name")) // nothing was typed, nothing is asked

	for _, tt := range []struct {
		name  string
		typed string
		leave func()
	}{
		{"Escape", "by-escape", func() { p.press("Escape") }},
		{"Escape of a form that was refused", "taken", func() {
			p.click(button("Create"))
			p.sees("The application was not created")
			p.press("Escape")
		}},
		{"a click outside", "by-click", func() { p.clickAt(5, 5) }},
		{"Close", "by-close", func() { p.click(link("Close")) }},
		{"Cancel", "by-cancel", func() { p.click(link("Cancel")) }},
	} {
		p.click(control("+New application").first())
		p.fill("Name", tt.typed)
		tt.leave()
		p.node(discard)
		p.press("Escape") // the question goes, the form stays
		p.gone(discard)
		if got := p.value("Name"); got != tt.typed {
			t.Errorf("%s: the field holds %q after staying", tt.name, got)
		}
		if !p.focusIsInDialog() {
			t.Errorf("%s: the focus left the dialog", tt.name)
		}
		tt.leave()
		p.click(button("Discard"))
		p.gone(field("Name"))
	}
}

// Back within the page's own history is a way of leaving, too.
func TestBackOverAChangedFormAsks(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.fill("Search applications", "ci")
	p.gone(link("airflow-prod"))
	p.click(control("+New application").first())
	p.fill("Name", "kept")
	if err := chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](`setTimeout(() => history.back())`)); err != nil {
		t.Fatal(err)
	}
	p.click(button("Keep editing"))
	if got := p.value("Name"); got != "kept" {
		t.Errorf("after Back the field holds %q", got)
	}
}

// A slow line and an impatient person make one application; the focus stays in
// the dialog meanwhile.
func TestAnImpatientPersonCreatesOnce(t *testing.T) {
	i := withAdministrator(t)
	p := signIn(t, i.serve())
	p.click(control("+New application").first())
	p.fill("Name", "impatient")
	posts, release := p.hold("*/applications")
	p.press("Enter")
	eventually(t, p.ctx, func() string {
		if len(posts()) == 0 {
			return "Enter did not send the form"
		}
		return ""
	})
	p.press("Enter")
	p.press("Enter")
	if !p.focusIsInDialog() {
		t.Error("the focus left the dialog while the form was on its way")
	}
	if n := len(posts()); n != 1 {
		t.Errorf("the form was sent %d times", n)
	}
	release()
	p.sees("It will not be shown again")
	if list := i.run("app", "list"); strings.Count(list, "impatient") != 1 {
		t.Errorf("there are:\n%s", list)
	}
}

// A server that cannot answer takes nothing away: the message stands in the
// dialog, and Retry sends what was typed.
func TestAFormSurvivesAServerThatCannotAnswer(t *testing.T) {
	p := signIn(t, withAdministrator(t).serve())
	p.expect("503")
	p.click(control("+New application").first())
	p.fill("Name", "survivor")
	heal := p.answerInstead("*/applications", http.StatusServiceUnavailable)
	p.click(button("Create"))
	p.sees("Nothing was lost")
	if got := p.value("Name"); got != "survivor" {
		t.Errorf("after a 503 the field holds %q", got)
	}
	heal()
	p.click(button("Retry"))
	p.sees("It will not be shown again")
}

// After a dialog the focus is where the eye is: on the row that it was about, or
// on the row that took its place.
func TestTheFocusAfterADialog(t *testing.T) {
	i := withAdministrator(t)
	for _, name := range []string{"aaa", "bbb", "ccc"} {
		i.createApplication(name)
	}
	p := signIn(t, i.serve())
	remove := func(name string) {
		p.click(checkbox("Select " + name))
		p.click(control("Delete").of(selectedRows))
		p.click(control("Delete").of(dialog("Delete " + name + "?")))
		p.gone(link(name))
	}
	remove("bbb")
	p.focuses(link("ccc"))
	remove("ccc")
	p.focuses(link("aaa"))

	// What was done stays written until it is dismissed, by keyboard as well.
	p.sees("bbb was deleted")
	p.choose(button("Dismiss").first())
	p.sawNot("bbb was deleted")
	p.sees("ccc was deleted")
	p.focuses(button("Dismiss"))

	remove("aaa")
	p.focuses(control("+New application").first())

	p.click(control("+New application").first())
	p.fill("Name", "first")
	p.click(button("Create"))
	takeSecret(p, p)
	p.focuses(link("first"))
}

// What is in use is deleted by its name alone, and the dialog says with numbers
// what will break.
func TestDeletingWhatIsInUse(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	app := i.createApplication("billing-sync")
	for range 4 {
		s.token(app)
	}
	p := signIn(t, s)
	eventually(t, p.ctx, func() string {
		if strings.Contains(i.run("app", "list"), "never") {
			return "the uses are not written yet"
		}
		return ""
	})
	p.click(checkbox("Select billing-sync"))
	p.click(control("Delete").of(selectedRows))
	sure := dialog("Delete billing-sync?")
	if role := valueText(p.node(sure).Role); role != "alertdialog" {
		t.Errorf("the dialog is a %s", role)
	}
	p.focuses(link("Cancel"))
	for _, fact := range []string{"Last used", "just now", "Tokens active now 4", "Access rules 0", "Takes effect At once", "For 30 days", "Disable it first"} {
		p.sees(fact)
	}
	p.press("Enter") // on Cancel: it goes away, and nothing else happens
	p.gone(sure)
	p.node(link("billing-sync"))

	p.click(control("Delete").of(selectedRows))
	p.fill("Type billing-sync to delete it", "billing")
	p.click(control("Delete").of(sure))
	p.sees("exactly as it is written")
	p.click(field("Type billing-sync to delete it"))
	p.press("Control+a")
	p.paste("billing-sync")
	p.click(control("Delete").of(sure))
	p.gone(link("billing-sync"))
	p.sees("billing-sync was deleted")
}

// Two people at work: the second is told what the first did, and loses nothing.
func TestTwoPeopleAtOneApplication(t *testing.T) {
	i := withAdministrator(t)
	i.createApplication("shared")
	p := signIn(t, i.serve())
	p.click(checkbox("Select shared"))
	p.click(control("Regenerate key").of(selectedRows))
	p.node(button("Regenerate"))
	i.run("app", "regenerate", "shared")
	p.click(button("Regenerate"))
	p.sees(" regenerated the key while this dialog was open") // whoever runs the test is named
	p.click(button("Regenerate"))                             // knowing it now
	takeSecret(p, p)

	p.click(checkbox("Select shared"))
	p.click(control("Disable").of(selectedRows))
	p.node(dialog("Disable shared?"))
	i.run("app", "delete", "shared")
	p.click(control("Disable").of(dialog("Disable shared?")))
	p.node(dialog("This application is gone"))
	p.press("Escape")
	p.gone(link("shared"))
	p.focuses(control("+New application").first())
}

// The end of the session is told two minutes before, inside of an open dialog
// as well, and one press puts it off.
func TestTheEndOfASessionIsTold(t *testing.T) {
	p := signIn(t, withAdministrator(t).serve())
	// Timers of half an hour fire at once, the server says that two minutes are left.
	p.beforeScripts(`const later = window.setTimeout; window.setTimeout = (f, ms, ...rest) => later(f, ms > 600_000 ? 0 : ms, ...rest)`)
	heal := p.answerInstead("*/session?background=true", http.StatusNoContent, &fetch.HeaderEntry{Name: "X-Session-Ends-In", Value: "110"})
	p.visit("/applications")
	p.sees("You will be signed out in two minutes")
	p.click(control("+New application").first())
	p.fill("Name", "kept-text")
	p.sees("You will be signed out in two minutes")
	heal()
	heal = p.answerInstead("*/session?background=true", http.StatusNoContent, &fetch.HeaderEntry{Name: "X-Session-Ends-In", Value: "500"})
	defer heal()
	p.click(button("Stay signed in"))
	p.gone(button("Stay signed in"))
	if got := p.value("Name"); got != "kept-text" {
		t.Errorf("after staying signed in the field holds %q", got)
	}
	p.focuses(field("Name"))
}

// focuses waits until a thing with this label has the focus.
func (p *tab) focuses(l label) {
	p.t.Helper()
	eventually(p.t, p.ctx, func() string {
		n := p.focused()
		switch {
		case n == nil:
			return "nothing has the focus, and not " + l.String()
		case !l.matches(n):
			return "the focus is on " + valueText(n.Name) + " and not on " + l.String()
		}
		return ""
	})
}

// clickAt presses the pointer on a place of the window, whatever is there.
func (p *tab) clickAt(x, y float64) {
	p.t.Helper()
	p.settled()
	if err := chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y)); err != nil {
		p.t.Fatal(err)
	}
}
