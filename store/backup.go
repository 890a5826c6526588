package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a consistent copy of the database into a file that must not
// exist yet, readable by its owner alone, while others read and write. The key
// file is not in it.
func (s *Store) Backup(ctx context.Context, file string) error {
	if _, ok := s.dialect.(sqliteDialect); !ok {
		return errors.New("the database is PostgreSQL: back it up with pg_dump")
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s exists already: name a new file", file)
	}
	// VACUUM INTO takes an empty file as well; made here, so that nobody else
	// can read the copy while it grows.
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("cannot make %s: %w", file, reason(err))
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := s.copyInto(ctx, file); err != nil {
		_ = os.Remove(file) // half a backup is none
		return fmt.Errorf("cannot back up to %s: %w", file, s.wrap(err))
	}
	return nil
}

func (s *Store) copyInto(ctx context.Context, file string) error {
	// Not a reader's connection: those may not write, not even elsewhere.
	if _, err := s.writes.pool.ExecContext(ctx, `VACUUM INTO $1`, file); err != nil {
		return err
	}
	return syncFile(file)
}

// syncFile flushes the copy and its name: SQLite does neither here.
func syncFile(file string) error {
	for _, path := range []string{file, filepath.Dir(file)} {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}
