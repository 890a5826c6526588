package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/access"
)

const newForm = "#new-application-form"

func TestCreateShowsTheSecretKeyOnce(t *testing.T) {
	for _, scripts := range []bool{false, true} {
		t.Run(fmt.Sprintf("scripts %v", scripts), func(t *testing.T) {
			t.Parallel()
			p := newProduct(t)
			b := p.administrator()
			if scripts {
				b = b.scripted()
			}
			form := b.fill("/applications/new", newForm)
			form.Set("name", "ci-pipeline-prod")
			form.Set("description", "Deploys from main.")
			got := b.post("/applications", form).wantStatus(http.StatusCreated).wantNoStore()
			if got.isPage() == scripts {
				t.Errorf("scripts %v: whole page %v", scripts, got.isPage())
			}
			got.wantText("#secret-name", "ci-pipeline-prod").wantText("#secret-client", "ci-pipeline-prod")
			got.wantText("#secret-token-url", p.url+"/api/v1/token")
			if got.find("[data-secret-value]").AttrOr("type", "") != "password" {
				t.Error("the secret key is not masked")
			}
			if err := p.use("ci-pipeline-prod", got.secret()); err != nil {
				t.Errorf("the key that was shown does not work: %v", err)
			}
			// Without scripts nobody could unmask it: there it is written out as well.
			written := map[bool]int{true: 1, false: 2}[scripts]
			if n := strings.Count(got.body, got.secret()); n != written {
				t.Errorf("the key stands %d times in its page", n)
			}
			if !scripts {
				got.wantText(".secret-plain.unscripted", got.secret())
			}
		})
	}
}

func TestTheSnippetNeverHoldsTheKey(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/applications/new", newForm)
	form.Set("name", "ci")
	got := b.post("/applications", form).wantStatus(http.StatusCreated)
	got.wantText("#snippet-secret", "read -rs CLIENT_SECRET; export CLIENT_SECRET")
	got.wantText("#snippet-token", p.url+"/api/v1/token").wantText("#snippet-token", "$CLIENT_SECRET").wantText("#snippet-token", `"clientId": "ci"`)
	if _, open := got.find("#try-it").Attr("open"); !open {
		t.Error("the first application does not teach")
	}
	form = b.fill("/applications/new", newForm)
	form.Set("name", "ci-2")
	if _, open := b.post("/applications", form).find("#try-it").Attr("open"); open {
		t.Error("the second application teaches again")
	}
}

func TestBadNamesAreRefusedBesideTheField(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	p.application("taken")
	tests := []struct {
		what, name string
		status     int
	}{
		{"empty", "", http.StatusUnprocessableEntity},
		{"one letter", "a", http.StatusUnprocessableEntity},
		{"capitals", "CI-Pipeline", http.StatusUnprocessableEntity},
		{"spaces", "ci pipeline", http.StatusUnprocessableEntity},
		{"trailing newline", "ci-pipeline\n", http.StatusUnprocessableEntity},
		{"65 characters", strings.Repeat("a", 65), http.StatusUnprocessableEntity},
		{"right-to-left mark", "ci\u200fpipeline", http.StatusUnprocessableEntity},
		{"right-to-left override", "ci\u202epipeline", http.StatusUnprocessableEntity},
		{"NUL", "ci\x00", http.StatusUnprocessableEntity},
		{"no UTF-8", "ci\xff", http.StatusUnprocessableEntity},
		{"a formula", "=1+1", http.StatusUnprocessableEntity},
		{"markup", "<b>ci</b>", http.StatusUnprocessableEntity},
		{"last is a hyphen", "ci-", http.StatusUnprocessableEntity},
		{"first is a digit", "1ci", http.StatusUnprocessableEntity},
		{"duplicate", "taken", http.StatusConflict},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			form := b.fill("/applications/new", newForm)
			form.Set("name", test.name)
			form.Set("description", "Keep\nme.")
			form.Set("keyLifetime", "90")
			got := b.scripted().post("/applications", form).wantStatus(test.status)
			if got.text("#new-application-name-error") == "" {
				t.Error("nothing beside the field")
			}
			field := got.find("#new-application-name")
			if field.AttrOr("aria-invalid", "") != "true" || !strings.Contains(field.AttrOr("aria-describedby", ""), "new-application-name-error") {
				t.Error("the field does not say that it is wrong")
			}
			if href := got.find("#new-application-problems a").AttrOr("href", ""); href != "#new-application-name" {
				t.Errorf("the summary leads to %q", href)
			}
			kept := strings.ToValidUTF8(strings.ReplaceAll(test.name, "\x00", "\ufffd"), "\ufffd")
			if value := field.AttrOr("value", ""); value != kept && value != test.name {
				t.Errorf("the name became %q", value)
			}
			if value := valueOf(got.find("#new-application-description")); value != "Keep\nme." {
				t.Errorf("the description became %q", value)
			}
			if value := valueOf(got.find("#new-application-lifetime")); value != "90" {
				t.Errorf("the lifetime became %q", value)
			}
			if names := p.names(); !slices.Equal(names, []string{"taken"}) {
				t.Errorf("there are applications %q", names)
			}
		})
	}
}

