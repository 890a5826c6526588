package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"latchkey/access"
)

// Config is where and how to open a store.
type Config struct {
	// URL is the path of an SQLite file, or a postgres:// URL.
	URL string
	Log *slog.Logger
	Now func() time.Time
}

// Store keeps everything. It is safe for concurrent use.
type Store struct {
	reader
	cfg     Config
	readers *statements
	writes  *writer
	pools   []*sql.DB
}

var _ access.Repository = (*Store)(nil)

// Open opens the store, and brings its tables up to date. An error is one line
// that says what to do.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s, err := open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := s.ensureTenant(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func open(ctx context.Context, cfg Config) (*Store, error) {
	var d dialect = sqliteDialect{}
	connect := openSQLite
	if isPostgres(cfg.URL) {
		d, connect = postgresDialect{}, openPostgres
	}
	writerPool, readerPool, err := connect(ctx, cfg.URL)
	if err != nil {
		return nil, err
	}
	pools := []*sql.DB{writerPool, readerPool}
	if err := migrate(ctx, d, writerPool, cfg); err != nil {
		return nil, errors.Join(err, closeAll(pools))
	}
	readers := newStatements(readerPool)
	r := reader{on: readers, dialect: d, plan: usualPlanning()}
	return &Store{
		reader:  r,
		cfg:     cfg,
		readers: readers,
		writes:  startWriter(writerPool, r),
		pools:   pools,
	}, nil
}

func isPostgres(u string) bool {
	return strings.HasPrefix(u, "postgres://") || strings.HasPrefix(u, "postgresql://")
}

// Close finishes the write that is under way and refuses all further ones.
func (s *Store) Close() error {
	return errors.Join(s.writes.close(), s.readers.close(), closeAll(s.pools))
}

func closeAll(pools []*sql.DB) error {
	var problems []error
	for _, pool := range pools {
		problems = append(problems, pool.Close())
	}
	return errors.Join(problems...)
}

// Write runs fn in one transaction; see access.Repository.
func (s *Store) Write(ctx context.Context, fn func(context.Context, access.Tx) error) error {
	return s.writes.write(ctx, fn)
}

// ensureTenant makes the root of the organisation tree, which always exists;
// its name is the administrator's to change.
func (s *Store) ensureTenant(ctx context.Context) error {
	_, err := s.Scope(ctx, access.TenantNodeID)
	if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	err = s.Write(ctx, func(ctx context.Context, tx access.Tx) error {
		if _, err := tx.Scope(ctx, access.TenantNodeID); err == nil {
			return nil // another process was quicker
		}
		now := s.cfg.Now().UTC()
		return tx.InsertScope(ctx, access.Scope{
			ID: access.TenantNodeID, Type: access.ScopeTenant, Name: "My organization", Path: access.TenantPath,
			Times: access.Times{CreatedAt: now, UpdatedAt: now},
		})
	})
	if err != nil {
		return fmt.Errorf("cannot make the root of the organisation tree: %w", err)
	}
	return nil
}

// maxStatements bounds the prepared statements of one pool, each of which takes
// memory on every connection: a list has as many texts as people combine
// filters, the rest of the package a few dozen.
const maxStatements = 128

// statements is a querier over a pool that prepares each text once, so that a
// hot look-up costs no parsing.
type statements struct {
	pool     *sql.DB
	mu       sync.RWMutex
	prepared map[string]*sql.Stmt
}

func newStatements(pool *sql.DB) *statements {
	return &statements{pool: pool, prepared: map[string]*sql.Stmt{}}
}

func (s *statements) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	statement, err := s.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	if statement == nil {
		return s.pool.QueryContext(ctx, text, args...)
	}
	return statement.QueryContext(ctx, args...)
}

// note: each statement stands for itself here.
func (s *statements) note(err error) error { return err }

// prepare finds or makes the statement; nil means that there are enough.
func (s *statements) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.RLock()
	statement, enough, closed := s.prepared[text], len(s.prepared) >= maxStatements, s.prepared == nil
	s.mu.RUnlock()
	if closed {
		return nil, errClosed
	}
	if statement != nil || enough {
		return statement, nil
	}
	// Not under the lock: preparing may wait for a connection.
	made, err := s.pool.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prepared == nil {
		return nil, errors.Join(errClosed, made.Close())
	}
	if first := s.prepared[text]; first != nil {
		return first, made.Close()
	}
	s.prepared[text] = made
	return made, nil
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var problems []error
	for _, statement := range s.prepared {
		problems = append(problems, statement.Close())
	}
	s.prepared = nil
	return errors.Join(problems...)
}
