// Package store is how things are kept: the only room that knows SQL. A Store
// is an access.Repository, and keeps the console's sessions as well.
//
// One set of statements with $N placeholders runs on SQLite and on PostgreSQL;
// dialect.go names every difference between the two, and the migrations of
// both bear the same numbers and names. Times are kept as microseconds since
// 1970 with 0 for never, and text is folded in Go, because the engines fold and
// sort differently.
//
// Reading order: store.go opens and closes; writer.go commits; query.go is the
// little that every noun shares; then one file for each noun, with the SQL
// next to the Go that runs it. list_compile.go turns a list of the screen into
// one SELECT, and list_plan.go decides where that SELECT starts.
//
// The package must not know of HTTP, of markup, nor of who may do what.
package store
