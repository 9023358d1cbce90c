package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// MaxFrame is the largest data frame and the read limit, in bytes.
	MaxFrame = 4096
	// MaxText is the most a text may take, in bytes as encoded in JSON.
	MaxText = 3000
	// MaxNote bounds the note of a report or worry, in bytes as encoded in JSON.
	MaxNote = 1000
	// MaxTopic bounds a topic, in bytes.
	MaxTopic = 200
	// BeatSeconds is how long a side may be quiet before it sends Beat; after twice that and a bit it counts as gone.
	BeatSeconds = 25
	maxDepth    = 8
	maxMarks    = 64 // a facilitator reads an aside of each seat there may be, and three streams more
)

// frameSizes are the only sizes on the wire, so that a watcher of the line sees five lengths and no words.
var frameSizes = []int{256, 512, 1024, 2048, MaxFrame}

// typed puts the frame's name beside its fields.
type typed[T any] struct {
	Type string `json:"type"`
	Body T      `json:",inline"`
}

// shape knows how to read and write one frame type under its name.
type shape struct {
	name   string
	decode func([]byte) (any, error)
	encode func(any) ([]byte, error)
}

func shapeOf[T any](name string) shape {
	return shape{
		name: name,
		decode: func(b []byte) (any, error) {
			var v typed[T]
			if err := json.Unmarshal(b, &v, json.RejectUnknownMembers(true)); err != nil {
				return nil, err
			}
			return v.Body, nil
		},
		encode: func(v any) ([]byte, error) { return json.Marshal(typed[T]{Type: name, Body: v.(T)}) },
	}
}

var clientShapes = map[reflect.Type]shape{
	reflect.TypeFor[Hello]():     shapeOf[Hello]("hello"),
	reflect.TypeFor[Beat]():      shapeOf[Beat]("beat"),
	reflect.TypeFor[Enter]():     shapeOf[Enter]("enter"),
	reflect.TypeFor[Leave]():     shapeOf[Leave]("leave"),
	reflect.TypeFor[Listen]():    shapeOf[Listen]("listen"),
	reflect.TypeFor[Say]():       shapeOf[Say]("say"),
	reflect.TypeFor[Withdraw]():  shapeOf[Withdraw]("withdraw"),
	reflect.TypeFor[Report]():    shapeOf[Report]("report"),
	reflect.TypeFor[Worry]():     shapeOf[Worry]("worry"),
	reflect.TypeFor[Aside]():     shapeOf[Aside]("aside"),
	reflect.TypeFor[Got]():       shapeOf[Got]("got"),
	reflect.TypeFor[MovePhase](): shapeOf[MovePhase]("phase"),
	reflect.TypeFor[Pause]():     shapeOf[Pause]("pause"),
	reflect.TypeFor[Resume]():    shapeOf[Resume]("resume"),
	reflect.TypeFor[Mute]():      shapeOf[Mute]("mute"),
	reflect.TypeFor[Remove]():    shapeOf[Remove]("remove"),
	reflect.TypeFor[Close]():     shapeOf[Close]("close"),
}

var serverShapes = map[reflect.Type]shape{
	reflect.TypeFor[Beat]():        shapeOf[Beat]("beat"),
	reflect.TypeFor[Welcome]():     shapeOf[Welcome]("welcome"),
	reflect.TypeFor[StateFrame]():  shapeOf[StateFrame]("state"),
	reflect.TypeFor[RecordFrame](): shapeOf[RecordFrame]("record"),
	reflect.TypeFor[Ack]():         shapeOf[Ack]("ack"),
	reflect.TypeFor[Nudge]():       shapeOf[Nudge]("nudge"),
	reflect.TypeFor[Failure]():     shapeOf[Failure]("failure"),
	reflect.TypeFor[QueueHint]():   shapeOf[QueueHint]("queue"),
}

func byName(shapes map[reflect.Type]shape) map[string]shape {
	named := make(map[string]shape, len(shapes))
	for _, s := range shapes {
		named[s.name] = s
	}
	return named
}

var (
	clientByName = byName(clientShapes)
	serverByName = byName(serverShapes)
)

// Encode writes a frame of either side as JSON padded with spaces to the next frame size.
// A frame over MaxFrame is an error with CodeTooBig.
func Encode(frame any) ([]byte, error) {
	s, ok := serverShapes[reflect.TypeOf(frame)]
	if !ok {
		s, ok = clientShapes[reflect.TypeOf(frame)]
	}
	if !ok {
		return nil, fmt.Errorf("encode %T: %w", frame, Err(CodeUnknownType))
	}
	b, err := s.encode(frame)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", s.name, err)
	}
	return pad(b)
}

