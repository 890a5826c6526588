package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"
)

// Config is everything that a running console is told from outside. The kong
// tags are the one place that names flags, variables, defaults and meanings.
type Config struct {
	Storage
	Serving
}

// Storage says where an installation keeps its things; every command needs it.
type Storage struct {
	Database  string `env:"LATCHKEY_DATABASE" default:"latchkey.db" placeholder:"FILE|URL" help:"A SQLite file, or a postgres:// URL (${default})."`
	KeyFile   string `env:"LATCHKEY_KEY_FILE" placeholder:"FILE" help:"The 32 bytes that encrypt signing keys; made at the first start (latchkey.key beside the SQLite file)."`
	LogFormat string `env:"LATCHKEY_LOG_FORMAT" enum:"auto,text,json" default:"auto" help:"text or json; auto is text on a terminal, else json."`
	LogLevel  string `env:"LATCHKEY_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error (${default})."`
}

// Serving says how the console is reached.
type Serving struct {
	Listen            string   `env:"LATCHKEY_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on (${default})."`
	PublicURL         string   `env:"LATCHKEY_PUBLIC_URL" placeholder:"URL" help:"How browsers and clients reach it: issuer of tokens, base of links (http://LISTEN)."`
	TLSCert           string   `env:"LATCHKEY_TLS_CERT" placeholder:"FILE" help:"Certificate chain in PEM; serves TLS."`
	TLSKey            string   `env:"LATCHKEY_TLS_KEY" placeholder:"FILE" help:"Private key of the certificate in PEM."`
	TrustedProxies    []string `env:"LATCHKEY_TRUSTED_PROXIES" placeholder:"CIDR" help:"Proxies whose forwarded headers count, separated by commas."`
	Audiences         []string `env:"LATCHKEY_AUDIENCES" placeholder:"URI" help:"Whom tokens can be made for besides this API, by resource or audience; absolute URIs, separated by commas."`
	MetricsListen     string   `env:"LATCHKEY_METRICS_LISTEN" placeholder:"HOST:PORT" help:"Address to serve /metrics on, for Prometheus; without it there are none."`
	AdminEmail        string   `env:"LATCHKEY_ADMIN_EMAIL" placeholder:"EMAIL" help:"Make this the first administrator, if there is none."`
	AdminPasswordFile string   `env:"LATCHKEY_ADMIN_PASSWORD_FILE" placeholder:"FILE" help:"File that holds the first administrator's password."`
}

const keyFileName = "latchkey.key"

// onPostgreSQL reports whether the database is a server rather than a file.
func (s Storage) onPostgreSQL() bool {
	return strings.HasPrefix(s.Database, "postgres://") || strings.HasPrefix(s.Database, "postgresql://")
}

// keyFile is the configured path, or else beside the SQLite file, or else in
// the working directory.
func (s Storage) keyFile() string {
	switch {
	case s.KeyFile != "":
		return s.KeyFile
	case s.onPostgreSQL():
		return keyFileName
	default:
		return filepath.Join(filepath.Dir(s.Database), keyFileName)
	}
}

// logger writes to w in the configured form.
func (s Storage) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "text" || (s.LogFormat != "json" && isTerminal(w)) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// check finds what could only go wrong later, or quietly. Each error is a
// sentence that says what to do.
func (s Serving) check() error {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return fmt.Errorf("LATCHKEY_LISTEN is %q: write it as host:port, such as 127.0.0.1:8080", s.Listen)
	}
	if _, _, err := net.SplitHostPort(s.MetricsListen); s.MetricsListen != "" && err != nil {
		return fmt.Errorf("LATCHKEY_METRICS_LISTEN is %q: write it as host:port, such as 127.0.0.1:9464", s.MetricsListen)
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return errors.New("LATCHKEY_TLS_CERT and LATCHKEY_TLS_KEY belong together: set both or neither")
	}
	if (s.AdminEmail == "") != (s.AdminPasswordFile == "") {
		return errors.New("LATCHKEY_ADMIN_EMAIL and LATCHKEY_ADMIN_PASSWORD_FILE belong together: set both or neither")
	}
	if _, err := s.proxies(); err != nil {
		return err
	}
	if err := s.checkAudiences(); err != nil {
		return err
	}
	if err := s.checkPublicURL(host); err != nil {
		return err
	}
	return s.checkPlainHTTP(host)
}

// checkAudiences wants what RFC 8707 section 2 wants of a resource: an absolute
// URI without a fragment. Anything else could never be asked for.
func (s Serving) checkAudiences() error {
	for _, audience := range s.Audiences {
		u, err := url.Parse(audience)
		if err != nil || !u.IsAbs() || strings.Contains(audience, "#") || strings.ContainsFunc(audience, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fmt.Errorf("LATCHKEY_AUDIENCES has %q: write absolute URIs such as https://shop.example.com/api, separated by commas", audience)
		}
	}
	return nil
}

func (s Serving) checkPublicURL(listenHost string) error {
	if s.PublicURL == "" {
		if isWildcard(listenHost) {
			return errors.New("listening on every address needs LATCHKEY_PUBLIC_URL, such as https://latchkey.example.com")
		}
		return nil
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("LATCHKEY_PUBLIC_URL is %q: write it as scheme and host alone, such as https://latchkey.example.com", s.PublicURL)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return errors.New("LATCHKEY_PUBLIC_URL is plain http on a public host, where browsers refuse secure cookies and the clipboard: use https")
	}
	if u.Scheme == "https" && s.TLSCert == "" && len(s.TrustedProxies) == 0 {
		return errors.New("LATCHKEY_PUBLIC_URL is https, but nothing here ends TLS: set LATCHKEY_TLS_CERT and LATCHKEY_TLS_KEY, or list the proxy that does in LATCHKEY_TRUSTED_PROXIES")
	}
	if u.Scheme == "http" && s.TLSCert != "" {
		return errors.New("LATCHKEY_PUBLIC_URL is http although a certificate is set: write it with https")
	}
	return nil
}

// checkPlainHTTP refuses passwords and keys in clear text on a network. A
// listed proxy in front may end TLS; then the public URL is https.
func (s Serving) checkPlainHTTP(host string) error {
	behindProxy := len(s.TrustedProxies) > 0 && strings.HasPrefix(s.PublicURL, "https://")
	if isLoopback(host) || s.TLSCert != "" || behindProxy {
		return nil
	}
	return fmt.Errorf("refusing to serve plain HTTP on %s, where others can read passwords and keys: set LATCHKEY_TLS_CERT and LATCHKEY_TLS_KEY, "+
		"or LATCHKEY_TRUSTED_PROXIES with an https LATCHKEY_PUBLIC_URL, or listen on 127.0.0.1", s.Listen)
}

// proxies reads the list of trusted proxies; a single address is a prefix of
// its full length.
func (s Serving) proxies() ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range s.TrustedProxies {
		prefix, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("LATCHKEY_TRUSTED_PROXIES has %q: write networks as 10.0.0.0/8, separated by commas", text)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		return prefix.Masked(), err
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}

// publicURL is how the console is reached, once the address that it really
// listens on is known (port 0 asks the system to choose one).
func (s Serving) publicURL(listening net.Addr) (*url.URL, error) {
	if s.PublicURL != "" {
		return url.Parse(strings.TrimRight(s.PublicURL, "/"))
	}
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return nil, err
	}
	scheme := "http"
	if s.TLSCert != "" {
		scheme = "https"
	}
	return &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, port)}, nil
}

func isWildcard(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "" || (err == nil && address.IsUnspecified())
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
