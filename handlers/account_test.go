package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/access"
)

func (p *product) setupLink() string {
	p.t.Helper()
	secret, err := p.svc.NewSetupLink(context.Background())
	must(p.t, err)
	return secret
}

func TestSetupLeadsToTheApplications(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.visitor()
	form := b.fill("/setup?token="+p.setupLink(), "#setup-form")
	form.Set("email", "Ada@Example.com")
	form.Set("password", adminPassword)
	got := b.post("/setup", form).wantStatus(http.StatusSeeOther)
	if to := got.header.Get("Location"); to != "/applications" {
		t.Errorf("leads to %q", to)
	}
	b.get("/applications/new").wantStatus(http.StatusOK)
}

func TestBadSetupInputStaysInTheForm(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.visitor()
	form := b.fill("/setup?token="+p.setupLink(), "#setup-form")
	form.Set("email", "ada")
	form.Set("password", "short")
	got := b.post("/setup", form).wantStatus(http.StatusUnprocessableEntity).wantNoStore()
	if got.text("#setup-email-error") == "" || got.text("#setup-password-error") == "" {
		t.Error("nothing beside the fields")
	}
	if got.find("#setup-email").AttrOr("value", "") != "ada" {
		t.Error("the address is forgotten")
	}
	if strings.Contains(got.body, `value="short"`) {
		t.Error("the password is sent back")
	}
	form.Set("email", adminEmail)
	form.Set("password", adminPassword)
	b.post("/setup", form).wantStatus(http.StatusSeeOther)
}

func TestSetupLinksThatAreNoGood(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.visitor()
	b.get("/setup").wantStatus(http.StatusNotFound).wantText("h1", "not a set-up link")
	b.get("/setup?token=guess").wantStatus(http.StatusNotFound).wantText("h1", "not a set-up link")
	link := p.setupLink()
	form := url.Values{"token": {link}, "email": {adminEmail}, "password": {adminPassword}}
	p.wait(61 * time.Minute)
	b.get("/setup?token="+link).wantStatus(http.StatusGone).wantText("h1", "expired").wantText("main", "prints a new link")
	b.post("/setup", form).wantStatus(http.StatusGone).wantText("h1", "expired")

	form.Set("token", p.setupLink())
	b.post("/setup", form).wantStatus(http.StatusSeeOther)
	stranger := p.visitor()
	stranger.get("/setup?token="+form.Get("token")).wantStatus(http.StatusGone).wantText("h1", "was used").find("#setup-sign-in")
	stranger.post("/setup", form).wantStatus(http.StatusGone).wantText("h1", "was used")
	stranger.get("/setup?token=guess").wantStatus(http.StatusNotFound).wantText("h1", "nothing to set up")
	stranger.get("/setup").wantStatus(http.StatusNotFound)
}

func TestManySetupsMakeOneAdministrator(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	wantOneWinner(t, p.setupLink(), p)
}

// wantOneWinner follows a set-up link many times at once, at one process or at
// several in turn.
func wantOneWinner(t *testing.T, link string, processes ...*product) {
	t.Helper()
	const tries = 8 // each hashes a password, which takes memory and time on purpose
	statuses := make([]int, tries)
	var wg sync.WaitGroup
	for i := range statuses {
		b := processes[i%len(processes)].visitor()
		wg.Go(func() {
			statuses[i] = b.post("/setup", url.Values{"token": {link}, "email": {adminEmail}, "password": {adminPassword}}).status
		})
	}
	wg.Wait()
	won := 0
	for _, status := range statuses {
		switch status {
		case http.StatusSeeOther:
			won++
		case http.StatusNotFound, http.StatusGone, http.StatusTooManyRequests:
		default:
			t.Errorf("status %d", status)
		}
	}
	if won != 1 {
		t.Errorf("%d administrators were made: %v", won, statuses)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	b := p.visitor()
	page := b.get("/sign-in?next=/applications/new").wantStatus(http.StatusOK).wantNoStore()
	for id, want := range map[string]string{"#sign-in-email": "username", "#sign-in-password": "current-password"} {
		if got := page.find(id).AttrOr("autocomplete", ""); got != want {
			t.Errorf("%s has autocomplete %q", id, got)
		}
	}
	form := b.fill("/sign-in?next=/applications/new", "#sign-in-form")
	form.Set("email", adminEmail)
	form.Set("password", adminPassword)
	got := b.post("/sign-in", form).wantStatus(http.StatusSeeOther)
	if to := got.header.Get("Location"); to != "/applications/new" {
		t.Errorf("leads to %q", to)
	}
	if to := b.get("/sign-in").wantStatus(http.StatusSeeOther).header.Get("Location"); to == "/sign-in" {
		t.Error("a signed-in person is asked again")
	}
}

func TestWrongSignInsLookAlike(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	wrongPassword := p.visitor().post("/sign-in", url.Values{"email": {adminEmail}, "password": {"wrong"}}).wantStatus(http.StatusUnauthorized)
	unknown := p.visitor().post("/sign-in", url.Values{"email": {"bob@example.com"}, "password": {"wrong"}}).wantStatus(http.StatusUnauthorized)
	if strings.ReplaceAll(wrongPassword.body, adminEmail, "") != strings.ReplaceAll(unknown.body, "bob@example.com", "") {
		t.Error("the two answers differ")
	}
	wrongPassword.wantText("#sign-in-problem", "do not go together")
	if wrongPassword.find("#sign-in-email").AttrOr("value", "") != adminEmail || wrongPassword.find("#sign-in-password").AttrOr("value", "") != "" {
		t.Error("the address should stay and the password go")
	}
}

func TestThrottledSignInsAreToldTheWait(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	b := p.visitor()
	var got *answer
	for range 30 {
		if got = b.post("/sign-in", url.Values{"email": {adminEmail}, "password": {"wrong"}}); got.status == http.StatusTooManyRequests {
			break
		}
	}
	got.wantStatus(http.StatusTooManyRequests)
	if got.header.Get("Retry-After") == "" {
		t.Error("programs are not told the wait")
	}
	got.wantText("body", "Too many attempts")
	p.wait(24 * time.Hour)
	b.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}}).wantStatus(http.StatusSeeOther)
}

