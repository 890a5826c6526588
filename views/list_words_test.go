package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/access"
)

func zoneNamed(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestFilterWords(t *testing.T) {
	berlin := zoneNamed(t, "Europe/Berlin")
	tests := []struct {
		filter access.Filter
		want   string
	}{
		{access.Filter{Field: "status", Op: access.Equal, Value: "Active"}, "Status is Active"},
		{access.Filter{Field: "status", Op: access.NotEqual, Value: "Disabled"}, "Status is not Disabled"},
		{access.Filter{Field: "name", Op: access.Contains, Value: "ci"}, "Application contains ci"},
		{access.Filter{Field: "accessRules", Op: access.AtLeast, Value: "2"}, "Access rule(s) is at least 2"},
		{access.Filter{Field: "roleName", Op: access.StartsWith, Value: "L1"}, "Role starts with L1"},
		{access.Filter{Field: "lastLogin", Op: access.AtLeast, Value: "2026-11-22T23:00:00Z"}, "Last login is on or after 23 Nov 2026"},
		{access.Filter{Field: "lastLogin", Op: access.AtMost, Value: "2026-11-23T22:59:59.999999Z"}, "Last login is on or before 23 Nov 2026"},
		{access.Filter{Field: "lastLogin", Op: access.AtMost, Value: "2026-11-23T10:00:00Z"}, "Last login is on or before 23 Nov 2026 11:00:00"},
		{access.Filter{Field: "createdAt", Op: access.Equal, Value: "2026-11-23"}, "Creation time is on 23 Nov 2026"},
		{access.Filter{Field: "lastLogin", Op: access.Equal, Value: access.Never}, "Last login is never"},
		{access.Filter{Field: "lastLogin", Op: access.NotEqual, Value: access.Never}, "Last login is not never"},
		{access.Filter{Field: "gone", Op: access.Equal, Value: "x"}, "gone == x"},
	}
	for _, tt := range tests {
		column, operator, value := filterWords(access.ApplicationSchema, tt.filter, berlin)
		if got := strings.Join([]string{column, operator, value}, " "); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestADayOfChangingClocks(t *testing.T) {
	berlin := zoneNamed(t, "Europe/Berlin")
	first, last := DayBounds(time.Date(2026, 10, 25, 12, 0, 0, 0, berlin)) // 25 hours long
	if got := last.Sub(first) + time.Microsecond; got != 25*time.Hour {
		t.Errorf("the day lasts %v, want 25h", got)
	}
}

func TestCounted(t *testing.T) {
	for n, want := range map[int]string{
		0: "0 applications", 1: "1 application", 60: "60 applications", 12431: "12,431 applications",
		10007: "10,007 applications", 1000000: "1,000,000 applications",
	} {
		if got := Counted(n, "application", "applications"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPageWindow(t *testing.T) {
	tests := []struct {
		page, last int
		want       []int
	}{
		{1, 1, []int{1}},
		{1, 3, []int{1, 2, 3}},
		{1, 8, []int{1, 2, 0, 8}},
		{3, 8, []int{1, 2, 3, 4, 0, 8}},
		{4, 8, []int{1, 2, 3, 4, 5, 0, 8}}, // 2 alone would be the gap
		{5, 9, []int{1, 0, 4, 5, 6, 0, 9}},
		{8, 8, []int{1, 0, 7, 8}},
	}
	for _, tt := range tests {
		if got := pageWindow(tt.page, tt.last); !slices.Equal(got, tt.want) {
			t.Errorf("page %d of %d: got %v, want %v", tt.page, tt.last, got, tt.want)
		}
	}
}
