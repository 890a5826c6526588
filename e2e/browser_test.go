package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// One Chromium serves all tests of a run; each test has a browser context of
// its own, with its own cookies.
var chromium struct {
	sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	err    error
}

func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := chromiumPath()
	if path == "" {
		t.Skip("there is no Chromium here: `make test` installs one, or apt-get install chromium")
	}
	chromium.Do(func() {
		allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), chromiumOptions(path)...)
		ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
		chromium.ctx, chromium.cancel = ctx, func() { cancel(); cancelAllocator() }
		chromium.err = chromedp.Do(ctx)
	})
	if chromium.err != nil {
		t.Fatalf("start Chromium: %v", chromium.err)
	}
	return chromium.ctx
}

func closeBrowser() {
	if chromium.cancel != nil {
		chromium.cancel()
	}
}

func chromiumPath() string {
	if path := os.Getenv("LATCHKEY_TEST_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// chromiumOptions keep the browser from talking to anybody but us. Unlike most
// harnesses they leave the back/forward cache on, as it is for people: "Back
// shows no secret" would otherwise pass for the wrong reason.
func chromiumOptions(path string) []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.Headless,
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("password-store", "basic"),
	}
}

// tab is one page of a browser, watched: whatever goes wrong in it fails the
// test, unless the test said that it expects that.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base *url.URL

	mu       sync.Mutex
	expected []string
	hear     func(text string) // what becomes of complaints; they fail the test
	requests []string          // URLs asked for since the last call of forgetRequests
	dialogs  []string          // what the dialogs of the browser itself said; all are agreed to
}

// open starts a tab of its own browser context at path.
func open(t *testing.T, s *server, path string) *tab {
	t.Helper()
	p := newTab(t, s, chromedp.WithNewBrowserContext())
	p.visit(path)
	return p
}

func newTab(t *testing.T, s *server, options ...chromedp.ContextOption) *tab {
	t.Helper()
	base, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(startBrowser(t), options...)
	p := &tab{t: t, ctx: ctx, base: base, hear: func(text string) { t.Error(text) }}
	t.Cleanup(func() {
		if t.Failed() {
			p.saveEvidence()
		}
		p.mu.Lock()
		p.hear = func(string) {} // whatever comes now, the test is over
		p.mu.Unlock()
		cancel()
	})
	if err := chromedp.Listen(ctx, p.watch); err != nil {
		t.Fatal(err)
	}
	call(p, network.Enable, network.EnableParams{})
	call(p, log.Enable, struct{}{})
	call(p, audits.Enable, struct{}{})
	call(p, page.Enable, page.EnableParams{})
	p.resize(1280, 900)
	p.theme("light")
	return p
}

// call sends one command of the DevTools protocol and fails the test if the
// browser refuses it.
func call[P, R any](p *tab, command cdpCommand[P, R], params P) R {
	p.t.Helper()
	result, err := chromedp.Call(p.ctx, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// watch sees every event of the tab. It runs on the goroutine that reads them,
// so it only takes notes.
func (p *tab) watch(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.complain("a script failed: %s", exceptionText(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			p.complain("the console says: %s", consoleText(e.Args))
		}
	case *log.EventEntryAdded:
		p.watchLog(e.Entry)
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			p.complain("content security policy: %+v", e.Issue.Details.ContentSecurityPolicyIssueDetails)
		}
	case *page.EventJavascriptDialogOpening:
		p.agree(e)
	case *network.EventRequestWillBeSent:
		p.watchRequest(e.Request.URL)
	case *network.EventResponseReceived:
		if e.Response.Status >= 500 {
			p.complain("%s answered %d", e.Response.URL, e.Response.Status)
		}
	}
}

// watchLog lets the browser's own note about a 4xx answer pass: those are the
// product saying no, and tests look at what it says.
func (p *tab) watchLog(entry *log.Entry) {
	refused := entry.Source == log.EntrySourceNetwork && strings.Contains(entry.Text, "status of 4")
	if entry.Level == log.EntryLevelError && !refused {
		p.complain("the browser logged: %s %s", entry.Text, entry.URL)
	}
}

func (p *tab) watchRequest(address string) {
	p.mu.Lock()
	p.requests = append(p.requests, address)
	p.mu.Unlock()
	u, err := url.Parse(address)
	if err != nil || (u.Host != p.base.Host && u.Scheme != "data" && u.Scheme != "blob" && u.Scheme != "about") {
		p.complain("the page asked another host: %s", address)
	}
}

func (p *tab) complain(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, expected := range p.expected {
		if strings.Contains(text, expected) {
			return
		}
	}
	p.hear(text)
}

// agree presses OK on a dialog of the browser itself, such as "Leave site?".
// The event must not be kept waiting, so it does so on its own.
func (p *tab) agree(e *page.EventJavascriptDialogOpening) {
	p.mu.Lock()
	p.dialogs = append(p.dialogs, string(e.Type)+" "+e.Message)
	p.mu.Unlock()
	go chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
}

// asked is what the browser's own dialogs have said so far.
func (p *tab) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.dialogs...)
}

