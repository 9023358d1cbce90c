package protocol_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"porchlight/protocol"
)

const session = "k3x7m2q5v4w6y2a3b4c5d6e7f2"

// head is the beginning of every command in these tests.
const head = `"id":"a1","session":"` + session + `"`

// Every kind of bad frame is refused with its own code, and named by its id where it has one.
func TestBadFrames(t *testing.T) {
	secret := strings.Repeat("s", 43)
	for _, c := range []struct {
		name, frame string
		want        protocol.Code
		id          protocol.CommandID
	}{
		{"nothing", ``, protocol.CodeMalformed, ""},
		{"only padding", strings.Repeat(" ", 256), protocol.CodeMalformed, ""},
		{"no object", `[]`, protocol.CodeMalformed, ""},
		{"null", `null`, protocol.CodeMalformed, ""},
		{"half an object", `{"type":"beat"`, protocol.CodeMalformed, ""},
		{"two objects", `{"type":"beat"}{"type":"beat"}`, protocol.CodeMalformed, ""},
		{"something behind it", `{"type":"beat"} x}`, protocol.CodeMalformed, ""},
		{"a newline as padding", "{\"type\":\"beat\"}\n", protocol.CodeMalformed, ""},
		{"a tab as padding", "{\"type\":\"beat\"}\t", protocol.CodeMalformed, ""},
		{"space in front", ` {"type":"beat"}`, protocol.CodeMalformed, ""},
		{"a byte order mark", "\ufeff" + `{"type":"beat"}`, protocol.CodeMalformed, ""},
		{"a comment", `{"type":"beat"/**/}`, protocol.CodeMalformed, ""},
		{"a trailing comma", `{"type":"beat",}`, protocol.CodeMalformed, ""},
		{"single quotes", `{'type':'beat'}`, protocol.CodeMalformed, ""},
		{"invalid UTF-8", "{\"type\":\"say\"," + head + ",\"text\":\"\xff\"}", protocol.CodeMalformed, ""},
		{"half a surrogate", `{"type":"say",` + head + `,"text":"\ud800"}`, protocol.CodeMalformed, ""},
		{"a name twice", `{"type":"say",` + head + `,"text":"a","text":"b"}`, protocol.CodeMalformed, ""},
		{"type twice", `{"type":"beat","type":"beat"}`, protocol.CodeMalformed, ""},
		{"too deep", `{"type":"say",` + head + `,"text":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, protocol.CodeMalformed, ""},
		{"too big", `{"type":"say",` + head + `,"text":"` + strings.Repeat("a", 4096) + `"}`, protocol.CodeTooBig, ""},
		{"no type", `{}`, protocol.CodeUnknownType, ""},
		{"an unknown type", `{"type":"shout"}`, protocol.CodeUnknownType, ""},
		{"a type in another case", `{"type":"Beat"}`, protocol.CodeUnknownType, ""},
		{"a frame of the server", `{"type":"ack","id":"a1","status":"done"}`, protocol.CodeUnknownType, "a1"},
		{"an unknown field", `{"type":"say",` + head + `,"text":"a","to":1}`, protocol.CodeUnknownField, "a1"},
		{"a field in another case", `{"type":"say",` + head + `,"Text":"a"}`, protocol.CodeUnknownField, "a1"},
		{"a field of another frame", `{"type":"leave",` + head + `,"text":"a"}`, protocol.CodeUnknownField, "a1"},
		{"another JSON type", `{"type":"say",` + head + `,"text":5}`, protocol.CodeInvalid, "a1"},
		{"a number with a fraction", `{"type":"withdraw",` + head + `,"n":1.5}`, protocol.CodeInvalid, "a1"},
		{"a number too large", `{"type":"withdraw",` + head + `,"n":9223372036854775808}`, protocol.CodeInvalid, "a1"},
		{"no id", `{"type":"leave","session":"` + session + `"}`, protocol.CodeInvalid, ""},
		{"an id too long", `{"type":"leave","id":"` + strings.Repeat("a", 37) + `","session":"` + session + `"}`, protocol.CodeInvalid, ""},
		{"an id with spaces", `{"type":"leave","id":"a 1","session":"` + session + `"}`, protocol.CodeInvalid, ""},
		{"no session", `{"type":"leave","id":"a1"}`, protocol.CodeInvalid, "a1"},
		{"a made-up session", `{"type":"leave","id":"a1","session":"../../etc/passwd"}`, protocol.CodeInvalid, "a1"},
		{"no words", `{"type":"say",` + head + `,"text":""}`, protocol.CodeEmpty, "a1"},
		{"only space", `{"type":"say",` + head + `,"text":" \n\t "}`, protocol.CodeEmpty, "a1"},
		{"only what cannot be seen", `{"type":"say",` + head + `,"text":"\u200b\u202e\u2066"}`, protocol.CodeEmpty, "a1"},
		{"too many words", `{"type":"say",` + head + `,"text":"` + strings.Repeat("a", 3001) + `"}`, protocol.CodeTooLong, "a1"},
		{"too many words once encoded", `{"type":"say",` + head + `,"text":"` + strings.Repeat(`\u0001`, 600) + `"}`, protocol.CodeEmpty, "a1"},
		{"a note too long", `{"type":"report",` + head + `,"n":1,"note":"` + strings.Repeat("a", 1001) + `"}`, protocol.CodeTooLong, "a1"},
		{"a report of nothing", `{"type":"report",` + head + `,"n":0}`, protocol.CodeInvalid, "a1"},
		{"withdraw nothing", `{"type":"withdraw",` + head + `}`, protocol.CodeInvalid, "a1"},
		{"withdraw both", `{"type":"withdraw",` + head + `,"n":1,"hold":"s1"}`, protocol.CodeInvalid, "a1"},
		{"an unknown phase", `{"type":"phase",` + head + `,"from":"arrive","to":"party"}`, protocol.CodeInvalid, "a1"},
		{"mute for hours", `{"type":"mute",` + head + `,"place":1,"minutes":61}`, protocol.CodeInvalid, "a1"},
		{"mute nobody", `{"type":"mute",` + head + `,"place":0,"minutes":5}`, protocol.CodeInvalid, "a1"},
		{"remove nobody", `{"type":"remove",` + head + `,"place":-1}`, protocol.CodeInvalid, "a1"},
		{"no item", `{"type":"got",` + head + `,"item":"1"}`, protocol.CodeInvalid, "a1"},
		{"hello without a secret", `{"type":"hello","room":"evening"}`, protocol.CodeInvalid, ""},
		{"hello with both", `{"type":"hello","room":"evening","secret":"` + secret + `","ticket":"` + secret + `"}`, protocol.CodeInvalid, ""},
		{"hello with half a secret", `{"type":"hello","room":"evening","secret":"short"}`, protocol.CodeRefused, ""},
		{"hello to no room", `{"type":"hello","room":"../evening","secret":"` + secret + `"}`, protocol.CodeInvalid, ""},
		{"a mark of nobody's stream", `{"type":"hello","room":"evening","secret":"` + secret + `","marks":[{"stream":"nobody","n":1}]}`, protocol.CodeInvalid, ""},
		{"a mark below nothing", `{"type":"hello","room":"evening","secret":"` + secret + `","marks":[{"stream":"room","n":-1}]}`, protocol.CodeInvalid, ""},
		{"too many marks", `{"type":"hello","room":"evening","secret":"` + secret + `","marks":[` + strings.TrimSuffix(strings.Repeat(`{"stream":"room","n":1},`, 65), ",") + `]}`, protocol.CodeInvalid, ""},
	} {
		frame, id, err := protocol.DecodeClient([]byte(c.frame))
		if frame != nil || protocol.CodeOf(err) != c.want || id != c.id {
			t.Errorf("%s: DecodeClient = %+v, %q, %v; want %s with id %q", c.name, frame, id, err, c.want, c.id)
		}
	}
}

// Frames go out in five sizes and come back as they were.
func TestSizes(t *testing.T) {
	for _, c := range []struct{ letters, want int }{{1, 256}, {200, 512}, {700, 1024}, {1900, 2048}, {2900, 4096}, {3000, 4096}} {
		say := protocol.Say{CommandHead: protocol.CommandHead{ID: "a1", Session: session}, Text: strings.Repeat("a", c.letters)}
		b, err := protocol.Encode(say)
		if err != nil || len(b) != c.want {
			t.Errorf("Encode of %d letters = %d bytes, %v; want %d", c.letters, len(b), err, c.want)
		}
		if got, _, err := protocol.DecodeClient(b); err != nil || got != protocol.ClientFrame(say) {
			t.Errorf("decode of %d letters = %v, want what was encoded", c.letters, err)
		}
	}
	if _, err := protocol.Encode(protocol.AsideSaid{}); err == nil {
		t.Error("Encode of a record's body = nil, want an error: it is no frame")
	}
	if _, err := protocol.Encode(protocol.Say{Text: strings.Repeat("\u0001", 3000)}); protocol.CodeOf(err) != protocol.CodeTooBig {
		t.Errorf("Encode of a frame that is too big = %v, want %s", err, protocol.CodeTooBig)
	}
}

// Every text that passes the limit fits a frame in every record that carries it, folded and held and answered.
func TestLongestTextFits(t *testing.T) {
	text := strings.Repeat(`"`, protocol.MaxText/2) // each takes two bytes
	if n := protocol.EncodedLen(text); n != protocol.MaxText {
		t.Fatalf("EncodedLen = %d, want %d", n, protocol.MaxText)
	}
	id := protocol.CommandID(strings.Repeat("i", 36))
	item := protocol.ItemID(session)
	for _, p := range []protocol.Payload{
		protocol.Said{Place: 50, ID: id, Text: text, ReplyTo: 1 << 40, Folded: protocol.ReasonIdentifying},
		protocol.Held{Place: 50, ID: id, Text: text, ReplyTo: 1 << 40, Why: protocol.ReasonIdentifying, Folded: protocol.ReasonIdentifying, Item: item},
		protocol.Back{Place: 50, ID: id, Why: protocol.ReasonIdentifying, Text: text},
		protocol.AsideSaid{Place: 50, ID: id, Text: text},
	} {
		body, err := protocol.EncodePayload(p)
		if err != nil {
			t.Fatal(err)
		}
		b, err := protocol.Encode(protocol.RecordFrame{Stream: "aside/50", N: 1 << 40, At: 1 << 40, Kind: p.Kind(), Body: body})
		if err != nil || len(b) != protocol.MaxFrame {
			t.Errorf("a %s record with the longest text takes %d bytes (%v), want %d", p.Kind(), len(b), err, protocol.MaxFrame)
		}
	}
}

// A room of fifty seats and as many names still fits one state frame.
func TestFullestState(t *testing.T) {
	state := protocol.StateFrame{
		Session: session, Room: protocol.RoomID(strings.Repeat("r", 32)), Name: strings.Repeat("é", 40), RoomKind: protocol.KindRelapsePrevention,
		Phase: protocol.PhaseAftercare, Topic: strings.Repeat("t", protocol.MaxTopic), PurgeMins: 1440,
	}
	for p := 1; p <= 20; p++ {
		state.People = append(state.People, protocol.Person{
			Place: protocol.Place(p), Handle: "Unhurried Kingfisher", Role: protocol.RoleFacilitator, Listening: true, Here: true,
		})
	}
	if b, err := protocol.Encode(state); err != nil {
		t.Errorf("Encode of a state with %d people = %d bytes, %v", len(state.People), len(b), err)
	}
}

// Records are decoded as strictly as frames.
func TestBadRecords(t *testing.T) {
	for _, c := range []struct {
		kind protocol.Kind
		body string
		want protocol.Code
	}{
		{"nonsense", `{}`, protocol.CodeUnknownType},
		{protocol.KindGone, `{"n":1,"why":"author","who":3}`, protocol.CodeUnknownField},
		{protocol.KindGone, `{"N":1,"why":"author"}`, protocol.CodeUnknownField},
		{protocol.KindGone, `{"n":"1","why":"author"}`, protocol.CodeInvalid},
		{protocol.KindGone, `{"n":1,"n":2}`, protocol.CodeMalformed},
		{protocol.KindGone, `{"n":1`, protocol.CodeMalformed},
	} {
		if p, err := protocol.DecodePayload(c.kind, []byte(c.body)); protocol.CodeOf(err) != c.want || err == nil {
			t.Errorf("DecodePayload(%s, %s) = %+v, %v; want %s", c.kind, c.body, p, err, c.want)
		}
	}
}

// Errors keep their code through wrapping, and two of the same code are the same to errors.Is.
func TestErrors(t *testing.T) {
	err := error(&protocol.Error{Code: protocol.CodeMuted, Until: 7, Cause: errors.New("inside")})
	wrapped := errors.Join(errors.New("outside"), err)
	if protocol.CodeOf(wrapped) != protocol.CodeMuted || protocol.UntilOf(wrapped) != 7 || !errors.Is(wrapped, protocol.Err(protocol.CodeMuted)) {
		t.Errorf("code %s until %d, want muted until 7", protocol.CodeOf(wrapped), protocol.UntilOf(wrapped))
	}
	if errors.Is(wrapped, protocol.Err(protocol.CodeFull)) {
		t.Error("muted is full, want them apart")
	}
	if got := protocol.CodeOf(errors.New("a disk")); got != protocol.CodeUnavailable {
		t.Errorf("CodeOf an error of ours = %s, want %s", got, protocol.CodeUnavailable)
	}
}

// What the decoder takes, it encodes to something it takes as the same; what it refuses has a code. It never panics.
func FuzzDecodeClient(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, id, err := protocol.DecodeClient(b)
		if err != nil {
			var coded *protocol.Error
			if frame != nil || !errors.As(err, &coded) || (id != "" && !id.Valid()) {
				t.Fatalf("DecodeClient(%q) = %v, %q, %v; want no frame, a valid id and a code", b, frame, id, err)
			}
			return
		}
		again, err := protocol.Encode(frame)
		if protocol.CodeOf(err) == protocol.CodeTooBig && err != nil {
			return // escapes may need more room than the sender took
		}
		if err != nil {
			t.Fatalf("Encode(%+v) = %v", frame, err)
		}
		once, _, err := protocol.DecodeClient(again)
		if err != nil {
			t.Fatalf("DecodeClient of its own encoding %q = %v", again, err)
		}
		if twice, err := protocol.Encode(once); err != nil || !bytes.Equal(again, twice) {
			t.Fatalf("%q encodes as %q and then as %q", b, again, twice)
		}
	})
}

