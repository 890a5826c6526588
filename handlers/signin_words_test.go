package handlers

import (
	"testing"
	"time"
)

func TestTheWaitIsNeverToldShorterThanItIs(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		300 * time.Millisecond:      "a second",
		1100 * time.Millisecond:     "2 seconds",
		89 * time.Second:            "89 seconds",
		90 * time.Second:            "2 minutes",
		2*time.Minute + time.Second: "3 minutes",
	} {
		if got := waitWords(wait); got != want {
			t.Errorf("%v is told as %q, want %q", wait, got, want)
		}
	}
}
