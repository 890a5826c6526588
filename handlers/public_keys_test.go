package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/access"
)

// privateKey is the whole of the pair in RFC 8037 appendix A.1, as somebody might
// paste it; privatePart is what must never be seen again.
const (
	privatePart = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
	privateKey  = `{"kty":"OKP","crv":"Ed25519","d":"` + privatePart + `","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	privatePEM  = "-----BEGIN PRIVATE KEY-----\r\nMC4CAQAwBQYDK2VwBCIEI" + "J1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\r\n-----END PRIVATE KEY-----\r\n"
)

// TestPublicKeyForm: what is wrong stands beside its field; a private key does not
// come back with it, even where another field is wrong too.
func TestPublicKeyForm(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	app, _ := p.application("ci")
	b := p.administrator().scripted()
	path := applicationPath(app, "public-keys")
	b.get(path+"/new").wantStatus(http.StatusOK).wantText("h2", "Add a public key to ci")
	for what, tt := range map[string]struct {
		key, name, says string
		again           bool // whether what was typed is still there
	}{
		"a private JWK":                        {privateKey, "", "private key", false},
		"a private key in PEM":                 {privatePEM, "", "private key", false},
		"a private key and an impossible name": {privateKey, "\u202e", "private key", false},
		"an impossible name":                   {publicKey, "\u202e", "cannot be seen", true},
		"nothing":                              {"", "", "no public key", false},
		"another curve":                        {`{"kty":"EC","crv":"P-384","x":"` + strings.Repeat("A", 64) + `","y":"` + strings.Repeat("A", 64) + `"}`, "", "no public key", false},
	} {
		got := b.post(path, url.Values{"key": {tt.key}, "name": {tt.name}}).wantStatus(http.StatusUnprocessableEntity)
		got.wantText("#new-public-key-problems", tt.says)
		if has := strings.TrimSpace(got.doc.Find("#new-public-key").Text()) != ""; has != tt.again {
			t.Errorf("%s: the key is drawn again: %v", what, has)
		}
		if strings.Contains(got.body, privatePart) || strings.Contains(got.body, "J1hsZ3v") {
			t.Errorf("%s: the private key came back", what)
		}
	}
	b.post(path, url.Values{"key": {publicKey}, "name": {"build server"}}).wantStatus(http.StatusOK)
	again := b.post(path, url.Values{"key": {publicKey}}).wantStatus(http.StatusConflict)
	again.wantText("#new-public-key-error", "has this public key already")
	if digest := p.digest(); strings.Contains(digest, privatePart) {
		t.Error("a private key was kept")
	}
	b.get("/applications/"+app.ID).wantText("#public-keys", "build server").wantText("#public-keys", "EdDSA")
}

// TestNewApplicationWithPublicKey: no secret key is made, shown or promised.
func TestNewApplicationWithPublicKey(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	plain := p.administrator()
	b := plain.scripted()
	form := b.forms("/applications/new", "#new-application-form")
	form.Set("name", "signer")
	form.Set("publicKey", privateKey)
	refused := b.post("/applications", form).wantStatus(http.StatusUnprocessableEntity)
	refused.wantText("#new-application-public-key-error", "private key")
	if strings.Contains(refused.body, privatePart) {
		t.Error("the private key came back")
	}
	form.Set("publicKey", publicKey)
	b.post("/applications", form).wantStatus(http.StatusCreated).wantText("h2", "Application created").wantText("#dialog-content, body", "has no secret key")
	b.post("/applications", form).wantStatus(http.StatusConflict).wantText("h2", "Already done")

	page, err := p.svc.ListApplications(t.Context(), p.operator(), access.List{})
	must(t, err)
	app := page.Rows[0].Application
	shown := b.get("/applications/"+app.ID).wantText("#no-secret-key", "None")
	plain.get("/applications/"+app.ID).wantText("#application-regenerate", "New secret key")
	if shown.doc.Find("#snippet-curl, #application-remove-key").Length() > 0 {
		t.Error("the page offers what needs a secret key")
	}
	shown.wantText("#snippet-openssl", p.url+"/api/v2/token")
	b.post("/applications/columns", url.Values{"column": {"name", "keyEndsIn", "keyExpiresAt"}})
	b.get("/applications").wantText("tbody", "Public key").wantText("tbody", "No secret key")
	b.get(applicationPath(app, "regenerate")).wantText("h2", "Make a secret key for signer?")
	b.get(applicationPath(app, "remove-key")).wantStatus(http.StatusConflict).wantText("h2", "No secret key")
	keys, err := p.svc.PublicKeys(t.Context(), p.operator(), app.ID)
	must(t, err)
	last := applicationPath(app, "public-keys/"+keys[0].ID+"/delete")
	if b.get(last).wantText("h2", "Delete the public key").doc.Find("form").Length() > 0 {
		t.Error("the last public key can be deleted")
	}
	b.post(last, url.Values{}).wantStatus(http.StatusConflict)
}

// TestRemoveKeyDialog: it is about the key that was shown, and says what breaks.
func TestRemoveKeyDialog(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	app, key := p.application("ci")
	b := p.administrator().scripted()
	path := applicationPath(app, "remove-key")
	if b.get("/applications/"+app.ID).doc.Find("#application-remove-key").Length() > 0 {
		t.Error("the only key can be removed")
	}
	b.post(path, url.Values{}).wantStatus(http.StatusConflict).wantText("#remove-key-problems", "no public key to sign in with")
	_, err := p.svc.AddPublicKey(t.Context(), p.operator(), app.ID, access.NewPublicKey{Key: publicKey})
	must(t, err)
	form := b.forms(path, "#remove-key-form")
	_, _, err = p.svc.RegenerateKey(t.Context(), p.operator(), app.ID, 0, "")
	must(t, err)
	b.post(path, form).wantStatus(http.StatusConflict).wantText("#remove-key-problems", "changed the secret key while this dialog was open")
	if !p.reread(app).HasSecretKey() {
		t.Fatalf("another key than %s was removed", key.EndsIn())
	}
	b.post(path, b.forms(path, "#remove-key-form")).wantStatus(http.StatusOK)
	if p.reread(app).HasSecretKey() {
		t.Error("the key is still there")
	}
}
