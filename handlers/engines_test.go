package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"latchkey/access"
	"latchkey/store/storetest/pgtest"
)

// postgres serves all tests of a run that want it.
var postgres pgtest.OnDemand

func TestMain(m *testing.M) {
	code := m.Run()
	if err := postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// onEachEngine runs a test on SQLite and again on PostgreSQL: nothing that a
// user can see may differ. database makes a new one.
func onEachEngine(t *testing.T, test func(t *testing.T, database func(testing.TB) string)) {
	for engine, database := range map[string]func(testing.TB) string{"SQLite": sqliteFile, "PostgreSQL": postgres.Database} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, database)
		})
	}
}

func sqliteFile(t testing.TB) string { return filepath.Join(t.TempDir(), "latchkey.db") }

// TestMainPath is what most people do, from the first application to the last.
func TestMainPath(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		p := newProductOver(t, database(t))
		b := p.administrator()
		const name = "ci-pipeline-prod"

		key := b.post("/applications", b.fillNew(name)).wantStatus(http.StatusCreated).wantNoStore().secret()
		app := p.only(name)
		rules := applicationPath(app, "rules")
		form := url.Values{"roleId": {fmt.Sprint(cloudOperator)}, "scopeId": {access.TenantNodeID}}
		b.scripted().post(rules, form).wantStatus(http.StatusCreated).wantText("#rules-status", "Access rule added")

		bearer := p.tokenFor(name, key)
		p.wantApplications(bearer, name)
		must(t, p.svc.Flush(context.Background()))
		b.get("/applications?search=pipeline").wantStatus(http.StatusOK).wantRows(name)
		b.get("/applications?filterBy=status==Disabled").wantStatus(http.StatusOK).wantRows()

		path := applicationPath(app, "regenerate")
		next := b.post(path, b.fill(path, "#regenerate-form")).wantStatus(http.StatusOK).wantNoStore().secret()
		p.wantKeyRefused(name, key)
		p.wantTokenRefused(bearer)
		bearer = p.tokenFor(name, next)
		p.wantApplications(bearer, name)

		path = applicationPath(app, "delete")
		b.post(path, url.Values{"confirmName": {name}}).wantStatus(http.StatusOK).wantText("#notice", name)
		p.wantKeyRefused(name, next)
		p.wantTokenRefused(bearer)
		b.get("/applications").wantStatus(http.StatusOK).wantRows()
		b.get("/applications?deleted=true").wantStatus(http.StatusOK).wantRows(name)
	})
}

// TestTwoProcessesOverOneDatabase: whoever is served by the one process now and
// by the other the next moment notices nothing, and what ends at the one has
// ended at the other's next request.
func TestTwoProcessesOverOneDatabase(t *testing.T) {
	onEachEngine(t, func(t *testing.T, database func(testing.TB) string) {
		for name, test := range map[string]func(t *testing.T, a, b *product){
			"sessions":                  sessionsAreShared,
			"set-up":                    oneSetupLinkWins,
			"a set-up link of another":  aSetupLinkIsGoodEverywhere,
			"sign-in throttle":          throttlesCountTogether,
			"sign-in throttle at once":  throttlesCountTogetherAtOnce,
			"signing keys":              signingKeysAreShared,
			"disabling":                 disablingIsSeenElsewhere,
			"regeneration":              regenerationIsSeenElsewhere,
			"an access rule taken away": aLostRuleIsSeenElsewhere,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				a, b := twoProcesses(t, database(t))
				test(t, a, b)
			})
		}
	})
}

// twoProcesses start at once over one new database.
func twoProcesses(t *testing.T, database string) (a, b *product) {
	t.Helper()
	at := installation{database: database, keyFile: filepath.Join(t.TempDir(), "latchkey.key"), publicURL: "http://keys.acme.test"}
	a, b = assemble(t, at), assemble(t, at)
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, p := range []*product{a, b} {
		wg.Go(func() { errs[i] = p.svc.PrepareSigningKeys(context.Background()) })
	}
	wg.Wait()
	must(t, errors.Join(errs...))
	return a, b
}

