package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sample is what one or several turns came to.
type sample struct {
	requests int
	wall     time.Duration
	cpu      float64 // seconds of the server's
	delays   []time.Duration
}

func (s *sample) add(o sample) {
	s.requests += o.requests
	s.wall += o.wall
	s.cpu += o.cpu
	s.delays = append(s.delays, o.delays...)
}

func (s sample) rate() float64          { return float64(s.requests) / s.wall.Seconds() }
func (s sample) cpuPerRequest() float64 { return s.cpu / float64(s.requests) }

func (s sample) percentile(p float64) time.Duration {
	if len(s.delays) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.delays))
	return sorted[int(p*float64(len(sorted)-1))]
}

// load asks over a number of kept connections, each as soon as it has its
// answer. next makes the bytes of a request and is called by one goroutine per
// connection. Any answer but 200 ends the run: refusals are cheap and would
// flatter whoever refuses.
func (p *process) load(ctx context.Context, connections int, length time.Duration, next func() []byte) (sample, error) {
	before, err := p.cpu()
	if err != nil {
		return sample{}, err
	}
	began := time.Now()
	samples, err := p.askAll(ctx, connections, began.Add(length), next)
	if err != nil {
		return sample{}, err
	}
	total := sample{wall: time.Since(began)}
	after, err := p.cpu()
	if err != nil {
		return sample{}, err
	}
	total.cpu = after - before
	for _, s := range samples {
		total.requests += s.requests
		total.delays = append(total.delays, s.delays...)
	}
	return total, nil
}

func (p *process) askAll(ctx context.Context, connections int, until time.Time, next func() []byte) ([]sample, error) {
	samples := make([]sample, connections)
	failures := make([]error, connections)
	var asking sync.WaitGroup
	for i := range connections {
		asking.Go(func() { samples[i], failures[i] = p.ask(ctx, until, next) })
	}
	asking.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return samples, nil
}

func (p *process) ask(ctx context.Context, until time.Time, next func() []byte) (sample, error) {
	var s sample
	connection, err := net.Dial("tcp", p.host)
	if err != nil {
		return s, err
	}
	defer connection.Close()
	answers := bufio.NewReaderSize(connection, 64<<10)
	for ctx.Err() == nil {
		began := time.Now()
		if began.After(until) {
			return s, nil
		}
		if _, err := connection.Write(next()); err != nil {
			return s, err
		}
		if err := readAnswer(answers); err != nil {
			return s, err
		}
		s.delays = append(s.delays, time.Since(began))
		s.requests++
	}
	return s, ctx.Err()
}

func readAnswer(r *bufio.Reader) error {
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
		return fmt.Errorf("answered %s: %s", answer.Status, body)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// client is an application that asks for tokens.
type client struct{ id, secret string }

// tokenRequests makes a token request of a client picked at random each time.
func tokenRequests(host string, clients []client) func() []byte {
	requests := make([][]byte, len(clients))
	for i, c := range clients {
		body, err := json.Marshal(map[string]string{"grantType": "client_credentials", "clientId": c.id, "clientSecret": c.secret})
		if err != nil {
			panic(err) // a map of strings always has a text
		}
		requests[i] = fmt.Appendf(nil, "POST /api/v1/token HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", host, len(body), body)
	}
	return func() []byte { return requests[rand.IntN(len(requests))] }
}

// inTurn hands out one after the other, and begins again at the end.
func inTurn(requests [][]byte) func() []byte {
	var next atomic.Uint64
	return func() []byte { return requests[next.Add(1)%uint64(len(requests))] }
}

// verifyRequests makes questions of a gateway about the tokens.
func verifyRequests(host string, tokens []string) func() []byte {
	requests := make([][]byte, len(tokens))
	for i, token := range tokens {
		requests[i] = fmt.Appendf(nil, "GET /api/v1/auth/verify HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", host, token)
	}
	return inTurn(requests)
}

// introspectRequests makes questions of one client about the tokens.
func introspectRequests(host string, asker client, tokens []string) func() []byte {
	requests := make([][]byte, len(tokens))
	for i, token := range tokens {
		body := url.Values{"client_id": {asker.id}, "client_secret": {asker.secret}, "token": {token}}.Encode()
		requests[i] = fmt.Appendf(nil, "POST /api/v2/token/introspect HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", host, len(body), body)
	}
	return inTurn(requests)
}

// tokens gets some, by one client after the other.
func (p *process) tokens(ctx context.Context, clients []client, number int) ([]string, error) {
	tokens := make([]string, number)
	for i := range tokens {
		c := clients[i%len(clients)]
		body := fmt.Sprintf(`{"grantType":"client_credentials","clientId":%q,"clientSecret":%q}`, c.id, c.secret)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/api/v1/token", strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		var out struct{ AccessToken string }
		err = json.NewDecoder(answer.Body).Decode(&out)
		answer.Body.Close()
		if err != nil || out.AccessToken == "" {
			return nil, fmt.Errorf("%s gave no token: %s (%w)", p.name, answer.Status, err)
		}
		tokens[i] = out.AccessToken
	}
	return tokens, nil
}