func pad(b []byte) ([]byte, error) {
	for _, size := range frameSizes {
		if len(b) <= size {
			n := len(b)
			b = slices.Grow(b, size-n)[:size]
			for i := n; i < size; i++ {
				b[i] = ' '
			}
			return b, nil
		}
	}
	return nil, fmt.Errorf("encode %d bytes: %w", len(b), Err(CodeTooBig))
}

// DecodeClient reads what a client sent: Hello, Beat or a Command. It is strict: unknown and duplicate fields, other
// case, trailing bytes but padding, depth, invalid UTF-8 and values out of range are errors with a code.
// When the frame had a readable id, the id is returned beside the error, so that the refusal can name it.
func DecodeClient(b []byte) (ClientFrame, CommandID, error) {
	v, err := decode(b, clientByName)
	if err != nil {
		return nil, peekID(b), err
	}
	frame := v.(ClientFrame)
	if err := check(frame); err != nil {
		return nil, peekID(b), err
	}
	return frame, "", nil
}

// DecodeServer reads what a server sent, as strictly.
func DecodeServer(b []byte) (ServerFrame, error) {
	v, err := decode(b, serverByName)
	if err != nil {
		return nil, err
	}
	return v.(ServerFrame), nil
}

func decode(b []byte, shapes map[string]shape) (any, error) {
	if len(b) > MaxFrame {
		return nil, ErrCause(CodeTooBig, fmt.Errorf("frame of %d bytes", len(b)))
	}
	if !utf8.Valid(b) {
		return nil, ErrCause(CodeMalformed, errors.New("not UTF-8"))
	}
	b = bytes.TrimRight(b, " ")
	if len(b) == 0 || b[0] != '{' || b[len(b)-1] != '}' {
		return nil, ErrCause(CodeMalformed, errors.New("not one object"))
	}
	if depth(b) > maxDepth {
		return nil, ErrCause(CodeMalformed, errors.New("too deep"))
	}
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, ErrCause(CodeMalformed, err)
	}
	s, ok := shapes[head.Type]
	if !ok {
		return nil, Err(CodeUnknownType)
	}
	v, err := s.decode(b)
	if err != nil {
		return nil, ErrCause(codeOfJSON(err), err)
	}
	return v, nil
}

// DecodePayload reads the body of a record.
func DecodePayload(kind Kind, body []byte) (Payload, error) {
	read, ok := payloads[kind]
	if !ok {
		return nil, ErrCause(CodeUnknownType, fmt.Errorf("record kind %q", kind))
	}
	p, err := read(body)
	if err != nil {
		return nil, ErrCause(codeOfJSON(err), fmt.Errorf("record %s: %w", kind, err))
	}
	return p, nil
}

// EncodePayload writes the body of a record, without padding.
func EncodePayload(p Payload) (jsontext.Value, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode record %s: %w", p.Kind(), err)
	}
	return b, nil
}

func payloadOf[T Payload](m map[Kind]func([]byte) (Payload, error)) {
	var zero T
	m[zero.Kind()] = func(b []byte) (Payload, error) {
		var v T
		err := json.Unmarshal(b, &v, json.RejectUnknownMembers(true))
		return v, err
	}
}

var payloads = func() map[Kind]func([]byte) (Payload, error) {
	m := map[Kind]func([]byte) (Payload, error){}
	payloadOf[Doors](m)
	payloadOf[Entered](m)
	payloadOf[Left](m)
	payloadOf[Listening](m)
	payloadOf[Said](m)
	payloadOf[Gone](m)
	payloadOf[Tombstone](m)
	payloadOf[PhaseMoved](m)
	payloadOf[Paused](m)
	payloadOf[Coverage](m)
	payloadOf[Reminder](m)
	payloadOf[Closed](m)
	payloadOf[Held](m)
	payloadOf[Back](m)
	payloadOf[Posted](m)
	payloadOf[Care](m)
	payloadOf[Muted](m)
	payloadOf[Hidden](m)
	payloadOf[AsideSaid](m)
	payloadOf[Flagged](m)
	payloadOf[Settled](m)
	payloadOf[Seated](m)
	payloadOf[Present](m)
	payloadOf[Away](m)
	payloadOf[Done](m)
	return m
}()

func codeOfJSON(err error) Code {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return CodeUnknownField
	case errors.As(err, &syntax):
		return CodeMalformed
	default:
		return CodeInvalid
	}
}

// depth counts how deep brackets nest outside strings, so that a bomb is refused before it is parsed.
func depth(b []byte) int {
	deepest, now, inString := 0, 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

// peekID finds the id of a frame that was refused, if it can be read at all.
func peekID(b []byte) CommandID {
	var head struct {
		ID CommandID `json:"id"`
	}
	if len(b) > MaxFrame || depth(b) > maxDepth {
		return ""
	}
	if err := json.Unmarshal(bytes.TrimRight(b, " "), &head); err != nil || !head.ID.Valid() {
		return ""
	}
	return head.ID
}
