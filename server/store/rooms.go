package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"porchlight/internal/sqldb"
	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/schedule"
)

// AddRoom keeps a new room; protocol.CodeInvalid or protocol.CodeAlreadyThere.
func (s *Store) AddRoom(ctx context.Context, r schedule.Room) error {
	if err := r.Check(); err != nil {
		return err
	}
	return s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO rooms (id, name, kind, capacity, purpose) VALUES (?, ?, ?, ?, ?)`,
			r.ID, r.Name, r.Kind, r.Capacity, r.Purpose)
		if err = sqldb.Classify(err); errors.Is(err, sqldb.ErrUnique) {
			return protocol.Err(protocol.CodeAlreadyThere)
		}
		if err != nil {
			return fmt.Errorf("add room: %w", err)
		}
		return s.link(ctx, tx, moderation.Entry{Actor: "operator", Act: moderation.ActRoom, Room: r.ID}, "")
	})
}

// Rooms lists all rooms by name.
func (s *Store) Rooms(ctx context.Context) ([]schedule.Room, error) {
	rows, err := s.main.Reader.QueryContext(ctx, `SELECT id, name, kind, capacity, purpose FROM rooms ORDER BY name, id`)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", sqldb.Classify(err))
	}
	all, err := collect(rows, func(r *schedule.Room) []any { return []any{&r.ID, &r.Name, &r.Kind, &r.Capacity, &r.Purpose} })
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	return all, nil
}

// Room returns a room, or protocol.CodeNotFound.
func (s *Store) Room(ctx context.Context, id protocol.RoomID) (schedule.Room, error) {
	r := schedule.Room{ID: id}
	err := s.main.Reader.QueryRowContext(ctx, `SELECT name, kind, capacity, purpose FROM rooms WHERE id = ?`, id).
		Scan(&r.Name, &r.Kind, &r.Capacity, &r.Purpose)
	if errors.Is(err, sql.ErrNoRows) {
		return r, protocol.Err(protocol.CodeNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("read room: %w", sqldb.Classify(err))
	}
	return r, nil
}
