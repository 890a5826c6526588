//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// identity is who runs the server; nil is whoever runs the test.
type identity struct{ credential *syscall.Credential }

// unprivileged finds somebody other than root to run the server and gives them
// the folder.
func unprivileged(folder string) (identity, error) {
	if os.Geteuid() != 0 {
		return identity{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
		if uidErr != nil || gidErr != nil {
			continue
		}
		if err := os.Chown(folder, int(uid), int(gid)); err != nil {
			return identity{}, err
		}
		return identity{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return identity{}, fmt.Errorf("root must not run PostgreSQL, and there is neither a user postgres nor nobody")
}

func (i identity) apply(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Credential: i.credential, Setpgid: true}
	endWithParent(command.SysProcAttr)
}
