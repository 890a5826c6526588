// Package views is what is seen: a struct shaped like the screen goes in,
// markup comes out. The struct of a screen stands beside its template
// (applications.go and applications.templ), package ui holds the parts that
// screens are built from, and package gallery draws every part and page in its
// named states, for golden files and for the browser's accessibility check.
//
// It owns every word and every class that a person meets on a page. It knows
// nothing of Echo, of SQL or of a request, and decides nothing: whether somebody
// may do a thing comes in as a field.
package views
