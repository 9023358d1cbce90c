package peer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// hub is a bare fan-out over coder/websocket: framed once, written together, and nothing else. No sessions, no store, no rules:
// a bound for what the same library can do, not a rival.
type hub struct {
	mu    sync.Mutex
	rooms map[string]*hubRoom
}

type hubRoom struct {
	mu      sync.Mutex
	members map[*hubMember]struct{}
}

type hubMember struct {
	conn net.Conn

	mu     sync.Mutex
	queue  [][]byte
	bytes  int
	awake  bool
	closed bool
}

const hubQueue = 256 << 10

func newHub() http.Handler { return &hub{rooms: map[string]*hubRoom{}} }

func (h *hub) room(name string) *hubRoom {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[name] == nil {
		h.rooms[name] = &hubRoom{members: map[*hubMember]struct{}{}}
	}
	return h.rooms[name]
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	taken := &takenOver{ResponseWriter: w}
	ws, err := websocket.Accept(taken, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return
	}
	if err := taken.conn.SetDeadline(time.Time{}); err != nil {
		return
	}
	ws.SetReadLimit(4096)
	room, m := h.room(r.URL.Query().Get("room")), &hubMember{conn: taken.conn}
	room.mu.Lock()
	room.members[m] = struct{}{}
	room.mu.Unlock()
	go func() {
		defer func() {
			room.mu.Lock()
			delete(room.members, m)
			room.mu.Unlock()
			_ = ws.CloseNow()
		}()
		for first := true; ; first = false {
			_, b, err := ws.Read(context.Background())
			if err != nil {
				return
			}
			frame := hubFrame(b)
			if first {
				m.offer(frame) // the hello comes back to its sender alone
				continue
			}
			room.mu.Lock()
			for each := range room.members {
				each.offer(frame)
			}
			room.mu.Unlock()
		}
	}()
}

func hubFrame(payload []byte) []byte {
	head := []byte{0x81, byte(len(payload))}
	if len(payload) > 125 {
		head = binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(len(payload))) //nolint:gosec // bounded by the read limit
	}
	return append(head, payload...)
}

func (m *hubMember) offer(frame []byte) {
	m.mu.Lock()
	if m.closed || m.bytes+len(frame) > hubQueue {
		m.closed = true
		m.mu.Unlock()
		_ = m.conn.Close()
		return
	}
	m.queue, m.bytes = append(m.queue, frame), m.bytes+len(frame)
	wake := !m.awake
	m.awake = true
	m.mu.Unlock()
	if wake {
		go m.flush()
	}
}

func (m *hubMember) flush() {
	var batch []byte
	for {
		m.mu.Lock()
		if len(m.queue) == 0 {
			m.awake = false
			m.mu.Unlock()
			return
		}
		out := m.queue[0]
		if len(m.queue) > 1 {
			batch = batch[:0]
			for _, f := range m.queue {
				batch = append(batch, f...)
			}
			out = batch
		}
		clear(m.queue)
		m.queue, m.bytes = m.queue[:0], 0
		m.mu.Unlock()
		if err := m.conn.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return
		}
		if _, err := m.conn.Write(out); err != nil {
			return
		}
	}
}

// takenOver keeps the connection and gives it a small reader; early bytes stay buffered in it, or Accept would drop them.
type takenOver struct {
	http.ResponseWriter
	conn net.Conn
}

func (t *takenOver) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.conn = conn
	n := rw.Reader.Buffered()
	early, err := rw.Reader.Peek(n)
	if err != nil {
		return nil, nil, err
	}
	r := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn), max(512, n))
	if _, err := r.Peek(n); err != nil {
		return nil, nil, err
	}
	return conn, bufio.NewReadWriter(r, bufio.NewWriterSize(conn, 512)), nil
}
