package load

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
)

// Porchlight speaks porchlight.v1: a member says hello with a device's secret, enters, and says things with ids of their own.
type Porchlight struct {
	// Ticket buys a ticket for the leader of a room.
	Ticket func(room int) (string, error)
	// Back is how many messages a client that comes back asks for again.
	Back int64

	commands atomic.Int64
}

// Room is the name of a bench room.
func Room(n int) string { return "bench-" + strconv.Itoa(n) }

// Secret is the device secret of a seat in a bench room.
func Secret(room, slot int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "bench seat %d in room %d", slot, room))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (*Porchlight) Path(*Conn) string   { return "/ws" }
func (*Porchlight) Subprotocol() string { return "porchlight.v1" }

func (p *Porchlight) Hello(c *Conn) ([]byte, error) {
	h := map[string]any{"type": "hello", "room": Room(c.Room)}
	if c.Slot == 0 {
		ticket, err := p.Ticket(c.Room)
		if err != nil {
			return nil, err
		}
		h["ticket"] = ticket
	} else {
		h["secret"] = Secret(c.Room, c.Slot)
	}
	if c.Again {
		c.Last = max(c.Last-p.Back, c.Floor) // not before they came
		h["session"] = c.Session
		h["marks"] = []map[string]any{{"stream": "room", "n": c.Last}}
	}
	return json.Marshal(h)
}

func (p *Porchlight) Hear(c *Conn, frame []byte) ([]byte, bool, error) {
	var f struct {
		Type      string
		Session   string
		Agreement string
		Entered   bool
		Code      string
		Phase     string
		Streams   []struct {
			Stream string
			Floor  int64
		}
	}
	if err := json.Unmarshal(frame, &f); err != nil {
		return nil, false, err
	}
	switch f.Type {
	case "welcome":
		c.Session = f.Session
		if !f.Entered {
			id := strconv.FormatInt(p.commands.Add(1), 10)
			answer, err := json.Marshal(map[string]any{"type": "enter", "id": id, "session": f.Session, "agreed": f.Agreement, "adult": true})
			return answer, false, err
		}
		for _, s := range f.Streams {
			if s.Stream == "room" && !c.Again {
				c.Floor, c.Last = s.Floor, max(s.Floor, c.Last)
			}
		}
	case "state":
		return p.seated(c, f.Phase, bytes.Contains(frame, []byte(`"people"`)))
	case "record":
		p.Numbers(frame, func(n int64) { c.Last = n })
	case "ack":
		return nil, c.Slot == 0 && c.moved, nil
	case "failure":
		return nil, false, errors.New("refused with " + f.Code)
	}
	return nil, false, nil
}

// seated is reached with the state of the room. A leader lets everybody talk first.
func (p *Porchlight) seated(c *Conn, phase string, inside bool) ([]byte, bool, error) {
	if !inside || c.Slot != 0 || phase == "open" {
		return nil, inside, nil
	}
	c.moved = true
	id := strconv.FormatInt(p.commands.Add(1), 10)
	answer, err := json.Marshal(map[string]any{"type": "phase", "id": id, "session": c.Session, "from": phase, "to": "open"})
	return answer, false, err
}

func (p *Porchlight) Say(b []byte, c *Conn, text []byte) []byte {
	b = append(b, `{"type":"say","id":"`...)
	b = append(b, text[1:1+stampLen]...) // the stamp is the command's id as well: its answer is timed by it
	b = append(b, `","session":"`...)
	b = append(b, c.Session...)
	b = append(b, `","text":"`...)
	b = append(b, text...)
	return append(b, `"}`...)
}

func (*Porchlight) Beat(frame []byte) []byte {
	if bytes.HasPrefix(frame, []byte(`{"type":"beat"`)) {
		return []byte(`{"type":"beat"}`)
	}
	return nil
}

func (*Porchlight) Numbers(frame []byte, see func(int64)) {
	const room = `{"type":"record","stream":"room","n":`
	rest, ok := bytes.CutPrefix(frame, []byte(room))
	if !ok {
		return
	}
	end := bytes.IndexByte(rest, ',')
	if n, err := strconv.ParseInt(string(rest[:max(end, 0)]), 10, 64); err == nil {
		see(n)
	}
}
