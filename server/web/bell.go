package web

import (
	"sync"

	"porchlight/protocol"
	"porchlight/server/room"
)

// Bell tells the sockets of facilitators that the queue changed. It is a room.Bell.
type Bell struct {
	mu   sync.Mutex // protects the following
	outs map[*room.Outbox]struct{}
}

// NewBell makes a bell nobody listens to yet.
func NewBell() *Bell { return &Bell{outs: map[*room.Outbox]struct{}{}} }

// Ring sends the hint to every queue's socket. It never blocks.
func (b *Bell) Ring(hint protocol.QueueHint) {
	payload, err := protocol.Encode(hint)
	if err != nil {
		return // a hint that cannot be sent costs a moment: consoles look again by themselves
	}
	frame := Frame(payload)
	b.mu.Lock()
	defer b.mu.Unlock()
	for out := range b.outs {
		out.Offer(frame)
	}
}

func (b *Bell) listen(out *room.Outbox) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outs[out] = struct{}{}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.outs, out)
	}
}

// joinQueue lets a facilitator listen to the bell. Nothing but heartbeats is taken from it.
func (so *socket) joinQueue() *reading {
	hello, ok := so.hello()
	if !ok {
		return nil
	}
	who, err := so.s.tickets.take(hello.Ticket, queueRoom)
	if err == nil && (hello.Room != queueRoom || who.Role != protocol.RoleFacilitator) {
		err = protocol.Err(protocol.CodeRefused)
	}
	if err != nil {
		so.refuse(err)
		return nil
	}
	stop := so.s.bell.listen(so.out)
	so.send(protocol.Welcome{Room: queueRoom, Role: who.Role, Handle: who.Handle, BeatSeconds: protocol.BeatSeconds})
	return so.reads(func(c protocol.Command) error {
		so.fail(c.Head().ID, protocol.Err(protocol.CodeForbidden))
		return nil
	}, stop)
}
