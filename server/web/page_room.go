package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/schedule"
)

// evidenceDays is how long evidence is kept at most after a decision, as the agreement says.
const evidenceDays = 30

// shell is what the browser app starts from.
type shell struct {
	View   string // room or console
	Room   schedule.Room
	Handle protocol.Handle
	Agreed string // version accepted just now, or ""
	Listen bool
	Words  map[string]string
	Lines  []HelpLine
}

func (s *Server) app(c echo.Context, sh shell) error {
	v := s.view(c, nil)
	sh.Words, sh.Lines = s.words.App(v.Lang), s.program.Help
	v.Data, v.Body = sh, sh.View
	if sh.View == "room" {
		v.Room = string(sh.Room.ID)
	}
	return s.page(c, http.StatusOK, "app", v)
}

// closedDoor says why a door is closed, where help is, and what is open instead.
type closedDoor struct {
	Why    string // closed, over, full, guest
	Wait   bool   // it may open: the page looks again
	Room   schedule.Room
	Others []shownRoom
}

func (s *Server) closed(c echo.Context, r schedule.Room, why string) error {
	rooms, err := s.shownRooms(c.Request().Context())
	if err != nil {
		return err
	}
	d := closedDoor{Why: why, Wait: why == "closed" || why == "full", Room: r}
	for _, other := range rooms {
		if other.ID != r.ID && other.Open && !other.Full {
			d.Others = append(d.Others, other)
		}
	}
	return s.page(c, http.StatusOK, "door", s.view(c, d))
}

// roomPage leads into the room, or says at the door why not.
func (s *Server) roomPage(c echo.Context) error {
	r, seat, door, err := s.atTheDoor(c)
	if err != nil || door != "" {
		return s.turnedAway(c, r, door, err)
	}
	d := s.hub.Door(r.ID)
	entered := d.Entered(seat.Person())
	if d.Full && !entered {
		return s.closed(c, r, "full")
	}
	agreed := c.QueryParam("agreed")
	if !entered && (agreed != Agreement || c.QueryParam("adult") != "1") {
		return c.Redirect(http.StatusSeeOther, "/rooms/"+string(r.ID)+"/agreement")
	}
	return s.app(c, shell{View: "room", Room: r, Handle: seat.Handle, Agreed: agreed, Listen: c.QueryParam("listen") == "1"})
}

// atTheDoor finds out who stands before which room. door names why it is closed to them; "" lets them go on.
func (s *Server) atTheDoor(c echo.Context) (r schedule.Room, seat identity.Seat, door string, err error) {
	id, err := roomParam(c)
	if err != nil {
		return r, seat, "", err
	}
	if r, err = s.store.Room(c.Request().Context(), id); err != nil {
		return r, seat, "", err
	}
	seat, err = s.seat(c, id)
	if err != nil && protocol.CodeOf(err) == protocol.CodeRefused {
		return r, seat, "guest", nil
	}
	if err != nil {
		return r, seat, "", err
	}
	switch d := s.hub.Door(id); {
	case d.Closed && !d.Entered(seat.Person()):
		return r, seat, "over", nil
	case !d.Open && !d.Closed:
		return r, seat, "closed", nil
	}
	return r, seat, "", nil
}

func (s *Server) turnedAway(c echo.Context, r schedule.Room, door string, err error) error {
	if err != nil {
		return err
	}
	return s.closed(c, r, door)
}

// accord is what the agreement page shows.
type accord struct {
	Room    schedule.Room
	Handle  protocol.Handle
	Minutes int
	Days    int
	Version string
}

// agreement is said at the door every time. Its acceptance goes into the room with Enter and is stored nowhere.
func (s *Server) agreement(c echo.Context) error {
	r, seat, door, err := s.atTheDoor(c)
	if err != nil || (door != "" && door != "closed") {
		return s.turnedAway(c, r, door, err)
	}
	return s.page(c, http.StatusOK, "agreement", s.view(c, accord{
		Room: r, Handle: seat.Handle, Minutes: int(s.program.PurgeAfter.Minutes()), Days: evidenceDays, Version: Agreement,
	}))
}
