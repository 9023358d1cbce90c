// Command porchlight is the server, and what its operator does at the machine.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

// run returns the exit code: 0 done, 1 it failed, 2 it was asked wrongly.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command().ExecuteContext(ctx)
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	fmt.Fprintln(os.Stderr, "porchlight: "+explain(err))
	var usage *usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}
