package e2e

import (
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// transfer counts what a tab asks for and what comes over the wire.
type transfer struct {
	mu       sync.Mutex
	requests int
	bytes    float64
	asked    map[network.RequestID]bool // since the count began; what ends of the page before does not count
}

func (p *tab) measureTransfer() *transfer {
	p.t.Helper()
	m := &transfer{asked: map[network.RequestID]bool{}}
	err := chromedp.Listen(p.ctx, func(event any) {
		m.mu.Lock()
		defer m.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			m.requests++
			m.asked[e.RequestID] = true
		case *network.EventLoadingFinished:
			if m.asked[e.RequestID] {
				m.bytes += e.EncodedDataLength
			}
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func (m *transfer) take() (requests int, kilobytes float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	requests, kilobytes = m.requests, m.bytes/1000
	m.requests, m.bytes = 0, 0
	clear(m.asked)
	return requests, kilobytes
}

// The weight of the table is part of what it is: these are sizes, not times.
func TestTheTableIsLight(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	p := signIn(t, s)
	m := p.measureTransfer()

	call(p, network.ClearBrowserCache, struct{}{})
	p.visit("/applications")
	p.settled()
	if requests, kilobytes := m.take(); requests > 6 || kilobytes > 70 {
		t.Errorf("the first visit takes %d requests and %.1f kB; the budget is 6 and 70", requests, kilobytes)
	}
	p.visit("/applications")
	p.settled()
	if _, kilobytes := m.take(); kilobytes > 20 {
		t.Errorf("a later visit takes %.1f kB; the budget is 20", kilobytes)
	}
	p.click(link("Created by"))
	eventually(t, p.ctx, func() string {
		if p.location() == "/applications" {
			return "the table was not sorted"
		}
		return ""
	})
	p.settled()
	if _, kilobytes := m.take(); kilobytes > 12 {
		t.Errorf("sorting takes %.1f kB; the budget is 12", kilobytes)
	}
}
