// Package api is the JSON room: the token endpoints, the signing keys, and the
// API that tokens are used on. It speaks the wire of api-contract.md, with its
// own errors and its own authentication, over the same service as the console.
//
// It owns what requests and answers look like; what may be done and what happens
// is for access to decide. It knows nothing of sessions, cookies or markup.
//
// Each noun has one file; wire.go has what they share.
package api
