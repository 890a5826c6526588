//go:build unix && !linux

package pgtest

import "syscall"

// endWithParent: only Linux knows how.
func endWithParent(*syscall.SysProcAttr) {}
