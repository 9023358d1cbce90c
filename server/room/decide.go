package room

import (
	"errors"

	"porchlight/moderation"
	"porchlight/protocol"
)

const (
	// placeKept is how long a place is kept without a connection, in seconds.
	placeKept = 10 * 60
	// careWait is how long a care item may be unopened before its author is told to call, in seconds (promise 5).
	careWait = 60
)

// Answered is returned when the command has been answered before: nothing is to be committed.
type Answered struct{ Ack protocol.Ack }

func (*Answered) Error() string { return "answered before" }

// Decide says what a command does to the session. It is pure: the same state, command and time give the same change.
// Errors are protocol errors for the one who asked, *LookTwice, or *Answered.
func Decide(s *State, c Command, now int64) (Change, error) {
	d := newDraft(s, now)
	var err error
	switch c := c.(type) {
	case Open:
		err = d.open(c)
	case Ask:
		err = d.ask(c)
	case Arrive:
		d.arrive(c.Who)
	case Depart:
		d.depart(c.Who)
	case Recover:
		d.recover()
	case Tick:
		d.tick(c)
	case Leased:
		d.leased(c)
	case Judge:
		err = d.judge(c)
	default:
		err = protocol.Err(protocol.CodeUnknownType)
	}
	if err != nil {
		return Change{}, err
	}
	return d.done()
}

func (d *draft) open(c Open) error {
	if d.s.Position > 0 {
		return protocol.Err(protocol.CodeAlreadyOpen)
	}
	if c.By.Role != protocol.RoleFacilitator {
		return protocol.Err(protocol.CodeForbidden)
	}
	d.add(protocol.StreamRoom, c.Doors)
	d.journal(moderation.Entry{Actor: c.By.Key, Act: moderation.ActOpened, Room: c.Doors.Room})
	return nil
}

// ask answers a person's command: once, for this session, and only from those who have a place.
func (d *draft) ask(c Ask) error {
	head := c.Command.Head()
	if head.Session != d.s.Session {
		return protocol.Err(protocol.CodeOtherSession)
	}
	p := d.s.who(c.Who.Key)
	sum := digest(c.Command)
	if err := d.before(p, head.ID, sum); err != nil {
		return err
	}
	if enter, ok := c.Command.(protocol.Enter); ok {
		return d.enter(c.Who, p, enter, sum)
	}
	if p == nil || !p.Here {
		if p != nil && p.Removed {
			return protocol.Err(protocol.CodeRemoved)
		}
		return protocol.Err(protocol.CodeNotEntered)
	}
	d.answers(p.Place, head.ID, sum)
	if _, leaving := c.Command.(protocol.Leave); d.s.Closed && !leaving {
		return protocol.Err(protocol.CodeClosed)
	}
	err := d.perform(p, c)
	var nothing *nothingToDo
	if errors.As(err, &nothing) {
		return &Answered{Ack: protocol.Ack{ID: head.ID, Status: protocol.AckDone}}
	}
	return err
}

// before answers a command that was answered before, and refuses an id that was used for something else.
func (d *draft) before(p *person, id protocol.CommandID, sum string) error {
	if p == nil {
		return nil
	}
	answered, ok := d.s.answers[askedBy{p.Place, id}]
	switch {
	case !ok:
		return nil
	case answered.Sum != "" && answered.Sum != sum:
		return protocol.Err(protocol.CodeIDReused)
	default:
		return &Answered{Ack: answered.Ack}
	}
}

// nothingToDo answers a command whose effect stands already.
type nothingToDo struct{}

func (*nothingToDo) Error() string { return "nothing to do" }

func (d *draft) perform(p *person, c Ask) error {
	switch cmd := c.Command.(type) {
	case protocol.Leave:
		d.add(protocol.StreamRoom, protocol.Left{Place: p.Place})
		d.uncover(p)
		return nil
	case protocol.Listen:
		if p.Listening == cmd.Listening {
			return &nothingToDo{}
		}
		d.add(protocol.StreamRoom, protocol.Listening{Place: p.Place, Listening: cmd.Listening})
		return nil
	case protocol.Say:
		return d.say(p, cmd, c.Verdict)
	case protocol.Withdraw:
		return d.withdraw(p, cmd)
	case protocol.Report:
		return d.report(p, cmd, c.Verdict)
	case protocol.Worry:
		return d.worry(p, cmd)
	case protocol.Aside:
		return d.aside(p, cmd, c.Verdict)
	default:
		if p.Role != protocol.RoleFacilitator {
			return protocol.Err(protocol.CodeForbidden)
		}
		return d.lead(p, c.Command)
	}
}
