package room_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"porchlight/protocol"
	"porchlight/server/room"
)

func TestNoFacilitatorNoOpenFloor(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		host.cut()
		id := heron.say("is anyone there")
		cedar.say("me")
		cedar.read()
		if heron.acks[id].Status != protocol.AckHeld || len(texts(cedar.log())) != 0 {
			t.Fatalf("uncovered: ack %+v, room reads %q", heron.acks[id], texts(cedar.log()))
		}
		item, version := n.log.item(protocol.LaneHeld)
		if err := n.decide(item, version, protocol.OutcomeRelease, ""); protocol.CodeOf(err) != protocol.CodeNotEntered {
			t.Errorf("release into an uncovered room: %v", err)
		}
		if err := host.connect(); err != nil {
			t.Fatal(err)
		}
		if err := n.decide(item, version, protocol.OutcomeRelease, ""); err != nil {
			t.Fatal(err)
		}
		cedar.read()
		if got := texts(cedar.log()); !slices.Equal(got, []string{"is anyone there", "me"}) {
			t.Errorf("one decision releases in order: %q", got)
		}
		host.cut()
		n.pass(5*time.Minute + 2*time.Second)
		cedar.read()
		if c, ok := last[protocol.Closed](cedar.log()); !ok || c.Why != protocol.ReasonCoverage {
			t.Errorf("after five minutes alone: %+v %v", c, ok)
		}
	})
}

func TestPlaceIsKeptTenMinutes(t *testing.T) {
	night2(t, func(t *testing.T, n *night, _, heron, cedar *phone) {
		heron.cut()
		n.pass(9 * time.Minute)
		if err := heron.connect(); err != nil || !heron.entered {
			t.Fatalf("back after nine minutes: %v, entered %v", err, heron.entered)
		}
		heron.cut()
		n.pass(10*time.Minute + 2*time.Second)
		cedar.read()
		if l, ok := last[protocol.Left](cedar.log()); !ok || l.Why != protocol.ReasonAway {
			t.Errorf("after ten minutes: %+v %v", l, ok)
		}
	})
}

func TestRestartInMidEvening(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		heron.say("one")
		held := heron.say("hold: two")
		host.do(protocol.Mute{CommandHead: host.head(), Place: cedar.place, Minutes: 10})
		for _, p := range []*phone{host, heron, cedar} {
			p.read()
		}
		n.restart()
		for _, p := range []*phone{heron, cedar, host} {
			if err := p.connect(); err != nil {
				t.Fatal(err)
			}
			if !p.entered || p.state.Phase != protocol.PhaseCheckIn {
				t.Errorf("%s after the restart: entered %v, phase %s", p.who.Handle, p.entered, p.state.Phase)
			}
		}
		if id := cedar.say("muted"); cedar.fails[id] != protocol.CodeMuted {
			t.Errorf("the mute is forgotten: %q", cedar.fails[id])
		}
		heron.do(protocol.Say{CommandHead: protocol.CommandHead{ID: held, Session: heron.session}, Text: "hold: two"})
		if heron.acks[held].Status != protocol.AckHeld {
			t.Errorf("a retry after the restart: %+v", heron.acks[held])
		}
		item, version := n.log.item(protocol.LaneHeld)
		if err := n.decide(item, version, protocol.OutcomeRelease, ""); err != nil {
			t.Fatal(err)
		}
		cedar.read()
		if got := texts(cedar.log()); !slices.Equal(got, []string{"one", "hold: two"}) {
			t.Errorf("room reads %q", got)
		}
	})
}

func TestPurgeIsTheEnd(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, _ *phone) {
		heron.say("gone in an hour")
		host.do(protocol.Close{CommandHead: host.head()})
		if id := heron.say("too late"); heron.fails[id] != protocol.CodeClosed {
			t.Errorf("after the close: %q", heron.fails[id])
		}
		n.pass(time.Hour + 2*time.Second)
		heron.read()
		if heron.ended != protocol.CloseNoDoors || len(n.log.purged) != 1 {
			t.Errorf("after an hour: close code %d, purged %v", heron.ended, n.log.purged)
		}
		if err := heron.connect(); protocol.CodeOf(err) != protocol.CodeNoSession {
			t.Errorf("connecting after the purge: %v", err)
		}
	})
}