func TestFixingARefusedNameCreates(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/applications/new", newForm)
	form.Set("name", "CI")
	b.post("/applications", form).wantStatus(http.StatusUnprocessableEntity)
	form.Set("name", "ci")
	b.post("/applications", form).wantStatus(http.StatusCreated)
}

func TestAFormPostedTwiceDoesItsWorkOnce(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/applications/new", newForm)
	form.Set("name", "ci")
	first := b.post("/applications", form).wantStatus(http.StatusCreated)
	form.Set("name", "another")
	second := b.post("/applications", form).wantStatus(http.StatusConflict)
	second.wantText("#notice", "Already done").wantNone("[data-secret-value]")
	if strings.Contains(second.body, first.secret()) {
		t.Error("the second answer holds the key")
	}
	if names := p.names(); !slices.Equal(names, []string{"ci"}) {
		t.Errorf("there are applications %q", names)
	}
}

func TestTwoPostsAtOnceMakeOneApplication(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/applications/new", newForm)
	form.Set("name", "ci")
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() { statuses[i] = b.post("/applications", form).status })
	}
	wg.Wait()
	slices.Sort(statuses)
	want := append([]int{http.StatusCreated}, slices.Repeat([]int{http.StatusConflict}, 7)...)
	if !slices.Equal(statuses, want) {
		t.Errorf("statuses %v", statuses)
	}
}

func TestOnlyNamedFieldsAreRead(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/applications/new", newForm)
	form.Set("name", "ci")
	for _, field := range []string{"id", "tenant_id", "created_by", "createdBy", "status", "enabled", "clientId", "client_id", "secret_hash", "keyHash", "version", "is_admin"} {
		form.Set(field, "forged")
	}
	b.post("/applications?name=query&description=query", form).wantStatus(http.StatusCreated)
	page, err := p.svc.ListApplications(context.Background(), p.operator(), access.List{Limit: 10, Sort: access.ApplicationSchema.DefaultSort})
	must(t, err)
	app := page.Rows[0]
	if app.Name != "ci" || app.ClientID != "ci" || app.CreatedBy != adminEmail || !app.Enabled || app.ID == "forged" || app.Description != "" {
		t.Errorf("made %+v", app.Application)
	}
}

func TestKeyLifetimes(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/applications/new", newForm)
	form.Set("name", "ci")
	form.Set("keyLifetime", "7")
	b.post("/applications", form).wantStatus(http.StatusUnprocessableEntity).wantText("#new-application-lifetime-error", "lifetimes in the list")
	form.Set("keyLifetime", "30")
	got := b.post("/applications", form).wantStatus(http.StatusCreated)
	key := got.secret()
	p.wait(30*24*time.Hour - time.Second)
	must(t, p.use("ci", key))
	p.wait(time.Second)
	if err := p.use("ci", key); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("an expired key: %v", err)
	}
}

func TestRegenerate(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, old := p.application("billing-sync")
	for range 4 {
		must(t, p.use("billing-sync", old.Reveal()))
	}
	p.wait(3 * time.Minute)
	path := applicationPath(app, "regenerate")
	confirm := b.scripted().get(path).wantStatus(http.StatusOK)
	confirm.wantText("#regenerate-heading", "billing-sync")
	confirm.wantText("#regenerate-body", old.EndsIn())
	for fact, want := range map[string]string{
		"Last used": "3 minutes ago2026-11-23 04:10:22 GMT", "Tokens active now": "4", "Access rules": "0",
		"Takes effect": "At once", "Can be undone": "cannot be brought back",
	} {
		confirm.wantText("dt:contains('"+fact+"') + dd", want)
	}
	confirm.wantText("#regenerate-form-submit", "Regenerate")
	if kind := confirm.find("#regenerate").AttrOr("data-dialog-content", ""); kind != "alert" {
		t.Errorf("a dialog of kind %q", kind)
	}

	got := b.scripted().post(path, b.fill(path, "#regenerate-form")).wantStatus(http.StatusOK).wantNoStore()
	got.wantText("#secret-body", "nor do the 4 tokens that were active")
	if err := p.use("billing-sync", old.Reveal()); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("the old key: %v", err)
	}
	must(t, p.use("billing-sync", got.secret()))
}

