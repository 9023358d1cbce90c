package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/schedule"
)

// offered is a seat before it is taken. Nothing of it is kept: the page carries it.
type offered struct {
	Code   string
	Room   schedule.Room
	Handle protocol.Handle
	Words  []string
}

// Joined is the words as the form carries them.
func (o offered) Joined() string { return strings.Join(o.Words, " ") }

func (s *Server) join(c echo.Context) error { return s.page(c, http.StatusOK, "join", s.view(c, "")) }

// slip reads the code of a form and finds its room.
func (s *Server) slip(c echo.Context) (offered, error) { return s.slipOf(c, c.FormValue("code")) }

// slipOf finds the room of a slip; wrong tries are counted by network.
func (s *Server) slipOf(c echo.Context, typed string) (o offered, err error) {
	err = s.limits.guess(c.RealIP(), func() error {
		if o.Code, err = identity.ParseCode(typed); err != nil {
			return err
		}
		o.Room.ID, err = s.store.SlipRoom(c.Request().Context(), identity.HashOf(o.Code))
		return err
	})
	if err != nil {
		return offered{}, err
	}
	o.Room, err = s.store.Room(c.Request().Context(), o.Room.ID)
	return o, err
}

// refused shows the form again with what was typed and what to do.
func (s *Server) refused(c echo.Context, page string, typed string, err error) error {
	code := protocol.CodeOf(err)
	if code == protocol.CodeUnavailable {
		return err
	}
	v := s.view(c, typed)
	v.Path = "/" + page
	v.Problem = v.T("app.code." + string(code))
	return s.page(c, statusOf(code), page, v)
}

// joinLook looks at a slip. It spends nothing: that takes a tap on the next page.
func (s *Server) joinLook(c echo.Context) error {
	seat, err := s.slip(c)
	if err != nil {
		return s.refused(c, "join", c.FormValue("code"), err)
	}
	if seat.Words, err = identity.NewWords(s.rand); err != nil {
		return err
	}
	return s.offer(c, seat, "")
}

// joinAnother offers another name and keeps the words.
func (s *Server) joinAnother(c echo.Context) error {
	seat, err := s.slip(c)
	if err != nil {
		return s.refused(c, "join", c.FormValue("code"), err)
	}
	if seat.Words, err = s.wordsOf(c); err != nil {
		return s.refused(c, "join", c.FormValue("code"), err)
	}
	return s.offer(c, seat, "")
}

func (s *Server) wordsOf(c echo.Context) ([]string, error) {
	words := protocol.NormalWords(c.FormValue("words"))
	if len(words) != protocol.WordCount {
		return nil, protocol.Err(protocol.CodeRefused)
	}
	return words, nil
}

func (s *Server) offer(c echo.Context, seat offered, problem string) error {
	var err error
	if seat.Handle, err = s.suggest(c, seat.Room.ID); err != nil {
		return err
	}
	v := s.view(c, seat)
	v.Path = "/join"
	v.Problem = problem
	return s.page(c, http.StatusOK, "seat", v)
}

// suggest draws a handle that is free in the room.
func (s *Server) suggest(c echo.Context, r protocol.RoomID) (protocol.Handle, error) {
	return identity.SuggestHandle(s.rand, func(h protocol.Handle) (bool, error) {
		return s.store.HandleTaken(c.Request().Context(), r, h)
	})
}

// joinTake spends the slip and makes the seat; its first device is this browser.
func (s *Server) joinTake(c echo.Context) error {
	seat, err := s.slip(c)
	if err != nil {
		return s.refused(c, "join", c.FormValue("code"), err)
	}
	if seat.Words, err = s.wordsOf(c); err != nil {
		return s.refused(c, "join", c.FormValue("code"), err)
	}
	seat.Handle = protocol.Handle(c.FormValue("handle"))
	if !identity.ValidHandle(seat.Handle) {
		return s.offer(c, seat, "")
	}
	err = s.take(c, seat)
	if err != nil && protocol.CodeOf(err) == protocol.CodeHandle {
		return s.offer(c, seat, s.view(c, nil).T("join.name.taken"))
	}
	if err != nil {
		return s.refused(c, "join", c.FormValue("code"), err)
	}
	return c.Redirect(http.StatusSeeOther, "/rooms/"+string(seat.Room.ID)+"/agreement")
}

