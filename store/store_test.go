package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"latchkey/store"
)

func TestOpenTwice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "latchkey.db")
	for range 2 {
		s, err := store.Open(context.Background(), store.Config{URL: file})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
