package web

import (
	"container/list"
	"hash/maphash"
	"math"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"latchkey/access"
	"latchkey/views"
)

// Rate is a token bucket: Burst at once, PerSecond in the long run. The zero
// Rate means the default, a negative Burst no limit at all.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits are the rates of security.md 50. Trading a right key for a token is
// never limited: a stranger who guesses keys cannot lock an application out,
// and one busy application does not starve the others.
type Limits struct {
	// RefusedPerClient counts refused token requests that name one client id
	// and come from one address; and, each for itself, refused access tokens.
	RefusedPerClient Rate
	// RefusedPerSource counts refused token requests from one address,
	// whichever client ids they name.
	RefusedPerSource Rate
	// SignInPerSource counts posts to sign-in and set-up from one address.
	// access.Service throttles per account besides.
	SignInPerSource Rate
	// SearchPerUser counts searches and filters of one user or application.
	SearchPerUser Rate
	// KeysPerUser counts how often one user asks whose a secret key is.
	KeysPerUser Rate
}

// The defaults are generous: a client library tries four times, and a fleet of
// replicas behind one address starts with the same stale key.
func (l Limits) withDefaults() Limits {
	for _, r := range []struct {
		field *Rate
		value Rate
	}{
		{&l.RefusedPerClient, Rate{PerSecond: 1, Burst: 30}},
		{&l.RefusedPerSource, Rate{PerSecond: 20, Burst: 300}},
		{&l.SignInPerSource, Rate{PerSecond: 1, Burst: 30}},
		{&l.SearchPerUser, Rate{PerSecond: 50, Burst: 200}},
		{&l.KeysPerUser, Rate{PerSecond: 1, Burst: 30}},
	} {
		if *r.field == (Rate{}) {
			*r.field = r.value
		}
	}
	return l
}

// limiter keeps a bucket per key in bounded memory: the least recently used are
// forgotten first. Keys are hashed with a secret seed, so that nobody can choose
// names that fall on somebody else's bucket, and long names cost no memory.
type limiter struct {
	rate   Rate
	now    func() time.Time
	seed   maphash.Seed
	shards [limiterShards]limiterShard
}

const (
	limiterShards   = 16
	bucketsPerShard = 1024
)

type limiterShard struct {
	mu      sync.Mutex
	buckets map[uint64]*list.Element // of *bucket
	recent  list.List                // most recently used first
}

type bucket struct {
	key   uint64
	limit *rate.Limiter
}

func newLimiter(r Rate, now func() time.Time) *limiter {
	l := &limiter{rate: r, now: now, seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].buckets = map[uint64]*list.Element{}
	}
	return l
}

// take takes one from the bucket of the key. If it is empty the error is an
// *access.ThrottledError that says when to come back.
func (l *limiter) take(parts ...string) error {
	if l.rate.Burst < 0 {
		return nil
	}
	now := l.now()
	bucket := l.bucket(parts)
	if bucket.AllowN(now, 1) {
		return nil
	}
	missing := 1 - bucket.TokensAt(now)
	wait := math.Ceil(missing / l.rate.PerSecond)
	return &access.ThrottledError{RetryAfter: time.Duration(max(wait, 1)) * time.Second}
}

func (l *limiter) bucket(parts []string) *rate.Limiter {
	key := l.hash(parts)
	return l.shards[key%limiterShards].find(key, l.rate)
}

func (l *limiter) hash(parts []string) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	for _, part := range parts {
		h.WriteString(part)
		h.WriteByte(0) // so that ("ab","c") is not ("a","bc")
	}
	return h.Sum64()
}

func (s *limiterShard) find(key uint64, r Rate) *rate.Limiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, known := s.buckets[key]; known {
		s.recent.MoveToFront(e)
		return e.Value.(*bucket).limit
	}
	if s.recent.Len() >= bucketsPerShard {
		oldest := s.recent.Back()
		delete(s.buckets, oldest.Value.(*bucket).key)
		s.recent.Remove(oldest)
	}
	b := &bucket{key: key, limit: rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)}
	s.buckets[key] = s.recent.PushFront(b)
	return b.limit
}

// sourceOf is whom a limit counts.
func sourceOf(c echo.Context) string { return access.Origin{SourceIP: c.RealIP()}.Network() }

// RefusedCredentials counts a refused token request and says whether there have
// been too many of its kind: the error is then what to answer instead of the
// refusal. A right key is never counted, so it is never refused for others' wrong ones.
func (s *Server) RefusedCredentials(c echo.Context, clientID string) error {
	source := sourceOf(c)
	perClient := s.refusedPerClient.take(clientID, source)
	if err := s.refusedPerSource.take(source); err != nil {
		return err
	}
	return perClient
}

// RefusedToken counts a refused access token and says whether this one has been
// shown too often from this address. Other tokens from there are not counted, so
// that nobody is refused anything for what others do.
func (s *Server) RefusedToken(c echo.Context, raw string) error {
	return s.refusedPerClient.take("access token", raw, sourceOf(c))
}

// limitSignIn slows down whoever posts to sign-in and set-up: checking a
// password is costly on purpose.
func (s *Server) limitSignIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !isSafe(c.Request()) {
			if err := s.signInPerSource.take(sourceOf(c)); err != nil {
				return err
			}
		}
		return next(c)
	}
}

// limitSearch slows down whoever searches without end.
func (s *Server) limitSearch(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if isSearch(c) {
			if err := s.LimitSearch(c); err != nil {
				return err
			}
		}
		return next(c)
	}
}

// isSearch reports whether a page is asked to look for something, by any of the
// forms that do.
func isSearch(c echo.Context) bool {
	if c.Request().URL.RawQuery == "" {
		return false
	}
	q := c.QueryParams()
	for _, name := range [...]string{"search", "filterBy", "q", views.FilterColumnField, views.FieldScopeSearch} {
		if q.Get(name) != "" {
			return true
		}
	}
	return false
}

// LimitKeys slows down whoever asks about one secret key after the other.
func (s *Server) LimitKeys(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.keysPerUser.take(CallerOf(c).ID); err != nil {
			return err
		}
		return next(c)
	}
}

// LimitSearch counts one search of whoever is asking.
func (s *Server) LimitSearch(c echo.Context) error {
	p := CallerOf(c).Principal
	return s.searchPerUser.take(string(p.Type), p.ID)
}
