package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/room"
)

// body reads a JSON body strictly: one object, no unknown fields.
func body(c echo.Context, into any) error {
	if kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type")); err != nil || kind != echo.MIMEApplicationJSON {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	d := json.NewDecoder(c.Request().Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return err
		}
		return protocol.ErrCause(protocol.CodeMalformed, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return protocol.Err(protocol.CodeMalformed)
	}
	return nil
}

func roomParam(c echo.Context) (protocol.RoomID, error) {
	id := protocol.RoomID(c.Param("room"))
	if !id.Valid() {
		return "", protocol.Err(protocol.CodeNotFound)
	}
	return id, nil
}

func itemParam(c echo.Context) (protocol.ItemID, error) {
	id := protocol.ItemID(c.Param("item"))
	if !id.Valid() {
		return "", protocol.Err(protocol.CodeNotFound)
	}
	return id, nil
}

// healthy says that the process answers. It touches nothing.
func (s *Server) healthy(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// door says what can be seen of a room from outside.
func (s *Server) door(c echo.Context) error {
	id, err := roomParam(c)
	if err != nil {
		return err
	}
	if _, err := s.store.Room(c.Request().Context(), id); err != nil {
		return err
	}
	d := s.hub.Door(id)
	return c.JSON(http.StatusOK, map[string]any{"open": d.Open, "covered": d.Open && d.Covered, "full": d.Open && d.Full})
}

// roomTicket sells a ticket for a room's socket to whoever has the cookie of a seat there, or is a facilitator.
func (s *Server) roomTicket(c echo.Context) error {
	id, err := roomParam(c)
	if err != nil {
		return err
	}
	who, err := s.whoIn(c, id)
	if err != nil {
		return err
	}
	return s.sell(c, id, who)
}

// whoIn finds out who a browser is in a room. A facilitator's console says so with ?as=facilitator: somebody may hold a seat
// and be on duty in the same browser.
func (s *Server) whoIn(c echo.Context, id protocol.RoomID) (room.Person, error) {
	if c.QueryParam("as") == "facilitator" {
		w, err := s.onDuty(c, identity.DutyFacilitator)
		if err != nil {
			return room.Person{}, err
		}
		return facilitator(w), nil
	}
	seat, err := s.seat(c, id)
	if err != nil {
		return room.Person{}, err
	}
	return memberOf(seat), nil
}

func (s *Server) sell(c echo.Context, id protocol.RoomID, who room.Person) error {
	ticket, err := s.tickets.make(id, who)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"ticket": ticket})
}

func (s *Server) queueTicket(c echo.Context) error {
	w, err := s.onDuty(c, identity.DutyFacilitator)
	if err != nil {
		return err
	}
	return s.sell(c, queueRoom, facilitator(w))
}

func (s *Server) openDoorsAPI(c echo.Context) error {
	session, err := s.openRoom(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]protocol.SessionID{"session": session})
}

// openRoom opens the doors for the facilitator who asks.
func (s *Server) openRoom(c echo.Context) (protocol.SessionID, error) {
	w, err := s.onDuty(c, identity.DutyFacilitator)
	if err != nil {
		return "", err
	}
	id, err := roomParam(c)
	if err != nil {
		return "", err
	}
	r, err := s.store.Room(c.Request().Context(), id)
	if err != nil {
		return "", err
	}
	return s.hub.Open(c.Request().Context(), room.Info{
		Room: r.ID, Name: r.Name, Kind: r.Kind, Capacity: r.Capacity, Agreement: Agreement,
		PurgeAfter: s.program.PurgeAfter, Coverage: s.program.Coverage,
	}, facilitator(w))
}

func (s *Server) purgeNow(c echo.Context) error {
	w, err := s.onDuty(c, identity.DutyFacilitator)
	if err != nil {
		return err
	}
	id, err := roomParam(c)
	if err != nil {
		return err
	}
	if err := s.hub.PurgeNow(c.Request().Context(), id, facilitator(w)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) queue(c echo.Context) error {
	w, err := s.onDuty(c, identity.DutyFacilitator)
	if err != nil {
		return err
	}
	items, err := s.store.Queue(c.Request().Context(), w.Person())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, protocol.Queue{Items: items})
}

