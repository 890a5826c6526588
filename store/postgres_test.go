package store

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/access"
)

func TestWhatPostgresSaysIsExplained(t *testing.T) {
	config, readers, err := parsePostgres("postgres://ann:secret@db.example.com:6543/latchkey?pool_max_conns=7&sslmode=disable")
	if err != nil || readers != 7 {
		t.Fatalf("%d readers (%v), want 7", readers, err)
	}
	tests := []struct {
		err  error
		want []string
	}{
		{&pgconn.PgError{Code: "28P01", Message: "password authentication failed"}, []string{"user ann", "password in LATCHKEY_DATABASE"}},
		{&pgconn.PgError{Code: "3D000"}, []string{"no database latchkey", "createdb latchkey"}},
		{&pgconn.PgError{Code: "53300"}, []string{"max_connections", "pool_max_conns"}},
		{&pgconn.PgError{Code: "57P03"}, []string{"try again"}},
		{fmt.Errorf("failed to connect:\n\t%w", errors.New("connection refused")), []string{"cannot reach", "connection refused", "check that it runs"}},
	}
	for _, test := range tests {
		got := explainConnection(test.err, config).Error()
		for _, want := range append(test.want, "db.example.com:6543") {
			if !strings.Contains(got, want) {
				t.Errorf("%q does not say %q", got, want)
			}
		}
		if strings.Contains(got, "\n") || strings.Contains(got, "secret") {
			t.Errorf("%q has a line break or the password", got)
		}
	}
}

// TestAServerAcrossTheNetworkIsVerified: nobody in between may read along, unless
// the URL allows it (security.md 58).
func TestAServerAcrossTheNetworkIsVerified(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	t.Setenv("PGHOST", "")
	for url, name := range map[string]string{
		"postgres://ann@db.example.com/latchkey":                 "db.example.com",
		"postgres://ann@10.0.0.5/latchkey":                       "10.0.0.5",
		"postgres:///latchkey?host=db.example.com":               "db.example.com",
		"postgres://ann@db.example.com/latchkey?sslmode=disable": "",
		"postgres://ann@localhost/latchkey":                      "",
		"postgres://ann@127.0.0.1/latchkey":                      "",
		"postgres://ann@[::1]:5433/latchkey":                     "",
		"postgres:///latchkey?host=/var/run/postgresql&user=ann": "",
	} {
		config, _, err := parsePostgres(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		verifies := name != ""
		if got := config.TLSConfig != nil && !config.TLSConfig.InsecureSkipVerify && config.TLSConfig.ServerName == name && len(config.Fallbacks) == 0; got != verifies {
			t.Errorf("%s is verified: %v, want %v", url, got, verifies)
		}
	}
}

func TestErrorsOfTheEnginesAreToldByTheirCodes(t *testing.T) {
	server := func(code string) error { return fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code}) }
	tests := []struct {
		err  error
		want error
	}{
		{server("23505"), access.ErrConflict},
		{server("23503"), access.ErrNotFound},
		{server("22021"), access.ErrInvalid},
		{server("53100"), access.ErrUnavailable}, // disk full
		{server("57P01"), access.ErrUnavailable}, // the server shuts down
		{server("40001"), access.ErrUnavailable},
		{server("25006"), access.ErrUnavailable},
		{io.ErrUnexpectedEOF, access.ErrUnavailable},
	}
	for _, test := range tests {
		if got := wrap(postgresDialect{}, test.err); !errors.Is(got, test.want) || !errors.Is(got, test.err) {
			t.Errorf("%v became %v, want %v with its cause", test.err, got, test.want)
		}
	}
	for _, plain := range []error{server("42601"), errors.New("disk full, says nobody")} {
		if got := wrap(postgresDialect{}, plain); got != plain {
			t.Errorf("%v became %v", plain, got)
		}
	}
}
