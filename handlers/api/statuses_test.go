package api_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// answered is what the tests of this run were answered with.
var answered statuses

// statuses remembers which operation answered with which status.
type statuses struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *statuses) saw(operation string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[fmt.Sprint(operation, " ", status)] = true
}

// unseen are the statuses that the specification documents and no test had.
func (s *statuses) unseen() ([]string, error) {
	doc, err := loadPromise()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var missing []string
	for id, op := range (&promise{doc}).operations() {
		for status := range op.Responses.Map() {
			if row := id + " " + status; status != "default" && !s.seen[row] && neverAnswered[row] == "" {
				missing = append(missing, row)
			}
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// neverAnswered are documented statuses that no test can have, and why.
var neverAnswered = map[string]string{}

// checkStatuses fails a run of all tests in which a documented answer was never
// given: then either nobody tests it, or it cannot happen and is not to be
// promised.
func checkStatuses() int {
	for _, part := range []string{"test.run", "test.skip", "test.fuzz", "test.list"} {
		if f := flag.Lookup(part); f != nil && f.Value.String() != "" {
			return 0
		}
	}
	missing, err := answered.unseen()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "openapi.yaml documents answers that no test was given:\n\t%s\n", strings.Join(missing, "\n\t"))
		return 1
	}
	return 0
}
