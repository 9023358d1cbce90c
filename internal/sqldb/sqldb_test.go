package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"porchlight/internal/sqldb"
)

func open(t *testing.T, path string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func migrations(versions ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, v := range versions {
		files[v+"_x.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE t" + v + " (k TEXT PRIMARY KEY) WITHOUT ROWID;\n")}
	}
	return files
}

func TestOpenIsDurableAndForgetful(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%3F.db")
	db := open(t, path)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1", "temp_store": "2", "trusted_schema": "0", "busy_timeout": "5000",
	} {
		var got string
		err := db.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got)
		})
		if err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", pragma, got, err, want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v, want mode 0600", info, err)
	}
	if _, err := db.Reader.ExecContext(t.Context(), "CREATE TABLE x (y)"); err == nil {
		t.Error("a reader can write")
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "a.db"))
	if err := db.Migrate(t.Context(), migrations("00001")); err != nil {
		t.Fatal(err)
	}
	insert := func() error {
		return db.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO t00001 (k) VALUES ('a')")
			return sqldb.Classify(err)
		})
	}
	if err := insert(); err != nil {
		t.Fatal(err)
	}
	if err := insert(); !errors.Is(err, sqldb.ErrUnique) {
		t.Errorf("the same key twice: %v", err)
	}
	_, err := db.Reader.ExecContext(t.Context(), "DELETE FROM t00001")
	if err = sqldb.Classify(err); !errors.Is(err, sqldb.ErrReadOnly) {
		t.Errorf("writing through a reader: %v", err)
	}
	broken := filepath.Join(dir, "broken.db")
	if err := os.WriteFile(broken, []byte("this is not a database, it only has its name, and it is long enough to be read as a header of one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqldb.Open(t.Context(), broken); !errors.Is(err, sqldb.ErrDamaged) {
		t.Errorf("a file that is no database: %v", err)
	}
	if _, err := sqldb.Open(t.Context(), filepath.Join(dir, "no", "such", "directory.db")); err == nil {
		t.Error("a directory that does not exist: no error")
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := open(t, path).Migrate(t.Context(), migrations("00001", "00002", "00003")); err != nil {
		t.Fatal(err)
	}
	var newer *sqldb.NewerSchemaError
	if err := open(t, path).Migrate(t.Context(), migrations("00001")); !errors.As(err, &newer) || newer.Has != 3 || newer.Know != 1 {
		t.Errorf("schema 3 under a program that knows 1: %v", err)
	}
	if err := open(t, path).Migrate(t.Context(), migrations("00001", "00002", "00003", "00004")); err != nil {
		t.Errorf("schema 3 under a program that knows 4: %v", err)
	}
}
