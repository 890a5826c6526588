package store

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"latchkey/access"
)

// Whatever stands in the address bar as a cursor is read or refused as the
// client's mistake, and what is read can go to either engine.
func FuzzDecodeCursor(f *testing.F) {
	byName := access.Sort{Field: "name"}
	f.Add(encodeCursor(byName, position{key: "ci", id: "a1"}), false)
	f.Add(encodeCursor(byName, position{key: int64(-5), id: ""}), true)
	f.Add(base64.RawURLEncoding.EncodeToString([]byte("name\x00false\x00\xff\x00a1")), false)
	f.Add(base64.RawURLEncoding.EncodeToString([]byte("name\x00false\x0099999999999999999999\x00a1")), true)
	f.Add("", false)
	f.Fuzz(func(t *testing.T, cursor string, number bool) {
		p, err := decodeCursor("after", cursor, byName, number)
		if err != nil {
			if !errors.Is(err, access.ErrInvalid) {
				t.Errorf("%v is not ErrInvalid", err)
			}
			return
		}
		if text, isText := p.key.(string); isText == number || strings.ContainsRune(text+p.id, 0) {
			t.Errorf("read %#v", p)
		}
		if again, err := decodeCursor("after", encodeCursor(byName, p), byName, number); err != nil || again != p {
			t.Errorf("%#v became %#v (%v)", p, again, err)
		}
	})
}

// No text that people type gets into a statement, only into its arguments.
func FuzzListsKeepTextOutOfStatements(f *testing.F) {
	f.Add("x'; DROP TABLE applications; --", "name", "=@")
	f.Add(`" OR NOT "`, "scopeName", "==")
	f.Add("ffffffff", "createdBy", "!@")
	f.Add("/1001/'x", "managedWithinId", "!=")
	f.Add("' OR 1 = 1", "managedIn", "=^")
	f.Fuzz(func(t *testing.T, text, field, op string) {
		// Long enough and odd enough not to stand in a statement by chance.
		marked := "\u2603" + text + "\u2603"
		q := access.ApplicationQuery{Reach: []access.ScopePath{access.ScopePath(marked)}, List: access.List{
			Search: marked, Sort: access.Sort{Field: "name"},
			Filters: []access.Filter{{Field: field, Op: access.Operator(op), Value: marked}},
		}}
		for _, d := range []dialect{sqliteDialect{}, postgresDialect{}} {
			l, err := compileList(q, d, lookedUp{roles: []int32{1}, scopes: true, paths: map[string]access.ScopePath{marked: access.ScopePath(marked)}})
			if err != nil {
				if !errors.Is(err, access.ErrInvalid) {
					t.Errorf("%v is not ErrInvalid", err)
				}
				continue
			}
			args := &arguments{}
			for _, c := range l.conditions {
				statement := c.where(args, d.unindexed)
				if c.hits != nil {
					statement += c.hits(args)
				}
				if strings.Contains(statement, "\u2603") {
					t.Errorf("typed text in the statement: %s", statement)
				}
			}
		}
	})
}

// The same of the lists that share one grammar.
func FuzzTablesKeepTextOutOfStatements(f *testing.F) {
	f.Add("x'; DROP TABLE rules; --", "subjectId", "=@")
	f.Add(`" OR NOT "`, "scopeName", "==")
	f.Add("ffffffff", "username", "!@")
	f.Add("User", "subject_type", "=^")
	f.Fuzz(func(t *testing.T, text, field, op string) {
		marked := "\u2603" + text + "\u2603"
		l := access.List{
			Search: marked, Sort: access.Sort{Field: "createdAt"},
			Filters: []access.Filter{{Field: field, Op: access.Operator(op), Value: marked}},
		}
		reach := []access.ScopePath{access.ScopePath(marked)}
		rules := listRules(access.RuleQuery{List: l, Reach: reach, Applications: reach, Self: access.Subject{ID: marked}, RuleSelection: access.RuleSelection{
			SubjectType: access.SubjectType(marked), SubjectContains: marked, Subjects: []string{marked}, ClusterID: marked,
			ScopeType: access.ScopeType(marked), ScopeID: marked,
		}})
		keepsTextOut(t, rules)
		nodes := listNodes(access.NodeQuery{List: l, Reach: reach, Type: access.ScopeType(marked)})
		keepsTextOut(t, nodes)
		l.Sort.Field = "lastLogin"
		users := listUsers(l)
		keepsTextOut(t, users)
		l.Sort.Field = "timestamp"
		events := listEvents(access.EventQuery{List: l})
		keepsTextOut(t, events)
	})
}

func keepsTextOut[T any](t *testing.T, l *tableList[T]) {
	t.Helper()
	if l.refusal != nil {
		if !errors.Is(l.refusal, access.ErrInvalid) {
			t.Errorf("%v is not ErrInvalid", l.refusal)
		}
		return
	}
	if statement := l.selectFrom(&arguments{}, l.columns); strings.Contains(statement, "\u2603") {
		t.Errorf("typed text in the statement: %s", statement)
	}
}
