package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"latchkey/access"
	"latchkey/store"
)

// metrics are what a process tells those who watch it, in the text format of
// Prometheus. No label holds what a stranger can choose, or who somebody is: there
// is one series for each route, method and status, and a few more.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(inst *installation) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "latchkey_http_request_duration_seconds", Help: "How long requests took, by the pattern of their route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"}),
	}
	m.registry.MustRegister(m.requests, vitals{inst}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe is a web.Config.Observe. It may be called on nil, which counts nothing.
func (m *metrics) observe(method, route string, status int, took time.Duration) {
	if m != nil {
		m.requests.WithLabelValues(method, route, fmt.Sprintf("%dxx", status/100)).Observe(took.Seconds())
	}
}

// vitals asks the service and the store anew for each look at the metrics.
type vitals struct{ inst *installation }

var (
	tokensIssued  = prometheus.NewDesc("latchkey_tokens_issued_total", "Access tokens that this process has issued.", nil, nil)
	tokensRefused = prometheus.NewDesc("latchkey_tokens_refused_total", "Requests for access tokens that this process has refused.", []string{"reason"}, nil)
	sessions      = prometheus.NewDesc("latchkey_sessions", "Sessions of the console that have not ended.", nil, nil)
	nextExpiry    = prometheus.NewDesc("latchkey_secret_key_next_expiry_seconds", "Seconds until the next secret key of an enabled application expires; not there if none does.", nil, nil)
	signingAge    = prometheus.NewDesc("latchkey_signing_key_age_seconds", "Seconds since the key that signs was made; it signs until it is replaced.", nil, nil)
	poolOpen      = prometheus.NewDesc("latchkey_database_connections", "Connections to the database.", []string{"pool", "state"}, nil)
	poolWaits     = prometheus.NewDesc("latchkey_database_waits_total", "How often a connection to the database had to be waited for.", []string{"pool"}, nil)
	poolWaitTime  = prometheus.NewDesc("latchkey_database_wait_seconds_total", "How long connections to the database were waited for.", []string{"pool"}, nil)
)

// Describe tells what Collect may find.
func (vitals) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{tokensIssued, tokensRefused, sessions, nextExpiry, signingAge, poolOpen, poolWaits, poolWaitTime} {
		to <- d
	}
}

// vitalsTime is how long a look may wait for the database.
const vitalsTime = 5 * time.Second

// Collect leaves out what the database does not tell in time: whoever watches
// shall see the rest even then.
func (v vitals) Collect(to chan<- prometheus.Metric) {
	for _, pool := range v.inst.store.Pools() {
		tellPool(to, pool)
	}
	ctx, cancel := context.WithTimeout(context.Background(), vitalsTime)
	defer cancel()
	found, err := v.inst.service.Vitals(ctx)
	if err != nil {
		v.inst.log.Warn("some metrics are missing", "error", err)
		return
	}
	tellVitals(to, found, v.inst.now())
}

func tellPool(to chan<- prometheus.Metric, pool store.Pool) {
	to <- prometheus.MustNewConstMetric(poolOpen, prometheus.GaugeValue, float64(pool.InUse), pool.Name, "in use")
	to <- prometheus.MustNewConstMetric(poolOpen, prometheus.GaugeValue, float64(pool.Open-pool.InUse), pool.Name, "idle")
	to <- prometheus.MustNewConstMetric(poolWaits, prometheus.CounterValue, float64(pool.Waits), pool.Name)
	to <- prometheus.MustNewConstMetric(poolWaitTime, prometheus.CounterValue, pool.WaitTime.Seconds(), pool.Name)
}

func tellVitals(to chan<- prometheus.Metric, found access.Vitals, now time.Time) {
	to <- prometheus.MustNewConstMetric(tokensIssued, prometheus.CounterValue, float64(found.TokensIssued))
	for reason, n := range found.TokensRefused {
		to <- prometheus.MustNewConstMetric(tokensRefused, prometheus.CounterValue, float64(n), reason)
	}
	to <- prometheus.MustNewConstMetric(sessions, prometheus.GaugeValue, float64(found.Sessions))
	if !found.NextKeyExpiry.IsZero() {
		to <- prometheus.MustNewConstMetric(nextExpiry, prometheus.GaugeValue, found.NextKeyExpiry.Sub(now).Seconds())
	}
	if !found.SigningKeySince.IsZero() {
		to <- prometheus.MustNewConstMetric(signingAge, prometheus.GaugeValue, now.Sub(found.SigningKeySince).Seconds())
	}
}

// serveMetrics serves /metrics, and nothing else, at an address of its own, until
// the function that it returns is called.
func serveMetrics(ctx context.Context, address string, m *metrics, log *slog.Logger) (stop func() error, err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s for metrics (%w): stop what uses it, or choose another with LATCHKEY_METRICS_LISTEN", address, errors.Unwrap(err))
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", "error", err)
		}
	}()
	log.Info("serving metrics", "address", listener.Addr().String())
	return server.Close, nil
}
