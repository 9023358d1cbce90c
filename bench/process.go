package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"porchlight/bench/load"
	"porchlight/bench/peer"
	"porchlight/client"
	"porchlight/protocol"
)

const (
	serverCore    = 0
	generatorCore = 1
	beServer      = "PORCHLIGHT_BENCH_SERVER"
)

// process is a server that runs on a core of its own.
type process struct {
	spec    peer.Spec
	cmd     *exec.Cmd
	address netip.AddrPort
	lead    *client.Web // signs in once and stays signed in over restarts
	idle    int64       // resident bytes before the first connection
}

// launch starts a server in a new directory, with rooms furnished if it keeps any.
func launch(ctx context.Context, spec peer.Spec, rooms, members int) (*process, error) {
	p := &process{spec: spec}
	if spec.Name == peer.Porchlight {
		var err error
		if p.spec.Dir, err = os.MkdirTemp("", "porchlight-bench-"); err != nil {
			return nil, err
		}
		if p.spec.Run, err = os.MkdirTemp("/dev/shm", "porchlight-bench-"); err != nil {
			return nil, err
		}
		if err := peer.Furnish(ctx, p.spec.Dir, p.spec.Run, rooms, members); err != nil {
			return nil, errors.Join(err, p.clear())
		}
	}
	if err := p.start(ctx, rooms); err != nil {
		return nil, errors.Join(err, p.clear())
	}
	return p, nil
}

// start runs the server pinned to its core and waits until it listens.
func (p *process) start(ctx context.Context, rooms int) error {
	spec, err := json.Marshal(p.spec)
	if err != nil {
		return err
	}
	p.cmd = exec.CommandContext(ctx, os.Args[0])
	p.cmd.Env = append(os.Environ(), beServer+"="+string(spec), "GOMAXPROCS=1")
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := onCore(serverCore, p.cmd.Start); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s does not come up: %w", p.spec.Name, err)
	}
	var ready peer.Ready
	if err := json.Unmarshal(line, &ready); err != nil {
		return err
	}
	if p.address, err = netip.ParseAddrPort(ready.Address); err != nil {
		return err
	}
	p.idle = p.memory()
	if ready.Code == "" || p.lead != nil {
		return nil // no rooms, or they are open
	}
	return p.openRooms(ctx, ready.Code, rooms)
}

// openRooms signs a facilitator in and opens the doors, as on any evening.
func (p *process) openRooms(ctx context.Context, code string, rooms int) error {
	lead, err := client.NewWeb("http://" + p.address.String())
	if err != nil {
		return err
	}
	if err := lead.SignIn(ctx, code); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	p.lead = lead
	for r := range rooms {
		if err := lead.OpenDoors(ctx, protocol.RoomID(load.Room(r))); err != nil {
			return fmt.Errorf("open room %d: %w", r, err)
		}
	}
	return nil
}

// dialect is how this server is spoken to.
func (p *process) dialect(ctx context.Context) load.Dialect {
	switch p.spec.Name {
	case peer.Porchlight:
		return &load.Porchlight{Back: storms, Ticket: func(room int) (string, error) {
			return p.lead.Ticket(protocol.RoomID(load.Room(room)))(ctx)
		}}
	case peer.Centrifuge:
		return &load.Centrifuge{}
	default:
		return load.Hub{}
	}
}

// restart kills the server and starts it again on the same data and address.
func (p *process) restart(ctx context.Context, rooms int) error {
	p.spec.Address = p.address.String()
	p.kill()
	return p.start(ctx, rooms)
}

// kill ends the server with SIGKILL.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	_ = p.cmd.Wait()         // it was killed
}

// clear kills the server and removes its directories.
func (p *process) clear() error {
	if p.cmd != nil && p.cmd.Process != nil {
		p.kill()
	}
	var errs []error
	for _, dir := range []string{p.spec.Dir, p.spec.Run} {
		if dir != "" {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	return errors.Join(errs...)
}

// onCore does something, starting a process for example, on one core.
func onCore(core int, do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, there unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	there.Set(core)
	if err := unix.SchedSetaffinity(0, &there); err != nil {
		return fmt.Errorf("pin to core %d: %w", core, err)
	}
	return errors.Join(do(), unix.SchedSetaffinity(0, &before))
}

// cpu is the processor time the server has used, in seconds (clock ticks of 10 ms).
func (p *process) cpu() float64 {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)   // the kernel writes numbers
	system, _ := strconv.ParseFloat(fields[12], 64) // the kernel writes numbers
	return (user + system) / 100
}

// memory is what of the server is resident, in bytes.
func (p *process) memory() int64 {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64) // the kernel writes numbers
			return kb << 10
		}
	}
	return 0
}

// profile tells the server to begin or end a profile, if one is wanted.
func (p *process) profile(s syscall.Signal) {
	if p.spec.Profile != "" {
		_ = p.cmd.Process.Signal(s) // a server that is gone shows by itself
		time.Sleep(time.Second)     // it is written meanwhile
	}
}
