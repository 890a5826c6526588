package access

import (
	"strconv"
	"sync"
)

// useRecorder gathers what applications do with their keys until it is written,
// once a second: a commit for each token would cost more than all the rest of
// the token endpoint. It is divided, so that processors do not wait for each
// other.
type useRecorder struct {
	shards [useShards]useShard
}

const useShards = 16 // a power of two

type useShard struct {
	mu   sync.Mutex
	uses map[useKey]TokenUse
}

type useKey struct {
	applicationID string
	generation    int64
}

func (r *useRecorder) add(use TokenUse) {
	shard := &r.shards[shardOf(use.ApplicationID)]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.uses == nil {
		shard.uses = map[useKey]TokenUse{}
	}
	key := useKey{use.ApplicationID, use.Generation}
	shard.uses[key] = shard.uses[key].plus(use)
}

// shardOf takes the end of a UUIDv7, which is random.
func shardOf(id string) int {
	if id == "" {
		return 0
	}
	return int(id[len(id)-1]) & (useShards - 1)
}

// plus is both uses together: the later times and the sum.
func (u TokenUse) plus(v TokenUse) TokenUse {
	v.Tokens += u.Tokens
	if u.At.After(v.At) {
		v.At = u.At
	}
	if u.ExpiresAt.After(v.ExpiresAt) {
		v.ExpiresAt = u.ExpiresAt
	}
	return v
}

// take empties the recorder.
func (r *useRecorder) take() []TokenUse {
	var uses []TokenUse
	for i := range r.shards {
		shard := &r.shards[i]
		shard.mu.Lock()
		for _, use := range shard.uses {
			uses = append(uses, use)
		}
		clear(shard.uses)
		shard.mu.Unlock()
	}
	return uses
}

// failure is one refusal to let somebody in.
type failure struct {
	action  EventAction
	subject Subject
	reason  string
	origin  Origin
}

// failureRecorder gathers refusals until they are written, those that are alike
// as one: a storm of bad attempts must neither fill the disk nor the memory. So
// each address has an allowance of events: a few at once, then one now and then,
// which tells how many times it was. What one address does takes nothing from
// what is told of the others.
type failureRecorder struct {
	mu      sync.Mutex
	sources map[string]*failureSource // by Origin.Network
}

const (
	maxFailureSources = 1000 // the rest share one allowance
	otherSources      = "(other addresses)"

	maxFailureKinds = 20 // of one address, kept apart
	eventCost       = 10 // an address earns 1 with each flush: an event in ten seconds
	fullAllowance   = maxFailureKinds * eventCost
)

// failureSource is what one address has failed at since it was last told.
type failureSource struct {
	allowance int
	alike     map[failureKey]*failureCount
	// more counts what there was no room for.
	more int
}

type failureKey struct {
	action   EventAction
	subject  Subject
	reason   string
	sourceIP string
}

type failureCount struct {
	first failure
	times int
}

func (r *failureRecorder) add(f failure) { r.addTimes(f, 1) }

func (r *failureRecorder) addTimes(f failure, times int) {
	f.origin = f.origin.bounded()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.source(f.origin.Network()).add(f, times)
}

func (r *failureRecorder) source(address string) *failureSource {
	if s := r.sources[address]; s != nil {
		return s
	}
	if len(r.sources) >= maxFailureSources && address != otherSources {
		return r.source(otherSources)
	}
	if r.sources == nil {
		r.sources = map[string]*failureSource{}
	}
	s := &failureSource{allowance: fullAllowance, alike: map[failureKey]*failureCount{}}
	r.sources[address] = s
	return s
}

func (s *failureSource) add(f failure, times int) {
	key := failureKey{f.action, f.subject, f.reason, f.origin.SourceIP}
	switch count := s.alike[key]; {
	case count != nil:
		count.times += times
	case len(s.alike) < maxFailureKinds-1: // one is for the rest
		s.alike[key] = &failureCount{first: f, times: times}
	default:
		s.more += times
	}
}

// putBack takes again what take gave and could not be written.
func (r *failureRecorder) putBack(events []Event) {
	for _, e := range events {
		times, _ := strconv.Atoi(e.Metadata["count"]) // written by event
		r.addTimes(failure{e.Action, e.Subject, e.Metadata["reason"], e.Origin}, times)
	}
}

// take gives what the allowances permit, or all, as events that still lack id
// and time. The rest waits, and goes on counting.
func (r *failureRecorder) take(all bool) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var events []Event
	for address, source := range r.sources {
		events = append(events, source.take(address, all)...)
		if source.idle() {
			delete(r.sources, address)
		}
	}
	return events
}

func (s *failureSource) take(address string, all bool) []Event {
	var events []Event
	for key, count := range s.alike {
		if !s.spend(all) {
			break
		}
		events = append(events, count.event())
		delete(s.alike, key)
	}
	if s.more > 0 && s.spend(all) {
		rest := failure{
			action: EventSignIn, subject: Subject{Type: SubjectApplication, Name: "(many)"},
			reason: "more kinds of failure than are kept apart", origin: Origin{SourceIP: address},
		}
		events = append(events, (&failureCount{first: rest, times: s.more}).event())
		s.more = 0
	}
	s.allowance = min(fullAllowance, s.allowance+1)
	return events
}

// spend reports whether one more event may be written.
func (s *failureSource) spend(anyway bool) bool {
	if s.allowance < eventCost {
		return anyway
	}
	s.allowance -= eventCost
	return true
}

// idle: nothing is known of the address that a new one would not start with.
func (s *failureSource) idle() bool {
	return s.allowance == fullAllowance && len(s.alike) == 0 && s.more == 0
}

func (c *failureCount) event() Event {
	return Event{
		Subject: c.first.subject, Action: c.first.action, Result: Failed, Origin: c.first.origin,
		EntityType: sessionEntity, EntityID: c.first.subject.ID, EntityName: c.first.subject.Name,
		Metadata: map[string]string{"reason": c.first.reason, "count": strconv.Itoa(c.times)},
	}
}
