package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"porchlight/client"
	"porchlight/protocol"
	"porchlight/server"
)

// evening is the scripted night of the demo: real clients over real sockets.
type evening struct {
	url    string
	admin  server.Admin
	people sync.WaitGroup
	casts  []*cast
}

// cast is who is in one room.
type cast struct {
	room    server.AddRoomRequest
	host    string
	topic   string
	opening []line // said at once, so that a newcomer finds a room that is alive
	lines   []line // said one by one with human pauses, then again
	leads   *client.Client
	members []*client.Client
}

// line is what somebody says. Who 0 is the facilitator, 1 the first member and so on.
type line struct {
	who    int
	text   string
	report bool // the next member reports it
}

// demoWords are the words of scripted seats: nobody comes back to them.
var demoWords = strings.Fields("porch lamp window chair kettle garden river stone")

func demoCasts() []*cast {
	return []*cast{
		{
			room: server.AddRoomRequest{ID: "evening", Name: "Evening room", Kind: protocol.KindSupport, Capacity: 12, Purpose: "Check-in, then open talk."},
			host: "Juniper", topic: "The hour after dinner. What do you do with it now?",
			opening: []line{
				{0, "Welcome. How are you coming in tonight? One line is plenty. You can pass.", false},
				{1, "Tired, but here. I cooked instead of going out. It was only eggs. It felt like something.", false},
				{2, "I had two beers on Saturday. I almost did not come. I am glad I did.", false},
				{3, "Some nights I am not sure I can keep going.", false},
				{1, "Could we write to each other outside of here? Sundays get long.", false},
				{2, "People here only complain. Try harder.", true},
				{4, "I still have some left over. Call me and I can get you a few.", false},
				{0, "Thank you for being here. We hear you.", false},
			},
			lines: []line{
				{2, "That hour is the worst for me. The house is quiet and my hands want something to do.", false},
				{4, "For me it was the porch. Same chair, same time, a cup of tea. It was boring. Boring turned out to be good.", false},
				{0, "Thank you both. Who has one small thing that helps?", false},
				{1, "I wash up very slowly. I put one song on and I have to finish when it ends.", false},
				{3, "One song. I am going to try that.", false},
				{4, "I write down three things I can hear. It is silly and it works.", false},
				{2, "I walked around the block twice. Nobody was out. The air was good.", false},
				{0, "You can stay with that. There is no hurry here.", false},
			},
		},
		{
			room: server.AddRoomRequest{ID: "late-porch", Name: "When a craving comes", Kind: protocol.KindRelapsePrevention, Capacity: 8, Purpose: "One skill, tried together. You can just read."},
			host: "Alder", topic: "Riding the wave for ten minutes",
			opening: []line{
				{0, "We try one thing together tonight. You can also only read.", false},
				{1, "It comes at the bus stop, always the same one.", false},
				{2, "Mine comes when the phone is quiet.", false},
			},
			lines: []line{
				{1, "I stood and named five things that were blue. Then the bus came.", false},
				{0, "That is it. You waited, and it went down by itself.", false},
				{2, "Mine lasted about eight minutes today. I looked at the clock the whole time.", false},
			},
		},
	}
}

// begin makes rooms, seats and links, opens both doors and lets the first words be said.
func (e *evening) begin(ctx context.Context) (links, error) {
	e.casts = demoCasts()
	out := links{URL: e.url}
	failed := make(chan error, len(e.casts))
	for _, c := range e.casts {
		out.Rooms = append(out.Rooms, c.room.ID)
		go func() { failed <- e.fill(ctx, c) }()
	}
	var errs []error
	for range e.casts {
		errs = append(errs, <-failed)
	}
	if err := errors.Join(errs...); err != nil {
		return out, fmt.Errorf("begin the demo: %w", err)
	}
	slip, err := e.admin.MakeSlips(ctx, server.SlipsRequest{Room: e.casts[0].room.ID, Count: 1})
	if err != nil {
		return out, err
	}
	out.Member = e.url + "/join#" + slip.Codes[0]
	if out.Facilitator, err = e.invite(ctx, "facilitator", "Maple"); err != nil {
		return out, err
	}
	out.Staff, err = e.invite(ctx, "staff", "Program desk")
	return out, err
}

func (e *evening) invite(ctx context.Context, duty, name string) (string, error) {
	out, err := e.admin.Invite(ctx, server.InviteRequest{Duty: duty, Name: name})
	if err != nil {
		return "", err
	}
	return e.url + "/sign-in#" + out.Codes[0], nil
}

