package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"porchlight/bench/load"
	"porchlight/bench/peer"
)

// figures are what one run of a workload gives, by name and unit.
type figures map[string]float64

// workload is one way to use a server.
type workload struct {
	name, about string
	servers     []peer.Name
	run         func(ctx context.Context, b *bench) (figures, error)
}

// all are the servers that speak in rooms.
var all = []peer.Name{peer.Porchlight, peer.Centrifuge, peer.Hub}

// storms is how many messages a client asks for again when it comes back.
const storms = 20

var ours = []peer.Name{peer.Porchlight}

func workloads() []workload {
	type c = context.Context
	all := []workload{
		{"W1", "connect: 10,000 clients in rooms of 10, until the room is there", all, func(x c, b *bench) (figures, error) {
			return b.with(x, 1000, 10, 0, func(*process, *load.Fleet, figures) error { return nil })
		}},
		{"W2", "idle: 10,000 connections in rooms of 10", all, func(x c, b *bench) (figures, error) { return b.idle(x, 1000, 10) }},
		{"W3", "paced: 250 rooms of 12, one message a second in each", all, func(x c, b *bench) (figures, error) { return b.paced(x, 250, 12, 1) }},
		{"W3-10k", "paced: 1,000 rooms of 10, one message a second in each", all, func(x c, b *bench) (figures, error) { return b.paced(x, 1000, 10, 1) }},
		{"W4", "saturated: 250 rooms of 12, one message in flight in each", all, func(x c, b *bench) (figures, error) { return b.closed(x, 250, 12, 1) }},
		{"W5", "saturated: 250 rooms of 12, eight messages in flight in each", all, func(x c, b *bench) (figures, error) { return b.closed(x, 250, 12, 8) }},
		{"W6", "storm: 10,000 clients come back after kill -9, each wants 20 messages again", ours, func(x c, b *bench) (figures, error) { return b.storm(x, 1000, 10) }},
		{"W7", "slow: 2 % of the members stop reading, 15 messages a second in each of 250 rooms of 12", ours, func(x c, b *bench) (figures, error) { return b.slow(x, 250, 12, 15) }},
		{"W9-1k", "durable: 1,000 messages a second, each answered once it is committed", ours, func(x c, b *bench) (figures, error) { return b.paced(x, 1000, 2, 1) }},
		{"W9-3k", "durable: 3,000 messages a second", ours, func(x c, b *bench) (figures, error) { return b.paced(x, 1000, 2, 3) }},
		{"W9-10k", "durable: 10,000 messages a second", ours, func(x c, b *bench) (figures, error) { return b.paced(x, 1000, 2, 10) }},
		{"W11", "flood: W3 while one member sends 1,000 messages a second", ours, func(x c, b *bench) (figures, error) { return b.flood(x, 250, 12) }},
	}
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		all = append(all, workload{fmt.Sprintf("W10-%dk", n/1000), fmt.Sprintf("queue: %d items, a tenth open, five facilitators", n), ours,
			func(x c, b *bench) (figures, error) { return b.queue(x, n) }})
	}
	return append(all, growth()...)
}

// growth are the same use at several sizes: report fits a law to each.
func growth() []workload {
	var all []workload
	type c = context.Context
	for _, rooms := range []int{100, 400, 1000, 1900} {
		all = append(all, workload{fmt.Sprintf("G1-%d", rooms*10), fmt.Sprintf("growth: %d connections, 500 messages a second in all", rooms*10), peersOf,
			func(x c, b *bench) (figures, error) { return b.paced(x, rooms, 10, 500/float64(rooms)) }})
	}
	for _, members := range []int{2, 12, 24, 48} {
		all = append(all, workload{fmt.Sprintf("G2-%d", members), fmt.Sprintf("growth: rooms of %d, 1,200 connections, one message in flight", members), peersOf,
			func(x c, b *bench) (figures, error) { return b.closed(x, 1200/members, members, 1) }})
	}
	for _, rooms := range []int{10, 1_000, 10_000} {
		all = append(all, workload{fmt.Sprintf("G3-%d", rooms), fmt.Sprintf("growth: kill -9 to serving again with %d rooms in session", rooms), ours,
			func(x c, b *bench) (figures, error) { return b.start(x, rooms) }})
	}
	return all
}

// peersOf are those whose growth is compared.
var peersOf = []peer.Name{peer.Porchlight, peer.Centrifuge}

// bench is one run of one workload on one server.
type bench struct {
	server  peer.Name
	scale   float64
	profile string
}

func (b *bench) span(d time.Duration) time.Duration { return time.Duration(float64(d) * b.scale) }