func (s *Server) takeNext(c echo.Context) error {
	w, err := s.onDuty(c, identity.DutyFacilitator)
	if err != nil {
		return err
	}
	var want struct {
		Lane protocol.Lane `json:"lane"`
	}
	if err := body(c, &want); err != nil {
		return err
	}
	lease, err := s.store.TakeNext(c.Request().Context(), w.Person(), string(w.Name), want.Lane)
	if err != nil {
		return err
	}
	if lease == nil {
		return c.NoContent(http.StatusNoContent)
	}
	return s.taken(c, w, lease)
}

func (s *Server) takeItem(c echo.Context) error {
	w, err := s.onDuty(c, identity.DutyFacilitator)
	if err != nil {
		return err
	}
	id, err := itemParam(c)
	if err != nil {
		return err
	}
	lease, err := s.store.TakeItem(c.Request().Context(), id, w.Person(), string(w.Name))
	if err != nil {
		return err
	}
	return s.taken(c, w, lease)
}

// taken tells the author of a care item that it is opened, and the other consoles whose it is.
func (s *Server) taken(c echo.Context, w identity.Worker, lease *protocol.Lease) error {
	if err := s.hub.Leased(c.Request().Context(), lease.Item, w.Name, time.Unix(lease.Until, 0)); err != nil {
		s.logger.Warn("the room could not be told of a lease", "error", err)
	}
	s.bell.Ring(protocol.QueueHint{Item: lease.Item, Version: lease.Version})
	return c.JSON(http.StatusOK, lease)
}

// leased reads the lease a request is about.
func (s *Server) leased(c echo.Context) (w identity.Worker, id protocol.ItemID, lease string, err error) {
	if w, err = s.onDuty(c, identity.DutyFacilitator); err != nil {
		return w, "", "", err
	}
	if id, err = itemParam(c); err != nil {
		return w, "", "", err
	}
	var want struct {
		Lease string `json:"lease"`
	}
	err = body(c, &want)
	return w, id, want.Lease, err
}

func (s *Server) beatLease(c echo.Context) error {
	w, id, lease, err := s.leased(c)
	if err != nil {
		return err
	}
	beat, err := s.store.BeatLease(c.Request().Context(), id, lease)
	if err != nil {
		return err
	}
	if err := s.hub.Leased(c.Request().Context(), id, w.Name, time.Unix(beat.Until, 0)); err != nil {
		s.logger.Warn("the room could not be told of a lease", "error", err)
	}
	return c.JSON(http.StatusOK, beat)
}

func (s *Server) putBack(c echo.Context) error {
	_, id, lease, err := s.leased(c)
	if err != nil {
		return err
	}
	// Only a lease that was live is given up: anybody else's must not move the author from "opened" to "told".
	if _, err := s.store.BeatLease(c.Request().Context(), id, lease); err != nil {
		return err
	}
	if err := s.store.PutBack(c.Request().Context(), id, lease); err != nil {
		return err
	}
	if err := s.hub.PutBack(c.Request().Context(), id); err != nil {
		s.logger.Warn("the room could not be told of a lease given up", "error", err)
	}
	s.bell.Ring(protocol.QueueHint{Item: id})
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) item(c echo.Context) error {
	w, id, lease, err := s.leased(c)
	if err != nil {
		return err
	}
	row, err := s.store.Item(c.Request().Context(), id, w.Person(), lease)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, protocol.ItemDetail{
		ItemSummary: row.Summary, Session: row.Session, Place: row.Place, Notes: row.Notes,
		Words:    room.Words(row.Evidence, row.Subject, row.Names),
		Outcomes: moderation.OutcomesFor(row.Summary.Lane), Care: s.hub.CareOf(id), SessionOver: row.Closed,
	})
}

func (s *Server) decide(c echo.Context) error {
	w, err := s.onDuty(c, identity.DutyFacilitator)
	if err != nil {
		return err
	}
	id, err := itemParam(c)
	if err != nil {
		return err
	}
	var what protocol.Decide
	if err := body(c, &what); err != nil {
		return err
	}
	if err := s.hub.Decide(c.Request().Context(), id, facilitator(w), what); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
