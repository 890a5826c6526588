//go:build !unix

package store_test

import "time"

// Limits of files and measures of processors are those of Unix.
const fullVariable = "LATCHKEY_STORE_TEST_FULL"

func fillDisk(string) int { return 1 }

func cpuTime() time.Duration { return 0 }
