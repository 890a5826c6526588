package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"latchkey/views"
)

// The headers of htmx 4. Two differ from what htmx 2 taught: HX-Target names an
// element as "tag#id", and HX-Request-Type says whether the whole page or a part
// of it is wanted.
const (
	hxRequest     = "HX-Request"
	hxRequestType = "HX-Request-Type"
	hxBoosted     = "HX-Boosted"
	hxRestore     = "HX-History-Restore-Request"
	hxTarget      = "HX-Target"
	hxCurrentURL  = "HX-Current-URL"

	hxRedirect = "HX-Redirect"
	hxPushURL  = "HX-Push-Url"
	hxRetarget = "HX-Retarget"
	hxReswap   = "HX-Reswap"
	hxTrigger  = "HX-Trigger"
)

// varyOnFragment is what an answer depends on that exists as page and as fragment.
const varyOnFragment = hxRequest + ", " + hxRequestType

// isHTMX reports whether a script of ours is asking, for whatever.
func isHTMX(r *http.Request) bool { return r.Header.Get(hxRequest) == "true" }

// IsFragment reports whether htmx asks for a part of the page. Boosted links and
// restored history are answered with the whole page, as without scripts.
func IsFragment(c echo.Context) bool {
	r := c.Request()
	return isHTMX(r) && r.Header.Get(hxRequestType) != "full" &&
		r.Header.Get(hxBoosted) != "true" && r.Header.Get(hxRestore) != "true"
}

// Target is the id of the element that the answer will be put into, or empty.
func Target(c echo.Context) string {
	_, id, _ := strings.Cut(c.Request().Header.Get(hxTarget), "#")
	if plain, err := url.PathUnescape(id); err == nil {
		return plain
	}
	return id
}

// Redirect sends the browser to a path on this origin: 303 for a plain form, and
// for htmx a header, because fetch would follow a 303 by itself and swap the
// next page into the fragment.
func Redirect(c echo.Context, path string) error {
	path = SafeReturn(path)
	if isHTMX(c.Request()) {
		c.Response().Header().Set(hxRedirect, path)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// askToSignIn answers somebody without a session. A person is brought to the
// sign-in page and back. Where a part of a page was asked for, the page stays as
// it is, with what was typed in it, and the form to sign in is laid over it
// (ux.md 44). What the page asks by itself is not answered: a form must not
// appear, or be drawn anew while somebody types in it, because of a clock.
func askToSignIn(c echo.Context) error {
	r := c.Request()
	switch {
	case isHTMX(r) && isBackground(r):
		return c.NoContent(http.StatusUnauthorized)
	case IsFragment(c):
		return Render(c, http.StatusUnauthorized, views.SignInAgain(views.SignIn{Next: currentPath(r)}))
	case isHTMX(r):
		c.Response().Header().Set(hxRedirect, signInURL(currentPath(r)))
		return c.NoContent(http.StatusUnauthorized)
	default:
		return c.Redirect(http.StatusSeeOther, signInURL(pagePath(r)))
	}
}

// currentPath is the page that a script is asking from.
func currentPath(r *http.Request) string { return pathOf(r.Header.Get(hxCurrentURL), r) }

// pagePath is the page to come back to: this one if it can be asked for again,
// else the page that the form was on.
func pagePath(r *http.Request) string {
	if isSafe(r) {
		return r.URL.RequestURI()
	}
	return pathOf(r.Referer(), r)
}

// pathOf is the path and query of an absolute URL on the host of the request.
func pathOf(raw string, r *http.Request) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host != r.Host {
		return Home
	}
	return SafeReturn(u.RequestURI())
}

// OnPage reports whether the dialog that asks stands on the page of this path.
func OnPage(c echo.Context, path string) bool {
	page, _, _ := strings.Cut(currentPath(c.Request()), "?")
	return IsFragment(c) && page == path
}

// PushURL puts another address into the address bar.
func PushURL(c echo.Context, url string) { c.Response().Header().Set(hxPushURL, url) }

// Retarget puts the answer into another element, given as a CSS selector.
func Retarget(c echo.Context, css string) { c.Response().Header().Set(hxRetarget, css) }

// Reswap changes how the answer is put in, such as "outerMorph" or "none".
func Reswap(c echo.Context, how string) { c.Response().Header().Set(hxReswap, how) }

// Trigger raises an event in the page once the answer has arrived. Several
// events can be raised by one answer. detail must encode as JSON; nil is none.
func Trigger(c echo.Context, event string, detail any) {
	h := c.Response().Header()
	events := map[string]json.RawMessage{}
	if raised := h.Get(hxTrigger); raised != "" {
		if err := json.Unmarshal([]byte(raised), &events); err != nil {
			panic(fmt.Sprintf("web: events were not raised by Trigger: %v", err))
		}
	}
	events[event] = mustMarshal(detail)
	h.Set(hxTrigger, asciiJSON(mustMarshal(events)))
}

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("web: detail of an event: %v", err)) // a mistake in the program
	}
	return b
}

// asciiJSON escapes what is not printable ASCII: browsers read header bytes as Latin-1.
func asciiJSON(b []byte) string {
	var out bytes.Buffer
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		b = b[size:]
		switch {
		case r < 0x7f:
			out.WriteByte(byte(r))
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}
