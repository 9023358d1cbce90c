// Command bench measures Porchlight beside Centrifugal's library and a bare hub, in one run on one machine. README.md says how.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"

	"porchlight/bench/peer"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if spec := os.Getenv(beServer); spec != "" {
		var s peer.Spec
		if err := json.Unmarshal([]byte(spec), &s); err != nil {
			return err
		}
		return peer.Serve(ctx, s)
	}
	only := flag.String("only", "", "names of workloads, with commas between; empty is all of them")
	servers := flag.String("servers", "", "names of servers, with commas between; empty is all of them")
	repeats := flag.Int("repeats", 3, "how often each workload is measured on each server")
	scale := flag.Float64("scale", 1, "how long, and with how many clients, compared to the full run")
	out := flag.String("json", "", "a file for the figures; empty is none")
	profile := flag.String("profile", "", "a directory for profiles of the measured windows; empty is none")
	flag.Parse()
	if err := toGeneratorCore(); err != nil {
		return err
	}
	runtime.GOMAXPROCS(4) // threads, on the one core: one reads, one keeps time, none waits for the other to come out of the kernel
	return measure(ctx, plan{only: *only, servers: *servers, repeats: *repeats, scale: *scale, json: *out, profile: *profile})
}
