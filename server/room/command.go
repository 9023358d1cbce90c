package room

import (
	"porchlight/moderation"
	"porchlight/protocol"
)

// Person is somebody who may be in a room: a seat or a facilitator.
type Person struct {
	Key    string // identity.Seat.Person or identity.Worker.Person
	Role   protocol.Role
	Handle protocol.Handle
}

// Command is what Decide decides on. Chance and the screening verdict travel in it, so that deciding is pure.
type Command interface{ command() }

// Ask is a protocol command of a person, with the verdict on its words.
type Ask struct {
	Who     Person
	Command protocol.Command
	Verdict moderation.Verdict
}

// Open opens the doors.
type Open struct {
	By    Person
	Doors protocol.Doors
}

// Arrive says that a person has a connection again.
type Arrive struct{ Who Person }

// Depart says that a person's last connection is known closed.
type Depart struct{ Who Person }

// Recover says that the log was replayed: whoever was connected is not.
type Recover struct{}

// Tick says what time it is. Lapsed names care items that were opened and whose lease has ended.
type Tick struct{ Lapsed []protocol.ItemID }

// Leased says that a facilitator holds the lease of an item now.
type Leased struct {
	Item protocol.ItemID
	By   protocol.Handle
}

// Judge is a facilitator's decision on an item of this session.
type Judge struct {
	Who  Person
	On   Situation
	What protocol.Decide
}

func (Ask) command()     {}
func (Open) command()    {}
func (Arrive) command()  {}
func (Depart) command()  {}
func (Recover) command() {}
func (Tick) command()    {}
func (Leased) command()  {}
func (Judge) command()   {}

// LookTwice is the answer to words that may point to a person: nothing was committed, the author may send them anyway.
type LookTwice struct{ Findings []protocol.Finding }

func (*LookTwice) Error() string { return "look twice" }