func sessionsAreShared(t *testing.T, a, b *product) {
	owner := a.administrator()
	// A copy of the cookie, which signing out would take away as well.
	thief := b.visitor()
	home, err := url.Parse(b.url)
	must(t, err)
	thief.client.Jar.SetCookies(home, owner.client.Jar.Cookies(home))

	owner.at(b).get("/applications/new").wantStatus(http.StatusOK)
	thief.get("/applications/new").wantStatus(http.StatusOK)
	owner.post("/sign-out", nil).wantStatus(http.StatusSeeOther)
	thief.get("/applications/new").wantStatus(http.StatusSeeOther)
}

func oneSetupLinkWins(t *testing.T, a, b *product) {
	link := a.setupLink()
	wantOneWinner(t, link, a, b)
	for _, p := range []*product{a, b} {
		p.visitor().get("/setup?token="+link).wantStatus(http.StatusGone).wantText("h1", "was used")
		p.visitor().get("/sign-in").wantStatus(http.StatusOK).wantNone("#needs-setup")
	}
}

func aSetupLinkIsGoodEverywhere(_ *testing.T, a, b *product) {
	first, second := a.setupLink(), b.setupLink() // each process prints one
	form := url.Values{"token": {first}, "email": {adminEmail}, "password": {adminPassword}}
	b.visitor().post("/setup", form).wantStatus(http.StatusSeeOther)
	a.visitor().get("/setup?token=" + first).wantStatus(http.StatusGone)
	form.Set("token", second)
	a.visitor().post("/setup", form).wantStatus(http.StatusNotFound)
	signIn(a.visitor()).wantStatus(http.StatusSeeOther)
}

// freeGuesses are the failures of one account from one address before the
// product makes people wait.
const freeGuesses = 5

func throttlesCountTogether(_ *testing.T, a, b *product) {
	a.administrator()
	wrong := url.Values{"email": {adminEmail}, "password": {"wrong"}}
	processes := []*product{a, b}
	for i := range freeGuesses {
		processes[i%len(processes)].visitor().post("/sign-in", wrong).wantStatus(http.StatusUnauthorized)
	}
	for _, p := range processes {
		// Not even with the right password.
		signIn(p.visitor()).wantStatus(http.StatusTooManyRequests)
	}
}

func throttlesCountTogetherAtOnce(t *testing.T, a, b *product) {
	a.administrator()
	processes := []*product{a, b}
	statuses := make([]int, 3*freeGuesses)
	var wg sync.WaitGroup
	for i := range statuses {
		visitor := processes[i%len(processes)].visitor()
		wg.Go(func() {
			statuses[i] = visitor.post("/sign-in", url.Values{"email": {adminEmail}, "password": {"wrong"}}).status
		})
	}
	wg.Wait()
	judged := 0
	for _, status := range statuses {
		switch status {
		case http.StatusUnauthorized:
			judged++
		case http.StatusTooManyRequests:
		default:
			t.Errorf("status %d", status)
		}
	}
	if judged != freeGuesses {
		t.Errorf("%d passwords were judged, want %d: %v", judged, freeGuesses, statuses)
	}
}

func signingKeysAreShared(t *testing.T, a, b *product) {
	const keySet = "/.well-known/jwks.json"
	one, other := a.visitor().get(keySet).wantStatus(http.StatusOK), b.visitor().get(keySet).wantStatus(http.StatusOK)
	if one.body != other.body {
		t.Errorf("the keys differ:\n%s\n%s", one.body, other.body)
	}
	var set struct{ Keys []map[string]any }
	must(t, json.Unmarshal([]byte(one.body), &set))
	if len(set.Keys) != 1 {
		t.Errorf("%d keys were made, want 1", len(set.Keys))
	}
	_, key := reader(a)
	b.wantApplications(a.tokenFor("reader", key), "reader")
	a.wantApplications(b.tokenFor("reader", key), "reader")
}

