package room

import (
	"fmt"
	"sync"

	"porchlight/protocol"
)

// ringSize is how many encoded frames of each stream are kept, so that a storm of returning clients decrypts nothing.
const ringSize = 256

// ring keeps the newest encoded frames of one stream, by number.
type ring struct {
	first  int64 // number of frames[0]
	frames [][]byte
}

func (r *ring) put(n int64, frame []byte) {
	if i := n - r.first; len(r.frames) > 0 && i >= 0 && i < int64(len(r.frames)) {
		r.frames[i] = frame // a tombstone takes the place of words
		return
	}
	if len(r.frames) == 0 {
		r.first = n
	} else if n != r.first+int64(len(r.frames)) {
		return // older than what is kept
	}
	r.frames = append(r.frames, frame)
	if len(r.frames) > ringSize {
		r.frames = append(r.frames[:0:0], r.frames[ringSize/4:]...)
		r.first += ringSize / 4
	}
}

func (r *ring) get(n int64) []byte {
	if r == nil || n < r.first || n >= r.first+int64(len(r.frames)) {
		return nil
	}
	return r.frames[n-r.first]
}

func (l *loop) ringOf(s protocol.Stream) *ring {
	r := l.rings[s]
	if r == nil {
		r = &ring{}
		l.rings[s] = r
	}
	return r
}

// deliver sends committed records to those who may see them: encoded once per record, the slice shared.
func (l *loop) deliver(records []Record) {
	for _, r := range records {
		if r.Stream == protocol.StreamNobody {
			continue
		}
		e, _, err := openEntry(r)
		if err != nil {
			l.hub.logger.Error("a committed record cannot be read", "room", l.room, "kind", r.Kind)
			continue
		}
		frame, err := l.encode(e.frame(r))
		if err != nil {
			l.hub.logger.Error("a committed record does not fit a frame", "room", l.room, "kind", r.Kind)
			continue
		}
		l.ringOf(r.Stream).put(e.N, frame)
		l.at[protocol.Ref{Stream: r.Stream, N: e.N}] = r.Position
		for m := range l.members {
			if m.live && r.Stream.Reads(m.place, m.who.Role) {
				m.out.Offer(frame)
			}
		}
	}
}

// bury puts tombstones into the rings, so that no resume sends words that were taken away.
func (l *loop) bury(replaces []Replace) {
	for _, rep := range replaces {
		e, _, err := openEntry(Record{Position: rep.Position, Kind: rep.Kind, Payload: rep.Payload})
		if err != nil {
			continue
		}
		for stream, r := range l.rings {
			if !l.stands(stream, e.N, rep.Position) {
				continue
			}
			frame, err := l.encode(e.frame(Record{Stream: stream, Kind: rep.Kind}))
			if err != nil {
				l.hub.logger.Error("a tombstone does not fit a frame", "room", l.room)
				continue
			}
			r.put(e.N, frame)
		}
	}
}

// stands reports whether position is where number n of the stream stands in the log.
func (l *loop) stands(stream protocol.Stream, n, position int64) bool {
	return l.at[protocol.Ref{Stream: stream, N: n}] == position
}

func (l *loop) encode(frame any) ([]byte, error) {
	b, err := protocol.Encode(frame)
	if err != nil {
		return nil, err
	}
	if l.hub.frame != nil {
		return l.hub.frame(b), nil
	}
	return b, nil
}

// send encodes a frame for one member only.
func (l *loop) send(m *Member, frame any) {
	b, err := l.encode(frame)
	if err != nil {
		l.hub.logger.Error("a frame cannot be encoded", "room", l.room, "frame", fmt.Sprintf("%T", frame))
		m.out.End(protocol.CloseSlow)
		return
	}
	m.out.Offer(b)
}

// greet sends who you are, the room as it is, and what was missed since the marks of the hello. From then on the member
// is live: whoever has no place, or has left, reads nothing of the room but that it is there.
func (l *loop) greet(m *Member) error {
	w := protocol.Welcome{
		Room: l.state.Doors.Room, Session: l.session, Role: m.who.Role, Handle: m.who.Handle,
		Agreement: l.state.Doors.Agreement, BeatSeconds: protocol.BeatSeconds,
	}
	p := l.state.who(m.who.Key)
	if p == nil || !p.Here {
		l.send(m, w)
		l.send(m, l.state.frameFor(nil))
		return nil
	}
	m.live, m.place = true, p.Place
	w.Place, w.Entered, w.Streams = p.Place, true, l.state.streams(p)
	l.send(m, w)
	l.send(m, l.state.frameFor(p))
	return l.resume(m, w.Streams)
}

// resume sends the records between a client's marks and the last numbers, stream by stream.
func (l *loop) resume(m *Member, streams []protocol.StreamMark) error {
	stored := sync.OnceValues(l.reread)
	for _, s := range streams {
		for n := l.markOf(m, s) + 1; n <= s.Last; n++ {
			frame := l.rings[s.Stream].get(n)
			if frame == nil {
				old, err := stored()
				if err != nil {
					return err
				}
				if frame = old[protocol.Ref{Stream: s.Stream, N: n}]; frame == nil {
					return fmt.Errorf("record %s#%d: %w", s.Stream, n, protocol.Err(protocol.CodeUnavailable))
				}
			}
			m.out.Offer(frame)
		}
	}
	return nil
}

// markOf is the last number a client has seen on a stream: never below the floor, and only of this session.
func (l *loop) markOf(m *Member, s protocol.StreamMark) int64 {
	from := s.Floor
	if m.hello.Session != l.session {
		return from
	}
	for _, mark := range m.hello.Marks {
		if mark.Stream == s.Stream {
			from = max(from, mark.N)
		}
	}
	return from
}

// reread encodes the whole log, for who was away longer than the rings reach, and fills the rings with its end: after a
// restart everybody comes at once, and the first of them reads for all.
func (l *loop) reread() (map[protocol.Ref][]byte, error) {
	ctx, cancel := l.hub.storeContext()
	defer cancel()
	records, err := l.hub.log.Read(ctx, l.session, 0)
	if err != nil {
		return nil, fmt.Errorf("read log for a resume: %w", err)
	}
	all := make(map[protocol.Ref][]byte, len(records))
	rings := map[protocol.Stream]*ring{}
	for _, r := range records {
		if r.Stream == protocol.StreamNobody {
			continue
		}
		e, _, err := openEntry(r)
		if err != nil {
			return nil, err
		}
		frame, err := l.encode(e.frame(r))
		if err != nil {
			return nil, err
		}
		all[protocol.Ref{Stream: r.Stream, N: e.N}] = frame
		if rings[r.Stream] == nil {
			rings[r.Stream] = &ring{}
		}
		rings[r.Stream].put(e.N, frame)
	}
	l.rings = rings
	return all, nil
}
