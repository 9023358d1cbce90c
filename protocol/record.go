package protocol

// Kind names what a record says; each kind has one payload type below.
type Kind string

// Payload is what a record says. One type per kind.
type Payload interface{ Kind() Kind }

// The kinds, grouped by who may see them.
const (
	// room
	KindDoors     Kind = "doors"
	KindEntered   Kind = "entered"
	KindLeft      Kind = "left"
	KindListening Kind = "listening"
	KindSaid      Kind = "said"
	KindGone      Kind = "gone"
	KindTombstone Kind = "tombstone"
	KindPhase     Kind = "phase"
	KindPaused    Kind = "paused"
	KindCoverage  Kind = "coverage"
	KindReminder  Kind = "reminder" // also place
	KindClosed    Kind = "closed"
	// one place
	KindHeld   Kind = "held" // also facilitators
	KindBack   Kind = "back"
	KindPosted Kind = "posted" // also facilitators
	KindCare   Kind = "care"
	KindMuted  Kind = "muted" // also facilitators
	KindHidden Kind = "hidden"
	// aside
	KindAside Kind = "aside"
	// facilitators
	KindFlagged Kind = "flagged"
	KindSettled Kind = "settled"
	// nobody
	KindSeated  Kind = "seated"
	KindPresent Kind = "present"
	KindAway    Kind = "away"
	KindDone    Kind = "done"
)

// Doors is the first record of a session: the room as it meets tonight.
type Doors struct {
	Room      RoomID   `json:"room"`
	Name      string   `json:"name"`
	RoomKind  RoomKind `json:"room_kind"`
	Capacity  int      `json:"capacity"`
	Agreement string   `json:"agreement"` // version
	// PurgeMinutes is how long after the close the session's text is destroyed.
	PurgeMinutes int `json:"purge_minutes"`
	// CoverageMinutes is how long the room waits without a facilitator before it closes gently.
	CoverageMinutes int `json:"coverage_minutes"`
}

// Entered says that a person has a place. It is repeated when somebody who left comes back.
type Entered struct {
	Place     Place  `json:"place"`
	Handle    Handle `json:"handle"`
	Role      Role   `json:"role"`
	Listening bool   `json:"listening,omitzero"`
}

// Left says that a place is empty now. Why is empty (they left), "away" (ten minutes without a connection) or "facilitator".
type Left struct {
	Place Place  `json:"place"`
	Why   Reason `json:"why,omitzero"`
}

// Listening says that a place changed between listening and talking.
type Listening struct {
	Place     Place `json:"place"`
	Listening bool  `json:"listening"`
}

// Said is a message in the room.
type Said struct {
	Place   Place     `json:"place"`
	ID      CommandID `json:"id"`
	Text    string    `json:"text"`
	ReplyTo int64     `json:"reply_to,omitzero"`
	// Folded is why clients fold the words until the reader opens them; empty shows them.
	Folded Reason `json:"folded,omitzero"`
}

// Gone says that an earlier message of this stream has been taken away; clients drop its words.
type Gone struct {
	N   int64  `json:"n"`
	Why Reason `json:"why"` // author or facilitator
}

// Tombstone stands where a message stood: replays and resumes send it instead.
type Tombstone struct {
	Place   Place     `json:"place"`
	ID      CommandID `json:"id"`
	ReplyTo int64     `json:"reply_to,omitzero"`
	Why     Reason    `json:"why"`
}

// PhaseMoved says which part of the evening has begun.
type PhaseMoved struct {
	Phase Phase  `json:"phase"`
	Topic string `json:"topic,omitzero"`
}

// Paused says that posting waits, or goes on.
type Paused struct {
	Paused bool `json:"paused"`
}

// Coverage says that the room has no facilitator just now, or has one again. While uncovered, everything said is held.
type Coverage struct {
	Covered bool `json:"covered"`
}

// Reminder asks clients to show a sentence about confidentiality.
type Reminder struct {
	About ReminderAbout `json:"about"`
}

// ReminderAbout is when a reminder is given.
type ReminderAbout string

// The moments at which confidentiality is said aloud.
const (
	RemindEntry ReminderAbout = "entry"
	RemindLate  ReminderAbout = "late" // entered after check-in began: phase and topic, never what was said
	RemindPhase ReminderAbout = "phase"
	RemindClose ReminderAbout = "close"
)

// Closed ends the session. PurgeAt is Unix seconds: then the text is destroyed.
type Closed struct {
	Why     Reason `json:"why"` // facilitator, coverage or ended
	PurgeAt int64  `json:"purge_at"`
}

// Held says that a message waits for a facilitator. On the author's stream Place is their own; on the facilitators' it
// says whose it is and which item it belongs to.
type Held struct {
	Place   Place     `json:"place"`
	ID      CommandID `json:"id"`
	Text    string    `json:"text"`
	ReplyTo int64     `json:"reply_to,omitzero"`
	Why     Reason    `json:"why"`
	// Folded is set when the room will see the words folded once they are released.
	Folded Reason `json:"folded,omitzero"`
	// Item is set on the facilitators' stream only.
	Item ItemID `json:"item,omitzero"`
}

