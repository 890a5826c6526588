package token

import (
	"bytes"
	"crypto"
	"fmt"
	"maps"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// KeySet is an immutable set of the public halves of signing keys: those that a [Verifier] accepts and others may fetch.
type KeySet struct {
	keys map[string]*jose.JSONWebKey // by kid
	jwks []byte
	// byHeader has the public keys by the encoded headers of their access tokens.
	byHeader map[string]crypto.PublicKey

	checked checked // good signatures of these very keys
}

// NewKeySet makes a set of the public halves of keys. A key given twice counts once.
func NewKeySet(keys ...*SigningKey) *KeySet {
	set := &KeySet{
		keys:     make(map[string]*jose.JSONWebKey, len(keys)),
		byHeader: make(map[string]crypto.PublicKey, len(keys)),
		checked:  checked{limit: maxChecked},
	}
	for _, key := range keys {
		set.keys[key.ID] = &key.public
		set.byHeader[encodedHeader(key, headerType)] = key.Public()
	}
	set.jwks = marshalJWKS(set.keys)
	return set
}

// marshalJWKS sorts by kid, so that every replica publishes the same bytes and can derive the same ETag from them.
func marshalJWKS(keys map[string]*jose.JSONWebKey) []byte {
	set := jose.JSONWebKeySet{Keys: make([]jose.JSONWebKey, 0, len(keys))}
	for _, kid := range slices.Sorted(maps.Keys(keys)) {
		set.Keys = append(set.Keys, *keys[kid])
	}
	document, err := json.Marshal(set)
	if err != nil {
		// Each key was already written once, for its thumbprint.
		panic(fmt.Sprintf("token: marshal JWKS: %v", err))
	}
	return document
}

// JWKS returns the set as a JWK Set (RFC 7517 section 5): public members only, each key with kid, alg and use.
func (s *KeySet) JWKS() []byte { return bytes.Clone(s.jwks) }

// Has reports whether the set has a key with this id.
func (s *KeySet) Has(kid string) bool {
	_, found := s.keys[kid]
	return found
}
