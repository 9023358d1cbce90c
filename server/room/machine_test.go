package room_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"porchlight/protocol"
	"porchlight/server/room"
)

// TestMachine plays random evenings: people join, talk, stall, lose connections; the server restarts and its disk fails.
// Whatever happens, every seat sees each of its records exactly once and in order (phone.take checks each number), and
// the log replays to the state that was live.
func TestMachine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) { playEvening(t, rt) })
	})
}

func playEvening(t *testing.T, rt *rapid.T) {
	n := newNight(t)
	defer func() { n.stop(); synctest.Wait() }()
	n.open()
	host := n.phone(juniper)
	phones := []*phone{host}
	for _, name := range []string{"Ash", "Birch", "Cedar", "Dove"} {
		phones = append(phones, n.phone(member(name)))
	}
	host.enter()
	steps := rapid.IntRange(5, 40).Draw(rt, "steps")
	for i := 0; i < steps && !n.over(); i++ {
		p := rapid.SampledFrom(phones).Draw(rt, "who")
		step(rt, n, p, host)
	}
	n.checkEverybody(t, phones)
}

// over reports whether the session has been closed and purged.
func (n *night) over() bool { return n.hub.Door(evening.Room).Session == "" }

func step(rt *rapid.T, n *night, p, host *phone) {
	switch rapid.SampledFrom([]string{
		"say", "say", "say", "hold", "care", "cut", "stall", "wait", "restart", "withdraw", "report", "phase", "decide", "fail", "lose", "leave", "aside",
	}).Draw(rt, "step") {
	case "cut":
		p.cut()
	case "stall":
		p.n.ids++ // the phone reads nothing until its next step
	case "wait":
		n.pass(time.Duration(rapid.IntRange(1, 150).Draw(rt, "seconds")) * time.Second)
		synctest.Wait()
	case "restart":
		n.restart()
		for _, other := range []*phone{p, host} {
			other.member = nil
		}
	case "fail":
		n.log.breakNext(errors.New("disk"), nil)
	case "lose":
		n.log.breakNext(nil, errors.New("answer lost"))
	case "decide":
		for _, lane := range protocol.Lanes() {
			if item, version := n.log.item(lane); item != "" {
				outcome := map[protocol.Lane]protocol.Outcome{
					protocol.LaneHeld: protocol.OutcomeRelease, protocol.LaneCare: protocol.OutcomeSupported, protocol.LaneConduct: protocol.OutcomeHide,
				}[lane]
				_ = n.decide(item, version, outcome, protocol.ReasonAgreement) // stale or uncovered is a fine answer here
			}
		}
	default:
		speak(rt, p, host)
	}
}

// speak does what needs a connection.
func speak(rt *rapid.T, p, host *phone) {
	if !p.ready() {
		return
	}
	n := p.n
	number := int64(rapid.IntRange(1, 12).Draw(rt, "number"))
	text := fmt.Sprintf("words %d", n.ids)
	switch rapid.SampledFrom([]string{"say", "hold", "care", "withdraw", "report", "phase", "leave", "aside"}).Draw(rt, "speak") {
	case "say":
		p.say(text)
	case "hold":
		p.say("hold " + text)
	case "care":
		p.say("care " + text)
	case "withdraw":
		p.do(protocol.Withdraw{CommandHead: p.head(), N: number})
	case "report":
		p.do(protocol.Report{CommandHead: p.head(), N: number})
	case "aside":
		p.do(protocol.Aside{CommandHead: p.head(), To: p.place, Text: text})
	case "leave":
		p.do(protocol.Leave{CommandHead: p.head()})
		p.cut()
	case "phase":
		if host.ready() {
			host.do(protocol.MovePhase{CommandHead: host.head(), From: protocol.PhaseArrive, To: protocol.PhaseOpen})
		}
	}
}

// ready connects and enters if need be.
func (p *phone) ready() bool {
	if p.member != nil {
		p.read()
	}
	if p.member == nil || p.ended != 0 {
		p.cut()
		if err := p.connect(); err != nil {
			return false
		}
	}
	if !p.entered {
		p.do(protocol.Enter{CommandHead: p.head(), Agreed: agreement, Adult: true})
	}
	return p.entered
}

// checkEverybody lets everybody come back and compares what they read with the log, and the log with the live state.
func (n *night) checkEverybody(t *testing.T, phones []*phone) {
	n.log.breakNext(nil, nil)
	if n.over() {
		return
	}
	session := n.hub.Door(evening.Room).Session
	var live *room.State
	for _, p := range phones {
		p.cut()
		if err := p.connect(); err != nil {
			t.Fatalf("%s cannot come back: %v", p.who.Handle, err)
		}
		live = room.StateOf(p.member)
		if !p.entered {
			continue
		}
		whole := n.phone(p.who)
		if err := whole.connect(); err != nil {
			t.Fatal(err)
		}
		for stream, number := range whole.marks {
			if p.marks[stream] != number {
				t.Errorf("%s has read %s to %d, the log says %d", p.who.Handle, stream, p.marks[stream], number)
			}
		}
		whole.cut()
	}
	records, err := n.log.Read(context.Background(), session, 0)
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := room.Replay(live, records)
	if err != nil {
		t.Fatalf("replay: %v", err)
	}
	if diff := room.Differ(live, replayed); diff != "" {
		t.Errorf("the log does not replay to the live state (-live +replayed):\n%s", diff)
	}
}
