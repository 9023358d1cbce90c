package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const pinned = "PORCHLIGHT_BENCH_PINNED"

// toGeneratorCore runs this program again, with all its threads on the generator's core.
func toGeneratorCore() error {
	if os.Getenv(pinned) != "" {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return onCore(generatorCore, func() error {
		return syscall.Exec(self, os.Args, append(os.Environ(), pinned+"=1"))
	})
}

// busy is the processor time the whole machine has used, in seconds.
func busy() float64 {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	all, _, _ := strings.Cut(string(b), "\n")
	fields := strings.Fields(all)
	var ticks float64
	for _, i := range []int{1, 2, 3, 6, 7, 8} { // user, nice, system, irq, softirq, steal
		if i < len(fields) {
			v, _ := strconv.ParseFloat(fields[i], 64) // the kernel writes numbers
			ticks += v
		}
	}
	return ticks / 100
}

// own is the processor time this program has used, in seconds.
func own() float64 {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// machine says what was measured on and with.
func machine() map[string]string {
	m := map[string]string{"go": runtime.Version(), "cores": strconv.Itoa(runtime.NumCPU())}
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "model name"); ok {
				m["processor"] = strings.TrimSpace(strings.TrimLeft(rest, "\t :"))
				break
			}
		}
	}
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m["kernel"] = strings.TrimSpace(string(b))
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			switch d.Path {
			case "github.com/centrifugal/centrifuge", "github.com/coder/websocket", "github.com/mattn/go-sqlite3":
				m[d.Path] = d.Version
			}
		}
	}
	return m
}
