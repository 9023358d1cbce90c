package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// Centrifuge speaks the bidirectional JSON protocol of Centrifugal.
type Centrifuge struct{ Back int64 }

func (*Centrifuge) Path(*Conn) string   { return "/connection/websocket" }
func (*Centrifuge) Subprotocol() string { return "" }

func (*Centrifuge) Hello(*Conn) ([]byte, error) { return []byte(`{"id":1,"connect":{}}`), nil }

func (p *Centrifuge) Hear(c *Conn, frame []byte) ([]byte, bool, error) {
	switch {
	case bytes.Contains(frame, []byte(`"error":`)):
		return nil, false, fmt.Errorf("refused: %.200q", frame)
	case bytes.Contains(frame, []byte(`"connect":{`)):
		return fmt.Appendf(nil, `{"id":2,"subscribe":{"channel":"%s"}}`, Room(c.Room)), false, nil
	case bytes.Contains(frame, []byte(`"subscribe":{`)):
		return nil, true, nil
	}
	return nil, false, nil
}

func (*Centrifuge) Say(b []byte, c *Conn, text []byte) []byte {
	return fmt.Appendf(b, `{"id":7,"publish":{"channel":"%s","data":{"text":"%s"}}}`, Room(c.Room), text)
}

func (*Centrifuge) Beat(frame []byte) []byte {
	if bytes.Equal(bytes.TrimSpace(frame), []byte("{}")) {
		return []byte("{}")
	}
	return nil
}

func (*Centrifuge) Numbers(frame []byte, see func(int64)) {
	const offset = `"offset":`
	for rest := frame; ; {
		i := bytes.Index(rest, []byte(offset))
		if i < 0 {
			return
		}
		rest = rest[i+len(offset):]
		end := bytes.IndexAny(rest, ",}")
		if n, err := strconv.ParseInt(string(rest[:max(end, 0)]), 10, 64); err == nil {
			see(n)
		}
	}
}

// Hub speaks to the bare hub: the room is in the address, a text is a text.
type Hub struct{}

func (Hub) Path(c *Conn) string { return "/?room=" + strconv.Itoa(c.Room) }

func (Hub) Subprotocol() string { return "" }

func (Hub) Hello(*Conn) ([]byte, error) { return []byte(`{"text":"hello"}`), nil }

func (Hub) Hear(_ *Conn, frame []byte) ([]byte, bool, error) {
	if len(frame) == 0 {
		return nil, false, errors.New("an empty frame")
	}
	return nil, true, nil
}

func (Hub) Say(b []byte, _ *Conn, text []byte) []byte {
	return append(append(append(b, `{"text":"`...), text...), `"}`...)
}

func (Hub) Beat([]byte) []byte { return nil }

func (Hub) Numbers([]byte, func(int64)) {}
