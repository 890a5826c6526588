package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestPasswordPolicy(t *testing.T) {
	tests := []struct{ password, says string }{
		{"my cat naps on the warm server", ""},
		{"seven quiet herons wade upstream", ""},
		{"  fifteen chars  ", ""},
		{"пятнадцать букв!", ""},
		{"тише едешь — дальше будешь", ""},
		{"🐢🐌🦥🐇🦔🐿🦫🐁🐀🦡🦦🦨🦘🐄🐎", ""},
		{strings.Repeat("gulls over Bergen ", 4), ""}, // 72 characters: at least 64 are accepted
		{strings.Repeat("gulls over Bergen ", 14) + "fog!", ""},
		{strings.Repeat("gulls over Bergen ", 14) + "fog!!", "256 are the most"},
		{"", "at least 15"},
		{"fourteen chars", "at least 15"},
		{"aaaaaaaaaaaaaaaaaa", "repeats"},
		{"abc abc abc abc abc", "repeats"},
		{"123456789012345678", "row of"},
		{"abcdefghijklmnopqr", "row of"},
		{"9876543210987654", "row of"},
		{"passwordpassword", "guessers"},
		{"Password-2026-Password", "guessers"},
		{"Latchkey-Console-2026!", "guessers"},
		{"correcthorsebatterystaple", "guessers"},
		{"correct horse battery staple", "guessers"},
		{"qwertyuiopasdfghjkl", "guessers"},
		{"ines.halvorsen2026", "guessers"},
		{"administrator1234567890", "guessers"},
		{"\xff\xfe long enough otherwise", "UTF-8"},
	}
	for _, tt := range tests {
		got := checkPassword(tt.password, "ines.halvorsen@example.com")
		if (got == "") != (tt.says == "") || !strings.Contains(got, tt.says) {
			t.Errorf("%q: %q, want %q", tt.password, got, tt.says)
		}
	}
}

func TestPasswordHash(t *testing.T) {
	p := newPasswords(rand.Reader, presentCost())
	const password = "seven quiet herons wade upstream"
	encoded, err := p.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s", encoded)
	}
	if other, _ := p.hash(t.Context(), password); other == encoded {
		t.Error("two hashes have one salt")
	}
	composed, _ := p.hash(t.Context(), "Café au lait, s'il vous plaît")
	weak := encodeHash(argon2Cost{memory: 64, passes: 1, threads: 1}, make([]byte, saltLen), weakSum(t, p, password))

	tests := []struct {
		name, password, encoded string
		matches, outdated       bool
	}{
		{"right", password, encoded, true, false},
		{"wrong", password + " ", encoded, false, false},
		{"empty", "", encoded, false, false},
		{"typed on another keyboard", "Cafe\u0301 au lait, s'il vous plai\u0302t", composed, true, false},
		{"weaker than today's", password, weak, true, true},
		{"wrong, weaker than today's", "x", weak, false, false},
		{"nobody's", password, "", false, false},
	}
	for _, tt := range tests {
		matches, outdated, err := p.verify(t.Context(), tt.password, tt.encoded)
		if err != nil || matches != tt.matches || outdated != tt.outdated {
			t.Errorf("%s: matches %v, outdated %v, %v", tt.name, matches, outdated, err)
		}
	}
	for _, damaged := range []string{
		"x", "$argon2id$v=19$m=19456,t=2,p=1$$", "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AA",
		strings.Replace(encoded, "m=19456", "m=4000000000", 1), strings.Replace(encoded, "t=2", "t=0", 1), encoded[:len(encoded)-4],
	} {
		if matches, _, err := p.verify(t.Context(), password, damaged); err == nil || matches {
			t.Errorf("%q is read: %v", damaged, matches)
		}
	}
}

func weakSum(t *testing.T, p *passwords, password string) []byte {
	t.Helper()
	sum, err := p.derive(t.Context(), password, make([]byte, saltLen), argon2Cost{memory: 64, passes: 1, threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestHashingIsBounded(t *testing.T) {
	p := newPasswords(rand.Reader, argon2Cost{memory: 64, passes: 1, threads: 1})
	if cap(p.slots) > maxHashers {
		t.Errorf("%d hash at once, want at most %d", cap(p.slots), maxHashers)
	}
	// Who does not want to wait can leave.
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.hash(ctx, "x"); err == nil {
		t.Error("it hashed without a slot")
	}
	for range cap(p.slots) {
		<-p.slots
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if _, err := p.hash(t.Context(), fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
