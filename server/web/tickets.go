package web

import (
	"io"
	"sync"
	"time"

	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/room"
)

// ticketLives is how long a ticket opens a socket.
const ticketLives = 30 * time.Second

// queueRoom is the name under which the queue's socket says hello; no room may have it.
const queueRoom protocol.RoomID = "queue"

// tickets are single-use rights to open one socket, so that no cookie has to be believed across a WebSocket handshake.
type tickets struct {
	now  func() time.Time
	rand io.Reader

	mu   sync.Mutex // protects the following
	open map[identity.Hash]ticket
}

type ticket struct {
	room protocol.RoomID
	who  room.Person
	ends time.Time
}

func newTickets(now func() time.Time, rand io.Reader) *tickets {
	return &tickets{now: now, rand: rand, open: map[identity.Hash]ticket{}}
}

func (t *tickets) make(r protocol.RoomID, who room.Person) (string, error) {
	secret, err := identity.NewSecret(t.rand)
	if err != nil {
		return "", err
	}
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for h, old := range t.open {
		if now.After(old.ends) {
			delete(t.open, h)
		}
	}
	t.open[identity.HashOf(secret)] = ticket{room: r, who: who, ends: now.Add(ticketLives)}
	return secret, nil
}

// take uses a ticket up. Used, expired, foreign and made-up ones get the same answer.
func (t *tickets) take(secret string, r protocol.RoomID) (room.Person, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := identity.HashOf(secret)
	k, ok := t.open[h]
	delete(t.open, h)
	if !ok || k.room != r || t.now().After(k.ends) {
		return room.Person{}, protocol.Err(protocol.CodeRefused)
	}
	return k.who, nil
}
