package store_test

import (
	"crypto/rand"
	"errors"
	"sync"
	"testing"

	"latchkey/access"
	"latchkey/store"
	"latchkey/token"
)

// TestLastAdmin: two administrators who take each other's rule away at the same
// moment, in two processes that serve one database, leave one of them
// (security.md 40). TestLastAdmin of access has the other ways.
func TestLastAdmin(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		process := func() *access.Service { return serviceOver(open(t, url)) }
		first, second := process(), process()
		operator := access.LocalOperator("test")
		var callers []access.Caller
		var rules []access.Rule
		for _, email := range []string{"ada@example.com", "bob@example.com"} {
			user, err := first.CreateUser(t.Context(), operator, access.NewUser{Email: email, Password: "seven quiet herons wade upstream", RoleID: access.SystemAdministrator})
			if err != nil {
				t.Fatal(err)
			}
			principal, _, err := first.UserPrincipal(t.Context(), user.ID)
			if err != nil {
				t.Fatal(err)
			}
			caller := access.Caller{Principal: principal}
			own, err := first.MyRules(t.Context(), caller)
			if err != nil {
				t.Fatal(err)
			}
			callers, rules = append(callers, caller), append(rules, own...)
		}
		results := make([]error, 2)
		var both sync.WaitGroup
		both.Go(func() { _, results[0] = first.DeleteRule(t.Context(), callers[0], rules[1].ID) })
		both.Go(func() { _, results[1] = second.DeleteRule(t.Context(), callers[1], rules[0].ID) })
		both.Wait()
		if errors.Is(results[0], access.ErrConflict) == errors.Is(results[1], access.ErrConflict) {
			t.Errorf("one of two should be refused: %v, %v", results[0], results[1])
		}
		if needed, err := first.NeedsSetup(t.Context()); needed || err != nil {
			t.Errorf("no administrator is left (%v)", err)
		}
	})
}

func serviceOver(s *store.Store) *access.Service {
	return access.NewService(s, access.Config{Issuer: "http://127.0.0.1:8080", Sealer: token.NewSealer([32]byte{1}), Now: present, Random: rand.Reader})
}
