package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// maxKeptBuffer is the largest buffer that is kept for the next page; a single
// giant one should not stay in memory for ever.
const maxKeptBuffer = 1 << 20

// buffers are shared by all servers of the process; they hold nothing between uses.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func releaseBuffer(b *bytes.Buffer) {
	if b.Cap() > maxKeptBuffer {
		return
	}
	clear(b.Bytes()) // a page with a secret key may have been in it
	b.Reset()
	buffers.Put(b)
}

// Render answers with a page. It is drawn into a buffer first: a page that fails
// half-way is still a 500, and Content-Length is known.
func Render(c echo.Context, status int, page templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer releaseBuffer(buf)
	if err := page.Render(c.Request().Context(), buf); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	return Document(c, status, echo.MIMETextHTMLCharsetUTF8, buf.Bytes())
}

// Document answers with a document, compressed where that is worth it. The bytes
// are not used after it returns.
func Document(c echo.Context, status int, contentType string, content []byte) error {
	if done, err := compressed(c, status, contentType, content); done || err != nil {
		return err
	}
	return send(c, status, contentType, content)
}

func send(c echo.Context, status int, contentType string, content []byte) error {
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(content)))
	return c.Blob(status, contentType, content)
}

// RenderEither answers with the fragment where htmx asks for a part of the page,
// and with the page otherwise.
func RenderEither(c echo.Context, status int, page, fragment templ.Component) error {
	c.Response().Header().Add(echo.HeaderVary, varyOnFragment)
	if IsFragment(c) {
		return Render(c, status, fragment)
	}
	return Render(c, status, page)
}

// NoStore forbids everybody to keep the answer, the browser included.
func NoStore(c echo.Context) {
	h := c.Response().Header()
	h["Cache-Control"] = noStore
	h["Pragma"] = noCache
}

// Shared header values: setting them costs no allocation.
var (
	noStore = []string{"no-store"}
	noCache = []string{"no-cache"}
)

// streamPatience is how long the client may take for each piece of a long answer.
const streamPatience = 30 * time.Second

// Stream is the writer of a long answer, such as a CSV of a million rows: the
// deadline of the request is lifted, and that of the connection moves on with
// every piece that the client takes. A client that leaves still ends the request.
func Stream(c echo.Context) io.Writer {
	if d, ok := c.Request().Context().Value(deadlineKey{}).(*deadline); ok {
		d.lift()
	}
	control := http.NewResponseController(c.Response())
	// Reading is over. Left in place, the deadline for reading would end the
	// watch for a client that leaves, and the request with it.
	_ = control.SetReadDeadline(time.Time{})
	return &streamWriter{w: c.Response(), control: control}
}

type streamWriter struct {
	w        io.Writer
	control  *http.ResponseController
	extended time.Time
}

func (s *streamWriter) Write(p []byte) (int, error) {
	// The clock of the connection is the real one, whatever clock the server runs on.
	if now := time.Now(); now.Sub(s.extended) > time.Second {
		s.extended = now
		_ = s.control.SetWriteDeadline(now.Add(streamPatience)) // not supported: the answer has no deadline
	}
	return s.w.Write(p)
}

// Flush sends what was written so far.
func (s *streamWriter) Flush() { _ = s.control.Flush() }

// brokenAnswer is an answer of which a part is out already.
type brokenAnswer struct{ cause error }

func (b *brokenAnswer) Error() string { return "the answer broke off: " + b.cause.Error() }
func (b *brokenAnswer) Unwrap() error { return b.cause }

// Broken is the error of an answer that ended half-way. The connection is cut,
// so that the client does not take a half for the whole.
func Broken(cause error) error { return &brokenAnswer{cause} }
