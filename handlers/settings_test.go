package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"latchkey/access"
)

func TestSettingsAreSavedSectionBySection(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/settings", "#settings-sessions")
	form.Set("sessionIdle", "10m0s")
	saved := b.post("/settings/sessions", form).wantStatus(http.StatusSeeOther)
	b.get(saved.header.Get("Location")).wantStatus(http.StatusOK).wantText("#settings-saved", "Sessions: your changes are saved.")
	settings, err := p.svc.Settings(context.Background(), p.operator())
	must(t, err)
	if settings.Sessions != (access.SessionTimes{Idle: 10 * time.Minute, Longest: 12 * time.Hour}) || settings.TokenLifetime != time.Hour {
		t.Errorf("the settings are %+v", settings)
	}

	// The shorter time holds for the session that set it.
	p.wait(11 * time.Minute)
	b.get("/settings").wantStatus(http.StatusSeeOther)
}

func TestSettingsThatAreRefusedStayInTheForm(t *testing.T) {
	t.Parallel()
	b := newProduct(t).administrator()
	form := b.fill("/settings", "#settings-secret-keys")
	form.Set("longestKeyLifetime", "2160h0m0s")
	page := b.post("/settings/secret-keys", form).wantStatus(http.StatusUnprocessableEntity)
	page.wantText("#settings-secret-keys-problems", "the usual lifetime is that or less")
	if got := page.find("#settings-longestKeyLifetime option[selected]").Text(); got != "90 days" {
		t.Errorf("the form says %q, want what was chosen", got)
	}
	b.post("/settings/secret-keys", url.Values{"usualKeyLifetime": {"soon"}}).wantStatus(http.StatusUnprocessableEntity).wantText("#settings-secret-keys-problems", "Choose one of the list.")
}

// TestSettingsThatSomebodyElseChanged: the second is told who was first, and is
// shown what is set now.
func TestSettingsThatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	first, second := p.administrator(), p.person("other@example.com", access.SystemAdministrator)
	form := second.fill("/settings", "#settings-access-tokens")
	earlier := first.fill("/settings", "#settings-access-tokens")
	earlier.Set("tokenLifetime", "15m0s")
	first.post("/settings/access-tokens", earlier).wantStatus(http.StatusSeeOther)
	form.Set("tokenLifetime", "8h0m0s")
	page := second.post("/settings/access-tokens", form).wantStatus(http.StatusConflict)
	page.wantText("#settings-access-tokens-problems", adminEmail+" changed this")
	if got := page.find("#settings-tokenLifetime option[selected]").Text(); got != "15 minutes" {
		t.Errorf("the form says %q, want what is set now", got)
	}
}

func TestTheKeyPolicyIsWhatIsOffered(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _ := p.application("ci")
	form := b.fill("/settings", "#settings-secret-keys")
	form.Set("usualKeyLifetime", "720h0m0s")
	form.Set("longestKeyLifetime", "2160h0m0s")
	b.post("/settings/secret-keys", form).wantStatus(http.StatusSeeOther)
	b.get("/settings").wantText("#keys-beyond", "never expire")

	for path, id := range map[string]string{"/applications/new": "#new-application-lifetime", applicationPath(app, "regenerate"): "#regenerate-lifetime"} {
		offered := b.get(path).wantStatus(http.StatusOK)
		if got := offered.text(id); got != "30 days90 days" {
			t.Errorf("%s offers %q", path, got)
		}
		if got := offered.find(id + " option[selected]").Text(); got != "30 days" {
			t.Errorf("%s proposes %q, want 30 days", path, got)
		}
	}
	refused := b.fillNew("too-long")
	refused.Set("keyLifetime", "0")
	b.post("/applications", refused).wantStatus(http.StatusUnprocessableEntity).wantText("#new-application-problems", "90 days at most")
	// The key that exists stays, and the link finds it.
	b.get("/applications?filterBy=keyExpiresAt==never").wantRows("ci")
}

func TestSigningKeysAreRotatedAndWithdrawn(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	keys, err := p.svc.SigningKeys(context.Background(), p.operator())
	must(t, err)
	old := keys[0].ID

	b.get("/settings/signing-keys/rotate").wantStatus(http.StatusOK).wantText("#rotate", "Nothing breaks")
	b.post("/settings/signing-keys/rotate", url.Values{"algorithm": {"none"}}).wantStatus(http.StatusUnprocessableEntity).wantText("#rotate-problems", "Choose ES256")
	b.post("/settings/signing-keys/rotate", url.Values{"algorithm": {"ES256"}}).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "is published")
	b.post("/settings/signing-keys/rotate", url.Values{"algorithm": {"ES256"}}).wantStatus(http.StatusConflict).wantText("#rotate-problems", "published already")
	b.get("/settings").wantText("#signing-keys-table", "will sign from")

	path := "/settings/signing-keys/" + old + "/withdraw"
	b.get(path).wantStatus(http.StatusOK).wantText("#withdraw", "Every token that it signed is refused")
	b.post(path, url.Values{"confirmName": {"something else"}}).wantStatus(http.StatusUnprocessableEntity).wantText("#withdraw-problems", "Type "+old[:8])
	b.post(path, url.Values{"confirmName": {old[:8]}}).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "is withdrawn")
	b.post(path, url.Values{"confirmName": {old}}).wantStatus(http.StatusConflict).wantText("#withdraw-problems", "withdrawn already")
	b.get("/settings/signing-keys/nobody/withdraw").wantStatus(http.StatusNotFound)
}

func TestTheTokenLifetimeOfAnApplication(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	plain := p.administrator()
	b := plain.scripted()
	app, _ := p.application("ci")
	path := applicationPath(app, "token-lifetime")
	page := plain.get(path)
	for _, way := range []string{"[data-cancel]", "nav[aria-label=Breadcrumb] li:nth-child(2) a"} {
		if to := page.find(way).AttrOr("href", ""); to != "/applications/"+app.ID {
			t.Errorf("%s leads to %q, and not to the application", way, to)
		}
	}
	form := b.fill(path, "#token-lifetime-form")
	form.Set("tokenLifetime", "8h0m0s")
	b.post(path, form).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "8 hours")
	b.post(path, form).wantStatus(http.StatusConflict).wantText("#token-lifetime-problems", "changed this") // it was drawn before the change
	b.post(path, url.Values{"tokenLifetime": {"1m"}}).wantStatus(http.StatusUnprocessableEntity).wantText("#token-lifetime-problems", "Choose between 5 minutes and 24 hours.")
	changed, err := p.svc.Application(context.Background(), p.operator(), app.ID)
	must(t, err)
	if changed.TokenLifetime != 8*time.Hour {
		t.Errorf("the lifetime is %v", changed.TokenLifetime)
	}
}
