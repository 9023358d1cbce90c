package web

import (
	"context"
	"time"

	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/room"
	"porchlight/server/schedule"
)

// Rooms lists standing rooms.
type Rooms interface {
	Rooms(ctx context.Context) ([]schedule.Room, error)
	Room(ctx context.Context, id protocol.RoomID) (schedule.Room, error)
}

// Slips hands out and spends invitations. Redeem spends a slip and makes a seat with its first device, or does neither.
type Slips interface {
	AddSlips(ctx context.Context, room protocol.RoomID, hashes []identity.Hash) error
	SlipRoom(ctx context.Context, hash identity.Hash) (protocol.RoomID, error)
	Redeem(ctx context.Context, slip identity.Hash, seat identity.Seat, credential, device identity.Hash) error
}

// Seats finds seats.
type Seats interface {
	HandleTaken(ctx context.Context, room protocol.RoomID, h protocol.Handle) (bool, error)
	SeatByDevice(ctx context.Context, room protocol.RoomID, device identity.Hash) (identity.Seat, error)
	SeatByCredential(ctx context.Context, room protocol.RoomID, credential identity.Hash) (identity.Seat, error)
}

// Devices signs members' devices in and out.
type Devices interface {
	AddDevice(ctx context.Context, seat string, device identity.Hash) error
	RemoveDevice(ctx context.Context, device identity.Hash) error
}

// Invitations turn a code into a worker, once.
type Invitations interface {
	AcceptInvite(ctx context.Context, hash identity.Hash, id string) (identity.Worker, error)
}

// SignIns keeps facilitators and staff signed in.
type SignIns interface {
	NewSignIn(ctx context.Context, hash identity.Hash, worker string) error
	SignedIn(ctx context.Context, hash identity.Hash) (identity.Worker, error)
	SignOut(ctx context.Context, hash identity.Hash) error
}

// Queue lists items and hands them out. Of two who take the same item, one gets protocol.CodeStale.
type Queue interface {
	Queue(ctx context.Context, person string) ([]protocol.ItemSummary, error)
	TakeNext(ctx context.Context, person, name string, lane protocol.Lane) (*protocol.Lease, error)
	TakeItem(ctx context.Context, id protocol.ItemID, person, name string) (*protocol.Lease, error)
}

// Leases keeps, gives up and reads what was taken; each needs the live lease.
type Leases interface {
	BeatLease(ctx context.Context, id protocol.ItemID, lease string) (*protocol.Lease, error)
	PutBack(ctx context.Context, id protocol.ItemID, lease string) error
	Item(ctx context.Context, id protocol.ItemID, person, lease string) (room.OpenedItem, error)
}

// HelpLine is where help is, from the configuration.
type HelpLine struct {
	Label string `json:"label"`
	Tel   string `json:"tel,omitempty"` // to call
	SMS   string `json:"sms,omitempty"` // to text
}

// Program says what the pages tell about the place they belong to.
type Program struct {
	Exit       string // where Quick exit leads
	PublicURL  string // for links on slips; "" is the address of the request
	Help       []HelpLine
	PurgeAfter time.Duration
	Coverage   time.Duration
	Demo       bool // says on every page that nothing is kept
}
