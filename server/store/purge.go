package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"porchlight/internal/sqldb"
	"porchlight/moderation"
	"porchlight/protocol"
)

// Purge ends a session for good: its rows, its held items and its journal entry in one transaction, then its key, then the
// write-ahead log. Each step can be repeated; start-up finishes what was begun.
func (s *Store) Purge(ctx context.Context, session protocol.SessionID, entry moderation.Entry) error {
	err := s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE sessions SET state = 'purged', purge_at = 0 WHERE id = ? AND state <> 'purged'`, session)
		if err != nil {
			return fmt.Errorf("purge: %w", sqldb.Classify(err))
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err // purged before: only the key and the log remain to be dealt with
		}
		for _, statement := range []string{
			`DELETE FROM records WHERE session = ?`,
			`DELETE FROM items WHERE session = ? AND own_key = 0`,
			`UPDATE items SET raised_at = 0, deadline = 0, version = version + 1 WHERE session = ?`,
		} {
			if _, err := tx.ExecContext(ctx, statement, session); err != nil {
				return fmt.Errorf("purge: %w", sqldb.Classify(err))
			}
		}
		return s.link(ctx, tx, entry, session)
	})
	if err != nil {
		return err
	}
	if err := s.sessions.destroy(session); err != nil {
		return err
	}
	return s.main.Checkpoint(ctx)
}

// finishPurges destroys the keys of sessions that are purged already: the process ended between the commit and this.
func (s *Store) finishPurges(ctx context.Context) error {
	names, err := s.sessions.ring.Names()
	if err != nil {
		return err
	}
	finished := false
	for _, name := range names {
		id, ok := strings.CutPrefix(name, "session-")
		if !ok {
			continue
		}
		var open int
		err := s.main.Reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM sessions WHERE id = ? AND state <> 'purged'`, id).Scan(&open)
		if err != nil {
			return fmt.Errorf("finish purges: %w", sqldb.Classify(err))
		}
		if open > 0 {
			continue
		}
		if err := s.sessions.destroy(protocol.SessionID(id)); err != nil {
			return err
		}
		finished = true
	}
	if !finished {
		return nil
	}
	return s.main.Checkpoint(ctx)
}

// sweepOrphanKeys destroys the keys of items that were never committed.
func (s *Store) sweepOrphanKeys(ctx context.Context) error {
	names, err := s.lasting.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		id, ok := strings.CutPrefix(name, "item-")
		if !ok {
			continue
		}
		var kept int
		if err := s.main.Reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM items WHERE id = ?`, id).Scan(&kept); err != nil {
			return fmt.Errorf("sweep keys: %w", sqldb.Classify(err))
		}
		if kept == 0 {
			if err := s.lasting.Destroy(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// SweepEvidence destroys evidence whose date has come: first the key, then the row.
func (s *Store) SweepEvidence(ctx context.Context) error {
	rows, err := s.main.Reader.QueryContext(ctx, `
		SELECT id FROM items WHERE state = 'resolved' AND evidence_until <> '' AND evidence_until <= ?`, s.today())
	if err != nil {
		return fmt.Errorf("sweep evidence: %w", sqldb.Classify(err))
	}
	due, err := collect(rows, func(id *protocol.ItemID) []any { return []any{id} })
	if err != nil {
		return fmt.Errorf("sweep evidence: %w", err)
	}
	for _, id := range due {
		if err := s.lasting.Destroy(itemKey(id)); err != nil {
			return err
		}
		if err := s.main.Exec(ctx, `DELETE FROM items WHERE id = ? AND state = 'resolved'`, id); err != nil {
			return fmt.Errorf("sweep evidence: %w", sqldb.Classify(err))
		}
	}
	if len(due) == 0 {
		return nil
	}
	return s.main.Checkpoint(ctx)
}
