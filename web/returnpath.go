package web

import (
	"net/url"
	"strings"
	"unicode"
)

// Home is where a person goes who has nowhere else to go.
const Home = "/"

const maxReturnPath = 2048

// SafeReturn is path if it is a path on this very origin, and Home otherwise
// (security.md 35). Browsers read "//host", "/\host" and, after dropping tabs
// and line ends, "/<tab>/host" as another origin; all of these are refused, also
// where they are percent-encoded.
func SafeReturn(path string) string {
	if len(path) > maxReturnPath || hasTrickery(path) {
		return Home
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || hasTrickery(u.Path) {
		return Home
	}
	if u.Path == signInPath || u.Path == signOutPath || u.Path == setupPath {
		return Home // coming back there would be a dead end
	}
	return path
}

// hasTrickery reports whether a browser could read the path as anything but a
// path on this origin.
func hasTrickery(path string) bool {
	return !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		strings.ContainsFunc(path, func(r rune) bool { return r == '\\' || unicode.IsControl(r) || r == unicode.ReplacementChar })
}

// The paths that the front door itself has to know.
const (
	signInPath         = "/sign-in"
	signOutPath        = "/sign-out"
	setupPath          = "/setup"
	passwordPath       = "/account/password"
	accountPath        = "/account"
	preferencesPath    = "/account/preferences"
	returnParam        = "next"
	healthPath         = "/healthz"
	readyPath          = "/readyz"
	sessionPath        = "/session"
	backgroundParam    = "background"
	backgroundHeader   = "X-Background"
	sessionEndsHeader  = "X-Session-Ends-In"
	requestIDHeader    = "X-Request-Id"
	clearSiteDataValue = `"cache", "cookies", "storage"`
)

// signInURL is the sign-in page that leads back to path.
func signInURL(path string) string {
	if path = SafeReturn(path); path == Home {
		return signInPath
	}
	return signInPath + "?" + url.Values{returnParam: {path}}.Encode()
}
