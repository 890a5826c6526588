package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress is a bar on a terminal for work that takes longer than a second;
// shorter work, and output that nobody watches, stay quiet.
type progress struct {
	w            io.Writer
	what         string
	total, count int
	started      time.Time
	lastDrawn    time.Time
	visible      bool
}

const (
	progressPatience = time.Second
	progressInterval = 100 * time.Millisecond
	progressWidth    = 28
)

func newProgress(w io.Writer, total int, what string) *progress {
	return &progress{w: w, what: what, total: total, started: time.Now(), visible: isTerminal(w)}
}

// add counts n more as done.
func (p *progress) add(n int) {
	p.count += n
	now := time.Now()
	if !p.visible || now.Sub(p.started) < progressPatience || now.Sub(p.lastDrawn) < progressInterval {
		return
	}
	p.lastDrawn = now
	fmt.Fprint(p.w, "\r"+progressLine(p.what, p.count, p.total, now.Sub(p.started))+"\x1b[K")
}

// done takes the bar away again.
func (p *progress) done() {
	if !p.lastDrawn.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func progressLine(what string, count, total int, elapsed time.Duration) string {
	filled := progressWidth * count / total
	remaining := time.Duration(float64(elapsed) / float64(count) * float64(total-count)).Round(time.Second)
	return fmt.Sprintf("%s%s %3d %%  %d of %d %s, %s left",
		strings.Repeat("█", filled), strings.Repeat("░", progressWidth-filled), 100*count/total, count, total, what, remaining)
}
