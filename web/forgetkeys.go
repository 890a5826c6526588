package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
)

// keyForgotten says in the context of a request that its address held a secret
// key, which it does no longer.
const keyForgotten = "latchkey.key-forgotten"

// forgetKeys takes secret keys out of the address of a request before anything
// looks at it: people paste them into a search, which asks by its address. What
// comes after cannot log, echo or keep them (security.md 2). The query of an API
// path stays: programs mean what they say, and it is told nowhere.
func forgetKeys(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if forgetKeysIn(c.Request()) {
			c.Set(keyForgotten, true)
		}
		return next(c)
	}
}

func forgetKeysIn(r *http.Request) bool {
	u := r.URL
	found := false
	if access.HoldsSecretKey(u.Path) {
		u.Path, u.RawPath, found = pathWithoutKeys(u.Path), "", true
	}
	if surfaceOf(u.Path) == pages {
		forgetKeysInHeaders(r.Header)
		if cleaned, held := queryWithoutKeys(u); held {
			u.RawQuery, found = cleaned, true
		}
	}
	if found {
		r.RequestURI = u.RequestURI()
	}
	return found
}

// forgetKeysInHeaders forgets the address of the page that asks.
func forgetKeysInHeaders(h http.Header) {
	for _, header := range [...]string{"Referer", hxCurrentURL} {
		if access.HoldsSecretKey(h.Get(header)) {
			h.Del(header)
		}
	}
}

func pathWithoutKeys(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if access.HoldsSecretKey(segment) {
			segments[i] = "secret-key"
		}
	}
	return strings.Join(segments, "/")
}

// queryWithoutKeys is what is left of a query that held a key.
func queryWithoutKeys(u *url.URL) (cleaned string, held bool) {
	if u.RawQuery == "" {
		return "", false
	}
	held = access.HoldsSecretKey(u.RawQuery) // as it came: what cannot be decoded has no value
	query := u.Query()
	for name, values := range query {
		if access.HoldsSecretKey(name) || slices.ContainsFunc(values, access.HoldsSecretKey) {
			delete(query, name)
			held = true
		}
	}
	return query.Encode(), held
}

// tellOfForgottenKey answers a page that was asked for by such an address: what
// happened, where a key can be looked for, and the way back.
func tellOfForgottenKey(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if c.Get(keyForgotten) == nil || !isSafe(r) || surfaceOf(r.URL.Path) != pages {
			return next(c)
		}
		return Redirect(c, views.KeyForgottenHref(r.URL.RequestURI()))
	}
}
