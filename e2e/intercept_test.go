package e2e

import (
	"context"
	"strings"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// hold keeps requests to a pattern waiting until they are released; held are
// those that wait.
func (p *tab) hold(pattern string) (held func() []fetch.RequestID, release func()) {
	p.t.Helper()
	var waiting []fetch.RequestID
	held = func() []fetch.RequestID {
		p.mu.Lock()
		defer p.mu.Unlock()
		return append([]fetch.RequestID(nil), waiting...)
	}
	stop := p.intercept(pattern, func(paused *fetch.EventRequestPaused) {
		p.mu.Lock()
		defer p.mu.Unlock()
		waiting = append(waiting, paused.RequestID)
	})
	return held, func() {
		for _, id := range held() {
			call(p, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
		}
		stop()
	}
}

// answerInstead answers requests to a pattern with a status of the test's own,
// until it is told to let them through again.
func (p *tab) answerInstead(pattern string, status int64, headers ...*fetch.HeaderEntry) (heal func()) {
	p.t.Helper()
	return p.intercept(pattern, func(paused *fetch.EventRequestPaused) {
		answer := fetch.FulfillRequestParams{RequestID: paused.RequestID, ResponseCode: status, ResponseHeaders: headers}
		go chromedp.Call(p.ctx, fetch.FulfillRequest, answer)
	})
}

// probePath is asked for to see whether requests are intercepted yet.
const probePath = "/healthz"

// intercept hands every request to a pattern to the test, which must answer or
// continue it without blocking.
//
// The browser says that it intercepts a moment before an open page's requests
// really are: on a busy machine the next one can slip through. So the page asks
// for something harmless until that is caught.
func (p *tab) intercept(pattern string, paused func(*fetch.EventRequestPaused)) (stop func()) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.ctx)
	caught := make(chan struct{}, 1)
	err := chromedp.Listen(ctx, func(event any) {
		e, ok := event.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		if !strings.HasSuffix(e.Request.URL, probePath) {
			paused(e)
			return
		}
		go chromedp.Call(p.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID})
		select {
		case caught <- struct{}{}:
		default:
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	call(p, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}, {URLPattern: "*" + probePath}}})
	eventually(p.t, p.ctx, func() string {
		if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`fetch("`+probePath+`").then(() => true, () => false)`, chromedp.EvalAwaitPromise)); err != nil {
			return err.Error()
		}
		select {
		case <-caught:
			return ""
		default:
			return "requests of the page are not intercepted"
		}
	})
	return func() {
		cancel()
		call(p, fetch.Disable, struct{}{})
	}
}
