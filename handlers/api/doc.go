// Package api is the JSON room: the token endpoints, the signing keys, and the
// API that tokens are used on. It speaks the wire of api-contract.md, with its
// own errors and its own authentication, over the same service as the console.
//
// It owns what requests and answers look like; what may be done and what happens
// is for access to decide. It knows nothing of sessions, cookies or markup.
//
// openapi.yaml comes first: openapi.gen.go, the server and its types, is made
// from it, and the tests hold every answer against it. A request passes, in this
// order, requireToken (bearer.go), the table of permissions (authorization.go)
// and tidy (tidy.go), which makes of what clients really send what the
// specification says they do; then the generated server calls the method named
// after the operation. Each noun has one file; wire.go has what they share.
//
// Three things are written by hand and only described by the specification. The
// token endpoints are the hot path, take keys in any casing and forms besides
// JSON, and answer the errors of RFC 6749. Decisions follow a standard in which one
// bad question of several must not spoil the others. Lists are written by listing.go while
// the store reads, since the generated answers hold all of it in memory.
package api
