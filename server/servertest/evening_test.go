package servertest_test

import (
	"errors"
	"slices"
	"testing"

	"porchlight/client"
	"porchlight/protocol"
	"porchlight/server/servertest"
)

// Words of the evening. Each has a word that stands nowhere else.
const (
	hello      = "Hello, I am glad to hear you all. Marigold."
	held       = "Could we write to each other outside of here? Thistlewort."
	between    = "It was a long day. Larkspur."
	regretted  = "I take this one back again. Foxglove."
	unkind     = "People here only complain, try harder. Nettle."
	heavy      = "Some nights I am not sure I can keep going. Wintergreen."
	identifies = "My number is 212 555 0143 by the way. Snowdrop."
	early      = "The light was on when I came home. Primrose."
	second     = "I washed up slowly. Goldenrod."
	third      = "One song and then bed. Bluebell."
)

// night is an evening under way: a facilitator and three members who have entered, in check-in.
type night struct {
	*servertest.Server
	room           protocol.RoomID
	lead           *servertest.Facilitator
	juniper        *servertest.Person
	wren, ivy, oak *servertest.Person
}

func begin(t *testing.T) *night {
	t.Helper()
	n := &night{Server: servertest.New(t)}
	n.room = n.Room(t, "evening")
	n.lead = n.Facilitator(t, "Juniper")
	n.juniper = n.lead.Open(t, n.room)
	for _, who := range []**servertest.Person{&n.wren, &n.ivy, &n.oak} {
		*who = n.Member(t, n.room)
		(*who).Enter(t)
	}
	n.juniper.Move(t, protocol.PhaseArrive, protocol.PhaseCheckIn)
	return n
}

func (n *night) everyone() []*servertest.Person {
	return []*servertest.Person{n.juniper, n.wren, n.ivy, n.oak}
}

// settled waits until everybody has a message: what came before it has come too, because streams are in order.
func (n *night) settled(t *testing.T, text string) {
	t.Helper()
	for _, p := range n.everyone() {
		p.AwaitSaid(t, text)
	}
}

// A message waits, is released, and nobody's numbers show that it waited.
func TestHeldAndReleased(t *testing.T) {
	n := begin(t)
	n.wren.Say(t, hello)
	if got := n.ivy.Say(t, held); got != 0 {
		t.Fatalf("Say(%q) = number %d, want it held", held, got)
	}
	n.oak.Say(t, between)
	n.settled(t, between)
	for _, p := range []*servertest.Person{n.wren, n.oak} {
		gapless(t, p)
		if said(p, held) > 0 {
			t.Errorf("%s read %q before its release", p.Handle, held)
		}
	}
	detail := n.lead.Decide(t, protocol.LaneHeld, protocol.Decide{Outcome: protocol.OutcomeRelease})
	if len(detail.Words) != 1 || detail.Words[0].Text != held || detail.Words[0].Handle != n.ivy.Handle {
		t.Errorf("the held item shows %+v, want the words and their author", detail.Words)
	}
	n.settled(t, held)
	for _, p := range n.everyone() {
		gapless(t, p)
		if got := said(p, held); got != 1 {
			t.Errorf("%s reads %q %d times, want once", p.Handle, held, got)
		}
	}
	servertest.AwaitBody(t, n.ivy, func(p protocol.Posted) bool { return p.N > 0 })
}

// Held words go back to their author at the end, kindly; no timer shows them.
func TestHeldAtTheEnd(t *testing.T) {
	n := begin(t)
	n.ivy.Say(t, held)
	if err := n.juniper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	back := servertest.AwaitBody(t, n.ivy, func(protocol.Back) bool { return true })
	if back.Text != held || back.Why != protocol.ReasonEnded {
		t.Errorf("the hold came back as %+v, want its words and %q", back, protocol.ReasonEnded)
	}
	servertest.AwaitBody(t, n.wren, func(protocol.Closed) bool { return true })
	if got := said(n.wren, held); got != 0 {
		t.Errorf("the room read a held message %d times", got)
	}
}

// Words that may point to a person get a second look; nothing is posted until the author says so.
func TestSecondLook(t *testing.T) {
	n := begin(t)
	_, err := n.wren.Client.Say(t.Context(), identifies)
	var twice *client.LookTwiceError
	if !errors.As(err, &twice) || len(twice.Findings) == 0 {
		t.Fatalf("Say(%q) = %v, want a second look with findings", identifies, err)
	}
	n.wren.Say(t, hello)
	n.settled(t, hello)
	if said(n.ivy, identifies) > 0 {
		t.Errorf("the room read words that were not sent")
	}
	ack, err := n.wren.SayAnyway(t.Context(), identifies)
	if err != nil || ack.Status == "" {
		t.Fatalf("SayAnyway = %+v, %v, want it taken", ack, err)
	}
}

