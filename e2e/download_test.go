package e2e

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// road is what lies between the browser and the server. Downloads stop on it
// after a while, as on a slow one, until it is told what to do with them.
type road struct {
	passes int64 // bytes of a download, before it stops

	mu   sync.Mutex
	open chan struct{} // closed: the rest of a download passes
	cut  bool          // the rest never comes
}

// behindARoad makes the server be reached by a road.
func behindARoad(t *testing.T, s *server, passes int64) *road {
	t.Helper()
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	r := &road{passes: passes, open: make(chan struct{})}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { p.SetURL(target); p.Out.Host = p.In.Host },
		Transport:      &http.Transport{DialContext: dialNarrow},
		FlushInterval:  -1,
		ModifyResponse: r.slow,
		ErrorLog:       log.New(io.Discard, "", 0),
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	s.url = front.URL
	return r
}

// dialNarrow keeps the system from taking in what nobody reads yet, which on one
// machine is megabytes: small segments and a small window, as on a far line.
func dialNarrow(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		failed := raw.Control(func(fd uintptr) {
			err = errors.Join(
				syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<10),
				syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 1000))
		})
		return errors.Join(failed, err)
	}}
	return dialer.DialContext(ctx, network, address)
}

func (r *road) slow(answer *http.Response) error {
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/csv") {
		answer.Body = &slowBody{ReadCloser: answer.Body, road: r, left: r.passes, ctx: answer.Request.Context()}
	}
	return nil
}

// clear lets everything pass from now on.
func (r *road) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
	close(r.open)
}

// breaks cuts the downloads that stop from now on.
func (r *road) breaks() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
}

type slowBody struct {
	io.ReadCloser
	road *road
	left int64
	ctx  context.Context
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		b.road.mu.Lock()
		cut := b.road.cut
		b.road.mu.Unlock()
		if cut {
			return 0, io.ErrUnexpectedEOF
		}
		select {
		case <-b.road.open:
			return b.ReadCloser.Read(p)
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// startDownload chooses from More without a pointer, and waits until the page says
// how far it is.
func (p *tab) startDownload(item string) {
	p.t.Helper()
	p.focusOn("#more")
	p.press("Enter")
	p.wantFocus("Download as CSV")
	for range 2 {
		if p.focusName() != item {
			p.press("ArrowDown")
		}
	}
	p.wantFocus(item)
	p.press("Enter")
	p.sees("Downloading")
}

// A download of more than a second says how far it is, while the page goes on
// as ever, and is saved when it is whole.
func TestALongDownloadShowsItsProgress(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	road := behindARoad(t, s, 2000)
	p := signIn(t, s)
	download := p.expectDownload()
	p.startDownload("Download as CSV")
	text := evaluate[string](p, `document.querySelector("[data-transfer-text]").textContent`)
	found := regexp.MustCompile(`^Downloading (\d+) of 58 rows$`).FindStringSubmatch(text)
	if found == nil || found[1] == "0" {
		t.Errorf("it says %q", text)
	}
	bar := p.node(label{name: text, roles: []string{"progressbar"}})
	if got := valueText(bar.Value); found != nil && got != found[1] {
		t.Errorf("the bar is at %s, the sentence says %s", got, found[1])
	}
	p.statusSays(text)

	p.fill("Search applications", "climate-r")
	p.gone(link("climate-archive")) // the page is not blocked

	road.clear()
	p.sees("Downloaded 58 rows as applications-")
	if rows := readCSV(t, download()); len(rows) != 59 {
		t.Errorf("the file has %d lines", len(rows))
	}
	keyboard{p}.click(button("Dismiss"))
	p.gone(button("Dismiss"))
}

// A download that breaks off is an error that can be tried again, never half a file.
func TestABrokenDownloadIsNoFile(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	road := behindARoad(t, s, 2000)
	road.breaks()
	p := signIn(t, s)
	p.expect("ERR_INCOMPLETE_CHUNKED_ENCODING")
	download := p.expectDownload()
	p.startDownloadThatFails()
	p.sees("nothing was saved")
	road.clear()
	p.click(button("Retry"))
	if rows := readCSV(t, download()); len(rows) != 59 {
		t.Errorf("after Retry the file has %d lines", len(rows))
	}
	p.gone(button("Retry"))
}

// A cancelled download ends the server's walk over the rows, and leaves no file.
func TestACancelledDownloadStopsTheServer(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo", "--applications", "8000")
	s := i.serve("--log-level", "debug")
	behindARoad(t, s, 100_000)
	p := signIn(t, s)
	folder := t.TempDir()
	p.downloadTo(folder)
	p.startDownload("Download as CSV, all columns")
	if strings.Contains(s.log.String(), "/applications.csv") {
		t.Fatalf("the server has sent it all before it was cancelled:\n%s", s.log)
	}
	keyboard{p}.click(button("Cancel"))
	p.statusSays("Download cancelled. Nothing was saved.")
	p.gone(button("Cancel"))
	p.wantFocus("More")
	eventually(t, p.ctx, func() string {
		if log := s.log.String(); !strings.Contains(log, "/applications.csv") || !strings.Contains(log, "the answer broke off") {
			return "the server walks on"
		}
		return ""
	})
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("a cancelled download left %v (%v)", left, err)
	}
}

// A download that the server refuses says why: where the session has ended, the
// form to sign in is laid over the page.
func TestARefusedDownloadSaysWhy(t *testing.T) {
	p := atTheTable(t, "/applications")
	heal := p.answerInstead("*/applications.csv*", http.StatusTooManyRequests)
	p.startDownloadThatFails()
	p.sees("Too many requests just now")
	heal()
	call(p, network.ClearBrowserCookies, struct{}{})
	p.click(button("Retry"))
	p.node(dialog("Your session has ended"))
}

func (p *tab) startDownloadThatFails() {
	p.t.Helper()
	p.click(control("More"))
	p.click(control("Download as CSV"))
	p.node(button("Retry"))
}
