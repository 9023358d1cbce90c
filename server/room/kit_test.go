package room_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/room"
)

const agreement = "test-1"

var evening = room.Info{
	Room: "evening", Name: "Evening room", Kind: protocol.KindSupport, Capacity: 6, Agreement: agreement,
	PurgeAfter: time.Hour, Coverage: 5 * time.Minute,
}

// words screens by what a test writes into the text.
type words struct{}

func (words) Check(text string) moderation.Verdict {
	v := moderation.Verdict{Show: moderation.ShowClear}
	switch {
	case strings.Contains(text, "method"):
		v.Care, v.Show, v.Why = true, moderation.ShowHold, protocol.ReasonMethod
	case strings.Contains(text, "care"):
		v.Care, v.Why = true, protocol.ReasonCare
	case strings.Contains(text, "hold"):
		v.Show, v.Why = moderation.ShowHold, protocol.ReasonContact
	case strings.Contains(text, "nudge"):
		v.Show, v.Why = moderation.ShowNudge, protocol.ReasonIdentifying
		v.Findings = []protocol.Finding{{Reason: protocol.ReasonIdentifying, What: "phone", Start: 0, End: 5}}
	}
	return v
}

// night is a hub with its log.
type night struct {
	t   *testing.T
	log *memLog
	hub *room.Hub
	ids int
}

func newNight(t *testing.T) *night {
	n := &night{t: t, log: newMemLog()}
	n.start()
	return n
}

func (n *night) start() {
	n.hub = room.NewHub(room.Config{Log: n.log, Sessions: n.log, Items: n.log, Screen: words{}, Now: time.Now})
	if err := n.hub.Start(context.Background()); err != nil {
		n.t.Fatalf("Start: %v", err)
	}
}

func (n *night) stop() { n.hub.Stop(context.Background()) }

// restart ends the hub as a crash would, and starts another on the same log.
func (n *night) restart() {
	n.stop()
	synctest.Wait()
	n.start()
	synctest.Wait()
}

func (n *night) open() {
	n.t.Helper()
	if _, err := n.hub.Open(context.Background(), evening, juniper); err != nil {
		n.t.Fatalf("Open: %v", err)
	}
	synctest.Wait()
}

var juniper = room.Person{Key: "facilitator:juniper", Role: protocol.RoleFacilitator, Handle: "Juniper"}

func member(name string) room.Person {
	return room.Person{Key: "seat:" + name, Role: protocol.RoleMember, Handle: protocol.Handle(name)}
}

// phone is a client: it keeps its marks through reconnects and what it saw, by stream and number.
type phone struct {
	n       *night
	who     room.Person
	member  *room.Member
	out     *room.Outbox
	session protocol.SessionID
	place   protocol.Place
	entered bool
	marks   map[protocol.Stream]int64
	seen    map[protocol.Ref]protocol.Payload
	acks    map[protocol.CommandID]protocol.Ack
	fails   map[protocol.CommandID]protocol.Code
	nudges  map[protocol.CommandID]protocol.Nudge
	state   protocol.StateFrame
	ended   protocol.CloseCode
}

func (n *night) phone(who room.Person) *phone {
	return &phone{
		n: n, who: who, marks: map[protocol.Stream]int64{}, seen: map[protocol.Ref]protocol.Payload{},
		acks: map[protocol.CommandID]protocol.Ack{}, fails: map[protocol.CommandID]protocol.Code{},
		nudges: map[protocol.CommandID]protocol.Nudge{},
	}
}

func (p *phone) connect() error {
	p.n.t.Helper()
	hello := protocol.Hello{Room: evening.Room, Session: p.session}
	for s, n := range p.marks {
		hello.Marks = append(hello.Marks, protocol.Ref{Stream: s, N: n})
	}
	p.ended = 0
	p.out = room.NewOutbox(1<<20, func() {})
	m, err := p.n.hub.Attach(context.Background(), p.who, hello, p.out)
	if err != nil {
		return err
	}
	p.member = m
	p.read()
	return nil
}

func (p *phone) cut() {
	if p.member != nil {
		p.member.Detach()
		p.member = nil
	}
	synctest.Wait()
}

// read takes what arrived and checks the one rule of numbers: each stream goes on without a gap or a repeat.
func (p *phone) read() {
	p.n.t.Helper()
	synctest.Wait()
	frames, end := p.out.Take(nil)
	for _, b := range frames {
		f, err := protocol.DecodeServer(b)
		if err != nil {
			p.n.t.Fatalf("%s got a frame nobody can read: %v\n%s", p.who.Handle, err, b)
		}
		p.take(f)
	}
	if end != 0 {
		p.ended = end
	}
}

