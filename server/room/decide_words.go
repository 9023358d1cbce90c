package room

import (
	"porchlight/moderation"
	"porchlight/protocol"
)

// contextKept is how many messages before the one in question go with it as evidence.
const contextKept = 2

// say posts words, holds them, or asks for a second look. Risk language is never silently blocked (promise 5).
func (d *draft) say(p *person, cmd protocol.Say, v moderation.Verdict) error {
	if p.Role == protocol.RoleMember {
		if err := d.maySay(p); err != nil {
			return err
		}
	}
	if err := d.checkReply(p, &cmd); err != nil {
		return err
	}
	if p.Role == protocol.RoleFacilitator {
		d.addAnswer(protocol.StreamRoom, protocol.Said{Place: p.Place, ID: cmd.ID, Text: cmd.Text, ReplyTo: cmd.ReplyTo}, protocol.AckPosted)
		return nil
	}
	if v.Show == moderation.ShowNudge && !v.Care && !cmd.Anyway {
		return &LookTwice{Findings: v.Findings}
	}
	if p.Listening {
		d.add(protocol.StreamRoom, protocol.Listening{Place: p.Place})
	}
	var folded protocol.Reason
	if v.Care {
		folded = protocol.ReasonCare
	}
	switch {
	case !d.s.Covered:
		d.hold(p, cmd, v, moderation.TargetCoverage, protocol.ReasonCoverage, folded)
	case v.Show == moderation.ShowHold:
		d.hold(p, cmd, v, moderation.TargetHold(p.Place, cmd.ID), v.Why, folded)
	default:
		n, at := d.addAnswer(protocol.StreamRoom,
			protocol.Said{Place: p.Place, ID: cmd.ID, Text: cmd.Text, ReplyTo: cmd.ReplyTo, Folded: folded}, protocol.AckPosted)
		if v.Care {
			d.raiseCare(p, moderation.TargetSaid(n), cmd.ID, n, at, v)
		}
	}
	return nil
}

func (d *draft) maySay(p *person) error {
	switch {
	case p.MutedUntil > d.now:
		return &protocol.Error{Code: protocol.CodeMuted, Until: p.MutedUntil}
	case d.s.Paused:
		return protocol.Err(protocol.CodePaused)
	case !d.s.Phase.MembersMaySay():
		return protocol.Err(protocol.CodeNotYet)
	}
	return nil
}

// checkReply lets words go without the reply when what they answer is gone meanwhile.
func (d *draft) checkReply(p *person, cmd *protocol.Say) error {
	if cmd.ReplyTo == 0 {
		return nil
	}
	m := d.s.messages[cmd.ReplyTo]
	if m == nil || cmd.ReplyTo <= p.Floor {
		return protocol.Err(protocol.CodeNotFound)
	}
	if m.Gone {
		cmd.ReplyTo = 0
	}
	return nil
}

func (d *draft) hold(p *person, cmd protocol.Say, v moderation.Verdict, target moderation.Target, why, folded protocol.Reason) {
	item := moderation.ItemIDFor(d.s.Session, target, protocol.LaneHeld)
	held := protocol.Held{Place: p.Place, ID: cmd.ID, Text: cmd.Text, ReplyTo: cmd.ReplyTo, Why: why, Folded: folded}
	d.addAnswer(protocol.StreamPlace(p.Place), held, protocol.AckHeld)
	held.Item = item
	_, at := d.add(protocol.StreamFacilitators, held)
	d.raise(moderation.Raise{
		Lane: protocol.LaneHeld, Target: target, Why: why, Rule: v.Rule, Place: p.Place,
		Handles: d.s.handles(p.Place), Evidence: []int64{at}, Subject: at,
	})
	if v.Care {
		d.raiseCare(p, moderation.TargetHold(p.Place, cmd.ID), cmd.ID, 0, at, v)
	}
}

// raiseCare opens a care item with the message and the least context, and tells the author truthfully: saved.
func (d *draft) raiseCare(p *person, target moderation.Target, id protocol.CommandID, n, at int64, v moderation.Verdict) {
	evidence, places := d.context(n)
	item := d.raise(moderation.Raise{
		Lane: protocol.LaneCare, Target: target, Why: protocol.ReasonCare, Rule: v.Rule, Place: p.Place, N: n,
		Handles: d.s.handles(append(places, p.Place)...), Evidence: append(evidence, at), Subject: at,
	})
	d.add(protocol.StreamPlace(p.Place), protocol.Care{Place: p.Place, N: n, ID: id, Item: item, State: protocol.CareSaved})
}

// context finds the last messages before number n (or the last at all, when n is 0) and who said them.
func (d *draft) context(n int64) (positions []int64, places []protocol.Place) {
	for i := len(d.s.said) - 1; i >= 0 && len(places) < contextKept; i-- {
		if n > 0 && d.s.said[i] >= n {
			continue
		}
		m := d.s.messages[d.s.said[i]]
		positions = append(positions, m.Spots[0].Position)
		places = append(places, m.Place)
	}
	return positions, places
}

