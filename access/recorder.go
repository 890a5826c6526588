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
	publicKey     string
}

func (r *useRecorder) add(use TokenUse) {
	shard := &r.shards[shardOf(use.ApplicationID)]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.uses == nil {
		shard.uses = map[useKey]TokenUse{}
	}
	key := useKey{use.ApplicationID, use.Generation, use.PublicKey}
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

// failure is one refusal: to let somebody in, or to show somebody something.
type failure struct {
	action     EventAction
	subject    Subject
	entityType string
	reason     string
	// permission and scope are what was missing, of a denied read.
	permission, scope string
	origin            Origin
}

// source is who has an allowance of events: of a denied read whoever asked, since
// that is known; of anything else the network that it came from.
func (f failure) source() string {
	if f.action == EventRead {
		return string(f.subject.Type) + " " + f.subject.ID
	}
	return f.origin.Network()
}

// kind is what failures that are told together have in common.
func (f failure) kind() failure {
	alike := Origin{SourceIP: f.origin.SourceIP}
	if f.action == EventRead {
		alike.HTTPMethod, alike.URL = f.origin.HTTPMethod, f.origin.URL
	}
	f.origin = alike
	return f
}

// rest stands for all that there was no room for, this one among them.
func (f failure) rest(source string) failure {
	rest := failure{
		action: f.action, subject: Subject{Type: SubjectApplication, Name: "(many)"}, entityType: f.entityType,
		reason: "more kinds of failure than are kept apart", origin: Origin{SourceIP: source},
	}
	if f.action == EventRead && source != otherSources {
		rest.subject, rest.origin.SourceIP = f.subject, f.origin.SourceIP
	}
	return rest
}

// failureRecorder gathers refusals until they are written, those that are alike
// as one: a storm of bad attempts must neither fill the disk nor the memory. So
// each source, which is a network or a principal, has an allowance of events: a
// few at once, then one now and then, which tells how many times it was. What one
// source does takes nothing from what is told of the others.
type failureRecorder struct {
	mu      sync.Mutex
	sources map[string]*failureSource // by failure.source
}

const (
	maxFailureSources = 1000 // the rest share one allowance
	otherSources      = "(other addresses)"

	maxFailureKinds = 20 // of one source, kept apart
	eventCost       = 10 // a source earns 1 with each flush: an event in ten seconds
	fullAllowance   = maxFailureKinds * eventCost
)

// failureSource is what one source has failed at since it was last told.
type failureSource struct {
	allowance int
	alike     map[failure]*failureCount // by failure.kind
	// more counts what there was no room for; over is one of those.
	more int
	over failure
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
	r.source(f.source()).add(f, times)
}

func (r *failureRecorder) source(name string) *failureSource {
	if s := r.sources[name]; s != nil {
		return s
	}
	if len(r.sources) >= maxFailureSources && name != otherSources {
		return r.source(otherSources)
	}
	if r.sources == nil {
		r.sources = map[string]*failureSource{}
	}
	s := &failureSource{allowance: fullAllowance, alike: map[failure]*failureCount{}}
	r.sources[name] = s
	return s
}

func (s *failureSource) add(f failure, times int) {
	kind := f.kind()
	switch count := s.alike[kind]; {
	case count != nil:
		count.times += times
	case len(s.alike) < maxFailureKinds-1: // one is for the rest
		s.alike[kind] = &failureCount{first: f, times: times}
	default:
		s.more += times
		s.over = f
	}
}

// putBack takes again what take gave and could not be written.
func (r *failureRecorder) putBack(events []Event) {
	for _, e := range events {
		times, _ := strconv.Atoi(e.Metadata["count"]) // written by event
		r.addTimes(failure{
			action: e.Action, subject: e.Subject, entityType: e.EntityType, reason: e.Metadata["reason"],
			permission: e.Metadata["permission"], scope: e.Metadata["scope"], origin: e.Origin,
		}, times)
	}
}

// take gives what the allowances permit, or all, as events that still lack id
// and time. The rest waits, and goes on counting.
func (r *failureRecorder) take(all bool) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var events []Event
	for name, source := range r.sources {
		events = append(events, source.take(name, all)...)
		if source.idle() {
			delete(r.sources, name)
		}
	}
	return events
}

func (s *failureSource) take(name string, all bool) []Event {
	var events []Event
	for kind, count := range s.alike {
		if !s.spend(all) {
			break
		}
		events = append(events, count.event())
		delete(s.alike, kind)
	}
	if s.more > 0 && s.spend(all) {
		events = append(events, (&failureCount{first: s.over.rest(name), times: s.more}).event())
		s.more, s.over = 0, failure{}
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

// idle: nothing is known of the source that a new one would not start with.
func (s *failureSource) idle() bool {
	return s.allowance == fullAllowance && len(s.alike) == 0 && s.more == 0
}

func (c *failureCount) event() Event {
	f := c.first
	e := Event{
		Subject: f.subject, Action: f.action, Result: Failed, Origin: f.origin, EntityType: f.entityType,
		Metadata: map[string]string{"reason": f.reason, "count": strconv.Itoa(c.times)},
	}
	if f.action != EventRead { // somebody wanted to come in
		e.EntityID, e.EntityName = f.subject.ID, f.subject.Name
	}
	if f.permission != "" {
		e.Metadata["permission"], e.Metadata["scope"] = f.permission, f.scope
	}
	return e
}
