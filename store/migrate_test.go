package store_test

import (
	"io/fs"
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
	fixture, err := os.ReadFile("testdata/after_00001.sql")
	if err != nil {
		t.Fatal(err)
	}
	onEachEngine(t, func(t *testing.T, e engine) {
		url := e.empty(t)
		script := string(fixture)
		if e.driver == "pgx" {
			script = strings.ReplaceAll(script, "AS BLOB", "AS BYTEA")
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
		q := everything(access.List{Search: "nightly"})
		if page, err := s.ListApplications(t.Context(), q); err != nil || len(page.Rows) != 1 {
			t.Errorf("a search finds %+v (%v)", page, err)
		}
	})
}

func folderOf(e engine) string {
	if e.driver == "pgx" {
		return "postgres"
	}
	return "sqlite"
}
