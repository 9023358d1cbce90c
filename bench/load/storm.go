package load

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// caughtUpWithin is how long everybody may take to come back.
const caughtUpWithin = 2 * time.Minute

// Talk says something in every room and checks the numbers of what arrives, so that there is something to ask for again.
func (f *Fleet) Talk(perSecond float64, d time.Duration) (*Stats, error) {
	f.numbers = true
	return f.Paced(perSecond, time.Millisecond, d, Window{Begin: func() {}, End: func() {}})
}

// Storm lets everybody come back at once after restart has brought the server back, each asking for what they have not seen.
// It returns how long it took since restart was called and since it returned, until the last had all they had seen before.
func (f *Fleet) Storm(restart func() error) (whole, back time.Duration, wrong int64, err error) {
	goals := map[*Conn]int64{}
	for _, room := range f.rooms {
		for _, c := range room {
			goals[c] = c.Last
			f.cut(c)
		}
	}
	f.numbers = true
	begin := time.Now()
	if err := restart(); err != nil {
		return 0, 0, 0, err
	}
	up := time.Now()
	if err := f.Connect(); err != nil {
		return 0, 0, 0, err
	}
	if err := f.prepare(); err != nil {
		return 0, 0, 0, err
	}
	for !f.reached(goals) {
		if time.Since(up) > caughtUpWithin {
			return 0, 0, 0, errors.New("not everybody caught up")
		}
		pause(5 * time.Millisecond)
	}
	whole, back = time.Since(begin), time.Since(up)
	s := f.finish()
	if s.Closed > 0 {
		return 0, 0, 0, fmt.Errorf("%d connections were cut", s.Closed)
	}
	return whole, back, s.Wrong, nil
}

// reached asks the reader between two turns, so that the numbers it writes are not read at the same time.
func (f *Fleet) reached(goals map[*Conn]int64) bool {
	f.turn.Lock()
	defer f.turn.Unlock()
	for c, goal := range goals {
		if c.Last < goal {
			return false
		}
	}
	return true
}

// Stall makes one of every n members stop reading, never a leader or the first member.
func (f *Fleet) Stall(n int) (int, error) {
	stalled := 0
	for r, room := range f.rooms {
		for s, c := range room {
			if s < 2 || (r*f.Members+s)%n != 0 {
				continue
			}
			c.stalled = true
			stalled++
			if err := unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<10); err != nil {
				return 0, err
			}
		}
	}
	return stalled, nil
}

// Dropped counts the stalled members whom the server has let go.
func (f *Fleet) Dropped() int {
	const established = 1
	dropped := 0
	for _, room := range f.rooms {
		for _, c := range room {
			if !c.stalled {
				continue
			}
			if info, err := unix.GetsockoptTCPInfo(c.fd, unix.IPPROTO_TCP, unix.TCP_INFO); err != nil || info.State != established {
				dropped++
			}
		}
	}
	return dropped
}

// Flood lets one member send perSecond messages a second until the returned function is called, which says how many it sent.
func (f *Fleet) Flood(perSecond int) (stop func() int64) {
	c := f.rooms[0][f.Members-1]
	c.flooding = true
	end, sent := make(chan struct{}), make(chan int64)
	go func() {
		n := int64(0)
		begin := Now()
		for {
			select {
			case <-end:
				sent <- n
				return
			default:
			}
			if early := begin + n*int64(time.Second)/int64(perSecond) - Now(); early > 0 {
				pause(time.Duration(early))
			}
			for _, at := range c.stamps {
				putStamp(c.out[at:], Now())
			}
			if writeAll(c.fd, c.out) != nil {
				<-end
				sent <- n
				return
			}
			n++
		}
	}()
	return func() int64 { close(end); return <-sent }
}

// Send writes a frame's payload as a member.
func (f *Fleet) Send(room, slot int, payload []byte) error {
	return writeAll(f.rooms[room][slot].fd, appendFrame(nil, opText, payload))
}

// Conn returns a client.
func (f *Fleet) Conn(room, slot int) *Conn { return f.rooms[room][slot] }
