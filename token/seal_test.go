package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"latchkey/token"
)

func testSealer(first byte) *token.Sealer { return token.NewSealer([32]byte{first, 1, 2, 3}) }

func TestSealedDataOpensOnlyInItsPlace(t *testing.T) {
	sealer, context := testSealer(7), []byte("signing key a")
	for _, plaintext := range [][]byte{nil, {0}, []byte("a private key"), make([]byte, 100_000)} {
		sealed, err := sealer.Seal(rand.Reader, plaintext, context)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := testSealer(7).Open(sealed, context)
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Fatalf("%d bytes do not come back after a restart: %v", len(plaintext), err)
		}
		if len(plaintext) > 1 && bytes.Contains(sealed, plaintext[:min(len(plaintext), 13)]) {
			t.Error("the plaintext is in the sealed bytes")
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	sealer, context := testSealer(7), []byte("signing key a")
	sealed, err := sealer.Seal(rand.Reader, []byte("a private key"), context)
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(name string, s *token.Sealer, b, c []byte) {
		t.Helper()
		if opened, err := s.Open(b, c); !errors.Is(err, token.ErrSealed) || opened != nil {
			t.Errorf("%s: got %q, %v", name, opened, err)
		}
	}
	refuse("another key file", testSealer(8), sealed, context)
	refuse("another context", sealer, sealed, []byte("signing key b"))
	refuse("no context", sealer, sealed, nil)
	for n := range sealed {
		refuse(fmt.Sprintf("cut to %d bytes", n), sealer, sealed[:n], context)
		changed := bytes.Clone(sealed)
		changed[n] ^= 1
		refuse(fmt.Sprintf("byte %d changed", n), sealer, changed, context)
	}
	refuse("one byte more", sealer, append(bytes.Clone(sealed), 0), context)
}

func TestSealingTwiceDiffers(t *testing.T) {
	sealer := testSealer(7)
	a, errA := sealer.Seal(rand.Reader, []byte("same"), nil)
	b, errB := sealer.Seal(rand.Reader, []byte("same"), nil)
	if errA != nil || errB != nil || bytes.Equal(a, b) {
		t.Errorf("the same plaintext gives the same sealed bytes: %v %v", errA, errB)
	}
	if _, err := sealer.Seal(iotest.ErrReader(io.ErrClosedPipe), []byte("x"), nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("sealed without randomness: %v", err)
	}
}

func TestDerivedKeys(t *testing.T) {
	sealer := testSealer(7)
	cookie := sealer.Derive("session cookie")
	if len(cookie) != 32 {
		t.Fatalf("derived %d bytes", len(cookie))
	}
	if !bytes.Equal(cookie, testSealer(7).Derive("session cookie")) {
		t.Error("another replica derives another key")
	}
	if bytes.Equal(cookie, sealer.Derive("session cookie 2")) || bytes.Equal(cookie, testSealer(8).Derive("session cookie")) {
		t.Error("purposes or key files share a key")
	}
}

func TestFingerprint(t *testing.T) {
	a := testSealer(7).Fingerprint()
	if len(a) != 16 || a != testSealer(7).Fingerprint() {
		t.Errorf("fingerprint %q is not stable", a)
	}
	if a == testSealer(8).Fingerprint() {
		t.Error("two key files have the same fingerprint")
	}
}

// What is sealed under a key file today must open with every later version. If this fails, the construction changed:
// give it another version byte and keep this one readable.
func TestSealedFormatIsStable(t *testing.T) {
	const fingerprint, derived, sealed = "cd2ed8626890e16e", "81aa72a6e40020e95ee09f182ca500ae2ecf50dc3685e32b14d79eeb2a11bdb5", "01000000000000000000000000ea6675c95401141f803b963895e844ae661772042d"
	sealer := testSealer(7)
	if got := sealer.Fingerprint(); got != fingerprint {
		t.Errorf("fingerprint %s", got)
	}
	if got := fmt.Sprintf("%x", sealer.Derive("session cookie")); got != derived {
		t.Errorf("derived %s", got)
	}
	zeroes := bytes.NewReader(make([]byte, 12))
	got, err := sealer.Seal(zeroes, []byte("hello"), []byte("ctx"))
	if err != nil || fmt.Sprintf("%x", got) != sealed {
		t.Errorf("sealed %x, %v", got, err)
	}
}

func TestSealersAndSigningKeysDoNotLeak(t *testing.T) {
	root := [32]byte([]byte("0123456789abcdefghijklmnopqrstuv"))
	sealer := token.NewSealer(root)
	type hidden struct {
		sealer *token.Sealer
		key    *token.SigningKey
	}
	for _, alg := range algorithms {
		key := newKey(t, alg)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			if got := fmt.Sprintf(verb, sealer); got != sealer.String() {
				t.Errorf("sealer with %s prints %s", verb, got)
			}
			if got := fmt.Sprintf(verb, key); got != key.String() {
				t.Errorf("%s key with %s prints %s", alg, verb, got)
			}
			// fmt cannot call methods here and falls back on addresses and public parts.
			shown := fmt.Sprintf(verb, hidden{sealer, key})
			for _, secret := range secretsOf(t, root, key) {
				if strings.Contains(shown, secret) {
					t.Errorf("unexported fields of %s with %s print %s", alg, verb, shown)
				}
			}
		}
		var logged bytes.Buffer
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "key", key, "in", struct{ K *token.SigningKey }{key}, "sealer", sealer)
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "key", key, "in", struct{ K *token.SigningKey }{key}, "sealer", sealer)
		if got := logged.String(); len(got) > 800 || strings.Contains(got, "0123456789abcdef") {
			t.Errorf("logged %s", got)
		}
		marshalled, err := json.Marshal([]any{key, sealer})
		if want := fmt.Sprintf(`[{"ID":%q,"Algorithm":%q},{}]`, key.ID, alg); err != nil || string(marshalled) != want {
			t.Errorf("marshalled as %s, %v", marshalled, err)
		}
	}
}