func TestOneRetryIsOneMessage(t *testing.T) {
	night2(t, func(t *testing.T, n *night, _, heron, cedar *phone) {
		n.log.breakNext(nil, errors.New("the answer was lost"))
		id := heron.say("once")
		if heron.acks[id].Status != protocol.AckPosted {
			t.Errorf("committed, answer lost: ack %+v, failure %q", heron.acks[id], heron.fails[id])
		}
		n.log.breakNext(errors.New("disk"), nil)
		id = heron.say("twice")
		if heron.fails[id] != protocol.CodeUnavailable {
			t.Errorf("not committed: ack %+v, failure %q", heron.acks[id], heron.fails[id])
		}
		heron.do(protocol.Say{CommandHead: protocol.CommandHead{ID: id, Session: heron.session}, Text: "twice"})
		heron.do(protocol.Say{CommandHead: protocol.CommandHead{ID: id, Session: heron.session}, Text: "other"})
		if heron.fails[id] != protocol.CodeIDReused {
			t.Errorf("an id used for other words: %q", heron.fails[id])
		}
		cedar.read()
		if got := texts(cedar.log()); !slices.Equal(got, []string{"once", "twice"}) {
			t.Errorf("room reads %q", got)
		}
	})
}

func TestReportsHaveNoSender(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		id := heron.say("something rough")
		nr := heron.acks[id].N
		cedar.read()
		cedar.do(protocol.Report{CommandHead: cedar.head(), N: nr, Note: "that hurt"})
		cedar.do(protocol.Worry{CommandHead: cedar.head(), N: nr})
		host.read()
		heron.read()
		if len(careStates(heron)) != 0 {
			t.Errorf("a worry shows its subject %v", careStates(heron))
		}
		item, version := n.log.item(protocol.LaneConduct)
		if err := n.decide(item, version, protocol.OutcomeHide, protocol.ReasonAgreement); err != nil {
			t.Fatal(err)
		}
		cedar.read()
		heron.read()
		if g, ok := last[protocol.Gone](cedar.log()); !ok || g.N != nr || g.Why != protocol.ReasonFacilitator {
			t.Errorf("room reads %+v %v", g, ok)
		}
		if h, ok := last[protocol.Hidden](heron.private()); !ok || h.Why != protocol.ReasonAgreement {
			t.Errorf("author reads %+v %v", h, ok)
		}
	})
}

func TestAsideIsBetweenOneMemberAndTheFacilitators(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		other := n.phone(room.Person{Key: "facilitator:alder", Role: protocol.RoleFacilitator, Handle: "Alder"})
		other.enter()
		heron.do(protocol.Aside{CommandHead: heron.head(), Text: "may I have a word"})
		host.do(protocol.Aside{CommandHead: host.head(), To: heron.place, Text: "of course"})
		for _, p := range []*phone{host, heron, cedar, other} {
			p.read()
		}
		st := protocol.StreamAside(heron.place)
		for _, p := range []*phone{host, heron, other} {
			if got := len(p.stream(st)); got != 2 {
				t.Errorf("%s reads %d words of the aside, want 2", p.who.Handle, got)
			}
		}
		if got := len(cedar.stream(st)); got != 0 || cedar.marks[st] != 0 {
			t.Errorf("another member reads %d words of the aside", got)
		}
		if id := cedar.do(protocol.Aside{CommandHead: cedar.head(), To: heron.place, Text: "psst"}); cedar.fails[id] != protocol.CodeForbidden {
			t.Errorf("a member's aside to a member: %q", cedar.fails[id])
		}
	})
}

