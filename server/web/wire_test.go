package web_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/protocol"
	"porchlight/server/servertest"
)

// wire is a socket without a WebSocket library: it can say what no library would.
type wire struct {
	net.Conn
	in *bufio.Reader
}

// handshake is the request that opens a socket, with more header lines if wanted.
func (e *evening) handshake(more ...string) string {
	key := make([]byte, 16)
	_, _ = rand.Read(key)
	lines := append([]string{
		"GET /ws HTTP/1.1", "Host: " + strings.TrimPrefix(e.URL, "http://"), "Origin: " + e.URL, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: " + protocol.Subprotocol, "Sec-WebSocket-Key: " + base64.StdEncoding.EncodeToString(key),
	}, more...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// raw connects and sends bytes.
func (e *evening) raw(t *testing.T, b string) *wire {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(e.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(servertest.Patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, b); err != nil {
		t.Fatal(err)
	}
	return &wire{Conn: conn, in: bufio.NewReader(conn)}
}

// wire opens a socket of a member who has said hello.
func (e *evening) wire(t *testing.T) *wire {
	t.Helper()
	w := e.raw(t, e.handshake())
	res, err := http.ReadResponse(w.in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %v, %v", res, err)
	}
	hello, err := protocol.Encode(protocol.Hello{Room: "evening", Secret: e.secret})
	if err != nil {
		t.Fatal(err)
	}
	w.send(t, frame(fin|text, hello))
	if f := w.text(t); !strings.HasPrefix(f, `{"type":"welcome"`) {
		t.Fatalf("the answer to hello begins with %.40q", f)
	}
	return w
}

// The first byte of a frame (RFC 6455 section 5.2): the final bit, the reserved ones, the opcode.
const (
	fin                = 0x80
	rsv1, rsv2, rsv3   = 0x40, 0x20, 0x10
	more, text, binry  = 0, 1, 2
	closing, ping      = 8, 9
	maskBit, extended2 = 0x80, 126
)

// frame is a frame as a client sends it, under a mask of zeros.
func frame(first byte, payload []byte) []byte {
	b := []byte{first, maskBit | byte(min(len(payload), extended2))}
	if len(payload) >= extended2 {
		b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

func (w *wire) send(t *testing.T, b []byte) {
	t.Helper()
	// The server may end the connection before it has read everything: what it says about that is what counts.
	if _, err := w.Write(b); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Logf("write: %v", err)
	}
}

// next reads one frame of the server's.
func (w *wire) next() (opcode byte, payload []byte, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(w.in, head); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1])
	if n == extended2 {
		long := make([]byte, 2)
		if _, err := io.ReadFull(w.in, long); err != nil {
			return 0, nil, err
		}
		n = uint64(binary.BigEndian.Uint16(long))
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(w.in, payload)
	return head[0] &^ fin, payload, err
}

func (w *wire) text(t *testing.T) string {
	t.Helper()
	for {
		opcode, payload, err := w.next()
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if opcode == text {
			return string(payload)
		}
	}
}

// ends reads until the server ends the connection and returns its close code; 1006 when it said none (RFC 6455 section 7.1.5).
func (w *wire) ends(t *testing.T) protocol.CloseCode {
	t.Helper()
	for {
		opcode, payload, err := w.next()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Fatal("the server did not end the connection")
		}
		if err != nil {
			return 1006
		}
		if opcode == closing && len(payload) >= 2 {
			return protocol.CloseCode(binary.BigEndian.Uint16(payload))
		}
	}
}

// The first frame together with the handshake, in one write, as a client in a hurry sends it: nothing may be dropped.
func TestTheFirstFrameTogetherWithTheHandshake(t *testing.T) {
	e := open(t)
	hello, err := protocol.Encode(protocol.Hello{Room: "evening", Secret: e.secret})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		w := e.raw(t, e.handshake()+string(frame(fin|text, hello)))
		res, err := http.ReadResponse(w.in, nil)
		if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("handshake: %v, %v", res, err)
		}
		if f := w.text(t); !strings.HasPrefix(f, `{"type":"welcome"`) {
			t.Fatalf("the answer begins with %.40q, want welcome", f)
		}
	}
}

