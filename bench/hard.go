package main

import (
	"context"
	"fmt"
	"net/http"
	"syscall"
	"time"

	"porchlight/bench/load"
	"porchlight/bench/peer"
	"porchlight/client"
)

// storm kills the server under 10,000 clients; all come back and ask for their last twenty messages again.
func (b *bench) storm(ctx context.Context, rooms, members int) (figures, error) {
	return b.with(ctx, rooms, members, 0, func(p *process, f *load.Fleet, out figures) error {
		s, err := f.Talk(2, b.span(12*time.Second))
		if err != nil {
			return err
		}
		if s.Wrong > 0 {
			return fmt.Errorf("%d numbers were wrong before the storm", s.Wrong)
		}
		before := p.cpu()
		whole, back, wrong, err := f.Storm(func() error {
			if err := p.restart(ctx, rooms); err != nil {
				return err
			}
			before = 0 // another process
			p.profile(syscall.SIGUSR1)
			return nil
		})
		p.profile(syscall.SIGUSR2)
		out["killed to caught up (s)"] = whole.Seconds()
		out["started to caught up (s)"] = back.Seconds()
		out["server CPU of it (s)"] = p.cpu() - before
		out["lost or twice"] = float64(wrong)
		return err
	})
}

// slow compares the healthy members' latency with and without some who stop reading.
func (b *bench) slow(ctx context.Context, rooms, members int, perSecond float64) (figures, error) {
	return b.with(ctx, rooms, members, 10_000, func(p *process, f *load.Fleet, out figures) error {
		run := func() (*load.Stats, *meter, error) {
			m := watch(p)
			s, err := f.Paced(perSecond, b.span(2*time.Second), b.span(10*time.Second), load.Window{Begin: m.Begin, End: m.End})
			return s, m, err
		}
		healthy, _, err := run()
		if err != nil {
			return err
		}
		memory := p.memory()
		stalled, err := f.Stall(50)
		if err != nil {
			return err
		}
		s, m, err := run()
		if err != nil {
			return err
		}
		p99 := float64(healthy.Latency.ValueAtQuantile(99)) / 1e6
		if err := m.report(s, 0, out); err != nil {
			return err
		}
		out["p99 without stalled (ms)"] = p99
		out["p99 ratio"] = out["p99 (ms)"] / p99
		out["stalled"] = float64(stalled)
		out["dropped of them"] = float64(f.Dropped())
		out["memory per stalled (kB)"] = float64(p.memory()-memory) / float64(stalled) / 1000
		return nil
	})
}

// flood lets one member send a thousand messages a second while the others go on as usual.
func (b *bench) flood(ctx context.Context, rooms, members int) (figures, error) {
	return b.with(ctx, rooms, members, 0, func(p *process, f *load.Fleet, out figures) error {
		run := func() (*load.Stats, *meter, error) {
			m := watch(p)
			s, err := f.Paced(1, b.span(2*time.Second), b.span(10*time.Second), load.Window{Begin: m.Begin, End: m.End})
			return s, m, err
		}
		calm, before, err := run()
		if err != nil {
			return err
		}
		stop := f.Flood(1000)
		s, m, err := run()
		sent := stop()
		if err != nil {
			return err
		}
		p99 := float64(calm.Latency.ValueAtQuantile(99)) / 1e6
		if err := m.report(s, 0, out); err != nil {
			return err
		}
		out["p99 without flood (ms)"] = p99
		out["p99 ratio"] = out["p99 (ms)"] / p99
		out["CPU per message turned away (µs)"] = (m.used - before.used) * 1e6 / max(float64(sent)*m.took/(m.took+3), 1)
		out["messages of the flood"] = float64(sent)
		return nil
	})
}

// start measures from SIGKILL to the first page served again, with standing rooms and half of them in session.
func (b *bench) start(ctx context.Context, rooms int) (_ figures, err error) {
	p, err := launch(ctx, peer.Spec{Name: b.server, Profile: b.profile}, rooms, 1)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cleared := p.clear(); err == nil {
			err = cleared
		}
	}()
	begin := time.Now()
	if err := p.restart(ctx, rooms); err != nil {
		return nil, err
	}
	web, err := client.NewWeb("http://" + p.address.String())
	if err != nil {
		return nil, err
	}
	for {
		err := web.Call(ctx, http.MethodGet, "/healthz", nil, nil)
		if err == nil {
			break
		}
		if time.Since(begin) > time.Minute {
			return nil, err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return figures{"killed to serving (s)": time.Since(begin).Seconds()}, nil
}
