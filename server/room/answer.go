package room

import (
	"errors"
	"time"

	"porchlight/moderation"
	"porchlight/protocol"
)

// answer tells whoever asked what became of their request, and greets who has just come in.
func (l *loop) answer(d decided) {
	var before *Answered
	if errors.As(d.err, &before) {
		d.err = nil
	}
	if d.reply != nil {
		d.reply <- d.err
	}
	if d.attach != nil && d.err == nil {
		l.admit(d.attach)
	}
	if d.from == nil {
		return
	}
	id := d.command.(Ask).Command.Head().ID
	var twice *LookTwice
	switch {
	case before != nil:
		l.send(d.from, before.Ack)
	case errors.As(d.err, &twice):
		l.send(d.from, protocol.Nudge{ID: id, Findings: twice.Findings})
	case d.err != nil:
		l.send(d.from, protocol.Failure{ID: id, Code: protocol.CodeOf(d.err), Until: protocol.UntilOf(d.err)})
	default:
		l.send(d.from, l.ackOf(d.command.(Ask), id))
	}
	if _, entering := d.command.(Ask).Command.(protocol.Enter); entering && d.err == nil {
		l.welcomeIn(d.from.who.Key)
	}
}

// welcomeIn greets the connections of a person who has just entered.
func (l *loop) welcomeIn(key string) {
	for m := range l.members {
		if m.who.Key != key || m.live {
			continue
		}
		if err := l.greet(m); err != nil {
			l.hub.logger.Error("a member could not be greeted", "room", l.room, "error", err)
			m.out.End(protocol.CloseRestarting)
		}
	}
}

func (l *loop) ackOf(a Ask, id protocol.CommandID) protocol.Ack {
	if p := l.state.who(a.Who.Key); p != nil {
		if done, ok := l.state.answers[askedBy{p.Place, id}]; ok {
			return done.Ack
		}
	}
	return protocol.Ack{ID: id, Status: protocol.AckDone}
}

// admit makes a new connection one of the session's and greets it.
func (l *loop) admit(m *Member) {
	l.members[m] = struct{}{}
	if err := l.greet(m); err != nil {
		l.hub.logger.Error("a member could not be greeted", "room", l.room, "error", err)
		m.out.End(protocol.CloseRestarting)
	}
}

// settlePresence ends the connections of those who left or were asked to.
func (l *loop) settlePresence() {
	for m := range l.members {
		p := l.state.who(m.who.Key)
		if p == nil || p.Here || !m.live {
			continue
		}
		m.live = false
		if p.Removed {
			m.out.End(protocol.CloseRemoved)
		} else {
			m.out.End(protocol.CloseNormal)
		}
	}
}

// departed follows a closed socket. A person is away when their last connection is.
func (l *loop) departed(m *Member) {
	if _, ok := l.members[m]; !ok {
		return
	}
	delete(l.members, m)
	for other := range l.members {
		if other.who.Key == m.who.Key {
			return
		}
	}
	l.commit([]request{{command: Depart{Who: m.who}}})
}

// onTick lets time in, and purges when it is due.
func (l *loop) onTick() {
	now := l.hub.now().Unix()
	if l.state.Closed && now >= l.state.PurgeAt {
		_ = l.purge("system") // logged there, and tried again at the next tick
		return
	}
	t := Tick{}
	for item, c := range l.state.care {
		if c.State == protocol.CareOpened && l.leases[item] <= now {
			delete(l.leases, item)
			t.Lapsed = append(t.Lapsed, item)
		}
	}
	l.commit([]request{{command: t}})
}

// purge ends the session for good: its text is destroyed. A failure is tried again at the next tick.
func (l *loop) purge(actor string) error {
	ctx, cancel := l.hub.storeContext()
	defer cancel()
	entry := moderation.Entry{
		Actor: actor, Act: moderation.ActPurged, Room: l.room, Day: l.hub.now().UTC().Format(time.DateOnly),
	}
	if err := l.hub.sessions.Purge(ctx, l.session, entry); err != nil {
		l.hub.logger.ErrorContext(ctx, "a session could not be purged; it is tried again", "room", l.room, "error", err)
		return err
	}
	l.purged = true
	return nil
}

// publish lets others see the door without asking the loop.
func (l *loop) publish() {
	if l.state == nil || l.purged {
		l.door.Store(&Door{})
		return
	}
	s := l.state
	if s.Edition == l.shown && s.Edition > 0 {
		return
	}
	l.shown = s.Edition
	d := &Door{
		Open: !s.Closed && s.Position > 0, Session: l.session, Covered: s.Covered, Closed: s.Closed, PurgeAt: s.PurgeAt,
		Phase: s.Phase, Full: s.membersHere() >= s.Doors.Capacity,
	}
	d.here = make(map[string]bool, len(s.people))
	for _, p := range s.people {
		d.here[p.Key] = p.Here
	}
	d.care = make(map[protocol.ItemID]protocol.CareState, len(s.care))
	for item, c := range s.care {
		d.care[item] = c.State
	}
	l.door.Store(d)
}
