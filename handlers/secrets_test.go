package handlers_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/access"
	"latchkey/token"
)

// TestSecretAppearsOnce makes an application and regenerates its key, and then
// looks for both keys, their hashes and their ends wherever the product tells
// something: every page, fragment, download and API answer, every refusal, the
// audit log and the database (security.md 2 and 4). Only the last four
// characters may be there: people tell keys apart by them.
func TestSecretAppearsOnce(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	b := p.administrator()
	form := b.fillNew("ci")
	created := b.post("/applications", form).wantStatus(http.StatusCreated).wantNoStore().secret()
	app := p.only("ci")
	path := applicationPath(app, "regenerate")
	regenerated := b.scripted().post(path, b.fill(path, "#regenerate-form")).wantStatus(http.StatusOK).wantNoStore().secret()
	if created == regenerated {
		t.Fatal("the key stayed the same")
	}
	traces := append(tracesOf(t, created), tracesOf(t, regenerated)...)
	wantNone := func(what, text string) {
		t.Helper()
		for _, trace := range traces {
			if strings.Contains(text, trace.text) {
				t.Errorf("%s holds %s", what, trace.what)
			}
		}
	}

	p.grant(access.SubjectApplication, app.ID, access.SystemAdministrator, p.tenant())
	issued, err := p.svc.IssueToken(context.Background(), access.Origin{}, "ci", regenerated)
	must(t, err)
	program := p.visitor().with("Authorization", "Bearer "+issued.AccessToken)
	rule := p.rulesOf(app)[0].ID
	b.post("/account/preferences", url.Values{"times": {"absolute"}})
	b.post("/applications/columns", url.Values{"column": {"name", "clientId", "keyExpiresAt", "keyEndsIn", "description", "accessRules", "lastLogin"}})
	asked := 0
	for _, state := range []string{"living", "disabled", "deleted"} {
		switch state {
		case "disabled":
			b.post(applicationPath(app, "disable"), url.Values{}).wantStatus(http.StatusOK)
		case "deleted":
			_, err := p.svc.DeleteApplication(context.Background(), p.operator(), app.ID)
			must(t, err)
		}
		for _, route := range p.routes() {
			address := p.example(route, app.ID, rule)
			for _, query := range []string{"", "?id=" + app.ID + "&columns=all&add=1&deleted=" + map[bool]string{true: "true"}[state == "deleted"]} {
				if !isSafe(route.Method) {
					continue
				}
				for _, who := range []*browser{b, b.scripted(), program} {
					got := who.get(address + query)
					wantNone(state+": "+got.what, got.body+headerText(got.header))
					asked++
				}
			}
		}
	}
	if asked < 300 {
		t.Errorf("only %d answers were looked at", asked)
	}
	// Refusals: the form was sent before, the name is none, the key is pasted
	// where it does not belong.
	for _, got := range []*answer{
		b.post("/applications", form), b.scripted().post("/applications", form), b.post("/applications", b.fillNew("Ci")),
		p.visitor().ask("POST", "/api/v1/token", `{"grantType":"client_credentials","clientId":"`+created+`","clientSecret":"`+regenerated+`"}`),
		p.visitor().with("Authorization", "Bearer "+regenerated).ask("GET", "/api/v1/apps", ""),
		p.visitor().with("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("ci:"+created))).with(formHeaders...).ask("POST", "/api/v2/token", "grant_type=client_credentials"),
	} {
		if got.status < 400 {
			t.Errorf("%s: %d, want a refusal", got.what, got.status)
		}
		wantNone(got.what, got.body+headerText(got.header))
	}

	must(t, p.svc.Flush(context.Background()))
	p.wantOneVerifier(regenerated, created)
}

// fillNew is the form of a new application with this name.
func (b *browser) fillNew(name string) url.Values {
	b.t.Helper()
	fields := b.fill("/applications/new", newForm)
	fields.Set("name", name)
	return fields
}

// only finds the application that has the name.
func (p *product) only(name string) access.Application {
	p.t.Helper()
	app, err := p.db.ApplicationByClientID(context.Background(), name)
	must(p.t, err)
	return app
}

func (p *product) tenant() access.Scope {
	p.t.Helper()
	tenant, err := p.svc.Scope(context.Background(), p.operator(), access.TenantNodeID)
	must(p.t, err)
	return tenant
}

// trace is one form in which a secret could be told.
type trace struct{ what, text string }

func tracesOf(t *testing.T, key string) []trace {
	t.Helper()
	parsed, err := token.ParseKey(key)
	must(t, err)
	hash := parsed.Hash()
	return []trace{
		{"the key", key},
		{"the end of the key", key[len(key)-8:]},
		{"the key in base64", base64.StdEncoding.EncodeToString([]byte(key))[:40]},
		{"the hash of the key", hex.EncodeToString(hash[:])},
		{"the hash of the key in capitals", strings.ToUpper(hex.EncodeToString(hash[:]))},
		{"the hash of the key in base64", base64.StdEncoding.EncodeToString(hash[:])},
		{"the hash of the key in base64url", base64.RawURLEncoding.EncodeToString(hash[:])},
	}
}

func headerText(h http.Header) string {
	var text strings.Builder
	_ = h.Write(&text) // into memory: it cannot fail
	return text.String()
}

// wantOneVerifier looks into the database: the present key is there as one hash
// in one column, the former one is not there at all.
func (p *product) wantOneVerifier(present, former string) {
	p.t.Helper()
	rows := p.digest()
	for _, key := range []string{present, former} {
		parsed, err := token.ParseKey(key)
		must(p.t, err)
		hash := parsed.Hash()
		want := map[bool]int{true: 1}[key == present]
		if n := strings.Count(rows, "X'"+strings.ToUpper(hex.EncodeToString(hash[:]))+"'"); n != want {
			p.t.Errorf("the hash is %d times in the database, want %d", n, want)
		}
	}
	files, err := filepath.Glob(filepath.Dir(p.file) + "/latchkey.db*")
	must(p.t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(p.t, err)
		for _, secret := range []string{present, former, adminPassword, "PRIVATE KEY", `"d":`} {
			for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), url.QueryEscape(secret)} {
				if strings.Contains(string(content), form) {
					p.t.Errorf("%s holds %q", filepath.Base(file), form)
				}
			}
		}
	}
}
