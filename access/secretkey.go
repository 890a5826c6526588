package access

import "latchkey/token"

// SecretKey is the key that a use case made, on its way to the one person it is
// shown to. The name spares the rooms that only pass it on from knowing token.
type SecretKey = token.Key

// HoldsSecretKey reports whether a text holds what may be a secret key, or a
// good part of one: of an application, or an access key of a user.
func HoldsSecretKey(text string) bool { return token.HoldsKey(text) }
