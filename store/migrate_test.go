package store_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"latchkey/access"
)

func TestEveryMigrationHasASibling(t *testing.T) {
	names := func(engine string) []string {
		files, err := fs.Glob(os.DirFS("migrations/"+engine), "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	sqlite, postgres := names("sqlite"), names("postgres")
	if len(sqlite) == 0 || !slices.Equal(sqlite, postgres) {
		t.Errorf("SQLite has %v, PostgreSQL %v", sqlite, postgres)
	}
}

// The tables of both engines have the same columns, but for what is SQLite's
// way to search.
func TestBothEnginesHaveTheSameColumns(t *testing.T) {
	if cluster.err != nil {
		t.Skip(cluster.err)
	}
	columns := func(e engine, url, query string) []string {
		rows, err := behind(t, e, url).QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var found []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			found = append(found, name)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return found
	}
	lite := sqliteEngine()
	file := lite.fresh(t)
	open(t, file)
	sqlite := columns(lite, file, `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND m.name NOT LIKE 'application_search%'
			AND m.name <> 'latchkey_schema' AND c.name <> 'sequence' ORDER BY 1`)
	postgres := columns(engine{driver: "pgx"}, cluster.cluster.Database(t), `SELECT (table_name || '.' || column_name) COLLATE "C" FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name <> 'latchkey_schema' ORDER BY 1`)
	if !slices.Equal(sqlite, postgres) {
		t.Errorf("SQLite has\n%v\nPostgreSQL\n%v", sqlite, postgres)
	}
}

// Opening an installation that has data keeps it, from the first schema on.
// testdata/after_00001.sql is what a store of that schema may hold; a later
// migration must leave it readable.
func TestMigrationsApplyToADatabaseWithData(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		url := afterFirstSchema(t, e)
		s := open(t, url)
		a, err := s.Application(t.Context(), "a1")
		if err != nil || a.Name != "ci" || a.RuleCount != 1 || !a.CreatedAt.Equal(present()) {
			t.Errorf("the application is %+v (%v)", a, err)
		}
		rules, err := s.RulesOf(t.Context(), access.Subject{Type: access.SubjectApplication, ID: "a1"})
		if err != nil || len(rules) != 1 || rules[0].RoleName != "Viewer" || rules[0].Scope.NamePath() != "Acme / eu-1" {
			t.Errorf("its rules are %+v (%v)", rules, err)
		}
		if c, err := s.Credential(t.Context(), "ci"); err != nil || c.Generation != 3 || string(c.KeyHash[:2]) != "01" {
			t.Errorf("its credential is %+v (%v)", c, err)
		}
		if u, err := s.UserByEmail(t.Context(), "ann@example.com"); err != nil || u.ID != "u1" {
			t.Errorf("the user is %+v (%v)", u, err)
		}
		if events, err := s.Events(t.Context(), 5); err != nil || len(events) != 1 || events[0].Metadata["reason"] != "test" {
			t.Errorf("the events are %+v (%v)", events, err)
		}
		found, err := s.ListRules(t.Context(), access.RuleQuery{
			List: access.List{Search: "CI", Limit: 5, Sort: access.RuleSchema.DefaultSort}, Reach: []access.ScopePath{access.TenantPath},
		})
		if err != nil || len(found.Rows) != 1 {
			t.Errorf("a search for its rules finds %+v (%v)", found, err)
		}
		log, err := s.ListEvents(t.Context(), access.EventQuery{List: access.List{Search: "CI", Limit: 5, Sort: access.EventSchema.DefaultSort}})
		if err != nil || len(log.Rows) != 1 {
			t.Errorf("a search for its events finds %+v (%v)", log, err)
		}
		q := everything(access.List{Search: "nightly"})
		if page, err := s.ListApplications(t.Context(), q); err != nil || len(page.Rows) != 1 {
			t.Errorf("a search finds %+v (%v)", page, err)
		}
	})
}

