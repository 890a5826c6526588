package views

import (
	"time"

	"latchkey/access"
)

// newPublicKeyForm is the form behind "Add public key".
const newPublicKeyForm = "new-public-key-form"

// AddPublicKeyLink is what takes the focus when a public key has gone.
const AddPublicKeyLink = "#add-public-key"

// PublicKeyHref is the address of something about one public key.
func PublicKeyHref(applicationID, id, what string) string {
	return ApplicationHref(applicationID, "public-keys") + "/" + id + "/" + what
}

// NewPublicKey is the form behind "Add public key".
type NewPublicKey struct {
	InPage      bool
	Problems    Problems
	Application ApplicationFacts
	Name, Key   string
}

// ConfirmPublicKey asks before a public key goes.
type ConfirmPublicKey struct {
	InPage      bool
	Problems    Problems
	Application ApplicationFacts
	Key         access.PublicKey
	Clock       Clock
	// Last says that the application could not sign in without it, so that it
	// has to stay.
	Last bool
}

// ConfirmRemoveKey asks before a secret key goes and none comes in its place.
type ConfirmRemoveKey struct {
	InPage      bool
	Problems    Problems
	Application ApplicationFacts
	Impact      Impact
}

// title is what people call a public key, or else what its client calls it.
func publicKeyTitle(k access.PublicKey) string {
	if k.Name != "" {
		return k.Name
	}
	return k.KeyID
}

// ownKid says that the key has a kid besides its thumbprint.
func ownKid(k access.PublicKey) bool { return k.KeyID != k.Thumbprint }

func publicKeyPart(k access.PublicKey, part string) string { return "public-key-" + k.ID + "-" + part }

// makePairSnippet is one way to a key pair whose private half stays where it was made.
const makePairSnippet = `openssl genpkey -algorithm ed25519 -out private.pem
openssl pkey -in private.pem -pubout`

// keyEndWords names a secret key in a table by its end, or says what there is instead.
func keyEndWords(a access.Application) string {
	if !a.HasSecretKey() {
		return "Public key"
	}
	return a.Key.EndsIn
}

// keyEndsAt is the end of a key's time in a table that has room for a word.
func keyEndsAt(a access.Application) (at time.Time, otherwise string) {
	if !a.HasSecretKey() {
		return time.Time{}, "No secret key"
	}
	return a.Key.ExpiresAt, "Does not expire"
}