func disablingIsSeenElsewhere(_ *testing.T, a, b *product) {
	admin := a.administrator()
	app, key := reader(a)
	bearer := a.tokenFor("reader", key)
	b.wantApplications(bearer, "reader")
	b.tokenFor("reader", key)

	admin.post(applicationPath(app, "disable"), nil).wantStatus(http.StatusOK)
	b.wantTokenRefused(bearer)
	b.wantKeyRefused("reader", key)
	admin.post(applicationPath(app, "enable"), nil).wantStatus(http.StatusOK)
	b.wantApplications(b.tokenFor("reader", key), "reader")
}

func regenerationIsSeenElsewhere(_ *testing.T, a, b *product) {
	admin := a.administrator()
	app, old := reader(a)
	bearer := b.tokenFor("reader", old)
	b.wantApplications(bearer, "reader")

	path := applicationPath(app, "regenerate")
	key := admin.post(path, admin.at(b).fill(path, "#regenerate-form")).wantStatus(http.StatusOK).secret()
	b.wantKeyRefused("reader", old)
	b.wantTokenRefused(bearer)
	b.wantApplications(b.tokenFor("reader", key), "reader")
}

func aLostRuleIsSeenElsewhere(t *testing.T, a, b *product) {
	app, key := reader(a)
	bearer := b.tokenFor("reader", key)
	b.wantApplications(bearer, "reader")
	_, err := a.svc.DeleteRule(context.Background(), a.operator(), a.rulesOf(app)[0].ID)
	must(t, err)
	b.bearer(bearer).get("/api/v1/apps").wantStatus(http.StatusForbidden)
}

// at is the same person, served by another process: cookies know no ports.
func (b *browser) at(p *product) *browser {
	other := *b
	other.base = p.url
	return &other
}

func signIn(b *browser) *answer {
	b.t.Helper()
	return b.post("/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}})
}

// reader is an application that may read all applications, and its key.
func reader(p *product) (access.Application, string) {
	p.t.Helper()
	app, key := p.application("reader")
	p.grant(access.SubjectApplication, app.ID, cloudOperator, p.tenant())
	return app, key.Reveal()
}

// askToken trades a key over the wire.
func (p *product) askToken(clientID, key string) *answer {
	p.t.Helper()
	body, err := json.Marshal(map[string]string{"grantType": "client_credentials", "clientId": clientID, "clientSecret": key})
	must(p.t, err)
	return p.visitor().ask(http.MethodPost, "/api/v1/token", string(body))
}

func (p *product) tokenFor(clientID, key string) string {
	p.t.Helper()
	got := p.askToken(clientID, key)
	var issued struct{ AccessToken string }
	must(p.t, json.Unmarshal([]byte(got.body), &issued))
	if got.status != http.StatusOK || issued.AccessToken == "" {
		p.t.Fatalf("no token for %s: status %d", clientID, got.status)
	}
	return issued.AccessToken
}

func (p *product) wantKeyRefused(clientID, key string) {
	p.t.Helper()
	if got := p.askToken(clientID, key); got.status != http.StatusBadRequest {
		p.t.Errorf("the key of %s: status %d, want %d", clientID, got.status, http.StatusBadRequest)
	}
}

func (p *product) bearer(raw string) *browser {
	return p.visitor().with("Authorization", "Bearer "+raw)
}

func (p *product) wantTokenRefused(raw string) {
	p.t.Helper()
	p.bearer(raw).get("/api/v1/apps").wantStatus(http.StatusUnauthorized)
}

// wantApplications asks with a token for the applications there are.
func (p *product) wantApplications(raw string, want ...string) {
	p.t.Helper()
	got := p.bearer(raw).get("/api/v1/apps").wantStatus(http.StatusOK)
	var apps []struct{ Name string }
	must(p.t, json.Unmarshal([]byte(got.body), &apps))
	names := make([]string, len(apps))
	for i, app := range apps {
		names[i] = app.Name
	}
	if fmt.Sprint(names) != fmt.Sprint(want) {
		p.t.Errorf("the applications are %v, want %v", names, want)
	}
}