// Events of before migration 6 know whose access rule they tell of as if they
// had been written today; and they stay what they were: append-only, and chained.
func TestOldEventsGetTheSubjectOfTheirRule(t *testing.T) {
	metadata := map[string]map[string]string{
		"m1": {"role": "Viewer", access.SubjectIDKey: "a1"},
		"m2": {access.SubjectIDKey: "0190-öst", "subject": `"subjectId":"a1"`},
		"m3": {"reason": `{"subjectId":"a1"}`},
		"m4": {access.SubjectIDKey: ""},
		"m5": {},
		"m6": {"a": "before it", access.SubjectIDKey: "a1", "z": "after it"},
	}
	subjects := func(t *testing.T, e engine, url string) map[string]string {
		found := map[string]string{}
		rows, err := behind(t, e, url).QueryContext(t.Context(), `SELECT id, rule_subject FROM events WHERE id LIKE 'm%'`)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var id, subject string
			must(t, rows.Scan(&id, &subject))
			found[id] = subject
		}
		must(t, rows.Err())
		return found
	}
	onEachEngine(t, func(t *testing.T, e engine) {
		old := afterFirstSchema(t, e)
		db := behind(t, e, old)
		for id, of := range metadata {
			text, err := json.Marshal(of)
			must(t, err)
			_, err = db.ExecContext(t.Context(), `INSERT INTO events (id, occurred_at, subject_type, subject_id, subject_name, action, result, entity_type, entity_id,
				entity_name, source_ip, user_agent, http_method, url, request_id, metadata)
				VALUES ($1, 1772366400123456, 'user', 'u1', 'ann@example.com', 'create', 'Succeeded', 'access-rule', '7', 'Viewer', '', '', '', '', '', $2)`, id, string(text))
			must(t, err)
		}
		migrated := open(t, old)

		today := e.fresh(t)
		must(t, open(t, today).Write(t.Context(), func(ctx context.Context, tx access.Tx) error {
			for id, of := range metadata {
				if err := tx.AppendEvent(ctx, access.Event{ID: id, At: present(), Action: access.EventCreate, Result: access.Succeeded, EntityType: "access-rule", Metadata: of}); err != nil {
					return err
				}
			}
			return nil
		}))
		got, want := subjects(t, e, old), subjects(t, e, today)
		if len(want) != len(metadata) || want["m1"] != "a1" || !maps.Equal(got, want) {
			t.Errorf("the migration makes of them %q, today they are %q", got, want)
		}
		page, err := migrated.ListEvents(t.Context(), activity("a1", 10))
		must(t, err)
		var about []string
		for _, event := range page.Rows {
			about = append(about, event.ID)
		}
		slices.Sort(about)
		if !slices.Equal(about, []string{"e1", "m1", "m6"}) {
			t.Errorf("the application's activity is %q", about)
		}
		if _, err := db.ExecContext(t.Context(), `UPDATE events SET rule_subject = ''`); err == nil {
			t.Error("events can be changed after the migration")
		}
		unchained := 0
		must(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM events WHERE chain_position IS NULL OR chain_hash IS NULL`).Scan(&unchained))
		if unchained != 0 {
			t.Errorf("%d events are in no chain", unchained)
		}
	})
}

// afterFirstSchema is the URL of a database as the first Latchkey left it, with
// data in it.
func afterFirstSchema(t testing.TB, e engine) string {
	t.Helper()
	fixture, err := os.ReadFile("testdata/after_00001.sql")
	if err != nil {
		t.Fatal(err)
	}
	url := e.empty(t)
	script := string(fixture)
	if e.driver == "pgx" {
		script = strings.ReplaceAll(script, "AS BLOB", "AS BYTEA")
		// The table as goose makes it: ids 1 and 2 are taken.
		script = strings.Replace(script, "id INTEGER PRIMARY KEY,", "id INTEGER PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY (START WITH 3),", 1)
	}
	schema, err := os.ReadFile("migrations/" + folderOf(e) + "/00001_first_schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	execBehind(t, e, url, string(schema))
	execBehind(t, e, url, script)
	if e.driver == "sqlite" { // which has the text to search a second time
		execBehind(t, e, url, `INSERT INTO application_search (rowid, search_text) SELECT sequence, search_text FROM applications`)
	}
	return url
}

func folderOf(e engine) string {
	if e.driver == "pgx" {
		return "postgres"
	}
	return "sqlite"
}
