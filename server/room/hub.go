package room

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"porchlight/moderation"
	"porchlight/protocol"
)

// Info is a room as it meets: what the doors record says.
type Info struct {
	Room       protocol.RoomID
	Name       string
	Kind       protocol.RoomKind
	Capacity   int // members at once
	Agreement  string
	PurgeAfter time.Duration // from the close until the text is destroyed
	Coverage   time.Duration // how long the room waits without a facilitator
}

// Config says what a hub works with. Log, Sessions, Items and Screen are required.
type Config struct {
	Log      Log
	Sessions Sessions
	Items    Items
	Screen   Screener
	Bell     Bell // nil: nobody is told
	Now      func() time.Time
	Rand     io.Reader // nil: crypto/rand
	Logger   *slog.Logger
	// Frame puts the transport's header before an encoded frame, once per record; nil leaves it as it is.
	Frame func(payload []byte) []byte
	// Store is the deadline on every call to the store; 0 is 5 s.
	Store time.Duration
	// Tick is how often time enters the rooms; 0 is 1 s.
	Tick time.Duration
}

// Hub finds, opens and ends sessions.
type Hub struct {
	log      Log
	sessions Sessions
	items    Items
	screen   Screener
	bell     Bell
	now      func() time.Time
	rand     io.Reader
	logger   *slog.Logger
	frame    func([]byte) []byte
	store    time.Duration
	tick     time.Duration

	mu      sync.Mutex // protects the following
	rooms   map[protocol.RoomID]*loop
	meeting map[protocol.SessionID]*loop
	stopped bool
	loops   sync.WaitGroup
}

// NewHub makes a hub without sessions; Start takes up those that the store has.
func NewHub(c Config) *Hub {
	h := &Hub{
		log: c.Log, sessions: c.Sessions, items: c.Items, screen: c.Screen, bell: c.Bell, now: c.Now, rand: c.Rand, logger: c.Logger,
		frame: c.Frame, store: c.Store, tick: c.Tick,
		rooms: map[protocol.RoomID]*loop{}, meeting: map[protocol.SessionID]*loop{},
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.rand == nil {
		h.rand = rand.Reader
	}
	if h.logger == nil {
		h.logger = slog.New(slog.DiscardHandler)
	}
	if h.store == 0 {
		h.store = 5 * time.Second
	}
	if h.tick == 0 {
		h.tick = time.Second
	}
	return h
}

func (h *Hub) storeContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), h.store)
}

// Start takes up the sessions that are not purged: their logs are replayed, their clocks go on.
func (h *Hub) Start(ctx context.Context) error {
	meetings, err := h.sessions.Unpurged(ctx)
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	loops := make([]*loop, 0, len(meetings))
	for _, m := range meetings {
		loops = append(loops, h.launch(m, true)) //nolint:contextcheck // a session outlives the call that starts it
	}
	for _, l := range loops {
		select {
		case <-l.ready:
		case <-ctx.Done():
			return fmt.Errorf("replay sessions: %w", ctx.Err())
		}
	}
	return nil
}

func (h *Hub) launch(m Meeting, replayed bool) *loop {
	l := newLoop(h, m)
	h.mu.Lock()
	h.meeting[m.Session] = l
	if current := h.rooms[m.Room]; current == nil || m.PurgeAt == 0 {
		h.rooms[m.Room] = l
	}
	h.loops.Add(1)
	if h.stopped {
		close(l.stop)
	}
	h.mu.Unlock()
	go func() {
		defer h.loops.Done()
		l.run(replayed)
	}()
	return l
}

func (h *Hub) forget(l *loop) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.meeting[l.session] == l {
		delete(h.meeting, l.session)
	}
	if h.rooms[l.room] == l {
		delete(h.rooms, l.room)
	}
}

// Open lets a facilitator open the doors. CodeAlreadyOpen when the room has a session, CodeForbidden for members.
func (h *Hub) Open(ctx context.Context, info Info, by Person) (protocol.SessionID, error) {
	if by.Role != protocol.RoleFacilitator {
		return "", protocol.Err(protocol.CodeForbidden)
	}
	id := make([]byte, 16)
	if _, err := io.ReadFull(h.rand, id); err != nil {
		return "", fmt.Errorf("name a session: %w", err)
	}
	session := protocol.SessionID(base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding).EncodeToString(id))
	meeting, err := h.sessions.Begin(ctx, info.Room, session)
	if err != nil {
		return "", fmt.Errorf("begin a session: %w", err)
	}
	l := h.launch(meeting, false) //nolint:contextcheck // a session outlives the request that opens it
	doors := protocol.Doors{
		Room: info.Room, Name: info.Name, RoomKind: info.Kind, Capacity: info.Capacity, Agreement: info.Agreement,
		PurgeMinutes: int(info.PurgeAfter.Minutes()), CoverageMinutes: int(info.Coverage.Minutes()),
	}
	if err := l.call(ctx, request{command: Open{By: by, Doors: doors}}); err != nil {
		return "", fmt.Errorf("open the doors: %w", err)
	}
	return session, nil
}

