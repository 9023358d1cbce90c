package peer

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"syscall"
)

// Profiles asks a server for profiles: SIGUSR1 begins, SIGUSR2 ends and writes path.cpu and path.heap.
func profiled(path string) {
	begin, end := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(begin, syscall.SIGUSR1)
	signal.Notify(end, syscall.SIGUSR2)
	for range begin {
		if err := profile(path, end); err != nil {
			fmt.Fprintln(os.Stderr, "profile:", err)
		}
	}
}

func profile(path string, end <-chan os.Signal) error {
	cpu, err := os.Create(path + ".cpu") //nolint:gosec // named on the command line
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return errors.Join(err, cpu.Close())
	}
	<-end
	pprof.StopCPUProfile()
	heap, err := os.Create(path + ".heap") //nolint:gosec // named on the command line
	if err != nil {
		return errors.Join(err, cpu.Close())
	}
	runtime.GC()
	return errors.Join(pprof.WriteHeapProfile(heap), heap.Close(), cpu.Close())
}
