package web

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"porchlight/protocol"
)

const (
	// sweepEvery is how often sockets are looked at: one goroutine for all of them, so that idle ones cost nothing.
	sweepEvery = 5 * time.Second
	// quietFor ends a socket whose client has said nothing, a heartbeat included: half-open ones are found within 60 s.
	quietFor = 2*protocol.BeatSeconds + 4
)

// sockets are all that are open.
type sockets struct {
	now  func() time.Time
	beat []byte

	mu   sync.Mutex // protects the following
	open map[*socket]struct{}
	// were and settled are how many were open when last looked at, and when memory was last given back.
	were, settled int
}

func newSockets(now func() time.Time) *sockets {
	b, err := protocol.Encode(protocol.Beat{})
	if err != nil {
		panic(err) // a heartbeat has no fields that could fail
	}
	return &sockets{now: now, beat: Frame(b), open: map[*socket]struct{}{}}
}

func (k *sockets) add(so *socket) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open[so] = struct{}{}
}

func (k *sockets) remove(so *socket) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.open, so)
}

// sweep sends heartbeats and ends what is quiet, until ctx ends.
func (k *sockets) sweep(ctx context.Context) {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			k.look()
		}
	}
}

func (k *sockets) look() {
	now := k.now().Unix()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.giveBack()
	for so := range k.open {
		if now-so.heard.Load() >= quietFor {
			go so.close(protocol.CloseQuiet)
			continue
		}
		if now-so.wrote.Load() >= protocol.BeatSeconds {
			so.out.Offer(k.beat)
		}
	}
}

// giveBack returns what connecting or leaving took of the machine's memory, once many have come or gone and it is quiet:
// ten thousand handshakes leave twice as much behind as ten thousand sockets need.
func (k *sockets) giveBack() {
	n := len(k.open)
	moved := abs(n - k.were)
	k.were = n
	if moved*100 > n || abs(n-k.settled)*10 <= k.settled+manySockets {
		return
	}
	k.settled = n
	go debug.FreeOSMemory()
}

// manySockets is how many must come or go before it is worth a look.
const manySockets = 1000

func abs(n int) int { return max(n, -n) }

// endAll tells everybody to come back in a moment.
func (k *sockets) endAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for so := range k.open {
		so.out.End(protocol.CloseRestarting)
	}
}
