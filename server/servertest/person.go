package servertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/client"
	"porchlight/protocol"
)

// Person is somebody connected to a room: everything they were sent is kept, in order.
type Person struct {
	*client.Client
	Web    *client.Web // of a facilitator; a member's is the one they joined with
	Room   protocol.RoomID
	Handle protocol.Handle
	Secret string // of a member's device

	who     string
	mu      sync.Mutex // protects the following
	events  []client.Event
	changed chan struct{} // closed and made anew at each event
}

// Member joins with a new slip and connects; Enter is up to them.
func (s *Server) Member(t testing.TB, room protocol.RoomID) *Person {
	t.Helper()
	w := s.Web(t)
	code := s.Slips(t, room, 1)[0]
	seat, err := w.Join(t.Context(), code, Words(code))
	if err != nil {
		t.Fatalf("join %s: %v", room, err)
	}
	return s.connect(t, &Person{Web: w, Room: room, Handle: seat.Handle, Secret: seat.Secret, who: string(seat.Handle)},
		client.Config{URL: s.URL, Room: room, Secret: seat.Secret})
}

// Words are eight words that nobody else has: they follow from the slip's code.
func Words(code string) []string {
	letters := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return 'a' + r - '0'
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, code)
	words := strings.Fields("porch lamp window chair kettle garden river")
	return append(words, letters)
}

// Facilitator signs in. Open brings them into a room.
func (s *Server) Facilitator(t testing.TB, name string) *Facilitator {
	t.Helper()
	return &Facilitator{Web: s.SignedIn(t, "facilitator", name), Name: name, server: s}
}

// Facilitator is somebody on duty.
type Facilitator struct {
	Web  *client.Web
	Name string

	server *Server
}

// Open opens the doors of a room and enters it.
func (f *Facilitator) Open(t testing.TB, room protocol.RoomID) *Person {
	t.Helper()
	if err := f.Web.OpenDoors(t.Context(), room); err != nil {
		t.Fatalf("%s opens %s: %v", f.Name, room, err)
	}
	return f.Enter(t, room)
}

// Enter connects to a room that is open and enters it.
func (f *Facilitator) Enter(t testing.TB, room protocol.RoomID) *Person {
	t.Helper()
	p := f.server.connect(t, &Person{Web: f.Web, Room: room, Handle: protocol.Handle(f.Name), who: f.Name},
		client.Config{URL: f.server.URL, Room: room, Ticket: f.Web.Ticket(room)})
	p.Enter(t)
	return p
}

// Decide takes the first item of a lane and decides it.
func (f *Facilitator) Decide(t testing.TB, lane protocol.Lane, d protocol.Decide) protocol.ItemDetail {
	t.Helper()
	lease := f.Take(t, lane)
	detail, err := f.Web.Open(t.Context(), lease)
	if err != nil {
		t.Fatalf("%s opens an item: %v", f.Name, err)
	}
	if d.ID == "" {
		d.ID = protocol.CommandID(lease.Item)
	}
	if err := f.Web.Decide(t.Context(), lease, d); err != nil {
		t.Fatalf("%s decides %+v: %v", f.Name, d, err)
	}
	return detail
}

// Take takes the first item of a lane.
func (f *Facilitator) Take(t testing.TB, lane protocol.Lane) protocol.Lease {
	t.Helper()
	items, err := f.Web.Queue(t.Context())
	if err != nil {
		t.Fatalf("%s reads the queue: %v", f.Name, err)
	}
	i := slices.IndexFunc(items, func(i protocol.ItemSummary) bool { return i.Lane == lane })
	if i < 0 {
		t.Fatalf("%s reads the queue: %+v, want one in lane %s", f.Name, items, lane)
	}
	lease, err := f.Web.Take(t.Context(), items[i].Item)
	if err != nil {
		t.Fatalf("%s takes an item: %v", f.Name, err)
	}
	return lease
}

