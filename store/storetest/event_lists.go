package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"latchkey/access"
)

// log lists events within a period by their ids.
func (w *world) log(from, until time.Time) lister[access.Event] {
	query := func(l access.List) access.EventQuery {
		return access.EventQuery{List: l, From: from, Until: until}
	}
	return lister[access.Event]{
		schema: access.EventSchema,
		page:   func(l access.List) (access.Page[access.Event], error) { return w.ListEvents(w.ctx, query(l)) },
		count:  func(l access.List) (int, error) { return w.CountEvents(w.ctx, query(l), 0) },
		each: func(l access.List, fn func(access.Event) error) error {
			return w.EachEvent(w.ctx, query(l), fn)
		},
		id: func(e access.Event) string { return e.ID },
	}
}

// eventWorld has six events, e1 to e6, an hour apart but for the last two.
func eventWorld(w *world) {
	ann := access.Subject{Type: access.SubjectUser, ID: "u1", Name: "ann@example.com"}
	ci := access.Subject{Type: access.SubjectApplication, ID: "a1", Name: "ci"}
	events := []access.Event{
		{Subject: ann, Action: access.EventCreate, Result: access.Succeeded, EntityType: "application", EntityID: "a1", EntityName: "ci"},
		{Subject: ann, Action: access.EventUpdate, Result: access.Succeeded, EntityType: "application-secret", EntityID: "a1", EntityName: "ci"},
		{Subject: ci, Action: access.EventSignIn, Result: access.Failed, EntityType: "session", EntityID: "a1", EntityName: "ci"},
		{Subject: ann, Action: access.EventDelete, Result: access.Failed, EntityType: "user", EntityID: "u2", EntityName: "Bøb_@example.com"},
		{Subject: ci, Action: access.EventSignIn, Result: access.Succeeded, EntityType: "session", EntityID: "a1", EntityName: "ci"},
		{Subject: ann, Action: access.EventSignOut, Result: access.Succeeded, EntityType: "session", EntityID: "u1", EntityName: "ann@example.com"},
	}
	for i, e := range events {
		e.ID, e.At = fmt.Sprintf("e%d", i+1), w.now.Add(time.Duration(min(i, 4))*time.Hour)
		e.Origin = access.Origin{SourceIP: fmt.Sprintf("10.0.0.%d", i%3), HTTPMethod: "POST", URL: "/applications", RequestID: "r-" + e.ID}
		e.Metadata = map[string]string{"after.name": e.EntityName}
		if e.ID == "e4" {
			e.Metadata["subjectId"] = "u_9"
		}
		w.write(func(ctx context.Context, tx access.Tx) error { return tx.AppendEvent(ctx, e) })
	}
}

