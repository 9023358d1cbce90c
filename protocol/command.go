package protocol

// ClientFrame is anything a client sends: Hello, Beat or a Command.
type ClientFrame interface{ clientFrame() }

// Command is a frame that asks the room to do something. It is answered by exactly one Ack, Nudge or Failure with its id.
type Command interface {
	ClientFrame
	Head() CommandHead
}

// CommandHead stands in every command.
type CommandHead struct {
	// ID is chosen by the client, unique for its place in this session.
	ID CommandID `json:"id"`
	// Session is the session the command is meant for; another one refuses it, and the words go back to the draft.
	Session SessionID `json:"session"`
}

// Head returns the head itself, so that every command has it.
func (h CommandHead) Head() CommandHead { return h }

func (CommandHead) clientFrame() {}

// Hello is the first frame of a socket. Exactly one of Secret and Ticket is set.
type Hello struct {
	Room RoomID `json:"room"`
	// Secret is the device secret of a member (43 characters, base64url of 256 bits).
	Secret string `json:"secret,omitzero"`
	// Ticket is a single-use right to open one socket, bought over HTTP with a cookie; it lives 30 s.
	Ticket string `json:"ticket,omitzero"`
	// Session and Marks resume: the last number seen on each stream of that session.
	Session SessionID `json:"session,omitzero"`
	Marks   []Ref     `json:"marks,omitzero"`
}

func (Hello) clientFrame() {}

// Beat is the heartbeat of both sides: sent by whoever was quiet for [BeatSeconds].
type Beat struct{}

func (Beat) clientFrame() {}
func (Beat) serverFrame() {}

// Enter asks for a place in the session, the agreement accepted.
type Enter struct {
	CommandHead
	// Agreed is the version of the agreement the person read and accepted tonight.
	Agreed string `json:"agreed"`
	// Adult says that the person is 18 or over. It is checked and not stored.
	Adult bool `json:"adult"`
	// Listening enters as a listener: equal standing, nothing expected.
	Listening bool `json:"listening,omitzero"`
}

// Leave gives up the place for now; entering again is always possible.
type Leave struct{ CommandHead }

// Listen changes between listening and talking.
type Listen struct {
	CommandHead
	Listening bool `json:"listening"`
}

// Say posts words to the room.
type Say struct {
	CommandHead
	// Text is 1 to [MaxText] bytes as encoded in JSON.
	Text string `json:"text"`
	// ReplyTo is a number in the room stream; 0 is no reply.
	ReplyTo int64 `json:"reply_to,omitzero"`
	// Anyway repeats words that got a Nudge: the person has looked and wants to send them as they are.
	Anyway bool `json:"anyway,omitzero"`
}

// Withdraw takes the person's own words back: a message in the room, or a hold by the id of the Say that made it.
type Withdraw struct {
	CommandHead
	// N is the message's number in the room stream; 0 when Hold is set.
	N int64 `json:"n,omitzero"`
	// Hold is the command id of the held message; empty when N is set.
	Hold CommandID `json:"hold,omitzero"`
}

// Report says that a message breaks our agreement. Facilitators read it; nobody learns who sent it.
type Report struct {
	CommandHead
	N    int64  `json:"n"`
	Note string `json:"note,omitzero"`
}

// Worry says that the sender is worried about the author of a message. It is never weighed by who sends it.
type Worry struct {
	CommandHead
	N    int64  `json:"n"`
	Note string `json:"note,omitzero"`
}

// Aside says words between one member and the facilitators.
type Aside struct {
	CommandHead
	// To is the member's place when a facilitator speaks, and the sender's own place or 0 when a member does.
	To   Place  `json:"to,omitzero"`
	Text string `json:"text"`
}

// Got confirms that a facilitator's client has shown the flag of an item; the author then reads "told".
type Got struct {
	CommandHead
	Item ItemID `json:"item"`
}

// MovePhase moves the session to a phase. From guards against two facilitators moving at once.
type MovePhase struct {
	CommandHead
	From Phase `json:"from"`
	To   Phase `json:"to"`
	// Topic is said when the topic phase begins; at most 200 bytes.
	Topic string `json:"topic,omitzero"`
}

// Pause stops members' posting for a quiet minute.
type Pause struct{ CommandHead }

// Resume ends the pause; the phase goes on.
type Resume struct{ CommandHead }

// Mute stops one member's posting for 1 to 60 minutes.
type Mute struct {
	CommandHead
	Place   Place `json:"place"`
	Minutes int   `json:"minutes"`
}

// Remove asks one member to step out for tonight.
type Remove struct {
	CommandHead
	Place Place `json:"place"`
}

// Close ends the session. Words still held go back to their authors.
type Close struct{ CommandHead }
