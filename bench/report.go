package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"

	"porchlight/bench/peer"
)

// table holds all runs and answers with medians.
type table []row

// median of a figure over the repeats; ok is false when it was not measured.
func (t table) median(workload string, server peer.Name, figure string) (m float64, ok bool) {
	var all []float64
	for _, r := range t {
		if v, has := r.Figures[figure]; has && r.Workload == workload && r.Server == server {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	sort.Float64s(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2, true
}

// write prints each workload's medians side by side, then the bar.
func (t table) write(w io.Writer) error {
	var b strings.Builder
	for _, k := range workloads() {
		t.workload(&b, k)
	}
	t.bar(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (t table) workload(b *strings.Builder, k workload) {
	names := map[string]bool{}
	for _, r := range t {
		if r.Workload == k.name {
			for f := range r.Figures {
				names[f] = true
			}
		}
	}
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s  %s\n%-34s", k.name, k.about, "")
	for _, s := range k.servers {
		fmt.Fprintf(b, "%14s", s)
	}
	b.WriteString("\n")
	for _, f := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(b, "  %-32s", f)
		for _, s := range k.servers {
			if m, ok := t.median(k.name, s, f); ok {
				fmt.Fprintf(b, "%14.4g", m)
			} else {
				fmt.Fprintf(b, "%14s", "–")
			}
		}
		b.WriteString("\n")
	}
}

// must is one line of the design's table of speed and size.
type must struct {
	what string
	most float64
	got  func() (float64, bool)
}

func (t table) bar(b *strings.Builder) {
	const cpu, memory, p50 = "CPU per delivery (µs)", "memory per connection (kB)", "p50 (ms)"
	ratio := func(workload, figure string, to peer.Name) func() (float64, bool) {
		return func() (float64, bool) {
			mine, a := t.median(workload, peer.Porchlight, figure)
			theirs, z := t.median(workload, to, figure)
			return mine / theirs, a && z
		}
	}
	own := func(workload, figure string) func() (float64, bool) {
		return func() (float64, bool) { return t.median(workload, peer.Porchlight, figure) }
	}
	growth := func(big, small, figure string) func() (float64, bool) {
		return func() (float64, bool) {
			large, a := t.median(big, peer.Porchlight, figure)
			little, z := t.median(small, peer.Porchlight, figure)
			return large / little, a && z
		}
	}
	later := func() (float64, bool) {
		mine, a := t.median("W3", peer.Porchlight, p50)
		theirs, z := t.median("W3", peer.Centrifuge, p50)
		return mine - theirs, a && z
	}
	fmt.Fprintf(b, "\n%-66s%10s%10s\n", "the bar (design, section 12)", "must", "is")
	for _, m := range []must{
		{"CPU per delivery, one in flight: × centrifuge", 0.85, ratio("W4", cpu, peer.Centrifuge)},
		{"CPU per delivery, one in flight: × hub", 1.6, ratio("W4", cpu, peer.Hub)},
		{"CPU per delivery, eight in flight: × centrifuge", 0.90, ratio("W5", cpu, peer.Centrifuge)},
		{"idle memory per connection: × centrifuge", 0.40, ratio("W2", memory, peer.Centrifuge)},
		{"paced p50, committed before fan-out: ms over centrifuge", 0.6, later},
		{"10,000 clients back after a restart: s", 5, own("W6", "killed to caught up (s)")},
		{"lost or twice in the storm", 0, own("W6", "lost or twice")},
		{"queue: next items among 1 M, p99 in SQL: ms", 0.2, own("W10-1000k", "SQL list p99 (ms)")},
		{"queue: p50 at 1 M over p50 at 1 k", 1.5, growth("W10-1000k", "W10-1k", "SQL list p50 (ms)")},
		{"memory per connection, 19 k over 1 k connections", 1.15, growth("G1-19000", "G1-1000", memory)},
		{"CPU per delivery, 19 k over 1 k connections", 1.3, growth("G1-19000", "G1-1000", cpu)},
		{"kill -9 to serving again with 10,000 rooms: s", 1, own("G3-10000", "killed to serving (s)")},
	} {
		got, ok := m.got()
		if !ok {
			continue
		}
		verdict := "met"
		if got > m.most {
			verdict = "MISSED"
		}
		fmt.Fprintf(b, "%-66s%10.4g%10.4g  %s\n", m.what, m.most, got, verdict)
	}
	t.rooms(b)
}

// rooms fits what a message costs to a + b × members, by least squares.
func (t table) rooms(b *strings.Builder) {
	for _, s := range peersOf {
		var x, y []float64
		for _, members := range []float64{2, 12, 24, 48} {
			if cpu, ok := t.median(fmt.Sprintf("G2-%.0f", members), s, "CPU per delivery (µs)"); ok {
				x, y = append(x, members), append(y, cpu*members)
			}
		}
		if len(x) < 3 {
			continue
		}
		n, sx, sy, sxx, sxy := float64(len(x)), 0.0, 0.0, 0.0, 0.0
		for i := range x {
			sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
		}
		slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
		fmt.Fprintf(b, "%s: a message costs %.0f µs and %.1f µs for each member\n", s, (sy-slope*sx)/n, slope)
	}
}
