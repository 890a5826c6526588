//go:build unix

package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/store"
)

// fullVariable turns this test program into a process whose disk fills up: no
// file may grow beyond a few hundred kilobytes, which SQLite cannot tell from
// a full disk.
const fullVariable = "LATCHKEY_STORE_TEST_FULL"

// fillDisk writes until the disk is full, then gets room again and writes one
// more. It prints the name of every application that was acknowledged.
func fillDisk(file string) (code int) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: file})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer s.Close()
	signal.Ignore(syscall.SIGXFSZ)
	room := func(bytes uint64) error {
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		limit.Cur = min(bytes, limit.Max)
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
	}
	if err := room(800_000); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for i := range 1000 {
		name := fmt.Sprintf("app-%03d", i)
		err := insert(ctx, s, name)
		if err == nil {
			fmt.Println(name)
			continue
		}
		if !errors.Is(err, access.ErrUnavailable) {
			fmt.Fprintf(os.Stderr, "on a full disk: %v, want ErrUnavailable\n", err)
			return 1
		}
		if _, err := s.Credential(ctx, "app-000"); err != nil {
			fmt.Fprintf(os.Stderr, "reading on a full disk: %v\n", err)
			return 1
		}
		if err := errors.Join(room(1<<40), insert(ctx, s, "after")); err != nil {
			fmt.Fprintf(os.Stderr, "with room again: %v\n", err)
			return 1
		}
		fmt.Println("after")
		return 0
	}
	fmt.Fprintln(os.Stderr, "the disk never filled up")
	return 1
}

func insert(ctx context.Context, s *store.Store, name string) error {
	return s.Write(ctx, func(ctx context.Context, tx access.Tx) error {
		a := access.Application{ID: name, Name: name, ClientID: name, Description: strings.Repeat("long ", 200), ScopeID: access.TenantNodeID, ScopePath: access.TenantPath}
		return tx.InsertApplication(ctx, a, access.Credential{})
	})
}

func TestAFullDiskLosesNothingThatWasAcknowledged(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "latchkey.db")
	process := exec.CommandContext(t.Context(), program)
	process.Env = append(os.Environ(), fullVariable+"="+file)
	var problems strings.Builder
	process.Stderr = &problems
	output, err := process.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	acknowledged := strings.Fields(string(output))
	s := open(t, file)
	for _, name := range acknowledged {
		if _, err := s.Credential(t.Context(), name); err != nil {
			t.Errorf("%s was acknowledged: %v", name, err)
		}
	}
	n, err := s.CountApplications(t.Context(), everything(access.List{}), 0)
	if err != nil || n != len(acknowledged) {
		t.Errorf("%d applications are there (%v), %d were acknowledged", n, err, len(acknowledged))
	}
}

// cpuTime is what this process has used of the processors so far.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
