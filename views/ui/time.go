package ui

import (
	"fmt"
	"time"
)

// relativeFor is how long ago a time may lie and still be told as a distance.
const relativeFor = 30 * 24 * time.Hour

// TimeProps describes a moment.
type TimeProps struct {
	At    time.Time // zero means it has not happened
	Now   time.Time // the moment the page is made, so that output depends on nothing else
	Zone  *time.Location
	Never string // what stands there for a zero At; "Never" unless given
	Exact bool   // always the full date and time, as for expiry and everything of security
	// Reachable lets the keyboard stop here to read the exact time; for single values, not for every cell of a table.
	Reachable bool
}

func (p TimeProps) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

func (p TimeProps) never() string {
	if p.Never == "" {
		return "Never"
	}
	return p.Never
}

// machine is the value of the datetime attribute: UTC, to the second.
func (p TimeProps) machine() string { return p.At.UTC().Format("2006-01-02T15:04:05Z") }

// exact is the full time in the reader's zone: "2026-11-23 04:10:22 GMT+1".
func (p TimeProps) exact() string {
	local := p.At.In(p.zone())
	return local.Format("2006-01-02 15:04:05 ") + offsetName(local)
}

// ExactText is the full time in a zone (nil: UTC), for a sentence.
func ExactText(at time.Time, zone *time.Location) string {
	return TimeProps{At: at, Zone: zone}.exact()
}

func (p TimeProps) text() string {
	if p.Exact {
		return p.exact()
	}
	return RelativeText(p.At.In(p.zone()), p.Now)
}

// RelativeText tells a moment as its distance from now, and past 30 days as its date; the year of now goes without
// saying. console.js keeps it up to date by the same rule.
func RelativeText(at, now time.Time) string {
	distance := now.Sub(at)
	future := distance < 0
	if future {
		distance = -distance
	}
	if distance >= relativeFor {
		if at.Year() == now.In(at.Location()).Year() {
			return at.Format("2 Jan")
		}
		return at.Format("2 Jan 2006")
	}
	if distance < time.Minute {
		if future {
			return "in less than a minute"
		}
		return "just now"
	}
	count, unit := largestUnit(distance)
	if count != 1 {
		unit += "s"
	}
	if future {
		return fmt.Sprintf("in %d %s", count, unit)
	}
	return fmt.Sprintf("%d %s ago", count, unit)
}

func largestUnit(d time.Duration) (int, string) {
	switch {
	case d >= 24*time.Hour:
		return int(d / (24 * time.Hour)), "day"
	case d >= time.Hour:
		return int(d / time.Hour), "hour"
	default:
		return int(d / time.Minute), "minute"
	}
}

// offsetName is the zone as a distance from Greenwich, which is unambiguous where "IST" or "CST" are not.
func offsetName(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "GMT"
	}
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	hours, minutes := seconds/3600, seconds%3600/60
	if minutes == 0 {
		return fmt.Sprintf("GMT%c%d", sign, hours)
	}
	return fmt.Sprintf("GMT%c%d:%02d", sign, hours, minutes)
}
