package handlers

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/views"
)

func TestFilterForm(t *testing.T) {
	kathmandu, err := time.LoadLocation("Asia/Kathmandu") // UTC+05:45
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		zone  *time.Location
		query string
		want  []access.Filter
	}{
		{"text", time.UTC, "field=name&op.name==@&value.name=+ci+", []access.Filter{{Field: "name", Op: access.Contains, Value: "ci"}}},
		{"fields of other columns do not count", time.UTC, "field=name&op.name==@&value.name=ci&op.status===&value.status=Active", []access.Filter{{Field: "name", Op: access.Contains, Value: "ci"}}},
		{"by the fields of its group", time.UTC, "field=createdBy&op.name==^&value.name=ada", []access.Filter{{Field: "createdBy", Op: access.StartsWith, Value: "ada"}}},
		{"status", time.UTC, "field=status&op.status===&value.status=Key+expired", []access.Filter{{Field: "status", Op: access.Equal, Value: "Key expired"}}},
		{"number", time.UTC, "field=accessRules&op.accessRules=%3E=&value.accessRules=02", []access.Filter{{Field: "accessRules", Op: access.AtLeast, Value: "2"}}},
		{"a day in UTC stays a day", time.UTC, "field=lastLogin&op.lastLogin===&value.lastLogin=2026-11-23", []access.Filter{{Field: "lastLogin", Op: access.Equal, Value: "2026-11-23"}}},
		{"never by its own comparison", time.UTC, "field=lastLogin&op.lastLogin=never&value.lastLogin=", []access.Filter{{Field: "lastLogin", Op: access.Equal, Value: access.Never}}},
		{"not never", time.UTC, "field=keyExpiresAt&op.keyExpiresAt=not-never&value.keyExpiresAt=2026-01-01", []access.Filter{{Field: "keyExpiresAt", Op: access.NotEqual, Value: access.Never}}},
		{"never", kathmandu, "field=lastLogin&op.lastLogin===&value.lastLogin=never", []access.Filter{{Field: "lastLogin", Op: access.Equal, Value: access.Never}}},
		{"from a day elsewhere", kathmandu, "field=lastLogin&op.lastLogin=%3E=&value.lastLogin=2026-11-23", []access.Filter{{Field: "lastLogin", Op: access.AtLeast, Value: "2026-11-22T18:15:00Z"}}},
		{"until a day elsewhere", kathmandu, "field=lastLogin&op.lastLogin=%3C=&value.lastLogin=2026-11-23", []access.Filter{{Field: "lastLogin", Op: access.AtMost, Value: "2026-11-23T18:14:59.999999Z"}}},
		{"on a day elsewhere", kathmandu, "field=createdAt&op.createdAt===&value.createdAt=2026-11-23", []access.Filter{
			{Field: "createdAt", Op: access.AtLeast, Value: "2026-11-22T18:15:00Z"},
			{Field: "createdAt", Op: access.AtMost, Value: "2026-11-23T18:14:59.999999Z"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			query, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			draft, ok := draftFrom(query, views.ApplicationsTable)
			if !ok {
				t.Fatal("the form was not recognised")
			}
			l, err := draft.addTo(access.List{}, access.ApplicationSchema, tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(l.Filters, tt.want) {
				t.Errorf("got %v, want %v", l.Filters, tt.want)
			}
		})
	}
}

func TestFilterFormRefuses(t *testing.T) {
	for name, draft := range map[string]draftFilter{
		"unknown column":     {"secret", "==", "x"},
		"unknown comparison": {"lastLogin", "=@", "2026"},
		"no value":           {"name", "=@", ""},
		"no such status":     {"status", "==", "Sleeping"},
		"not a number":       {"accessRules", "==", "two"},
		"not a date":         {"lastLogin", ">=", "yesterday"},
		"a name is never":    {"name", "never", ""},
		"no such day":        {"lastLogin", ">=", "2026-02-30"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := draft.addTo(access.List{}, access.ApplicationSchema, time.UTC)
			if !errors.Is(err, access.ErrInvalid) {
				t.Errorf("got %v, want a sentence for the person", err)
			}
		})
	}
}

func TestFilterFormStopsAtTheLimit(t *testing.T) {
	l := access.List{Limit: 50}
	for i := range access.MaxFilters {
		var err error
		draft := draftFilter{"name", "=@", string(rune('a' + i))}
		if l, err = draft.addTo(l, access.ApplicationSchema, time.UTC); err != nil {
			t.Fatal(err)
		}
	}
	_, err := draftFilter{"name", "=@", "zz"}.addTo(l, access.ApplicationSchema, time.UTC)
	if !errors.Is(err, access.ErrInvalid) {
		t.Errorf("got %v, want a refusal of filter %d", err, access.MaxFilters+1)
	}
}
