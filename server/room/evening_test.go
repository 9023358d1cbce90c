package room_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/protocol"
)

// begin opens the room with Juniper and two members in check-in.
func begin(t *testing.T) (n *night, host, heron, cedar *phone) {
	t.Helper()
	n = newNight(t)
	n.open()
	host, heron, cedar = n.phone(juniper), n.phone(member("Heron")), n.phone(member("Cedar"))
	host.enter()
	heron.enter()
	cedar.enter()
	host.phase(protocol.PhaseCheckIn)
	heron.read()
	cedar.read()
	return n, host, heron, cedar
}

func night2(t *testing.T, test func(t *testing.T, n *night, host, heron, cedar *phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n, host, heron, cedar := begin(t)
		test(t, n, host, heron, cedar)
		n.stop()
		synctest.Wait()
	})
}

func TestWordsReachEverybodyOnce(t *testing.T) {
	night2(t, func(t *testing.T, _ *night, host, heron, cedar *phone) {
		id := heron.say("I slept four hours.")
		if a := heron.acks[id]; a.Status != protocol.AckPosted || a.N == 0 {
			t.Errorf("ack %+v, want posted with a number", a)
		}
		for _, p := range []*phone{host, heron, cedar} {
			p.read()
			if got := texts(p.log()); !slices.Equal(got, []string{"I slept four hours."}) {
				t.Errorf("%s reads %q", p.who.Handle, got)
			}
		}
	})
}

func TestHeldMessageIsNeverShownByATimer(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		before := cedar.marks[protocol.StreamRoom]
		id := heron.say("hold: write me elsewhere")
		if heron.acks[id].Status != protocol.AckHeld {
			t.Fatalf("ack %+v, want held", heron.acks[id])
		}
		n.pass(50 * time.Minute)
		cedar.read()
		if len(texts(cedar.log())) != 0 || cedar.marks[protocol.StreamRoom] != before {
			t.Errorf("after 50 minutes the room reads %q and its numbers moved %d to %d", texts(cedar.log()), before, cedar.marks[protocol.StreamRoom])
		}
		item, version := n.log.item(protocol.LaneHeld)
		if err := n.decide(item, version, protocol.OutcomeRelease, ""); err != nil {
			t.Fatalf("release: %v", err)
		}
		cedar.read()
		heron.read()
		host.read()
		if got := texts(cedar.log()); !slices.Equal(got, []string{"hold: write me elsewhere"}) || cedar.marks[protocol.StreamRoom] != before+1 {
			t.Errorf("released: room reads %q, number %d, want one more than %d", got, cedar.marks[protocol.StreamRoom], before)
		}
		if p, ok := last[protocol.Posted](heron.private()); !ok || p.ID != id || p.N != before+1 {
			t.Errorf("author reads %+v %v, want posted as %d", p, ok, before+1)
		}
	})
}

func TestHeldGoesBackAtTheEnd(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		id := heron.say("hold: my number")
		host.do(protocol.Close{CommandHead: host.head()})
		heron.read()
		cedar.read()
		back, ok := last[protocol.Back](heron.private())
		if !ok || back.ID != id || back.Why != protocol.ReasonEnded || back.Text != "hold: my number" {
			t.Errorf("author reads %+v %v, want the words back", back, ok)
		}
		if len(texts(cedar.log())) != 0 {
			t.Errorf("room reads %q", texts(cedar.log()))
		}
		if item, _ := n.log.item(protocol.LaneHeld); item != "" {
			t.Errorf("the item is still open")
		}
	})
}

func TestDeclineIsPrivate(t *testing.T) {
	night2(t, func(t *testing.T, n *night, _, heron, cedar *phone) {
		heron.say("hold: call me")
		item, version := n.log.item(protocol.LaneHeld)
		if err := n.decide(item, version, protocol.OutcomeDecline, protocol.ReasonContact); err != nil {
			t.Fatal(err)
		}
		heron.read()
		cedar.read()
		if back, ok := last[protocol.Back](heron.private()); !ok || back.Why != protocol.ReasonContact || back.Text == "" {
			t.Errorf("author reads %+v %v", back, ok)
		}
		if len(texts(cedar.log())) != 0 {
			t.Errorf("room reads %q", texts(cedar.log()))
		}
		if err := n.decide(item, version, protocol.OutcomeRelease, ""); protocol.CodeOf(err) != protocol.CodeStale {
			t.Errorf("deciding again: %v, want stale", err)
		}
	})
}

func careStates(p *phone) []protocol.CareState {
	var all []protocol.CareState
	for _, b := range p.private() {
		if c, ok := b.(protocol.Care); ok {
			all = append(all, c.State)
		}
	}
	return all
}

