package access_test

import (
	"fmt"
	"testing"

	"latchkey/access"
)

func TestSearchSubjectsFindsWhatTheCallerMayRead(t *testing.T) {
	w := newWorld(t)
	w.app("ada-sync", "east/a")
	w.app("ci", "west/a")
	ada := w.user("ada@example.com", 0, "")
	manager := w.user("manager@example.com", cloudOperator, "east")
	reader := w.user("reader@example.com", departmentAdmin, "east/a") // who may read users there, which is nowhere
	tests := []struct {
		name   string
		caller access.Caller
		kind   access.SubjectType
		text   string
		want   string
	}{
		{"both kinds, users first", w.admin, "", "ADA", "[user:ada@example.com app:ada-sync]"},
		{"one kind", w.admin, access.SubjectApplication, "ada", "[app:ada-sync]"},
		{"the other", w.admin, access.SubjectUser, " ada ", "[user:ada@example.com]"},
		{"nothing typed is the first there are", w.admin, access.SubjectApplication, "", "[app:ada-sync app:ci]"},
		{"a comma is text", w.admin, "", "a,d", "[]"},
		{"applications in reach, and oneself", manager, "", "a", "[user:manager@example.com app:ada-sync]"},
		{"users are read at the tenant", reader, "", "a", "[user:reader@example.com app:ada-sync]"},
		{"whoever may nothing finds themselves", ada, "", "Ada", "[user:ada@example.com]"},
		{"unless they look for another", ada, "", "ci", "[]"},
		{"groups are words", w.admin, access.SubjectGroup, "", "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := w.SearchSubjects(w.ctx, tt.caller, tt.kind, tt.text)
			w.must(err)
			got := []string{}
			for _, s := range found {
				got = append(got, string(s.Type)+":"+s.Name)
			}
			if fmt.Sprint(got) != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
	_, err := w.SearchSubjects(w.ctx, w.admin, "", "\xff")
	wantInvalid(t, err, "q")
}

func TestSubjectIsFoundByWhoeverMayReadIt(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("ci", "east/a")
	ada := w.user("ada@example.com", 0, "")
	for _, s := range []access.Subject{ada.Subject, {Type: access.SubjectApplication, ID: app.ID, Name: "ci"}} {
		got, err := w.Subject(w.ctx, w.admin, s.Type, s.ID)
		if err != nil || got != s {
			t.Errorf("got %+v, %v, want %+v", got, err, s)
		}
	}
	for _, hidden := range []struct {
		kind access.SubjectType
		id   string
	}{{access.SubjectApplication, app.ID}, {access.SubjectUser, w.admin.ID}, {access.SubjectGroup, "x"}, {"", ""}} {
		_, err := w.Subject(w.ctx, ada, hidden.kind, hidden.id)
		wantError(t, err, access.ErrNotFound)
	}
}
