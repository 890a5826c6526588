package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

func TestAuditVerify(t *testing.T) {
	x := newTerminal(t)
	x.does("app", "create", "ci-1")
	x.does("app", "disable", "ci-1")
	kept := strings.TrimSpace(x.does("audit", "head"))
	x.does("app", "enable", "ci-1")
	for _, args := range [][]string{{"audit", "verify"}, {"audit", "verify", "--head", kept}} {
		if said := x.does(args...); !strings.Contains(said, "as it was written") {
			t.Errorf("%v printed %q", args, said)
		}
	}
	x.fails(exitWrongUsage, "as `latchkey audit head` prints it", "audit", "verify", "--head", "12")
	x.fails(exitWrongUsage, "--help", "audit")

	db, err := sql.Open("sqlite", filepath.Join(x.folder, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE events SET subject_name = 'x' WHERE chain_position = 1`); err == nil {
		t.Error("the audit log could be changed")
	}
	for _, statement := range []string{`DROP TRIGGER events_no_delete`, `DELETE FROM events WHERE chain_position > 1`} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	x.does("audit", "verify") // the end is missing, which the rest cannot know
	x.fails(exitFailed, "were cut off", "audit", "verify", "--head", kept)
	if _, err := db.Exec(`DROP TRIGGER events_no_update; UPDATE events SET entity_name = 'ci-2'`); err != nil {
		t.Fatal(err)
	}
	x.fails(exitFailed, "was edited", "audit", "verify")
}