// secretsOf returns pieces of the key file and of the private key in the forms that fmt could print them in.
func secretsOf(t *testing.T, root [32]byte, key *token.SigningKey) []string {
	t.Helper()
	secret := root[:8]
	secrets := []string{string(secret), fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprint(secret), "[]")}
	switch private := parsePKCS8(t, key).(type) {
	case *ecdsa.PrivateKey:
		scalar, err := private.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, new(big.Int).SetBytes(scalar).String(), fmt.Sprintf("%x", scalar))
	case *rsa.PrivateKey:
		secrets = append(secrets, private.D.String(), private.Primes[0].String(), fmt.Sprintf("%x", private.Primes[0]))
	case ed25519.PrivateKey:
		seed := private[:8]
		secrets = append(secrets, strings.Trim(fmt.Sprint([]byte(seed)), "[]"), fmt.Sprintf("%x", []byte(seed)))
	default:
		t.Fatalf("no secrets known of a %T", private)
	}
	return secrets
}

func TestKeyFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.key")
	first, created, err := token.LoadOrCreateKeyFile(path, rand.Reader)
	if err != nil || !created {
		t.Fatalf("first start: created %v, %v", created, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 || info.Size() != 32 {
		t.Errorf("the file is %v with %d bytes", info.Mode(), info.Size())
	}
	second, created, err := token.LoadOrCreateKeyFile(path, rand.Reader)
	if err != nil || created || second.Fingerprint() != first.Fingerprint() {
		t.Errorf("second start: created %v, %v, another key: %v", created, err, second.Fingerprint() != first.Fingerprint())
	}
	third, err := token.LoadKeyFile(path)
	if err != nil || third.Fingerprint() != first.Fingerprint() {
		t.Errorf("LoadKeyFile: %v", err)
	}
	onlyFile(t, path)
}

// onlyFile fails if a draft was left beside the key file.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestProcessesThatStartTogetherShareOneKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.key")
	const processes = 16
	fingerprints, makers := make([]string, processes), make([]bool, processes)
	var group sync.WaitGroup
	for i := range processes {
		group.Go(func() {
			sealer, created, err := token.LoadOrCreateKeyFile(path, rand.Reader)
			if err != nil {
				t.Error(err)
				return
			}
			fingerprints[i], makers[i] = sealer.Fingerprint(), created
		})
	}
	group.Wait()
	made := 0
	for i := range processes {
		if fingerprints[i] != fingerprints[0] {
			t.Error("two processes hold different keys")
		}
		if makers[i] {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d processes say that they made the file", made)
	}
	onlyFile(t, path)
}

func TestKeyFileRefused(t *testing.T) {
	content := make([]byte, 32)
	for name, test := range map[string]struct {
		content []byte
		mode    os.FileMode
		want    error
		says    string
	}{
		"group may read":     {content, 0o640, token.ErrKeyFileExposed, "chmod 600 "},
		"all may read":       {content, 0o644, token.ErrKeyFileExposed, "chmod 600 "},
		"group may write":    {content, 0o620, token.ErrKeyFileExposed, "chmod 600 "},
		"all may execute":    {content, 0o601, token.ErrKeyFileExposed, "chmod 600 "},
		"empty":              {nil, 0o600, token.ErrKeyFileDamaged, "32 bytes"},
		"one byte short":     {content[:31], 0o600, token.ErrKeyFileDamaged, "32 bytes"},
		"one byte more":      {append(content, '\n'), 0o600, token.ErrKeyFileDamaged, "32 bytes"},
		"a megabyte":         {make([]byte, 1<<20), 0o600, token.ErrKeyFileDamaged, "32 bytes"},
		"hexadecimal digits": {bytes.Repeat([]byte("0f"), 32), 0o600, token.ErrKeyFileDamaged, "32 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "latchkey.key")
			if err := os.WriteFile(path, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil { // after the fact: the umask does not apply
				t.Fatal(err)
			}
			_, created, err := token.LoadOrCreateKeyFile(path, rand.Reader)
			if !errors.Is(err, test.want) || created {
				t.Fatalf("created %v, %v", created, err)
			}
			if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("the sentence does not say what to do: %v", err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, test.content) {
				t.Error("a refused file was changed")
			}
		})
	}
}

func TestReadOnlyKeyFileIsFine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.key")
	if err := os.WriteFile(path, make([]byte, 32), 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := token.LoadKeyFile(path); err != nil {
		t.Error(err)
	}
}

func TestKeyFileElsewhere(t *testing.T) {
	folder := t.TempDir()
	if _, err := token.LoadKeyFile(filepath.Join(folder, "none.key")); !errors.Is(err, token.ErrKeyFileMissing) {
		t.Errorf("missing file: %v", err)
	}
	if _, _, err := token.LoadOrCreateKeyFile(filepath.Join(folder, "no", "such", "folder"), rand.Reader); err == nil {
		t.Error("made a file in a folder that is not there")
	}
	if _, _, err := token.LoadOrCreateKeyFile(folder, rand.Reader); !errors.Is(err, token.ErrKeyFileDamaged) {
		t.Errorf("a folder as the key file: %v", err)
	}
	path := filepath.Join(folder, "dry.key")
	if _, _, err := token.LoadOrCreateKeyFile(path, iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("without randomness: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made without randomness")
	}
}
