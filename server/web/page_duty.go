package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"rsc.io/qr"

	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/schedule"
)

func (s *Server) signIn(c echo.Context) error {
	return s.page(c, http.StatusOK, "signin", s.view(c, ""))
}

// signInWith uses a one-time code up. Unknown, used and expired codes get the same answer.
func (s *Server) signInWith(c echo.Context) error {
	typed := c.FormValue("code")
	w, err := s.invited(c, typed)
	if err != nil && protocol.CodeOf(err) != protocol.CodeUnavailable {
		v := s.view(c, typed)
		v.Path, v.Problem = "/sign-in", v.T("signin.bad")
		if protocol.CodeOf(err) == protocol.CodeTooMany {
			v.Problem = v.T("app.code.too_many")
		}
		return s.page(c, statusOf(protocol.CodeOf(err)), "signin", v)
	}
	if err != nil {
		return err
	}
	secret, err := identity.NewSecret(s.rand)
	if err != nil {
		return err
	}
	if err := s.store.NewSignIn(c.Request().Context(), identity.HashOf(secret), w.ID); err != nil {
		return err
	}
	s.setCookie(c, dutyCookie, secret, 0)
	if w.Duty == identity.DutyStaff {
		return c.Redirect(http.StatusSeeOther, "/staff")
	}
	return c.Redirect(http.StatusSeeOther, "/console")
}

// invited uses the code up and makes its bearer a worker.
func (s *Server) invited(c echo.Context, typed string) (w identity.Worker, err error) {
	id, err := identity.NewID(s.rand)
	if err != nil {
		return w, err
	}
	err = s.limits.guess(c.RealIP(), func() error {
		code, err := identity.ParseCode(typed)
		if err != nil {
			return err
		}
		w, err = s.store.AcceptInvite(c.Request().Context(), identity.HashOf(code), id)
		return err
	})
	return w, err
}

func (s *Server) signOut(c echo.Context) error {
	if secret := s.cookie(c, dutyCookie); secret != "" {
		if err := s.store.SignOut(c.Request().Context(), identity.HashOf(secret)); err != nil {
			return err
		}
	}
	s.dropCookie(c, dutyCookie)
	c.Response().Header().Set("Clear-Site-Data", `"storage", "cache"`)
	return c.Redirect(http.StatusSeeOther, "/")
}

// duty returns who is signed in, or leads to the sign-in page.
func (s *Server) duty(c echo.Context, duty identity.Duty) (w identity.Worker, lead error, ok bool) {
	w, err := s.onDuty(c, duty)
	if err == nil {
		return w, nil, true
	}
	if protocol.CodeOf(err) == protocol.CodeForbidden && s.cookie(c, dutyCookie) == "" {
		return w, c.Redirect(http.StatusSeeOther, "/sign-in"), false
	}
	return w, err, false
}

// atConsole is the facilitators' list of rooms.
type atConsole struct {
	Name  protocol.Handle
	Rooms []shownRoom
}

func (s *Server) console(c echo.Context) error {
	w, lead, ok := s.duty(c, identity.DutyFacilitator)
	if !ok {
		return lead
	}
	return s.consolePage(c, http.StatusOK, w, "")
}

func (s *Server) consolePage(c echo.Context, status int, w identity.Worker, problem string) error {
	rooms, err := s.shownRooms(c.Request().Context())
	if err != nil {
		return err
	}
	for i, r := range rooms {
		rooms[i].Open = s.hub.Door(r.ID).Open // to a facilitator a door without cover is still theirs to go through
	}
	v := s.view(c, atConsole{Name: w.Name, Rooms: rooms})
	v.Path, v.Problem = "/console", problem
	return s.page(c, status, "console", v)
}

