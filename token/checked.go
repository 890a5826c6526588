package token

import (
	"crypto/sha256"
	"sync"
)

// maxChecked is how many tokens a generation of [checked] holds: with about 1 kB each, both come to 8 MB at most.
const maxChecked = 4096

// checked remembers tokens whose signature was good. A gateway asks about the same token with every request of its
// holder, and the signature is most of what an answer costs; it cannot turn bad as long as the keys are the same, which
// is why this lives and dies with a [KeySet]. Whether the token has expired or was revoked is looked at each time.
//
// A token is known by the hash of all its bytes: another text of the same token is another token. What is not good is
// not remembered, so that nobody can fill this with noise.
type checked struct {
	limit int

	mu sync.Mutex
	// recent becomes older once it is full, and what older held is forgotten unless it was asked for meanwhile.
	recent, older map[[sha256.Size]byte]*payload
}

// remember returns what open has made of a token, from memory if it can. The payload is shared and must not be changed.
func (c *checked) remember(raw string, open func() (*payload, error)) (*payload, error) {
	name := sha256.Sum256([]byte(raw))
	if p := c.find(name); p != nil {
		return p, nil
	}
	p, err := open()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(name, p)
	return p, nil
}

func (c *checked) find(name [sha256.Size]byte) *payload {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.recent[name]; p != nil {
		return p
	}
	p := c.older[name]
	if p != nil {
		c.keep(name, p)
	}
	return p
}

func (c *checked) keep(name [sha256.Size]byte, p *payload) {
	if len(c.recent) >= c.limit || c.recent == nil {
		c.recent, c.older = make(map[[sha256.Size]byte]*payload), c.recent
	}
	c.recent[name] = p
}
