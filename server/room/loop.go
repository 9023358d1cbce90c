package room

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"porchlight/moderation"
	"porchlight/protocol"
)

// batchMax is how many waiting commands one commit takes.
const batchMax = 64

// request is what enters the inbox.
type request struct {
	from    *Member // who is answered through an outbox; nil when reply is used
	command Command
	attach  *Member         // a new connection, greeted after its Arrive is committed
	reply   chan error      // for callers that are not sockets
	item    protocol.ItemID // whose lease is until …
	until   int64           // … this time (Unix seconds); only with item
	purgeBy string          // purge now, asked by this facilitator
}

// loop owns one session: the only goroutine that touches its state.
type loop struct {
	hub     *Hub
	room    protocol.RoomID
	session protocol.SessionID
	epoch   int64

	inbox chan request // unbuffered: a full buffer would report success for words nobody reads
	gone  chan *Member // sockets that closed
	stop  chan struct{}
	done  chan struct{} // closed when the loop has ended
	ready chan struct{} // closed when the log is replayed

	// Owned by the goroutine.
	state   *State
	members map[*Member]struct{}
	rings   map[protocol.Stream]*ring
	at      map[protocol.Ref]int64
	leases  map[protocol.ItemID]int64 // until when care items are leased (Unix seconds)
	shown   int64                     // edition the door shows
	// delivered is the last position whose record was offered to the members.
	delivered int64
	purged    bool
	next      []request // taken from the inbox, to be done after the batch

	door atomic.Pointer[Door]
}

func newLoop(h *Hub, m Meeting) *loop {
	return &loop{
		hub: h, room: m.Room, session: m.Session, epoch: m.Epoch,
		inbox: make(chan request), gone: make(chan *Member), stop: make(chan struct{}), done: make(chan struct{}),
		ready: make(chan struct{}), members: map[*Member]struct{}{}, leases: map[protocol.ItemID]int64{},
	}
}

