package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"porchlight/protocol"
)

// Config says where to go and who is coming. Exactly one of Secret and Ticket is set.
type Config struct {
	URL    string // http(s)://host:port
	Room   protocol.RoomID
	Secret string // of the device
	// Ticket buys a ticket for each connection.
	Ticket func(ctx context.Context) (string, error)
	// HTTP is used for the handshake; nil is http.DefaultClient's behaviour.
	HTTP *http.Client
	// Longest bounds the pause between two tries; 0 is 30 s.
	Longest time.Duration
	// Path is where the socket is; "" is /ws.
	Path string
}

// Event is something that happened: Connected, Lost, Record, or a protocol.StateFrame.
type Event any

// Connected says that the server answered hello.
type Connected struct{ Welcome protocol.Welcome }

// Lost says that the line was cut; the client tries again unless Stay.
type Lost struct {
	Code protocol.CloseCode
	Stay bool
}

// Record is one record of the session, its body decoded.
type Record struct {
	Ref  protocol.Ref
	At   int64 // Unix seconds
	Body protocol.Payload
}

// LookTwiceError is the answer to words that may point to a person. Send them again with Anyway to say them all the same.
type LookTwiceError struct{ Findings []protocol.Finding }

func (e *LookTwiceError) Error() string { return "the words may point to a person" }

// Client is one person in one room. Its methods may be called from several goroutines.
type Client struct {
	config Config
	events chan Event
	done   chan struct{}

	mu      sync.Mutex // protects the following
	conn    *websocket.Conn
	welcome protocol.Welcome
	ready   chan struct{} // closed once welcomed
	said    bool
	marks   map[protocol.Stream]int64
	pending []*pending
}

type pending struct {
	id    protocol.CommandID
	frame []byte
	reply chan result
}

type result struct {
	ack protocol.Ack
	err error
}

// New makes a client; Run connects it.
func New(c Config) *Client {
	if c.Longest == 0 {
		c.Longest = 30 * time.Second
	}
	if c.Path == "" {
		c.Path = "/ws"
	}
	return &Client{config: c, events: make(chan Event, 256), done: make(chan struct{}), ready: make(chan struct{}), marks: map[protocol.Stream]int64{}}
}

// Events is everything that happens, in order. Read it: a client that nobody reads stops reading its socket. It is closed
// when Run returns.
func (c *Client) Events() <-chan Event { return c.events }

// Ready waits for the first welcome.
func (c *Client) Ready(ctx context.Context) (protocol.Welcome, error) {
	select {
	case <-c.ready:
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.welcome, nil
	case <-c.done:
		return protocol.Welcome{}, protocol.Err(protocol.CodeRefused)
	case <-ctx.Done():
		return protocol.Welcome{}, ctx.Err()
	}
}

// errStay ends Run: the server said that coming back would be refused.
var errStay = errors.New("the server said to stay away")

// Run connects, and connects again with full jitter (0.5 s to Longest), until ctx ends or the server says to stay away.
func (c *Client) Run(ctx context.Context) error {
	defer close(c.events)
	defer close(c.done)
	defer c.failAll(protocol.Err(protocol.CodeUnknownOutcome))
	pause := 500 * time.Millisecond
	for {
		err := c.connect(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var closed websocket.CloseError
		code := protocol.CloseCode(0)
		if errors.As(err, &closed) {
			code = protocol.CloseCode(closed.Code)
		}
		stay := code != 0 && !code.ComeBack()
		c.emit(ctx, Lost{Code: code, Stay: stay})
		if stay {
			return fmt.Errorf("close code %d: %w", code, errStay)
		}
		if c.welcomed() {
			pause = 500 * time.Millisecond
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, c.config.Longest)
	}
}

func (c *Client) welcomed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.said
	c.said = false
	return was
}

func sleep(ctx context.Context, most time.Duration) error {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(most)))
	if err != nil {
		return err
	}
	t := time.NewTimer(max(time.Duration(n.Int64()), 50*time.Millisecond))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connect lives one connection.
func (c *Client) connect(ctx context.Context) error {
	ws, res, err := websocket.Dial(ctx, c.config.URL+c.config.Path, &websocket.DialOptions{
		HTTPClient: c.config.HTTP, Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: http.Header{"Origin": {strings.TrimSuffix(c.config.URL, "/")}},
	})
	if res != nil && res.Body != nil {
		defer res.Body.Close() //nolint:errcheck // a handshake has no body
	}
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	defer ws.CloseNow() //nolint:errcheck // the read below says why it ended
	ws.SetReadLimit(protocol.MaxFrame)
	if err := c.hello(ctx, ws); err != nil {
		return err
	}
	stop := make(chan struct{})
	defer close(stop)
	go c.beats(ctx, ws, stop)
	for {
		_, b, err := ws.Read(ctx)
		if err != nil {
			c.detach(ws)
			return fmt.Errorf("read: %w", err)
		}
		frame, err := protocol.DecodeServer(b)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if err := c.take(ctx, ws, frame); err != nil {
			c.detach(ws)
			return err
		}
	}
}

func (c *Client) detach(ws *websocket.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == ws {
		c.conn = nil
	}
}

