package room

import (
	"fmt"

	"porchlight/moderation"
	"porchlight/protocol"
)

// lead does what only a facilitator may.
func (d *draft) lead(p *person, c protocol.Command) error {
	switch cmd := c.(type) {
	case protocol.Got:
		c := d.s.care[cmd.Item]
		if c == nil || c.State != protocol.CareSaved {
			return &nothingToDo{}
		}
		d.care(cmd.Item, c, protocol.CareTold, "")
		return nil
	case protocol.MovePhase:
		return d.movePhase(p, cmd)
	case protocol.Pause:
		return d.pause(p, true)
	case protocol.Resume:
		return d.pause(p, false)
	case protocol.Mute:
		return d.muteMember(p, cmd)
	case protocol.Remove:
		member, err := d.member(cmd.Place)
		if err != nil {
			return err
		}
		d.stepOut(member)
		d.journal(moderation.Entry{Actor: p.Key, Act: moderation.ActRemoved, Target: targetPlace(member.Place)})
		return nil
	case protocol.Close:
		d.close(p.Key, protocol.ReasonFacilitator)
		return nil
	default:
		return protocol.Err(protocol.CodeUnknownType)
	}
}

func (d *draft) movePhase(p *person, cmd protocol.MovePhase) error {
	if cmd.From != d.s.Phase {
		return protocol.Err(protocol.CodeStale)
	}
	d.add(protocol.StreamRoom, protocol.PhaseMoved{Phase: cmd.To, Topic: cmd.Topic})
	about := protocol.RemindPhase
	if cmd.To == protocol.PhaseClosing {
		about = protocol.RemindClose
	}
	d.add(protocol.StreamRoom, protocol.Reminder{About: about})
	d.journal(moderation.Entry{Actor: p.Key, Act: moderation.ActPhase})
	return nil
}

func (d *draft) pause(p *person, paused bool) error {
	if d.s.Paused == paused {
		return &nothingToDo{}
	}
	d.add(protocol.StreamRoom, protocol.Paused{Paused: paused})
	d.journal(moderation.Entry{Actor: p.Key, Act: moderation.ActPaused})
	return nil
}

// member returns a member by place; facilitators are not muted or sent out by one another.
func (d *draft) member(place protocol.Place) (*person, error) {
	m := d.s.people[place]
	if m == nil {
		return nil, protocol.Err(protocol.CodeNotFound)
	}
	if m.Role != protocol.RoleMember {
		return nil, protocol.Err(protocol.CodeForbidden)
	}
	return m, nil
}

func (d *draft) muteMember(p *person, cmd protocol.Mute) error {
	member, err := d.member(cmd.Place)
	if err != nil {
		return err
	}
	d.mute(member, cmd.Minutes)
	d.journal(moderation.Entry{Actor: p.Key, Act: moderation.ActMuted, Target: targetPlace(member.Place)})
	return nil
}

func (d *draft) mute(member *person, minutes int) {
	muted := protocol.Muted{Place: member.Place, Until: d.now + int64(minutes)*60}
	d.add(protocol.StreamPlace(member.Place), muted)
	d.add(protocol.StreamFacilitators, muted)
}

// stepOut ends a member's evening. The room reads that they left; only they and the facilitators know more.
func (d *draft) stepOut(member *person) {
	d.add(protocol.StreamPlace(member.Place), protocol.Left{Place: member.Place, Why: protocol.ReasonFacilitator})
	if member.Here {
		d.add(protocol.StreamRoom, protocol.Left{Place: member.Place})
	}
	for _, h := range d.s.holds {
		if h.Place == member.Place {
			d.giveBack(h, protocol.ReasonEnded)
		}
	}
}

// giveBack returns held words to their author, kindly, and ends their item when nothing else waits under it.
func (d *draft) giveBack(h *hold, why protocol.Reason) {
	d.add(protocol.StreamPlace(h.Place), protocol.Back{Place: h.Place, ID: h.ID, Why: why, Text: h.Text})
	d.add(protocol.StreamFacilitators, protocol.Settled{Item: h.Item, Place: h.Place, ID: h.ID})
	for _, other := range d.s.holdsOf(h.Item) {
		if other.Place != h.Place {
			return
		}
	}
	d.change.Items = append(d.change.Items, moderation.CloseItem{Item: h.Item})
}

// close ends the session: what is held goes back, confidentiality is said once more, the purge gets its date.
func (d *draft) close(actor string, why protocol.Reason) {
	ended := map[protocol.ItemID]bool{}
	for _, h := range d.s.holds {
		d.add(protocol.StreamPlace(h.Place), protocol.Back{Place: h.Place, ID: h.ID, Why: protocol.ReasonEnded, Text: h.Text})
		if !ended[h.Item] {
			ended[h.Item] = true
			d.add(protocol.StreamFacilitators, protocol.Settled{Item: h.Item})
			d.change.Items = append(d.change.Items, moderation.CloseItem{Item: h.Item})
		}
	}
	d.add(protocol.StreamRoom, protocol.Reminder{About: protocol.RemindClose})
	purgeAt := d.now + int64(d.s.Doors.PurgeMinutes)*60
	d.add(protocol.StreamRoom, protocol.Closed{Why: why, PurgeAt: purgeAt})
	d.change.PurgeAt = purgeAt
	d.journal(moderation.Entry{Actor: actor, Act: moderation.ActClosed})
}

func targetPlace(p protocol.Place) moderation.Target {
	return moderation.Target(fmt.Sprintf("place/%d", p))
}