func TestRegenerateTwiceByOneForm(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _ := p.application("ci")
	path := applicationPath(app, "regenerate")
	form := b.fill(path, "#regenerate-form")
	key := b.post(path, form).wantStatus(http.StatusOK).secret()
	b.post(path, form).wantStatus(http.StatusConflict).wantText("#notice", "Already done")
	must(t, p.use("ci", key))
}

func TestRegenerateAKeyThatSomebodyElseRegenerated(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _ := p.application("ci")
	path := applicationPath(app, "regenerate")
	form := b.fill(path, "#regenerate-form")
	_, theirs, err := p.svc.RegenerateKey(context.Background(), p.operator(), app.ID, 0, "")
	must(t, err)

	refused := b.post(path, form).wantStatus(http.StatusConflict)
	refused.wantText("#regenerate-problems", p.operator().Principal.Name+" regenerated the key")
	refused.wantText("#regenerate-problems", "It ends in "+theirs.EndsIn()+" now")
	must(t, p.use("ci", theirs.Reveal()))

	form.Set("keyEndsIn", refused.find("#regenerate-form [name=keyEndsIn]").AttrOr("value", ""))
	b.post(path, form).wantStatus(http.StatusOK)
	if err := p.use("ci", theirs.Reveal()); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("the key that was replaced knowingly: %v", err)
	}
}

func TestRegenerateKeepsTheLifetime(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _, err := p.svc.CreateApplication(context.Background(), p.operator(), access.NewApplication{Name: "ci", KeyLifetime: 90 * 24 * time.Hour})
	must(t, err)
	if form := b.fill(applicationPath(app, "regenerate"), "#regenerate-form"); form.Get("keyLifetime") != "90" {
		t.Errorf("offers %q", form.Get("keyLifetime"))
	}
}

func TestNobodyTakesOverAStrongerApplication(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	app, key := p.application("root")
	_, err := p.svc.CreateRule(context.Background(), p.operator(), access.NewRule{SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: access.SystemAdministrator, ScopeID: access.TenantNodeID})
	must(t, err)
	const cloudOperator = 1711 // manages applications, and little else
	b := p.person("grace@example.com", cloudOperator).scripted()
	path := applicationPath(app, "regenerate")
	b.post(path, b.fill(path, "#regenerate-form")).wantStatus(http.StatusForbidden).wantNone("[data-secret-value]").wantText("#regenerate-problems", "permissions")
	must(t, p.use("root", key.Reveal()))
}

func TestDisableAndEnable(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, key := p.application("ci")
	b.get(applicationPath(app, "disable")).wantStatus(http.StatusOK).wantText("#disable-heading", "Disable ci?")
	b.scripted().post(applicationPath(app, "disable"), nil).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "ci is disabled")
	if err := p.use("ci", key.Reveal()); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("disabled: %v", err)
	}
	b.post(applicationPath(app, "enable"), nil).wantStatus(http.StatusOK).wantText("#notice", "ci is enabled")
	must(t, p.use("ci", key.Reveal()))
}

func TestDeleteWhatIsInUseAsksForItsName(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	app, key := p.application("billing-sync")
	must(t, p.use("billing-sync", key.Reveal()))
	path := applicationPath(app, "delete")
	confirm := b.get(path).wantStatus(http.StatusOK).wantText("#delete-body", "Disable it first")
	confirm.find("#delete-name")
	confirm.find("#delete-disable")

	wrong := b.post(path, url.Values{"confirmName": {"billing"}}).wantStatus(http.StatusUnprocessableEntity)
	wrong.wantText("#delete-name-error", "exactly")
	if value := wrong.find("#delete-name").AttrOr("value", ""); value != "billing" {
		t.Errorf("what was typed became %q", value)
	}
	b.post(path, nil).wantStatus(http.StatusUnprocessableEntity)
	if names := p.names(); len(names) != 1 {
		t.Fatal("it was deleted without its name")
	}
	b.post(path, url.Values{"confirmName": {" billing-sync "}}).wantStatus(http.StatusOK).wantText("[data-dialog-done]", "billing-sync was deleted")
	if err := p.use("billing-sync", key.Reveal()); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("deleted: %v", err)
	}
}

func TestDeleteWhatIsUnusedTakesOnePress(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _ := p.application("ci")
	confirm := b.get(applicationPath(app, "delete")).wantNone("#delete-name").wantNone("#delete-disable")
	confirm.wantText("#delete-body", "Never").wantText("#delete-body", "23 December 2026")
	b.post(applicationPath(app, "delete"), nil).wantStatus(http.StatusOK).wantText("#notice", "30 days")
	b.post(applicationPath(app, "delete"), nil).wantStatus(http.StatusNotFound).wantText("#notice", "gone")
}

