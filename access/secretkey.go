package access

import "latchkey/token"

// SecretKey is the key that a use case made, on its way to the one person it is
// shown to. The name spares the rooms that only pass it on from knowing token.
type SecretKey = token.Key
