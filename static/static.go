package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// Prefix is where Handler expects to be mounted.
const Prefix = "/static/"

// Name is one of the files of this package, under the name it has in the source tree.
type Name string

// IsStyle reports whether it is a style sheet and no script.
func (n Name) IsStyle() bool { return strings.HasSuffix(string(n), ".css") }

// The files a page can ask for.
const (
	ConsoleCSS Name = "console.css"
	ConsoleJS  Name = "console.js"
	HTMX       Name = "htmx.js"
	Favicon    Name = "favicon.svg"

	// Of the API reference alone.
	SwaggerUI    Name = "swaggerui.js"
	ReferenceJS  Name = "reference.js"
	ReferenceCSS Name = "reference.css"
)

//go:embed console.css
var consoleCSS []byte

//go:embed console.js
var consoleJS []byte

//go:embed vendor/htmx.min.js
var htmxJS []byte

//go:embed vendor/swagger-ui-bundle.js
var swaggerUI []byte

//go:embed reference.js
var referenceJS []byte

//go:embed reference.css
var referenceCSS []byte

//go:embed favicon.svg
var favicon []byte

// asset is one file, ready to be sent.
type asset struct {
	path        string // where it is served, hash included
	etag        string
	contentType string
	plain       []byte
	gzipped     func() []byte
}

// library finds the same assets by the name pages use and by the path browsers ask for.
type library struct {
	byName map[Name]*asset
	byPath map[string]*asset
}

var assets = sync.OnceValue(func() library {
	lib := library{byName: map[Name]*asset{}, byPath: map[string]*asset{}}
	for name, content := range map[Name][]byte{
		ConsoleCSS: consoleCSS,
		ConsoleJS:  consoleJS,
		HTMX:       htmxJS,
		Favicon:    favicon,

		SwaggerUI:    swaggerUI,
		ReferenceJS:  referenceJS,
		ReferenceCSS: referenceCSS,
	} {
		a := newAsset(name, content)
		lib.byName[name], lib.byPath[a.path] = a, a
	}
	return lib
})

func newAsset(name Name, content []byte) *asset {
	ext := path.Ext(string(name))
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:8])
	return &asset{
		path:        Prefix + strings.TrimSuffix(string(name), ext) + "." + hash + ext,
		etag:        `"` + hash + `"`,
		contentType: contentType(ext),
		plain:       content,
		gzipped:     sync.OnceValue(func() []byte { return compress(content) }),
	}
}

// contentType is fixed here, because mime.TypeByExtension reads tables of the machine it runs on.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

func compress(content []byte) []byte {
	var buf bytes.Buffer
	w, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // the level is a valid constant
	_, _ = w.Write(content)                                 // a bytes.Buffer does not fail
	_ = w.Close()
	return buf.Bytes()
}

// Path returns the URL path of a file, with the hash of its content in the name. It panics on a name that is not one
// of this package's constants: that is a mistake in the program, found by the first test that renders a page.
func Path(name Name) string {
	a, ok := assets().byName[name]
	if !ok {
		panic("static: no file named " + string(name))
	}
	return a.path
}

// Handler serves every file under its hashed path, and 404 for anything else. It is mounted at Prefix without
// stripping it.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		a, ok := assets().byPath[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", a.etag)
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body = a.gzipped()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the client hung up: nothing to tell it
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as we need it: gzip is named, or covered by *,
// and not refused with a weight of zero.
func acceptsGzip(header string) bool {
	accepted := false
	for item := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(item, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		weight, hasWeight := strings.CutPrefix(strings.TrimSpace(params), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		accepted = !hasWeight || (err == nil && q > 0)
		if coding == "gzip" {
			return accepted // the exact name outweighs *
		}
	}
	return accepted
}
