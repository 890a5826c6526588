package token

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// KeySet is an immutable set of the public halves of signing keys: those that a [Verifier] accepts and others may fetch.
type KeySet struct {
	keys map[string]jose.JSONWebKey // by kid
	jwks []byte
}

// NewKeySet makes a set of the public halves of keys. A key given twice counts once.
func NewKeySet(keys ...*SigningKey) *KeySet {
	set := &KeySet{keys: make(map[string]jose.JSONWebKey, len(keys))}
	for _, key := range keys {
		set.keys[key.ID] = key.public
	}
	set.jwks = marshalJWKS(slices.Collect(maps.Values(set.keys)))
	return set
}

// marshalJWKS sorts by kid, so that every replica publishes the same bytes and can derive the same ETag from them.
func marshalJWKS(keys []jose.JSONWebKey) []byte {
	slices.SortFunc(keys, func(a, b jose.JSONWebKey) int { return cmp.Compare(a.KeyID, b.KeyID) })
	if keys == nil {
		keys = []jose.JSONWebKey{} // RFC 7517 section 5.1 wants an array
	}
	document, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
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
