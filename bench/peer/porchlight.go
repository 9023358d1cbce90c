package peer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"porchlight/bench/load"
	"porchlight/protocol"
	"porchlight/server"
	"porchlight/server/config"
	"porchlight/server/identity"
	"porchlight/server/schedule"
	"porchlight/server/store"
)

// configure is Porchlight with everything on; only where things lie is chosen.
func configure(dir, run string) config.Config {
	c := config.Default()
	c.Data, c.Keys, c.Run = filepath.Join(dir, "data"), filepath.Join(dir, "keys"), run
	return c
}

// Furnish makes rooms with a seat for each member in a new data directory. Seats are made as a slip would make them.
func Furnish(ctx context.Context, dir, run string, rooms, members int) error {
	c := configure(dir, run)
	s, err := store.Open(ctx, store.Config{Data: c.Data, Keys: c.Keys, Run: c.Run})
	if err != nil {
		return err
	}
	var making errgroup.Group
	making.SetLimit(256)
	for r := range rooms {
		making.Go(func() error {
			room := schedule.Room{ID: protocol.RoomID(load.Room(r)), Name: "Bench", Kind: protocol.KindSupport, Capacity: 50}
			if err := s.AddRoom(ctx, room); err != nil {
				return err
			}
			for m := 1; m < members; m++ {
				if err := seat(ctx, s, room.ID, r, m); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := errors.Join(making.Wait(), s.Close()); err != nil {
		return fmt.Errorf("make rooms: %w", err)
	}
	return widen(ctx, filepath.Join(c.Data, "porchlight.db"), members)
}

// widen lets rooms be larger than the program advises, for the growth law of room sizes.
func widen(ctx context.Context, path string, members int) error {
	if members <= 50 {
		return nil
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `UPDATE rooms SET capacity = ?`, members)
	return errors.Join(err, db.Close())
}

func seat(ctx context.Context, s *store.Store, room protocol.RoomID, r, m int) error {
	slip := identity.HashOf(fmt.Sprintf("slip %d %d", r, m))
	if err := s.AddSlips(ctx, room, []identity.Hash{slip}); err != nil {
		return err
	}
	return s.Redeem(ctx, slip, identity.Seat{
		ID: fmt.Sprintf("bench-%d-%d", r, m), Room: room, Handle: protocol.Handle(fmt.Sprintf("Bench-%d", m)),
	}, identity.HashOf(fmt.Sprintf("words %d %d", r, m)), identity.HashOf(load.Secret(r, m)))
}

// servePorchlight serves the furnished directory and tells the code with which a facilitator signs in.
func servePorchlight(ctx context.Context, spec Spec) error {
	s, err := server.New(ctx, configure(spec.Dir, spec.Run), server.Options{CommandRate: spec.Rate, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	l, err := spec.listen(ctx)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	invited, err := s.Admin().Invite(ctx, server.InviteRequest{Duty: string(identity.DutyFacilitator), Name: "Bench"})
	if err != nil {
		return errors.Join(err, l.Close(), s.Close())
	}
	if err := announce(l.Addr(), invited.Codes[0]); err != nil {
		return errors.Join(err, l.Close(), s.Close())
	}
	return errors.Join(s.Run(ctx, l), s.Close())
}
