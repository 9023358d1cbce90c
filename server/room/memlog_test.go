package room_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/room"
)

// memLog keeps sessions in memory, for tests under simulated time: waiting for a file is not waiting that synctest sees.
type memLog struct {
	mu       sync.Mutex
	meetings map[protocol.SessionID]*room.Meeting
	records  map[protocol.SessionID][]room.Record
	items    map[protocol.ItemID]*memItem
	journal  []moderation.Entry
	purged   []protocol.SessionID
	fail     error // of the next append, which commits nothing
	lose     error // of the next append, which commits: only its answer is lost
}

// breakNext lets the next append fail before or after its commit; nil lets it be.
func (l *memLog) breakNext(fail, lose error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail, l.lose = fail, lose
}

type memItem struct {
	raise    moderation.Raise
	flags    int
	version  int64
	resolved bool
	outcome  protocol.Outcome
	closed   bool
}

func newMemLog() *memLog {
	return &memLog{
		meetings: map[protocol.SessionID]*room.Meeting{},
		records:  map[protocol.SessionID][]room.Record{},
		items:    map[protocol.ItemID]*memItem{},
	}
}

func (l *memLog) Read(_ context.Context, s protocol.SessionID, after int64) ([]room.Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.meetings[s] == nil {
		return nil, errors.New("no such session")
	}
	return slices.Clone(l.records[s][after:]), nil
}

func (l *memLog) Append(_ context.Context, s protocol.SessionID, after, epoch int64, c room.Change) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.fail; err != nil {
		l.fail = nil
		return err
	}
	m := l.meetings[s]
	if m == nil || m.Epoch != epoch || int64(len(l.records[s])) != after {
		return room.ErrConflict
	}
	for _, op := range c.Items {
		if r, ok := op.(moderation.Resolve); ok {
			item := l.items[r.Item]
			if item == nil || item.resolved || item.version != r.Version || r.Lease != "lease" {
				return protocol.Err(protocol.CodeStale)
			}
			item.resolved, item.outcome = true, r.Outcome
			item.version++
		}
	}
	for _, op := range c.Items {
		switch op := op.(type) {
		case moderation.Raise:
			item := l.items[op.Item]
			if item == nil {
				item = &memItem{raise: op}
				l.items[op.Item] = item
			}
			item.flags++
			item.version++
			item.resolved = false
		case moderation.CloseItem:
			if item := l.items[op.Item]; item != nil && !item.resolved {
				item.closed, item.resolved = true, true
			}
		}
	}
	for _, r := range c.Records { // what is read later comes from the payload alone
		l.records[s] = append(l.records[s], room.Record{Position: r.Position, Stream: r.Stream, Kind: r.Kind, Payload: r.Payload})
	}
	for _, r := range c.Replaces {
		l.records[s][r.Position-1].Kind = r.Kind
		l.records[s][r.Position-1].Payload = r.Payload
	}
	l.journal = append(l.journal, c.Journal...)
	if c.PurgeAt != 0 {
		m.PurgeAt = c.PurgeAt
	}
	err := l.lose
	l.lose = nil
	return err
}

func (l *memLog) Begin(_ context.Context, r protocol.RoomID, s protocol.SessionID) (room.Meeting, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.meetings {
		if m.Room == r && m.PurgeAt == 0 {
			return room.Meeting{}, protocol.Err(protocol.CodeAlreadyOpen)
		}
	}
	m := &room.Meeting{Session: s, Room: r, Epoch: 1}
	l.meetings[s] = m
	return *m, nil
}

func (l *memLog) Unpurged(context.Context) ([]room.Meeting, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []room.Meeting
	for _, m := range l.meetings {
		all = append(all, *m)
	}
	return all, nil
}

func (l *memLog) Purge(_ context.Context, s protocol.SessionID, e moderation.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.meetings, s)
	delete(l.records, s)
	l.purged = append(l.purged, s)
	l.journal = append(l.journal, e)
	return nil
}

func (l *memLog) Situate(_ context.Context, id protocol.ItemID) (room.Situation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	item := l.items[id]
	if item == nil {
		return room.Situation{}, protocol.Err(protocol.CodeNotFound)
	}
	r := item.raise
	return room.Situation{
		Item: id, Session: r.Session, Room: r.Room, Lane: r.Lane, Target: r.Target, Purged: slices.Contains(l.purged, r.Session),
	}, nil
}

func (l *memLog) Settle(_ context.Context, r moderation.Resolve, _ moderation.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items[r.Item].resolved, l.items[r.Item].outcome = true, r.Outcome
	return nil
}

// item finds the one item of a lane.
func (l *memLog) item(lane protocol.Lane) (protocol.ItemID, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, item := range l.items {
		if item.raise.Lane == lane && !item.resolved {
			return id, item.version
		}
	}
	return "", 0
}
