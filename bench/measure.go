package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"porchlight/bench/peer"
)

// plan says what to measure.
type plan struct {
	only    string
	servers string
	repeats int
	scale   float64
	json    string
	profile string // directory for profiles; "" makes none
}

// row is one run.
type row struct {
	Workload string
	Server   peer.Name
	Repeat   int
	Figures  figures
}

// measure runs the workloads, the servers taking turns so that a drift of the machine meets all of them.
func measure(ctx context.Context, p plan) error {
	var rows table
	for _, w := range workloads() {
		if !chosen(p.only, w.name) {
			continue
		}
		for repeat := range p.repeats {
			for _, server := range w.servers {
				if !chosen(p.servers, string(server)) {
					continue
				}
				b := &bench{server: server, scale: p.scale}
				if p.profile != "" {
					b.profile = filepath.Join(p.profile, w.name+"-"+string(server))
				}
				out, err := w.run(ctx, b)
				if err != nil {
					return fmt.Errorf("%s on %s: %w", w.name, server, err)
				}
				fmt.Fprintf(os.Stderr, "%s on %s, %d of %d\n", w.name, server, repeat+1, p.repeats)
				rows = append(rows, row{Workload: w.name, Server: server, Repeat: repeat, Figures: out})
			}
		}
	}
	fmt.Printf("%v\n", machine())
	if err := rows.write(os.Stdout); err != nil || p.json == "" {
		return err
	}
	b, err := json.MarshalIndent(map[string]any{"machine": machine(), "runs": rows}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(p.json, append(b, '\n'), 0o600)
}

func chosen(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}