func TestRestoreFromTheBinMakesANewKey(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, old := p.application("ci")
	b.get(applicationPath(app, "restore")).wantStatus(http.StatusConflict).wantText("#notice", "Not in the bin")
	b.post(applicationPath(app, "delete"), nil).wantStatus(http.StatusOK)
	path := applicationPath(app, "restore")
	form := b.fill(path, "#restore-form")
	got := b.post(path, form).wantStatus(http.StatusOK).wantNoStore()
	must(t, p.use("ci", got.secret()))
	if err := p.use("ci", old.Reveal()); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("the old key: %v", err)
	}
	b.post(path, form).wantStatus(http.StatusConflict).wantText("#notice", "Already done")
}

// The new key lives as long as is chosen; the choice begins at what the key had
// that went with it.
func TestRestoreWithAKeyLifetime(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _, err := p.svc.CreateApplication(context.Background(), p.operator(), access.NewApplication{Name: "ci", KeyLifetime: 30 * 24 * time.Hour})
	must(t, err)
	b.post(applicationPath(app, "delete"), nil).wantStatus(http.StatusOK)
	path := applicationPath(app, "restore")
	form := b.fill(path, "#restore-form")
	if chosen := form.Get("keyLifetime"); chosen != "30" {
		t.Errorf("at first %q is chosen", chosen)
	}
	if form.Get("form_key") == "" {
		t.Error("the form has no name of its own")
	}
	form.Set("keyLifetime", "31")
	refused := b.post(path, form).wantStatus(http.StatusUnprocessableEntity).wantText("#restore-lifetime-error", "Choose one of the lifetimes")
	if key := refused.find("#restore-form [name=form_key]").AttrOr("value", ""); key != form.Get("form_key") {
		t.Errorf("the refused form is called %q, not %q", key, form.Get("form_key"))
	}
	form.Set("keyLifetime", "90")
	b.post(path, form).wantStatus(http.StatusOK)
	restored, err := p.svc.Application(context.Background(), p.operator(), app.ID)
	must(t, err)
	if want := p.clock().AddDate(0, 0, 90); !restored.Key.ExpiresAt.Equal(want) {
		t.Errorf("the new key expires at %s, not %s", restored.Key.ExpiresAt, want)
	}
}

func TestRestoreWhenTheNameIsTaken(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	app, _ := p.application("ci")
	b.post(applicationPath(app, "delete"), nil)
	p.application("ci")
	path := applicationPath(app, "restore")
	b.scripted().post(path, b.fill(path, "#restore-form")).wantStatus(http.StatusConflict).wantText("#restore-problems", "ci")
}

func TestFirstTokenTick(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator().scripted()
	app, key := p.application("ci")
	path := applicationPath(app, "first-token")
	waiting := b.get(path + "?background=true").wantStatus(http.StatusOK)
	if href := waiting.find("#first-token-waiting").AttrOr("hx-get", ""); href != path+"?background=true" {
		t.Errorf("polls %q", href)
	}
	must(t, p.use("ci", key.Reveal()))
	b.get(path).wantText("#first-token-received", "First token received").wantNone("[hx-get]")
}

func TestDialogsOfMissingApplicationsSaySo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	for _, what := range []string{"regenerate", "delete", "disable", "restore", "rules"} {
		path := "/applications/019aae52-7c1e-7f3a-9c55-0242ac120002/" + what
		b.get(path).wantStatus(http.StatusNotFound).wantText("#notice", "gone")
		b.scripted().get(path).wantStatus(http.StatusNotFound).wantText("#notice", "gone")
	}
}

func TestAnOversizedFormIsRefused(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fill("/applications/new", newForm)
	form.Set("name", "ci")
	form.Set("description", strings.Repeat("x", 70_000))
	b.post("/applications", form).wantStatus(http.StatusRequestEntityTooLarge)
	if len(p.names()) != 0 {
		t.Error("it was made")
	}
}

func TestDialogsNeedSomebodySignedIn(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.administrator()
	app, _ := p.application("ci")
	stranger := p.visitor()
	for _, path := range []string{"/applications/new", applicationPath(app, "rules"), applicationPath(app, "regenerate"), "/scopes", "/roles/preview"} {
		got := stranger.get(path).wantStatus(http.StatusSeeOther)
		if to := got.header.Get("Location"); to != "/sign-in?next="+url.QueryEscape(path) {
			t.Errorf("%s leads to %q", path, to)
		}
		stranger.scripted().get(path).wantStatus(http.StatusUnauthorized)
	}
	stranger.post("/applications", url.Values{"name": {"forged"}})
	if names := p.names(); !slices.Equal(names, []string{"ci"}) {
		t.Errorf("there are applications %q", names)
	}
}