// fill opens a room, brings its people in and lets them say their first words.
func (e *evening) fill(ctx context.Context, c *cast) error {
	if _, err := e.admin.AddRoom(ctx, c.room); err != nil {
		return err
	}
	if err := e.lead(ctx, c); err != nil {
		return err
	}
	members := 0
	for _, l := range c.opening {
		members = max(members, l.who)
	}
	slips, err := e.admin.MakeSlips(ctx, server.SlipsRequest{Room: c.room.ID, Count: members})
	if err != nil {
		return err
	}
	for i, code := range slips.Codes {
		m, err := e.seat(ctx, code, i)
		if err != nil {
			return err
		}
		c.members = append(c.members, m)
	}
	if err := c.leads.MovePhase(ctx, protocol.PhaseArrive, protocol.PhaseCheckIn, ""); err != nil {
		return err
	}
	for _, l := range c.opening {
		if err := c.say(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// lead signs the facilitator in, opens the doors and enters.
func (e *evening) lead(ctx context.Context, c *cast) error {
	invited, err := e.admin.Invite(ctx, server.InviteRequest{Duty: "facilitator", Name: c.host})
	if err != nil {
		return err
	}
	w, err := client.NewWeb(e.url)
	if err != nil {
		return err
	}
	if err := w.SignIn(ctx, invited.Codes[0]); err != nil {
		return err
	}
	if err := w.OpenDoors(ctx, c.room.ID); err != nil {
		return err
	}
	c.leads = e.connect(ctx, client.Config{URL: e.url, Room: c.room.ID, Ticket: w.Ticket(c.room.ID)}, true)
	return c.leads.Enter(ctx)
}

func (e *evening) seat(ctx context.Context, code string, i int) (*client.Client, error) {
	w, err := client.NewWeb(e.url)
	if err != nil {
		return nil, err
	}
	words := append([]string(nil), demoWords...)
	words[0] += strings.Repeat("s", i+1) // a credential of their own
	s, err := w.Join(ctx, code, words)
	if err != nil {
		return nil, err
	}
	m := e.connect(ctx, client.Config{URL: e.url, Room: s.Room, Secret: s.Secret}, false)
	return m, m.Enter(ctx)
}

// connect runs a client; a facilitator's confirms flags, so that authors read "told" truthfully.
func (e *evening) connect(ctx context.Context, c client.Config, leads bool) *client.Client {
	cl := client.New(c)
	e.people.Go(func() { _ = cl.Run(ctx) }) // it ends with the demo
	e.people.Go(func() {
		for event := range cl.Events() {
			if r, ok := event.(client.Record); ok && leads {
				e.confirm(ctx, cl, r)
			}
		}
	})
	return cl
}

// confirm says that a flag has been shown. It does not wait: the events behind it have to be read.
func (e *evening) confirm(ctx context.Context, cl *client.Client, r client.Record) {
	flag, ok := r.Body.(protocol.Flagged)
	if !ok {
		return
	}
	e.people.Go(func() {
		_, _ = cl.Do(ctx, func(h protocol.CommandHead) protocol.Command { // the author stays at "saved" when it fails
			return protocol.Got{CommandHead: h, Item: flag.Item}
		})
	})
}

func (c *cast) say(ctx context.Context, l line) error {
	who := c.leads
	if l.who > 0 {
		who = c.members[l.who-1]
	}
	ack, err := who.Say(ctx, l.text)
	if err != nil {
		return fmt.Errorf("say %q: %w", l.text, err)
	}
	if l.report {
		return c.members[l.who%len(c.members)].Report(ctx, ack.N, "This hurt. We said no advice unless asked.")
	}
	return nil
}

// goOn lets every room talk until the demo ends.
func (e *evening) goOn(ctx context.Context) {
	for _, c := range e.casts {
		e.people.Go(func() { c.goOn(ctx) })
	}
}

func (c *cast) goOn(ctx context.Context) {
	if !pause(ctx, 20*time.Second) {
		return
	}
	for _, step := range [][2]protocol.Phase{{protocol.PhaseCheckIn, protocol.PhaseTopic}, {protocol.PhaseTopic, protocol.PhaseOpen}} {
		_ = c.leads.MovePhase(ctx, step[0], step[1], c.topic) // a visitor who facilitates may have moved on
		if !pause(ctx, 8*time.Second) {
			return
		}
	}
	for i := 0; ; i++ {
		_ = c.say(ctx, c.lines[i%len(c.lines)]) // paused, closed or muted by a visitor: then they wait
		if !pause(ctx, time.Duration(9+i%7)*time.Second) {
			return
		}
	}
}
