package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/room"
)

// stayFor is how long "stay signed in" keeps a device. A seat itself lapses later.
const stayFor = 180 * 24 * time.Hour

func (s *Server) cookieName(name string) string {
	if s.plain {
		return name
	}
	return "__Host-" + name
}

// setCookie sets a cookie no script can read and no other site can send. stay 0 ends it with the browser.
func (s *Server) setCookie(c echo.Context, name, value string, stay time.Duration) {
	c.SetCookie(&http.Cookie{ //nolint:gosec // not Secure only where the configuration spells plain HTTP
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(stay.Seconds()), HttpOnly: true, Secure: !s.plain,
		SameSite: http.SameSiteStrictMode,
	})
}

func (s *Server) cookie(c echo.Context, name string) string {
	k, err := c.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return k.Value
}

func (s *Server) dropCookie(c echo.Context, name string) { s.setCookie(c, name, "", -time.Second) }

func seatCookie(r protocol.RoomID) string { return "seat-" + string(r) }

const dutyCookie = "duty"

// seat returns the seat this browser may take in the room, or CodeRefused.
func (s *Server) seat(c echo.Context, r protocol.RoomID) (identity.Seat, error) {
	secret := s.cookie(c, seatCookie(r))
	if secret == "" {
		return identity.Seat{}, protocol.Err(protocol.CodeRefused)
	}
	return s.store.SeatByDevice(c.Request().Context(), r, identity.HashOf(secret))
}

// onDuty returns who is signed in with that duty; CodeForbidden for anybody else.
func (s *Server) onDuty(c echo.Context, duty identity.Duty) (identity.Worker, error) {
	secret := s.cookie(c, dutyCookie)
	if secret == "" {
		return identity.Worker{}, protocol.Err(protocol.CodeForbidden)
	}
	w, err := s.store.SignedIn(c.Request().Context(), identity.HashOf(secret))
	if protocol.CodeOf(err) == protocol.CodeRefused && err != nil {
		return identity.Worker{}, protocol.Err(protocol.CodeForbidden)
	}
	if err != nil {
		return identity.Worker{}, err
	}
	if w.Duty != duty {
		return identity.Worker{}, protocol.Err(protocol.CodeForbidden)
	}
	return w, nil
}

func memberOf(seat identity.Seat) room.Person {
	return room.Person{Key: seat.Person(), Role: protocol.RoleMember, Handle: seat.Handle}
}

func facilitator(w identity.Worker) room.Person {
	return room.Person{Key: w.Person(), Role: protocol.RoleFacilitator, Handle: w.Name}
}
