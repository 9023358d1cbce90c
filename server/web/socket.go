package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/room"
)

const (
	helloWithin = 5 * time.Second
	writeWithin = 10 * time.Second
	// goodbyeWithin is how long a refused client has to take leave.
	goodbyeWithin = 5 * time.Second
	badFramesMax  = 10
	// A member's commands: a burst, then a few every second. A person cannot be faster, a script can.
	commandBurst = 20
	commandRate  = 5
)

// socket is one WebSocket: coder/websocket does the handshake, reads and control frames; data frames are written by us, framed
// once per record and many at a time (design section 12). The library never writes a data frame on it.
type socket struct {
	s     *Server
	ws    *websocket.Conn
	conn  net.Conn
	out   *room.Outbox
	heard atomic.Int64 // when something was last read, Unix seconds
	wrote atomic.Int64 // when something was last written
	gone  atomic.Bool
	// now writes without waiting; nil where that is not possible (TLS).
	now *nowWriter
	// pings bounds what costs work and says nothing: pings and heartbeats.
	pings *rate.Limiter
}

// socket answers GET /ws.
func (s *Server) socket(c echo.Context) error { return s.accept(c, (*socket).joinRoom) }

// queueSocket answers GET /ws/queue.
func (s *Server) queueSocket(c echo.Context) error { return s.accept(c, (*socket).joinQueue) }

// accept makes the handshake and returns; the socket lives in a goroutine of its own, so that the handler's stack, request
// and headers are freed. begin says hello and returns what is read from then on, nil when there is nothing.
func (s *Server) accept(c echo.Context, begin func(*socket) *reading) error {
	r := c.Request()
	if !s.sameOrigin(r) {
		return protocol.Err(protocol.CodeForbidden)
	}
	h := &hijacker{ResponseWriter: c.Response().Writer}
	so := &socket{s: s, pings: rate.NewLimiter(commandRate, commandBurst)}
	ws, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		Subprotocols: []string{protocol.Subprotocol}, CompressionMode: websocket.CompressionDisabled,
		InsecureSkipVerify: true, // the origin was checked above, and a missing one refused, which Accept would let in
		OnPingReceived:     so.pinged,
	})
	if err != nil {
		c.Response().Committed = true // Accept has answered
		return nil                    //nolint:nilerr // the client got its status; the error holds nothing an operator can act on
	}
	c.Response().Committed = true
	if err := h.conn.SetDeadline(time.Time{}); err != nil { // net/http's deadlines are not for sockets
		return errors.Join(ws.CloseNow())
	}
	ws.SetReadLimit(protocol.MaxFrame)
	so.ws, so.conn = ws, h.conn
	so.now = newNowWriter(h.conn)
	so.out = room.NewOutbox(outboxBytes, so.wake)
	now := s.now().Unix()
	so.heard.Store(now)
	so.wrote.Store(now)
	if ws.Subprotocol() != protocol.Subprotocol {
		go so.close(protocol.CloseBadProtocol)
		return nil
	}
	s.sockets.add(so)
	go func() {
		r := begin(so)
		if r == nil {
			so.leave()
			return
		}
		go r.run() // the stack it starts with is small, and stays so
	}()
	return nil
}

// leave ends the connection and forgets the socket.
func (so *socket) leave() {
	so.drop()
	so.s.sockets.remove(so)
}

// joinRoom reads hello and joins the room, which gets what the member sends.
func (so *socket) joinRoom() *reading {
	hello, ok := so.hello()
	if !ok {
		return nil
	}
	ctx := context.Background() // a socket outlives its request; it ends with its connection
	who, err := so.who(ctx, hello)
	if err != nil {
		so.refuse(err)
		return nil
	}
	m, err := so.s.hub.Attach(ctx, who, hello, so.out)
	if err != nil {
		so.refuse(err)
		return nil
	}
	return so.reads(func(c protocol.Command) error { return m.Do(ctx, c) }, m.Detach)
}

// hello reads the first frame, within five seconds.
func (so *socket) hello() (protocol.Hello, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), helloWithin)
	defer cancel()
	b, err := so.next(ctx)
	var frame protocol.ClientFrame
	if err == nil {
		frame, _, err = protocol.DecodeClient(b)
	}
	if err != nil {
		var coded *protocol.Error
		if errors.As(err, &coded) {
			so.refuse(err)
		} else if ctx.Err() != nil {
			so.close(protocol.ClosePolicy)
		}
		return protocol.Hello{}, false
	}
	hello, ok := frame.(protocol.Hello)
	if !ok {
		so.refuse(protocol.Err(protocol.CodeNotHello))
	}
	return hello, ok
}

// who finds out who says hello: by a device's secret or by a ticket.
func (so *socket) who(ctx context.Context, hello protocol.Hello) (room.Person, error) {
	if hello.Ticket != "" {
		return so.s.tickets.take(hello.Ticket, hello.Room)
	}
	seat, err := so.s.store.SeatByDevice(ctx, hello.Room, identity.HashOf(hello.Secret))
	if err != nil {
		return room.Person{}, err
	}
	return memberOf(seat), nil
}

// calm counts a ping or a heartbeat, and reports whether they still come at a rate that a client has a use for.
func (so *socket) calm() bool { return so.pings.AllowN(so.s.now(), 1) }

// pinged answers a ping like any other frame, so that the library writes nothing while we do; a flood of them ends the socket.
func (so *socket) pinged(_ context.Context, payload []byte) bool {
	if so.calm() {
		so.out.Offer(pong(payload))
		return false
	}
	go so.close(protocol.ClosePolicy) // the goodbye waits for its answer, which this goroutine reads
	return false
}

// refuse answers a hello that leads nowhere, and closes so that the client knows whether to come back.
func (so *socket) refuse(err error) {
	so.fail("", err)
	code := protocol.ClosePolicy
	switch protocol.CodeOf(err) {
	case protocol.CodeRefused, protocol.CodeForbidden:
		code = protocol.CloseRefused
	case protocol.CodeRemoved:
		code = protocol.CloseRemoved
	case protocol.CodeNoSession:
		code = protocol.CloseNoDoors
	case protocol.CodeUnavailable, protocol.CodeUnknownOutcome:
		code = protocol.CloseRestarting
	default: // what the client did wrong: coming back by itself would not help
	}
	so.out.End(code)
	so.drain()
}

// drain lets what is queued go out and the goodbye be said, before the caller's goroutine ends the connection.
func (so *socket) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeWithin)
	defer cancel()
	for {
		if _, _, err := so.ws.Read(ctx); err != nil {
			return
		}
	}
}

func (so *socket) fail(id protocol.CommandID, err error) {
	so.send(protocol.Failure{ID: id, Code: protocol.CodeOf(err), Until: protocol.UntilOf(err)})
}

func (so *socket) send(frame any) {
	b, err := protocol.Encode(frame)
	if err != nil {
		so.s.logger.Error("a frame cannot be encoded", "error", err)
		return
	}
	so.out.Offer(Frame(b))
}

// close says goodbye with a code. The peer may answer; whether or not it does, the connection ends.
func (so *socket) close(code protocol.CloseCode) {
	if so.gone.Swap(true) {
		return
	}
	if err := so.inTime(); err != nil {
		so.drop()
		return
	}
	_ = so.ws.Close(websocket.StatusCode(code), "") // it fails when the peer is gone already, which is what we want
}

// drop ends the connection at once.
func (so *socket) drop() {
	so.gone.Store(true)
	_ = so.ws.CloseNow() // closing twice is fine
}

var _ http.Hijacker = (*hijacker)(nil)