var eventListTests = []namedTest{
	{"every order is the same by whatever way it is read", func(w *world) {
		eventWorld(w)
		w.log(time.Time{}, time.Time{}).check(w)
	}},
	{"the newest come first, those of one moment by their ids", func(w *world) {
		eventWorld(w)
		if got, want := w.log(time.Time{}, time.Time{}).ids(w, access.List{}), []string{"e6", "e5", "e4", "e3", "e2", "e1"}; !reflect.DeepEqual(got, want) {
			w.Errorf("got %v, want %v", got, want)
		}
		within := w.log(w.now.Add(time.Hour), w.now.Add(3*time.Hour))
		if got, want := within.ids(w, access.List{}), []string{"e3", "e2"}; !reflect.DeepEqual(got, want) {
			w.Errorf("within two hours: %v, want %v", got, want)
		}
	}},
	{"filters", func(w *world) {
		eventWorld(w)
		w.log(time.Time{}, time.Time{}).checkFilters(w, []matches{
			{"timestamp", access.AtMost, Start.Add(time.Hour).Format(time.RFC3339Nano), []string{"e2", "e1"}},
			{"subject", access.Equal, "ci", []string{"e5", "e3"}},
			{"subject", access.Equal, "a1", []string{"e5", "e3"}},
			{"subject", access.NotContains, "EXAMPLE", []string{"e5", "e3"}},
			{"subject_type", access.Equal, "user", []string{"e6", "e4", "e2", "e1"}},
			{"subjectType", access.Equal, "application", []string{"e5", "e3"}},
			{"action", access.Equal, "Sign-In", []string{"e5", "e3"}},
			{"action", access.StartsWith, "sign-", []string{"e6", "e5", "e3"}},
			{"action", access.NotContains, "e", []string{"e6", "e5", "e3"}},
			{"result", access.NotEqual, "succeeded", []string{"e4", "e3"}},
			{"entity_type", access.Contains, "application", []string{"e2", "e1"}},
			{"entity_name", access.StartsWith, "bØB_", []string{"e4"}},
			{"entity_id", access.Equal, "u2", []string{"e4"}},
			{"source_ip", access.EndsWith, ".2", []string{"e6", "e3"}},
			{"http_method", access.Equal, "GET", []string{}},
			{"url", access.StartsWith, "/APPL", []string{"e6", "e5", "e4", "e3", "e2", "e1"}},
			{"request_id", access.Equal, "r-e2", []string{"e2"}},
			{"cluster_name", access.Contains, "eu", []string{}},
			{"about", access.Equal, "a1", []string{"e5", "e3", "e2", "e1"}},
			{"about", access.NotEqual, "a1", []string{"e6", "e4"}},
			{"about", access.Equal, "u1", []string{"e6", "e4", "e2", "e1"}},
			{"about", access.Equal, "u_9", []string{"e4"}},
			{"about", access.Equal, "ux9", []string{}},
			{"cluster_name", access.NotEqual, "eu", []string{"e6", "e5", "e4", "e3", "e2", "e1"}},
		})
		if got := w.log(time.Time{}, time.Time{}).ids(w, access.List{Search: "BØB_"}); !reflect.DeepEqual(got, []string{"e4"}) {
			w.Errorf("a search found %v, want e4", got)
		}
	}},
	{"those beside one, in the order of the list", func(w *world) {
		eventWorld(w)
		tests := []struct {
			list access.List
			of   string
			want string
		}{
			{access.List{Sort: access.EventSchema.DefaultSort}, "e4", "e5 e3"},
			{access.List{Sort: access.EventSchema.DefaultSort}, "e6", "- e5"},
			{access.List{Sort: access.EventSchema.DefaultSort}, "e1", "e2 -"},
			{access.List{Sort: access.Sort{Field: "subject"}}, "e3", "e6 e5"},
			{access.List{Sort: access.EventSchema.DefaultSort, Filters: []access.Filter{{Field: "result", Op: access.Equal, Value: string(access.Failed)}}}, "e3", "e4 -"},
			{access.List{Sort: access.EventSchema.DefaultSort, Filters: []access.Filter{{Field: "result", Op: access.Equal, Value: string(access.Failed)}}}, "e2", "e3 -"},
		}
		name := func(e *access.Event) string {
			if e == nil {
				return "-"
			}
			return e.ID
		}
		for _, tt := range tests {
			e, err := w.Event(w.ctx, tt.of)
			if err != nil {
				w.Fatal(err)
			}
			beside, err := w.EventsBeside(w.ctx, access.EventQuery{List: tt.list}, e)
			if err != nil {
				w.Fatal(err)
			}
			if got := name(beside.Previous) + " " + name(beside.Next); got != tt.want {
				w.Errorf("beside %s by %s are %s, want %s", tt.of, tt.list.Sort.Field, got, tt.want)
			}
		}
	}},
	{"one by its id", func(w *world) {
		eventWorld(w)
		e, err := w.Event(w.ctx, "e4")
		if err != nil || e.EntityID != "u2" || e.Metadata["after.name"] != "Bøb_@example.com" {
			w.Errorf("got %+v (%v)", e, err)
		}
		if _, err := w.Event(w.ctx, "e7"); !errors.Is(err, access.ErrNotFound) {
			w.Errorf("an unknown one: %v, want ErrNotFound", err)
		}
	}},
}