func (s *Server) openDoors(c echo.Context) error {
	w, lead, ok := s.duty(c, identity.DutyFacilitator)
	if !ok {
		return lead
	}
	_, err := s.openRoom(c)
	if err != nil && protocol.CodeOf(err) != protocol.CodeAlreadyOpen {
		if protocol.CodeOf(err) == protocol.CodeUnavailable {
			return err
		}
		v := s.view(c, nil)
		return s.consolePage(c, statusOf(protocol.CodeOf(err)), w, v.T("app.code."+string(protocol.CodeOf(err))))
	}
	return c.Redirect(http.StatusSeeOther, "/console/rooms/"+c.Param("room"))
}

// consoleRoom is the app: the queue of all rooms, and this room beside it.
func (s *Server) consoleRoom(c echo.Context) error {
	w, lead, ok := s.duty(c, identity.DutyFacilitator)
	if !ok {
		return lead
	}
	id, err := roomParam(c)
	if err != nil {
		return err
	}
	r, err := s.store.Room(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.app(c, shell{View: "console", Room: r, Handle: w.Name})
}

// atStaff is the form for slips.
type atStaff struct {
	Rooms []schedule.Room
	Count string
}

func (s *Server) staff(c echo.Context) error {
	if _, lead, ok := s.duty(c, identity.DutyStaff); !ok {
		return lead
	}
	return s.staffPage(c, http.StatusOK, "8", "")
}

func (s *Server) staffPage(c echo.Context, status int, count, problem string) error {
	rooms, err := s.store.Rooms(c.Request().Context())
	if err != nil {
		return err
	}
	v := s.view(c, atStaff{Rooms: rooms, Count: count})
	v.Path, v.Problem = "/staff", problem
	return s.page(c, status, "staff", v)
}

// slipsMost is how many slips are made at once.
const slipsMost = 50

// printed is a slip as its card shows it. It is shown once and kept nowhere.
type printed struct {
	N    int
	Code string
	Link string
	Size int
	Path string // of the QR code's black squares
}

// sheet is the page of cards.
type sheet struct {
	Room  schedule.Room
	Where string
	Slips []printed
}

func (s *Server) makeSlips(c echo.Context) error {
	if _, lead, ok := s.duty(c, identity.DutyStaff); !ok {
		return lead
	}
	count, err := strconv.Atoi(c.FormValue("count"))
	if err != nil || count < 1 || count > slipsMost {
		v := s.view(c, nil)
		return s.staffPage(c, http.StatusBadRequest, c.FormValue("count"), v.T("staff.bad.count"))
	}
	r, err := s.store.Room(c.Request().Context(), protocol.RoomID(c.FormValue("room")))
	if err != nil {
		return err
	}
	where := s.publicURL(c) + "/join"
	show := sheet{Room: r, Where: where}
	var hashes []identity.Hash
	for i := range count {
		code, err := identity.NewCode(s.rand)
		if err != nil {
			return err
		}
		hashes = append(hashes, identity.HashOf(code))
		p := printed{N: i + 1, Code: code, Link: where + "#" + code}
		if p.Size, p.Path, err = QRPath(p.Link); err != nil {
			return err
		}
		show.Slips = append(show.Slips, p)
	}
	if err := s.store.AddSlips(c.Request().Context(), r.ID, hashes); err != nil {
		return err
	}
	v := s.view(c, show)
	v.Path = "/staff"
	return s.page(c, http.StatusOK, "slips", v)
}

// publicURL is where people reach this server.
func (s *Server) publicURL(c echo.Context) string {
	if s.program.PublicURL != "" {
		return s.program.PublicURL
	}
	return c.Scheme() + "://" + c.Request().Host
}

// QRPath draws a QR code as one SVG path and says how many modules wide it is, with the quiet zone of four modules that the standard asks for (ISO/IEC 18004).
func QRPath(text string) (size int, path string, err error) {
	const quietZone = 4
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return 0, "", fmt.Errorf("draw QR code: %w", err)
	}
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				path += fmt.Sprintf("M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	return code.Size + 2*quietZone, path, nil
}
