// Package web is the front door: Echo and its middleware in order, sessions,
// rendering, the htmx headers, the one error handler, static assets and rate
// limits. Handlers parse, call the service and render; what every request has
// in common happens here.
//
// Three groups of routes share one server. Console pages need a signed-in user;
// Public pages (sign-in, set-up) do not; API paths take a bearer token, ignore
// cookies and answer errors in JSON. Which of them an unknown path belongs to is
// decided by the path alone (surface.go), so that a 404 speaks the language of
// whoever asked.
//
// The package knows nothing of SQL, and nothing of what the pages are about.
// The strings that begin with "HX-" stand in htmx.go only.
package web
