package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"porchlight/internal/sqldb"
	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/identity"
)

const (
	signInIdle = 30 * time.Minute
	signInEnds = 12 * time.Hour
	// touchEvery bounds how often use of a sign-in is written.
	touchEvery = time.Minute
)

// Invite keeps an invitation until it is used or expires.
func (s *Store) Invite(ctx context.Context, hash identity.Hash, duty identity.Duty, name protocol.Handle, expires time.Time) error {
	return s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM invitations WHERE expires < ?`, s.now().Unix()); err != nil {
			return fmt.Errorf("invite: %w", sqldb.Classify(err))
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO invitations (hash, duty, name, expires) VALUES (?, ?, ?, ?)`,
			hash[:], duty, name, expires.Unix()); err != nil {
			return fmt.Errorf("invite: %w", sqldb.Classify(err))
		}
		return s.link(ctx, tx, moderation.Entry{Actor: "operator", Act: moderation.ActInvited}, "")
	})
}

// AcceptInvite uses an invitation up and makes the one who has it a facilitator or staff. Unknown, used and expired ones
// get the same answer, protocol.CodeRefused.
func (s *Store) AcceptInvite(ctx context.Context, hash identity.Hash, id string) (identity.Worker, error) {
	w := identity.Worker{ID: id}
	err := s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `DELETE FROM invitations WHERE hash = ? AND expires >= ? RETURNING duty, name`, hash[:], s.now().Unix()).
			Scan(&w.Duty, &w.Name)
		if errors.Is(err, sql.ErrNoRows) {
			return protocol.Err(protocol.CodeRefused)
		}
		if err != nil {
			return fmt.Errorf("accept invitation: %w", sqldb.Classify(err))
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO workers (id, duty, name) VALUES (?, ?, ?)`, w.ID, w.Duty, w.Name); err != nil {
			return fmt.Errorf("accept invitation: %w", sqldb.Classify(err))
		}
		return s.link(ctx, tx, moderation.Entry{Actor: w.Person(), Act: moderation.ActSignedIn}, "")
	})
	return w, err
}

// NewSignIn lets a worker in: 30 minutes without use, 12 hours at the most.
func (s *Store) NewSignIn(ctx context.Context, hash identity.Hash, worker string) error {
	now := s.now()
	err := s.main.Exec(ctx, `INSERT INTO sign_ins (hash, worker, idle, ends) VALUES (?, ?, ?, ?)`,
		hash[:], worker, now.Add(signInIdle).Unix(), now.Add(signInEnds).Unix())
	if err != nil {
		return fmt.Errorf("sign in: %w", sqldb.Classify(err))
	}
	return nil
}

// SignedIn returns who has a live sign-in, or protocol.CodeRefused. Use keeps it alive, written at most once a minute.
func (s *Store) SignedIn(ctx context.Context, hash identity.Hash) (identity.Worker, error) {
	var w identity.Worker
	var idle int64
	now := s.now()
	err := s.main.Reader.QueryRowContext(ctx, `
		SELECT workers.id, workers.duty, workers.name, sign_ins.idle
		FROM sign_ins JOIN workers ON workers.id = sign_ins.worker
		WHERE sign_ins.hash = ? AND sign_ins.idle >= ? AND sign_ins.ends >= ?`, hash[:], now.Unix(), now.Unix()).
		Scan(&w.ID, &w.Duty, &w.Name, &idle)
	if errors.Is(err, sql.ErrNoRows) {
		return identity.Worker{}, protocol.Err(protocol.CodeRefused)
	}
	if err != nil {
		return identity.Worker{}, fmt.Errorf("read sign-in: %w", sqldb.Classify(err))
	}
	if fresh := now.Add(signInIdle).Unix(); fresh-idle >= int64(touchEvery.Seconds()) {
		if err := s.main.Exec(ctx, `UPDATE sign_ins SET idle = ? WHERE hash = ?`, fresh, hash[:]); err != nil {
			return identity.Worker{}, fmt.Errorf("keep sign-in: %w", sqldb.Classify(err))
		}
	}
	return w, nil
}

// SignOut ends a sign-in; an unknown one is fine.
func (s *Store) SignOut(ctx context.Context, hash identity.Hash) error {
	if err := s.main.Exec(ctx, `DELETE FROM sign_ins WHERE hash = ?`, hash[:]); err != nil {
		return fmt.Errorf("sign out: %w", sqldb.Classify(err))
	}
	return nil
}