// with runs do against a server with rooms full of clients. The connecting is measured on the way.
func (b *bench) with(ctx context.Context, rooms, members int, rate float64, do func(*process, *load.Fleet, figures) error) (_ figures, err error) {
	p, err := launch(ctx, peer.Spec{Name: b.server, Rate: rate, Profile: b.profile}, rooms, members)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.clear()) }()
	f := &load.Fleet{Dialect: p.dialect(ctx), Address: p.address, Rooms: rooms, Members: members, Text: 120}
	defer f.Close()
	before, begin := p.cpu(), time.Now()
	if err := f.Connect(); err != nil {
		return nil, err
	}
	n := float64(rooms * members)
	out := figures{
		"connect CPU (µs)": (p.cpu() - before) * 1e6 / n,
		"connects/s":       n / time.Since(begin).Seconds(),
	}
	if err := do(p, f, out); err != nil {
		return nil, err
	}
	return out, nil
}

func (b *bench) idle(ctx context.Context, rooms, members int) (figures, error) {
	return b.with(ctx, rooms, members, 0, func(p *process, f *load.Fleet, out figures) error {
		m := watch(p)
		m.Begin()
		_, err := f.Idle(b.span(30 * time.Second))
		m.End()
		out["memory per connection (kB)"] = float64(p.memory()-p.idle) / float64(rooms*members) / 1000
		out["cores"] = m.cores()
		out["other (cores)"] = m.other()
		return err
	})
}

func (b *bench) paced(ctx context.Context, rooms, members int, perSecond float64) (figures, error) {
	return b.with(ctx, rooms, members, 0, func(p *process, f *load.Fleet, out figures) error {
		out["memory per connection (kB)"] = float64(p.memory()-p.idle) / float64(rooms*members) / 1000
		m := watch(p)
		s, err := f.Paced(perSecond, b.span(3*time.Second), b.span(12*time.Second), load.Window{Begin: m.Begin, End: m.End})
		if err != nil {
			return err
		}
		return m.report(s, int64(members), out)
	})
}

func (b *bench) closed(ctx context.Context, rooms, members, inFlight int) (figures, error) {
	return b.with(ctx, rooms, members, 10_000, func(p *process, f *load.Fleet, out figures) error {
		m := watch(p)
		s, err := f.Closed(inFlight, b.span(2*time.Second), b.span(6*time.Second), load.Window{Begin: m.Begin, End: m.End})
		if err != nil {
			return err
		}
		out["memory per connection (kB)"] = float64(p.memory()-p.idle) / float64(rooms*members) / 1000
		return m.report(s, 0, out)
	})
}

// meter reads the server's processor time over a measured window.
type meter struct {
	p                              *process
	cpu, all, mine                 float64
	began                          time.Time
	took, used, foreign, generator float64
}

func watch(p *process) *meter { return &meter{p: p} }

func (m *meter) Begin() {
	m.p.profile(syscall.SIGUSR1)
	m.cpu, m.all, m.mine, m.began = m.p.cpu(), busy(), own(), time.Now()
}

func (m *meter) End() {
	m.took = time.Since(m.began).Seconds()
	m.used, m.generator = m.p.cpu()-m.cpu, own()-m.mine
	m.foreign = busy() - m.all - m.used - m.generator
	m.p.profile(syscall.SIGUSR2)
}

func (m *meter) cores() float64 { return m.used / m.took }

func (m *meter) other() float64 { return max(m.foreign/m.took, 0) }

// report adds what every busy workload shows. each is how many deliveries a message must make; 0 does not count them.
func (m *meter) report(s *load.Stats, each int64, out figures) error {
	if s.Delivered == 0 {
		return errors.New("nothing was delivered")
	}
	if lost := s.Sent*each - s.Delivered; each > 0 && lost > 0 {
		out["lost"] = float64(lost)
	}
	if s.Closed > 0 {
		return fmt.Errorf("%d connections were cut", s.Closed)
	}
	out["deliveries/s"] = float64(s.Delivered) / m.took
	out["CPU per delivery (µs)"] = m.used * 1e6 / float64(s.Delivered)
	out["frames per delivery"] = float64(s.Frames) / float64(s.Delivered)
	out["refused"] = float64(s.Refused)
	out["deliveries per read"] = float64(s.Delivered) / float64(s.Reads)
	out["cores"] = m.cores()
	out["other (cores)"] = m.other()
	out["generator (cores)"] = m.generator / m.took
	for name, q := range map[string]float64{"p50 (ms)": 50, "p99 (ms)": 99, "p99.9 (ms)": 99.9} {
		out[name] = float64(s.Latency.ValueAtQuantile(q)) / 1e6
	}
	if s.Acks.TotalCount() > 0 {
		out["ack p50 (ms)"] = float64(s.Acks.ValueAtQuantile(50)) / 1e6
		out["ack p99 (ms)"] = float64(s.Acks.ValueAtQuantile(99)) / 1e6
	}
	return nil
}
