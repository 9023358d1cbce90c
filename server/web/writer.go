package web

import (
	"net"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"porchlight/protocol"
)

// writers write what waits for sockets: one goroutine goes from socket to socket and never waits for any of them, so that a
// record for twelve people costs twelve writes and no more. A socket whose buffers are full goes on in a goroutine of its own.
type writers struct {
	mu      sync.Mutex // protects the following
	waiting []*socket
	running int
	most    int // how many may run at once
}

func newWriters() *writers { return &writers{most: runtime.GOMAXPROCS(0)} }

// add makes a socket's turn come. It never blocks.
func (w *writers) add(so *socket) {
	w.mu.Lock()
	w.waiting = append(w.waiting, so)
	start := w.running < w.most
	if start {
		w.running++
	}
	w.mu.Unlock()
	if start {
		go w.run()
	}
}

// turnMost is how many sockets one writer takes at a time.
const turnMost = 64

func (w *writers) run() {
	var turn [turnMost]*socket
	for {
		w.mu.Lock()
		n := copy(turn[:], w.waiting)
		rest := copy(w.waiting, w.waiting[n:])
		clear(w.waiting[rest:])
		w.waiting = w.waiting[:rest]
		if n == 0 {
			w.running--
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		for _, so := range turn[:n] {
			so.flushNow()
		}
	}
}

// wake is called by the outbox when something waits and nobody is writing.
func (so *socket) wake() {
	if so.now == nil {
		go so.flush()
		return
	}
	so.s.writers.add(so)
}

// flushNow writes all that waits, as far as that goes without waiting.
func (so *socket) flushNow() {
	var few [4][]byte // most often one frame waits
	for {
		frames, end := so.out.Take(few[:0])
		if len(frames) == 0 && end == 0 {
			return
		}
		if end != 0 {
			go so.finish(slices.Clone(frames), end)
			return
		}
		b, batch := joined(frames)
		n, err := so.now.write(b)
		if err == nil && n == len(b) {
			so.wrote.Store(so.s.now().Unix())
			giveBack(batch)
			continue
		}
		if err != nil {
			giveBack(batch)
			so.drop()
			return
		}
		go func() {
			so.finish([][]byte{b[n:]}, 0)
			giveBack(batch)
		}()
		return
	}
}

// finish writes frames and all that comes behind them, waiting where it must.
func (so *socket) finish(frames [][]byte, end protocol.CloseCode) {
	if so.settle(frames, end) {
		so.flush()
	}
}

// flush writes all that waits with one Write, until nothing does. The outbox wakes at most one of it at a time.
func (so *socket) flush() {
	var few [4][]byte
	for {
		frames, end := so.out.Take(few[:0])
		if len(frames) == 0 && end == 0 {
			return
		}
		if !so.settle(frames, end) {
			return
		}
	}
}

// settle writes frames, then ends the socket if that is due. It reports whether the socket lives on.
func (so *socket) settle(frames [][]byte, end protocol.CloseCode) bool {
	if len(frames) > 0 {
		b, batch := joined(frames)
		ok := so.write(b)
		giveBack(batch)
		if !ok {
			so.drop()
			return false
		}
	}
	if end == 0 {
		return true
	}
	so.close(end)
	if end == protocol.CloseSlow {
		so.drop() // who does not read does not answer a goodbye
	}
	return false
}

// write writes b, within a time.
func (so *socket) write(b []byte) bool {
	if err := so.inTime(); err != nil {
		return false
	}
	if _, err := so.conn.Write(b); err != nil {
		return false
	}
	so.wrote.Store(so.s.now().Unix())
	return so.conn.SetWriteDeadline(time.Time{}) == nil // it is for who waits, not for the next write
}

// inTime gives what is written next a time to be done in, by the kernel's clock.
func (so *socket) inTime() error { return so.conn.SetWriteDeadline(time.Now().Add(writeWithin)) }

// batches are buffers for frames that are written together. A connection keeps none.
var batches = sync.Pool{New: func() any { return new([]byte) }}

// joined puts frames into one piece; batch is nil or to be given back once the piece is written.
func joined(frames [][]byte) (b []byte, batch *[]byte) {
	if len(frames) == 1 {
		return frames[0], nil
	}
	batch = batches.Get().(*[]byte)
	b = (*batch)[:0]
	for _, f := range frames {
		b = append(b, f...)
	}
	*batch = b
	return b, batch
}

func giveBack(batch *[]byte) {
	if batch != nil {
		batches.Put(batch)
	}
}

// nowWriter writes to a connection what its buffers take, and never waits for them. One write runs at a time.
type nowWriter struct {
	raw syscall.RawConn
	try func(fd uintptr) bool // made once: a write allocates nothing

	b   []byte
	n   int
	err error
}

// newNowWriter returns nil for a connection that cannot be written to in this way.
func newNowWriter(conn net.Conn) *nowWriter {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	w := &nowWriter{raw: raw}
	w.try = func(fd uintptr) bool {
		w.n, w.err = syscall.Write(int(fd), w.b)
		return true // whatever came of it
	}
	return w
}

// write returns how much of b was taken. Less than all of it without an error means that the buffers are full.
func (w *nowWriter) write(b []byte) (int, error) {
	w.b, w.n, w.err = b, 0, nil
	err := w.raw.Write(w.try)
	w.b = nil
	if err != nil {
		return 0, err
	}
	switch w.err {
	case syscall.EAGAIN, syscall.EINTR:
		return 0, nil
	case nil:
		return w.n, nil
	default:
		return 0, w.err
	}
}
