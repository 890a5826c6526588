// Command bare is the least that a token endpoint can do: Echo, one look-up of
// the client by its id, a comparison of hashes, one ES256 signature; and the least
// that a check of a token can do: one signature verified, one look-up. No limits,
// no log, no record of the use. It is the ceiling that bench holds the product
// against.
package main
