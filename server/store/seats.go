package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"porchlight/internal/sqldb"
	"porchlight/protocol"
	"porchlight/server/identity"
)

// AddSlips keeps the hashes of new slips for a room: no time, no author.
func (s *Store) AddSlips(ctx context.Context, room protocol.RoomID, hashes []identity.Hash) error {
	return s.identity.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, h := range hashes {
			if _, err := tx.ExecContext(ctx, `INSERT INTO slips (hash, room) VALUES (?, ?)`, h[:], room); err != nil {
				return fmt.Errorf("add slip: %w", sqldb.Classify(err))
			}
		}
		return nil
	})
}

// SlipRoom returns the room of an unspent slip; protocol.CodeSpent or protocol.CodeRefused otherwise.
func (s *Store) SlipRoom(ctx context.Context, hash identity.Hash) (protocol.RoomID, error) {
	var room protocol.RoomID
	var spent bool
	err := s.identity.Reader.QueryRowContext(ctx, `SELECT room, spent FROM slips WHERE hash = ?`, hash[:]).Scan(&room, &spent)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", protocol.Err(protocol.CodeRefused)
	case err != nil:
		return "", fmt.Errorf("read slip: %w", sqldb.Classify(err))
	case spent:
		return "", protocol.Err(protocol.CodeSpent)
	}
	return room, nil
}

// Redeem spends a slip and makes the seat with its first device, in one transaction. protocol.CodeSpent, CodeRefused (no
// such slip, or of another room) or CodeHandle (taken meanwhile; the slip is not spent).
func (s *Store) Redeem(ctx context.Context, slip identity.Hash, seat identity.Seat, credential, device identity.Hash) error {
	if _, err := s.SlipRoom(ctx, slip); err != nil {
		return err
	}
	return s.identity.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE slips SET spent = 1 WHERE hash = ? AND room = ? AND spent = 0`, slip[:], seat.Room)
		if err != nil {
			return fmt.Errorf("spend slip: %w", sqldb.Classify(err))
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, protocol.Err(protocol.CodeSpent))
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO seats (id, room, handle, skeleton, credential) VALUES (?, ?, ?, ?, ?)`,
			seat.ID, seat.Room, seat.Handle, identity.Skeleton(seat.Handle), credential[:])
		if err = sqldb.Classify(err); errors.Is(err, sqldb.ErrUnique) {
			return protocol.Err(protocol.CodeHandle)
		}
		if err != nil {
			return fmt.Errorf("make seat: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO devices (hash, seat) VALUES (?, ?)`, device[:], seat.ID); err != nil {
			return fmt.Errorf("make device: %w", sqldb.Classify(err))
		}
		return nil
	})
}

// HandleTaken reports whether a handle that looks like this one has a seat in the room.
func (s *Store) HandleTaken(ctx context.Context, room protocol.RoomID, h protocol.Handle) (bool, error) {
	var n int
	err := s.identity.Reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM seats WHERE room = ? AND skeleton = ?`, room, identity.Skeleton(h)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for handle: %w", sqldb.Classify(err))
	}
	return n > 0, nil
}

// SeatByDevice returns the seat in this room that a device may take, or protocol.CodeRefused.
func (s *Store) SeatByDevice(ctx context.Context, room protocol.RoomID, device identity.Hash) (identity.Seat, error) {
	return s.seat(ctx, `
		SELECT seats.id, seats.room, seats.handle FROM devices JOIN seats ON seats.id = devices.seat
		WHERE devices.hash = ? AND seats.room = ?`, device[:], room)
}

// SeatByCredential returns the seat that eight words lead back to, or protocol.CodeRefused.
func (s *Store) SeatByCredential(ctx context.Context, room protocol.RoomID, credential identity.Hash) (identity.Seat, error) {
	return s.seat(ctx, `SELECT id, room, handle FROM seats WHERE credential = ? AND room = ?`, credential[:], room)
}

func (s *Store) seat(ctx context.Context, query string, args ...any) (identity.Seat, error) {
	var seat identity.Seat
	err := s.identity.Reader.QueryRowContext(ctx, query, args...).Scan(&seat.ID, &seat.Room, &seat.Handle)
	if errors.Is(err, sql.ErrNoRows) {
		return seat, protocol.Err(protocol.CodeRefused)
	}
	if err != nil {
		return seat, fmt.Errorf("read seat: %w", sqldb.Classify(err))
	}
	return seat, nil
}

// AddDevice lets another device take the seat.
func (s *Store) AddDevice(ctx context.Context, seat string, device identity.Hash) error {
	if err := s.identity.Exec(ctx, `INSERT INTO devices (hash, seat) VALUES (?, ?)`, device[:], seat); err != nil {
		return fmt.Errorf("add device: %w", sqldb.Classify(err))
	}
	return nil
}

// RemoveDevice signs a device out; an unknown one is fine.
func (s *Store) RemoveDevice(ctx context.Context, device identity.Hash) error {
	if err := s.identity.Exec(ctx, `DELETE FROM devices WHERE hash = ?`, device[:]); err != nil {
		return fmt.Errorf("remove device: %w", sqldb.Classify(err))
	}
	return nil
}

// RewriteIdentity writes the identity file anew, so that it does not tell in which order slips were spent and seats made.
func (s *Store) RewriteIdentity(ctx context.Context) error { return s.identity.Rewrite(ctx) }
