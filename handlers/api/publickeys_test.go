package api_test

import (
	"strings"
	"testing"

	"latchkey/access"
)

// TestPublicKeysByEitherName: an application goes by two names, and so do its
// public keys and its secret key; what stands in the way of a change is the same.
func TestPublicKeysByEitherName(t *testing.T) {
	for _, name := range []string{"/api/v1/apps", "/api/v1/service-accounts"} {
		t.Run(name, func(t *testing.T) {
			p := newProduct(t)
			boss := p.application(t, "boss")
			p.grant(t, boss, access.SystemAdministrator, access.TenantNodeID)
			admin := p.tokenFor(t, boss)
			app := p.application(t, "ci")
			bySecret := p.tokenFor(t, app)
			at := name + "/" + app.ID
			p.send(admin, "DELETE", at+"/secret", "").want(t, 409, "no public key to sign in with instead")

			var key struct{ ID, Kid string }
			p.send(admin, "POST", at+"/public-keys", object("key", examplePublicKey)).want(t, 201).decode(t, &key)
			p.send(admin, "POST", at+"/public-keys", object("key", examplePublicKey)).want(t, 409, "has this public key already")
			p.send(admin, "POST", at+"/public-keys", object("key", strings.Replace(examplePublicKey, `"x"`, `"d":"AA","x"`, 1))).want(t, 400, "This is a private key")
			p.send(admin, "DELETE", at+"/secret", "").want(t, 204)
			p.get(t, bySecret, "/api/v1/authorization/me/access-rules").want(t, 401)
			p.send(admin, "DELETE", at+"/public-keys/"+key.ID, "").want(t, 409, "has no secret key, and no other public key")
			var secret struct{ ClientSecret string }
			p.send(admin, "POST", at+"/secret", "").want(t, 200).decode(t, &secret)
			p.tokenFor(t, application{app.Application, secret.ClientSecret})
			p.send(admin, "DELETE", at+"/public-keys/"+key.ID, "").want(t, 204)
			if got := p.send(admin, "GET", at+"/public-keys", "").want(t, 200); got.body != "[]" {
				t.Errorf("left: %s", got.body)
			}

			var made struct {
				ID, Secret, ClientSecret string
			}
			p.send(admin, "POST", name, `{"name":"signer","publicKey":`+object("key", examplePublicKey)+`}`).want(t, 201).decode(t, &made)
			if made.Secret != "" || made.ClientSecret != "" {
				t.Error("it was given a secret key besides")
			}
			p.send(admin, "GET", name+"/"+made.ID+"/public-keys", "").want(t, 200, `"deploy-1"`)
			p.send(admin, "POST", name, `{"name":"other","publicKey":{"key":"lk_"}}`).want(t, 400, "publicKey: This is no public key")
		})
	}
}
