package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2Cost is how hard a password hash is to compute.
type argon2Cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// presentCost is what OWASP asks for at least: 19 MiB, 2 passes, 1 lane. Raise
// it, and hashes are upgraded as people sign in.
func presentCost() argon2Cost { return argon2Cost{memory: 19 * 1024, passes: 2, threads: 1} }

// The bounds of a stored cost: a damaged row must not take all memory.
const (
	maxArgonMemory = 1 << 20 // 1 GiB, in KiB
	maxArgonPasses = 64
	saltLen        = 16
	hashLen        = 32
)

// maxHashers bounds the memory of concurrent hashing to 4 times 19 MiB, however
// many people sign in at once; the others wait.
const maxHashers = 4

var errBadHash = errors.New("stored password hash cannot be read")

// passwords hashes and checks passwords, at most a few at a time.
type passwords struct {
	random io.Reader
	cost   argon2Cost
	slots  chan struct{}
	// compute is argon2id; tests watch it.
	compute func(password, salt []byte, cost argon2Cost) []byte
	// dummy is checked where there is no user, so that the answer takes as long.
	dummy string
}

func newPasswords(random io.Reader, cost argon2Cost) *passwords {
	return &passwords{
		random:  random,
		cost:    cost,
		slots:   make(chan struct{}, min(maxHashers, max(1, runtime.GOMAXPROCS(0)))),
		compute: argon2id,
		dummy:   encodeHash(cost, make([]byte, saltLen), make([]byte, hashLen)),
	}
}

// hash returns the PHC string of a password: algorithm, version, cost, salt
// and hash.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(p.random, salt); err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	sum, err := p.derive(ctx, password, salt, p.cost)
	if err != nil {
		return "", err
	}
	return encodeHash(p.cost, salt, sum), nil
}

// verify reports whether the password is the one that was hashed, and whether
// the hash is weaker than those made today. An empty hash is that of nobody:
// it matches nothing, in the same time.
func (p *passwords) verify(ctx context.Context, password, encoded string) (matches, outdated bool, err error) {
	nobody := encoded == ""
	if nobody {
		encoded = p.dummy
	}
	cost, salt, want, err := decodeHash(encoded)
	if err != nil {
		return false, false, err
	}
	got, err := p.derive(ctx, password, salt, cost)
	if err != nil {
		return false, false, err
	}
	matches = subtle.ConstantTimeCompare(got, want) == 1 && !nobody
	return matches, matches && cost.weakerThan(p.cost), nil
}

func (p *passwords) derive(ctx context.Context, password string, salt []byte, cost argon2Cost) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	return p.compute([]byte(cleanPassword(password)), salt, cost), nil
}

func argon2id(password, salt []byte, cost argon2Cost) []byte {
	return argon2.IDKey(password, salt, cost.passes, cost.memory, cost.threads, hashLen)
}

func (c argon2Cost) weakerThan(other argon2Cost) bool {
	return c.memory < other.memory || c.passes < other.passes
}

func encodeHash(c argon2Cost, salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.memory, c.passes, c.threads, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

func decodeHash(encoded string) (c argon2Cost, salt, sum []byte, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return c, nil, nil, errBadHash
	}
	var version int
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &c.memory, &c.passes, &c.threads); err != nil {
		return c, nil, nil, errBadHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || version != argon2.Version || !c.sane() || len(salt) < 8 || len(sum) != hashLen {
		return c, nil, nil, errBadHash
	}
	return c, salt, sum, nil
}

func (c argon2Cost) sane() bool {
	return c.memory > 0 && c.memory <= maxArgonMemory && c.passes > 0 && c.passes <= maxArgonPasses && c.threads > 0
}
