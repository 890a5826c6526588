package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"latchkey/access"
	"latchkey/store"
	"latchkey/token"
)

// installation is an open database, the key file that belongs to it, and the
// use cases over both. The server and every command start from one.
type installation struct {
	store   *store.Store
	sealer  *token.Sealer
	service *access.Service
	log     *slog.Logger
	now     func() time.Time
}

// keyFingerprint is the setting in which a database names its key file.
const keyFingerprint = "key.fingerprint"

// openInstallation opens what cfg points at, making database and key file if
// there are none. issuer is the public URL that tokens will name, audiences are
// whom they can be made for besides our own API.
func openInstallation(ctx context.Context, cfg Storage, issuer string, log *slog.Logger, audiences ...string) (*installation, error) {
	now := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	db, err := store.Open(ctx, store.Config{URL: cfg.Database, Log: log, Now: now})
	if err != nil {
		return nil, err
	}
	sealer, err := openKeyFile(ctx, db, cfg.keyFile(), log)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	service := access.NewService(db, access.Config{Issuer: issuer, Audiences: audiences, Sealer: sealer, Now: now, Random: rand.Reader, Log: log})
	return &installation{store: db, sealer: sealer, service: service, log: log, now: now}, nil
}

func (i *installation) close() error { return i.store.Close() }

// openKeyFile loads the key file that the database was made with. Only a
// database that has none yet gets a new one: a fresh key in place of a lost one
// opens nothing and would hide the loss.
func openKeyFile(ctx context.Context, repo access.Repository, path string, log *slog.Logger) (*token.Sealer, error) {
	known, err := repo.Setting(ctx, keyFingerprint)
	if err != nil {
		return nil, err
	}
	if known != "" {
		return loadKnownKeyFile(path, known)
	}
	sealer, created, err := token.LoadOrCreateKeyFile(path, rand.Reader)
	if err != nil {
		return nil, err
	}
	if created {
		log.Info("made a key file: keep a copy of it apart from the database", "path", path)
	}
	return sealer, adoptKeyFile(ctx, repo, sealer, path)
}

func loadKnownKeyFile(path, known string) (*token.Sealer, error) {
	sealer, err := token.LoadKeyFile(path)
	if errors.Is(err, token.ErrKeyFileMissing) {
		return nil, fmt.Errorf("this database was made with key file %s, and there is none at %s: put it back, or point LATCHKEY_KEY_FILE at it", known, path)
	}
	if err != nil {
		return nil, err
	}
	return sealer, matchKeyFile(sealer, known, path)
}

func matchKeyFile(sealer *token.Sealer, known, path string) error {
	if sealer.Fingerprint() == known {
		return nil
	}
	return fmt.Errorf("%s is key file %s, but this database was made with %s: point LATCHKEY_KEY_FILE at that one", path, sealer.Fingerprint(), known)
}

// adoptKeyFile ties the database to the key file. Of two processes that start
// at once with different files, the second to come finds the first's.
func adoptKeyFile(ctx context.Context, repo access.Repository, sealer *token.Sealer, path string) error {
	return repo.Write(ctx, func(ctx context.Context, tx access.Tx) error {
		known, err := tx.Setting(ctx, keyFingerprint)
		if err != nil {
			return err
		}
		if known != "" {
			return matchKeyFile(sealer, known, path)
		}
		return tx.SetSetting(ctx, keyFingerprint, sealer.Fingerprint())
	})
}
