package load

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// Stats is what was seen in a measured window.
type Stats struct {
	Delivered int64 // messages that reached a client
	Sent      int64
	Frames    int64
	Reads     int64                   // system calls that returned something
	Closed    int64                   // connections that ended
	Refused   int64                   // messages that were answered with a failure
	Wrong     int64                   // messages that came twice, or out of order, or were missed; only where numbers are checked
	Latency   *hdrhistogram.Histogram // nanoseconds from the intended sending to each delivery
	Acks      *hdrhistogram.Histogram // nanoseconds from the intended sending to the sender's answer
	Lag       *hdrhistogram.Histogram // nanoseconds by which the generator itself was late

	from int64 // stamps before this do not count
}

func newStats() *Stats {
	h := func() *hdrhistogram.Histogram { return hdrhistogram.New(1_000, int64(2*time.Minute), 3) }
	return &Stats{Latency: h(), Acks: h(), Lag: h()}
}

// Words of ordinary evenings, so that screening has something to read.
const words = "I slept four hours and went for a walk anyway, it was cold. My sister called and I did not pick up. " +
	"Then I sat on the stairs with a cup of tea until the street was quiet and thought of what was said here last week. "

// text is a message of the fleet's size with room for a stamp.
func (f *Fleet) text() []byte {
	b := append([]byte{stampMark}, bytes.Repeat([]byte{'a'}, stampLen)...)
	b = append(b, stampMark, ' ')
	for len(b) < f.Text {
		b = append(b, words[:min(len(words), f.Text-len(b))]...)
	}
	return bytes.TrimRight(b, " ")
}

// prepare makes the frame each client says, and starts reading from all of them.
func (f *Fleet) prepare() error {
	f.stats = newStats()
	f.stats.from = 1 << 62
	mark := append([]byte{}, bytes.Repeat([]byte{'a'}, stampLen)...)
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	f.poll, f.byFD = poll, map[int32]*Conn{}
	text := f.text()
	for _, room := range f.rooms {
		for _, c := range room {
			c.out = appendFrame(nil, opText, f.Dialect.Say(nil, c, text))
			c.stamps = c.stamps[:0]
			for at := 0; ; {
				i := bytes.Index(c.out[at:], mark)
				if i < 0 {
					break
				}
				c.stamps = append(c.stamps, at+i)
				at += i + stampLen
			}
			if c.stalled {
				continue
			}
			f.byFD[int32(c.fd)] = c                                         //nolint:gosec // a file descriptor
			event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(c.fd)} //nolint:gosec // a file descriptor
			if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, c.fd, &event); err != nil {
				return err
			}
		}
	}
	f.stopped.Store(false)
	f.next = make([]int, f.Rooms)
	f.reading.Go(f.read)
	return nil
}

func (f *Fleet) finish() *Stats {
	f.stopped.Store(true)
	f.reading.Wait()
	_ = unix.Close(f.poll) // nothing is lost with it
	return f.stats
}

// read takes what comes until the fleet is stopped.
func (f *Fleet) read() {
	runtime.LockOSThread()
	events := make([]unix.EpollEvent, 512)
	buf := make([]byte, 64<<10)
	f.turn.Lock()
	for _, room := range f.rooms { // what came together with the set-up
		for _, c := range room {
			if !c.stalled && len(c.left) > 0 {
				f.take(c, nil)
			}
		}
	}
	f.turn.Unlock()
	for !f.stopped.Load() {
		n, err := unix.EpollWait(f.poll, events, 20)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		f.turn.Lock()
		for _, e := range events[:max(n, 0)] {
			c := f.byFD[e.Fd]
			n, err := unix.Read(c.fd, buf)
			if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil || n == 0 {
				f.stats.Closed++
				f.cut(c)
				continue
			}
			if f.measuring.Load() {
				f.stats.Reads++
			}
			f.take(c, buf[:n])
		}
		f.turn.Unlock()
	}
}

// take reads the frames in what has come.
func (f *Fleet) take(c *Conn, b []byte) {
	if len(c.left) > 0 {
		b = append(c.left, b...)
		c.left = nil
	}
	for {
		op, payload, size := nextFrame(b)
		if size == 0 {
			break
		}
		b = b[size:]
		switch op {
		case opPing:
			_ = writeAll(c.fd, appendFrame(nil, opPong, payload)) // a broken connection shows at the next read
		case opText:
			f.frame(c, payload)
		}
	}
	if len(b) > 0 {
		c.left = bytes.Clone(b)
	}
}

