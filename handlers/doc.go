// Package handlers answers the URLs of the console: each handler reads what was
// asked into a struct, calls the service, fills the struct of a screen and lets
// web draw it. routes.go lists every URL; the other files are named after what
// they are about.
//
// It knows no SQL, no markup and no HX- header, and it decides nothing about who
// may do what: the service does, and its errors become pages in web.
package handlers