// expect lets complaints with this text pass from now on.
func (p *tab) expect(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, text)
}

// forgetRequests empties the list of requests; requested returns it.
func (p *tab) forgetRequests() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = nil
}

func (p *tab) requested() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...)
}

func exceptionText(details *runtime.ExceptionDetails) string {
	if details.Exception != nil && details.Exception.Description != "" {
		return details.Exception.Description
	}
	return details.Text
}

func consoleText(args []*runtime.RemoteObject) string {
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = string(arg.Value) + arg.Description
	}
	return strings.Join(texts, " ")
}

// visit goes to a path as if it was typed into the address bar.
func (p *tab) visit(path string) {
	p.t.Helper()
	address := path
	if !strings.HasPrefix(path, "http") {
		address = p.base.String() + path
	}
	if err := chromedp.Do(p.ctx, chromedp.Navigate(address)); err != nil {
		p.t.Fatalf("visit %s: %v", path, err)
	}
}

func (p *tab) reload() {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.Reload()); err != nil {
		p.t.Fatalf("reload: %v", err)
	}
}

// location is the path and query in the address bar.
func (p *tab) location() string {
	p.t.Helper()
	u, err := url.Parse(evaluate[string](p, `location.href`))
	if err != nil {
		p.t.Fatal(err)
	}
	return u.RequestURI()
}

// evaluate runs a script in the page; a promise is waited for.
func evaluate[T any](p *tab, script string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("evaluate %.80s: %v", script, err)
	}
	return value
}

// resize sets the size of the window in CSS pixels.
func (p *tab) resize(width, height int64) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// theme makes the system light or dark. Motion is always reduced: tests look at
// states, not at the way there.
func (p *tab) theme(name string) {
	p.t.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// beforeScripts runs a script before those of every page that follows.
func (p *tab) beforeScripts(script string) {
	p.t.Helper()
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// withoutScripts turns JavaScript off for the pages that follow.
func (p *tab) withoutScripts() {
	p.t.Helper()
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// allowClipboard lets the page use the clipboard as people do who were asked.
func (p *tab) allowClipboard() {
	p.t.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		call(p, browser.SetPermission, browser.SetPermissionParams{
			Permission:       &browser.PermissionDescriptor{Name: name},
			Setting:          browser.PermissionSettingGranted,
			Origin:           p.base.String(),
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		})
	}
}

func (p *tab) clipboard() string {
	p.t.Helper()
	return evaluate[string](p, `navigator.clipboard.readText()`)
}

// screenshot writes what the window shows.
func (p *tab) screenshot(file string) {
	p.t.Helper()
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// saveEvidence keeps a picture of a failed test in e2e/artifacts, which git
// ignores.
func (p *tab) saveEvidence() {
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return
	}
	name := strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' {
			return '-'
		}
		return r
	}, p.t.Name())
	os.MkdirAll("artifacts", 0o755)
	os.WriteFile(filepath.Join("artifacts", name+".png"), picture, 0o644)
}