// Door is a room from outside.
type Door struct {
	Open    bool // a session is going on
	Session protocol.SessionID
	Covered bool // a facilitator is here
	Full    bool
	Phase   protocol.Phase
	Closed  bool  // the session is over and not yet purged
	PurgeAt int64 // Unix seconds; 0 while it is open

	here map[string]bool
	care map[protocol.ItemID]protocol.CareState
}

// Entered reports whether the person has a place now.
func (d Door) Entered(key string) bool { return d.here[key] }

// Door returns what can be seen from outside. A room without a session has the zero Door.
func (h *Hub) Door(room protocol.RoomID) Door {
	l := h.of(room)
	if l == nil {
		return Door{}
	}
	d := l.door.Load()
	if d == nil {
		return Door{}
	}
	return *d
}

// CareOf returns what the author of an item's message reads now; "" when there is nobody to read it.
func (h *Hub) CareOf(item protocol.ItemID) protocol.CareState {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.meeting {
		if d := l.door.Load(); d != nil {
			if state, ok := d.care[item]; ok {
				return state
			}
		}
	}
	return ""
}

func (h *Hub) of(room protocol.RoomID) *loop {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rooms[room]
}

// Attach connects a person to the session of a room. Frames come through out: welcome, state, what was missed, then what
// happens. CodeNoSession when the doors are closed, CodeRemoved for who was asked to step out.
func (h *Hub) Attach(ctx context.Context, who Person, hello protocol.Hello, out *Outbox) (*Member, error) {
	l := h.of(hello.Room)
	if l == nil {
		return nil, protocol.Err(protocol.CodeNoSession)
	}
	m := &Member{who: who, loop: l, out: out, screen: h.screen, hello: hello}
	if err := l.call(ctx, request{command: Arrive{Who: who}, attach: m}); err != nil {
		return nil, err
	}
	return m, nil
}

// Decide carries out a facilitator's decision on an item, in the loop of its session; when that is purged, on the item alone.
func (h *Hub) Decide(ctx context.Context, item protocol.ItemID, who Person, what protocol.Decide) error {
	if who.Role != protocol.RoleFacilitator {
		return protocol.Err(protocol.CodeForbidden)
	}
	on, err := h.items.Situate(ctx, item)
	if err != nil {
		return fmt.Errorf("find item: %w", err)
	}
	if err := moderation.CheckDecision(on.Lane, what); err != nil {
		return err
	}
	if l := h.session(on.Session); l != nil && !on.Purged {
		return l.call(ctx, request{command: Judge{Who: who, On: on, What: what}})
	}
	if !on.Purged {
		return protocol.Err(protocol.CodeUnavailable) // its log is being read
	}
	return h.items.Settle(ctx, moderation.Resolve{
		Item: item, Version: what.Version, Lease: what.Lease, Person: who.Key, Outcome: what.Outcome,
	}, moderation.Entry{
		Actor: who.Key, Act: moderation.ActDecided, Lane: on.Lane, Outcome: what.Outcome, Room: on.Room, Item: item, Target: on.Target,
		Day: h.now().UTC().Format(time.DateOnly),
	})
}

func (h *Hub) session(id protocol.SessionID) *loop {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.meeting[id]
}

// Leased says that a facilitator holds an item until a time; the author of a care item reads "opened".
func (h *Hub) Leased(ctx context.Context, item protocol.ItemID, by protocol.Handle, until time.Time) error {
	return h.lease(ctx, item, Leased{Item: item, By: by}, until.Unix())
}

// PutBack says that an item was given up; its author reads "told" again.
func (h *Hub) PutBack(ctx context.Context, item protocol.ItemID) error {
	return h.lease(ctx, item, Tick{Lapsed: []protocol.ItemID{item}}, 0)
}

func (h *Hub) lease(ctx context.Context, item protocol.ItemID, c Command, until int64) error {
	on, err := h.items.Situate(ctx, item)
	if err != nil {
		return fmt.Errorf("find item: %w", err)
	}
	l := h.session(on.Session)
	if l == nil {
		return nil // nobody is there to be told
	}
	return l.call(ctx, request{command: c, item: item, until: until})
}

// PurgeNow destroys the text of a room's closed session before its time. CodeNotFound when there is none.
func (h *Hub) PurgeNow(ctx context.Context, room protocol.RoomID, by Person) error {
	if by.Role != protocol.RoleFacilitator {
		return protocol.Err(protocol.CodeForbidden)
	}
	h.mu.Lock()
	var closed []*loop
	for _, l := range h.meeting {
		if d := l.door.Load(); l.room == room && d != nil && d.Closed {
			closed = append(closed, l)
		}
	}
	h.mu.Unlock()
	if len(closed) == 0 {
		return protocol.Err(protocol.CodeNotFound)
	}
	for _, l := range closed {
		if err := l.call(ctx, request{purgeBy: by.Key}); err != nil {
			return err
		}
	}
	return nil
}

// Stop says goodbye to everybody (they come back by themselves) and waits until every room is quiet, or ctx ends.
func (h *Hub) Stop(ctx context.Context) {
	h.mu.Lock()
	if !h.stopped {
		h.stopped = true
		for _, l := range h.meeting {
			close(l.stop)
		}
	}
	h.mu.Unlock()
	quiet := make(chan struct{})
	go func() {
		h.loops.Wait()
		close(quiet)
	}()
	select {
	case <-quiet:
	case <-ctx.Done():
	}
}
