package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
)

type postgresDialect struct{ sqliteDialect }

func (postgresDialect) name() string        { return "PostgreSQL" }
func (postgresDialect) migrations() fs.FS   { return nil }
func (postgresDialect) countTables() string { return "" }

func openPostgres(ctx context.Context, url string) (writer, readers *sql.DB, err error) {
	return nil, nil, errors.New("PostgreSQL is not supported yet")
}
