package room

import (
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/go-json-experiment/json"

	"porchlight/moderation"
	"porchlight/protocol"
)

// draft builds a Change: it numbers positions and streams as Apply will find them.
type draft struct {
	s      *State
	now    int64
	change Change
	last   map[protocol.Stream]int64 // numbers given in this draft
	by     protocol.Place
	id     protocol.CommandID
	sum    string
	asked  bool // an answer is still owed
	err    error
}

func newDraft(s *State, now int64) *draft {
	return &draft{s: s, now: now, last: map[protocol.Stream]int64{}}
}

// answers makes the draft answer a command: the next record that carries a status does.
func (d *draft) answers(by protocol.Place, id protocol.CommandID, sum string) {
	d.by, d.id, d.sum, d.asked = by, id, sum, true
}

func (d *draft) position() int64 { return d.s.Position + int64(len(d.change.Records)) }

func (d *draft) next(st protocol.Stream) int64 {
	n, ok := d.last[st]
	if !ok {
		n = d.s.last[st]
	}
	return n + 1
}

// add appends a record for a stream and returns its number there and its position.
func (d *draft) add(st protocol.Stream, p protocol.Payload) (n, position int64) {
	return d.put(st, p, "")
}

// addAnswer is add for the record that answers the command.
func (d *draft) addAnswer(st protocol.Stream, p protocol.Payload, status protocol.AckStatus) (n, position int64) {
	return d.put(st, p, status)
}

func (d *draft) put(st protocol.Stream, p protocol.Payload, status protocol.AckStatus) (n, position int64) {
	body, err := protocol.EncodePayload(p)
	if err != nil {
		d.err = err
		return 0, 0
	}
	e := entry{At: d.now, Body: body}
	if st != protocol.StreamNobody {
		e.N = d.next(st)
		d.last[st] = e.N
	}
	if status != "" && d.asked {
		e.By, e.ID, e.Sum, e.Status, d.asked = d.by, d.id, d.sum, status, false
	}
	payload, err := e.seal()
	if err != nil {
		d.err = err
		return 0, 0
	}
	d.change.Records = append(d.change.Records, Record{
		Position: d.position() + 1, Stream: st, Kind: p.Kind(), Payload: payload, written: &written{entry: e, body: p},
	})
	return e.N, d.position()
}

// replace puts tombstones where the words stood. They keep number, author, command id and time, and no word.
func (d *draft) replace(t protocol.Tombstone, spots []spot) {
	body, err := protocol.EncodePayload(t)
	if err != nil {
		d.err = err
		return
	}
	for _, at := range spots {
		e := at.Head
		e.Body = body
		payload, err := e.seal()
		if err != nil {
			d.err = err
			return
		}
		d.change.Replaces = append(d.change.Replaces, Replace{Position: at.Position, Kind: protocol.KindTombstone, Payload: payload})
	}
}

func (d *draft) raise(r moderation.Raise) protocol.ItemID {
	r.Session, r.Room, r.At = d.s.Session, d.s.Doors.Room, d.now
	r.Item = moderation.ItemIDFor(r.Session, r.Target, r.Lane)
	if who := d.s.people[r.Place]; who != nil && who.Role == protocol.RoleFacilitator {
		r.Person = who.Key
	}
	d.change.Items = append(d.change.Items, r)
	d.add(protocol.StreamFacilitators, protocol.Flagged{Item: r.Item, Lane: r.Lane, Why: r.Why, Place: r.Place, N: r.N})
	return r.Item
}

func (d *draft) journal(e moderation.Entry) {
	if e.Room == "" {
		e.Room = d.s.Doors.Room
	}
	e.Day = time.Unix(d.now, 0).UTC().Format(time.DateOnly)
	d.change.Journal = append(d.change.Journal, e)
}

// done finishes the draft; an answer still owed becomes a record for nobody, so that a retry is answered after a restart.
func (d *draft) done() (Change, error) {
	if d.asked && !d.change.Empty() {
		d.addAnswer(protocol.StreamNobody, protocol.Done{Place: d.by}, protocol.AckDone)
	}
	if d.err != nil {
		return Change{}, d.err
	}
	return d.change, nil
}

// digest tells whether an id is used again for something else. It is dropped with the words it was made of.
func digest(c any) string {
	b, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return base64.RawStdEncoding.EncodeToString(sum[:9])
}