func closeFrame(code uint16, reason string) []byte {
	return frame(fin|closing, append(binary.BigEndian.AppendUint16(nil, code), reason...))
}

// What no library sends, and what the server says to it. The numbers are those of the project's list of bad inputs. To a frame
// without a mask the library says no goodbye: it ends the connection, which RFC 6455 section 7.1.7 lets it do.
func TestBadFramesOnTheWire(t *testing.T) {
	e := open(t)
	beat := []byte(`{"type":"beat"}`)
	for name, c := range map[string]struct {
		sent []byte
		want protocol.CloseCode
	}{
		"1 a frame over the limit":            {frame(fin|text, bytes.Repeat([]byte(" "), protocol.MaxFrame+1)), protocol.CloseTooBig},
		"2 fragments that add up to too much": {bytes.Join([][]byte{frame(text, bytes.Repeat([]byte(" "), protocol.MaxFrame)), frame(fin|more, []byte("  "))}, nil), protocol.CloseTooBig},
		"3 ten thousand fragments":            {append(frame(text, []byte(" ")), bytes.Repeat(frame(more, []byte(" ")), 10_000)...), protocol.CloseTooBig},
		"4 invalid UTF-8":                     {frame(fin|text, []byte("{\"type\":\"beat\xff\"}")), protocol.CloseBadText},
		"6 an encoded surrogate":              {frame(fin|text, []byte("{\"type\":\"\xed\xa0\x80\"}")), protocol.CloseBadText},
		"6 an overlong slash":                 {frame(fin|text, []byte("{\"type\":\"\xc0\xaf\"}")), protocol.CloseBadText},
		"7 binary":                            {frame(fin|binry, beat), protocol.CloseBadData},
		"8 a reserved bit":                    {frame(fin|rsv2|text, beat), protocol.CloseBadProtocol},
		"8 another reserved bit":              {frame(fin|rsv3|text, beat), protocol.CloseBadProtocol},
		"8 a reserved opcode":                 {frame(fin|3, beat), protocol.CloseBadProtocol},
		"8 a reserved control opcode":         {frame(fin|11, nil), protocol.CloseBadProtocol},
		"9 not masked":                        {append([]byte{fin | text, byte(len(beat))}, beat...), 1006},
		"11 a long ping":                      {frame(fin|ping, bytes.Repeat([]byte("a"), 126)), protocol.CloseBadProtocol},
		"11 a ping in two parts":              {frame(ping, []byte("a")), protocol.CloseBadProtocol},
		"12 goodbye with 999":                 {closeFrame(999, ""), protocol.CloseBadProtocol},
		"12 goodbye with 1005":                {closeFrame(1005, ""), protocol.CloseBadProtocol},
		"12 goodbye with 5000":                {closeFrame(5000, ""), protocol.CloseBadProtocol},
		"12 goodbye of one byte":              {frame(fin|closing, []byte{3}), protocol.CloseBadProtocol},
		"15 compressed, which was not agreed": {frame(fin|rsv1|text, beat), protocol.CloseBadProtocol},
		"a continuation of nothing":           {frame(fin|more, beat), protocol.CloseBadProtocol},
		"a beginning inside a beginning":      {append(frame(text, []byte("{")), frame(fin|text, beat)...), protocol.CloseBadProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			w := e.wire(t)
			w.send(t, c.sent)
			if got := w.ends(t); got != c.want {
				t.Errorf("close code %d, want %d", got, c.want)
			}
		})
	}
	if w := e.wire(t); w == nil { // and the server serves on
		t.Error("no socket after bad ones")
	}
}

