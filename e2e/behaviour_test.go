package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// The address is the whole state of the table: a reload, another browser and
// Back show the same rows.
func TestTheAddressIsTheState(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	p := signIn(t, s)

	var addresses []string
	var shown [][]string
	remember := func() {
		p.settled()
		addresses = append(addresses, p.location())
		shown = append(shown, p.rows())
	}
	remember()
	p.fill("Search applications", "ci")
	p.gone(link("airflow-prod"))
	remember()
	p.click(link("Last login"))
	p.node(label{name: "Last login", roles: []string{"columnheader"}})
	eventually(t, p.ctx, func() string {
		if !strings.Contains(p.location(), "sortBy=lastLogin") {
			return "the sort is not in the address"
		}
		return ""
	})
	remember()

	other := signIn(t, s)
	for n := len(addresses) - 1; n >= 0; n-- {
		other.visit(addresses[n])
		if got := other.rows(); !slices.Equal(got, shown[n]) {
			t.Errorf("%s shows %v in another browser, and %v here", addresses[n], got, shown[n])
		}
		if n == len(addresses)-1 {
			continue
		}
		p.back()
		p.settled()
		if p.location() != addresses[n] || !slices.Equal(p.rows(), shown[n]) {
			t.Errorf("Back leads to %s with %v, not to %s with %v", p.location(), p.rows(), addresses[n], shown[n])
		}
	}
}

// rows are the names of the rows, in order.
func (p *tab) rows() []string {
	p.t.Helper()
	p.settled()
	return evaluate[[]string](p, `[...document.querySelectorAll("tbody th[scope=row] a")].map(a => a.innerText)`)
}

// A dialog keeps the focus inside, gives it back, and Escape closes it.
func TestADialogKeepsAndReturnsTheFocus(t *testing.T) {
	i := withAdministrator(t)
	i.createApplication("ci-1")
	p := signIn(t, i.serve())
	opener := control("+New application").first()
	p.choose(opener)
	p.node(field("Name"))
	p.settled()
	for range 12 {
		p.press("Tab")
		if n := p.focused(); n != nil && !p.focusIsInDialog() {
			t.Fatalf("Tab went behind the dialog, to %s", valueText(n.Name))
		}
	}
	p.press("Escape")
	p.gone(field("Name"))
	if n := p.focused(); n == nil || !opener.matches(n) {
		t.Errorf("after Escape the focus is on %v and not on what opened the dialog", n)
	}
}

func (p *tab) focusIsInDialog() bool {
	p.t.Helper()
	return evaluate[bool](p, `document.activeElement.closest("dialog") !== null`)
}

// A double click makes one application, and one event.
func TestADoubleClickCreatesOnce(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	p := signIn(t, s)
	p.click(control("+New application").first())
	p.fill("Name", "double-click")
	x, y, err := p.middle(p.node(button("Create")).BackendDOMNodeID)
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y, chromedp.ClickCount(1)), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2))); err != nil {
		t.Fatal(err)
	}
	p.sees("It will not be shown again")
	secret := takeSecret(p, p)
	if _, status := s.token(credentials{ClientID: "double-click", ClientSecret: secret}); status != http.StatusOK {
		t.Errorf("the key that was shown is answered with %d: a second one replaced it", status)
	}
	if list := i.run("app", "list"); strings.Count(list, "double-click") != 1 {
		t.Errorf("after a double click there are:\n%s", list)
	}
}

// Bad input comes back into the same dialog with what was typed, and mending it
// works.
func TestBadInputCanBeMended(t *testing.T) {
	i := withAdministrator(t)
	i.createApplication("taken")
	p := signIn(t, i.serve())
	p.click(control("+New application").first())
	for _, name := range []string{"Capital", "with space", "x", strings.Repeat("a", 65), "taken", "ends-"} {
		p.fill("Name", name)
		p.click(button("Create"))
		p.sees("The application was not created")
		p.settled()
		if got := p.value("Name"); got != name {
			t.Errorf("%q was refused, and %q stands in the field", name, got)
		}
	}
	p.fill("Name", "mended")
	p.click(button("Create"))
	p.sees("It will not be shown again")
	takeSecret(p, p)
	p.node(link("mended"))
}

// A session that ends under an open dialog asks for the password over it, and
// nothing that was typed is lost.
func TestASessionThatEndsUnderADialog(t *testing.T) {
	i := withAdministrator(t)
	p := signIn(t, i.serve())
	p.click(control("+New application").first())
	p.fill("Name", "kept-text")
	call(p, network.ClearBrowserCookies, struct{}{})
	p.click(button("Create"))
	p.sees("Your session has ended")
	p.fill("E-mail address", adminEmail)
	p.fill("Password", adminPassword)
	p.click(button("Sign in"))
	p.gone(dialog("Your session has ended"))
	if got := p.value("Name"); got != "kept-text" {
		t.Errorf("after signing in again the field holds %q", got)
	}
	p.click(button("Create"))
	p.sees("It will not be shown again")
}

// A list that cannot be loaded keeps the rows, says so beside them, and offers
// to try again.
func TestAFailedLoadKeepsTheRows(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.expect("answered 503")
	p.expect("status of 503")
	p.expect("503")
	heal := p.answerInstead("*/applications?*", http.StatusServiceUnavailable)
	before := p.rows()
	p.click(link("Created by"))
	p.node(control("Retry"))
	if got := p.rows(); !slices.Equal(got, before) {
		t.Errorf("the rows changed to %v", got)
	}
	heal()
	p.click(control("Retry"))
	p.gone(control("Retry"))
	eventually(t, p.ctx, func() string {
		if slices.Equal(p.rows(), before) {
			return "Retry did not load the list"
		}
		return ""
	})
}

