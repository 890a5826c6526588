package gallery

import (
	"time"

	"latchkey/access"
	"latchkey/views"
)

func examplePublicKeys() []access.PublicKey {
	return []access.PublicKey{
		{
			ID: "019aae52-7c1e-7f3a-9c55-0242ac120011", Name: "build server", KeyID: "build-2026", Algorithm: "ES256",
			Thumbprint: "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", CreatedBy: "dana@acme.example",
			CreatedAt: Now.Add(-40 * 24 * time.Hour), LastUsed: Now.Add(-2 * time.Minute),
		},
		{
			ID: "019aae52-7c1e-7f3a-9c55-0242ac120012", KeyID: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", Algorithm: "EdDSA",
			Thumbprint: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", CreatedBy: "ana@acme.example", CreatedAt: Now.Add(-time.Hour),
		},
	}
}

func signerImpact() views.Impact {
	i := busyImpact()
	i.KeyEndsIn, i.LastUsed, i.PublicKeys = access.NoSecretKey, time.Time{}, 1
	return i
}

// signerPage is the page of an application without a secret key.
func signerPage() views.ApplicationPage {
	s := applicationPage()
	s.Application.Key = access.KeyFacts{}
	s.PublicKeys = examplePublicKeys()[:1]
	s.Impact = signerImpact()
	s.Snippets.NoSecretKey = true
	return s
}

func signingSnippet() *views.SigningSnippet {
	return &views.SigningSnippet{
		Algorithm: "ES256", KeyID: examplePublicKeys()[0].Thumbprint,
		Issuer: "https://latchkey.acme.example", TokenURL: "https://latchkey.acme.example/api/v2/token",
	}
}

func createSigner() views.NewApplication {
	s := createForm()
	s.Name = "billing-sync"
	s.Problems = views.About(views.FieldFirstPublicKey, "This is an RSA key of 2048 bits, which is not accepted. Use P-256 (ES256), Ed25519 (EdDSA) or RSA with 3072 to 8192 bits (RS256).")
	return s
}

func publicKeyRefused() views.NewPublicKey {
	return views.NewPublicKey{
		Application: exampleFacts(), Name: "build server",
		Problems: views.About(views.FieldPublicKey, "This is a private key, which must stay with the application. It was not kept. Make a new pair, since this one may be known to others now, and give its public half."),
	}
}

func deletePublicKey(last bool) views.ConfirmPublicKey {
	return views.ConfirmPublicKey{Application: exampleFacts(), Key: examplePublicKeys()[0], Clock: exampleClock(), Last: last}
}

func removeKey(problem string) views.ConfirmRemoveKey {
	i := busyImpact()
	i.PublicKeys = 2
	return views.ConfirmRemoveKey{Application: exampleFacts(), Impact: i, Problems: views.Problems{Form: problem}}
}