// withdraw takes the person's own words back, copies in the queue too. Evidence of an item stays to its date.
func (d *draft) withdraw(p *person, cmd protocol.Withdraw) error {
	if cmd.Hold != "" {
		return d.withdrawHold(p, cmd.Hold)
	}
	m := d.s.messages[cmd.N]
	if m == nil || m.Place != p.Place {
		return protocol.Err(protocol.CodeNotFound)
	}
	if m.Gone {
		return &nothingToDo{}
	}
	d.replace(protocol.Tombstone{Place: m.Place, ID: m.ID, ReplyTo: m.ReplyTo, Why: protocol.ReasonAuthor}, m.Spots)
	d.add(protocol.StreamRoom, protocol.Gone{N: cmd.N, Why: protocol.ReasonAuthor})
	if d.s.flagged[cmd.N] {
		d.add(protocol.StreamPlace(p.Place), protocol.Hidden{N: cmd.N, Why: protocol.ReasonKept})
	}
	return nil
}

func (d *draft) withdrawHold(p *person, id protocol.CommandID) error {
	h := d.s.holdOf(p.Place, id)
	if h == nil {
		if _, asked := d.s.answers[askedBy{p.Place, id}]; asked {
			return protocol.Err(protocol.CodeStale) // decided meanwhile: the room may see it now
		}
		return protocol.Err(protocol.CodeNotFound)
	}
	d.replace(protocol.Tombstone{Place: p.Place, ID: id, ReplyTo: h.ReplyTo, Why: protocol.ReasonAuthor}, h.Spots)
	d.add(protocol.StreamPlace(p.Place), protocol.Back{Place: p.Place, ID: id, Why: protocol.ReasonAuthor})
	d.add(protocol.StreamFacilitators, protocol.Settled{Item: h.Item, Place: p.Place, ID: id})
	if len(d.s.holdsOf(h.Item)) == 1 {
		d.change.Items = append(d.change.Items, moderation.CloseItem{Item: h.Item})
	}
	return nil
}

// seen returns message n if p could have read it and somebody else said it.
func (d *draft) seen(p *person, n int64) (*message, error) {
	m := d.s.messages[n]
	if m == nil || m.Gone || n <= p.Floor {
		return nil, protocol.Err(protocol.CodeNotFound)
	}
	if m.Place == p.Place {
		return nil, protocol.Err(protocol.CodeInvalid)
	}
	return m, nil
}

func (d *draft) report(p *person, cmd protocol.Report, v moderation.Verdict) error {
	m, err := d.seen(p, cmd.N)
	if err != nil {
		return err
	}
	d.flag(m, cmd.N, protocol.LaneConduct, protocol.ReasonAgreement, cmd.Note)
	if v.Care { // the note itself speaks of danger: both doors open
		d.flag(m, cmd.N, protocol.LaneCare, protocol.ReasonWorry, cmd.Note)
	}
	return nil
}

func (d *draft) worry(p *person, cmd protocol.Worry) error {
	m, err := d.seen(p, cmd.N)
	if err != nil {
		return err
	}
	d.flag(m, cmd.N, protocol.LaneCare, protocol.ReasonWorry, cmd.Note)
	return nil
}

// flag raises an item about a message; who flagged it is in no record and no item.
func (d *draft) flag(m *message, n int64, lane protocol.Lane, why protocol.Reason, note string) {
	evidence, places := d.context(n)
	at := m.Spots[0].Position
	d.raise(moderation.Raise{
		Lane: lane, Target: moderation.TargetSaid(n), Why: why, Place: m.Place, N: n, Note: note,
		Handles: d.s.handles(append(places, m.Place)...), Evidence: append(evidence, at), Subject: at,
	})
}

// aside says words between one member and the facilitators. It never stops the group, and a pause or mute does not stop it.
func (d *draft) aside(p *person, cmd protocol.Aside, v moderation.Verdict) error {
	to := p.Place
	if p.Role == protocol.RoleFacilitator {
		member := d.s.people[cmd.To]
		if member == nil || member.Role != protocol.RoleMember {
			return protocol.Err(protocol.CodeNotFound)
		}
		to = member.Place
	} else if cmd.To != 0 && cmd.To != p.Place {
		return protocol.Err(protocol.CodeForbidden)
	}
	_, at := d.addAnswer(protocol.StreamAside(to), protocol.AsideSaid{Place: p.Place, ID: cmd.ID, Text: cmd.Text}, protocol.AckDone)
	if v.Care && p.Role == protocol.RoleMember {
		d.raiseCare(p, moderation.TargetHold(p.Place, cmd.ID), cmd.ID, 0, at, v)
	}
	return nil
}
