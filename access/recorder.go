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
// as one: a storm of bad attempts must neither fill the disk nor the memory.
type failureRecorder struct {
	mu    sync.Mutex
	alike map[failureKey]*failureCount
	// overflow counts those that there was no room for.
	overflow int
}

const maxFailureKinds = 1000

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
	key := failureKey{f.action, f.subject, f.reason, f.origin.SourceIP}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch count := r.alike[key]; {
	case count != nil:
		count.times += times
	case len(r.alike) >= maxFailureKinds:
		r.overflow += times
	default:
		if r.alike == nil {
			r.alike = map[failureKey]*failureCount{}
		}
		f.origin = f.origin.bounded()
		r.alike[key] = &failureCount{first: f, times: times}
	}
}

// putBack takes again what take gave and could not be written.
func (r *failureRecorder) putBack(events []Event) {
	for _, e := range events {
		times, _ := strconv.Atoi(e.Metadata["count"]) // written by event
		r.addTimes(failure{e.Action, e.Subject, e.Metadata["reason"], e.Origin}, times)
	}
}

// take empties the recorder into events that still lack id and time.
func (r *failureRecorder) take() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var events []Event
	for _, count := range r.alike {
		events = append(events, count.event())
	}
	if r.overflow > 0 {
		lost := failure{action: EventSignIn, subject: Subject{Type: SubjectApplication, Name: "(many)"}, reason: "more kinds of failure than are kept apart"}
		events = append(events, (&failureCount{first: lost, times: r.overflow}).event())
	}
	clear(r.alike)
	r.overflow = 0
	return events
}

func (c *failureCount) event() Event {
	return Event{
		Subject: c.first.subject, Action: c.first.action, Result: Failed, Origin: c.first.origin,
		EntityType: sessionEntity, EntityID: c.first.subject.ID, EntityName: c.first.subject.Name,
		Metadata: map[string]string{"reason": c.first.reason, "count": strconv.Itoa(c.times)},
	}
}
