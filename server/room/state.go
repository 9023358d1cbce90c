package room

import (
	"slices"

	"porchlight/protocol"
)

// State is what the log of a session implies, and nothing else. It keeps the text of open holds only.
type State struct {
	Session  protocol.SessionID
	Doors    protocol.Doors
	Position int64 // last position applied
	Phase    protocol.Phase
	Topic    string
	Paused   bool
	Closed   bool
	PurgeAt  int64 // Unix seconds; 0 while open

	Covered bool
	// Edition changes with everything that can be seen of the session from outside: words cannot.
	Edition int64

	// UncoveredAt is when coverage ended (Unix seconds); it means nothing while Covered.
	UncoveredAt int64

	last     map[protocol.Stream]int64
	people   map[protocol.Place]*person
	places   map[string]protocol.Place // by Person.Key
	messages map[int64]*message        // by number in the room stream
	said     []int64                   // numbers of messages, in order
	holds    []*hold                   // open ones, in order
	answers  map[askedBy]answer
	care     map[protocol.ItemID]*careCase
	flagged  map[int64]bool // messages with a care or conduct item: their evidence stays
}

type person struct {
	Place      protocol.Place
	Key        string
	Role       protocol.Role
	Handle     protocol.Handle
	Listening  bool
	Here       bool
	Removed    bool
	Connected  bool
	AwaySince  int64
	MutedUntil int64
	// Floor is the number before their own first entry in the room stream: late-comers get no transcript.
	Floor int64
}

// message is a message without its words: where they stand in the log, so that they can be taken away.
type message struct {
	Place   protocol.Place
	ID      protocol.CommandID
	ReplyTo int64
	Spots   []spot // where the words stand; none once they are gone
	Gone    bool
}

// spot is where words stand in the log, and what their tombstone keeps: number, author, command id and time.
type spot struct {
	Position int64
	Head     entry // without body and digest
}

func spotOf(r Record, e entry) spot {
	e.Body, e.Sum = nil, ""
	return spot{Position: r.Position, Head: e}
}

type hold struct {
	Place   protocol.Place
	ID      protocol.CommandID
	Text    string
	ReplyTo int64
	Why     protocol.Reason
	Item    protocol.ItemID
	Spots   []spot
	Folded  protocol.Reason
}

type careCase struct {
	Place protocol.Place
	N     int64
	ID    protocol.CommandID
	State protocol.CareState
	By    protocol.Handle
	Since int64 // when it began to wait, Unix seconds
}

type askedBy struct {
	Place protocol.Place
	ID    protocol.CommandID
}

type answer struct {
	Ack protocol.Ack
	Sum string
}

// NewState is a session before its first record.
func NewState(session protocol.SessionID) *State {
	return &State{
		Session:  session,
		Phase:    protocol.PhaseArrive,
		last:     map[protocol.Stream]int64{},
		people:   map[protocol.Place]*person{},
		places:   map[string]protocol.Place{},
		messages: map[int64]*message{},
		answers:  map[askedBy]answer{},
		care:     map[protocol.ItemID]*careCase{},
		flagged:  map[int64]bool{},
	}
}

// who returns the person with that key, or nil.
func (s *State) who(key string) *person {
	p, ok := s.places[key]
	if !ok {
		return nil
	}
	return s.people[p]
}

// everyone returns all people in order of place.
func (s *State) everyone() []*person {
	all := make([]*person, 0, len(s.people))
	for p := protocol.Place(1); int(p) <= len(s.people); p++ {
		all = append(all, s.people[p])
	}
	return all
}

func (s *State) membersHere() int {
	n := 0
	for _, p := range s.people {
		if p.Role == protocol.RoleMember && p.Here {
			n++
		}
	}
	return n
}

// wouldCover reports whether a facilitator other than p is here and connected.
func (s *State) wouldCover(without protocol.Place) bool {
	for _, p := range s.people {
		if p.Place != without && p.Role == protocol.RoleFacilitator && p.Here && p.Connected {
			return true
		}
	}
	return false
}

func (s *State) holdOf(p protocol.Place, id protocol.CommandID) *hold {
	for _, h := range s.holds {
		if h.Place == p && h.ID == id {
			return h
		}
	}
	return nil
}

func (s *State) holdsOf(item protocol.ItemID) []*hold {
	var of []*hold
	for _, h := range s.holds {
		if h.Item == item {
			of = append(of, h)
		}
	}
	return of
}

func (s *State) dropHold(p protocol.Place, id protocol.CommandID) {
	s.holds = slices.DeleteFunc(s.holds, func(h *hold) bool { return h.Place == p && h.ID == id })
}

// handles names everybody, for evidence.
func (s *State) handles(places ...protocol.Place) map[protocol.Place]protocol.Handle {
	names := make(map[protocol.Place]protocol.Handle, len(places))
	for _, p := range places {
		if who := s.people[p]; who != nil {
			names[p] = who.Handle
		}
	}
	return names
}

// streams lists what a person reads, each with its floor and last number.
func (s *State) streams(p *person) []protocol.StreamMark {
	marks := []protocol.StreamMark{{Stream: protocol.StreamRoom, Floor: p.Floor, Last: s.last[protocol.StreamRoom]}}
	add := func(st protocol.Stream) {
		marks = append(marks, protocol.StreamMark{Stream: st, Last: s.last[st]})
	}
	add(protocol.StreamPlace(p.Place))
	if p.Role == protocol.RoleMember {
		add(protocol.StreamAside(p.Place))
		return marks
	}
	add(protocol.StreamFacilitators)
	for _, other := range s.everyone() {
		if other.Role == protocol.RoleMember && s.last[protocol.StreamAside(other.Place)] > 0 {
			add(protocol.StreamAside(other.Place))
		}
	}
	return marks
}

// frameFor is the state as p may see it; p may be nil before the first entry.
func (s *State) frameFor(p *person) protocol.StateFrame {
	f := protocol.StateFrame{
		Session: s.Session, Room: s.Doors.Room, Name: s.Doors.Name, RoomKind: s.Doors.RoomKind, Phase: s.Phase, Topic: s.Topic,
		Paused: s.Paused, Covered: s.Covered, Closed: s.Closed, PurgeAt: s.PurgeAt, PurgeMins: s.Doors.PurgeMinutes,
	}
	if p == nil {
		return f // the agreement comes first: who is here is for those who accepted it
	}
	f.MutedUntil = p.MutedUntil
	for _, other := range s.everyone() {
		f.People = append(f.People, protocol.Person{
			Place: other.Place, Handle: other.Handle, Role: other.Role, Listening: other.Listening, Here: other.Here,
		})
	}
	for item, c := range s.care {
		if c.Place == p.Place && c.State != protocol.CareClosed {
			f.Care = append(f.Care, protocol.Care{Place: c.Place, N: c.N, ID: c.ID, Item: item, State: c.State, By: c.By})
		}
	}
	slices.SortFunc(f.Care, func(a, b protocol.Care) int { return int(a.N - b.N) })
	return f
}
