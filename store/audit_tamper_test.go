package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"latchkey/access"
	"latchkey/store"
)

// appendEvents adds so many to the log, in one transaction, numbered on from what
// is there.
func appendEvents(t testing.TB, s *store.Store, n int, who string) {
	t.Helper()
	already := int(headOf(t, s).Position)
	must(t, s.Write(t.Context(), func(ctx context.Context, tx access.Tx) error {
		for number := already + 1; number <= already+n; number++ {
			if err := tx.AppendEvent(ctx, eventNumber(number, who)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func eventNumber(number int, who string) access.Event {
	return access.Event{
		ID: fmt.Sprintf("e%05d", number), At: present(), Action: access.EventUpdate, Result: access.Succeeded,
		Subject: access.Subject{Type: access.SubjectUser, ID: "u1", Name: who}, EntityType: "application",
		EntityID: fmt.Sprint(number), EntityName: "ci\x1b[31m\u202e", Metadata: map[string]string{"z": "1", "a": "\xff", "reason": "äöü"},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func headOf(t testing.TB, s *store.Store) access.LogHead {
	t.Helper()
	head, err := s.EventsHead(t.Context())
	must(t, err)
	return head
}

func check(t testing.TB, s *store.Store, kept access.LogHead) access.LogCheck {
	t.Helper()
	got, err := s.VerifyEvents(t.Context(), kept)
	must(t, err)
	return got
}

// unlocked is the database without the triggers that keep the log.
func unlocked(t testing.TB, e engine, url string) *sql.DB {
	t.Helper()
	db := behind(t, e, url)
	statements := []string{`DROP TRIGGER events_no_update`, `DROP TRIGGER events_no_delete`, `DROP TRIGGER events_chained`, `DROP INDEX events_chain`}
	if e.driver == "pgx" {
		statements = []string{
			`ALTER TABLE events DISABLE TRIGGER ALL`, `DROP INDEX events_chain`,
			`ALTER TABLE events ALTER COLUMN chain_position DROP NOT NULL, ALTER COLUMN chain_hash DROP NOT NULL`,
		}
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// TestAuditTamper does to the log what somebody does who can write to the
// database, and takes the triggers away first: the first event at which something
// is wrong is named (security.md 43).
func TestAuditTamper(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		s := open(t, url)
		appendEvents(t, s, tamperedEvents, "ann@example.com")
		kept := headOf(t, s)
		if got := check(t, s, kept); got.Fault != nil || got.Head != kept || kept.Position != tamperedEvents {
			t.Fatalf("the log as it was written: %+v, head %s", got, kept)
		}
		db := unlocked(t, e, url)
		change := func(statements ...string) {
			t.Helper()
			for _, statement := range statements {
				if _, err := db.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
		}
		change(`CREATE TABLE events_kept AS SELECT * FROM events`)
		for _, tamper := range tampers() {
			change(tamper.statements...)
			got := check(t, s, kept).Fault
			if got == nil || *got != tamper.found {
				t.Errorf("%s: found %+v, want %+v", tamper.what, got, tamper.found)
			}
			if alone := check(t, s, access.LogHead{}).Fault; (alone == nil) != tamper.keptOnly {
				t.Errorf("%s: without a head that was kept: %+v", tamper.what, alone)
			}
			change(`DELETE FROM events`, `INSERT INTO events SELECT * FROM events_kept`)
		}
		if got := check(t, s, kept); got.Fault != nil {
			t.Errorf("put back as it was: %+v", got.Fault)
		}

		// Somebody who knows how makes the whole log anew, with another culprit.
		change(`DELETE FROM events`)
		appendEvents(t, s, tamperedEvents+5, "bob@example.com")
		want := access.LogFault{Kind: access.LogRewritten, Position: tamperedEvents, EventID: "e01100"}
		if got := check(t, s, kept).Fault; got == nil || *got != want {
			t.Errorf("written anew: found %+v, want %+v", got, want)
		}
		if got := check(t, s, access.LogHead{}); got.Fault != nil || got.Head != headOf(t, s) {
			t.Errorf("written anew, without a head that was kept: %+v", got)
		}
	})
}

const tamperedEvents = 1100 // more than a walk holds at once

type tamper struct {
	what       string
	statements []string
	found      access.LogFault
	keptOnly   bool // is found only if a head was kept
}

func tampers() []tamper {
	swap := func(a, b int) string {
		return fmt.Sprintf(`UPDATE events SET chain_position = CASE chain_position WHEN %d THEN %d ELSE %d END WHERE chain_position IN (%d, %d)`, a, b, a, a, b)
	}
	// Moving what was said from one line to another leaves the places as they are.
	copyFrom := func(from, to int) string {
		return fmt.Sprintf(`UPDATE events SET subject_name = (SELECT entity_name FROM events WHERE chain_position = %d) WHERE chain_position = %d`, from, to)
	}
	insert := func(id, position string) string {
		columns := `occurred_at, subject_type, subject_id, subject_name, action, result, entity_type, entity_id, entity_name, source_ip, user_agent, http_method, url, request_id, metadata, subject_folded, entity_folded, chain_hash`
		return `INSERT INTO events (id, chain_position, ` + columns + `) SELECT '` + id + `', ` + position + `, ` + columns + ` FROM events WHERE chain_position = 5`
	}
	var all []tamper
	for _, row := range []struct {
		what, statements string
		kind             access.LogFaultKind
		position         int64
		event            string
		missing          int64
		keptOnly         bool
	}{
		{"edit a name", `UPDATE events SET subject_name = 'bob@example.com' WHERE chain_position = 7`, access.LogChanged, 7, "e00007", 0, false},
		{"edit a time", `UPDATE events SET occurred_at = occurred_at + 1 WHERE chain_position = 1`, access.LogChanged, 1, "e00001", 0, false},
		{"edit metadata", `UPDATE events SET metadata = '{}' WHERE chain_position = 600`, access.LogChanged, 600, "e00600", 0, false},
		{"edit an id", `UPDATE events SET id = 'x' WHERE chain_position = 3`, access.LogChanged, 3, "x", 0, false},
		{"edit a result", `UPDATE events SET result = 'Failed' WHERE chain_position = 1100`, access.LogChanged, 1100, "e01100", 0, false},
		{"copy a field", copyFrom(8, 9), access.LogChanged, 9, "e00009", 0, false},
		{"edit a hash", `UPDATE events SET chain_hash = (SELECT chain_hash FROM events WHERE chain_position = 1) WHERE chain_position = 2`, access.LogChanged, 2, "e00002", 0, false},
		{"swap two", swap(20, 21), access.LogChanged, 20, "e00021", 0, false},
		{"swap far apart", swap(30, 1050), access.LogChanged, 30, "e01050", 0, false},
		{"delete one", `DELETE FROM events WHERE chain_position = 7`, access.LogRemoved, 7, "e00008", 1, false},
		{"delete the first", `DELETE FROM events WHERE chain_position <= 2`, access.LogRemoved, 1, "e00003", 2, false},
		{"delete the end of a page", `DELETE FROM events WHERE chain_position = 500`, access.LogRemoved, 500, "e00501", 1, false},
		{"delete more than a page", `DELETE FROM events WHERE chain_position BETWEEN 400 AND 1050`, access.LogRemoved, 400, "e01051", 651, false},
		{"delete and close up", `DELETE FROM events WHERE chain_position = 7; UPDATE events SET chain_position = chain_position - 1 WHERE chain_position > 7`, access.LogChanged, 7, "e00008", 0, false},
		{"add a second", insert("f", "500"), access.LogStray, 501, "f", 0, false},
		{"add one outside", insert("f", "NULL"), access.LogStray, 0, "f", 0, false},
		{"add one before", insert("f", "0"), access.LogStray, 0, "f", 0, false},
		{"cut the end off", `DELETE FROM events WHERE chain_position > 1090`, access.LogCutOff, 1090, "e01090", 10, true},
		{"delete all", `DELETE FROM events`, access.LogCutOff, 0, "", 1100, true},
	} {
		all = append(all, tamper{
			what: row.what, statements: strings.Split(row.statements, "; "), keptOnly: row.keptOnly,
			found: access.LogFault{Kind: row.kind, Position: row.position, EventID: row.event, Missing: row.missing},
		})
	}
	return all
}

// TestTwoProcessesAppendToOneChain: whoever appends finds what the other has
// appended just before; what is undone leaves no gap.
func TestTwoProcessesAppendToOneChain(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		stores := []*store.Store{open(t, url), open(t, url)}
		errUndone := errors.New("undone")
		const writers, each = 8, 20
		var group sync.WaitGroup
		for writer := range writers {
			group.Go(func() {
				for i := range each {
					err := stores[writer%2].Write(t.Context(), func(ctx context.Context, tx access.Tx) error {
						if err := tx.AppendEvent(ctx, eventNumber(writer*each+i, "ann@example.com")); err != nil {
							return err
						}
						if i%4 == 3 {
							return errUndone
						}
						return nil
					})
					if (i%4 == 3) != errors.Is(err, errUndone) || i%4 != 3 && err != nil {
						t.Errorf("writer %d, event %d: %v", writer, i, err)
					}
				}
			})
		}
		group.Wait()
		got := check(t, stores[0], access.LogHead{})
		if got.Fault != nil || got.Head.Position != writers*each*3/4 || got.Head != headOf(t, stores[1]) {
			t.Errorf("%+v", got)
		}
	})
}

// TestEventsOfBeforeAreChained: the log of an installation that is older than the
// chain is tied together by time, and goes on from there.
func TestEventsOfBeforeAreChained(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := afterFirstSchema(t, e)
		// Newer than the one of the fixture, in another order than their ids.
		execBehind(t, e, url, `INSERT INTO events WITH RECURSIVE n (i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 11499)
			SELECT 'old' || CAST(i AS TEXT), occurred_at + 20000 - i, subject_type, subject_id, subject_name, action, result,
				entity_type, entity_id, entity_name, source_ip, user_agent, http_method, url, request_id, metadata FROM events, n WHERE id = 'e1'`)
		s := open(t, url)
		if got := check(t, s, access.LogHead{}); got.Fault != nil || got.Head.Position != 1501 {
			t.Fatalf("after the migration: %+v", got)
		}
		appendEvents(t, s, 3, "ann@example.com")
		if got := check(t, s, access.LogHead{}); got.Fault != nil || got.Head.Position != 1504 {
			t.Errorf("after more events: %+v", got)
		}
		unlocked(t, e, url)
		execBehind(t, e, url, `DELETE FROM events WHERE id = 'old11499'`) // the oldest but for e1
		want := access.LogFault{Kind: access.LogRemoved, Position: 2, EventID: "old11498", Missing: 1}
		if got := check(t, s, access.LogHead{}).Fault; got == nil || *got != want {
			t.Errorf("found %+v, want %+v", got, want)
		}
	})
}

// TestOnlyChainedEventsAreTaken: a program of before, or a shell, cannot slip one in.
func TestOnlyChainedEventsAreTaken(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		s := open(t, url)
		appendEvents(t, s, 1, "ann@example.com")
		_, err := behind(t, e, url).ExecContext(t.Context(), `INSERT INTO events SELECT 'x', occurred_at, subject_type, subject_id, subject_name, action, result,
			entity_type, entity_id, entity_name, source_ip, user_agent, http_method, url, request_id, metadata, subject_folded, entity_folded, NULL, NULL, '' FROM events`)
		if err == nil {
			t.Error("an event without a place in the chain was taken")
		}
	})
}