// The client's decoder is no less careful.
func FuzzDecodeServer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := protocol.DecodeServer(b)
		if (frame == nil) == (err == nil) {
			t.Fatalf("DecodeServer(%q) = %v, %v; want one of them", b, frame, err)
		}
		if r, ok := frame.(protocol.RecordFrame); ok {
			if p, err := protocol.DecodePayload(r.Kind, r.Body); err == nil && p.Kind() != r.Kind {
				t.Fatalf("a body of %s for kind %s", p.Kind(), r.Kind)
			}
		}
	})
}

// Cleaning a text twice changes nothing, and leaves nothing behind that turns the line around.
func FuzzCleanText(f *testing.F) {
	for _, s := range []string{"", "hello", "a\n\n\n\nb", "\u202eevil", "z̸̡̢̛̗̘̙", "\U000e0041", "👩‍👧", "a\tb\r\nc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := protocol.CleanText(s)
		if twice := protocol.CleanText(once); twice != once {
			t.Fatalf("CleanText(%q) = %q and then %q", s, once, twice)
		}
		if strings.ContainsAny(once, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\r\x00") {
			t.Fatalf("CleanText(%q) = %q", s, once)
		}
	})
}

func seeds(f *testing.F) {
	f.Helper()
	for _, name := range append(protocol.ClientFrames(), protocol.ServerFrames()...) {
		f.Add([]byte(`{"type":"` + name + `",` + head + `}`))
	}
	f.Add([]byte(`{"type":"say",` + head + `,"text":"hello","reply_to":3}   `))
	f.Add([]byte(`{"type":"record","stream":"room","n":1,"at":2,"kind":"gone","body":{"n":1,"why":"author"}}`))
	f.Add([]byte(`{"type":"\u0062eat"}`))
}
