package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"porchlight/internal/sqldb"
	"porchlight/server/keyring"
)

//go:embed migrations
var migrations embed.FS

// ErrInUse means that another process has the data directory.
var ErrInUse = errors.New("the data directory is in use by another Porchlight process")

// Config says where things are kept. Data, Keys and Run are required.
type Config struct {
	Data string // databases
	Keys string // keys of evidence, outside every backup
	Run  string // keys of sessions, memory-backed
	// EvidenceDays is how long evidence is kept after the decision; 0 is 30.
	EvidenceDays int
	Now          func() time.Time
	Logger       *slog.Logger
}

// Store is all of it. It is safe for concurrent use.
type Store struct {
	main     *sqldb.DB
	identity *sqldb.DB
	lasting  *keyring.Ring
	sessions *secrets
	lock     *os.File
	closing  sync.Once
	closed   chan struct{}
	days     int
	now      func() time.Time
	logger   *slog.Logger
}

// Open takes the data directory (ErrInUse when another process has it), migrates the databases, sweeps keys that nothing
// needs, and finishes purges that were begun.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{closed: make(chan struct{}), days: c.EvidenceDays, now: c.Now, logger: c.Logger}
	if s.days == 0 {
		s.days = 30
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if err := s.open(ctx, c); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, c Config) error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w (check that its parent exists and belongs to the service)", err)
	}
	var err error
	if s.lock, err = takeLock(filepath.Join(c.Data, "porchlight.lock")); err != nil {
		return err
	}
	if s.lasting, err = keyring.Open(c.Keys); err != nil {
		return err
	}
	running, err := keyring.Open(c.Run)
	if err != nil {
		return err
	}
	s.sessions = newSecrets(running)
	if s.main, err = openDB(ctx, filepath.Join(c.Data, "porchlight.db"), "main"); err != nil {
		return err
	}
	if s.identity, err = openDB(ctx, filepath.Join(c.Data, "identity.db"), "identity"); err != nil {
		return err
	}
	if err := s.finishPurges(ctx); err != nil {
		return err
	}
	return s.sweepOrphanKeys(ctx)
}

func openDB(ctx context.Context, path, schema string) (*sqldb.DB, error) {
	db, err := sqldb.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	sub, err := fs.Sub(migrations, "migrations/"+schema)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.Migrate(ctx, sub); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w (check that it belongs to the service)", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(ErrInUse, f.Close())
	}
	return f, nil
}

// Broken returns a channel that is closed when the disk has failed to make something durable: the process must end.
func (s *Store) Broken() <-chan struct{} {
	broken := make(chan struct{})
	go func() {
		defer close(broken)
		select {
		case <-s.main.Broken():
		case <-s.identity.Broken():
		case <-s.closed:
		}
	}()
	return broken
}

// Close lets everything go. It is idempotent.
func (s *Store) Close() error {
	s.closing.Do(func() { close(s.closed) })
	var errs []error
	for _, db := range []*sqldb.DB{s.identity, s.main} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(*T) []any) (all []T, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v T
		if err := rows.Scan(scan(&v)...); err != nil {
			return nil, sqldb.Classify(err)
		}
		all = append(all, v)
	}
	return all, sqldb.Classify(rows.Err())
}

func (s *Store) today() string { return s.now().UTC().Format(time.DateOnly) }