func TestCareIsPostedFoldedAndTold(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		heron.say("care: I cannot go on")
		cedar.read()
		host.read()
		if s, ok := last[protocol.Said](cedar.log()); !ok || s.Folded != protocol.ReasonCare {
			t.Errorf("room reads %+v %v, want it folded", s, ok)
		}
		flag, ok := last[protocol.Flagged](host.stream(protocol.StreamFacilitators))
		if !ok || flag.Lane != protocol.LaneCare {
			t.Fatalf("facilitators read %+v %v", flag, ok)
		}
		host.do(protocol.Got{CommandHead: host.head(), Item: flag.Item})
		n.pass(61 * time.Second)
		if err := n.hub.Leased(context.Background(), flag.Item, "Juniper", time.Now().Add(90*time.Second)); err != nil {
			t.Fatal(err)
		}
		n.pass(92 * time.Second) // the lease lapses
		heron.read()
		want := []protocol.CareState{protocol.CareSaved, protocol.CareTold, protocol.CareUnopened, protocol.CareOpened, protocol.CareTold}
		if got := careStates(heron); !slices.Equal(got, want) {
			t.Errorf("author reads %v, want %v", got, want)
		}
		n.pass(61 * time.Second)
		item, version := n.log.item(protocol.LaneCare)
		if err := n.decide(item, version, protocol.OutcomeSupported, ""); err != nil {
			t.Fatal(err)
		}
		heron.read()
		want = append(want, protocol.CareUnopened, protocol.CareClosed)
		if got := careStates(heron); !slices.Equal(got, want) {
			t.Errorf("author reads %v, want %v", got, want)
		}
		if got := careStates(cedar); len(got) != 0 {
			t.Errorf("another member reads %v", got)
		}
	})
}

func TestNobodySaysToldBeforeAFacilitatorHasIt(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, _ *phone) {
		host.cut()
		heron.say("care: tonight")
		n.pass(30 * time.Second)
		heron.read()
		if got := careStates(heron); !slices.Equal(got, []protocol.CareState{protocol.CareSaved}) {
			t.Errorf("author reads %v, want saved only", got)
		}
	})
}

func TestNudgeKeepsNothing(t *testing.T) {
	night2(t, func(t *testing.T, n *night, _, heron, cedar *phone) {
		before := len(n.log.records[heron.session])
		id := heron.say("nudge: 07700")
		if len(heron.nudges[id].Findings) != 1 || len(n.log.records[heron.session]) != before {
			t.Fatalf("nudge %+v, log %d to %d", heron.nudges[id], before, len(n.log.records[heron.session]))
		}
		heron.do(protocol.Say{CommandHead: protocol.CommandHead{ID: id, Session: heron.session}, Text: "nudge: 07700", Anyway: true})
		cedar.read()
		if got := texts(cedar.log()); len(got) != 1 {
			t.Errorf("room reads %q after send anyway", got)
		}
	})
}

func TestWithdrawnDoesNotComeBack(t *testing.T) {
	night2(t, func(t *testing.T, n *night, host, heron, cedar *phone) {
		heron.say("first")
		id := heron.say("take this back")
		nr := heron.acks[id].N
		heron.do(protocol.Withdraw{CommandHead: heron.head(), N: nr})
		cedar.read()
		if g, ok := last[protocol.Gone](cedar.log()); !ok || g.N != nr {
			t.Fatalf("room reads %+v %v, want %d gone", g, ok, nr)
		}
		for _, restart := range []bool{false, true} {
			if restart {
				n.restart()
			}
			again := n.phone(juniper)
			if err := again.connect(); err != nil {
				t.Fatal(err)
			}
			if !again.entered {
				again.enter()
			}
			again.read()
			if got := texts(again.log()); !slices.Equal(got, []string{"first"}) {
				t.Errorf("restart %v: the log reads %q", restart, got)
			}
			if _, ok := last[protocol.Tombstone](again.log()); !ok {
				t.Errorf("restart %v: no tombstone where the words stood", restart)
			}
			again.cut()
		}
		_ = host
	})
}

func TestLateComerGetsNoTranscript(t *testing.T) {
	night2(t, func(t *testing.T, n *night, _, heron, _ *phone) {
		heron.say("before you came")
		late := n.phone(member("Late"))
		late.enter()
		heron.say("after you came")
		late.read()
		if got := texts(late.log()); !slices.Equal(got, []string{"after you came"}) {
			t.Errorf("late-comer reads %q", got)
		}
		if late.state.Phase != protocol.PhaseCheckIn {
			t.Errorf("late-comer is told phase %q", late.state.Phase)
		}
		if r, ok := last[protocol.Reminder](late.private()); !ok || r.About != protocol.RemindLate {
			t.Errorf("late-comer reads %+v %v", r, ok)
		}
		late.cut()
		again := n.phone(member("Late"))
		if err := again.connect(); err != nil {
			t.Fatal(err)
		}
		if got := texts(again.log()); !slices.Equal(got, []string{"after you came"}) {
			t.Errorf("another device of the late-comer reads %q", got)
		}
	})
}
