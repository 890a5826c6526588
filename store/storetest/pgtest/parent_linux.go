package pgtest

import "syscall"

// endWithParent stops the server when a test program is killed and cannot. The
// signal is the one of a fast shutdown.
func endWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGINT }
