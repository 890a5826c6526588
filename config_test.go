package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestServingIsCheckedBeforeAnythingStarts(t *testing.T) {
	loopback := Serving{Listen: "127.0.0.1:8080"}
	with := func(change func(*Serving)) Serving {
		s := loopback
		change(&s)
		return s
	}
	for _, tt := range []struct {
		name    string
		serving Serving
		refused string // a part of the sentence; empty if it is fine
	}{
		{"the default", loopback, ""},
		{"localhost by name", Serving{Listen: "localhost:8080"}, ""},
		{"loopback in IPv6", Serving{Listen: "[::1]:8080"}, ""},
		{"another loopback", Serving{Listen: "127.8.8.8:8080"}, ""},
		{"loopback of IPv4 in IPv6", Serving{Listen: "[::ffff:127.0.0.1]:8080"}, ""},
		{"every address of IPv6", Serving{Listen: "[::]:8080", PublicURL: "http://localhost:8080"}, "refusing to serve plain HTTP"},
		{"a name that begins like loopback", Serving{Listen: "localhost.evil.test:8080"}, "refusing to serve plain HTTP"},
		{"no port", Serving{Listen: "127.0.0.1"}, "host:port"},
		{"every address in clear text", Serving{Listen: "0.0.0.0:8080", PublicURL: "http://127.0.0.1:8080"}, "refusing to serve plain HTTP"},
		{"every address without a name", Serving{Listen: ":8080"}, "needs LATCHKEY_PUBLIC_URL"},
		{"a network address in clear text", Serving{Listen: "10.0.0.4:8080"}, "refusing to serve plain HTTP"},
		{"a network address with TLS", Serving{Listen: "10.0.0.4:8443", TLSCert: "c", TLSKey: "k"}, ""},
		{"a network address behind a proxy with TLS", Serving{Listen: "10.0.0.4:8080", PublicURL: "https://keys.example", TrustedProxies: []string{"10.0.0.1"}}, ""},
		{"a network address behind a proxy without", Serving{Listen: "10.0.0.4:8080", TrustedProxies: []string{"10.0.0.1"}}, "refusing to serve plain HTTP"},
		{"a public name in clear text", with(func(s *Serving) { s.PublicURL = "http://keys.example" }), "use https"},
		{"https that nobody ends", with(func(s *Serving) { s.PublicURL = "https://keys.example" }), "nothing here ends TLS"},
		{"http with a certificate", with(func(s *Serving) { s.PublicURL, s.TLSCert, s.TLSKey = "http://localhost", "c", "k" }), "write it with https"},
		{"a public URL with a path", with(func(s *Serving) { s.PublicURL = "http://localhost/console" }), "scheme and host alone"},
		{"a public URL with a password", with(func(s *Serving) { s.PublicURL = "http://a:b@localhost" }), "scheme and host alone"},
		{"a certificate without its key", with(func(s *Serving) { s.TLSCert = "c" }), "belong together"},
		{"an administrator without a password", with(func(s *Serving) { s.AdminEmail = "a@b.example" }), "belong together"},
		{"audiences", with(func(s *Serving) { s.Audiences = []string{"https://shop.example/api", "urn:example:shop"} }), ""},
		{"an audience that is no URI", with(func(s *Serving) { s.Audiences = []string{"https://shop.example", "shop"} }), `LATCHKEY_AUDIENCES has "shop"`},
		{"an audience with a fragment", with(func(s *Serving) { s.Audiences = []string{"https://shop.example/#"} }), "absolute URIs"},
		{"a proxy that is no network", with(func(s *Serving) { s.TrustedProxies = []string{"proxy.example"} }), "10.0.0.0/8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.serving.check()
			switch {
			case tt.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.refused != "" && err == nil:
				t.Error("was accepted")
			case tt.refused != "" && !strings.Contains(err.Error(), tt.refused):
				t.Errorf("the sentence is %q, without %q", err, tt.refused)
			}
		})
	}
}

func TestTheKeyFileStandsBesideTheDatabase(t *testing.T) {
	for _, tt := range []struct {
		storage Storage
		want    string
	}{
		{Storage{Database: "latchkey.db"}, "latchkey.key"},
		{Storage{Database: filepath.Join("var", "lib", "latchkey.db")}, filepath.Join("var", "lib", "latchkey.key")},
		{Storage{Database: "postgres://db.example/latchkey"}, "latchkey.key"},
		{Storage{Database: "latchkey.db", KeyFile: "/run/secrets/key"}, "/run/secrets/key"},
	} {
		if got := tt.storage.keyFile(); got != tt.want {
			t.Errorf("the key file of %q is %q, not %q", tt.storage.Database, got, tt.want)
		}
	}
}

func TestThePublicURLFollowsTheAddress(t *testing.T) {
	listening := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	for _, tt := range []struct {
		serving Serving
		want    string
	}{
		{Serving{Listen: "127.0.0.1:0"}, "http://127.0.0.1:4711"},
		{Serving{Listen: "localhost:0"}, "http://localhost:4711"},
		{Serving{Listen: "keys.example:0", TLSCert: "c"}, "https://keys.example:4711"},
		{Serving{Listen: "127.0.0.1:0", PublicURL: "https://keys.example/"}, "https://keys.example"},
	} {
		got, err := tt.serving.publicURL(listening)
		if err != nil || got.String() != tt.want {
			t.Errorf("the public URL of %+v is %v (%v), not %s", tt.serving, got, err, tt.want)
		}
	}
}
