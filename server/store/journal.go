package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"porchlight/internal/sqldb"
	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/keyring"
)

// Record commits a journal entry of its own: acts that belong to no session.
func (s *Store) Record(ctx context.Context, e moderation.Entry) error {
	return s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.link(ctx, tx, e, "") })
}

// link chains an entry to the journal inside the transaction of its act.
func (s *Store) link(ctx context.Context, tx *sql.Tx, e moderation.Entry, session protocol.SessionID) error {
	if e.Day == "" {
		e.Day = s.today()
	}
	mac, err := s.mac(e, session)
	if err != nil {
		return err
	}
	var seq int64
	var prev []byte
	err = tx.QueryRowContext(ctx, `SELECT seq, hash FROM head WHERE one = 1`).Scan(&seq, &prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("journal: %w", sqldb.Classify(err))
	}
	l := moderation.NewLink(prev, seq+1, e, mac)
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO journal (seq, day, actor, act, lane, outcome, room, mac, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.Seq, l.Day, l.Actor, l.Act, l.Lane, l.Outcome, l.Room, l.MAC, l.Prev, l.Hash); err != nil {
		return fmt.Errorf("journal: %w", sqldb.Classify(err))
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO head (one, seq, hash) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`,
		l.Seq, l.Hash); err != nil {
		return fmt.Errorf("journal: %w", sqldb.Classify(err))
	}
	return nil
}

// mac ties a line to its target under the item's key, or the session's where the item has none of its own.
func (s *Store) mac(e moderation.Entry, session protocol.SessionID) ([]byte, error) {
	if e.Target == "" {
		return []byte{}, nil
	}
	if e.Item != "" {
		key, err := s.lasting.Get(itemKey(e.Item))
		if err == nil {
			return moderation.TargetMAC(key, string(e.Item), e.Target), nil
		}
		if !errors.Is(err, keyring.ErrGone) {
			return nil, err
		}
	}
	if session == "" {
		return []byte{}, nil
	}
	key, err := s.sessions.get(session)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return moderation.TargetMAC(key, string(e.Item), e.Target), nil
}

// Journal walks the journal from its first line.
func (s *Store) Journal(ctx context.Context) iter.Seq2[moderation.Link, error] {
	return func(yield func(moderation.Link, error) bool) {
		rows, err := s.main.Reader.QueryContext(ctx, `
			SELECT seq, day, actor, act, lane, outcome, room, mac, prev, hash FROM journal ORDER BY seq`)
		if err != nil {
			yield(moderation.Link{}, sqldb.Classify(err))
			return
		}
		defer rows.Close() //nolint:errcheck // reading is over; rows.Err has been asked
		for rows.Next() {
			var l moderation.Link
			err := rows.Scan(&l.Seq, &l.Day, &l.Actor, &l.Act, &l.Lane, &l.Outcome, &l.Room, &l.MAC, &l.Prev, &l.Hash)
			if !yield(l, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(moderation.Link{}, sqldb.Classify(err))
		}
	}
}

// VerifyJournal checks the chain and returns how many lines it has; the error names the first bad line.
func (s *Store) VerifyJournal(ctx context.Context) (lines int64, err error) {
	var head []byte
	err = s.main.Reader.QueryRowContext(ctx, `SELECT seq, hash FROM head WHERE one = 1`).Scan(&lines, &head)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("verify journal: %w", sqldb.Classify(err))
	}
	return lines, moderation.VerifyChain(s.Journal(ctx), lines, head)
}
