package handlers_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/access"
)

func sessionPath(handle string) string { return "/account/sessions/" + handle + "/sign-out" }

func accessKeyPath(id, what string) string { return "/account/access-keys/" + id + "/" + what }

// TestSessionsAreEndedByTheirOwner from another browser: one, then all others.
func TestSessionsAreEndedByTheirOwner(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		here := p.administrator()
		const linux = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
		signIn := func() *browser {
			b := p.visitor().with("User-Agent", linux)
			b.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}}).wantStatus(http.StatusSeeOther)
			return b
		}
		p.wait(1e9)
		there := signIn()
		page := here.get("/account").wantStatus(http.StatusOK).wantText("#sessions", "Firefox on Linux").wantText("#sessions", "from 127.0.0.1").wantText("#sessions", "This browser")
		if strings.Contains(page.body, linux) {
			t.Error("the header of the other browser is on the page")
		}
		handle := p.sessionOf(adminEmail)
		here.get(sessionPath(handle)).wantStatus(http.StatusOK).wantText("#end-session", "Sign out Firefox on Linux?")
		p.wait(1e9) // so that events have an order
		here.scripted().post(sessionPath(handle), nil).wantStatus(http.StatusOK)
		if e := p.events()[0]; e.Action != access.EventSignOut || e.EntityType != "session" || e.Subject.Name != adminEmail || e.Metadata["endedUserAgent"] != linux {
			t.Errorf("told: %+v", e)
		}
		there.get("/account").wantStatus(http.StatusSeeOther)
		here.get("/account").wantStatus(http.StatusOK)
		for _, ask := range []*answer{here.get(sessionPath(handle)), here.post(sessionPath(handle), nil)} {
			ask.wantStatus(http.StatusNotFound).wantText("#notice", "This session is over")
		}

		p.wait(1e9)
		there, third := signIn(), signIn()
		here.get("/account/sessions/sign-out").wantStatus(http.StatusOK).wantText("#end-others", "In 2 places")
		here.post("/account/sessions/sign-out", nil).wantStatus(http.StatusOK).wantText("#notice", "everywhere but here")
		there.get("/account").wantStatus(http.StatusSeeOther)
		third.get("/account").wantStatus(http.StatusSeeOther)

		// One's own is the same as Sign out.
		left := here.post(sessionPath(p.sessionOf(adminEmail)), nil).wantStatus(http.StatusSeeOther)
		if left.header.Get("Clear-Site-Data") == "" {
			t.Error("the browser is not asked to forget")
		}
		here.get("/account").wantStatus(http.StatusSeeOther)
	})
}

// TestNobodyEndsTheSessionOfAnother, not even an administrator from their own page.
func TestNobodyEndsTheSessionOfAnother(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	admin := p.administrator()
	grace := p.person("grace@example.com", 0)
	theirs, own := p.sessionOf("grace@example.com"), p.sessionOf(adminEmail)
	admin.post(sessionPath(theirs), nil).wantStatus(http.StatusNotFound)
	grace.get(sessionPath(own)).wantStatus(http.StatusNotFound)
	grace.post(sessionPath(own), nil).wantStatus(http.StatusNotFound)
	grace.get("/account").wantStatus(http.StatusOK).wantText("#page-rules-none", "you can sign in, but see and change nothing")
	admin.get("/account").wantStatus(http.StatusOK)
}

// TestTheCookieIsNowhereOnTheAccountPage: neither the id of a session nor what it
// is stored under.
func TestTheCookieIsNowhereOnTheAccountPage(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	sessions, err := p.db.SessionsOf(context.Background(), p.user(adminEmail).ID)
	must(t, err)
	page := b.get("/account").wantStatus(http.StatusOK)
	home, err := url.Parse(p.url)
	must(t, err)
	hash := sessions[0].IDHash[:]
	secrets := []string{hex.EncodeToString(hash), base64.StdEncoding.EncodeToString(hash), base64.RawURLEncoding.EncodeToString(hash)}
	for _, cookie := range b.client.Jar.Cookies(home) {
		secrets = append(secrets, cookie.Value)
	}
	if len(secrets) != 4 {
		t.Fatalf("%d things to look for, want 4", len(secrets))
	}
	for _, secret := range secrets {
		if strings.Contains(page.body, secret) {
			t.Errorf("the page holds %s", secret)
		}
	}
}

