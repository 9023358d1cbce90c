package sqldb

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// NewerSchemaError means that the file was written by a newer version of the program.
type NewerSchemaError struct {
	File string
	Has  int64 // schema version of the file
	Know int64 // newest version this program knows
}

func (e *NewerSchemaError) Error() string {
	return fmt.Sprintf("%s has schema %d, this program knows up to %d: run the newer version, or restore the backup made before the upgrade", e.File, e.Has, e.Know)
}

// Migrate brings the schema forward with the numbered files of migrations. A newer schema is refused.
func (db *DB) Migrate(ctx context.Context, migrations fs.FS) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, db.one, migrations, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	has, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", Classify(err))
	}
	var know int64
	for _, s := range p.ListSources() {
		know = max(know, s.Version)
	}
	if has > know {
		return &NewerSchemaError{File: db.Path, Has: has, Know: know}
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", Classify(err))
	}
	return nil
}