func (f *Fleet) frame(c *Conn, payload []byte) {
	if f.measuring.Load() {
		f.stats.Frames++
	}
	if answer := f.Dialect.Beat(payload); answer != nil {
		_ = writeAll(c.fd, appendFrame(nil, opText, answer))
		return
	}
	if f.numbers {
		f.Dialect.Numbers(payload, func(n int64) {
			if n != c.Last+1 {
				f.stats.Wrong++
			}
			c.Last = n
		})
	}
	now := Now()
	if f.acknowledged(payload, now) {
		return
	}
	for rest := payload; ; {
		i := bytes.IndexByte(rest, stampMark)
		if i < 0 || i+stampLen+1 >= len(rest) {
			return
		}
		t, ok := readStamp(rest[i+1 : i+1+stampLen])
		if !ok || rest[i+1+stampLen] != stampMark {
			rest = rest[i+1:]
			continue
		}
		rest = rest[i+stampLen+2:]
		f.delivered(c, t, now)
	}
}

// acknowledged reads the answer to a sender: its command carries the stamp as its id.
func (f *Fleet) acknowledged(payload []byte, now int64) bool {
	const ack, failure = `{"type":"ack","id":"`, `{"type":"failure"`
	if bytes.HasPrefix(payload, []byte(failure)) {
		f.stats.Refused++
		return true
	}
	if !bytes.HasPrefix(payload, []byte(ack)) {
		return false
	}
	if t, ok := readStamp(payload[len(ack):min(len(payload), len(ack)+stampLen)]); ok && t >= f.stats.from {
		_ = f.stats.Acks.RecordValue(now - t) // beyond two minutes is no figure
	}
	return true
}

func (f *Fleet) delivered(c *Conn, t, now int64) {
	if t >= f.stats.from {
		f.stats.Delivered++
		_ = f.stats.Latency.RecordValue(now - t) // beyond two minutes is no figure
	}
	if f.window > 0 && c.Slot == f.watcher() && !f.stopped.Load() {
		f.say(c.Room, now)
	}
}

// watcher is the slot whose copy lets a room's next message go.
func (f *Fleet) watcher() int { return min(1, f.Members-1) }

// say lets the next speaker of a room say something. The leader of a room speaks only when there is nobody else.
func (f *Fleet) say(room int, stamp int64) {
	speakers := max(f.Members-1, 1)
	for range speakers {
		c := f.rooms[room][f.Members-speakers+f.next[room]%speakers]
		f.next[room]++
		if c.dead || c.stalled || c.flooding {
			continue
		}
		for _, at := range c.stamps {
			putStamp(c.out[at:], stamp)
		}
		if writeAll(c.fd, c.out) == nil && stamp >= f.stats.from {
			f.stats.Sent++
		}
		return
	}
}

// Idle keeps everybody connected and quiet.
func (f *Fleet) Idle(d time.Duration) (*Stats, error) {
	if err := f.prepare(); err != nil {
		return nil, err
	}
	pause(d)
	return f.finish(), nil
}

// Window tells a workload when its measured part begins and ends.
type Window struct{ Begin, End func() }

// Closed keeps inFlight messages in flight in every room for d, after a warm-up.
func (f *Fleet) Closed(inFlight int, warm, d time.Duration, w Window) (*Stats, error) {
	f.window = inFlight
	defer func() { f.window = 0 }()
	if err := f.prepare(); err != nil {
		return nil, err
	}
	for range inFlight {
		for room := range f.Rooms {
			f.say(room, Now())
		}
	}
	pause(warm)
	w.Begin()
	f.stats.from = Now()
	f.measuring.Store(true)
	pause(d)
	f.measuring.Store(false)
	f.stopped.Store(true)
	w.End()
	stats := f.finish()
	pause(time.Second) // what is in flight arrives before the next workload begins
	return stats, nil
}

// Paced says perSecond messages a second in every room, at times fixed beforehand, for d after a warm-up.
func (f *Fleet) Paced(perSecond float64, warm, d time.Duration, w Window) (*Stats, error) {
	if perSecond <= 0 {
		return nil, fmt.Errorf("%v messages a second", perSecond)
	}
	if err := f.prepare(); err != nil {
		return nil, err
	}
	step := time.Duration(float64(time.Second) / (perSecond * float64(f.Rooms)))
	begin := Now()
	from, end := begin+int64(warm), begin+int64(warm)+int64(d)
	f.stats.from = from
	begun := false
	for i := int64(0); ; i++ {
		due := begin + i*int64(step)
		if !begun && due >= from {
			begun = true
			w.Begin()
			f.measuring.Store(true)
		}
		if due >= end {
			break
		}
		if early := due - Now(); early > 0 {
			pause(time.Duration(early))
		}
		if due >= from {
			_ = f.stats.Lag.RecordValue(max(Now()-due, 1)) // beyond two minutes is no figure
		}
		f.say(int(i)%f.Rooms, due)
	}
	w.End()
	f.measuring.Store(false)
	pause(time.Second) // the last ones arrive
	return f.finish(), nil
}
