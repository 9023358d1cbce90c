package room

import (
	"strconv"
	"strings"

	"porchlight/moderation"
	"porchlight/protocol"
)

// judge carries out a facilitator's decision: item, journal entry and records are one change, so that decision and effect
// cannot part. Lease and version are compared at the commit.
func (d *draft) judge(j Judge) error {
	p := d.s.who(j.Who.Key)
	sum := digest(j.What)
	if err := d.before(p, j.What.ID, sum); err != nil {
		return err
	}
	d.answers(d.seat(j.Who), j.What.ID, sum)
	if err := d.effect(j); err != nil {
		return err
	}
	d.change.Items = append(d.change.Items, moderation.Resolve{
		Item: j.On.Item, Version: j.What.Version, Lease: j.What.Lease, Person: j.Who.Key, Outcome: j.What.Outcome,
	})
	if c := d.s.care[j.On.Item]; c != nil && c.State != protocol.CareClosed {
		d.care(j.On.Item, c, protocol.CareClosed, "")
	}
	d.add(protocol.StreamFacilitators, protocol.Settled{Item: j.On.Item, Outcome: j.What.Outcome})
	d.journal(moderation.Entry{
		Actor: j.Who.Key, Act: moderation.ActDecided, Lane: j.On.Lane, Outcome: j.What.Outcome, Item: j.On.Item, Target: j.On.Target,
	})
	return nil
}

func (d *draft) effect(j Judge) error {
	switch j.What.Outcome {
	case protocol.OutcomeRelease, protocol.OutcomeDecline:
		return d.settleHolds(j)
	case protocol.OutcomeHide:
		return d.hide(j)
	case protocol.OutcomeMute, protocol.OutcomeRemove:
		who := d.subject(j.On)
		if who == nil || who.Role != protocol.RoleMember {
			return protocol.Err(protocol.CodeNotFound)
		}
		if d.s.Closed {
			return nil // nothing left to stop tonight; the decision stands
		}
		if j.What.Outcome == protocol.OutcomeMute {
			d.mute(who, j.What.Minutes)
		} else {
			d.stepOut(who)
		}
		return nil
	default:
		return nil
	}
}

// settleHolds releases or returns what waits under the item, in the order it was said. Nothing is released into a room
// without a facilitator (promise 6).
func (d *draft) settleHolds(j Judge) error {
	holds := d.s.holdsOf(j.On.Item)
	if len(holds) == 0 || d.s.Closed {
		return protocol.Err(protocol.CodeStale)
	}
	if j.What.Outcome == protocol.OutcomeRelease && !d.s.Covered {
		return protocol.Err(protocol.CodeNotEntered)
	}
	for _, h := range holds {
		if j.What.Outcome == protocol.OutcomeDecline {
			d.add(protocol.StreamPlace(h.Place), protocol.Back{Place: h.Place, ID: h.ID, Why: j.What.Reason, Text: h.Text})
			continue
		}
		n, _ := d.add(protocol.StreamRoom, protocol.Said{
			Place: h.Place, ID: h.ID, Text: h.Text, ReplyTo: h.ReplyTo, Folded: h.Folded,
		})
		posted := protocol.Posted{Place: h.Place, ID: h.ID, N: n}
		d.add(protocol.StreamPlace(h.Place), posted)
		d.add(protocol.StreamFacilitators, posted)
	}
	return nil
}

func (d *draft) hide(j Judge) error {
	n := saidNumber(j.On.Target)
	m := d.s.messages[n]
	if m == nil {
		return protocol.Err(protocol.CodeNotFound)
	}
	if m.Gone {
		return nil // the author was quicker; the decision stands
	}
	d.replace(protocol.Tombstone{Place: m.Place, ID: m.ID, ReplyTo: m.ReplyTo, Why: protocol.ReasonFacilitator}, m.Spots)
	d.add(protocol.StreamRoom, protocol.Gone{N: n, Why: protocol.ReasonFacilitator})
	d.add(protocol.StreamPlace(m.Place), protocol.Hidden{N: n, Why: j.What.Reason})
	return nil
}

// subject finds whom an item is about.
func (d *draft) subject(on Situation) *person {
	if m := d.s.messages[saidNumber(on.Target)]; m != nil {
		return d.s.people[m.Place]
	}
	parts := strings.Split(string(on.Target), "/")
	if len(parts) == 3 && parts[0] == "hold" {
		if p, err := strconv.Atoi(parts[1]); err == nil {
			return d.s.people[protocol.Place(p)]
		}
	}
	return nil
}

// saidNumber reads the number out of a target made by moderation.TargetSaid; 0 when it is another kind.
func saidNumber(t moderation.Target) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(string(t), "said/"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
