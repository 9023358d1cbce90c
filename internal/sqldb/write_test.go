package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"porchlight/internal/sqldb"
)

const insertKey = "INSERT INTO t00001 (k) VALUES (?)"

func table(t *testing.T) *sqldb.DB {
	t.Helper()
	db := open(t, filepath.Join(t.TempDir(), "a.db"))
	if err := db.Migrate(t.Context(), migrations("00001")); err != nil {
		t.Fatal(err)
	}
	return db
}

func count(t *testing.T, db *sqldb.DB, where string) int {
	t.Helper()
	var n int
	if err := db.Reader.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM t00001 WHERE "+where).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// busy keeps the writer occupied until the returned function is called.
func busy(t *testing.T, db *sqldb.DB) (goOn func()) {
	t.Helper()
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- db.Write(context.WithoutCancel(t.Context()), func(context.Context, *sql.Tx) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Writes that wait together share commits; one that fails, or panics, takes no other with it; nil means committed.
func TestWritesShareACommit(t *testing.T) {
	db := table(t)
	goOn := busy(t, db)
	odd := errors.New("odd")
	var all sync.WaitGroup
	var mu sync.Mutex // protects the following
	shared := 0
	for i := range 60 {
		all.Go(func() {
			defer func() {
				if p := recover(); (p != nil) != (i == 7) {
					t.Errorf("write %d panics with %v", i, p)
				}
			}()
			err := db.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				var inside, outside int
				if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM t00001").Scan(&inside); err != nil {
					return err
				}
				if err := db.Reader.QueryRowContext(ctx, "SELECT COUNT(*) FROM t00001").Scan(&outside); err != nil {
					return err
				}
				if inside > outside { // what an earlier write did, not yet committed
					mu.Lock()
					shared++
					mu.Unlock()
				}
				if _, err := tx.ExecContext(ctx, insertKey, fmt.Sprintf("k%02d", i)); err != nil {
					return err
				}
				if i == 7 {
					panic("seven")
				}
				if i%2 == 1 {
					return odd
				}
				return nil
			})
			if (i%2 == 1) != errors.Is(err, odd) {
				t.Errorf("write %d: %v", i, err)
			}
			if i%2 == 0 && count(t, db, fmt.Sprintf("k = 'k%02d'", i)) != 1 {
				t.Errorf("write %d was answered before it was committed", i)
			}
		})
	}
	goOn()
	all.Wait()
	if n := count(t, db, "1"); n != 30 {
		t.Errorf("%d rows, want the 30 of the writes that did not fail", n)
	}
	if shared == 0 {
		t.Error("sixty writes at once shared no commit")
	}
}

// Who gave up before their turn has written nothing, and knows it.
func TestAWriteGivenUpIsNotDone(t *testing.T) {
	db := table(t)
	goOn := busy(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- db.Exec(ctx, insertKey, "late") }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a write given up: %v", err)
	}
	goOn()
	if n := count(t, db, "1"); n != 0 {
		t.Error("a write given up was done")
	}
}

// Close waits for what is under way; after it there is a clear answer.
func TestWritesAndClose(t *testing.T) {
	db := table(t)
	goOn := busy(t, db)
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	goOn()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := db.Exec(t.Context(), insertKey, "after"); !errors.Is(err, sqldb.ErrClosed) {
		t.Errorf("a write after Close: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

// Thousands of commits later the write-ahead log is still small: checkpoints happen beside the writer.
func TestTheLogStaysSmall(t *testing.T) {
	db := table(t)
	for i := range 8000 {
		if err := db.Exec(t.Context(), insertKey, fmt.Sprintf("%d-%04000d", i%97, i)); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(db.Path + "-wal"); err != nil || info.Size() > 100<<20 {
		t.Errorf("the log after 8000 commits: %d bytes, %v, want at most 100 MB", info.Size(), err)
	}
	if n := count(t, db, "1"); n != 8000 {
		t.Errorf("%d rows, want 8000", n)
	}
}
