package sqldb

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// Errors that a caller can tell apart, whatever the engine.
var (
	ErrUnique   = errors.New("it exists already")
	ErrBusy     = errors.New("the database is locked by another process")
	ErrFull     = errors.New("the disk is full")
	ErrReadOnly = errors.New("the database cannot be written: check the owner and mode of its directory")
	ErrCannot   = errors.New("the database file cannot be opened: check that its directory exists and belongs to the service")
	ErrDamaged  = errors.New("the file is not a database or is damaged: restore a backup")
	ErrDisk     = errors.New("the disk reported an error")
	// ErrNotDurable means that the disk did not confirm what was written: whether it is there is unknown.
	ErrNotDurable = errors.New("the disk did not make a write durable: look at its health, then start again")
	// ErrBroken is the answer to all writes after that.
	ErrBroken = errors.New("the database has ended after the disk failed")
)

// Classify wraps a driver's error so that errors.Is finds one of the errors above. Driver errors are compared by type and
// extended code, never by text.
func Classify(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return fmt.Errorf("%w: %w", ErrUnique, err)
	case sqlite3.ErrIoErrFsync, sqlite3.ErrIoErrDirFsync:
		return fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	named := map[sqlite3.ErrNo]error{
		sqlite3.ErrBusy: ErrBusy, sqlite3.ErrLocked: ErrBusy, sqlite3.ErrFull: ErrFull, sqlite3.ErrReadonly: ErrReadOnly,
		sqlite3.ErrCantOpen: ErrCannot, sqlite3.ErrNotADB: ErrDamaged, sqlite3.ErrCorrupt: ErrDamaged, sqlite3.ErrIoErr: ErrDisk,
	}
	if name, ok := named[e.Code]; ok {
		return fmt.Errorf("%w: %w", name, err)
	}
	return err
}
