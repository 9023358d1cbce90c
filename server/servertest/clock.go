package servertest

import (
	"sync"
	"time"
)

// Clock is the server's time: it runs like the machine's and can be put forward.
type Clock struct {
	base func() time.Time

	mu    sync.Mutex // protects the following
	ahead time.Duration
}

// Now returns the server's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base().Add(c.ahead)
}

// Advance puts the clock forward. Rooms notice at their next tick, within a second.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}