func (p *phone) take(f protocol.ServerFrame) {
	p.n.t.Helper()
	switch f := f.(type) {
	case protocol.Welcome:
		if p.session != f.Session {
			p.session, p.marks = f.Session, map[protocol.Stream]int64{}
		}
		p.place, p.entered = f.Place, f.Entered
		for _, s := range f.Streams {
			if _, ok := p.marks[s.Stream]; !ok {
				p.marks[s.Stream] = s.Floor
			}
		}
	case protocol.StateFrame:
		p.state = f
	case protocol.RecordFrame:
		if want := p.marks[f.Stream] + 1; f.N != want {
			p.n.t.Fatalf("%s reads %s#%d, want #%d", p.who.Handle, f.Stream, f.N, want)
		}
		p.marks[f.Stream] = f.N
		body, err := protocol.DecodePayload(f.Kind, f.Body)
		if err != nil {
			p.n.t.Fatalf("%s reads %s#%d: %v", p.who.Handle, f.Stream, f.N, err)
		}
		p.seen[protocol.Ref{Stream: f.Stream, N: f.N}] = body
	case protocol.Ack:
		p.acks[f.ID] = f
	case protocol.Failure:
		p.fails[f.ID] = f.Code
	case protocol.Nudge:
		p.nudges[f.ID] = f
	}
}

func (p *phone) head() protocol.CommandHead {
	p.n.ids++
	return protocol.CommandHead{ID: protocol.CommandID(fmt.Sprintf("c%d", p.n.ids)), Session: p.session}
}

// do sends a command and returns its id once the answer is there.
func (p *phone) do(c protocol.Command) protocol.CommandID {
	p.n.t.Helper()
	if err := p.member.Do(context.Background(), c); err != nil {
		p.n.t.Fatalf("%s Do(%T): %v", p.who.Handle, c, err)
	}
	p.read()
	return c.Head().ID
}

func (p *phone) enter() {
	p.n.t.Helper()
	if p.member == nil {
		if err := p.connect(); err != nil {
			p.n.t.Fatalf("%s connects: %v", p.who.Handle, err)
		}
	}
	id := p.do(protocol.Enter{CommandHead: p.head(), Agreed: agreement, Adult: true})
	if p.acks[id].Status != protocol.AckDone || !p.entered {
		p.n.t.Fatalf("%s enters: ack %+v, failure %q, entered %v", p.who.Handle, p.acks[id], p.fails[id], p.entered)
	}
}

func (p *phone) say(text string) protocol.CommandID {
	p.n.t.Helper()
	return p.do(protocol.Say{CommandHead: p.head(), Text: text})
}

func (p *phone) phase(to protocol.Phase) {
	p.n.t.Helper()
	p.read()
	from := p.state.Phase
	for _, s := range p.log() {
		if m, ok := s.(protocol.PhaseMoved); ok {
			from = m.Phase
		}
	}
	id := p.do(protocol.MovePhase{CommandHead: p.head(), From: from, To: to})
	if p.acks[id].Status != protocol.AckDone {
		p.n.t.Fatalf("phase %s to %s: %q", from, to, p.fails[id])
	}
}

// log lists what the phone read in the room, in order.
func (p *phone) log() []protocol.Payload { return p.stream(protocol.StreamRoom) }

func (p *phone) stream(s protocol.Stream) []protocol.Payload {
	var all []protocol.Payload
	for n := int64(1); n <= p.marks[s]; n++ {
		if b, ok := p.seen[protocol.Ref{Stream: s, N: n}]; ok {
			all = append(all, b)
		}
	}
	return all
}

// private lists what only this phone read.
func (p *phone) private() []protocol.Payload { return p.stream(protocol.StreamPlace(p.place)) }

func texts(log []protocol.Payload) []string {
	var all []string
	for _, b := range log {
		if s, ok := b.(protocol.Said); ok {
			all = append(all, s.Text)
		}
	}
	return all
}

func last[T protocol.Payload](log []protocol.Payload) (T, bool) {
	for i := len(log) - 1; i >= 0; i-- {
		if v, ok := log[i].(T); ok {
			return v, true
		}
	}
	var zero T
	return zero, false
}

func (n *night) decide(item protocol.ItemID, version int64, outcome protocol.Outcome, reason protocol.Reason) error {
	n.ids++
	return n.hub.Decide(context.Background(), item, juniper, protocol.Decide{
		ID: protocol.CommandID(fmt.Sprintf("d%d", n.ids)), Version: version, Lease: "lease", Outcome: outcome, Reason: reason, Minutes: 5,
	})
}

// pass lets simulated time go by, and everybody do what it asks of them.
func (n *night) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