func (c *Client) hello(ctx context.Context, ws *websocket.Conn) error {
	h := protocol.Hello{Room: c.config.Room, Secret: c.config.Secret}
	if c.config.Ticket != nil {
		var err error
		if h.Ticket, err = c.config.Ticket(ctx); err != nil {
			return fmt.Errorf("buy a ticket: %w", err)
		}
	}
	c.mu.Lock()
	h.Session = c.welcome.Session
	for s, n := range c.marks {
		h.Marks = append(h.Marks, protocol.Ref{Stream: s, N: n})
	}
	c.mu.Unlock()
	b, err := protocol.Encode(h)
	if err != nil {
		return err
	}
	return ws.Write(ctx, websocket.MessageText, b)
}

// beats sends a heartbeat whenever the line could seem dead.
func (c *Client) beats(ctx context.Context, ws *websocket.Conn, stop <-chan struct{}) {
	b, err := protocol.Encode(protocol.Beat{})
	if err != nil {
		return
	}
	t := time.NewTicker(protocol.BeatSeconds * time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if ws.Write(ctx, websocket.MessageText, b) != nil {
				return
			}
		case <-stop:
			return
		case <-ctx.Done():
			return
		}
	}
}

// take follows one frame. An error ends the connection: a gap means loss, and coming back repairs it.
func (c *Client) take(ctx context.Context, ws *websocket.Conn, frame protocol.ServerFrame) error {
	switch f := frame.(type) {
	case protocol.Welcome:
		return c.welcomedWith(ctx, ws, f)
	case protocol.StateFrame:
		c.emit(ctx, f)
	case protocol.QueueHint:
		c.emit(ctx, f)
	case protocol.RecordFrame:
		return c.record(ctx, f)
	case protocol.Ack:
		c.answer(f.ID, result{ack: f})
	case protocol.Nudge:
		c.answer(f.ID, result{err: &LookTwiceError{Findings: f.Findings}})
	case protocol.Failure:
		if f.ID == "" {
			c.emit(ctx, f)
			return nil
		}
		c.answer(f.ID, result{err: &protocol.Error{Code: f.Code, Until: f.Until}})
	}
	return nil
}

func (c *Client) welcomedWith(ctx context.Context, ws *websocket.Conn, w protocol.Welcome) error {
	c.mu.Lock()
	if w.Session != c.welcome.Session {
		c.marks = map[protocol.Stream]int64{}
	}
	for _, s := range w.Streams {
		if _, ok := c.marks[s.Stream]; !ok {
			c.marks[s.Stream] = s.Floor
		}
	}
	c.welcome, c.conn, c.said = w, ws, true
	again := append([]*pending(nil), c.pending...)
	select {
	case <-c.ready:
	default:
		close(c.ready)
	}
	c.mu.Unlock()
	c.emit(ctx, Connected{Welcome: w})
	for _, p := range again {
		if err := ws.Write(ctx, websocket.MessageText, p.frame); err != nil {
			return fmt.Errorf("send again: %w", err)
		}
	}
	return nil
}

func (c *Client) record(ctx context.Context, f protocol.RecordFrame) error {
	c.mu.Lock()
	last := c.marks[f.Stream]
	if f.N == last+1 {
		c.marks[f.Stream] = f.N
	}
	c.mu.Unlock()
	if f.N <= last {
		return nil // seen before
	}
	if f.N != last+1 {
		return fmt.Errorf("record %s#%d after #%d: %w", f.Stream, f.N, last, protocol.Err(protocol.CodeUnavailable))
	}
	body, err := protocol.DecodePayload(f.Kind, f.Body)
	if err != nil {
		return err
	}
	c.emit(ctx, Record{Ref: protocol.Ref{Stream: f.Stream, N: f.N}, At: f.At, Body: body})
	return nil
}

func (c *Client) emit(ctx context.Context, e Event) {
	select {
	case c.events <- e:
	case <-ctx.Done():
	}
}

func (c *Client) answer(id protocol.CommandID, r result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, p := range c.pending {
		if p.id == id {
			c.pending = append(c.pending[:i], c.pending[i+1:]...)
			p.reply <- r
			return
		}
	}
}

func (c *Client) failAll(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.pending {
		p.reply <- result{err: err}
	}
	c.pending = nil
}

// Do sends the command that make builds around the head it is given, and waits until it is committed (the ack) or refused:
// a *protocol.Error with a code, or *LookTwiceError. It survives reconnects.
func (c *Client) Do(ctx context.Context, build func(protocol.CommandHead) protocol.Command) (protocol.Ack, error) {
	if _, err := c.Ready(ctx); err != nil {
		return protocol.Ack{}, err
	}
	c.mu.Lock()
	head := protocol.CommandHead{ID: protocol.CommandID(rand.Text()), Session: c.welcome.Session}
	frame, err := protocol.Encode(build(head))
	if err != nil {
		c.mu.Unlock()
		return protocol.Ack{}, err
	}
	p := &pending{id: head.ID, frame: frame, reply: make(chan result, 1)}
	c.pending = append(c.pending, p)
	conn := c.conn
	c.mu.Unlock()
	if conn != nil {
		_ = conn.Write(ctx, websocket.MessageText, frame) // a lost line is repaired by sending again
	}
	select {
	case r := <-p.reply:
		return r.ack, r.err
	case <-c.done:
		return protocol.Ack{}, protocol.Err(protocol.CodeUnknownOutcome)
	case <-ctx.Done():
		return protocol.Ack{}, ctx.Err()
	}
}
