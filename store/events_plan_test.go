package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/store"
)

// busyLog has n events of the last weeks. Somebody is the subject of half of
// them; each of many applications is the entity of a few, and the subject of a rule
// in one of them.
func busyLog(t testing.TB, s *store.Store, n int) {
	t.Helper()
	const inOneGo = 20_000
	for from := 0; from < n; from += inOneGo {
		must(t, s.Write(t.Context(), func(ctx context.Context, tx access.Tx) error {
			for i := from; i < min(from+inOneGo, n); i++ {
				if err := tx.AppendEvent(ctx, busyEvent(i)); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

const busyApplications = 100

func busyEvent(i int) access.Event {
	app := fmt.Sprintf("app-%d", i/10%max(busyApplications, i/1000))
	e := access.Event{
		ID: fmt.Sprintf("e%08d", i), At: present().Add(time.Duration(i) * time.Second), Action: access.EventUpdate, Result: access.Succeeded,
		Subject:    access.Subject{Type: access.SubjectUser, ID: fmt.Sprintf("user-%d", i%2*(i%40)), Name: "ann@example.com"},
		EntityType: "application", EntityID: app, EntityName: app, Metadata: map[string]string{"before.description": "nightly", "after.description": "daily"},
	}
	if i%10 == 0 {
		e.EntityType, e.EntityID, e.Metadata = "access-rule", fmt.Sprint(i), map[string]string{"role": "Viewer", access.SubjectIDKey: app}
	}
	return e
}

func activity(id string, limit int) access.EventQuery {
	l := access.Activity(id)
	l.Limit = limit
	return access.EventQuery{List: l}
}

// What somebody did and what was done to them is read by the indexes of who and
// what, in the order of the list, and not by walking the log.
func TestActivityIsReadByItsIndexes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		s := open(t, url)
		busyLog(t, s, 5_000)
		execBehind(t, e, url, `ANALYZE events`)
		plan, err := s.ExplainEvents(t.Context(), activity("app-7", 11))
		must(t, err)
		for _, index := range []string{"events_entity", "events_subject", "events_rule_subject"} {
			if !strings.Contains(plan, index) {
				t.Errorf("the plan leaves %s out:\n%s", index, plan)
			}
		}
		for _, wrong := range []string{"events_occurred_at", "SCAN e", "Seq Scan"} {
			if strings.Contains(plan, wrong) {
				t.Errorf("the plan has %s in it:\n%s", wrong, plan)
			}
		}
		page, err := s.ListEvents(t.Context(), activity("app-7", 100))
		must(t, err)
		if len(page.Rows) != 50 { // ten of each thousand, and one of these through its rule
			t.Errorf("%d events are about the application, want 50", len(page.Rows))
		}
	})
}
