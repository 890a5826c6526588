package web

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"time"
)

// Config is what the front door needs to know of its installation.
type Config struct {
	// PublicURL is where people and clients reach the server. Its scheme
	// decides about the cookie: https gives the __Host- prefix and Secure.
	PublicURL *url.URL
	// TLS says that the server itself speaks TLS.
	TLS bool
	// TrustedProxies are the peers whose X-Forwarded-For and X-Forwarded-Proto
	// count. Nobody else's are read.
	TrustedProxies []netip.Prefix

	Log    *slog.Logger
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // nil: crypto/rand

	// SessionKey keys the hash that sessions are stored under, so that whoever
	// can write to the database still cannot make a session for themselves.
	SessionKey []byte

	// Observe, if set, hears of each request that was answered: by the pattern of
	// its route, since its path could be anything, as could its method.
	Observe func(method, route string, status int, took time.Duration)

	// Limits may stay zero: each rate has a default.
	Limits Limits
	// Timeouts may stay zero: each has a default.
	Timeouts Timeouts
}

// Timeouts bound how long a client may keep a connection or a request busy
// (security.md 49).
type Timeouts struct {
	ReadHeader time.Duration // until the headers are in; 5 s
	Read       time.Duration // until the body is in; 15 s
	Write      time.Duration // until the answer is out; 30 s. Stream extends it
	Idle       time.Duration // between requests of a kept connection; 120 s
	Request    time.Duration // of the work itself, database included; 20 s. Stream lifts it
}

// What security.md 45 limits.
const (
	maxBodyBytes   = 64 << 10
	maxHeaderBytes = 16 << 10
)

func (c Config) withDefaults() Config {
	if c.PublicURL == nil {
		c.PublicURL = &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	c.Timeouts = c.Timeouts.withDefaults()
	c.Limits = c.Limits.withDefaults()
	return c
}

func (t Timeouts) withDefaults() Timeouts {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.ReadHeader, 5 * time.Second},
		{&t.Read, 15 * time.Second},
		{&t.Write, 30 * time.Second},
		{&t.Idle, 120 * time.Second},
		{&t.Request, 20 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return t
}

// secure reports whether browsers reach us over TLS.
func (c Config) secure() bool { return c.TLS || c.PublicURL.Scheme == "https" }