func TestWhoMayDoWhat(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		expect := func(p *phone, c protocol.Command, want protocol.Code) {
			t.Helper()
			id := p.do(c)
			if p.fails[id] != want {
				t.Errorf("%s %T: failure %q, want %q", p.who.Handle, c, p.fails[id], want)
			}
		}
		expect(heron, protocol.Pause{CommandHead: heron.head()}, protocol.CodeForbidden)
		expect(heron, protocol.Mute{CommandHead: heron.head(), Place: cedar.place, Minutes: 5}, protocol.CodeForbidden)
		expect(host, protocol.Mute{CommandHead: host.head(), Place: host.place, Minutes: 5}, protocol.CodeForbidden)
		expect(host, protocol.MovePhase{CommandHead: host.head(), From: protocol.PhaseArrive, To: protocol.PhaseOpen}, protocol.CodeStale)
		expect(host, protocol.Pause{CommandHead: host.head()}, "")
		expect(heron, protocol.Say{CommandHead: heron.head(), Text: "x"}, protocol.CodePaused)
		expect(host, protocol.Resume{CommandHead: host.head()}, "")
		foreign := heron.head()
		foreign.Session = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
		expect(heron, protocol.Say{CommandHead: foreign, Text: "x"}, protocol.CodeOtherSession)
		expect(host, protocol.Remove{CommandHead: host.head(), Place: heron.place}, "")
		heron.read()
		if heron.ended != protocol.CloseRemoved {
			t.Errorf("after remove the socket ends with %d", heron.ended)
		}
		cedar.read()
		if l, ok := last[protocol.Left](cedar.log()); !ok || l.Why != "" {
			t.Errorf("the room reads %+v %v: nobody is told why", l, ok)
		}
		stranger := n.phone(member("Stranger"))
		if err := stranger.connect(); err != nil {
			t.Fatal(err)
		}
		expect(stranger, protocol.Say{CommandHead: stranger.head(), Text: "x"}, protocol.CodeNotEntered)
		expect(stranger, protocol.Enter{CommandHead: stranger.head(), Agreed: "old", Adult: true}, protocol.CodeAgreement)
		expect(stranger, protocol.Enter{CommandHead: stranger.head(), Agreed: agreement}, protocol.CodeAgreement)
		for _, name := range []string{"A", "B", "C", "D", "E"} {
			n.phone(member(name)).enter()
		}
		expect(stranger, protocol.Enter{CommandHead: stranger.head(), Agreed: agreement, Adult: true}, protocol.CodeFull)
	})
}

func TestTakingHeldWordsBack(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		id := heron.say("hold: never mind")
		heron.do(protocol.Withdraw{CommandHead: heron.head(), Hold: id})
		if item, _ := n.log.item(protocol.LaneHeld); item != "" {
			t.Error("the item of withdrawn words is still open")
		}
		host.cut()
		again := n.phone(juniper)
		again.enter()
		for _, b := range again.stream(protocol.StreamFacilitators) {
			if h, ok := b.(protocol.Held); ok {
				t.Errorf("a facilitator who comes back reads withdrawn words: %+v", h)
			}
		}
		if again := heron.do(protocol.Withdraw{CommandHead: heron.head(), Hold: id}); heron.fails[again] != protocol.CodeStale {
			t.Errorf("taking back twice: %q", heron.fails[again])
		}
	})
}

func TestDecisionsReachTheMember(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		nr := heron.acks[heron.say("rough")].N
		cedar.read()
		cedar.do(protocol.Report{CommandHead: cedar.head(), N: nr})
		item, version := n.log.item(protocol.LaneConduct)
		if err := n.decide(item, version, protocol.OutcomeMute, protocol.ReasonAgreement); err != nil {
			t.Fatal(err)
		}
		if id := heron.say("x"); heron.fails[id] != protocol.CodeMuted {
			t.Errorf("after the decision to mute: %q", heron.fails[id])
		}
		heron.say("hold: x")
		cedar.do(protocol.Report{CommandHead: cedar.head(), N: nr})
		item, version = n.log.item(protocol.LaneConduct)
		if err := n.decide(item, version, protocol.OutcomeRemove, protocol.ReasonAgreement); err != nil {
			t.Fatal(err)
		}
		heron.read()
		if heron.ended != protocol.CloseRemoved {
			t.Errorf("after the decision to remove, the socket ends with %d", heron.ended)
		}
		if err := heron.connect(); err != nil {
			t.Fatal(err)
		}
		if id := heron.do(protocol.Enter{CommandHead: heron.head(), Agreed: agreement, Adult: true}); heron.fails[id] != protocol.CodeRemoved {
			t.Errorf("coming back tonight: %q", heron.fails[id])
		}
	})
}
