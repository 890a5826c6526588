package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/web"
)

// bare is an echo.Context for one request.
func bare(target string, headers ...string) (echo.Context, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	return echo.New().NewContext(r, rec), rec
}

func TestTarget(t *testing.T) {
	for header, want := range map[string]string{
		"div#list":          "list",
		"tbody#row-%C3%A9":  "row-é",
		"body":              "",
		"":                  "",
		"div#bad%zzescape":  "bad%zzescape",
		"dialog#a#b":        "a#b",
		"div#dialog-body-1": "dialog-body-1",
	} {
		c, _ := bare("/", "HX-Target", header)
		if got := web.Target(c); got != want {
			t.Errorf("Target(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestRedirect(t *testing.T) {
	c, rec := bare("/")
	if err := web.Redirect(c, "/applications?page=2"); err != nil || rec.Code != 303 || rec.Header().Get("Location") != "/applications?page=2" {
		t.Errorf("%d %v %v", rec.Code, rec.Header(), err)
	}
	c, rec = bare("/", "HX-Request", "true")
	if err := web.Redirect(c, "/applications"); err != nil || rec.Code != 204 || rec.Header().Get("HX-Redirect") != "/applications" || rec.Header().Get("Location") != "" {
		t.Errorf("%d %v %v", rec.Code, rec.Header(), err)
	}
	c, rec = bare("/")
	if err := web.Redirect(c, "//evil.test"); err != nil || rec.Header().Get("Location") != "/" {
		t.Errorf("%d %v %v", rec.Code, rec.Header(), err)
	}
}

// TestTrigger shows that any text arrives in the page as it was: header bytes are
// Latin-1 for a browser, and a line break would end the header.
func TestTrigger(t *testing.T) {
	texts := []string{"plain", "naïve café", "日本語", "🔑 key", "\u202Eright to left", "line\r\nSet-Cookie: a=b", `"quoted" \ slash`, "<script>", "\x7f\x00"}
	for _, text := range texts {
		c, rec := bare("/")
		web.Trigger(c, "applications-changed", map[string]string{"target": "body"})
		web.Trigger(c, "announce", map[string]string{"text": text})
		header := rec.Header().Get("HX-Trigger")
		for _, b := range []byte(header) {
			if b < ' ' || b >= 0x7f {
				t.Fatalf("byte %#x in %q", b, header)
			}
		}
		var events map[string]map[string]string
		if err := json.Unmarshal([]byte(header), &events); err != nil {
			t.Fatal(err)
		}
		if events["announce"]["text"] != text || events["applications-changed"]["target"] != "body" {
			t.Errorf("%q arrives as %v", text, events)
		}
	}
}

func TestAnswerHeaders(t *testing.T) {
	c, rec := bare("/")
	web.PushURL(c, "/applications?page=2")
	web.Retarget(c, "#overlay-content")
	web.Reswap(c, "outerMorph")
	web.NoStore(c)
	want := map[string]string{"HX-Push-Url": "/applications?page=2", "HX-Retarget": "#overlay-content", "HX-Reswap": "outerMorph", "Cache-Control": "no-store"}
	for name, value := range want {
		if got := rec.Header().Get(name); got != value {
			t.Errorf("%s = %q", name, got)
		}
	}
}

var unsafeReturns = []string{
	"", "applications", "//evil.test", "///evil.test", `/\evil.test`, `\/evil.test`, "/%09/evil.test", "/\t/evil.test", "/%5cevil.test",
	"/%2f/evil.test", "/%2F%2Fevil.test", "https://evil.test/", "javascript:alert(1)", "/a\nb", "/%0d%0aSet-Cookie:x=1", "/%00",
	"http:/evil.test", " /x", "/sign-in", "/sign-out", "/setup?token=x", "/" + strings.Repeat("a", 3000), "/%zz", "/a\x7f", "/a\u0085b",
}

func TestSafeReturn(t *testing.T) {
	for _, path := range unsafeReturns {
		if got := web.SafeReturn(path); got != "/" {
			t.Errorf("SafeReturn(%q) = %q", path, got)
		}
	}
	for _, path := range []string{"/", "/applications", "/applications?search=ci&filterBy=status%3D%3DActive", "/applications/0199/rules#row", "/a%20b", "/é"} {
		if got := web.SafeReturn(path); got != path {
			t.Errorf("SafeReturn(%q) = %q", path, got)
		}
	}
}

// FuzzSafeReturn resolves what is accepted as a browser does: tabs and line ends
// are dropped, and a backslash is a slash.
func FuzzSafeReturn(f *testing.F) {
	for _, path := range append(unsafeReturns, "/applications?next=//evil.test", "/ok/..//evil.test", "/./\\x") {
		f.Add(path)
	}
	base := must(url.Parse("http://console.test/sign-in"))
	f.Fuzz(func(t *testing.T, path string) {
		safe := web.SafeReturn(path)
		browser := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimSpace(safe))
		if strings.HasPrefix(browser, "//") {
			t.Fatalf("%q leads to another host", safe)
		}
		target, err := base.Parse(browser)
		if err != nil || target.Host != "console.test" || target.Scheme != "http" {
			t.Fatalf("%q leads to %v (%v)", safe, target, err)
		}
		if again := web.SafeReturn(safe); again != safe {
			t.Fatalf("%q becomes %q the second time", safe, again)
		}
	})
}
