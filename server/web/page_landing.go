package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"porchlight/protocol"
	"porchlight/server/schedule"
)

// shownRoom is a room as the landing, door and console pages show it.
type shownRoom struct {
	schedule.Room
	Open bool
	Full bool
	Over bool // closed tonight, not yet purged
}

func (s *Server) shownRooms(ctx context.Context) ([]shownRoom, error) {
	rooms, err := s.store.Rooms(ctx)
	if err != nil {
		return nil, err
	}
	shown := make([]shownRoom, 0, len(rooms))
	for _, r := range rooms {
		d := s.hub.Door(r.ID)
		shown = append(shown, shownRoom{Room: r, Open: d.Open && d.Covered, Full: d.Open && d.Full, Over: d.Closed})
	}
	return shown, nil
}

func (s *Server) landing(c echo.Context) error {
	rooms, err := s.shownRooms(c.Request().Context())
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "landing", s.view(c, rooms))
}

// help works whatever else does not: it asks the store nothing.
func (s *Server) help(c echo.Context) error {
	back := "/"
	if id := protocol.RoomID(c.QueryParam("room")); id.Valid() {
		back = "/rooms/" + string(id)
	}
	return s.page(c, http.StatusOK, "help", s.view(c, back))
}