// TestAnAccessKeyFromBeginningToEnd on the page of its owner.
func TestAnAccessKeyFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	other := p.person("grace@example.com", 0)
	b.get("/account").wantText("#access-keys-none", "No access keys")
	form := b.fill("/account/access-keys/new", "#new-access-key-form")
	form.Set("name", "Not a name")
	b.post("/account/access-keys", form).wantStatus(http.StatusUnprocessableEntity).wantText("#new-access-key-name-error", "")
	form.Set("name", "laptop")
	created := b.scripted().post("/account/access-keys", form).wantStatus(http.StatusCreated).wantNoStore()
	secret := created.secret()
	if strings.Count(created.body, secret) != 1 {
		t.Error("the secret key is in the answer more than once")
	}
	keys, err := p.db.AccessKeys(context.Background(), access.AccessKeySelection{})
	must(t, err)
	if len(keys) != 1 {
		t.Fatalf("%d access keys", len(keys))
	}
	key := keys[0]
	again := b.post("/account/access-keys", form).wantStatus(http.StatusConflict).wantText("#notice", "the second changed nothing")
	page := b.get("/account").wantStatus(http.StatusOK).wantText("#access-keys", key.ClientID).wantText("#access-keys", "never used")
	form = b.fill("/account/access-keys/new", "#new-access-key-form")
	form.Set("name", "laptop")
	taken := b.post("/account/access-keys", form).wantStatus(http.StatusConflict).wantText("#new-access-key-name-error", "already")
	for _, got := range []*answer{again, page, taken} {
		if strings.Contains(got.body, secret) {
			t.Errorf("%s holds the secret key", got.what)
		}
	}
	issued, err := p.svc.IssueToken(context.Background(), access.Origin{}, key.ClientID, secret)
	must(t, err)

	for _, what := range []string{"regenerate", "delete"} {
		other.get(accessKeyPath(key.ID, what)).wantStatus(http.StatusNotFound)
		other.post(accessKeyPath(key.ID, what), url.Values{"version": {"1"}}).wantStatus(http.StatusNotFound)
	}
	path := accessKeyPath(key.ID, "regenerate")
	stale := b.fill(accessKeyPath(key.ID, "delete"), "#delete-access-key-form")
	question := b.fill(path, "#regenerate-access-key-form")
	next := b.scripted().post(path, question).wantStatus(http.StatusOK).wantNoStore().secret()
	b.post(path, question).wantStatus(http.StatusConflict).wantText("#notice", "the second changed nothing")
	_, err = p.svc.TokenPrincipal(context.Background(), issued.AccessToken)
	if err == nil {
		t.Error("a token of the previous key still works")
	}

	// A question about the previous key does not delete this one.
	path = accessKeyPath(key.ID, "delete")
	b.post(path, stale).wantStatus(http.StatusConflict).wantText("#delete-access-key-problems", "regenerated while this dialog was open")
	_, err = p.svc.IssueToken(context.Background(), access.Origin{}, key.ClientID, next)
	must(t, err)
	b.post(path, b.fill(path, "#delete-access-key-form")).wantStatus(http.StatusOK).wantText("#notice", "laptop was deleted")
	if _, err = p.svc.IssueToken(context.Background(), access.Origin{}, key.ClientID, next); err == nil {
		t.Error("a deleted access key still gets tokens")
	}
	b.get(path).wantStatus(http.StatusNotFound).wantText("#notice", "This access key is gone")
}
