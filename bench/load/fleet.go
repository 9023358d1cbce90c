// Package load drives a chat server with many clients from one thread (raw epoll, Linux, loopback), in the dialect of each
// server. Latency counts from the intended time of sending, so a slow server cannot hide by slowing the generator down.
package load

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

const (
	dialers = 64
	// setupSeconds is how long one step of a connection's set-up may take.
	setupSeconds = 30
)

// Fleet is a number of rooms full of clients.
type Fleet struct {
	Dialect Dialect
	Address netip.AddrPort
	Rooms   int
	Members int // in each room, slot 0 included
	Text    int // bytes of a message

	rooms              [][]*Conn
	poll               int
	byFD               map[int32]*Conn
	stats              *Stats
	window             int        // closed loop: messages in flight in each room; 0 is open loop
	next               []int      // closed loop: whose turn it is to speak, by room
	numbers            bool       // check the numbers of messages
	turn               sync.Mutex // held by the reader while it takes what came
	measuring, stopped atomic.Bool
	reading            sync.WaitGroup
}

// Connect connects everybody, slot 0 of each room first, and returns the number that failed with the first reason.
func (f *Fleet) Connect() error {
	if f.rooms == nil {
		f.rooms = make([][]*Conn, f.Rooms)
		for r := range f.rooms {
			f.rooms[r] = make([]*Conn, f.Members)
			for s := range f.rooms[r] {
				f.rooms[r][s] = &Conn{Room: r, Slot: s}
			}
		}
	}
	for _, slots := range [][2]int{{0, 1}, {1, f.Members}} {
		if err := f.connect(slots[0], slots[1]); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fleet) connect(from, to int) error {
	var next, failed atomic.Int64
	var first atomic.Pointer[error]
	var dialing sync.WaitGroup
	total := int64(f.Rooms * (to - from))
	for range dialers {
		dialing.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= total {
					return
				}
				c := f.rooms[int(i)%f.Rooms][from+int(i)/f.Rooms]
				if err := f.dial(c); err != nil {
					failed.Add(1)
					first.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	dialing.Wait()
	if n := failed.Load(); n > 0 {
		return fmt.Errorf("%d of %d connections failed, the first: %w", n, total, *first.Load())
	}
	return nil
}

// Close cuts every connection.
func (f *Fleet) Close() {
	for _, room := range f.rooms {
		for _, c := range room {
			f.cut(c)
		}
	}
}

func (f *Fleet) cut(c *Conn) {
	if c.fd > 0 {
		_ = unix.Close(c.fd) // closing cannot fail in a way that matters here
	}
	c.fd, c.dead, c.left = 0, true, nil
}

// dial makes the handshake and speaks the dialect until the connection is ready. It blocks.
func (f *Fleet) dial(c *Conn) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	c.fd, c.dead = fd, false
	if err := f.setUp(c); err != nil {
		f.cut(c)
		return fmt.Errorf("room %d, slot %d: %w", c.Room, c.Slot, err)
	}
	c.Again = true
	return unix.SetNonblock(fd, true)
}

func (f *Fleet) setUp(c *Conn) error {
	wait := unix.Timeval{Sec: setupSeconds}
	if err := errors.Join(
		unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait),
		unix.Connect(c.fd, &unix.SockaddrInet4{Port: int(f.Address.Port()), Addr: f.Address.Addr().As4()}),
	); err != nil {
		return err
	}
	if err := writeAll(c.fd, f.handshake(c)); err != nil {
		return err
	}
	r := &reading{fd: c.fd}
	if err := r.answer(); err != nil {
		return err
	}
	hello, err := f.Dialect.Hello(c)
	if err != nil {
		return err
	}
	for answer, ready := hello, false; !ready; {
		if answer != nil {
			if err := writeAll(c.fd, appendFrame(nil, opText, answer)); err != nil {
				return err
			}
		}
		frame, err := r.frame()
		if err != nil {
			return err
		}
		if answer, ready, err = f.Dialect.Hear(c, frame); err != nil {
			return err
		}
	}
	c.left = bytes.Clone(r.have)
	return nil
}

func (f *Fleet) handshake(c *Conn) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n", f.Dialect.Path(c), f.Address, f.Address)
	if p := f.Dialect.Subprotocol(); p != "" {
		fmt.Fprintf(&b, "Sec-WebSocket-Protocol: %s\r\n", p)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// reading reads from a blocking socket.
type reading struct {
	fd   int
	have []byte
}

func (r *reading) more() error {
	buf := make([]byte, 8<<10)
	n, err := unix.Read(r.fd, buf)
	switch {
	case errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("waiting for the server: %w", err)
	case n == 0:
		return errors.New("closed by the server")
	}
	r.have = append(r.have, buf[:n]...)
	return nil
}

func (r *reading) answer() error {
	for {
		if end := bytes.Index(r.have, []byte("\r\n\r\n")); end >= 0 {
			if !bytes.HasPrefix(r.have, []byte("HTTP/1.1 101")) {
				return fmt.Errorf("the handshake is answered %.80q", r.have)
			}
			r.have = r.have[end+4:]
			return nil
		}
		if err := r.more(); err != nil {
			return err
		}
	}
}

func (r *reading) frame() ([]byte, error) {
	for {
		op, payload, size := nextFrame(r.have)
		if size == 0 {
			if err := r.more(); err != nil {
				return nil, err
			}
			continue
		}
		r.have = r.have[size:]
		if op == opClose {
			return nil, fmt.Errorf("closed by the server: %q", payload)
		}
		if op == opText {
			return payload, nil
		}
	}
}