func TestNextNeverLeavesTheSite(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	for _, next := range []string{"//evil.test", "/\\evil.test", "https://evil.test", "/\t/evil.test", "javascript:alert(1)", "/%09/evil.test"} {
		b := p.visitor()
		got := b.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}, "next": {next}}).wantStatus(http.StatusSeeOther)
		if to := got.header.Get("Location"); to != "/" {
			t.Errorf("next=%q leads to %q", next, to)
		}
	}
}

func TestSigningInAgainOverAPage(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	b := p.visitor().scripted()
	b.target = "div#overlay-content"
	b.post("/sign-in", url.Values{"email": {adminEmail}, "password": {"wrong"}}).wantStatus(http.StatusUnauthorized).wantText("#sign-in-again", "do not go together")
	got := b.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}}).wantStatus(http.StatusOK)
	got.find("[data-dialog-done][data-keep-list]")
	b.get("/applications/new").wantStatus(http.StatusOK)
}

func TestSignInBeforeSetupSaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.visitor().get("/sign-in").wantStatus(http.StatusOK).wantText("#needs-setup", "set-up link")
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	got := b.post("/sign-out", nil).wantStatus(http.StatusSeeOther)
	if got.header.Get("Clear-Site-Data") == "" {
		t.Error("the browser is not asked to forget")
	}
	b.get("/applications/new").wantStatus(http.StatusSeeOther)
}

func TestChangePassword(t *testing.T) {
	const next = "eleven loud herons fly south"
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	elsewhere := p.visitor()
	elsewhere.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}}).wantStatus(http.StatusSeeOther)

	form := b.fill("/account/password", "#password-form")
	form.Set("currentPassword", "wrong")
	form.Set("newPassword", next)
	b.post("/account/password", form).wantStatus(http.StatusUnprocessableEntity).wantText("#password-current-error", "present password")
	form.Set("currentPassword", adminPassword)
	form.Set("newPassword", "short")
	got := b.post("/account/password", form).wantStatus(http.StatusUnprocessableEntity)
	if got.text("#password-new-error") == "" {
		t.Error("nothing beside the field")
	}
	form.Set("newPassword", next)
	changed := b.post("/account/password", form).wantStatus(http.StatusSeeOther)
	b.get(changed.header.Get("Location")).wantStatus(http.StatusOK).wantText("#password-changed", "is changed")
	elsewhere.get("/account/password").wantStatus(http.StatusSeeOther)
	p.visitor().post("/sign-in", url.Values{"email": {adminEmail}, "password": {next}}).wantStatus(http.StatusSeeOther)
}

func TestATemporaryPasswordMustBeChangedFirst(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	_, err := p.svc.CreateUser(context.Background(), p.operator(), access.NewUser{Email: "grace@example.com", Password: adminPassword, RoleID: 1, MustChangePassword: true})
	must(t, err)
	b := p.visitor()
	b.post("/sign-in", url.Values{"email": {"grace@example.com"}, "password": {adminPassword}}).wantStatus(http.StatusSeeOther)
	if to := b.get("/applications/new").wantStatus(http.StatusSeeOther).header.Get("Location"); to != "/account/password" {
		t.Errorf("leads to %q", to)
	}
	form := b.fill("/account/password", "#password-form")
	form.Set("currentPassword", adminPassword)
	form.Set("newPassword", "eleven loud herons fly south")
	b.post("/account/password", form).wantStatus(http.StatusSeeOther)
	b.get("/applications/new").wantStatus(http.StatusOK)
}
