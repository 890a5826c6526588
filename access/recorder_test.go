package access

import (
	"fmt"
	"strconv"
	"testing"
)

func failed(address, clientID string) failure {
	return failure{
		action: EventSignIn, subject: Subject{Type: SubjectApplication, Name: clientID}, entityType: sessionEntity,
		reason: "unknown client id", origin: Origin{SourceIP: address},
	}
}

// told sums up events: how many there are, and of how many failures.
func told(events []Event) (number, failures int) {
	for _, e := range events {
		times, _ := strconv.Atoi(e.Metadata["count"])
		failures += times
	}
	return len(events), failures
}

// TestAStormDoesNotFillTheAuditLog: an hour of a flood under ever new names from
// one address is some hundred events, which tell of every attempt; what others
// do meanwhile is told in full.
func TestAStormDoesNotFillTheAuditLog(t *testing.T) {
	var r failureRecorder
	const seconds, attempts = 3600, 50
	events, counted, victim := 0, 0, 0
	for second := range seconds {
		for i := range attempts {
			r.add(failed("192.0.2.1", fmt.Sprintf("made-up-%d-%d", second, i)))
		}
		if second%60 == 0 {
			r.add(failed("198.51.100.1", "victim"))
		}
		taken := r.take(second == seconds-1)
		for _, e := range taken {
			if e.Subject.Name == "victim" {
				victim++
			}
		}
		n, times := told(taken)
		events += n
		counted += times
	}
	if want := seconds*attempts + seconds/60; counted != want {
		t.Errorf("%d failures are told of, want %d", counted, want)
	}
	if victim != seconds/60 {
		t.Errorf("%d failures of another address are told of, want %d", victim, seconds/60)
	}
	if most := 500 + seconds/60; events > most {
		t.Errorf("%d events, want at most %d", events, most)
	}
}

// TestAClientThatKeepsFailingIsTold: one that retries with an old key every second
// keeps its name.
func TestAClientThatKeepsFailingIsTold(t *testing.T) {
	var r failureRecorder
	names, counted := map[string]int{}, 0
	for second := range 600 {
		r.add(failed("192.0.2.1", "stale"))
		taken := r.take(second == 599)
		_, times := told(taken)
		counted += times
		for _, e := range taken {
			names[e.Subject.Name]++
		}
	}
	if len(names) != 1 || names["stale"] < 50 || names["stale"] > 100 || counted != 600 {
		t.Errorf("%d failures in the events %v", counted, names)
	}
}

// TestManyAddressesAreBounded: memory does not grow with the addresses that fail,
// and is given back.
func TestManyAddressesAreBounded(t *testing.T) {
	var r failureRecorder
	const addresses = 5000
	for i := range addresses {
		r.add(failed(fmt.Sprintf("2001:db8:0:%x::1", i), "nobody"))
	}
	if n := len(r.sources); n > maxFailureSources+1 {
		t.Errorf("%d addresses are kept", n)
	}
	n, counted := told(r.take(false))
	if counted != addresses || n > maxFailureSources+maxFailureKinds {
		t.Errorf("%d failures in %d events", counted, n)
	}
	for range fullAllowance {
		r.take(false)
	}
	if n := len(r.sources); n != 0 {
		t.Errorf("%d addresses are still kept when all is quiet", n)
	}
}

// TestANetworkCountsAsOne: whoever owns a network of IPv6 has as many addresses
// as they like.
func TestANetworkCountsAsOne(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:aaaa::1": "2001:db8:1:2::/64", "2001:db8:1:2:bbbb::2": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "not an address": "not an address",
	} {
		if got := (Origin{SourceIP: address}).Network(); got != want {
			t.Errorf("%q counts as %q, want %q", address, got, want)
		}
	}
}

func TestFailuresThatCouldNotBeWrittenComeBack(t *testing.T) {
	var r failureRecorder
	for i := range 100 {
		r.add(failed("192.0.2.1", fmt.Sprintf("name-%d", i)))
	}
	r.putBack(r.take(false))
	if _, counted := told(r.take(true)); counted != 100 {
		t.Errorf("%d failures are told of, want 100", counted)
	}
}

func denied(userID, path string) failure {
	return failure{
		action: EventRead, subject: Subject{Type: SubjectUser, ID: userID, Name: userID + "@example.com"}, entityType: userEntity,
		reason: "This needs the permission to read Users in acme.", permission: "read users", scope: "acme",
		origin: Origin{SourceIP: "192.0.2.1", HTTPMethod: "GET", URL: path},
	}
}

// TestDeniedReadsAreToldByWhoAsked: one who asks for ever new pages takes neither
// memory nor anything of what is told of another at the same address, and every
// denial is counted.
func TestDeniedReadsAreToldByWhoAsked(t *testing.T) {
	var r failureRecorder
	const flood = 100_000
	for i := range flood {
		r.add(denied("mallory", fmt.Sprintf("/users/%d", i)))
	}
	r.add(denied("ann", "/users"))
	r.add(denied("ann", "/users"))
	if n := len(r.sources["user mallory"].alike); n >= maxFailureKinds {
		t.Errorf("%d addresses of one person are kept", n)
	}
	events := r.take(false)
	if n, counted := told(events); n != maxFailureKinds+1 || counted != flood+2 {
		t.Errorf("%d events tell of %d denials, want %d of %d", n, counted, maxFailureKinds+1, flood+2)
	}
	for _, e := range events {
		switch {
		case e.Subject.Name == "ann@example.com":
			if e.Origin.URL != "/users" || e.Metadata["count"] != "2" || e.Metadata["permission"] != "read users" || e.Metadata["scope"] != "acme" {
				t.Errorf("%+v", e)
			}
		case e.Subject.Name != "mallory@example.com" || e.EntityType != userEntity || e.Origin.SourceIP != "192.0.2.1":
			t.Errorf("%+v", e)
		}
	}
}

func TestDeniedReadsThatCouldNotBeWrittenComeBack(t *testing.T) {
	var r failureRecorder
	r.add(denied("ann", "/users"))
	first := r.take(true)
	r.putBack(first)
	if second := r.take(true); fmt.Sprint(second) != fmt.Sprint(first) {
		t.Errorf("told as %+v, was %+v", second, first)
	}
}