// post hands a request to the loop. It waits until it is taken, the loop ends or ctx does.
func (l *loop) post(ctx context.Context, r request) error {
	select {
	case l.inbox <- r:
		return nil
	case <-l.done:
		return protocol.Err(protocol.CodeNoSession)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// call posts a request and waits for its answer.
func (l *loop) call(ctx context.Context, r request) error {
	r.reply = make(chan error, 1)
	if err := l.post(ctx, r); err != nil {
		return err
	}
	select {
	case err := <-r.reply:
		return err
	case <-l.done:
		return protocol.Err(protocol.CodeUnknownOutcome)
	case <-ctx.Done():
		return protocol.ErrCause(protocol.CodeUnknownOutcome, ctx.Err())
	}
}

func (l *loop) detach(m *Member) {
	select {
	case l.gone <- m:
	case <-l.done:
	}
}

// run replays the log, then serves until the session is purged or the hub stops.
func (l *loop) run(replayed bool) {
	defer close(l.done)
	defer l.farewell()
	if err := l.load(); err != nil {
		l.hub.logger.Error("a session's log cannot be read; its room stays closed", "room", l.room, "error", err)
		close(l.ready)
		return
	}
	if replayed {
		l.commit([]request{{command: Recover{}}})
	}
	l.publish()
	close(l.ready)
	tick := time.NewTicker(l.hub.tick)
	defer tick.Stop()
	for !l.purged {
		select {
		case r := <-l.inbox:
			l.serve(r)
		case m := <-l.gone:
			l.safely(func() { l.departed(m) })
		case <-tick.C:
			l.safely(l.onTick)
		case <-l.stop:
			return
		}
		l.publish()
	}
}

// serve does one request and what it took out of the inbox on the way. A room whose log cannot be read says so.
func (l *loop) serve(r request) {
	l.next = append(l.next, r)
	for len(l.next) > 0 && !l.purged {
		r, l.next = l.next[0], l.next[1:]
		if l.safely(func() { l.take(r) }) {
			continue
		}
		if r.reply != nil {
			r.reply <- protocol.Err(protocol.CodeUnavailable)
		}
		if r.from != nil {
			l.send(r.from, protocol.Failure{ID: r.command.(Ask).Command.Head().ID, Code: protocol.CodeUnavailable})
		}
	}
}

// safely keeps a panic inside this room: its copy of the state is dropped and read again, the others live on.
// It reports whether do was done to its end.
func (l *loop) safely(do func()) (done bool) {
	defer func() {
		if p := recover(); p != nil {
			// The value may hold words; only its type and the stack, which holds none, are logged.
			l.hub.logger.Error("a room panicked", "room", l.room, "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			for m := range l.members {
				m.out.End(protocol.CloseRestarting)
			}
			if err := l.load(); err != nil {
				l.state = nil
			}
		}
	}()
	if l.state == nil {
		if err := l.load(); err != nil {
			return false
		}
	}
	do()
	return true
}

func (l *loop) farewell() {
	code := protocol.CloseRestarting
	if l.purged {
		code = protocol.CloseNoDoors
	}
	for m := range l.members {
		m.out.End(code)
	}
	l.hub.forget(l)
}

// load reads the log from its beginning: the state is what it implies. Records that were committed without our knowing
// (the answer of a commit was lost) are delivered now.
func (l *loop) load() error {
	ctx, cancel := l.hub.storeContext()
	defer cancel()
	records, err := l.hub.log.Read(ctx, l.session, 0)
	if err != nil {
		l.state = nil
		return fmt.Errorf("replay: %w", err)
	}
	s := NewState(l.session)
	l.rings, l.at = map[protocol.Stream]*ring{}, map[protocol.Ref]int64{}
	for _, r := range records {
		if err := s.Apply(r); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		if r.Stream != protocol.StreamNobody {
			l.at[protocol.Ref{Stream: r.Stream, N: s.last[r.Stream]}] = r.Position
		}
	}
	l.state = s
	if len(l.members) > 0 {
		l.deliver(records[min(l.delivered, int64(len(records))):])
	}
	l.delivered = s.Position
	return nil
}

// take commits what waits in the inbox together: r, and whatever else is there now.
func (l *loop) take(r request) {
	if r.purgeBy != "" {
		err := l.purge(r.purgeBy)
		l.publish()
		r.reply <- err
		return
	}
	if r.item != "" {
		l.leases[r.item] = r.until
	}
	batch := []request{r}
	l.commit(append(batch, l.waiting()...))
}

// waiting takes the commands that wait in the inbox now. What is not an ordinary command ends the batch.
func (l *loop) waiting() []request {
	var batch []request
	for len(batch) < batchMax {
		select {
		case r := <-l.inbox:
			if r.purgeBy != "" || r.item != "" {
				l.next = append(l.next, r)
				return batch
			}
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// commit decides on the requests in order and appends their changes as one. What can fail at the commit by itself (a
// decision's lease) goes alone, so that it cannot take others with it.
func (l *loop) commit(batch []request) {
	for len(batch) > 0 {
		n := 0
		for n < len(batch) && !alone(batch[n]) {
			n++
		}
		n = max(n, 1)
		l.commitTogether(batch[:n])
		batch = batch[n:]
	}
}

func alone(r request) bool {
	_, judges := r.command.(Judge)
	return judges || r.attach != nil
}

// decided is a request with what became of it.
type decided struct {
	request
	err    error
	change Change
}

func (l *loop) commitTogether(batch []request) {
	after, before := l.state.Position, l.state.Edition
	var whole Change
	results := make([]decided, 0, len(batch))
	for _, r := range batch {
		change, err := Decide(l.state, r.command, l.hub.now().Unix())
		results = append(results, decided{request: r, err: err, change: change})
		if err != nil || change.Empty() {
			continue
		}
		for _, rec := range change.Records {
			if err := l.state.Apply(rec); err != nil {
				panic(err) // Decide made a record that Apply refuses: the state is lost, the log is not
			}
		}
		whole = whole.with(change)
	}
	err := l.append(after, whole)
	if err != nil {
		l.undo(results, err)
		return
	}
	l.bury(whole.Replaces)
	l.publish() // before anybody has an answer: who just closed the room can purge it
	l.deliver(whole.Records)
	l.delivered = l.state.Position
	for _, d := range results {
		l.answer(d)
	}
	if l.state.Edition != before {
		l.settlePresence()
	}
	l.ring(whole.Items)
}

func (c Change) with(more Change) Change {
	c.Records = append(c.Records, more.Records...)
	c.Replaces = append(c.Replaces, more.Replaces...)
	c.Items = append(c.Items, more.Items...)
	c.Journal = append(c.Journal, more.Journal...)
	if more.PurgeAt != 0 {
		c.PurgeAt = more.PurgeAt
	}
	return c
}

func (l *loop) append(after int64, c Change) error {
	if c.Empty() {
		return nil
	}
	ctx, cancel := l.hub.storeContext()
	defer cancel()
	return l.hub.log.Append(ctx, l.session, after, l.epoch, c)
}

// undo drops the copy of the state after a failed commit, reads the log again, and answers each command by its id: what
// stands in the log was done after all.
func (l *loop) undo(results []decided, cause error) {
	var coded *protocol.Error
	known := errors.As(cause, &coded)
	if !known {
		l.hub.logger.Error("a commit failed; the log is read again", "room", l.room, "error", cause)
	}
	loadErr := l.load()
	for _, d := range results {
		switch {
		case d.err != nil: // refused before the commit
		case known:
			d.err = coded
		case loadErr != nil:
			d.err = protocol.Err(protocol.CodeUnknownOutcome)
		default:
			d.err = l.whatStands(d)
		}
		l.answer(d)
	}
}

// whatStands answers a command whose commit had an unknown outcome from the log itself.
func (l *loop) whatStands(d decided) error {
	var key string
	var id protocol.CommandID
	switch c := d.command.(type) {
	case Ask:
		key, id = c.Who.Key, c.Command.Head().ID
	case Judge:
		key, id = c.Who.Key, c.What.ID
	default:
		return protocol.Err(protocol.CodeUnavailable)
	}
	if p := l.state.who(key); p != nil {
		if a, ok := l.state.answers[askedBy{p.Place, id}]; ok {
			return &Answered{Ack: a.Ack}
		}
	}
	return protocol.Err(protocol.CodeUnavailable)
}

// ring tells the queue's sockets, after the commit.
func (l *loop) ring(ops []moderation.Op) {
	if l.hub.bell == nil {
		return
	}
	for _, op := range ops {
		switch op := op.(type) {
		case moderation.Raise:
			l.hub.bell.Ring(protocol.QueueHint{Lane: op.Lane, Item: op.Item})
		case moderation.Resolve:
			l.hub.bell.Ring(protocol.QueueHint{Item: op.Item, Version: op.Version + 1})
		case moderation.CloseItem:
			l.hub.bell.Ring(protocol.QueueHint{Item: op.Item})
		}
	}
}
