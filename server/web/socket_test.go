package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"porchlight/client"
	"porchlight/protocol"
	"porchlight/server/servertest"
)

// evening is a server with an open room, its facilitator in it, and a member's device secret.
type evening struct {
	*servertest.Server
	lead   *servertest.Facilitator
	secret string
}

func open(t *testing.T) *evening {
	t.Helper()
	s := servertest.New(t)
	room := s.Room(t, "evening")
	lead := s.Facilitator(t, "Juniper")
	lead.Open(t, room).Enter(t)
	seat, err := s.Web(t).Join(t.Context(), s.Slips(t, room, 1)[0], servertest.Words("one"))
	if err != nil {
		t.Fatal(err)
	}
	return &evening{Server: s, lead: lead, secret: seat.Secret}
}

// dial opens a socket as a browser does. origin "" sends none.
func (e *evening) dial(t *testing.T, path, origin string, subprotocols ...string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	ws, res, err := websocket.Dial(t.Context(), e.URL+path, &websocket.DialOptions{HTTPHeader: header, Subprotocols: subprotocols})
	if res != nil && res.Body != nil {
		_ = res.Body.Close()
	}
	if err == nil {
		t.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, res, err
}

// connect opens a room's socket and says hello.
func (e *evening) connect(t *testing.T, hello protocol.Hello) *websocket.Conn {
	t.Helper()
	ws, _, err := e.dial(t, "/ws", e.URL, protocol.Subprotocol)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	send(t, ws, hello)
	return ws
}

func send(t *testing.T, ws *websocket.Conn, frame any) {
	t.Helper()
	b, err := protocol.Encode(frame)
	if err != nil {
		t.Fatal(err)
	}
	if err := ws.Write(t.Context(), websocket.MessageText, b); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// until reads frames until one fits or the socket ends, whose close code it returns.
func until(t *testing.T, ws *websocket.Conn, fits func(protocol.ServerFrame) bool) (protocol.ServerFrame, protocol.CloseCode) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	for {
		_, b, err := ws.Read(ctx)
		if err != nil {
			return nil, protocol.CloseCode(websocket.CloseStatus(err))
		}
		f, err := protocol.DecodeServer(b)
		if err != nil {
			t.Fatalf("a frame nobody can read: %v\n%s", err, b)
		}
		if size := len(b); size != 256 && size != 512 && size != 1024 && size != 2048 && size != 4096 {
			t.Errorf("a frame of %d bytes: %T", size, f)
		}
		if fits(f) {
			return f, 0
		}
	}
}

func never(protocol.ServerFrame) bool { return false }

func welcome(f protocol.ServerFrame) bool { _, ok := f.(protocol.Welcome); return ok }

func TestHandshakesThatAreRefused(t *testing.T) {
	e := open(t)
	for name, c := range map[string]struct {
		origin string
		want   int
	}{
		"a foreign origin": {"https://elsewhere.example", http.StatusForbidden},
		"no origin":        {"", http.StatusForbidden},
		"null origin":      {"null", http.StatusForbidden},
	} {
		for _, path := range []string{"/ws", "/ws/queue"} {
			_, res, err := e.dial(t, path, c.origin, protocol.Subprotocol)
			if err == nil || res == nil || res.StatusCode != c.want {
				t.Errorf("%s on %s: %v, %v, want status %d", name, path, res, err, c.want)
			}
		}
	}
	ws, _, err := e.dial(t, "/ws", e.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, code := until(t, ws, never); code != protocol.CloseBadProtocol {
		t.Errorf("without our subprotocol the socket ends with %d", code)
	}
}

func TestHellosThatLeadNowhere(t *testing.T) {
	e := open(t)
	strange := strings.Repeat("A", 43)
	e.Room(t, "closed")
	ticket, err := e.lead.Web.Ticket("evening")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	until(t, e.connect(t, protocol.Hello{Room: "evening", Ticket: ticket}), welcome) // uses it up
	foreign, err := e.lead.Web.Ticket("closed")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	late, err := e.lead.Web.Ticket("evening")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		hello protocol.Hello
		want  protocol.CloseCode
	}{
		"an unknown secret":         {protocol.Hello{Room: "evening", Secret: strange}, protocol.CloseRefused},
		"a secret of another room":  {protocol.Hello{Room: "closed", Secret: e.secret}, protocol.CloseRefused},
		"a made-up ticket":          {protocol.Hello{Room: "evening", Ticket: strange}, protocol.CloseRefused},
		"a used ticket":             {protocol.Hello{Room: "evening", Ticket: ticket}, protocol.CloseRefused},
		"a ticket of another room":  {protocol.Hello{Room: "evening", Ticket: foreign}, protocol.CloseRefused},
		"a room that is not open":   {protocol.Hello{Room: "nowhere", Secret: e.secret}, protocol.CloseRefused},
		"a malformed secret":        {protocol.Hello{Room: "evening", Secret: "short"}, protocol.CloseRefused},
		"neither secret nor ticket": {protocol.Hello{Room: "evening"}, protocol.ClosePolicy},
	} {
		if _, code := until(t, e.connect(t, c.hello), welcome); code != c.want {
			t.Errorf("%s: close code %d, want %d", name, code, c.want)
		}
	}
	e.Clock.Advance(31 * time.Second)
	if _, code := until(t, e.connect(t, protocol.Hello{Room: "evening", Ticket: late}), welcome); code != protocol.CloseRefused {
		t.Errorf("an expired ticket: close code %d", code)
	}
	ws, _, err := e.dial(t, "/ws", e.URL, protocol.Subprotocol)
	if err != nil {
		t.Fatal(err)
	}
	send(t, ws, protocol.Beat{})
	if _, code := until(t, ws, welcome); code != protocol.ClosePolicy {
		t.Errorf("something else than hello first: close code %d", code)
	}
}

func TestBadFrames(t *testing.T) {
	e := open(t)
	hello := protocol.Hello{Room: "evening", Secret: e.secret}
	for name, c := range map[string]struct {
		kind websocket.MessageType
		b    []byte
		want protocol.CloseCode
	}{
		"binary":    {websocket.MessageBinary, []byte(`{"type":"beat"}`), protocol.CloseBadData},
		"not UTF-8": {websocket.MessageText, []byte("{\"type\":\"beat\xff\"}"), protocol.CloseBadText},
		"oversized": {websocket.MessageText, []byte(strings.Repeat(" ", protocol.MaxFrame+1)), protocol.CloseTooBig},
	} {
		ws := e.connect(t, hello)
		until(t, ws, welcome)
		if err := ws.Write(t.Context(), c.kind, c.b); err != nil {
			t.Fatal(err)
		}
		if _, code := until(t, ws, never); code != c.want {
			t.Errorf("%s: close code %d, want %d", name, code, c.want)
		}
	}
	ws := e.connect(t, hello)
	until(t, ws, welcome)
	for i, text := range []string{"", "x", "[]", `{"type":"nope"}`, `{"type":"beat"}{}`, `{"type":"say","id":"a","id":"b"}`, `{"TYPE":"beat"}`, `{"type":"enter","id":"a1"}`, "\ufeff{}"} {
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
		f, code := until(t, ws, func(f protocol.ServerFrame) bool { _, ok := f.(protocol.Failure); return ok })
		if code != 0 || f.(protocol.Failure).Code == "" || f.(protocol.Failure).Code == protocol.CodeUnavailable {
			t.Errorf("bad frame %d: %+v, close code %d, want a refusal with a code and the socket open", i, f, code)
		}
	}
	if err := ws.Write(t.Context(), websocket.MessageText, []byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, code := until(t, ws, never); code != protocol.ClosePolicy {
		t.Errorf("the tenth bad frame: close code %d, want %d", code, protocol.ClosePolicy)
	}
}

func TestAFloodIsSlowedNotLost(t *testing.T) {
	e := open(t)
	ws := e.connect(t, protocol.Hello{Room: "evening", Secret: e.secret})
	f, _ := until(t, ws, welcome)
	session := f.(protocol.Welcome).Session
	for i := range 40 {
		send(t, ws, protocol.Leave{CommandHead: protocol.CommandHead{ID: protocol.CommandID(fmt.Sprintf("c%d", i)), Session: session}})
	}
	f, code := until(t, ws, func(f protocol.ServerFrame) bool {
		fail, ok := f.(protocol.Failure)
		return ok && fail.Code == protocol.CodeTooMany
	})
	if code != 0 || f.(protocol.Failure).Until == 0 || f.(protocol.Failure).ID == "" {
		t.Errorf("a flood: %+v, close code %d, want too_many with its id and a time", f, code)
	}
}

func TestTheQueueRingsForFacilitatorsOnly(t *testing.T) {
	e := open(t)
	var ticket struct {
		Ticket string `json:"ticket"`
	}
	if err := e.lead.Web.Call(t.Context(), "POST", "/api/queue/ticket", nil, &ticket); err != nil {
		t.Fatal(err)
	}
	listen := func(hello protocol.Hello) *websocket.Conn {
		ws, _, err := e.dial(t, "/ws/queue", e.URL, protocol.Subprotocol)
		if err != nil {
			t.Fatal(err)
		}
		send(t, ws, hello)
		return ws
	}
	if _, code := until(t, listen(protocol.Hello{Room: "queue", Secret: e.secret}), welcome); code != protocol.CloseRefused {
		t.Errorf("a member listens to the queue: close code %d", code)
	}
	ws := listen(protocol.Hello{Room: "queue", Ticket: ticket.Ticket})
	if _, code := until(t, ws, welcome); code != 0 {
		t.Fatalf("a facilitator cannot listen: close code %d", code)
	}
	m := client.New(client.Config{URL: e.URL, Room: "evening", Secret: e.secret})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	go func() {
		for range m.Events() { // a client must be read
			continue
		}
	}()
	if err := m.Enter(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Do(ctx, func(h protocol.CommandHead) protocol.Command {
		return protocol.Aside{CommandHead: h, Text: "I want to die"}
	}); err != nil {
		t.Fatal(err)
	}
	f, code := until(t, ws, func(f protocol.ServerFrame) bool { _, ok := f.(protocol.QueueHint); return ok })
	if code != 0 || f.(protocol.QueueHint).Lane != protocol.LaneCare {
		t.Errorf("the bell rang %+v, close code %d, want the care lane", f, code)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the client ended with %v", err)
	}
}
