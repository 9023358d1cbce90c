package room

import (
	"maps"
	"slices"

	"porchlight/protocol"
)

// enter gives a place, the agreement accepted. The place is the same one all evening.
func (d *draft) enter(who Person, p *person, cmd protocol.Enter, sum string) error {
	switch {
	case d.s.Closed:
		return protocol.Err(protocol.CodeClosed)
	case p != nil && p.Removed:
		return protocol.Err(protocol.CodeRemoved)
	case cmd.Agreed != d.s.Doors.Agreement || !cmd.Adult:
		return protocol.Err(protocol.CodeAgreement)
	case p != nil && p.Here:
		return &Answered{Ack: protocol.Ack{ID: cmd.ID, Status: protocol.AckDone}}
	case who.Role == protocol.RoleMember && d.s.membersHere() >= d.s.Doors.Capacity:
		return protocol.Err(protocol.CodeFull)
	}
	place := d.seat(who)
	first := p == nil || p.Floor < 0
	d.answers(place, cmd.ID, sum)
	d.addAnswer(protocol.StreamRoom, protocol.Entered{
		Place: place, Handle: who.Handle, Role: who.Role, Listening: cmd.Listening,
	}, protocol.AckDone)
	if who.Role == protocol.RoleFacilitator {
		d.cover()
		return nil
	}
	if first {
		about := protocol.RemindEntry
		if d.s.Phase != protocol.PhaseArrive {
			about = protocol.RemindLate
		}
		d.add(protocol.StreamPlace(place), protocol.Reminder{About: about})
	}
	return nil
}

// seat returns the place of a person, giving the next one to whoever has none.
func (d *draft) seat(who Person) protocol.Place {
	if p := d.s.who(who.Key); p != nil {
		return p.Place
	}
	place := protocol.Place(len(d.s.people) + 1)
	d.add(protocol.StreamNobody, protocol.Seated{Place: place, Person: who.Key, Role: who.Role, Handle: who.Handle})
	return place
}

func (d *draft) arrive(who Person) {
	p := d.s.who(who.Key)
	if p == nil || !p.Here || p.Connected || d.s.Closed {
		return
	}
	d.add(protocol.StreamNobody, protocol.Present{Place: p.Place})
	if p.Role == protocol.RoleFacilitator {
		d.cover()
	}
}

func (d *draft) depart(who Person) {
	p := d.s.who(who.Key)
	if p == nil || !p.Here || !p.Connected || d.s.Closed {
		return
	}
	d.away(p)
}

func (d *draft) away(p *person) {
	d.add(protocol.StreamNobody, protocol.Away{Place: p.Place})
	d.uncover(p)
}

// cover says that the room has a facilitator, if it had none.
func (d *draft) cover() {
	if !d.s.Covered {
		d.add(protocol.StreamRoom, protocol.Coverage{Covered: true})
	}
}

// uncover says that the room has none, if p was the last.
func (d *draft) uncover(p *person) {
	if p.Role == protocol.RoleFacilitator && d.s.Covered && !d.s.wouldCover(p.Place) {
		d.add(protocol.StreamRoom, protocol.Coverage{Covered: false})
	}
}

// recover follows a replay: connections are not state, so nobody has one, and the floor has no cover until somebody does.
func (d *draft) recover() {
	if d.s.Closed {
		return
	}
	for _, p := range d.s.everyone() {
		if p.Here && p.Connected {
			d.add(protocol.StreamNobody, protocol.Away{Place: p.Place})
		}
	}
	if d.s.Covered {
		d.add(protocol.StreamRoom, protocol.Coverage{Covered: false})
	}
}

// tick does what time asks for; doing it twice does nothing.
func (d *draft) tick(t Tick) {
	d.tickCare(t)
	if d.s.Closed {
		return
	}
	for _, p := range d.s.everyone() {
		if p.Here && !p.Connected && d.now-p.AwaySince >= placeKept {
			d.add(protocol.StreamRoom, protocol.Left{Place: p.Place, Why: protocol.ReasonAway})
		}
	}
	if !d.s.Covered && d.now-d.s.UncoveredAt >= int64(d.s.Doors.CoverageMinutes)*60 {
		d.close("system", protocol.ReasonCoverage)
	}
}

// tickCare takes opened cases whose lease has ended back to told, and tells who has waited too long to call.
func (d *draft) tickCare(t Tick) {
	for _, item := range t.Lapsed {
		if c := d.s.care[item]; c != nil && c.State == protocol.CareOpened {
			d.care(item, c, protocol.CareTold, "")
		}
	}
	for _, item := range slices.Sorted(maps.Keys(d.s.care)) {
		c := d.s.care[item]
		waiting := c.State == protocol.CareSaved || c.State == protocol.CareTold
		if waiting && d.now-c.Since >= careWait {
			d.care(item, c, protocol.CareUnopened, "")
		}
	}
}

func (d *draft) care(item protocol.ItemID, c *careCase, state protocol.CareState, by protocol.Handle) {
	d.add(protocol.StreamPlace(c.Place), protocol.Care{Place: c.Place, N: c.N, ID: c.ID, Item: item, State: state, By: by})
}

// leased follows a facilitator's lease: the author reads "opened", and by whom.
func (d *draft) leased(l Leased) {
	c := d.s.care[l.Item]
	if c == nil || c.State == protocol.CareClosed || (c.State == protocol.CareOpened && c.By == l.By) {
		return
	}
	d.care(l.Item, c, protocol.CareOpened, l.By)
}
