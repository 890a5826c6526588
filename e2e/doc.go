// Package e2e starts the real binary over a database of its own and drives it
// with a real browser, the way the product's manual tells a person to: controls
// are found by the words that are read on them, never by an id or a class.
//
// harness_test.go builds and runs the binary; browser_test.go runs Chromium and
// fails a test on any console error, policy violation, foreign request or
// server error; label_test.go finds things by role and accessible name;
// pointer_test.go and keyboard_test.go are a person's two pairs of hands. The
// other files are the tests.
//
// `make test` installs what is needed. A plain `go test` skips the browser
// tests where there is no Chromium, and says so.
package e2e
