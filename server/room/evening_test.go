package room_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/protocol"
	"porchlight/server/room"
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
		time.Sleep(50 * time.Minute)
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
		time.Sleep(61 * time.Second)
		if err := n.hub.Leased(context.Background(), flag.Item, "Juniper", time.Now().Add(90*time.Second)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(92 * time.Second) // the lease lapses
		heron.read()
		want := []protocol.CareState{protocol.CareSaved, protocol.CareTold, protocol.CareUnopened, protocol.CareOpened, protocol.CareTold}
		if got := careStates(heron); !slices.Equal(got, want) {
			t.Errorf("author reads %v, want %v", got, want)
		}
		time.Sleep(61 * time.Second)
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
	night2(t, func(t *testing.T, _ *night, host, heron, _ *phone) {
		host.cut()
		heron.say("care: tonight")
		time.Sleep(30 * time.Second)
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
		time.Sleep(5*time.Minute + 2*time.Second)
		cedar.read()
		if c, ok := last[protocol.Closed](cedar.log()); !ok || c.Why != protocol.ReasonCoverage {
			t.Errorf("after five minutes alone: %+v %v", c, ok)
		}
	})
}

func TestPlaceIsKeptTenMinutes(t *testing.T) {
	night2(t, func(t *testing.T, n *night, _, heron, cedar *phone) {
		heron.cut()
		time.Sleep(9 * time.Minute)
		if err := heron.connect(); err != nil || !heron.entered {
			t.Fatalf("back after nine minutes: %v, entered %v", err, heron.entered)
		}
		heron.cut()
		time.Sleep(10*time.Minute + 2*time.Second)
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
		time.Sleep(time.Hour + 2*time.Second)
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
		n.log.after = func() error { n.log.after = nil; return errors.New("the answer was lost") }
		id := heron.say("once")
		if heron.acks[id].Status != protocol.AckPosted {
			t.Errorf("committed, answer lost: ack %+v, failure %q", heron.acks[id], heron.fails[id])
		}
		n.log.fail = func() error { n.log.fail = nil; return errors.New("disk") }
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
