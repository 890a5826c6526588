// Package storetest is the definition of "store": what every engine must do
// for the rest of Latchkey, told as tests. The store runs it on SQLite and on
// PostgreSQL; whoever writes a third engine starts here.
//
// The suite knows a store by its interfaces alone, and checks lists against a
// model in Go that shares no code with any store.
package storetest
