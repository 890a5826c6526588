package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/handlers"
	"latchkey/handlers/api"
	"latchkey/web"
)

// drainTime is how long requests that are under way may take to finish once
// the process was asked to stop.
const drainTime = 10 * time.Second

// run serves the console until ctx ends, then drains, writes what is gathered,
// and closes the database. Tests start it on port 0 and read the address from
// what it prints.
func run(ctx context.Context, cfg Config, stdout, stderr io.Writer) (err error) {
	if err := cfg.Serving.check(); err != nil {
		return usageError{err}
	}
	log := cfg.logger(stderr)
	listener, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	public, err := cfg.publicURL(listener.Addr())
	if err != nil {
		return err
	}
	inst, err := openInstallation(ctx, cfg.Storage, public.String(), log, cfg.Audiences...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inst.close()) }()

	if err := prepare(ctx, inst.service, cfg.Serving); err != nil {
		return err
	}
	metrics, stopMetrics, err := watch(ctx, inst, cfg.MetricsListen)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopMetrics()) }()
	server, err := newServer(inst, cfg.Serving, listener.Addr(), metrics)
	if err != nil {
		return err
	}
	if err := greet(ctx, inst.service, public.String(), stdout); err != nil {
		return err
	}
	log.Info("listening", "address", listener.Addr().String(), "url", public.String())
	return serveAndFlush(ctx, inst.service, server, listener, cfg.Serving, log)
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (%w): stop what uses it, or choose another with LATCHKEY_LISTEN", address, errors.Unwrap(err))
	}
	return web.LimitConnections(listener), nil
}

// prepare makes what has to exist before the first request.
func prepare(ctx context.Context, service *access.Service, cfg Serving) error {
	if err := service.PrepareSigningKeys(ctx); err != nil {
		return err
	}
	if cfg.AdminEmail == "" {
		return nil
	}
	return createFirstAdministrator(ctx, service, cfg.AdminEmail, cfg.AdminPasswordFile)
}

func createFirstAdministrator(ctx context.Context, service *access.Service, email, passwordFile string) error {
	needed, err := service.NeedsSetup(ctx)
	if err != nil || !needed {
		return err
	}
	password, err := readPasswordFile(passwordFile)
	if err != nil {
		return err
	}
	operator := access.LocalOperator("LATCHKEY_ADMIN_EMAIL")
	role, err := roleNamed(ctx, service, operator, administratorRole)
	if err != nil {
		return err
	}
	_, err = service.CreateUser(ctx, operator, access.NewUser{Email: email, Password: password, RoleID: role.ID})
	if errors.Is(err, access.ErrConflict) {
		return nil // another replica was told the same and came first
	}
	if err != nil {
		return fmt.Errorf("cannot make the first administrator of LATCHKEY_ADMIN_EMAIL: %w", err)
	}
	return nil
}

// readPasswordFile reads a password and drops the line break that editors and
// secret mounts leave behind it.
func readPasswordFile(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the password file: %w", err)
	}
	return strings.TrimRight(string(content), "\r\n"), nil
}

// watch serves metrics if there is an address for them; else they are nil.
func watch(ctx context.Context, inst *installation, address string) (m *metrics, stop func() error, err error) {
	if address == "" {
		return nil, func() error { return nil }, nil
	}
	m = newMetrics(inst)
	stop, err = serveMetrics(ctx, address, m, inst.log)
	return m, stop, err
}

func newServer(inst *installation, cfg Serving, listening net.Addr, m *metrics) (*http.Server, error) {
	public, err := cfg.publicURL(listening)
	if err != nil {
		return nil, err
	}
	proxies, err := cfg.proxies()
	if err != nil {
		return nil, err
	}
	server := web.New(web.Config{
		PublicURL:      public,
		TLS:            cfg.TLSCert != "",
		TrustedProxies: proxies,
		Log:            inst.log,
		Now:            inst.now,
		Random:         rand.Reader,
		SessionKey:     inst.sealer.Derive("session cookie"),
		Observe:        m.observe,
	}, inst.service, inst.store)
	handlers.Register(server, inst.service, handlers.Config{Now: inst.now, PublicURL: public.String()})
	api.Register(server, inst.service, api.Config{PublicURL: public.String()})
	return withCertificate(server.HTTPServer(), cfg)
}

// withCertificate loads the certificate before anything is promised, so that a
// wrong path is the first thing said and not the last.
func withCertificate(server *http.Server, cfg Serving) (*http.Server, error) {
	if cfg.TLSCert == "" {
		return server, nil
	}
	certificate, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("cannot use LATCHKEY_TLS_CERT with LATCHKEY_TLS_KEY: %w", err)
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	return server, nil
}

// greet prints where to go: on the first run the one-time set-up link, which
// is shown here and nowhere else.
func greet(ctx context.Context, service *access.Service, publicURL string, w io.Writer) error {
	needed, err := service.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if !needed {
		_, err = fmt.Fprintf(w, "Latchkey is ready: %s\n", publicURL)
		return err
	}
	secret, err := service.NewSetupLink(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, welcome, publicURL, secret)
	return err
}

const welcome = `
Latchkey is ready. Open this link to become its administrator:

    %s/setup?token=%s

It works once, for 60 minutes. Starting Latchkey again prints a new one.

`

// serveAndFlush runs the server and the background work. The server drains
// first and the background work ends after it, so that the uses of the last
// requests are written too.
func serveAndFlush(ctx context.Context, service *access.Service, server *http.Server, listener net.Listener, cfg Serving, log *slog.Logger) error {
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	finished := make(chan error, 1)
	go func() { finished <- service.Run(background) }()

	serveErr := serveUntil(ctx, server, listener, cfg, log)
	stopBackground()
	runErr := <-finished
	if errors.Is(runErr, context.Canceled) {
		runErr = nil
	}
	return errors.Join(serveErr, runErr)
}

func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, cfg Serving, log *slog.Logger) error {
	served := make(chan error, 1)
	go func() {
		if cfg.TLSCert != "" {
			served <- server.ServeTLS(listener, "", "")
			return
		}
		served <- server.Serve(listener)
	}()
	select {
	case err := <-served:
		return fmt.Errorf("the server stopped: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping: finishing the requests that are under way")
	return drain(ctx, server, log)
}

func drain(ctx context.Context, server *http.Server, log *slog.Logger) error {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := server.Shutdown(limited)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("some requests did not finish in time and were cut off", "after", drainTime.String())
		return server.Close()
	}
	return err
}
