package token_test

import (
	"crypto/rand"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"latchkey/token"
)

var algorithms = []token.Algorithm{token.ES256, token.EdDSA, token.RS256}

func BenchmarkSign(b *testing.B) {
	for _, alg := range algorithms {
		b.Run(string(alg), func(b *testing.B) {
			signer := newSigner(b, newKey(b, alg))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := signer.Sign(goodClaims()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSignWithJose is what Signer is compared with: the same claims, key and header, signed by go-jose's builder.
func BenchmarkSignWithJose(b *testing.B) {
	key := newKey(b, token.ES256)
	private := parsePKCS8(b, key)
	options := (&jose.SignerOptions{}).WithType("at+jwt").WithHeader("kid", key.ID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: private}, options)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jwt.Signed(signer).Claims(goodPayload()).Serialize(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify looks at a token for the first time, and again.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range algorithms {
		key := newKey(b, alg)
		raw, known, verifier := sign(b, key, goodClaims()), token.NewKeySet(key), goodVerifier()
		for name, keys := range map[string]func() *token.KeySet{
			"first": func() *token.KeySet { return token.NewKeySet(key) }, // which takes a few microseconds
			"again": func() *token.KeySet { return known },
		} {
			b.Run(string(alg)+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := verifier.Verify(raw, keys()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkMintTokenID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := token.MintTokenID(rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckKey is all that a presented secret key costs: shape, checksum, hash, comparison.
func BenchmarkCheckKey(b *testing.B) {
	minted, err := token.MintKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	text, stored := minted.Reveal(), minted.Hash()
	b.ReportAllocs()
	for b.Loop() {
		presented, err := token.ParseKey(text)
		if err != nil || !presented.Hash().Equal(stored) {
			b.Fatal("own key refused")
		}
	}
}
