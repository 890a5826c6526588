package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var metricsAddress = regexp.MustCompile(`"serving metrics","address":"([^"]+)"`)

// TestMetrics: what a process counts is told at an address of its own, and however
// many paths, methods and client ids strangers make up, there are not more series
// (security.md 53).
func TestMetrics(t *testing.T) {
	cfg := configIn(t.TempDir())
	cfg.MetricsListen, cfg.LogLevel, cfg.LogFormat = "127.0.0.1:0", "info", "json"
	var log logged
	console := serveTelling(t, cfg, &log)
	found := metricsAddress.FindStringSubmatch(log.String())
	if found == nil {
		t.Fatal("the log does not tell where the metrics are")
	}
	metrics := "http://" + found[1]

	stranger := func(i int) {
		random := fmt.Sprintf("made-up-%d", i)
		fetch(t, http.MethodGet, console.url+"/"+random, "")
		fetch(t, http.MethodGet, console.url+"/applications/"+random+"/rules", "")
		fetch(t, fmt.Sprintf("METHOD%d", i), console.url+"/api/v1/apps/"+random, "")
		fetch(t, http.MethodPost, console.url+"/api/v1/token", `{"grantType":"client_credentials","clientId":"`+random+`","clientSecret":"lk_x"}`)
		fetch(t, http.MethodPost, console.url+"/auth/realms/"+random+"/protocol/openid-connect/token", "grant_type=x")
	}
	stranger(0)
	before := series(t, metrics)
	for i := range 1000 {
		stranger(1 + i)
	}
	after := series(t, metrics)
	for name := range after {
		if _, known := before[name]; !known {
			t.Errorf("a new series: %s", name)
		}
		if strings.Contains(name, "made-up") {
			t.Errorf("a series holds what a stranger chose: %s", name)
		}
	}
	for _, name := range []string{
		`latchkey_tokens_issued_total`, `latchkey_tokens_refused_total{reason="malformed secret key"}`, `latchkey_sessions`,
		`latchkey_signing_key_age_seconds`, `latchkey_database_connections{pool="writer",state="idle"}`,
		`latchkey_http_request_duration_seconds_count{method="GET",route="/applications/:id/rules",status="3xx"}`, `go_goroutines`,
	} {
		if _, told := after[name]; !told {
			t.Errorf("%s is missing", name)
		}
	}
	for url, want := range map[string]int{
		console.url + "/metrics": http.StatusNotFound, metrics + "/metrics": http.StatusOK, metrics + "/": http.StatusNotFound,
		metrics + "/api/v1/token": http.StatusNotFound, metrics + "/debug/pprof/": http.StatusNotFound,
	} {
		if got, _ := fetch(t, http.MethodGet, url, ""); got != want {
			t.Errorf("%s: %d, want %d", url, got, want)
		}
	}
	if err := console.stop(); err != nil {
		t.Error(err)
	}
}

func TestAWrongAddressForMetricsIsTold(t *testing.T) {
	x := newTerminal(t)
	x.fails(exitWrongUsage, "LATCHKEY_METRICS_LISTEN", "serve", "--metrics-listen", "9464")
	x.fails(exitFailed, "LATCHKEY_METRICS_LISTEN", "serve", "--listen", "127.0.0.1:0", "--metrics-listen", "192.0.2.1:9464")
}

func fetch(t *testing.T, method, url, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(content)
}

// series are the names, labels included, and values.
func series(t *testing.T, metrics string) map[string]string {
	t.Helper()
	found := map[string]string{}
	_, text := fetch(t, http.MethodGet, metrics+"/metrics", "")
	for line := range strings.Lines(text) {
		if cut := strings.LastIndexByte(line, ' '); cut > 0 && !strings.HasPrefix(line, "#") {
			found[line[:cut]] = strings.TrimSpace(line[cut:])
		}
	}
	return found
}
