package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// plan is what one run measures.
type plan struct {
	applications int
	clients      int
	connections  int
	rounds       int
	round        time.Duration
	postgres     string
}

func main() {
	var p plan
	flag.IntVar(&p.applications, "applications", 10_000, "applications in the database")
	flag.IntVar(&p.clients, "clients", 1_000, "of them, how many ask for tokens")
	flag.IntVar(&p.connections, "connections", 32, "connections that ask at the same time")
	flag.IntVar(&p.rounds, "rounds", 3, "rounds, in which the two take turns")
	flag.DurationVar(&p.round, "round", 4*time.Second, "length of a turn")
	flag.StringVar(&p.postgres, "postgres", "", "URL of an empty PostgreSQL database, to measure on that engine too")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := p.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (p plan) run(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "latchkey-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := build(ctx, folder); err != nil {
		return err
	}
	databases := []string{filepath.Join(folder, "latchkey.db")}
	if p.postgres != "" {
		databases = append(databases, p.postgres)
	}
	for _, database := range databases {
		if err := p.measure(ctx, folder, database); err != nil {
			return err
		}
	}
	return nil
}

// measure compares what programs ask for over one database, and then looks at the
// table page.
func (p plan) measure(ctx context.Context, folder, database string) error {
	fmt.Printf("\n%s, %d applications\n", engine(database), p.applications)
	clients, err := p.seed(ctx, folder, database)
	if err != nil {
		return err
	}
	product, err := start(ctx, folder, "latchkey", latchkeyEnvironment(folder, database), "serve")
	if err != nil {
		return err
	}
	defer product.stop()
	bare, err := start(ctx, folder, "bare", nil, "-database", bareDatabase(folder, database))
	if err != nil {
		return err
	}
	defer bare.stop()

	if err := p.compare(ctx, product, bare, clients); err != nil {
		return err
	}
	tables, err := p.tables(ctx, product)
	if err != nil {
		return err
	}
	fmt.Printf("\n  the table of applications, 50 rows, 8 connections\n\n")
	report(tables)
	return nil
}

// alternate lets the two take turns, so that whatever else happens on the
// machine happens to both. A first turn of each warms up and is not counted.
func (p plan) alternate(ctx context.Context, product, bare *process, q question) (ours, theirs sample, err error) {
	for round := range p.rounds + 1 {
		for _, side := range []struct {
			process *process
			ask     func() []byte
			total   *sample
		}{{product, q.ours, &ours}, {bare, q.theirs, &theirs}} {
			length := p.round
			if round == 0 {
				length = time.Second
			}
			measured, err := side.process.load(ctx, p.connections, length, side.ask)
			if err != nil {
				return ours, theirs, fmt.Errorf("%s: %w", side.process.name, err)
			}
			if round > 0 {
				side.total.add(measured)
			}
		}
	}
	return ours, theirs, nil
}

// question is one kind of request in two programs.
type question struct {
	name         string
	ours, theirs func() []byte
}

// manyTokens are so many that none is remembered when its turn comes again.
const manyTokens = 10_000

// compare asks both programs for tokens, and then about tokens. The bare one
// answers about them in one way only: by the least that a check can do.
func (p plan) compare(ctx context.Context, product, bare *process, clients []client) error {
	ours, err := product.tokens(ctx, clients, manyTokens)
	if err != nil {
		return err
	}
	theirs, err := bare.tokens(ctx, clients, manyTokens)
	if err != nil {
		return err
	}
	questions := []question{{"token endpoint", tokenRequests(product.host, clients), tokenRequests(bare.host, clients)}}
	for _, some := range []struct {
		name   string
		number int
	}{{"tokens seen before, as a gateway sees them", 1_000}, {"each token as if for the first time", manyTokens}} {
		check := verifyRequests(bare.host, theirs[:some.number])
		questions = append(questions,
			question{"forward authentication, " + some.name, verifyRequests(product.host, ours[:some.number]), check},
			question{"introspection, " + some.name, introspectRequests(product.host, clients[0], ours[:some.number]), check})
	}
	for _, q := range questions {
		ours, theirs, err := p.alternate(ctx, product, bare, q)
		if err != nil {
			return err
		}
		fmt.Printf("\n  %s, %d connections, %d rounds of %v each, alternating\n\n", q.name, p.connections, p.rounds, p.round)
		report([]line{{"bare Echo, ES256, one look-up", theirs}, {"latchkey, everything on", ours}})
		fmt.Printf("\n    latchkey / bare: %.2f of the requests per second (goal 0.75), %.2f times the CPU per request\n",
			ours.rate()/theirs.rate(), ours.cpuPerRequest()/theirs.cpuPerRequest())
	}
	return nil
}

// tables measures the page as a person gets it and the fragment as htmx does.
func (p plan) tables(ctx context.Context, product *process) ([]line, error) {
	cookie, err := signIn(product.url)
	if err != nil {
		return nil, err
	}
	var lines []line
	for _, t := range []struct{ name, path, header string }{
		{"first page, whole", "/applications", ""},
		{"first page, fragment", "/applications", "HX-Request: true\r\nHX-Target: list\r\n"},
		{"newest sign-in first", "/applications?sortBy=lastLogin&sortOrder=desc", "HX-Request: true\r\nHX-Target: list\r\n"},
	} {
		request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n%s\r\n", t.path, product.host, cookie, t.header)
		always := func() []byte { return []byte(request) }
		if _, err := product.load(ctx, 8, time.Second, always); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		measured, err := product.load(ctx, 8, p.round, always)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		lines = append(lines, line{t.name, measured})
	}
	return lines, nil
}

type line struct {
	name   string
	sample sample
}

func report(lines []line) {
	fmt.Printf("    %-32s %10s %12s %9s %9s\n", "", "req/s", "CPU/req", "p50", "p99")
	for _, l := range lines {
		fmt.Printf("    %-32s %10.0f %9.0f us %6.2f ms %6.2f ms\n", l.name, l.sample.rate(), l.sample.cpuPerRequest()*1e6,
			l.sample.percentile(0.50).Seconds()*1e3, l.sample.percentile(0.99).Seconds()*1e3)
	}
}
