package web

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"porchlight/protocol"
)

// errGone means that the socket has ended: there is nobody to answer.
var errGone = errors.New("the socket has ended")

// reading is what a socket does most of its life: it waits for the next frame. Ten thousand of these wait at the same time,
// so its stack is kept small: whatever needs a deep one is done in a goroutine that is lent for it.
type reading struct {
	so   *socket
	do   func(protocol.Command) error // hands a command on; an error means that the room is gone
	stop func()

	limit *rate.Limiter
	bad   int // frames that could not be read
	done  chan bool
}

// reads makes a reading. stop is called when it ends.
func (so *socket) reads(do func(protocol.Command) error, stop func()) *reading {
	most := so.s.commands
	return &reading{so: so, do: do, stop: stop, limit: rate.NewLimiter(most, max(commandBurst, int(most))), done: make(chan bool, 1)}
}

// run reads until the socket ends.
func (r *reading) run() {
	defer r.so.leave()
	defer r.stop()
	ctx := context.Background() // a socket outlives its request; it ends with its connection
	for {
		b, err := r.so.next(ctx)
		if err != nil {
			return
		}
		r.so.s.lent.do(func() { r.done <- r.take(b) })
		if !<-r.done {
			return
		}
	}
}

// next reads one frame, or errGone.
func (so *socket) next(ctx context.Context) ([]byte, error) {
	kind, b, err := so.ws.Read(ctx)
	if err != nil {
		return nil, errGone
	}
	so.heard.Store(so.s.now().Unix())
	if kind != websocket.MessageText {
		so.close(protocol.CloseBadData)
		return nil, errGone
	}
	if !utf8.Valid(b) { // the library leaves this to us
		so.close(protocol.CloseBadText)
		return nil, errGone
	}
	return b, nil
}

// take does what a frame says, and reports whether the socket goes on. A bad frame is answered with its code; ten end it.
func (r *reading) take(b []byte) bool {
	frame, id, err := protocol.DecodeClient(b)
	if err != nil {
		r.so.fail(id, err)
		if r.bad++; r.bad < badFramesMax {
			return true
		}
		r.so.close(protocol.ClosePolicy)
		return false
	}
	command, ok := frame.(protocol.Command)
	if ok {
		return r.obey(command)
	}
	if r.so.calm() {
		return true // a heartbeat; a second hello changes nothing
	}
	r.so.close(protocol.ClosePolicy)
	return false
}

// obey hands one command on, slowly to who is too fast.
func (r *reading) obey(command protocol.Command) bool {
	id := command.Head().ID
	if now := r.so.s.now(); !r.limit.AllowN(now, 1) {
		r.so.fail(id, &protocol.Error{Code: protocol.CodeTooMany, Until: now.Add(time.Second).Unix()})
		return true
	}
	err := r.do(command)
	if err != nil {
		r.so.fail(id, err)
		r.so.drain() // the room has said how this socket ends
	}
	return err == nil
}

// lentFor is how long a lent goroutine waits for its next use.
const lentFor = 5 * time.Second

// lent are goroutines with stacks that have grown: they are used again and again, and there are as many as are needed at once.
type lent struct{ tasks chan func() }

func newLent() *lent { return &lent{tasks: make(chan func())} }

// do has f done by a lent goroutine, and does not wait for it.
func (l *lent) do(f func()) {
	select {
	case l.tasks <- f:
	default:
		go l.work(f)
	}
}

func (l *lent) work(f func()) {
	idle := time.NewTimer(lentFor)
	defer idle.Stop()
	for {
		f()
		idle.Reset(lentFor)
		select {
		case f = <-l.tasks:
		case <-idle.C:
			return
		}
	}
}
