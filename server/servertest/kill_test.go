package servertest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"porchlight/protocol"
	"porchlight/server"
	"porchlight/server/config"
	"porchlight/server/servertest"
)

// killed is the environment variable that makes this test binary the server that is killed.
const killed = "PORCHLIGHT_TEST_SERVER"

// victim says how the server that is killed is run.
type victim struct {
	Config  config.Config
	Address string
}

func TestMain(m *testing.M) {
	if spec := os.Getenv(killed); spec != "" {
		fmt.Fprintln(os.Stderr, serve(spec))
		os.Exit(1) // it is killed before it gets here
	}
	os.Exit(m.Run())
}

func serve(spec string) error {
	var v victim
	if err := json.Unmarshal([]byte(spec), &v); err != nil {
		return err
	}
	s, err := server.New(context.Background(), v.Config, server.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", v.Address)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	return s.Run(context.Background(), l)
}

// start runs the server as a process of its own and waits until it serves.
func (v victim) start(t *testing.T) *exec.Cmd {
	t.Helper()
	spec, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
	c.Env = append(os.Environ(), killed+"="+string(spec))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
		t.Fatalf("the server does not come up: %v", err)
	}
	return c
}

// acknowledged is what the server said it has.
type acknowledged struct {
	mu      sync.Mutex // protects the following
	posted  map[string]int64
	held    map[string]*servertest.Person // by their authors
	reports int
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return otherwise
	}
	return n
}

// Killed with SIGKILL at random moments of a busy evening, the server loses nothing that it acknowledged and tells nothing
// twice. PORCHLIGHT_KILLS and PORCHLIGHT_SEED make it longer, and the same again.
func TestKilled(t *testing.T) {
	seed := number(t, "PORCHLIGHT_SEED", int(time.Now().UnixNano()%1_000_000))
	t.Logf("to run it again: PORCHLIGHT_SEED=%d", seed)
	chance := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // a test that can be repeated
	n := begin(t)
	members := []*servertest.Person{n.wren, n.ivy, n.oak}
	for range 3 {
		m := n.Member(t, n.room)
		m.Enter(t)
		members = append(members, m)
	}
	address := n.URL[len("http://"):]
	n.Stop(t)
	v := victim{Config: n.Config, Address: address}
	process := v.start(t)

	ctx, stop := context.WithCancel(t.Context())
	acks := &acknowledged{posted: map[string]int64{}, held: map[string]*servertest.Person{}}
	var talking sync.WaitGroup
	for i, m := range members {
		talking.Go(func() { acks.talk(ctx, t, m, i) })
	}
	talking.Go(func() { lead(ctx, n.juniper) })
	for range number(t, "PORCHLIGHT_KILLS", 8) {
		await(ctx, time.Duration(200+chance.IntN(900))*time.Millisecond)
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = process.Wait() // it was killed
		process = v.start(t)
	}
	await(ctx, time.Second)
	stop()
	talking.Wait()
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait()
	n.Restart(t)
	acks.check(t, n, members)
}

func await(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// talk writes and reports until ctx ends, and remembers what was acknowledged. The client sends again by itself.
func (a *acknowledged) talk(ctx context.Context, t *testing.T, m *servertest.Person, who int) {
	for i := 0; ctx.Err() == nil; i++ {
		text := fmt.Sprintf("Word %d of speaker %d.", i, who)
		ack, err := m.Client.Say(ctx, text)
		a.mu.Lock()
		switch {
		case err == nil && ack.Status == protocol.AckPosted:
			a.posted[text] = ack.N
		case err == nil && ack.Status == protocol.AckHeld:
			a.held[text] = m
		case protocol.CodeOf(err) == protocol.CodeTooMany || ctx.Err() != nil || protocol.CodeOf(err) == protocol.CodeUnavailable:
		default:
			t.Errorf("%s says %q: %v", m.Handle, text, err)
		}
		a.mu.Unlock()
		if i%10 == 9 && err == nil && ack.N > 1 {
			if m.Report(ctx, ack.N-1, "") == nil {
				a.mu.Lock()
				a.reports++
				a.mu.Unlock()
			}
		}
		await(ctx, 100*time.Millisecond)
	}
}

// lead moves the session back and forth.
func lead(ctx context.Context, p *servertest.Person) {
	at, other := protocol.PhaseCheckIn, protocol.PhaseTopic
	for ctx.Err() == nil {
		if p.MovePhase(ctx, at, other, "") == nil {
			at, other = other, at
		}
		await(ctx, 700*time.Millisecond)
	}
}

// check compares what was acknowledged with what everybody reads, and with the queue.
func (a *acknowledged) check(t *testing.T, n *night, members []*servertest.Person) {
	t.Helper()
	const last = "This is the end of it. Sorrel."
	mark := n.juniper.Mark()
	n.juniper.AwaitAfter(t, mark, "the room again", isState)
	if _, err := n.juniper.Client.Say(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	for _, p := range append(members, n.juniper) {
		p.AwaitSaid(t, last)
		gapless(t, p)
		times := map[string]int{}
		for _, r := range p.Records(protocol.StreamRoom) {
			if s, ok := r.Body.(protocol.Said); ok {
				times[s.Text]++
				if want, acked := a.posted[s.Text]; acked && r.Ref.N != want {
					t.Errorf("%s reads %q as number %d, acknowledged as %d", p.Handle, s.Text, r.Ref.N, want)
				}
			}
		}
		for text := range a.posted {
			if times[text] != 1 {
				t.Errorf("%s reads the acknowledged %q %d times, want once", p.Handle, text, times[text])
			}
		}
	}
	for text, author := range a.held {
		times := 0
		for _, r := range author.Own() {
			if h, ok := r.Body.(protocol.Held); ok && h.Text == text {
				times++
			}
		}
		if times != 1 {
			t.Errorf("%s reads their held %q %d times, want once", author.Handle, text, times)
		}
	}
	queue, err := n.lead.Web.Queue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	for _, i := range queue {
		if i.Lane == protocol.LaneConduct {
			flags += i.Flags
		}
	}
	if flags < a.reports {
		t.Errorf("the queue has %d reports, %d were acknowledged", flags, a.reports)
	}
	t.Logf("acknowledged: %d posted, %d held, %d reports", len(a.posted), len(a.held), a.reports)
	if len(a.posted) < 20 {
		t.Errorf("only %d messages were acknowledged: this shows nothing", len(a.posted))
	}
}
