package static_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/static"
)

func get(t *testing.T, method, target, acceptEncoding string) *http.Response {
	t.Helper()
	req := httptest.NewRequest(method, target, nil)
	if acceptEncoding != "" {
		req.Header.Set("Accept-Encoding", acceptEncoding)
	}
	rec := httptest.NewRecorder()
	static.Handler().ServeHTTP(rec, req)
	return rec.Result()
}

func TestEveryFileIsServedUnderItsHashedName(t *testing.T) {
	for name, contentType := range map[static.Name]string{
		static.ConsoleCSS: "text/css; charset=utf-8",
		static.ConsoleJS:  "text/javascript; charset=utf-8",
		static.HTMX:       "text/javascript; charset=utf-8",
		static.Favicon:    "image/svg+xml; charset=utf-8",

		static.SwaggerUI:    "text/javascript; charset=utf-8",
		static.ReferenceJS:  "text/javascript; charset=utf-8",
		static.ReferenceCSS: "text/css; charset=utf-8",
	} {
		path := static.Path(name)
		if !regexp.MustCompile(`^/static/[a-z]+\.[0-9a-f]{16}\.(css|js|svg)$`).MatchString(path) {
			t.Errorf("Path(%q) = %q carries no hash", name, path)
		}
		res := get(t, http.MethodGet, path, "")
		plain, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || len(plain) == 0 {
			t.Errorf("%s: status %d, %d bytes", path, res.StatusCode, len(plain))
		}
		if got := res.Header.Get("Content-Type"); got != contentType {
			t.Errorf("%s: Content-Type %q, want %q", path, got, contentType)
		}
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
		if got := res.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("%s: Vary %q", path, got)
		}

		res = get(t, http.MethodGet, path, "br, gzip")
		if got := res.Header.Get("Content-Encoding"); got != "gzip" {
			t.Fatalf("%s: Content-Encoding %q", path, got)
		}
		unzip, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if unzipped, _ := io.ReadAll(unzip); string(unzipped) != string(plain) {
			t.Errorf("%s: the compressed answer differs from the plain one", path)
		}
	}
}

func TestHandlerHonoursAcceptEncoding(t *testing.T) {
	for header, want := range map[string]string{
		"":                     "",
		"identity":             "",
		"gzip":                 "gzip",
		"GZIP;q=0.5":           "gzip",
		"*":                    "gzip",
		"gzip;q=0":             "",
		"gzip;q=0, *":          "",
		"*;q=0, gzip":          "gzip",
		"br;q=1.0, gzip;q=0.8": "gzip",
		"gzip;q=abc":           "",
	} {
		res := get(t, http.MethodGet, static.Path(static.HTMX), header)
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", header, got, want)
		}
	}
}

func TestHandlerKnowsNothingElse(t *testing.T) {
	for _, target := range []string{
		"/static/", "/static/console.css", "/static/console.0000000000000000.css", "/static/vendor/htmx.min.js",
		"/static/..%2fgo.mod", "/static/../go.mod", "/static/%2e%2e/doc.go", "/console.css",
	} {
		if res := get(t, http.MethodGet, target, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: status %d, want 404", target, res.StatusCode)
		}
	}
	if res := get(t, http.MethodPost, static.Path(static.HTMX), ""); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d, want 405", res.StatusCode)
	}
}

func TestHandlerAnswersHeadAndRevalidation(t *testing.T) {
	path := static.Path(static.ConsoleCSS)
	res := get(t, http.MethodHead, path, "")
	if body, _ := io.ReadAll(res.Body); len(body) != 0 || res.Header.Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d bytes of body, Content-Length %s", len(body), res.Header.Get("Content-Length"))
	}
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("If-None-Match", res.Header.Get("ETag"))
	rec := httptest.NewRecorder()
	static.Handler().ServeHTTP(rec, req)
	if rec.Code != http.StatusNotModified {
		t.Errorf("If-None-Match: status %d, want 304", rec.Code)
	}
}

func TestVendoredFilesAreWhatTheirNotesSay(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$`)
	for _, note := range []string{"vendor/README.md", "../e2e/testdata/README.md"} {
		text, err := os.ReadFile(note)
		if err != nil {
			t.Fatal(err)
		}
		rows := row.FindAllStringSubmatch(string(text), -1)
		if len(rows) == 0 {
			t.Errorf("%s lists no file", note)
		}
		for _, r := range rows {
			content, err := os.ReadFile(filepath.Join(filepath.Dir(note), r[1]))
			if err != nil {
				t.Error(err)
				continue
			}
			sum := sha256.Sum256(content)
			if got := hex.EncodeToString(sum[:]); got != r[2] {
				t.Errorf("%s: sha256 %s, its note says %s", r[1], got, r[2])
			}
		}
	}
}

// The Content-Security-Policy forbids both, so either would be dead code or a broken page.
func TestOurScriptsNeedNoEval(t *testing.T) {
	for _, name := range []string{"console.js", "reference.js"} {
		testNeedsNoEval(t, name)
	}
}

func testNeedsNoEval(t *testing.T, name string) {
	t.Helper()
	script, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{"eval(", "new Function", ".innerHTML", "insertAdjacentHTML", "document.write", "localStorage", "sessionStorage"} {
		if strings.Contains(string(script), forbidden) {
			t.Errorf("%s contains %s", name, forbidden)
		}
	}
}
