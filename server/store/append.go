package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"porchlight/internal/sqldb"
	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/keyring"
	"porchlight/server/room"
)

// Append commits a change durably: records, tombstones, items and journal, or none of them. It compares the log position
// and the owner's epoch (room.ErrConflict), and the lease and version of a decision (protocol.CodeStale).
func (s *Store) Append(ctx context.Context, session protocol.SessionID, after, epoch int64, c room.Change) error {
	key, err := s.sessions.get(session)
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	return s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		a := &appending{s: s, tx: tx, session: session, key: key, change: c}
		return a.run(ctx, after, epoch)
	})
}

// appending is one Append inside its transaction.
type appending struct {
	s       *Store
	tx      *sql.Tx
	session protocol.SessionID
	key     []byte
	change  room.Change
}

func (a *appending) run(ctx context.Context, after, epoch int64) error {
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return a.advance(ctx, after, epoch) },
		a.records, a.replaces, a.items, a.journal,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// advance is the compare-and-set: order is decided here, once.
func (a *appending) advance(ctx context.Context, after, epoch int64) error {
	closed, purgeAt := "open", int64(0)
	if a.change.PurgeAt != 0 {
		closed, purgeAt = "closed", a.change.PurgeAt
	}
	done, err := a.tx.ExecContext(ctx, `
		UPDATE sessions
		SET last = last + ?, state = CASE WHEN ? = 'closed' THEN 'closed' ELSE state END, purge_at = MAX(purge_at, ?)
		WHERE id = ? AND last = ? AND epoch = ? AND state <> 'purged'`,
		len(a.change.Records), closed, purgeAt, a.session, after, epoch)
	if err != nil {
		return fmt.Errorf("advance log: %w", sqldb.Classify(err))
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, room.ErrConflict)
	}
	return nil
}

func (a *appending) records(ctx context.Context) error {
	for _, r := range a.change.Records {
		sealed, err := a.s.sealRecord(a.key, a.session, r)
		if err != nil {
			return err
		}
		if _, err := a.tx.ExecContext(ctx, `INSERT INTO records (session, position, stream, kind, sealed) VALUES (?, ?, ?, ?, ?)`,
			a.session, r.Position, r.Stream, r.Kind, sealed); err != nil {
			return fmt.Errorf("append record: %w", sqldb.Classify(err))
		}
	}
	return nil
}

func (a *appending) replaces(ctx context.Context) error {
	for _, r := range a.change.Replaces {
		var stream protocol.Stream
		err := a.tx.QueryRowContext(ctx, `SELECT stream FROM records WHERE session = ? AND position = ?`, a.session, r.Position).Scan(&stream)
		if err != nil {
			return fmt.Errorf("find record to replace: %w", sqldb.Classify(err))
		}
		sealed, err := a.s.sealRecord(a.key, a.session, room.Record{Position: r.Position, Stream: stream, Kind: r.Kind, Payload: r.Payload})
		if err != nil {
			return err
		}
		if _, err := a.tx.ExecContext(ctx, `UPDATE records SET kind = ?, sealed = ? WHERE session = ? AND position = ?`,
			r.Kind, sealed, a.session, r.Position); err != nil {
			return fmt.Errorf("replace record: %w", sqldb.Classify(err))
		}
	}
	return nil
}

func (a *appending) items(ctx context.Context) error {
	for _, op := range a.change.Items {
		var err error
		switch op := op.(type) {
		case moderation.Raise:
			err = a.raise(ctx, op)
		case moderation.Resolve:
			err = a.s.resolve(ctx, a.tx, op)
		case moderation.CloseItem:
			err = a.closeItem(ctx, op)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *appending) journal(ctx context.Context) error {
	for _, e := range a.change.Journal {
		if err := a.s.link(ctx, a.tx, e, a.session); err != nil {
			return err
		}
	}
	return nil
}

// Read returns the records after a position, in order, their seals opened.
func (s *Store) Read(ctx context.Context, session protocol.SessionID, after int64) ([]room.Record, error) {
	key, err := s.sessions.get(session)
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	rows, err := s.main.Reader.QueryContext(ctx, `
		SELECT position, stream, kind, sealed FROM records WHERE session = ? AND position > ? ORDER BY position`, session, after)
	if err != nil {
		return nil, fmt.Errorf("read log: %w", sqldb.Classify(err))
	}
	return scanRecords(rows, key, session)
}

func scanRecords(rows *sql.Rows, key []byte, session protocol.SessionID) (_ []room.Record, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []room.Record
	for rows.Next() {
		var r room.Record
		var sealed []byte
		if err := rows.Scan(&r.Position, &r.Stream, &r.Kind, &sealed); err != nil {
			return nil, fmt.Errorf("read log: %w", sqldb.Classify(err))
		}
		if r.Payload, err = unseal(key, sealed, recordPlace(session, r.Position, r.Stream, r.Kind)); err != nil {
			return nil, fmt.Errorf("read log at %d: %w", r.Position, err)
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read log: %w", sqldb.Classify(err))
	}
	return all, nil
}

// Begin makes a session and its key. A room has at most one open session (protocol.CodeAlreadyOpen).
func (s *Store) Begin(ctx context.Context, id protocol.RoomID, session protocol.SessionID) (room.Meeting, error) {
	if err := s.sessions.create(session); err != nil {
		return room.Meeting{}, fmt.Errorf("begin session: %w", err)
	}
	err := s.main.Exec(ctx, `INSERT INTO sessions (id, room, state, epoch) VALUES (?, ?, 'open', 1)`, session, id)
	if err = sqldb.Classify(err); err != nil {
		err = errors.Join(err, s.sessions.destroy(session))
		if errors.Is(err, sqldb.ErrUnique) {
			return room.Meeting{}, protocol.Err(protocol.CodeAlreadyOpen)
		}
		return room.Meeting{}, fmt.Errorf("begin session: %w", err)
	}
	return room.Meeting{Session: session, Room: id, Epoch: 1}, nil
}

// Unpurged lists the sessions that are not purged. One whose key is gone cannot be read by anybody: it is purged now and
// journaled as lost.
func (s *Store) Unpurged(ctx context.Context) ([]room.Meeting, error) {
	rows, err := s.main.Reader.QueryContext(ctx, `SELECT id, room, epoch, purge_at FROM sessions WHERE state <> 'purged' ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", sqldb.Classify(err))
	}
	all, err := collect(rows, func(m *room.Meeting) []any { return []any{&m.Session, &m.Room, &m.Epoch, &m.PurgeAt} })
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	kept := all[:0]
	for _, m := range all {
		_, err := s.sessions.get(m.Session)
		if errors.Is(err, keyring.ErrGone) {
			s.logger.WarnContext(ctx, "a session's key is gone; its text cannot be read and is purged", "room", m.Room)
			err = s.Purge(ctx, m.Session, moderation.Entry{Actor: "system", Act: moderation.ActLost, Room: m.Room, Day: s.today()})
			if err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		kept = append(kept, m)
	}
	return kept, nil
}
