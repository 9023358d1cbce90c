package room

import (
	"fmt"
	"slices"

	"porchlight/protocol"
)

// Apply makes the record part of the state. Records come in order of position; a gap is an error and changes nothing.
func (s *State) Apply(r Record) error {
	if r.Position != s.Position+1 {
		return fmt.Errorf("apply position %d after %d: %w", r.Position, s.Position, ErrConflict)
	}
	e, p, err := openEntry(r)
	if err != nil {
		return err
	}
	s.Position = r.Position
	if r.Stream != protocol.StreamNobody {
		s.last[r.Stream] = e.N
	}
	if e.Status != "" {
		ack := protocol.Ack{ID: e.ID, Status: e.Status}
		if e.Status == protocol.AckPosted {
			ack.N = e.N
		}
		s.answers[askedBy{e.By, e.ID}] = answer{Ack: ack, Sum: e.Sum}
	}
	switch p := p.(type) {
	case protocol.Seated, protocol.Entered, protocol.Left, protocol.Listening, protocol.Present, protocol.Away, protocol.Muted:
		s.Edition++
		s.applyPeople(r, e, p)
	case protocol.Said, protocol.Gone, protocol.Tombstone, protocol.Held, protocol.Back, protocol.Posted, protocol.Hidden:
		s.applyWords(r, e, p)
	case protocol.Care, protocol.Flagged, protocol.Settled:
		s.Edition++
		s.applyItems(r, e, p)
	default:
		s.Edition++
		s.applyEvening(e, p)
	}
	return nil
}

func (s *State) applyEvening(e entry, p protocol.Payload) {
	switch p := p.(type) {
	case protocol.Doors:
		s.Doors = p
		s.UncoveredAt = e.At
	case protocol.PhaseMoved:
		s.Phase = p.Phase
		if p.Topic != "" {
			s.Topic = p.Topic
		}
	case protocol.Paused:
		s.Paused = p.Paused
	case protocol.Coverage:
		s.Covered = p.Covered
		if !p.Covered {
			s.UncoveredAt = e.At
		}
	case protocol.Closed:
		s.Closed = true
		s.PurgeAt = p.PurgeAt
	}
}

func (s *State) applyPeople(r Record, e entry, p protocol.Payload) {
	switch p := p.(type) {
	case protocol.Seated:
		s.people[p.Place] = &person{Place: p.Place, Key: p.Person, Role: p.Role, Handle: p.Handle, Floor: -1}
		s.places[p.Person] = p.Place
	case protocol.Entered:
		who := s.people[p.Place]
		who.Here, who.Connected, who.Listening = true, true, p.Listening
		if who.Floor < 0 {
			who.Floor = e.N - 1
			if who.Role == protocol.RoleFacilitator {
				who.Floor = 0
			}
		}
	case protocol.Left:
		who := s.people[p.Place]
		who.Here = false
		if r.Stream == protocol.StreamPlace(p.Place) && p.Why == protocol.ReasonFacilitator {
			who.Removed = true
		}
	case protocol.Listening:
		s.people[p.Place].Listening = p.Listening
	case protocol.Present:
		who := s.people[p.Place]
		who.Connected, who.AwaySince = true, 0
	case protocol.Away:
		who := s.people[p.Place]
		who.Connected, who.AwaySince = false, e.At
	case protocol.Muted:
		s.people[p.Place].MutedUntil = p.Until
	}
}

func (s *State) applyWords(r Record, e entry, p protocol.Payload) {
	switch p := p.(type) {
	case protocol.Said:
		m := &message{Place: p.Place, ID: p.ID, ReplyTo: p.ReplyTo, Spots: []spot{spotOf(r, e)}}
		if h := s.holdOf(p.Place, p.ID); h != nil {
			m.Spots = append(m.Spots, h.Spots...)
			s.dropHold(p.Place, p.ID)
		}
		s.messages[e.N] = m
		s.said = append(s.said, e.N)
	case protocol.Gone:
		if m := s.messages[p.N]; m != nil {
			m.Gone, m.Spots = true, nil
			s.forgetSum(m.Place, m.ID)
		}
		s.said = slices.DeleteFunc(s.said, func(n int64) bool { return n == p.N })
	case protocol.Tombstone:
		// On replay the words are gone already; the hold or message it stood for never comes to life.
		if r.Stream == protocol.StreamRoom {
			s.messages[e.N] = &message{Place: p.Place, ID: p.ID, ReplyTo: p.ReplyTo, Gone: true}
		}
	case protocol.Held:
		if r.Stream == protocol.StreamFacilitators {
			h := s.holdOf(p.Place, p.ID)
			if h == nil {
				return
			}
			h.Item = p.Item
			h.Spots = append(h.Spots, spotOf(r, e))
			return
		}
		s.holds = append(s.holds, &hold{
			Place: p.Place, ID: p.ID, Text: p.Text, ReplyTo: p.ReplyTo, Why: p.Why, Spots: []spot{spotOf(r, e)}, Folded: p.Folded,
		})
	case protocol.Back:
		s.dropHold(p.Place, p.ID)
		if p.Why == protocol.ReasonAuthor {
			s.forgetSum(p.Place, p.ID)
		}
	case protocol.Posted:
		s.moveCare(p)
	}
}

// forgetSum drops the digest of words that are gone, as their tombstone does.
func (s *State) forgetSum(p protocol.Place, id protocol.CommandID) {
	key := askedBy{p, id}
	if a, ok := s.answers[key]; ok {
		a.Sum = ""
		s.answers[key] = a
	}
}

// moveCare ties a care case of held words to the message they became.
func (s *State) moveCare(p protocol.Posted) {
	for _, c := range s.care {
		if c.Place == p.Place && c.ID == p.ID {
			c.N = p.N
		}
	}
}

func (s *State) applyItems(_ Record, e entry, p protocol.Payload) {
	switch p := p.(type) {
	case protocol.Care:
		c := s.care[p.Item]
		if c == nil {
			c = &careCase{Since: e.At}
			s.care[p.Item] = c
		}
		if p.State == protocol.CareTold && c.State == protocol.CareOpened {
			c.Since = e.At // a lease lapsed: the wait begins again
		}
		c.ID, c.State, c.By = p.ID, p.State, p.By
		if p.N > 0 {
			c.N = p.N
		}
		c.Place = p.Place
	case protocol.Flagged:
		if p.N > 0 && (p.Lane == protocol.LaneCare || p.Lane == protocol.LaneConduct) {
			s.flagged[p.N] = true
		}
	}
}
