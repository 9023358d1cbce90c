package servertest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"porchlight/client"
	"porchlight/protocol"
	"porchlight/server/servertest"
)

// A restart in mid-evening: same phase, same holds, nobody sees a message twice or misses one, a withdrawn message does not
// come back, a late-comer gets no transcript.
func TestRestart(t *testing.T) {
	n := begin(t)
	line := listen(t, n.Server, n.oak)
	n.wren.Say(t, hello)
	gone := n.wren.Say(t, regretted)
	if err := n.wren.Withdraw(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	n.ivy.Say(t, held)
	n.juniper.Move(t, protocol.PhaseCheckIn, protocol.PhaseTopic)
	n.oak.Say(t, early)
	n.settled(t, early)
	marks := map[*servertest.Person]int{}
	for _, p := range n.everyone() {
		marks[p] = p.Mark()
	}

	n.Restart(t)

	for _, p := range n.everyone() {
		state := p.AwaitAfter(t, marks[p], "a state after the restart", isState).(protocol.StateFrame)
		if state.Phase != protocol.PhaseTopic || state.Closed || len(state.People) != 4 {
			t.Errorf("%s comes back to %+v, want the topic phase, open, four people", p.Handle, state)
		}
	}
	// The facilitator is back: until then everything said is held.
	n.wren.AwaitAfter(t, marks[n.wren], "coverage", func(e client.Event) bool {
		r, ok := e.(client.Record)
		if !ok {
			return false
		}
		c, ok := r.Body.(protocol.Coverage)
		return ok && c.Covered
	})
	n.wren.Say(t, second)
	n.settled(t, second)
	n.lead.Decide(t, protocol.LaneHeld, protocol.Decide{Outcome: protocol.OutcomeRelease})
	n.settled(t, held)

	late := n.Member(t, n.room)
	late.Enter(t)
	n.ivy.Say(t, third)
	late.AwaitSaid(t, third)
	n.settled(t, third)
	for _, text := range []string{hello, regretted, early, second, held} {
		if got := said(late, text); got != 0 {
			t.Errorf("a late-comer reads %q %d times, want no transcript", text, got)
		}
	}
	for _, p := range n.everyone() {
		gapless(t, p)
		for _, text := range []string{hello, early, second, held, third} {
			if got := said(p, text); got != 1 {
				t.Errorf("%s reads %q %d times, want once", p.Handle, text, got)
			}
		}
	}
	line.check(t, third)

	// Somebody who comes with an empty memory gets the tombstone, never the words.
	again := listen(t, n.Server, n.wren)
	for _, text := range again.until(t, third) {
		if strings.Contains(text, "Foxglove") {
			t.Errorf("a withdrawn message came back: %s", text)
		}
	}
}

// line is a second device of a person, read below package client: what the server really sends, twice or not at all.
type line struct {
	url    string
	room   protocol.RoomID
	secret string

	mu      sync.Mutex // protects the following
	records []protocol.RecordFrame
	session protocol.SessionID
	changed chan struct{}
	failed  error
}

// listen opens the line and reads it until the test ends; cut, it comes back with its marks.
func listen(t *testing.T, s *servertest.Server, p *servertest.Person) *line {
	t.Helper()
	l := &line{url: s.URL, room: p.Room, secret: p.Secret, changed: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if err := l.read(ctx); errors.Is(err, errWire) {
				l.mu.Lock()
				l.failed = err
				l.mu.Unlock()
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return l
}

var errWire = errors.New("the wire does not keep its promise")

func (l *line) read(ctx context.Context) error {
	ws, _, err := websocket.Dial(ctx, l.url+"/ws", &websocket.DialOptions{
		Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: http.Header{"Origin": {l.url}},
	})
	if err != nil {
		return err
	}
	defer func() { _ = ws.CloseNow() }() // the server may have been quicker
	hello := protocol.Hello{Room: l.room, Secret: l.secret, Session: l.session}
	last := map[protocol.Stream]int64{}
	for _, r := range l.records {
		last[r.Stream] = r.N
	}
	for s, n := range last {
		hello.Marks = append(hello.Marks, protocol.Ref{Stream: s, N: n})
	}
	b, err := protocol.Encode(hello)
	if err != nil {
		return errors.Join(errWire, err)
	}
	if err := ws.Write(ctx, websocket.MessageText, b); err != nil {
		return err
	}
	for {
		_, b, err := ws.Read(ctx)
		if err != nil {
			return err
		}
		if n := len(b); n != 256 && n != 512 && n != 1024 && n != 2048 && n != 4096 {
			return errors.Join(errWire, errors.New("a frame of another size"))
		}
		frame, err := protocol.DecodeServer(b)
		if err != nil {
			return errors.Join(errWire, err)
		}
		l.take(frame)
	}
}

func (l *line) take(f protocol.ServerFrame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch f := f.(type) {
	case protocol.Welcome:
		l.session = f.Session
	case protocol.RecordFrame:
		l.records = append(l.records, f)
		close(l.changed)
		l.changed = make(chan struct{})
	}
}

// until waits for words and returns the bodies of everything that came.
func (l *line) until(t *testing.T, text string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	for {
		l.mu.Lock()
		var bodies []string
		found := false
		for _, r := range l.records {
			bodies = append(bodies, string(r.Body))
			found = found || strings.Contains(string(r.Body), text)
		}
		changed, failed := l.changed, l.failed
		l.mu.Unlock()
		if found {
			return bodies
		}
		if failed != nil {
			t.Fatal(failed)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("waited for %q on the wire and got %q", text, bodies)
		}
	}
}

// check looks at the raw numbers of each stream: each once, in order, none missing, across the restart.
func (l *line) check(t *testing.T, last string) {
	t.Helper()
	l.until(t, last)
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := map[protocol.Stream]int64{}
	for _, r := range l.records {
		if before, ok := seen[r.Stream]; ok && r.N != before+1 {
			t.Errorf("the wire sent %s#%d after #%d", r.Stream, r.N, before)
		}
		seen[r.Stream] = r.N
	}
}
