package room

import (
	"sync"

	"porchlight/protocol"
)

// Outbox holds the frames that wait for one socket. It is bounded in bytes and never blocks the room: a reader who falls
// behind is told so, and comes back by number.
type Outbox struct {
	limit int
	wake  func()

	mu     sync.Mutex // protects the following
	frames [][]byte
	bytes  int
	end    protocol.CloseCode
	awake  bool // wake was called and Take has not yet come back empty
}

// NewOutbox makes an outbox of at most limit bytes. wake is called without a lock when something waits and the writer
// has not been told; it must not block.
func NewOutbox(limit int, wake func()) *Outbox { return &Outbox{limit: limit, wake: wake} }

// Offer queues a frame, which must not be changed afterwards: many outboxes share it.
// It reports false once the outbox has ended or this frame would exceed the limit, which ends it with CloseSlow.
func (o *Outbox) Offer(frame []byte) bool {
	o.mu.Lock()
	if o.end != 0 {
		o.mu.Unlock()
		return false
	}
	ok := o.bytes+len(frame) <= o.limit
	if ok {
		o.frames = append(o.frames, frame)
		o.bytes += len(frame)
	} else {
		o.end, o.frames, o.bytes = protocol.CloseSlow, nil, 0
	}
	o.unlockAndWake()
	return ok
}

// End closes the socket with code after what is queued. The first end stands.
func (o *Outbox) End(code protocol.CloseCode) {
	o.mu.Lock()
	if o.end != 0 {
		o.mu.Unlock()
		return
	}
	o.end = code
	o.unlockAndWake()
}

func (o *Outbox) unlockAndWake() {
	tell := !o.awake
	o.awake = true
	o.mu.Unlock()
	if tell {
		o.wake()
	}
}

// Take returns all that waits, appended to buf, and how the socket is to end once it is written (0: it is not).
// When it returns nothing and no end, the next Offer wakes the writer again.
func (o *Outbox) Take(buf [][]byte) (frames [][]byte, end protocol.CloseCode) {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames = append(buf, o.frames...)
	clear(o.frames)
	if cap(o.frames) > 64 {
		o.frames = nil // a burst must not be remembered by ten thousand quiet sockets
	} else {
		o.frames = o.frames[:0]
	}
	o.bytes = 0
	if len(frames) == len(buf) && o.end == 0 {
		o.awake = false
	}
	return frames, o.end
}
