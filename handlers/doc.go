// Package handlers answers the console's requests, one file per noun. Register
// in routes.go lists every address on one page.
//
// A handler is five moves: parse the request, ask the service, fill the struct
// of the screen, render it, return the error. It owns how a form or a query
// becomes an input of access, and which screen tells the outcome. It knows
// nothing of the store, sets no header of htmx (web does) and writes no markup
// (views does); statuses of errors are web's one table.
package handlers