// Everything can be done on a telephone.
func TestCreateOnATelephone(t *testing.T) {
	s := withAdministrator(t).serve()
	p := signIn(t, s)
	p.resize(360, 640)
	p.click(control("+New application").first())
	p.fill("Name", "from-a-phone")
	p.click(button("Create"))
	secret := takeSecret(p, p)
	if _, status := s.token(credentials{ClientID: "from-a-phone", ClientSecret: secret}); status != http.StatusOK {
		t.Errorf("the key was answered with %d", status)
	}
}

// The page itself never scrolls sideways, whatever its width.
func TestNoPageScrollsSideways(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	for _, path := range []string{"/applications", "/applications?search=nothing", "/account/password", "/no-such-page"} {
		p.visit(path)
		for _, width := range []int64{360, 768, 1280, 1920} {
			p.resize(width, 800)
			if excess := evaluate[int](p, `document.documentElement.scrollWidth - innerWidth`); excess > 0 {
				t.Errorf("%s scrolls %d px sideways at %d", path, excess, width)
			}
		}
	}
}

// The last uses before the end are written: a server that is asked to stop
// forgets nothing.
func TestUsesAreWrittenBeforeTheEnd(t *testing.T) {
	i := newInstallation(t)
	c := i.createApplication("used-once")
	s := i.serve()
	if _, status := s.token(c); status != http.StatusOK {
		t.Fatalf("the key was answered with %d", status)
	}
	s.stop()
	if list := i.run("app", "list"); strings.Contains(list, "never") {
		t.Errorf("the use was forgotten:\n%s", list)
	}
}

// What a refused start says fits on one line, and the exit code tells scripts.
func TestARefusedStartSaysWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		name        string
		environment string
		code        int
	}{
		{"a folder that does not exist", "LATCHKEY_DATABASE=/nonexistent/folder/latchkey.db", 1},
		{"a file that is no database", "LATCHKEY_DATABASE=/etc/passwd", 1},
		{"a PostgreSQL that is not there", "LATCHKEY_DATABASE=postgres://nobody:secret-word@127.0.0.1:1/none", 1},
		{"plain HTTP for everybody", "LATCHKEY_LISTEN=0.0.0.0:0", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := newInstallation(t).command("serve")
			cmd.Env = append(cmd.Env, tt.environment, "LATCHKEY_LOG_LEVEL=error")
			output, _ := cmd.CombinedOutput()
			said := strings.TrimSpace(string(output))
			if code := cmd.ProcessState.ExitCode(); code != tt.code || strings.Count(said, "\n") > 0 || !strings.HasPrefix(said, "latchkey: ") {
				t.Errorf("ended with %d, wanted %d, and said:\n%s", code, tt.code, said)
			}
			if strings.Contains(said, "secret-word") {
				t.Error("the password of the database stands in the message")
			}
		})
	}
}

// The session ends under every kind of form: in dialogs of each screen, and in
// forms that are a page. The password is asked for over it, what was typed is
// still there, and saving it works.
func TestASessionThatEndsUnderAnyForm(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	for _, tt := range []struct {
		name       string
		open       func(p *tab)
		field      string
		typed      string
		save, done string
	}{
		{"an access rule", func(p *tab) {
			openRules(p, "argo-deploy")
			p.click(control("+Access rule"))
			chooseRole(p, p, "Editor")
			p.fill("Search scope", "research")
			p.click(option("acme / eu-1 / research").beginning().first())
		}, "", "", "Save rule", "Rule added"},
		{"a user", func(p *tab) {
			p.visit("/users")
			p.click(control("+New user"))
		}, "E-mail address", "kept@acme.example", "Create", "It will not be shown again"},
		{"a name in the organization", func(p *tab) {
			p.visit("/organization")
			p.click(control("Rename"))
		}, "Name", "acme-kept", "Rename", "acme-kept"},
		{"an access key", func(p *tab) {
			p.visit("/account")
			p.click(control("+New access key"))
		}, "Name", "kept-key", "Create", "It will not be shown again"},
		{"preferences", func(p *tab) { p.visit("/account/preferences") }, "Time zone (optional)", "Asia/Kathmandu", "Save preferences", "GMT+5:45"},
		{"a password", func(p *tab) {
			p.visit("/account/password")
			p.fill("Present password", adminPassword)
		}, "New password", "short", "Change password", "Your password was not changed"},
		{"the settings", func(p *tab) {
			p.visit("/settings")
			p.pick("Token lifetime", "4 hours")
		}, "Token lifetime", "4h0m0s", "Save access tokens", "your changes are saved"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := signIn(t, s)
			tt.open(p)
			if tt.field != "" && p.value(tt.field) != tt.typed {
				p.fill(tt.field, tt.typed)
			}
			call(p, network.ClearBrowserCookies, struct{}{})
			p.click(button(tt.save))
			again := dialog("Your session has ended")
			p.node(again)
			if n := evaluate[int](p, `document.querySelectorAll("form[action*='sign-in']").length`); n != 1 {
				t.Errorf("there are %d forms to sign in", n)
			}
			p.fill("E-mail address", adminEmail)
			p.fill("Password", adminPassword)
			p.click(button("Sign in"))
			p.gone(again)
			if tt.field != "" {
				if got := p.value(tt.field); got != tt.typed {
					t.Errorf("after signing in again the field holds %q", got)
				}
			}
			p.click(button(tt.save))
			p.sees(tt.done)
		})
	}
}
