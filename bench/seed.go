package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"latchkey/access"
	"latchkey/store"
)

// seed fills the product's database by its own demo, adds the clients that
// will ask for tokens, and gives the bare program a table of as many rows.
func (p plan) seed(ctx context.Context, folder, database string) ([]client, error) {
	if err := p.command(ctx, folder, database, "demo", "--applications", fmt.Sprint(p.applications-p.clients)); err != nil {
		return nil, err
	}
	password := filepath.Join(folder, "password")
	if err := os.WriteFile(password, []byte(adminPassword), 0o600); err != nil {
		return nil, err
	}
	if err := p.command(ctx, folder, database, "user", "create", adminEmail, "--password-file", password); err != nil {
		return nil, err
	}
	clients, err := p.createClients(ctx, database)
	if err != nil {
		return nil, err
	}
	return clients, p.fillBare(ctx, bareDatabase(folder, database), clients)
}

func (p plan) command(ctx context.Context, folder, database string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(folder, "latchkey"), args...)
	cmd.Env, cmd.Stderr = latchkeyEnvironment(folder, database), os.Stderr
	return cmd.Run()
}

// clientRole lets an application read most things, other applications among them:
// it can introspect, and a gateway is told a long list.
const clientRole = 1711

// createClients makes applications of one access rule each.
func (p plan) createClients(ctx context.Context, database string) (clients []client, err error) {
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(ctx, store.Config{URL: database, Log: log, Now: time.Now})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	service := access.NewService(db, access.Config{Now: time.Now, Random: rand.Reader, Log: log})
	for i := range p.clients {
		app, key, err := service.CreateApplication(ctx, access.LocalOperator("bench"), access.NewApplication{Name: fmt.Sprintf("bench-client-%d", i)})
		if err != nil {
			return nil, err
		}
		rule := access.NewRule{SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: clientRole, ScopeID: access.TenantNodeID}
		if _, err := service.CreateRule(ctx, access.LocalOperator("bench"), rule); err != nil {
			return nil, err
		}
		clients = append(clients, client{id: app.ClientID, secret: key.Reveal()})
	}
	return clients, nil
}

func bareDatabase(folder, database string) string {
	if strings.HasPrefix(database, "postgres") {
		return database
	}
	return filepath.Join(folder, "bare.db")
}

func (p plan) fillBare(ctx context.Context, database string, clients []client) (err error) {
	driver := "sqlite"
	if strings.HasPrefix(database, "postgres") {
		driver = "pgx"
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	hashType := map[string]string{"sqlite": "BLOB", "pgx": "BYTEA"}[driver]
	if _, err := db.ExecContext(ctx, `CREATE TABLE bare_clients (client_id TEXT PRIMARY KEY, secret_hash `+hashType+` NOT NULL, enabled BOOLEAN NOT NULL)`); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO bare_clients (client_id, secret_hash, enabled) VALUES ($1, $2, $3)`)
	if err != nil {
		return err
	}
	for i := range p.applications {
		row := client{id: fmt.Sprintf("other-%d", i), secret: fmt.Sprint(i)}
		if i < len(clients) {
			row = clients[i]
		}
		hash := sha256.Sum256([]byte(row.secret))
		if _, err := insert.ExecContext(ctx, row.id, hash[:], true); err != nil {
			return err
		}
	}
	return tx.Commit()
}