// take makes the seat and signs this browser in to it.
func (s *Server) take(c echo.Context, o offered) error {
	credential, err := protocol.RoomCredential(o.Words, o.Room.ID)
	if err != nil {
		return err
	}
	device, err := s.redeem(c, o, credential)
	if err != nil {
		return err
	}
	s.setCookie(c, seatCookie(o.Room.ID), device, stayOf(c))
	return nil
}

// redeem spends the slip for a seat, and returns the secret of its first device.
func (s *Server) redeem(c echo.Context, o offered, credential string) (device string, err error) {
	id, err := identity.NewID(s.rand)
	if err != nil {
		return "", err
	}
	if device, err = identity.NewSecret(s.rand); err != nil {
		return "", err
	}
	seat := identity.Seat{ID: id, Room: o.Room.ID, Handle: o.Handle}
	return device, s.store.Redeem(c.Request().Context(), identity.HashOf(o.Code), seat, identity.HashOf(credential), identity.HashOf(device))
}

// stayOf is how long this device stays signed in: with the browser, or half a year when the person asked for it.
func stayOf(c echo.Context) time.Duration {
	if c.FormValue("stay") == "1" {
		return stayFor
	}
	return 0
}

// returning is the form of the eight words.
type returning struct {
	Rooms  []schedule.Room
	Chosen protocol.RoomID
	Typed  string
}

func (s *Server) comeBack(c echo.Context) error {
	return s.returnPage(c, http.StatusOK, returning{Chosen: protocol.RoomID(c.QueryParam("room"))}, "")
}

func (s *Server) returnPage(c echo.Context, status int, r returning, problem string) error {
	var err error
	if r.Rooms, err = s.store.Rooms(c.Request().Context()); err != nil {
		return err
	}
	v := s.view(c, r)
	v.Path, v.Problem = "/return", problem
	return s.page(c, status, "return", v)
}

// comeBackWith signs this device in to the seat that eight words lead to. Every wrong answer is the same one.
func (s *Server) comeBackWith(c echo.Context) error {
	typed := returning{Chosen: protocol.RoomID(c.FormValue("room")), Typed: c.FormValue("words")}
	err := s.limits.guess(c.RealIP(), func() error { return s.seatBack(c, typed) })
	switch v := s.view(c, nil); {
	case err != nil && protocol.CodeOf(err) == protocol.CodeTooMany:
		return s.returnPage(c, http.StatusTooManyRequests, typed, v.T("app.code.too_many"))
	case err != nil && protocol.CodeOf(err) == protocol.CodeRefused:
		return s.returnPage(c, http.StatusForbidden, typed, v.T("return.bad"))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/rooms/"+string(typed.Chosen))
}

func (s *Server) seatBack(c echo.Context, r returning) error {
	if !r.Chosen.Valid() {
		return protocol.Err(protocol.CodeRefused)
	}
	credential, err := protocol.RoomCredential(protocol.NormalWords(r.Typed), r.Chosen)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	seat, err := s.store.SeatByCredential(ctx, r.Chosen, identity.HashOf(credential))
	if err != nil {
		return err
	}
	device, err := identity.NewSecret(s.rand)
	if err != nil {
		return err
	}
	if err := s.store.AddDevice(ctx, seat.ID, identity.HashOf(device)); err != nil {
		return err
	}
	s.setCookie(c, seatCookie(r.Chosen), device, stayOf(c))
	return nil
}

// seatOut signs this device out of a room.
func (s *Server) seatOut(c echo.Context) error {
	id, err := roomParam(c)
	if err != nil {
		return err
	}
	if secret := s.cookie(c, seatCookie(id)); secret != "" {
		if err := s.store.RemoveDevice(c.Request().Context(), identity.HashOf(secret)); err != nil {
			return err
		}
	}
	s.dropCookie(c, seatCookie(id))
	c.Response().Header().Set("Clear-Site-Data", `"storage", "cache"`)
	return c.Redirect(http.StatusSeeOther, "/")
}
