package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/mattn/go-sqlite3"
)

// minSQLite is the first SQLite without the WAL-reset corruption bug (3.51.3).
const minSQLite = 3051003

// DB is one SQLite file: a single writer, whose transactions take the lock at once, and a pool of readers that cannot write.
type DB struct {
	Reader *sql.DB
	Path   string

	one  *sql.DB // the writer's one connection
	jobs chan *job
	due  chan struct{} // a checkpoint is due
	// pages that the log has grown by since the last checkpoint, roughly; the writer's own.
	pages int

	breaking sync.Once
	broken   chan struct{}
	ending   sync.Once
	closing  chan struct{}
	working  sync.WaitGroup
}

// Open opens the file, making it (mode 0600) when it does not exist. Commits are durable (synchronous=FULL), deleted
// bytes are overwritten, temporary data stays in memory.
func Open(ctx context.Context, path string) (*DB, error) {
	if _, number, _ := sqlite3.Version(); number < minSQLite {
		return nil, fmt.Errorf("SQLite %d is older than 3.51.3, which can corrupt a database in WAL mode: build with a newer go-sqlite3", number)
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := &DB{Path: path, jobs: make(chan *job), due: make(chan struct{}, 1), closing: make(chan struct{}), broken: make(chan struct{})}
	// Pragmas stand in the DSN: an Exec on a pool would reach one connection only.
	if db.one, err = sql.Open("sqlite3", dsn(path, "_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_secure_delete=on&_auto_vacuum=full&_stmt_cache_size=64")); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.one.SetMaxOpenConns(1)
	db.one.SetConnMaxLifetime(0)
	if err := db.one.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", filepath.Base(path), Classify(err)), db.Close())
	}
	for _, pragma := range []string{"temp_store = MEMORY", "trusted_schema = OFF", "cell_size_check = ON", "wal_autocheckpoint = 0"} {
		if _, err := db.one.ExecContext(ctx, "PRAGMA "+pragma); err != nil {
			return nil, errors.Join(fmt.Errorf("set %s: %w", pragma, Classify(err)), db.Close())
		}
	}
	if db.Reader, err = sql.Open("sqlite3", dsn(path, "_query_only=true&_secure_delete=on&_stmt_cache_size=32")); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), db.Close())
	}
	db.Reader.SetMaxOpenConns(4)
	db.working.Go(db.writer)
	db.working.Go(db.checkpointer)
	return db, nil
}

func dsn(path, more string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?_busy_timeout=5000&_foreign_keys=on&" + more
}

// Checkpoint moves the write-ahead log into the database and empties it, so that nothing deleted survives in it.
func (db *DB) Checkpoint(ctx context.Context) error {
	var busy, log, moved int
	if err := db.one.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved); err != nil {
		return fmt.Errorf("checkpoint: %w", Classify(err))
	}
	if busy != 0 {
		return fmt.Errorf("checkpoint: %w", ErrBusy)
	}
	return nil
}

// Rewrite writes the whole file anew and empties the log: what order things came in is in neither.
func (db *DB) Rewrite(ctx context.Context) error {
	if _, err := db.one.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("vacuum: %w", Classify(err))
	}
	return db.Checkpoint(ctx)
}

// Close commits what waits, then closes readers and writer. It is idempotent.
func (db *DB) Close() error {
	db.ending.Do(func() { close(db.closing) })
	db.working.Wait()
	var errs []error
	for _, pool := range []*sql.DB{db.Reader, db.one} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}
