// Command bench measures the product beside a bare program that does the same
// work and nothing else (bench/bare), both as processes of their own, in one
// run, alternating, and prints ratios.
//
// It looks at CPU time per request first, because that hardly depends on what
// else shares the machine, and at requests per second second. It never passes
// or fails: numbers are for people to read. `make bench` runs it.
package main
