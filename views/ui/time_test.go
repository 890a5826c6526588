package ui

import (
	"testing"
	"time"
)

func TestRelativeText(t *testing.T) {
	now := time.Date(2026, time.November, 23, 4, 10, 22, 0, time.UTC)
	for ago, want := range map[time.Duration]string{
		0:                         "just now",
		59 * time.Second:          "just now",
		60 * time.Second:          "1 minute ago",
		90 * time.Minute:          "1 hour ago",
		119 * time.Minute:         "1 hour ago",
		2 * time.Hour:             "2 hours ago",
		24*time.Hour - 1:          "23 hours ago",
		24 * time.Hour:            "1 day ago",
		29 * 24 * time.Hour:       "29 days ago",
		30*24*time.Hour - 1:       "29 days ago",
		30 * 24 * time.Hour:       "24 Oct",
		31 * 24 * time.Hour:       "23 Oct",
		-30 * time.Second:         "in less than a minute",
		-5 * time.Minute:          "in 5 minutes",
		-3 * 24 * time.Hour:       "in 3 days",
		-31 * 24 * time.Hour:      "24 Dec",
		-(24*time.Hour + 1) * 100: "3 Mar 2027",
		327 * 24 * time.Hour:      "31 Dec 2025",
	} {
		if got := RelativeText(now.Add(-ago), now); got != want {
			t.Errorf("%v ago: %q, want %q", ago, got, want)
		}
	}
}

func TestExactTimeNamesItsDistanceFromGreenwich(t *testing.T) {
	at := time.Date(2026, time.November, 23, 3, 10, 22, 0, time.UTC)
	for offset, want := range map[int]string{
		0:      "2026-11-23 03:10:22 GMT",
		3600:   "2026-11-23 04:10:22 GMT+1",
		20700:  "2026-11-23 08:55:22 GMT+5:45",
		-34200: "2026-11-22 17:40:22 GMT-9:30",
	} {
		p := TimeProps{At: at, Zone: time.FixedZone("ignored", offset)}
		if got := p.exact(); got != want {
			t.Errorf("offset %d: %q, want %q", offset, got, want)
		}
		if got := p.machine(); got != "2026-11-23T03:10:22Z" {
			t.Errorf("offset %d: datetime %q is not UTC", offset, got)
		}
	}
}

// The year that goes without saying is the reader's.
func TestTheYearIsThatOfTheReadersZone(t *testing.T) {
	east := time.FixedZone("", 12*3600)
	at := time.Date(2025, time.December, 31, 13, 0, 0, 0, time.UTC)
	now := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	if got := RelativeText(at.In(east), now); got != "1 Jan" {
		t.Errorf("in the east it was %q", got)
	}
	if got := RelativeText(at, now); got != "31 Dec 2025" {
		t.Errorf("in Greenwich it was %q", got)
	}
}