// Back returns held words to their author, kindly: declined, ended or taken back.
type Back struct {
	Place Place     `json:"place"`
	ID    CommandID `json:"id"`
	Why   Reason    `json:"why"`
	Text  string    `json:"text,omitzero"`
}

// Posted says that the room sees a held message now, as number N of the room stream.
type Posted struct {
	Place Place     `json:"place"`
	ID    CommandID `json:"id"`
	N     int64     `json:"n"`
}

// Care tells the author of a risk message where help is and how far it truly got. N is the message's number in the room.
// When the message is held, N is 0 and ID names it.
type Care struct {
	Place Place     `json:"place"`
	N     int64     `json:"n,omitzero"`
	ID    CommandID `json:"id"`
	Item  ItemID    `json:"item"`
	State CareState `json:"state"`
	// By is the handle of the facilitator who opened it.
	By Handle `json:"by,omitzero"`
}

// Muted says that a place cannot post until Until (Unix seconds).
type Muted struct {
	Place Place `json:"place"`
	Until int64 `json:"until"`
}

// Hidden tells an author that a facilitator took message N away.
type Hidden struct {
	N   int64  `json:"n"`
	Why Reason `json:"why"`
}

// AsideSaid is a word between one member (the stream's place) and the facilitators. Place is who speaks.
type AsideSaid struct {
	Place Place     `json:"place"`
	ID    CommandID `json:"id"`
	Text  string    `json:"text"`
}

// Flagged tells facilitators that an item was raised or raised again.
type Flagged struct {
	Item ItemID `json:"item"`
	Lane Lane   `json:"lane"`
	Why  Reason `json:"why"`
	// Place is whom it is about; 0 is nobody.
	Place Place `json:"place,omitzero"`
	// N is the message in the room it is about; 0 is none.
	N int64 `json:"n,omitzero"`
}

// Settled tells facilitators how an item, or one held message of it, ended.
type Settled struct {
	Item    ItemID    `json:"item"`
	Place   Place     `json:"place,omitzero"`
	ID      CommandID `json:"id,omitzero"`
	Outcome Outcome   `json:"outcome,omitzero"` // empty: withdrawn or ended
}

// Seated ties a place to its seat or facilitator. It is the log's own: for nobody.
type Seated struct {
	Place  Place  `json:"place"`
	Person string `json:"person"` // "seat:…" or "facilitator:…"
	Role   Role   `json:"role"`
	Handle Handle `json:"handle"`
}

// Present says that a place has a connection again; for nobody.
type Present struct {
	Place Place `json:"place"`
}

// Away says that a place lost its last connection; for nobody.
type Away struct {
	Place Place `json:"place"`
}

// Done marks a command that leaves no record anyone reads (a report), so that its retry is answered; for nobody.
type Done struct {
	Place Place `json:"place"`
}

// Kind is KindDoors.
func (Doors) Kind() Kind { return KindDoors }

// Kind is KindEntered.
func (Entered) Kind() Kind { return KindEntered }

// Kind is KindLeft.
func (Left) Kind() Kind { return KindLeft }

// Kind is KindListening.
func (Listening) Kind() Kind { return KindListening }

// Kind is KindSaid.
func (Said) Kind() Kind { return KindSaid }

// Kind is KindGone.
func (Gone) Kind() Kind { return KindGone }

// Kind is KindTombstone.
func (Tombstone) Kind() Kind { return KindTombstone }

// Kind is KindPhase.
func (PhaseMoved) Kind() Kind { return KindPhase }

// Kind is KindPaused.
func (Paused) Kind() Kind { return KindPaused }

// Kind is KindCoverage.
func (Coverage) Kind() Kind { return KindCoverage }

// Kind is KindReminder.
func (Reminder) Kind() Kind { return KindReminder }

// Kind is KindClosed.
func (Closed) Kind() Kind { return KindClosed }

// Kind is KindHeld.
func (Held) Kind() Kind { return KindHeld }

// Kind is KindBack.
func (Back) Kind() Kind { return KindBack }

// Kind is KindPosted.
func (Posted) Kind() Kind { return KindPosted }

// Kind is KindCare.
func (Care) Kind() Kind { return KindCare }

// Kind is KindMuted.
func (Muted) Kind() Kind { return KindMuted }

// Kind is KindHidden.
func (Hidden) Kind() Kind { return KindHidden }

// Kind is KindAside.
func (AsideSaid) Kind() Kind { return KindAside }

// Kind is KindFlagged.
func (Flagged) Kind() Kind { return KindFlagged }

// Kind is KindSettled.
func (Settled) Kind() Kind { return KindSettled }

// Kind is KindSeated.
func (Seated) Kind() Kind { return KindSeated }

// Kind is KindPresent.
func (Present) Kind() Kind { return KindPresent }

// Kind is KindAway.
func (Away) Kind() Kind { return KindAway }

// Kind is KindDone.
func (Done) Kind() Kind { return KindDone }
