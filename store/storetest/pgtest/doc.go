// Package pgtest gives tests a PostgreSQL server: the one that
// LATCHKEY_TEST_POSTGRES names, or else a throw-away cluster made with the
// server binaries of this machine, on a socket in a temporary folder.
//
// It owns that server's life and the databases on it, and must not know what
// is kept in them.
package pgtest