func (s *Server) connect(t testing.TB, p *Person, c client.Config) *Person {
	t.Helper()
	c.Longest = time.Second // a restart in a test is short
	p.Client = client.New(c)
	p.changed = make(chan struct{})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) }) // why it ended is the last event
	running.Go(func() {
		for e := range p.Events() {
			p.keep(e)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return p
}

func (p *Person) keep(e client.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
	close(p.changed)
	p.changed = make(chan struct{})
}

// Enter takes a place, the agreement accepted.
func (p *Person) Enter(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	if err := p.Client.Enter(ctx); err != nil {
		t.Fatalf("%s enters: %v", p.who, err)
	}
}

// Say posts words and returns their number in the room; 0 when they are held.
func (p *Person) Say(t testing.TB, text string) int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	ack, err := p.Client.Say(ctx, text)
	if err != nil {
		t.Fatalf("%s says %q: %v", p.who, text, err)
	}
	return ack.N
}

// Move moves the session on, as a facilitator.
func (p *Person) Move(t testing.TB, from, to protocol.Phase) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	if err := p.MovePhase(ctx, from, to, ""); err != nil {
		t.Fatalf("%s moves from %s to %s: %v", p.who, from, to, err)
	}
}

// Await waits for an event that matches, among those that came and those to come.
func (p *Person) Await(t testing.TB, what string, match func(client.Event) bool) client.Event {
	t.Helper()
	return p.AwaitAfter(t, 0, what, match)
}

// Mark returns how many events have come: AwaitAfter looks behind it.
func (p *Person) Mark() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.events)
}

// AwaitAfter waits for an event that matches among those after the mark.
func (p *Person) AwaitAfter(t testing.TB, mark int, what string, match func(client.Event) bool) client.Event {
	t.Helper()
	enough := time.NewTimer(Patience)
	defer enough.Stop()
	for next := mark; ; {
		p.mu.Lock()
		events, changed := p.events, p.changed
		p.mu.Unlock()
		for ; next < len(events); next++ {
			if match(events[next]) {
				return events[next]
			}
		}
		select {
		case <-changed:
		case <-enough.C:
			t.Fatalf("%s waited %s for %s and got only:\n%s", p.who, Patience, what, describe(events))
		}
	}
}

// AwaitSaid waits for words in the room and returns them.
func (p *Person) AwaitSaid(t testing.TB, text string) client.Record {
	t.Helper()
	return p.Await(t, fmt.Sprintf("%q", text), func(e client.Event) bool {
		r, ok := e.(client.Record)
		if !ok {
			return false
		}
		said, ok := r.Body.(protocol.Said)
		return ok && said.Text == text
	}).(client.Record)
}

// AwaitBody waits for a record whose body is of type T and matches.
func AwaitBody[T protocol.Payload](t testing.TB, p *Person, match func(T) bool) T {
	t.Helper()
	var zero T
	r := p.Await(t, fmt.Sprintf("a %s record", zero.Kind()), func(e client.Event) bool {
		r, ok := e.(client.Record)
		if !ok {
			return false
		}
		body, ok := r.Body.(T)
		return ok && match(body)
	})
	return r.(client.Record).Body.(T)
}

// Records returns the records of a stream that have come so far.
func (p *Person) Records(stream protocol.Stream) []client.Record {
	return p.recordsOf(func(s protocol.Stream) bool { return s == stream })
}

// Own returns the records that only this person reads and that have come so far.
func (p *Person) Own() []client.Record {
	return p.recordsOf(func(s protocol.Stream) bool { return s.Of() > 0 && !s.Aside() })
}

func (p *Person) recordsOf(match func(protocol.Stream) bool) []client.Record {
	p.mu.Lock()
	defer p.mu.Unlock()
	var of []client.Record
	for _, e := range p.events {
		if r, ok := e.(client.Record); ok && match(r.Ref.Stream) {
			of = append(of, r)
		}
	}
	return of
}

func describe(events []client.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "  %T %+v\n", e, e)
	}
	return b.String()
}
