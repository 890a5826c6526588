package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Variable names a server to use instead of a throw-away one. Its user must be
// allowed to create databases; those of the tests begin with latchkey_test_.
const Variable = "LATCHKEY_TEST_POSTGRES"

// ErrNoServer says that there is no PostgreSQL here; its text says how to get
// one, for the sentence of a skipped test.
var ErrNoServer = errors.New("no PostgreSQL server to test with: install the server (apt-get install postgresql), or set " +
	Variable + "=postgres://user:password@host/postgres")

// Cluster is a running server.
type Cluster struct {
	address *url.URL // of a database to create others from
	stop    func() error
	prefix  string
	made    atomic.Int64
	// template is copied for each test; empty: template0.
	template string
}

// Start finds or starts a server. If prepare is not nil it is given the URL of
// a new database, and every test gets a copy of what it makes there. Stop must
// be called; the error is ErrNoServer if there is nothing to start.
func Start(ctx context.Context, prepare func(ctx context.Context, url string) error) (*Cluster, error) {
	c, err := find(ctx)
	if err != nil {
		return nil, err
	}
	c.prefix = fmt.Sprintf("latchkey_test_%d_", os.Getpid())
	if prepare == nil {
		return c, nil
	}
	if err := c.makeTemplate(ctx, prepare); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Stop stops a throw-away server and removes its folder.
func (c *Cluster) Stop() error {
	var err error
	if c.template != "" {
		err = c.run(context.Background(), "DROP DATABASE "+c.template+" WITH (FORCE)")
	}
	return errors.Join(err, c.stop())
}

// Database makes a database for one test and returns its URL.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	name := c.newName()
	if err := c.create(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := c.run(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return c.url(name)
}

// Empty makes a database that is no copy of the template.
func (c *Cluster) Empty(t testing.TB) string {
	t.Helper()
	bare := &Cluster{address: c.address, prefix: c.prefix + "empty_"}
	bare.made.Store(c.made.Add(1))
	return bare.Database(t)
}

func (c *Cluster) newName() string { return fmt.Sprintf("%s%d", c.prefix, c.made.Add(1)) }

func (c *Cluster) url(name string) string {
	u := *c.address
	u.Path = "/" + name
	return u.String()
}

func (c *Cluster) makeTemplate(ctx context.Context, prepare func(context.Context, string) error) error {
	name := c.prefix + "template"
	if err := c.create(ctx, name); err != nil {
		return err
	}
	c.template = name
	return prepare(ctx, c.url(name))
}

func (c *Cluster) create(ctx context.Context, name string) error {
	template := "template0"
	if c.template != "" {
		template = c.template
	}
	return c.run(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
}

// run runs a statement on the database that the server came with.
func (c *Cluster) run(ctx context.Context, statement string) error {
	db, err := sql.Open("pgx", c.address.String())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	if err != nil {
		err = fmt.Errorf("%s: %w", statement, err)
	}
	return errors.Join(err, db.Close())
}

func find(ctx context.Context) (*Cluster, error) {
	if address := os.Getenv(Variable); address != "" {
		u, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("%s is not a URL", Variable)
		}
		return &Cluster{address: u, stop: func() error { return nil }}, nil
	}
	folder, err := binaries()
	if err != nil {
		return nil, err
	}
	return startThrowAway(ctx, folder)
}

// binaries is the folder with initdb and postgres in it: Debian keeps them out
// of PATH, one folder for each version.
func binaries() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", ErrNoServer
	}
	// Two digits each, so that the last by name is the newest.
	return filepath.Dir(slices.Max(found)), nil
}

const (
	superuser     = "latchkey"
	startPatience = 60 * time.Second
)

// startThrowAway makes a cluster in a temporary folder and starts it, on a
// socket in that folder alone. The server refuses to be root, so root starts
// it as somebody else.
func startThrowAway(ctx context.Context, binaries string) (*Cluster, error) {
	folder, err := os.MkdirTemp("", "latchkey-pg-")
	if err != nil {
		return nil, err
	}
	remove := func() error { return os.RemoveAll(folder) }
	who, err := unprivileged(folder)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	data := filepath.Join(folder, "data")
	// A locale that sorts unlike bytes do: what relies on the default shows.
	initdb := exec.CommandContext(ctx, filepath.Join(binaries, "initdb"), "--pgdata", data, "--username", superuser,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--locale-provider", "icu", "--icu-locale", "en-US", "--no-sync")
	who.apply(initdb)
	initdb.Dir = folder
	if output, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(output)), remove())
	}
	// No flush: nobody pulls the plug of a test. TCP stays off.
	server := exec.Command(filepath.Join(binaries, "postgres"), "-D", data, "-k", folder,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB")
	who.apply(server)
	server.Dir = folder
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start postgres: %w", err), remove())
	}
	exited := make(chan error, 1)
	go func() { exited <- server.Wait() }()
	stop := func() error {
		// SIGINT is PostgreSQL's fast shutdown: it ends all connections.
		if err := server.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		<-exited
		return remove()
	}
	u := &url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/postgres", RawQuery: url.Values{"host": {folder}}.Encode()}
	c := &Cluster{address: u, stop: stop}
	if err := c.await(ctx, exited); err != nil {
		stopErr := stop() // and with it, writing to the log
		return nil, errors.Join(fmt.Errorf("postgres does not start: %w: %s", err, strings.TrimSpace(log.String())), stopErr)
	}
	return c, nil
}

// await waits until the server answers.
func (c *Cluster) await(ctx context.Context, exited chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := c.run(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case exit := <-exited:
			exited <- exit // for stop
			return fmt.Errorf("it exited: %w", exit)
		case <-ctx.Done():
			return err
		case <-again.C:
		}
	}
}
