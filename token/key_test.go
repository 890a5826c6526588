package token_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"latchkey/token"
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func mintKey(t testing.TB) token.Key {
	t.Helper()
	key, err := token.MintKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSecretShape(t *testing.T) {
	const minted = 100_000
	shape := regexp.MustCompile("^" + token.KeyPattern + "$")
	seen := make(map[string]bool, minted)
	for i := range minted {
		text := mintKey(t).Reveal()
		if seen[text] {
			t.Fatal("the same key was minted twice")
		}
		seen[text] = true
		if !shape.MatchString(text) {
			t.Fatalf("key %d does not match KeyPattern", i)
		}
		if got := checksumOf(text[:46]); text[46:] != got {
			t.Fatalf("key %d ends in %s, its CRC-32 is %s", i, text[46:], got)
		}
		if _, err := token.ParseKey(text); err != nil {
			t.Fatalf("key %d is refused: %v", i, err)
		}
	}
}

// checksumOf computes the six base62 digits in another way than the code does.
func checksumOf(s string) string {
	n, base := new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(s)))), big.NewInt(62)
	digits := make([]byte, 6)
	for i := 5; i >= 0; i-- {
		digit := new(big.Int)
		n.DivMod(n, base, digit)
		digits[i] = base62[digit.Int64()]
	}
	return string(digits)
}

func TestOneWrongCharacterIsNoticed(t *testing.T) {
	for range 20 {
		text := mintKey(t).Reveal()
		for i := range text {
			for _, other := range base62 + "_-é " {
				if rune(text[i]) == other {
					continue
				}
				typo := text[:i] + string(other) + text[i+1:]
				if _, err := token.ParseKey(typo); !errors.Is(err, token.ErrMalformedKey) {
					t.Fatalf("a key with %q at %d was accepted", other, i)
				}
			}
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	good := mintKey(t).Reveal()
	swapped := []byte(good)
	for i := 10; swapped[i] == swapped[i+1]; i++ {
		swapped[i+2] = '-'
	}
	swapped[10], swapped[11] = swapped[11], swapped[10]
	for name, text := range map[string]string{
		"nothing":                "",
		"only the prefix":        "lk_",
		"cut short":              good[:len(good)-1],
		"one character more":     good + "0",
		"trailing newline":       good + "\n",
		"leading space":          " " + good,
		"capital prefix":         "LK_" + good[3:],
		"other prefix":           "lx_" + good[3:],
		"neighbours swapped":     string(swapped),
		"right length, no key":   strings.Repeat("x", len(good)),
		"a UUID":                 "0193594f-3c5a-7c3b-9d1e-5f2b8a7c6d01",
		"NUL inside":             good[:20] + "\x00" + good[21:],
		"a megabyte":             strings.Repeat(good, 20_000),
		"checksum of all zeroes": good[:46] + "000000",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := token.ParseKey(text)
			if !errors.Is(err, token.ErrMalformedKey) {
				t.Fatalf("got %v, want ErrMalformedKey", err)
			}
			if len(text) > 8 && strings.Contains(err.Error(), text[3:]) {
				t.Error("the message quotes what was presented")
			}
		})
	}
}

// Each character must be equally likely, or the key carries fewer bits than it seems to. With 430,000 draws each of the 62
// is expected 6,935 times with a standard deviation of 83; ten of them is never reached by chance, and a plain remainder of
// a byte would miss by twenty.
func TestKeyCharactersAreEquallyLikely(t *testing.T) {
	const keys = 10_000
	counts := map[byte]int{}
	for range keys {
		for _, c := range []byte(mintKey(t).Reveal()[3:46]) {
			counts[c]++
		}
	}
	expected := keys * 43 / len(base62)
	for _, c := range []byte(base62) {
		if off := counts[c] - expected; off > 830 || off < -830 {
			t.Errorf("%q was drawn %d times, expected about %d", c, counts[c], expected)
		}
	}
}

func TestMintingFailsWithoutRandomness(t *testing.T) {
	dry := iotest.ErrReader(io.ErrUnexpectedEOF)
	if _, err := token.MintKey(dry); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("MintKey: got %v", err)
	}
	if _, err := token.MintTokenID(dry); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("MintTokenID: got %v", err)
	}
	soonDry := io.LimitReader(rand.Reader, 16)
	if _, err := token.MintKey(soonDry); err == nil {
		t.Error("a key was minted from 16 bytes")
	}
}

