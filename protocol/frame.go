package protocol

import "github.com/go-json-experiment/json/jsontext"

// ServerFrame is anything a server sends.
type ServerFrame interface{ serverFrame() }

// Welcome answers Hello: who you are and where each of your streams stands.
type Welcome struct {
	Room    RoomID    `json:"room"`
	Session SessionID `json:"session"`
	Role    Role      `json:"role"`
	Handle  Handle    `json:"handle"`
	// Place is 0 until the first Enter of this session.
	Place Place `json:"place,omitzero"`
	// Entered is true while the place is taken: no agreement is asked for again after a lost connection.
	Entered bool `json:"entered,omitzero"`
	// Streams lists what this person reads, each with its floor and last number.
	Streams []StreamMark `json:"streams,omitzero"`
	// Agreement is the version Enter must carry.
	Agreement string `json:"agreement"`
	// BeatSeconds is how long either side may be quiet.
	BeatSeconds int `json:"beat_seconds"`
}

// StreamMark says where a stream stands: records Floor+1 to Last can be had.
type StreamMark struct {
	Stream Stream `json:"stream"`
	Floor  int64  `json:"floor"`
	Last   int64  `json:"last"`
}

// StateFrame is the room as of the last numbers in Welcome. Records up to those are drawn, not applied.
type StateFrame struct {
	Session   SessionID `json:"session"`
	Room      RoomID    `json:"room"`
	Name      string    `json:"name"`
	RoomKind  RoomKind  `json:"room_kind"`
	Phase     Phase     `json:"phase"`
	Topic     string    `json:"topic,omitzero"`
	Paused    bool      `json:"paused,omitzero"`
	Covered   bool      `json:"covered"`
	Closed    bool      `json:"closed,omitzero"`
	PurgeAt   int64     `json:"purge_at,omitzero"` // Unix seconds; 0 while the session is open
	PurgeMins int       `json:"purge_minutes"`
	People    []Person  `json:"people,omitzero"`
	// MutedUntil is when the reader may post again (Unix seconds); 0 is now.
	MutedUntil int64 `json:"muted_until,omitzero"`
	// Care lists the reader's own care states.
	Care []Care `json:"care,omitzero"`
}

// Person is somebody with a place, as the room knows them.
type Person struct {
	Place     Place  `json:"place"`
	Handle    Handle `json:"handle"`
	Role      Role   `json:"role"`
	Listening bool   `json:"listening,omitzero"`
	// Here is false once they left. Whether they have a connection is nobody's business.
	Here bool `json:"here"`
}

// RecordFrame carries one record. Body is the payload of its kind.
type RecordFrame struct {
	Stream Stream         `json:"stream"`
	N      int64          `json:"n"`
	At     int64          `json:"at"` // Unix seconds
	Kind   Kind           `json:"kind"`
	Body   jsontext.Value `json:"body"`
}

// Ack says that a command is committed. Posted and held name what became of words.
type Ack struct {
	ID     CommandID `json:"id"`
	Status AckStatus `json:"status"`
	// N is the message's number in the room when Status is posted.
	N int64 `json:"n,omitzero"`
}

// AckStatus is what became of a command.
type AckStatus string

// Done for everything but words; posted and held for words.
const (
	AckDone   AckStatus = "done"
	AckPosted AckStatus = "posted"
	AckHeld   AckStatus = "held"
)

// Nudge asks for a second look before words are sent: nothing was posted or kept. Say with Anyway sends them.
type Nudge struct {
	ID       CommandID `json:"id"`
	Findings []Finding `json:"findings"`
}

// Finding is a part of a text that made screening look twice. Start and End are byte offsets.
type Finding struct {
	Reason Reason `json:"reason"`
	// What is a finer name of it: phone, email, handle, link, address, name, workplace …
	What  string `json:"what,omitzero"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// Failure says that a command was not done, and why. Without an id it is about a frame that had none.
type Failure struct {
	ID   CommandID `json:"id,omitzero"`
	Code Code      `json:"code"`
	// Until is when trying again makes sense (Unix seconds); 0 is not known.
	Until int64 `json:"until,omitzero"`
}

// QueueHint tells the queue's socket that something in a lane changed; the rest is fetched over HTTP. Unnumbered.
type QueueHint struct {
	Lane    Lane   `json:"lane"`
	Item    ItemID `json:"item"`
	Version int64  `json:"version"`
}

func (Welcome) serverFrame()     {}
func (StateFrame) serverFrame()  {}
func (RecordFrame) serverFrame() {}
func (Ack) serverFrame()         {}
func (Nudge) serverFrame()       {}
func (Failure) serverFrame()     {}
func (QueueHint) serverFrame()   {}
