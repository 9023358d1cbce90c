package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
)

// batchMax bounds how many writes share one commit, so that the first of them does not wait for long.
const batchMax = 128

// ErrClosed is the answer to a write after Close.
var ErrClosed = errors.New("the database is closed")

// job is one write that waits for the writer.
type job struct {
	ctx  context.Context
	do   func(context.Context, *sql.Tx) error
	done chan error
	err  error // what do returned
	// panicked is what do panicked with: the caller panics with it, the writer goes on.
	panicked any
}

// Write runs do in a transaction and returns when it is committed durably: nil means that it will be there after a power
// cut. Writes that wait at the same time share one commit; one that fails takes no other with it: do may be run twice for
// that, and must not mind. The context that do gets is never cancelled: an interrupted statement would take the whole
// transaction with it.
func (db *DB) Write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	j := &job{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case db.jobs <- j:
	case <-db.closing:
		return ErrClosed
	case <-db.broken:
		return ErrBroken
	case <-ctx.Done():
		return ctx.Err()
	}
	err := <-j.done
	if j.panicked != nil {
		panic(j.panicked)
	}
	return err
}

// writer commits what waits, until the database is closed and nothing waits any more.
func (db *DB) writer() {
	for {
		select {
		case <-db.broken:
			return
		default:
		}
		select {
		case j := <-db.jobs:
			db.commit(j)
		case <-db.closing:
			for {
				select {
				case j := <-db.jobs:
					db.commit(j)
				default:
					return
				}
			}
		}
	}
}

// commit does one write and what waits behind it, and answers them after the commit. It belongs to many callers: none of
// them cancels it.
func (db *DB) commit(first *job) {
	batch := db.gather([]*job{first})
	err := db.inOne(batch, (*job).bare)
	switch {
	case !errors.Is(err, errApart):
	case len(batch) == 1:
		err = nil // its own error is the answer
	default:
		// One of them failed and took the others with it, which is rare: they are done once more, each in a savepoint.
		err = db.inOne(batch, (*job).apart)
	}
	db.judge(err)
	for _, j := range batch {
		if j.err == nil {
			j.err = err
		}
		j.done <- j.err
	}
	db.remind(len(batch))
}

// judge ends the database when the disk did not make something durable. What it wrote is unknown from then on, and asking
// again may get a lie: only a new process, which reads everything anew, can go on.
func (db *DB) judge(err error) {
	if errors.Is(err, ErrNotDurable) {
		db.breaking.Do(func() { close(db.broken) })
	}
}

// Broken is closed when the disk has failed to make something durable: the process must end. Nothing acknowledged is lost.
func (db *DB) Broken() <-chan struct{} { return db.broken }

// errApart means that a write failed and nothing of the batch is committed.
var errApart = errors.New("a write of the batch failed")

// inOne runs the writes in one transaction. An error means that none of them is committed.
func (db *DB) inOne(batch []*job, run func(*job, *sql.Tx) error) error {
	tx, err := db.one.BeginTx(context.Background(), nil)
	if err != nil {
		return fmt.Errorf("begin: %w", Classify(err))
	}
	for _, j := range batch {
		if err := run(j, tx); err != nil {
			return errors.Join(err, rollback(tx))
		}
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", Classify(err)), rollback(tx))
	}
	return nil
}

// gather lets whatever is ready to run go first, as long as that brings more writes to share the commit: an idle machine
// waits for nothing, a busy one pays for one commit instead of many.
func (db *DB) gather(batch []*job) []*job {
	for len(batch) < batchMax {
		runtime.Gosched()
		more := db.waiting(batch)
		if len(more) == len(batch) {
			return batch
		}
		batch = more
	}
	return batch
}

// waiting adds the writes that wait now.
func (db *DB) waiting(batch []*job) []*job {
	for len(batch) < batchMax {
		select {
		case j := <-db.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// bare does one write as it is. A savepoint costs as much as the write itself, and most writes succeed.
func (j *job) bare(tx *sql.Tx) error {
	if j.attempt(tx) {
		return nil
	}
	return errApart
}

// apart does one write inside a savepoint, so that it takes no other with it. The error is the transaction's, which the
// engine gives up when a disk is full, for example; what do returned stands in j.err.
func (j *job) apart(tx *sql.Tx) error {
	ctx := context.Background()
	if _, err := tx.ExecContext(ctx, "SAVEPOINT job"); err != nil {
		return fmt.Errorf("savepoint: %w", Classify(err))
	}
	if !j.attempt(tx) {
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO job"); err != nil {
			return fmt.Errorf("roll back to the savepoint: %w", Classify(err))
		}
	}
	if _, err := tx.ExecContext(ctx, "RELEASE job"); err != nil {
		return fmt.Errorf("release the savepoint: %w", Classify(err))
	}
	return nil
}

// attempt runs the write and reports whether it is to be committed.
func (j *job) attempt(tx *sql.Tx) bool {
	j.err, j.panicked = j.ctx.Err(), nil
	if j.err != nil {
		return true // nobody waits for it any more: nothing was written
	}
	j.err = j.safely(context.WithoutCancel(j.ctx), tx)
	return j.err == nil && j.panicked == nil
}

func (j *job) safely(ctx context.Context, tx *sql.Tx) error {
	defer func() { j.panicked = recover() }()
	return j.do(ctx, tx)
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", Classify(err))
	}
	return nil
}

const (
	// checkpointEvery is after how many pages, roughly, the log is moved into the database (16 MB). While it is, commits wait
	// for the disk: rarely is better than soon.
	checkpointEvery = 4_000
	// A commit writes a few pages of its own, and about one for each write in it.
	pagesOfCommit = 3
	// logMax is how many pages the log may grow to (48 MB) before the writer waits for it to start anew.
	logMax = 12_000
)

// remind asks for a checkpoint now and then. The writer does not wait for it.
func (db *DB) remind(writes int) {
	if db.pages += pagesOfCommit + writes; db.pages < checkpointEvery {
		return
	}
	db.pages = 0
	select {
	case db.due <- struct{}{}:
	default: // one is under way
	}
}

// checkpointer moves the log into the database, beside the writer. What it cannot do now it does the next time.
func (db *DB) checkpointer() {
	ctx := context.Background()
	for {
		select {
		case <-db.due:
		case <-db.closing:
			return
		}
		var busy, log, moved int
		// A reader's connection may do it: query_only forbids changes to what the database says, not where it is stored.
		err := db.Reader.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &moved)
		if err != nil || log > logMax {
			_, err = db.one.ExecContext(ctx, "PRAGMA wal_checkpoint(RESTART)") // the next one is due soon
		}
		db.judge(Classify(err))
	}
}

// Exec writes with one statement.
func (db *DB) Exec(ctx context.Context, statement string, args ...any) error {
	return db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err //nolint:wrapcheck // the caller says what it was for
	})
}
