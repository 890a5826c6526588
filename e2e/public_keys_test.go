package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exampleJWK is a fresh Ed25519 key pair as a JWK; withPrivate is the one that
// nobody should paste.
func exampleJWK(t *testing.T) (public, withPrivate, private string) {
	t.Helper()
	x, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private = base64.RawURLEncoding.EncodeToString(d.Seed())
	public = `{"kty":"OKP","crv":"Ed25519","x":"` + base64.RawURLEncoding.EncodeToString(x) + `"}`
	return public, strings.TrimSuffix(public, "}") + `,"d":"` + private + `"}`, private
}

// An application moves from its secret key to a key pair, and back.
func TestFromSecretKeyToPublicKey(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	withBothHands(t, func(t *testing.T, with func(*tab) hands) {
		name := "ci-" + filepath.Base(t.Name())
		client := i.createApplication(name)
		public, withPrivate, private := exampleJWK(t)
		p := signIn(t, s)
		h := with(p)
		p.visit("/applications?search=" + name)
		h.click(link(name))
		p.node(heading(name))
		p.sees("No public keys")
		p.gone(control("Remove the secret key"))

		h.click(control("Add public key"))
		p.node(dialog("Add a public key to " + name))
		p.accessible("the form of a public key")
		h.fill("Public key", withPrivate)
		h.click(button("Add"))
		p.sees("This is a private key, which must stay with the application. It was not kept.")
		p.accessible("a private key, refused")
		p.holdsNot(private)
		h.fill("Public key", public)
		h.fill("Name (optional)", "build server")
		h.click(button("Add"))
		p.sees("can sign in with its EdDSA key from now on")
		p.sees("and never used")

		h.click(control("Remove the secret key"))
		p.node(dialog("Remove the secret key of " + name + "?"))
		p.accessible("the question about a secret key")
		h.click(button("Remove"))
		p.sees("None. It signs in with a public key.")
		p.node(control("New secret key"))
		p.gone(control("Regenerate key"))
		if _, status := s.token(client); status != http.StatusBadRequest {
			t.Errorf("a token for the removed key: %d, want 400", status)
		}

		h.click(control("Delete the public key build server"))
		p.sees("It is the last one")
		p.accessible("the last public key")
		h.click(control("New secret key").of(dialog("Delete the public key build server?")))
		p.node(dialog("Make a secret key for " + name + "?"))
		h.click(button("Create"))
		p.sees("It will not be shown again")
		fresh := credentials{ClientID: client.ClientID, ClientSecret: p.value("Secret key")}
		h.click(checkbox("I have stored the secret key"))
		h.click(button("Done"))
		p.gone(button("Done"))
		if _, status := s.token(fresh); status != http.StatusOK {
			t.Errorf("a token for the new key: %d", status)
		}

		h.click(control("Delete the public key build server"))
		h.click(button("Delete").of(dialog("Delete the public key build server?")))
		p.sees("What is signed with it is refused from now on")
		p.sees("No public keys")
		p.accessible("the page without public keys")
	})
}

// The whole way without scripts, beginning with an application that never had a
// secret key.
func TestPublicKeysWithoutScripts(t *testing.T) {
	s := withAdministrator(t).serve()
	p := newTab(t, s)
	p.withoutScripts()
	p.visit("/")
	p.fill("E-mail address", adminEmail)
	p.fill("Password", adminPassword)
	p.click(button("Sign in"))
	first, _, _ := exampleJWK(t)
	second, _, _ := exampleJWK(t)

	p.click(control("+New application").first())
	p.fill("Name", "signer")
	p.click(control("Signs in with").beginning())
	p.fill("Public key (optional)", first)
	p.click(button("Create"))
	p.sees("signer signs in with what its public key belongs to, and has no secret key.")
	p.click(link("Open its page"))
	p.node(heading("signer"))
	p.sees("None. It signs in with a public key.")

	p.click(control("Add public key"))
	p.fill("Public key", second)
	p.fill("Name (optional)", "next")
	p.click(button("Add"))
	p.sees("can sign in with its EdDSA key from now on")
	p.click(link("Back to signer"))
	p.click(control("Delete the public key next"))
	p.click(button("Delete"))
	p.sees("Public key deleted")
}

// The snippet of the page signs with openssl, whatever the key is.
func TestTheSigningSnippet(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	p := signIn(t, s)
	for algorithm, generate := range map[string]string{
		"EdDSA": "-algorithm ed25519",
		"ES256": "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
		"RS256": "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
	} {
		t.Run(algorithm, func(t *testing.T) {
			name, folder := "signs-"+strings.ToLower(algorithm), t.TempDir()
			i.createApplication(name, "Viewer@/")
			public := runCode(t, folder, []string{"bash", "-c", "openssl genpkey " + generate + " -out private.pem 2>/dev/null && openssl pkey -in private.pem -pubout"})
			p.visit("/applications?search=" + name)
			p.click(link(name))
			p.click(control("Add public key"))
			p.fill("Public key", public)
			p.click(button("Add"))
			p.sees("can sign in with its " + algorithm + " key from now on")
			p.sees("and never used")
			code := evaluate[string](p, `document.getElementById("snippet-openssl").textContent`)
			if err := os.WriteFile(filepath.Join(folder, "sign.sh"), []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 4 { // a number of an ECDSA signature is shorter now and then
				if answer := runCode(t, folder, []string{"bash", "sign.sh"}); !strings.Contains(answer, "Viewer") {
					t.Fatalf("it answered\n%s", answer)
				}
			}
		})
	}
}
