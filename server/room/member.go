package room

import (
	"context"
	"sync"

	"porchlight/moderation"
	"porchlight/protocol"
)

// Member is one connection of a person to a session: what a socket may ask.
type Member struct {
	who    Person
	loop   *loop
	out    *Outbox
	screen Screener
	hello  protocol.Hello
	once   sync.Once

	// Owned by the loop.
	live  bool // reads records
	place protocol.Place
}

// Do screens the words of a command and puts it into the room's inbox. Its answer (ack, nudge or failure) comes through the
// outbox. Do waits until the room takes the command; an error means that the room is gone or ctx ended, and nothing
// was done.
func (m *Member) Do(ctx context.Context, c protocol.Command) error {
	ask := Ask{Who: m.who, Command: c}
	if m.who.Role == protocol.RoleMember {
		ask.Command, ask.Verdict = m.screened(c)
	}
	return m.loop.post(ctx, request{from: m, command: ask})
}

// screened cleans the words a member entered and looks at them once.
func (m *Member) screened(c protocol.Command) (protocol.Command, moderation.Verdict) {
	switch c := c.(type) {
	case protocol.Say:
		c.Text = protocol.CleanText(c.Text)
		return c, m.screen.Check(c.Text)
	case protocol.Aside:
		c.Text = protocol.CleanText(c.Text)
		return c, m.screen.Check(c.Text)
	case protocol.Report:
		c.Note = protocol.CleanText(c.Note)
		return c, m.screen.Check(c.Note)
	case protocol.Worry:
		c.Note = protocol.CleanText(c.Note)
		return c, moderation.Verdict{}
	default:
		return c, moderation.Verdict{}
	}
}

// Session returns the session the member is attached to.
func (m *Member) Session() protocol.SessionID { return m.loop.session }

// Detach says that the socket is closed. It is idempotent and does not wait for the store.
func (m *Member) Detach() {
	m.once.Do(func() { m.loop.detach(m) })
}