func TestKeyHash(t *testing.T) {
	key := mintKey(t)
	if want := token.KeyHash(sha256.Sum256([]byte(key.Reveal()))); !key.Hash().Equal(want) {
		t.Error("the hash is not the SHA-256 of the whole text")
	}
	again, err := token.ParseKey(key.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if !again.Hash().Equal(key.Hash()) {
		t.Error("the same key has two hashes")
	}
	if mintKey(t).Hash().Equal(key.Hash()) {
		t.Error("two keys have the same hash")
	}
	hash := key.Hash()
	stored, err := token.KeyHashFromBytes(hash[:])
	if err != nil || !stored.Equal(hash) {
		t.Errorf("a stored hash reads back as another: %v", err)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := token.KeyHashFromBytes(make([]byte, n)); err == nil {
			t.Errorf("%d bytes were taken for a hash", n)
		}
	}
}

func TestEndsIn(t *testing.T) {
	key := mintKey(t)
	if text := key.Reveal(); key.EndsIn() != text[48:] {
		t.Errorf("EndsIn is %q of %q", key.EndsIn(), text)
	}
	var none token.Key
	if none.EndsIn() != "" || none.Reveal() != "" {
		t.Error("the zero key has a text")
	}
}

// A key and its hash are printed, logged and marshalled in every way that an unlucky line of code could.
func TestKeysDoNotLeak(t *testing.T) {
	key := mintKey(t)
	hash := key.Hash()
	secrets := []string{
		key.Reveal()[3:20], // less than all, to notice a leak of a part
		hex.EncodeToString([]byte(key.Reveal()[3:20])),
		hex.EncodeToString(hash[:8]),
		strings.Trim(fmt.Sprint([]byte(hash[:8])), "[]"),
	}
	for way, shown := range everyWayToShow(t, key, hash) {
		for _, secret := range secrets {
			if strings.Contains(strings.ToLower(shown), strings.ToLower(secret)) {
				t.Errorf("%s shows %s", way, shown)
			}
		}
	}
	if got, want := fmt.Sprint(key), "lk_…"+key.EndsIn(); got != want {
		t.Errorf("printed as %q, want %q", got, want)
	}
}

func everyWayToShow(t *testing.T, key token.Key, hash token.KeyHash) map[string]string {
	t.Helper()
	type exported struct {
		Key  token.Key
		Hash token.KeyHash
		Ref  *token.Key
	}
	type hidden struct{ key token.Key }
	ways := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%t", "%99v"} {
		ways["key "+verb] = fmt.Sprintf(verb, key)
		ways["hash "+verb] = fmt.Sprintf(verb, hash)
		ways["struct "+verb] = fmt.Sprintf(verb, exported{key, hash, &key})
		ways["pointer "+verb] = fmt.Sprintf(verb, &exported{key, hash, &key})
		ways["unexported field "+verb] = fmt.Sprintf(verb, hidden{key})
		ways["slice "+verb] = fmt.Sprintf(verb, []token.Key{key})
	}
	ways["error"] = fmt.Errorf("refused %v: %w", key, token.ErrMalformedKey).Error()
	ways["JSON"] = marshal(t, map[string]any{"v": exported{key, hash, &key}, "h": hidden{key}, "list": []any{key, hash}})
	ways["GoString"], ways["String"] = key.GoString(), key.String()+hash.String()
	inXML, err := xml.Marshal(exported{key, hash, &key})
	if err != nil {
		t.Fatal(err)
	}
	ways["XML"] = string(inXML)
	var logged bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&logged, nil), slog.NewTextHandler(&logged, nil)} {
		slog.New(handler).Info("made", "key", key, "ref", &key, "hash", hash, "struct", exported{key, hash, &key}, "hidden", hidden{key})
	}
	ways["log"] = logged.String()
	return ways
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTokenIDs(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9A-Za-z]{22}$`)
	seen := map[string]bool{}
	for range 10_000 {
		id, err := token.MintTokenID(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !shape.MatchString(id) || seen[id] {
			t.Fatalf("%q is malformed or was made twice", id)
		}
		seen[id] = true
	}
}

// FuzzParseKey holds that nothing is accepted but what checksumOf and the shape allow, and that what is accepted comes
// back as it was.
func FuzzParseKey(f *testing.F) {
	good := mintKey(f).Reveal()
	for _, seed := range []string{"", "lk_", good, good[:51], good + "\n", strings.ToUpper(good), "lk_" + strings.Repeat("0", 49)} {
		f.Add(seed)
	}
	shape := regexp.MustCompile("^" + token.KeyPattern + "$")
	f.Fuzz(func(t *testing.T, s string) {
		key, err := token.ParseKey(s)
		wellFormed := len(s) == 52 && shape.MatchString(s) && checksumOf(s[:46]) == s[46:]
		if wellFormed != (err == nil) {
			t.Fatalf("well formed: %v, ParseKey: %v", wellFormed, err)
		}
		if err == nil && key.Reveal() != s {
			t.Fatal("the key comes back as another")
		}
	})
}

func TestHoldsKey(t *testing.T) {
	key := mintKey(t).Reveal()
	for _, text := range []string{key, "CLIENT_SECRET=" + key, key[:len(key)-1], key + "x", key[:23], "lk_ lk_lk_" + key[3:], `"` + key + `"`} {
		if !token.HoldsKey(text) {
			t.Errorf("a key is not seen in a text of %d bytes", len(text))
		}
	}
	for _, text := range []string{"", "lk_", "lk_billing", "ci-prod", key[:22], strings.TrimPrefix(key, "lk_"), "lk_0123456789-abcdefghijklmnop"} {
		if token.HoldsKey(text) {
			t.Errorf("%q is taken for a key", text)
		}
	}
}
