package access

import "time"

// KeySetMaxAge is how long a verifier may work with the signing keys it has
// fetched: the max-age of the key set.
const KeySetMaxAge = 5 * time.Minute

const (
	// SigningKeyLead is how long a signing key is published before it first
	// signs: whoever fetched the set a moment before has to fetch it again, and
	// so may a cache on the way (security.md 16).
	SigningKeyLead = 2 * KeySetMaxAge
	// signingKeySkew is how far the clocks of verifiers may be behind ours.
	signingKeySkew = time.Hour
	// SigningKeyOverlap is how long a retired key verifies after its last token.
	SigningKeyOverlap = MaxTokenLifetime + signingKeySkew
)

// SigningKeyState is what a signing key does at a moment.
type SigningKeyState string

// The states, in the order of a key's life.
const (
	SigningKeyPublished SigningKeyState = "Published" // will sign
	SigningKeySigns     SigningKeyState = "Signs"
	SigningKeyRetired   SigningKeyState = "Retired" // signs no more, and still verifies
	SigningKeyOver      SigningKeyState = "Over"    // retired, and all that it signed has expired
	SigningKeyWithdrawn SigningKeyState = "Withdrawn"
)

// SigningKeyFacts is what may be known about a signing key.
type SigningKeyFacts struct {
	ID        string // kid
	Algorithm string
	State     SigningKeyState
	CreatedAt time.Time
	SignsFrom time.Time
	// RetiredAt is when it stops signing; zero: when another takes its place.
	RetiredAt time.Time
	// VerifiesUntil is when it leaves the key set; zero: some time after it retires.
	VerifiesUntil time.Time
	WithdrawnAt   time.Time
}

// trustedAt: a withdrawn key never is; a retired one is until the last token
// that it signed has expired.
func (k StoredSigningKey) trustedAt(now time.Time) bool {
	ends := k.trustEnds()
	return k.WithdrawnAt.IsZero() && (ends.IsZero() || now.Before(ends))
}

// trustEnds is zero as long as nothing takes the key's place.
func (k StoredSigningKey) trustEnds() time.Time {
	if k.RetiredAt.IsZero() {
		return time.Time{}
	}
	return k.RetiredAt.Add(SigningKeyOverlap)
}

func (k StoredSigningKey) signsAt(now time.Time) bool {
	return k.trustedAt(now) && !now.Before(k.ActiveFrom) && (k.RetiredAt.IsZero() || now.Before(k.RetiredAt))
}

func (k StoredSigningKey) stateAt(now time.Time) SigningKeyState {
	switch {
	case !k.WithdrawnAt.IsZero():
		return SigningKeyWithdrawn
	case !k.trustedAt(now):
		return SigningKeyOver
	case now.Before(k.ActiveFrom):
		return SigningKeyPublished
	case k.signsAt(now):
		return SigningKeySigns
	default:
		return SigningKeyRetired
	}
}

func (k StoredSigningKey) factsAt(now time.Time) SigningKeyFacts {
	return SigningKeyFacts{
		ID: k.ID, Algorithm: k.Algorithm, State: k.stateAt(now), CreatedAt: k.CreatedAt,
		SignsFrom: k.ActiveFrom, RetiredAt: k.RetiredAt, VerifiesUntil: k.trustEnds(), WithdrawnAt: k.WithdrawnAt,
	}
}
