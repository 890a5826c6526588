package access

import (
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// Session is one sign-in of a user in a browser. The browser holds the id;
// rows hold its hash only.
type Session struct {
	IDHash     [32]byte
	UserID     string // empty before sign-in
	Data       []byte // what gorilla/sessions keeps, encoded
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time // absolute end
	// SourceIP and UserAgent are those of the sign-in; empty where it was before
	// they were kept.
	SourceIP  string
	UserAgent string
}

// Handle names the session on its owner's pages. It proves nothing: neither the
// id that the browser holds nor the hash it is found by can be told from it.
func (s Session) Handle() string {
	sum := sha256.Sum256(append([]byte("session handle:"), s.IDHash[:]...))
	return base64.RawURLEncoding.EncodeToString(sum[:handleBytes])
}

// handleBytes is plenty to tell the few sessions of one person apart.
const handleBytes = 12
