package web_test

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/token"
)

// A key in an address is forgotten before anything is told: the answer leads to
// where one can ask for its owner, and from there back.
func TestAKeyInAnAddressIsForgotten(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	minted, err := token.MintKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := minted.Reveal()
	for address, back := range map[string]string{
		"/applications?search=" + key:                                            "/applications",
		"/applications?search=CLIENT_SECRET%3D" + key + "&limit=50":              "/applications?limit=50",
		"/applications?limit=50&filterBy=name%3D%3D" + key:                       "/applications?limit=50",
		"/applications?search=lk%5F" + key[3:]:                                   "/applications",
		"/applications?" + key:                                                   "/applications",
		"/applications?x=%zz" + key:                                              "/applications",
		"/applications/" + key:                                                   "/applications/secret-key",
		"/sign-in?next=" + url.QueryEscape("/applications?search="+key):          "/sign-in",
		"/applications?search=" + key[:30] + "&sortBy=name&sortOrder=descending": "/applications?sortBy=name&sortOrder=descending",
	} {
		want := "/palette?back=" + url.QueryEscape(back) + "&forgotten=true"
		for _, scripted := range []bool{false, true} {
			headers := []string{"Cookie", cookie, "Referer", "http://127.0.0.1:8080" + address}
			if scripted {
				headers = append(headers, "HX-Request", "true", "HX-Current-URL", "http://127.0.0.1:8080"+address)
			}
			res := h.ask(http.MethodGet, address, "", headers...)
			where, status := "Location", http.StatusSeeOther
			if scripted {
				where, status = "HX-Redirect", http.StatusNoContent
			}
			if got := res.Header.Get(where); res.StatusCode != status || got != want {
				t.Errorf("%d to %q, want %q", res.StatusCode, got, want)
			}
			wantUntold(t, res, key)
		}
	}
	wantNotInLog(t, h, key)
}

// What changes something is done, or not, as if the key had not been there.
func TestAKeyInTheAddressOfAPostIsForgotten(t *testing.T) {
	h := newHouse(t, nil)
	minted, err := token.MintKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := minted.Reveal()
	h.Console().POST("/told", func(c echo.Context) error {
		return c.String(http.StatusOK, c.Request().URL.String()+c.Request().RequestURI+c.Request().Referer())
	})
	res := h.ask(http.MethodPost, "/told?q="+key, "", "Cookie", h.signIn(t), "Referer", "http://127.0.0.1:8080/told?q="+key)
	if res.StatusCode != http.StatusOK {
		t.Errorf("%d, want it done", res.StatusCode)
	}
	wantUntold(t, res, key)
	// Programs are not led anywhere; nothing is told of their addresses either.
	res = h.ask(http.MethodGet, "/api/v1/nothing/"+key, "")
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("%d, want 404", res.StatusCode)
	}
	wantUntold(t, res, key)
	wantUntold(t, h.ask(http.MethodGet, "/api/v1/apps?search="+key, ""), key)
	wantNotInLog(t, h, key)
}

func TestWhatIsNoKeyStaysInTheAddress(t *testing.T) {
	h := newHouse(t, nil)
	cookie := h.signIn(t)
	for _, address := range []string{"/applications?search=lk_billing", "/applications?search=lk_", "/applications?search=a&x=%zz", "/applications"} {
		if res := h.ask(http.MethodGet, address, "", "Cookie", cookie); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, want 200", address, res.StatusCode)
		}
	}
}

// Whatever stands around a key in an address, nothing that is told holds it.
func FuzzAKeyInAnAddress(f *testing.F) {
	const key = "lk_canaryCanaryCanaryCanaryCanaryCanaryCanary12345678"
	for _, around := range [][2]string{{"?search=", ""}, {"/", "/rules"}, {"?a=1&b=%zz&", "=x;y"}, {"?search=lk_", "&search=b"}, {"?%6", "%"}, {"//x.test/", "?"}} {
		f.Add(around[0], around[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		address := "/applications" + before + key + after
		u, err := url.ParseRequestURI(address)
		if err != nil || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Skip("no client can ask for it")
		}
		h := newHouse(t, nil)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL, r.RequestURI = u, address
		r.Header.Set("Cookie", h.signIn(t))
		r.Header.Set("Referer", "http://127.0.0.1:8080"+address)
		rec := httptest.NewRecorder()
		h.Echo.ServeHTTP(rec, r)
		wantUntold(t, rec.Result(), key)
		wantNotInLog(t, h, key)
	})
}

func wantUntold(t *testing.T, res *http.Response, key string) {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range res.Header {
		body = append(body, name+": "+strings.Join(values, " ")...)
	}
	if strings.Contains(string(body), key[3:30]) {
		t.Error("the answer holds the key")
	}
}

func wantNotInLog(t *testing.T, h *house, key string) {
	t.Helper()
	if log := h.log.String(); !strings.Contains(log, "request") || strings.Contains(log, key[3:30]) {
		t.Error("the log holds the key, or nothing")
	}
}