// A risk message is posted folded; its author reads, truthfully, how far it got (promise 5).
func TestCare(t *testing.T) {
	n := begin(t)
	number := n.wren.Say(t, heavy)
	if number == 0 {
		t.Fatalf("Say(%q) was held, want it posted", heavy)
	}
	read := n.ivy.AwaitSaid(t, heavy).Body.(protocol.Said)
	if read.Folded == "" {
		t.Errorf("the room reads %+v, want it folded", read)
	}
	state := func(want protocol.CareState) protocol.Care {
		t.Helper()
		return servertest.AwaitBody(t, n.wren, func(c protocol.Care) bool { return c.State == want })
	}
	saved := state(protocol.CareSaved)
	flag := servertest.AwaitBody(t, n.juniper, func(f protocol.Flagged) bool { return f.Lane == protocol.LaneCare })
	if saved.Item != flag.Item || saved.N != number {
		t.Errorf("author has %+v, facilitator %+v: want the same item, message %d", saved, flag, number)
	}
	if _, err := n.juniper.Do(t.Context(), func(h protocol.CommandHead) protocol.Command {
		return protocol.Got{CommandHead: h, Item: flag.Item}
	}); err != nil {
		t.Fatal(err)
	}
	state(protocol.CareTold)
	lease := n.lead.Take(t, protocol.LaneCare)
	if opened := state(protocol.CareOpened); opened.By != "Juniper" {
		t.Errorf("opened by %q, want Juniper", opened.By)
	}
	err := n.lead.Web.Decide(t.Context(), lease, protocol.Decide{ID: "d", Outcome: protocol.OutcomeSupported})
	if err != nil {
		t.Fatal(err)
	}
	state(protocol.CareClosed)
	if len(n.ivy.Records(protocol.StreamPlace(saved.Place))) > 0 {
		t.Errorf("somebody else reads the author's private records")
	}
}

// After sixty seconds without anybody opening it, the author is told to call: no help is promised that does not come.
func TestCareUnopened(t *testing.T) {
	n := begin(t)
	n.wren.Say(t, heavy)
	servertest.AwaitBody(t, n.wren, func(c protocol.Care) bool { return c.State == protocol.CareSaved })
	n.Clock.Advance(61e9)
	servertest.AwaitBody(t, n.wren, func(c protocol.Care) bool { return c.State == protocol.CareUnopened })
}

// The duties are apart: staff read no items, facilitators make no slips, members do neither.
func TestDutiesApart(t *testing.T) {
	n := begin(t)
	staff := n.SignedIn(t, "staff", "Program desk")
	for name, err := range map[string]error{
		"staff read the queue":    second2(staff.Queue(t.Context())),
		"staff open doors":        staff.OpenDoors(t.Context(), n.room),
		"staff buy a ticket":      second2(staff.Ticket(n.room)(t.Context())),
		"members read the queue":  second2(n.wren.Web.Queue(t.Context())),
		"members open doors":      n.wren.Web.OpenDoors(t.Context(), n.room),
		"members purge":           n.wren.Web.PurgeNow(t.Context(), n.room),
		"facilitators make slips": n.lead.Web.Call(t.Context(), "POST", "/staff/slips", nil, nil),
	} {
		if err == nil || !slices.Contains([]protocol.Code{protocol.CodeForbidden, protocol.CodeRefused}, protocol.CodeOf(err)) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	if err := n.wren.MovePhase(t.Context(), protocol.PhaseCheckIn, protocol.PhaseTopic, ""); protocol.CodeOf(err) != protocol.CodeForbidden {
		t.Errorf("a member moves the phase: %v, want %s", err, protocol.CodeForbidden)
	}
}

func isState(e client.Event) bool {
	_, ok := e.(protocol.StateFrame)
	return ok
}

func second2[T any](_ T, err error) error { return err }

// said counts how often a person was sent words in the room.
func said(p *servertest.Person, text string) int {
	times := 0
	for _, r := range p.Records(protocol.StreamRoom) {
		if s, ok := r.Body.(protocol.Said); ok && s.Text == text {
			times++
		}
	}
	return times
}

// gapless checks that the room's numbers rise by one.
func gapless(t *testing.T, p *servertest.Person) {
	t.Helper()
	records := p.Records(protocol.StreamRoom)
	for i := 1; i < len(records); i++ {
		if records[i].Ref.N != records[i-1].Ref.N+1 {
			t.Errorf("%s reads %s after %s, want no gap and no repeat", p.Handle, records[i].Ref, records[i-1].Ref)
		}
	}
}