// 5: a character split between two frames is one character.
func TestACharacterInTwoFrames(t *testing.T) {
	e := open(t)
	w := e.wire(t)
	whole := []byte(`{"type":"é"}`)
	w.send(t, append(frame(text, whole[:10]), frame(fin|more, whole[10:])...))
	for {
		if f := w.text(t); strings.HasPrefix(f, `{"type":"failure"`) {
			if !strings.Contains(f, string(protocol.CodeUnknownType)) {
				t.Errorf("a whole character in two frames: %.120s, want an unknown type and nothing about UTF-8", f)
			}
			return
		}
	}
}

// 10: pings and heartbeats are welcome, but who sends a flood of them is cut off.
func TestAFloodOfPings(t *testing.T) {
	e := open(t)
	for name, one := range map[string][]byte{"pings": frame(fin|ping, []byte("hi")), "heartbeats": frame(fin|text, []byte(`{"type":"beat"}`))} {
		w := e.wire(t)
		w.send(t, bytes.Repeat(one, 500))
		if got := w.ends(t); got != protocol.ClosePolicy {
			t.Errorf("%s: close code %d, want %d", name, got, protocol.ClosePolicy)
		}
	}
}

// 13: a reason that is no text ends the connection. The library says the goodbye back to who sent it, and to nobody else.
func TestAGoodbyeThatIsNoText(t *testing.T) {
	e := open(t)
	w := e.wire(t)
	w.send(t, closeFrame(1000, "\xff\xfe"))
	if got := w.ends(t); got != protocol.CloseNormal {
		t.Errorf("close code %d, want %d", got, protocol.CloseNormal)
	}
}

// 14: compression is not agreed on, whoever offers it: sealed sizes would tell what is said.
func TestCompressionIsNotAgreedOn(t *testing.T) {
	e := open(t)
	w := e.raw(t, e.handshake("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"))
	res, err := http.ReadResponse(w.in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Errorf("handshake: %+v, %v, want 101 without extensions", res, err)
	}
}

// 16, 17, 18, 55, 57, 68: requests that are slow, ambiguous, oversized or odd.
func TestBadRequestsOnTheWire(t *testing.T) {
	e := open(t)
	host := "Host: " + strings.TrimPrefix(e.URL, "http://") + "\r\n"
	for name, c := range map[string]struct {
		sent string
		want string // the beginning of the answer; "" for an end without one
	}{
		"55 two lengths":             {"POST /join HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "HTTP/1.1 400"},
		"55 an unknown encoding":     {"POST /join HTTP/1.1\r\n" + host + "Transfer-Encoding: cow\r\n\r\n", "HTTP/1.1 501"},
		"57 TRACE":                   {"TRACE / HTTP/1.1\r\n" + host + "\r\n", "HTTP/1.1 403"},
		"57 PUT to a page":           {"PUT /join HTTP/1.1\r\n" + host + "Origin: " + e.URL + "\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405"},
		"57 an override":             {"GET /sign-out HTTP/1.1\r\n" + host + "X-HTTP-Method-Override: POST\r\n\r\n", "HTTP/1.1 405"},
		"68 a header of 64 KiB":      {"GET / HTTP/1.1\r\n" + host + "Cookie: a=" + strings.Repeat("b", 64<<10) + "\r\n\r\n", "HTTP/1.1 431"},
		"53 a line break in a value": {"GET / HTTP/1.1\r\n" + host + "X-A: b\rc\r\n\r\n", "HTTP/1.1 400"},
		"56 up out of the files":     {"GET /static/..%2f..%2fgo.mod HTTP/1.1\r\n" + host + "\r\n", "HTTP/1.1 404"},
		"56 a NUL in a path":         {"GET /static/%00 HTTP/1.1\r\n" + host + "\r\n", "HTTP/1.1 404"},
		"no host":                    {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
	} {
		t.Run(name, func(t *testing.T) {
			w := e.raw(t, c.sent)
			line, err := w.in.ReadString('\n')
			if err != nil || !strings.HasPrefix(line, c.want) {
				t.Errorf("the answer begins with %q, %v, want %q", line, err, c.want)
			}
		})
	}
}
