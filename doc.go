// Latchkey is a self-hosted console for applications: the machine identities
// that pipelines, scripts and services use to call an API.
//
// This package is the outermost room. It owns what belongs to a process and to
// nobody else: flags and environment (config.go, cli.go), the opened database
// with its key file (installation.go), listening and stopping (serve.go), and
// the sample organisation (demo.go). It knows nothing of SQL, of markup, or of
// what a request looks like: it wires the rooms together and gets out of the way.
package main
