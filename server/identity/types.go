package identity

import "porchlight/protocol"

// Seat is one person's place in one room. There is no account above it.
type Seat struct {
	// ID is 26 random characters; it never leaves the server.
	ID     string
	Room   protocol.RoomID
	Handle protocol.Handle
}

// Person returns how the seat is named in a session's sealed log.
func (s Seat) Person() string { return "seat:" + s.ID }

// Duty is what somebody who signs in may do. Members never sign in.
type Duty string

// The duties. They are apart: staff cannot enter rooms or see items, facilitators cannot make slips.
const (
	DutyFacilitator Duty = "facilitator"
	DutyStaff       Duty = "staff"
)

// Worker is somebody who signs in.
type Worker struct {
	ID   string // 26 random characters
	Duty Duty
	// Name is what a facilitator chose to be called in rooms and what the journal's readers see.
	Name protocol.Handle
}

// Person returns how the worker is named in logs of sessions and in the journal.
func (w Worker) Person() string { return string(w.Duty) + ":" + w.ID }

// Hash is SHA-256 of a secret of at least 100 random bits: such secrets need no slow hash.
type Hash [32]byte
